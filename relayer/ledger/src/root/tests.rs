//! The tree against a slow, obvious second one; forged proofs.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use std::collections::BTreeSet;

use proptest::prelude::*;
use strum::VariantNames;
use wire::{
    encoding::Canonical,
    types::{Account, Address, AssetId, ChainId, Hash, keccak256},
};

use super::*;

const GLOBALS: Hash = Hash([7; 32]);

fn account(number: u32) -> Account {
    Account {
        owner: Address([u8::try_from(number % 5).expect("small"); 20]),
        sub: number,
    }
}

fn asset(number: u32) -> AssetId {
    AssetId {
        chain: ChainId(number % 3),
        asset: Hash([u8::try_from(number / 3).expect("small"); 32]),
    }
}

fn amounts(list: &BTreeMap<u32, u128>) -> Amounts {
    let sorted: BTreeMap<AssetId, u128> = list
        .iter()
        .map(|(number, amount)| (asset(*number), *amount))
        .collect();
    Amounts::new(sorted.into_iter().collect()).expect("canonical")
}

fn any_amounts() -> impl Strategy<Value = Amounts> {
    prop::collection::btree_map(0_u32..9, 1_u128..1 << 100, 0..4).prop_map(|list| amounts(&list))
}

prop_compose! {
    fn any_leaf()(
        number in 0_u32..40,
        claims in any_amounts(),
        loans in any_amounts(),
        exitable in any_amounts(),
        rest in any::<[u8; 32]>(),
    ) -> Leaf {
        Leaf { account: account(number), sums: Sums { claims, loans, exitable }, rest: Hash(rest) }
    }
}

fn leaf(number: u32) -> Leaf {
    let claims = amounts(&[(number % 4, u128::from(number) + 1)].into());
    Leaf {
        account: account(number),
        sums: Sums {
            claims: claims.clone(),
            loans: Amounts::default(),
            exitable: claims,
        },
        rest: Hash([1; 32]),
    }
}

fn tree(count: u32) -> SubsTree {
    let mut tree = SubsTree::default();
    (0..count).for_each(|number| tree.set(leaf(number)));
    tree
}

/// Splits the leaves by one bit of their keys after the other, and skips bits that split nothing. No state, no compression.
fn slow_root(leaves: &[Leaf], depth: usize) -> (Hash, Sums) {
    if let [leaf] = leaves {
        return (leaf.hash(), leaf.sums.clone());
    }
    let bit = |leaf: &Leaf| leaf.key().0[depth / 8] >> (7 - depth % 8) & 1;
    let (right, left): (Vec<_>, Vec<_>) = leaves.iter().cloned().partition(|leaf| bit(leaf) == 1);
    if left.is_empty() || right.is_empty() {
        return slow_root(leaves, depth + 1);
    }
    let ((left, left_sums), (right, right_sums)) =
        (slow_root(&left, depth + 1), slow_root(&right, depth + 1));
    let mut preimage = vec![1];
    for part in [left, left_sums.hash(), right, right_sums.hash()] {
        preimage.extend_from_slice(&part.0);
    }
    (keccak256(&[&preimage]), slow_sum(&left_sums, &right_sums))
}

fn slow_sum(one: &Sums, other: &Sums) -> Sums {
    let add = |one: &Amounts, other: &Amounts| {
        let mut sums: BTreeMap<AssetId, u128> = BTreeMap::new();
        for (asset, amount) in one.as_slice().iter().chain(other.as_slice()) {
            *sums.entry(*asset).or_default() += amount;
        }
        Amounts::new(sums.into_iter().collect()).expect("in range")
    };
    Sums {
        claims: add(&one.claims, &other.claims),
        loans: add(&one.loans, &other.loans),
        exitable: add(&one.exitable, &other.exitable),
    }
}

proptest! {
    /// Whatever is added, changed and removed in whatever order, alone or many at once, with roots asked in between: the obvious
    /// tree agrees.
    #[test]
    fn root_and_total_are_those_of_the_slow_tree(
        first in prop::collection::vec(any_leaf(), 0..40),
        changes in prop::collection::vec((any_leaf(), 0_u8..4), 1..80),
        last in prop::collection::vec(any_leaf(), 0..40),
    ) {
        let (mut tree, mut leaves) = (SubsTree::default(), BTreeMap::new());
        leaves.extend(first.iter().map(|leaf| (leaf.account, leaf.clone())));
        tree.set_all(first);
        for (leaf, action) in changes {
            if action == 0 {
                tree.remove(&leaf.key());
                leaves.remove(&leaf.account);
            } else {
                leaves.insert(leaf.account, leaf.clone());
                tree.set(leaf);
            }
            if action == 1 {
                tree.root().expect("in range");
            }
        }
        leaves.extend(last.iter().map(|leaf| (leaf.account, leaf.clone())));
        tree.set_all(last);
        prop_assert_eq!(tree.len(), leaves.len());
        prop_assert_eq!(tree.is_empty(), leaves.is_empty());
        let leaves: Vec<Leaf> = leaves.into_values().collect();
        if leaves.is_empty() {
            prop_assert_eq!(tree.root(), Ok(Hash::ZERO));
            prop_assert_eq!(tree.total(), Ok(Sums::default()));
        } else {
            let (root, total) = slow_root(&leaves, 0);
            prop_assert_eq!(tree.root(), Ok(root));
            prop_assert_eq!(tree.total(), Ok(total));
        }
    }

    #[test]
    fn proofs_show_leaf_and_totals_and_survive_encoding(
        leaves in prop::collection::vec(any_leaf(), 1..40), chosen in any::<prop::sample::Index>()
    ) {
        let mut tree = SubsTree::default();
        leaves.iter().for_each(|leaf| tree.set(leaf.clone()));
        let root = state_root(&tree.root().expect("in range"), &GLOBALS);
        let account = chosen.get(&leaves).account;
        let leaf = tree.leaf(&key(&account)).cloned().expect("set");
        let proof = tree.prove(&account, GLOBALS).expect("in range").expect("set");
        prop_assert_eq!(proof.verify(&root), Ok(&leaf));
        prop_assert_eq!(InclusionProof::decode(&proof.encode()), Ok(proof));
        let audit = tree.prove_sums(&account, GLOBALS).expect("in range").expect("set");
        prop_assert_eq!(audit.verify(&root), Ok((&leaf, tree.total().expect("in range"))));
        prop_assert_eq!(AuditProof::decode(&audit.encode()), Ok(audit));
    }

    /// One flipped bit anywhere: the bytes do not decode or what they say does not verify.
    #[test]
    fn a_flipped_bit_is_refused(place in any::<prop::sample::Index>(), bit in 0_u32..8, chosen in 0_u32..20) {
        let mut tree = tree(20);
        let root = state_root(&tree.root().expect("in range"), &GLOBALS);
        let proof = tree.prove(&account(chosen), GLOBALS).expect("in range").expect("set");
        let mut bytes = proof.encode();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        prop_assert!(InclusionProof::decode(&bytes).map_or(true, |forged| forged.verify(&root).is_err()));
        let mut bytes = tree.prove_sums(&account(chosen), GLOBALS).expect("in range").expect("set").encode();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        prop_assert!(AuditProof::decode(&bytes).map_or(true, |forged| forged.verify(&root).is_err()));
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for reencoded in [
            InclusionProof::decode(&bytes).map(|proof| proof.encode()),
            AuditProof::decode(&bytes).map(|proof| proof.encode()),
        ] {
            prop_assert!(reencoded.map_or(true, |again| again == bytes));
        }
    }
}

#[test]
fn the_root_does_not_depend_on_the_order_of_changes() {
    let mut backwards = SubsTree::default();
    (0..50).rev().for_each(|number| backwards.set(leaf(number)));
    (50..60).for_each(|number| backwards.set(leaf(number)));
    (50..60).for_each(|number| backwards.remove(&key(&account(number))));
    backwards.remove(&key(&account(77)));
    assert_eq!(backwards.root(), tree(50).root());
    assert_eq!(backwards.len(), 50);
}

#[test]
fn a_single_sub_is_its_own_root() {
    let mut tree = tree(1);
    assert_eq!(tree.root(), Ok(leaf(0).hash()));
    let root = state_root(&leaf(0).hash(), &GLOBALS);
    let proof = tree.prove(&account(0), GLOBALS).expect("in range").expect("set");
    assert!(proof.levels.is_empty());
    assert_eq!(proof.verify(&root), Ok(&leaf(0)));
    assert_eq!(tree.prove(&account(1), GLOBALS), Ok(None));
    assert_eq!(tree.prove_sums(&account(1), GLOBALS), Ok(None));
}

#[test]
fn forged_proofs_are_refused_by_name() {
    let mut tree = tree(20);
    let root = state_root(&tree.root().expect("in range"), &GLOBALS);
    let honest = tree.prove(&account(3), GLOBALS).expect("in range").expect("set");
    let forge = |change: &dyn Fn(&mut InclusionProof)| {
        let mut forged = honest.clone();
        change(&mut forged);
        <&str>::from(forged.verify(&root).expect_err("forged"))
    };
    assert_eq!(forge(&|proof| proof.levels.truncate(1)), "LevelCount");
    assert_eq!(forge(&|proof| proof.levels.push(proof.levels[0])), "LevelCount");
    assert_eq!(forge(&|proof| proof.branches = [0; 32]), "LevelCount");
    assert_eq!(forge(&|proof| proof.levels.swap(1, 2)), "WrongRoot");
    assert_eq!(forge(&|proof| proof.levels[0].sums = Hash([9; 32])), "LeafSums");
    assert_eq!(forge(&|proof| proof.levels[1].sums = Hash([9; 32])), "WrongRoot");
    assert_eq!(
        forge(&|proof| proof.levels[0].sibling_sums = Hash([9; 32])),
        "WrongRoot"
    );
    assert_eq!(
        forge(&|proof| proof.leaf.sums.exitable = amounts(&[(0, 1 << 90)].into())),
        "LeafSums"
    );
    assert_eq!(forge(&|proof| proof.leaf.account = account(4)), "WrongRoot");
    assert_eq!(forge(&|proof| proof.globals = Hash::ZERO), "WrongRoot");
    assert_eq!(
        forge(&|proof| {
            let Level {
                sums,
                sibling,
                sibling_sums,
            } = proof.levels[0];
            proof.leaf.rest = Hash([9; 32]);
            proof.levels[0] = Level {
                sums,
                sibling: sibling_sums,
                sibling_sums: sibling,
            };
        }),
        "WrongRoot"
    );
    assert_eq!(honest.verify(&Hash::ZERO), Err(ProofRejection::ZeroRoot));
}

/// A branch turned the other way: the sibling takes the side of the child on the way.
#[test]
fn a_proof_with_swapped_sides_is_refused() {
    let mut tree = tree(20);
    let root = state_root(&tree.root().expect("in range"), &GLOBALS);
    let honest = tree.prove(&account(3), GLOBALS).expect("in range").expect("set");
    let key = honest.leaf.key();
    let side = |depth: usize| key.0[depth / 8] >> (7 - depth % 8) & 1;
    let deepest = (0..256)
        .rev()
        .find(|depth| honest.branches[depth / 8] >> (7 - depth % 8) & 1 == 1);
    let deepest = deepest.expect("twenty subs");
    let other = (deepest + 1..256)
        .find(|depth| side(*depth) != side(deepest))
        .expect("keys are random");
    let mut forged = honest.clone();
    forged.branches[deepest / 8] ^= 0x80 >> (deepest % 8);
    forged.branches[other / 8] ^= 0x80 >> (other % 8);
    assert!(matches!(
        forged.verify(&root),
        Err(ProofRejection::WrongRoot { .. })
    ));
}

/// A node that hides a claim of one subtree: the other side's proof carries the lie, the robbed sub's can not.
#[test]
fn totals_can_not_leave_a_sub_out_unseen() {
    let mut tree = tree(2);
    let root = state_root(&tree.root().expect("in range"), &GLOBALS);
    let mut audit = tree
        .prove_sums(&account(0), GLOBALS)
        .expect("in range")
        .expect("set");
    audit.levels[0].sibling_sums = Sums::default();
    assert!(matches!(
        audit.verify(&root),
        Err(ProofRejection::WrongRoot { .. })
    ));
}

#[test]
fn sums_out_of_range_are_named_and_the_tree_recovers() {
    let whole = |number: u32| {
        let claims = amounts(&[(0, AMOUNT_LIMIT - 1)].into());
        Leaf {
            sums: Sums {
                claims,
                ..Sums::default()
            },
            ..leaf(number)
        }
    };
    let mut tree = SubsTree::default();
    tree.set(whole(0));
    tree.set(whole(1));
    let (asset, amount) = (asset(0), 2 * (AMOUNT_LIMIT - 1));
    assert_eq!(tree.root(), Err(AmountRejection::OutOfRange { asset, amount }));
    tree.remove(&key(&account(1)));
    assert_eq!(tree.root(), Ok(whole(0).hash()));
    let mut proof = tree
        .prove_sums(&account(0), GLOBALS)
        .expect("in range")
        .expect("set");
    proof.branches[0] = 0x80;
    proof.levels.push(AuditLevel {
        sibling: Hash([1; 32]),
        sibling_sums: whole(1).sums,
    });
    assert!(matches!(
        proof.verify(&Hash([1; 32])),
        Err(ProofRejection::Amount(_))
    ));
}

#[test]
fn every_rejection_of_amounts_is_reached() {
    let lists = [
        vec![(asset(0), AMOUNT_LIMIT)],
        vec![(asset(0), 0)],
        vec![(asset(0), 1), (asset(0), 1)],
        (0..=ASSETS_MAX).map(|_| (asset(0), 1)).collect(),
    ];
    let reached: BTreeSet<&str> = lists
        .into_iter()
        .map(|list| Amounts::new(list).expect_err("not canonical").into())
        .collect();
    assert_eq!(reached, AmountRejection::VARIANTS.iter().copied().collect());
}

#[test]
fn every_rejection_of_proofs_is_named_by_a_test_here() {
    let named = BTreeSet::from(["ZeroRoot", "LevelCount", "LeafSums", "WrongRoot", "Amount"]);
    assert_eq!(named, ProofRejection::VARIANTS.iter().copied().collect());
}

#[test]
fn a_section_is_shown_by_the_list_of_all() {
    let (name, other) = (SectionName::new("parameters"), SectionName::new("outbox"));
    let sections = [section_hash(name, b"values"), section_hash(other, b"entries")];
    let root = globals_root(&sections);
    assert_eq!(
        verify_section(name, b"values", &sections, &root),
        Ok(&b"values"[..])
    );
    let refused = [
        verify_section(name, b"others", &sections, &root),
        verify_section(other, b"values", &sections, &root),
        verify_section(name, b"values", &sections[..1], &root),
        verify_section(name, b"values", &[sections[1], sections[0]], &root),
        verify_section(name, b"values", &[sections[0]; SECTIONS_MAX + 1], &root),
    ];
    let reached: BTreeSet<&str> = refused
        .into_iter()
        .map(|result| result.expect_err("not a section").into())
        .collect();
    assert_eq!(reached, SectionRejection::VARIANTS.iter().copied().collect());
}
