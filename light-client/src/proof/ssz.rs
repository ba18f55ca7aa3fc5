//! SSZ Merkle trees: roots of leaves, and the walk from one leaf to its root.
//!
//! A node of the tree has the generalized index `g`: the root is 1, the children of `g` are `2g` and `2g + 1`.
//! ```text
//!            1                 branch of leaf 6, lowest sibling first: [7, 2]
//!        2       3
//!      4   5   6   7
//! ```
//! A branch for `g` has exactly `floor(log2 g)` siblings. Containers that carry objects of an earlier fork hold branches
//! longer than that fork's; the surplus stands first and must be zero ("normalised", consensus-specs, `ssz/merkle-proofs.md`
//! and the Electra light-client notes).
//!
//! Not here: multiproofs. Every proof is of one leaf.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::Hash32;

/// Why a leaf is not below a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum BranchRejection {
    /// The generalized index is 0: no node has it.
    #[error("generalized index 0 names no node")]
    ZeroIndex,
    /// The number of siblings is not the index's depth.
    #[error("branch of {got} hashes, the index is {depth} deep")]
    Length {
        /// Siblings given.
        got: usize,
        /// Depth of the index.
        depth: usize,
    },
    /// A surplus sibling of a longer container is not zero.
    #[error("the branch is padded with {got}, not with zero")]
    Padding {
        /// The first non-zero one.
        got: Hash32,
    },
    /// The walk ends at another root.
    #[error("the branch leads to {got}, not to {root}")]
    Root {
        /// Where the walk ended.
        got: Hash32,
        /// Where it should have ended.
        root: Hash32,
    },
}

/// A node's position in the tree; the root's is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneralizedIndex(pub u64);

impl GeneralizedIndex {
    /// Levels between the node and the root.
    pub fn depth(self) -> usize {
        self.0
            .checked_ilog2()
            .map_or(0, |depth| usize::try_from(depth).unwrap_or(0))
    }

    /// The index, below this one's node, of what is `below` in that node's own tree.
    pub fn join(self, below: Self) -> Option<Self> {
        let depth = below.0.checked_ilog2()?;
        let top = 1u64.checked_shl(depth)?;
        self.0
            .checked_mul(top)?
            .checked_add(below.0.checked_sub(top)?)
            .map(Self)
    }
}

/// Proves that `leaf` stands at `index` below `root`. The branch has exactly the index's depth.
pub fn verify_branch(
    leaf: Hash32,
    branch: &[Hash32],
    index: GeneralizedIndex,
    root: Hash32,
) -> Result<(), BranchRejection> {
    let depth = index.depth();
    if index.0 == 0 {
        return Err(BranchRejection::ZeroIndex);
    }
    if branch.len() != depth {
        let got = branch.len();
        return Err(BranchRejection::Length { got, depth });
    }
    let got = walk(leaf, branch, index.0);
    if got != root {
        return Err(BranchRejection::Root { got, root });
    }
    Ok(())
}

/// [`verify_branch`] for a branch of a later fork's container: longer than the index is deep, the surplus first and zero.
pub fn verify_normalised_branch(
    leaf: Hash32,
    branch: &[Hash32],
    index: GeneralizedIndex,
    root: Hash32,
) -> Result<(), BranchRejection> {
    let depth = index.depth();
    let surplus = branch.len().saturating_sub(depth);
    let (padding, exact) = branch.split_at_checked(surplus).unwrap_or((&[], branch));
    if let Some(&got) = padding.iter().find(|hash| !hash.is_zero()) {
        return Err(BranchRejection::Padding { got });
    }
    verify_branch(leaf, exact, index, root)
}

fn walk(leaf: Hash32, branch: &[Hash32], index: u64) -> Hash32 {
    let mut node = leaf;
    let mut position = index;
    for sibling in branch {
        node = if position & 1 == 1 {
            hash_pair(sibling, &node)
        } else {
            hash_pair(&node, sibling)
        };
        position >>= 1;
    }
    node
}

/// SHA-256 of two nodes.
pub fn hash_pair(left: &Hash32, right: &Hash32) -> Hash32 {
    let mut hasher = Sha256::new();
    hasher.update(left.0);
    hasher.update(right.0);
    Hash32(hasher.finalize().into())
}

/// Root of `leaves` in a tree of `2^depth` leaves, the missing ones zero. Leaves beyond `2^depth` must not be given.
pub fn merkleize(mut leaves: Vec<Hash32>, depth: u32) -> Hash32 {
    let mut zero = Hash32::ZERO;
    for _ in 0..depth {
        leaves = leaves
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => hash_pair(left, right),
                [left] => hash_pair(left, &zero),
                _ => zero,
            })
            .collect();
        zero = hash_pair(&zero, &zero);
    }
    leaves.first().copied().unwrap_or(zero)
}

/// Root of a byte vector: 32-byte leaves, the last one padded with zero, in a tree just large enough.
pub fn bytes_root(bytes: &[u8]) -> Hash32 {
    let leaves: Vec<Hash32> = bytes.chunks(32).map(padded).collect();
    let depth = leaves.len().next_power_of_two().trailing_zeros();
    merkleize(leaves, depth)
}

/// Root of a byte list of at most 32 bytes.
pub fn short_list_root(bytes: &[u8]) -> Hash32 {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    hash_pair(&padded(bytes), &uint64_root(length))
}

/// Root of a `uint64`.
pub fn uint64_root(value: u64) -> Hash32 {
    padded(&value.to_le_bytes())
}

/// At most 32 bytes, zeros behind.
pub fn padded(bytes: &[u8]) -> Hash32 {
    let mut leaf = [0; 32];
    leaf.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Hash32(leaf)
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    fn leaf(byte: u8) -> Hash32 {
        Hash32([byte; 32])
    }

    /// The tree of the module's drawing, built node by node.
    fn tree() -> [Hash32; 8] {
        let mut nodes = [Hash32::ZERO; 8];
        (4..8).for_each(|index| nodes[index] = leaf(index as u8));
        (1..4)
            .rev()
            .for_each(|index| nodes[index] = hash_pair(&nodes[2 * index], &nodes[2 * index + 1]));
        nodes
    }

    #[test]
    fn proves_every_node_of_a_small_tree() {
        let nodes = tree();
        for index in 1..8usize {
            let mut branch = Vec::new();
            let mut position = index;
            while position > 1 {
                branch.push(nodes[position ^ 1]);
                position /= 2;
            }
            let proved = verify_branch(nodes[index], &branch, GeneralizedIndex(index as u64), nodes[1]);
            assert_eq!(proved, Ok(()), "{index}");
        }
    }

    #[test]
    fn rejects_another_leaf_index_or_root() {
        let nodes = tree();
        let branch = [nodes[7], nodes[2]];
        for (leaf, index, root) in [
            (nodes[5], 6, nodes[1]),
            (nodes[6], 7, nodes[1]),
            (nodes[6], 6, nodes[2]),
        ] {
            let rejection = verify_branch(leaf, &branch, GeneralizedIndex(index), root).unwrap_err();
            assert!(matches!(rejection, BranchRejection::Root { .. }), "{rejection}");
        }
    }

    #[test]
    fn rejects_a_branch_of_another_depth() {
        let nodes = tree();
        let short = verify_branch(nodes[6], &[nodes[7]], GeneralizedIndex(6), nodes[1]);
        assert_eq!(short, Err(BranchRejection::Length { got: 1, depth: 2 }));
        let long = [nodes[7], nodes[2], nodes[3]];
        let long = verify_branch(nodes[6], &long, GeneralizedIndex(6), nodes[1]);
        assert_eq!(long, Err(BranchRejection::Length { got: 3, depth: 2 }));
        assert_eq!(
            verify_branch(leaf(0), &[], GeneralizedIndex(0), leaf(0)),
            Err(BranchRejection::ZeroIndex)
        );
    }

    #[test]
    fn a_longer_container_pads_with_zeros_only() {
        let nodes = tree();
        let index = GeneralizedIndex(6);
        let padded = [Hash32::ZERO, nodes[7], nodes[2]];
        assert_eq!(
            verify_normalised_branch(nodes[6], &padded, index, nodes[1]),
            Ok(())
        );
        let other = [leaf(9), nodes[7], nodes[2]];
        let rejection = verify_normalised_branch(nodes[6], &other, index, nodes[1]);
        assert_eq!(rejection, Err(BranchRejection::Padding { got: leaf(9) }));
        let short = verify_normalised_branch(nodes[6], &[nodes[7]], index, nodes[1]);
        assert_eq!(short, Err(BranchRejection::Length { got: 1, depth: 2 }));
    }

    #[test]
    fn missing_leaves_count_as_zero() {
        let four = vec![leaf(1), Hash32::ZERO, Hash32::ZERO, Hash32::ZERO];
        assert_eq!(merkleize(vec![leaf(1)], 2), merkleize(four, 2));
        assert_eq!(merkleize(vec![], 0), Hash32::ZERO);
    }

    #[test]
    fn indexes_join_without_overflow() {
        assert_eq!(
            GeneralizedIndex(25).join(GeneralizedIndex(3)),
            Some(GeneralizedIndex(51))
        );
        assert_eq!(
            GeneralizedIndex(1).join(GeneralizedIndex(u64::MAX)),
            Some(GeneralizedIndex(u64::MAX))
        );
        assert_eq!(GeneralizedIndex(2).join(GeneralizedIndex(1 << 63)), None);
        assert_eq!(GeneralizedIndex(2).join(GeneralizedIndex(0)), None);
    }
}
