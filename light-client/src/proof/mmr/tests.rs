//! The strict verifier against a slow oracle that keeps the whole tree, and against every way to damage a proof.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;
use strum::VariantNames as _;

use super::*;

/// A node that spells its own tree; neighbours must follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    first: u64,
    last: u64,
    shape: String,
}

impl Merge for Node {
    type Refusal = &'static str;

    fn merge(&self, right: &Self) -> Result<Self, Self::Refusal> {
        if self.last + 1 != right.first {
            return Err("not neighbours");
        }
        Ok(Self {
            first: self.first,
            last: right.last,
            shape: format!("({}{})", self.shape, right.shape),
        })
    }
}

fn leaf(index: u64) -> Node {
    Node {
        first: index,
        last: index,
        shape: format!("{index},"),
    }
}

/// Root of leaves `first..first + 2^height`.
fn perfect(first: u64, height: u32) -> Node {
    let mut level: Vec<_> = (first..first + (1 << height)).map(leaf).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| pair[0].merge(&pair[1]).unwrap())
            .collect();
    }
    level.remove(0)
}

/// Items for the chosen leaves, straight from the definition: per peak, per level, the siblings that cannot be computed.
fn items(count: u64, chosen: &BTreeSet<u64>) -> Vec<Node> {
    let peaks: Vec<_> = peaks(count).collect();
    let mut items = Vec::new();
    for (place, &(start, height)) in peaks.iter().enumerate() {
        if *chosen.last().unwrap() < start {
            let right = peaks[place..]
                .iter()
                .rev()
                .map(|&(start, height)| perfect(start, height));
            items.push(right.reduce(|right, left| left.merge(&right).unwrap()).unwrap());
            break;
        }
        let mut known: BTreeMap<u64, ()> = chosen
            .range(start..start + (1 << height))
            .map(|index| (*index, ()))
            .collect();
        if known.is_empty() {
            items.push(perfect(start, height));
            continue;
        }
        for level in 0..height {
            for index in known.keys() {
                if !known.contains_key(&(index ^ 1)) {
                    items.push(perfect((index ^ 1) << level, level));
                }
            }
            known = known.keys().map(|index| (index >> 1, ())).collect();
        }
    }
    items
}

fn chosen(count: u64, picks: &[prop::sample::Index]) -> BTreeSet<u64> {
    picks
        .iter()
        .map(|pick| pick.index(count as usize) as u64)
        .collect()
}

fn leaves(chosen: &BTreeSet<u64>) -> Vec<(u64, Node)> {
    chosen.iter().map(|&index| (index, leaf(index))).collect()
}

fn root(count: u64) -> Node {
    root_of_all(&(0..count).map(leaf).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_range_bags_its_peaks_from_the_right() {
    assert_eq!(root(1).shape, "0,");
    assert_eq!(root(3).shape, "((0,1,)2,)");
    assert_eq!(root(7).shape, "(((0,1,)(2,3,))((4,5,)6,))");
}

#[test]
fn rejects_an_empty_proof() {
    assert_eq!(root_of_leaves::<Node>(4, &[], &[root(4)]), Err(Rejection::NoLeaf));
    assert_eq!(root_of_all::<Node>(&[]), Err(Rejection::NoLeaf));
}

#[test]
fn rejects_a_leaf_out_of_range() {
    let expected = Err(Rejection::LeafOutOfRange { index: 4, count: 4 });
    assert_eq!(root_of_leaves(4, &[(4, leaf(4))], &[]), expected);
    let expected = Err(Rejection::LeafOutOfRange { index: 0, count: 0 });
    assert_eq!(root_of_leaves(0, &[(0, leaf(0))], &[]), expected);
}

#[test]
fn rejects_a_duplicate_leaf() {
    let twice = [
        (1, leaf(1)),
        (
            1,
            Node {
                shape: "forged".into(),
                ..leaf(1)
            },
        ),
    ];
    let expected = Err(Rejection::NotAscending {
        previous: 1,
        index: 1,
    });
    assert_eq!(root_of_leaves(2, &twice, &[leaf(0)]), expected);
}

#[test]
fn rejects_missing_and_surplus_items() {
    assert_eq!(
        root_of_leaves(3, &[(0, leaf(0))], &[leaf(1)]),
        Err(Rejection::MissingItem)
    );
    assert_eq!(
        root_of_leaves(1, &[(0, leaf(0))], &[leaf(1)]),
        Err(Rejection::SurplusItems { count: 1 })
    );
}

#[test]
fn rejects_nodes_that_are_not_neighbours() {
    let expected = Err(Rejection::Unmergeable("not neighbours"));
    assert_eq!(root_of_leaves(2, &[(0, leaf(0))], &[leaf(5)]), expected);
}

#[test]
fn every_rejection_has_a_test() {
    let tested = [
        "NoLeaf",
        "LeafOutOfRange",
        "NotAscending",
        "MissingItem",
        "SurplusItems",
        "Unmergeable",
    ];
    assert_eq!(Rejection::<()>::VARIANTS, tested);
}

#[test]
fn the_largest_count_does_not_overflow() {
    assert_eq!(
        root_of_leaves(u64::MAX, &[(u64::MAX - 1, leaf(9))], &[]),
        Err(Rejection::MissingItem)
    );
}

proptest! {
    #[test]
    fn proves_every_subset(count in 1_u64..130, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..9)) {
        let chosen = chosen(count, &picks);
        prop_assert_eq!(root_of_leaves(count, &leaves(&chosen), &items(count, &chosen)), Ok(root(count)));
    }

    #[test]
    fn a_proof_with_an_item_too_few_or_too_many_is_refused(count in 2_u64..130, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..5)) {
        let chosen = chosen(count, &picks);
        let mut items = items(count, &chosen);
        items.push(leaf(count));
        prop_assert_eq!(root_of_leaves(count, &leaves(&chosen), &items), Err(Rejection::SurplusItems { count: 1 }));
        items.pop();
        if items.pop().is_some() {
            prop_assert_eq!(root_of_leaves(count, &leaves(&chosen), &items), Err(Rejection::MissingItem));
        }
    }
}
