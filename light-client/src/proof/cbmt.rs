//! Complete binary Merkle tree: strict verification of one leaf or of several at once (CKB RFC 6).
//!
//! ```text
//!            0            nodes in one array: children of i are 2i + 1 and 2i + 2
//!        1       2        n leaves are the nodes n-1 ..= 2n-2, so the deepest level fills up from the left
//!      3   4   5   6      an **index** here is a place in this array, as nodes serve it
//! ```
//! A **lemma** is a sibling that the proof brings along. Crate `merkle-cbt` builds the trees and the proofs; it does not judge
//! them here, because a proof must be refused when anything is missing or left over (`spec/light-client.md`, CKB).
//!
//! Guarantees: the walk ends at node 0 exactly, every lemma and every leaf is consumed, and all leaves fit one tree size. The
//! returned root is what the caller compares with an authenticated one. Not guaranteed: that a leaf is not itself an inner node
//! (hash the leaf's own content before, so that its bytes cannot be two hashes), nor how many leaves the tree has.
//!
//! Spec: `spec/light-client.md`, CKB, transaction proof.

use alloc::collections::VecDeque;
use core::cmp::Reverse;

use crate::Hash32;

/// Combines two siblings into their parent.
pub trait Merge {
    /// Hash of the parent of `left` and `right`.
    fn merge(left: &Hash32, right: &Hash32) -> Hash32;
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// No leaf is to be proved.
    #[error("the proof has no leaf")]
    NoLeaf,
    /// A node on the way to the root has no sibling among leaves and lemmas.
    #[error("the sibling of node {index} is missing")]
    MissingSibling {
        /// The node whose sibling is missing.
        index: u32,
    },
    /// The root is reached and lemmas remain.
    #[error("{count} lemmas are left over")]
    SurplusLemmas {
        /// How many.
        count: usize,
    },
    /// One index is proved twice.
    #[error("leaf {index} is proved twice")]
    DuplicateLeaf {
        /// The repeated index.
        index: u32,
    },
    /// No tree has leaves at both indexes: the smaller one would be an inner node.
    #[error("nodes {lowest} and {highest} cannot both be leaves of one tree")]
    NotALeaf {
        /// The lowest index of the proof.
        lowest: u32,
        /// The highest index of the proof.
        highest: u32,
    },
}

/// Root of the tree in which `leaf` is node `index`. Allocates nothing.
pub fn root_of_leaf<M: Merge>(index: u32, leaf: Hash32, lemmas: &[Hash32]) -> Result<Hash32, Rejection> {
    let mut lemmas = lemmas.iter();
    let (mut index, mut node) = (index, leaf);
    while let Some(parent) = parent(index) {
        let sibling = lemmas.next().ok_or(Rejection::MissingSibling { index })?;
        node = merged::<M>(index, &node, sibling);
        index = parent;
    }
    nothing_left(lemmas)?;
    Ok(node)
}

/// Root of the tree in which each pair is an index and its leaf. Lemmas are in the order in which a walk from the highest index
/// down needs them, which is the order that nodes serve.
pub fn root_of_leaves<M: Merge>(leaves: &[(u32, Hash32)], lemmas: &[Hash32]) -> Result<Hash32, Rejection> {
    let mut sorted = leaves.to_vec();
    sorted.sort_unstable_by_key(|(index, _)| Reverse(*index));
    are_leaves_of_one_tree(&sorted)?;
    let mut lemmas = lemmas.iter();
    // Stays in descending order: a parent of the deepest level is lower than every leaf above that level.
    let mut nodes = VecDeque::from(sorted);
    while let Some((index, node)) = nodes.pop_front() {
        let Some(parent) = parent(index) else {
            nothing_left(lemmas)?;
            return Ok(node);
        };
        let sibling = match nodes.front() {
            Some(&(other, sibling)) if self::parent(other) == Some(parent) => {
                nodes.pop_front();
                sibling
            }
            _ => *lemmas.next().ok_or(Rejection::MissingSibling { index })?,
        };
        nodes.push_back((parent, merged::<M>(index, &node, &sibling)));
    }
    Err(Rejection::NoLeaf)
}

/// Whether a tree exists whose leaves include every index (`nodes` in descending order): n - 1 <= lowest and highest <= 2n - 2.
fn are_leaves_of_one_tree(nodes: &[(u32, Hash32)]) -> Result<(), Rejection> {
    let (Some(&(highest, _)), Some(&(lowest, _))) = (nodes.first(), nodes.last()) else {
        return Err(Rejection::NoLeaf);
    };
    if u64::from(highest) > u64::from(lowest).saturating_mul(2) {
        return Err(Rejection::NotALeaf { lowest, highest });
    }
    for pair in nodes.windows(2) {
        if let [(index, _), (other, _)] = pair
            && index == other
        {
            return Err(Rejection::DuplicateLeaf { index: *index });
        }
    }
    Ok(())
}

fn parent(index: u32) -> Option<u32> {
    index.checked_sub(1).map(|index| index >> 1)
}

/// Left children have odd indexes.
fn merged<M: Merge>(index: u32, node: &Hash32, sibling: &Hash32) -> Hash32 {
    if index & 1 == 1 {
        M::merge(node, sibling)
    } else {
        M::merge(sibling, node)
    }
}

fn nothing_left(lemmas: core::slice::Iter<'_, Hash32>) -> Result<(), Rejection> {
    match lemmas.len() {
        0 => Ok(()),
        count => Err(Rejection::SurplusLemmas { count }),
    }
}

#[cfg(test)]
mod tests;
