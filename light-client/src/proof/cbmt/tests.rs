//! The strict walk against trees and proofs that `merkle-cbt` builds, and against every way to damage them.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;
use strum::VariantNames as _;

use super::*;

struct Concatenate;

impl Merge for Concatenate {
    fn merge(left: &Hash32, right: &Hash32) -> Hash32 {
        crate::ckb::blake2b(&[&left.0, &right.0])
    }
}

struct Peer;

impl merkle_cbt::merkle_tree::Merge for Peer {
    type Item = [u8; 32];

    fn merge(left: &Self::Item, right: &Self::Item) -> Self::Item {
        Concatenate::merge(&Hash32(*left), &Hash32(*right)).0
    }
}

type Cbmt = merkle_cbt::CBMT<[u8; 32], Peer>;

fn leaves(count: u32) -> Vec<[u8; 32]> {
    (0..count)
        .map(|n| crate::ckb::blake2b(&[&n.to_le_bytes()]).0)
        .collect()
}

/// Indexed leaves, lemmas and the root.
fn proof(count: u32, chosen: &[u32]) -> (Vec<(u32, Hash32)>, Vec<Hash32>, Hash32) {
    let all = leaves(count);
    let tree = Cbmt::build_merkle_tree(&all);
    let proof = tree.build_proof(chosen).unwrap();
    let indexed = chosen
        .iter()
        .map(|&leaf| (count - 1 + leaf, Hash32(all[leaf as usize])))
        .collect();
    (
        indexed,
        proof.lemmas().iter().copied().map(Hash32).collect(),
        Hash32(tree.root()),
    )
}

#[test]
fn proves_every_leaf_of_every_small_tree() {
    for count in 1..40 {
        for leaf in 0..count {
            let (leaves, lemmas, root) = proof(count, &[leaf]);
            let (index, hash) = leaves[0];
            assert_eq!(root_of_leaf::<Concatenate>(index, hash, &lemmas), Ok(root));
            assert_eq!(root_of_leaves::<Concatenate>(&leaves, &lemmas), Ok(root));
        }
    }
}

#[test]
fn rejects_no_leaf() {
    assert_eq!(root_of_leaves::<Concatenate>(&[], &[]), Err(Rejection::NoLeaf));
}

#[test]
fn rejects_a_missing_sibling() {
    // Leaf 3 of 5 is node 7; the way up is 7, 3, 1, 0.
    let (leaves, lemmas, _) = proof(5, &[3]);
    let short = &lemmas[..lemmas.len() - 1];
    let expected = Err(Rejection::MissingSibling { index: 1 });
    assert_eq!(root_of_leaf::<Concatenate>(7, leaves[0].1, short), expected);
    assert_eq!(root_of_leaves::<Concatenate>(&leaves, short), expected);
}

#[test]
fn rejects_left_over_lemmas() {
    let (leaves, mut lemmas, _) = proof(5, &[2, 3]);
    lemmas.push(Hash32::ZERO);
    let expected = Err(Rejection::SurplusLemmas { count: 1 });
    assert_eq!(root_of_leaves::<Concatenate>(&leaves, &lemmas), expected);
    let expected = Err(Rejection::SurplusLemmas { count: 2 });
    assert_eq!(
        root_of_leaf::<Concatenate>(0, Hash32::ZERO, &lemmas[..2]),
        expected
    );
}

#[test]
fn rejects_a_leaf_proved_twice() {
    let (mut leaves, lemmas, _) = proof(5, &[2, 3]);
    leaves.push((leaves[0].0, Hash32([7; 32])));
    let expected = Err(Rejection::DuplicateLeaf { index: 6 });
    assert_eq!(root_of_leaves::<Concatenate>(&leaves, &lemmas), expected);
}

#[test]
fn rejects_an_inner_node_beside_its_own_leaf() {
    let (leaves, lemmas, root) = proof(5, &[2, 3]);
    let forged = [leaves, vec![(0, root)]].concat();
    let expected = Err(Rejection::NotALeaf {
        lowest: 0,
        highest: 7,
    });
    assert_eq!(root_of_leaves::<Concatenate>(&forged, &lemmas), expected);
}

#[test]
fn the_highest_index_does_not_overflow() {
    let many = vec![Hash32::ZERO; 33];
    assert_eq!(
        root_of_leaf::<Concatenate>(u32::MAX, Hash32::ZERO, &many),
        Err(Rejection::SurplusLemmas { count: 1 })
    );
}

#[test]
fn every_rejection_has_a_test() {
    let tested = [
        "NoLeaf",
        "MissingSibling",
        "SurplusLemmas",
        "DuplicateLeaf",
        "NotALeaf",
    ];
    assert_eq!(Rejection::VARIANTS, tested);
}

proptest! {
    #[test]
    fn proves_every_subset(count in 1_u32..60, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..8)) {
        let chosen: BTreeSet<u32> = picks.iter().map(|pick| pick.index(count as usize) as u32).collect();
        let chosen: Vec<_> = chosen.into_iter().collect();
        let (leaves, lemmas, root) = proof(count, &chosen);
        prop_assert_eq!(root_of_leaves::<Concatenate>(&leaves, &lemmas), Ok(root));
    }

    #[test]
    fn an_added_leaf_never_gives_the_root(count in 1_u32..40, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..6), index in 0_u32..100) {
        let chosen: BTreeSet<u32> = picks.iter().map(|pick| pick.index(count as usize) as u32).collect();
        let (mut leaves, lemmas, root) = proof(count, &chosen.into_iter().collect::<Vec<_>>());
        leaves.push((index, Hash32([0xff; 32])));
        prop_assert_ne!(root_of_leaves::<Concatenate>(&leaves, &lemmas), Ok(root));
    }

    #[test]
    fn a_changed_lemma_never_gives_the_root(count in 2_u32..60, pick: prop::sample::Index, which: prop::sample::Index, byte in 0_usize..32) {
        let (leaves, mut lemmas, root) = proof(count, &[pick.index(count as usize) as u32]);
        let which = which.index(lemmas.len());
        lemmas[which].0[byte] ^= 1;
        prop_assert_ne!(root_of_leaf::<Concatenate>(leaves[0].0, leaves[0].1, &lemmas), Ok(root));
    }
}
