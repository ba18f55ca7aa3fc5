//! The strict walk against the builder, an obvious second builder, and every way to bend a proof.

use std::{vec, vec::Vec};

use proptest::prelude::*;

use super::{EMPTY_ROOT, MAX_LEAVES, ProofError, RootError, Tree, TreeRoot, leaf_of_bytes, node_hash};
use crate::{
    sample::assert_every_variant,
    types::{Hash, keccak256},
};

fn leaves(count: u32) -> Vec<Hash> {
    (0..count)
        .map(|number| leaf_of_bytes(&number.to_be_bytes()))
        .collect()
}

/// The root by the drawing in the module's head: heap positions 1 .. 2n.
fn slow_root(leaves: &[Hash], position: usize) -> Hash {
    match position.checked_sub(leaves.len()) {
        Some(index) => leaves[index],
        None => node_hash(
            &slow_root(leaves, 2 * position),
            &slow_root(leaves, 2 * position + 1),
        ),
    }
}

#[test]
fn the_empty_root_is_the_hash_of_nothing() {
    assert_eq!(EMPTY_ROOT, keccak256(&[]));
    let tree = Tree::new(&[]).unwrap();
    assert_eq!((tree.root().count(), tree.root().root()), (0, EMPTY_ROOT));
    assert_eq!(tree.lemmas(0), None);
}

#[test]
fn one_leaf_is_its_own_root_and_has_no_lemmas() {
    let leaf = leaf_of_bytes(b"only");
    let tree = Tree::new(&[leaf]).unwrap();
    assert_eq!(tree.root().root(), leaf);
    assert_eq!(tree.lemmas(0), Some(Vec::new()));
    let proven = tree.root().verify(0, leaf, &[]).unwrap();
    assert_eq!((proven.index(), proven.leaf()), (0, leaf));
}

#[test]
fn every_leaf_of_small_trees_is_proved_at_its_index_only() {
    for count in 1..40 {
        let leaves = leaves(count);
        let tree = Tree::new(&leaves).unwrap();
        assert_eq!(tree.root().root(), slow_root(&leaves, 1));
        for (index, leaf) in (0..).zip(&leaves) {
            let lemmas = tree.lemmas(index).unwrap();
            for other in 0..count {
                assert_eq!(tree.root().verify(other, *leaf, &lemmas).is_ok(), other == index);
            }
        }
    }
}

#[test]
fn every_rejection_is_reached() {
    let tree = Tree::new(&leaves(5)).unwrap();
    let (root, leaf, lemmas) = (tree.root(), leaves(5)[2], tree.lemmas(2).unwrap());
    let surplus = [&lemmas[..], &[Hash::ZERO]].concat();
    assert_every_variant(vec![
        root.verify(5, leaf, &lemmas).unwrap_err(),
        root.verify(2, leaf, &lemmas[1..]).unwrap_err(),
        root.verify(2, leaf, &surplus).unwrap_err(),
        root.verify(2, Hash::ZERO, &lemmas).unwrap_err(),
    ]);
    assert_every_variant(vec![
        TreeRoot::new(1, Hash::ZERO).unwrap_err(),
        TreeRoot::new(0, leaf).unwrap_err(),
        TreeRoot::new(1, EMPTY_ROOT).unwrap_err(),
        TreeRoot::new(MAX_LEAVES + 1, leaf).unwrap_err(),
    ]);
}

#[test]
fn rejects_an_index_at_the_count() {
    let tree = Tree::new(&leaves(4)).unwrap();
    let lemmas = tree.lemmas(3).unwrap();
    let rejection = ProofError::IndexOutOfRange { index: 4, count: 4 };
    assert_eq!(tree.root().verify(4, leaves(4)[3], &lemmas), Err(rejection));
    let far = tree.root().verify(u32::MAX, leaves(4)[3], &lemmas);
    assert_eq!(
        far,
        Err(ProofError::IndexOutOfRange {
            index: u32::MAX,
            count: 4
        })
    );
}

#[test]
fn rejects_anything_below_the_empty_root() {
    let empty = TreeRoot::new(0, EMPTY_ROOT).unwrap();
    assert_eq!(
        empty.verify(0, EMPTY_ROOT, &[]),
        Err(ProofError::IndexOutOfRange { index: 0, count: 0 })
    );
}

#[test]
fn rejects_the_zero_root_whatever_the_count() {
    for count in [0, 1, 7, u32::MAX] {
        assert_eq!(TreeRoot::new(count, Hash::ZERO), Err(RootError::ZeroRoot));
    }
}

#[test]
fn rejects_an_inner_node_as_a_leaf() {
    let leaves = leaves(4);
    let tree = Tree::new(&leaves).unwrap();
    let inner = node_hash(&leaves[0], &leaves[1]);
    let sibling = node_hash(&leaves[2], &leaves[3]);
    // Under the true count the proof is too short; the forged count of 2 would need another header.
    let rejection = ProofError::MissingLemma { given: 1 };
    assert_eq!(tree.root().verify(0, inner, &[sibling]), Err(rejection));
}

#[test]
fn a_leaf_of_65_bytes_is_no_node() {
    let leaves = leaves(2);
    let data = [leaves[0].0, leaves[1].0].concat();
    assert_ne!(leaf_of_bytes(&data), node_hash(&leaves[0], &leaves[1]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bent_proof_is_refused(count in 1_u32..200, pick: u32, lemma: usize, bit in 0_usize..256) {
        let leaves = leaves(count);
        let tree = Tree::new(&leaves).unwrap();
        let index = pick % count;
        let leaf = leaves[usize::try_from(index).unwrap()];
        let mut lemmas = tree.lemmas(index).unwrap();
        prop_assert!(tree.root().verify(index, leaf, &lemmas).is_ok());
        prop_assert_eq!(tree.root().root(), slow_root(&leaves, 1));

        let surplus = [&lemmas[..], &[leaf]].concat();
        prop_assert_eq!(tree.root().verify(index, leaf, &surplus), Err(ProofError::SurplusLemmas { surplus: 1 }));
        if !lemmas.is_empty() {
            let given = lemmas.len() - 1;
            prop_assert_eq!(
                tree.root().verify(index, leaf, &lemmas[..given]),
                Err(ProofError::MissingLemma { given })
            );
            let bent = lemma % lemmas.len();
            lemmas[bent].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(tree.root().verify(index, leaf, &lemmas).is_err());
        }
    }
}
