//! The rules of sets, each at its edge.

use std::{collections::BTreeMap, vec, vec::Vec};

use proptest::prelude::*;

use super::{AttesterSet, Member, SetError};
use crate::{
    sample::{assert_every_variant, set_of},
    types::{Address, Hash},
};

fn member(number: u8, weight: u32) -> Member {
    Member {
        attester: Address([number; 20]),
        weight,
    }
}

fn members(weights: &[u32]) -> Vec<Member> {
    (1..)
        .zip(weights)
        .map(|(number, weight)| member(number, *weight))
        .collect()
}

fn set(id: u32, weights: &[u32]) -> AttesterSet {
    AttesterSet::new(id, members(weights)).unwrap()
}

fn operators(of: &[u8]) -> BTreeMap<Address, Hash> {
    (1..)
        .zip(of)
        .map(|(number, operator)| (Address([number; 20]), Hash([*operator; 32])))
        .collect()
}

fn refused(members: Vec<Member>) -> SetError {
    AttesterSet::new(1, members).unwrap_err()
}

#[test]
fn every_rejection_is_reached() {
    let ten = |numbers: &[u8]| {
        numbers
            .iter()
            .map(|number| member(*number, 10))
            .collect::<Vec<_>>()
    };
    let four = set(1, &[10, 10, 10, 10]);
    assert_every_variant(vec![
        refused(members(&[1; 3])),
        refused(members(&[1; 65])),
        refused(ten(&[0, 1, 2, 3])),
        refused(members(&[1, 0, 1, 1])),
        refused(ten(&[1, 2, 2, 3])),
        refused(ten(&[1, 3, 2, 4])),
        refused(members(&[1 << 30; 4])),
        refused(members(&[10, 10, 10, 16])),
        four.check_operators(&operators(&[1, 2, 3])).unwrap_err(),
        four.check_operators(&operators(&[1, 2, 3, 3])).unwrap_err(),
        four.check_change(&set(1, &[10, 10, 10, 10])).unwrap_err(),
        four.check_change(&set(2, &[10, 10, 10, 10, 10, 10])).unwrap_err(),
    ]);
}

#[test]
fn takes_4_to_64_members() {
    assert_eq!(refused(members(&[1; 3])), SetError::TooFewMembers { got: 3 });
    for count in [4, 63, 64] {
        assert_eq!(set(1, &vec![1; count]).members().len(), count);
    }
    assert_eq!(refused(members(&[1; 65])), SetError::TooManyMembers { got: 65 });
}

#[test]
fn takes_a_total_just_below_two_to_the_32() {
    let quarter = u32::MAX / 4;
    let rest = u32::MAX - 3 * quarter;
    assert_eq!(
        set(1, &[quarter, quarter, quarter, rest]).total(),
        u64::from(u32::MAX)
    );
    let rejection = SetError::TotalTooLarge { total: 1 << 32 };
    assert_eq!(
        refused(members(&[quarter, quarter, quarter, rest + 1])),
        rejection
    );
}

#[test]
fn takes_a_member_of_exactly_a_third() {
    assert_eq!(set(1, &[10, 10, 10, 15]).total(), 45);
    let rejection = SetError::HeavyMember {
        attester: Address([4; 20]),
        weight: 16,
        total: 46,
    };
    assert_eq!(refused(members(&[10, 10, 10, 16])), rejection);
}

#[test]
fn takes_an_operator_of_exactly_a_third() {
    let six = set(1, &[10; 6]);
    assert_eq!(six.check_operators(&operators(&[1, 1, 2, 3, 4, 5])), Ok(()));
    let rejection = SetError::HeavyOperator {
        operator: Hash([1; 32]),
        weight: 30,
        total: 60,
    };
    assert_eq!(
        six.check_operators(&operators(&[1, 1, 1, 3, 4, 5])),
        Err(rejection)
    );
}

#[test]
fn quorum_is_more_than_two_thirds_and_no_weight_too_much() {
    for (weights, quorum) in [
        ([1, 1, 1, 1].as_slice(), 3),
        (&[1; 5], 4),
        (&[1; 6], 5),
        (&[1; 7], 5),
        (&[1; 19], 13),
        (&[1; 64], 43),
    ] {
        assert_eq!(set(1, weights).quorum(), quorum);
    }
}

#[test]
fn a_third_of_the_weight_may_change_and_no_more() {
    let six = set(1, &[10; 6]);
    let replaced = |numbers: &[u8]| {
        AttesterSet::new(2, numbers.iter().map(|number| member(*number, 10)).collect()).unwrap()
    };
    assert_eq!(six.check_change(&replaced(&[1, 2, 3, 4, 7, 8])), Ok(()));
    let rejection = SetError::ChangeTooLarge {
        added: 30,
        removed: 30,
        total: 60,
    };
    assert_eq!(six.check_change(&replaced(&[1, 2, 3, 7, 8, 9])), Err(rejection));
}

#[test]
fn a_weight_that_grows_counts_as_added() {
    let six = set(1, &[10; 6]);
    assert_eq!(six.check_change(&set(2, &[15, 15, 15, 15, 10, 10])), Ok(()));
    let rejection = SetError::ChangeTooLarge {
        added: 21,
        removed: 0,
        total: 60,
    };
    assert_eq!(
        six.check_change(&set(2, &[15, 15, 15, 15, 11, 10])),
        Err(rejection)
    );
}

#[test]
fn a_weight_that_falls_counts_as_removed() {
    let six = set(1, &[10; 6]);
    assert_eq!(six.check_change(&set(2, &[5, 5, 5, 5, 10, 10])), Ok(()));
    let rejection = SetError::ChangeTooLarge {
        added: 0,
        removed: 21,
        total: 60,
    };
    assert_eq!(six.check_change(&set(2, &[5, 5, 5, 5, 9, 10])), Err(rejection));
}

#[test]
fn ids_go_up_by_one_and_stop_at_the_end() {
    let last = set(u32::MAX, &[1; 4]);
    let rejection = SetError::WrongNextId {
        got: 0,
        current: u32::MAX,
    };
    assert_eq!(last.check_change(&set(0, &[1; 4])), Err(rejection));
    assert_eq!(set(1, &[1; 4]).check_change(&set(2, &[1; 4])), Ok(()));
}

#[test]
fn a_hash_covers_id_addresses_and_weights() {
    let base = set(1, &[10; 6]);
    assert_eq!(base.hash(), set(1, &[10; 6]).hash());
    assert_ne!(base.hash(), set(2, &[10; 6]).hash());
    assert_ne!(base.hash(), set(1, &[10, 10, 10, 10, 10, 11]).hash());
    assert_ne!(base.hash(), set_of(&[10; 6]).0.hash());
}

#[test]
fn a_member_is_one_word() {
    let mut expected = [0; 32];
    expected[8..28].fill(7);
    expected[31] = 9;
    assert_eq!(member(7, 9).word(), expected);
}

proptest! {
    #[test]
    fn two_quorums_share_more_than_a_third(weights in proptest::collection::vec(50_u32..75, 4..=64)) {
        let set = set(1, &weights);
        let overlap = 2 * set.quorum() - set.total();
        prop_assert!(3 * overlap > set.total());
        prop_assert!(3 * set.quorum() > 2 * set.total());
        prop_assert!(3 * (set.quorum() - 1) <= 2 * set.total());
    }

    #[test]
    fn weight_of_finds_members_only(weights in proptest::collection::vec(50_u32..75, 4..=64), number: u8) {
        let set = set(1, &weights);
        let expected = usize::from(number).checked_sub(1).and_then(|index| weights.get(index)).copied();
        prop_assert_eq!(set.weight_of(Address([number; 20])), expected);
    }
}
