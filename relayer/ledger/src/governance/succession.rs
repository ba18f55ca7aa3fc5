//! The next attester set: how far one epoch may go from the current one to the wanted one.
//!
//! ```text
//!   wanted weights ─► one change after the other: the accused out, then others down, then others up (each by ascending address)
//!                     each as far as  max(added, removed) <= ⌊old total / 3⌋  allows,
//!                     and only if  members >= 4,  largest weight <= a third of the total  hold or do not get worse
//! ```
//! What does not fit waits for the next epoch. A change that is cut short by the third is applied in part. Pure arithmetic.
//! Spec: `spec/relayer.md`, Replica; `spec/parameters.md` (attesters).

use crate::ids::Address;
use alloc::{collections::BTreeMap, vec::Vec};
use core::cmp::Ordering;

/// Fewest members of a set.
pub const MEMBERS_MIN: usize = 4;
/// Most members of a set.
pub const MEMBERS_MAX: usize = 64;

/// What somebody's weight should be, and whether evidence stands against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// Weight; zero: not a member.
    pub(super) weight: u32,
    /// Evidence was accepted: it leaves before anybody else changes.
    pub(super) accused: bool,
}

/// The members of the next set, given the current ones and what is wished for.
pub(super) fn next_members(
    current: &BTreeMap<Address, u32>,
    wishes: &BTreeMap<Address, Wish>,
) -> BTreeMap<Address, u32> {
    let third = total(current).checked_div(3).unwrap_or(0);
    let (mut added, mut removed) = (third, third);
    let mut members = current.clone();
    for (address, wish) in in_order(current, wishes) {
        let old = weight_of(&members, address);
        let allowance = if wish < old { &mut removed } else { &mut added };
        let step = u64::from(wish.abs_diff(old)).min(*allowance);
        let step_32 = u32::try_from(step).unwrap_or(u32::MAX);
        let weight = if wish < old {
            old.saturating_sub(step_32)
        } else {
            old.saturating_add(step_32)
        };
        if let Some(changed) = with_weight(&members, address, weight) {
            members = changed;
            *allowance = allowance.saturating_sub(step);
        }
    }
    members
}

/// Whether `members` may be a set at all: enough of them, not too many, no one above a third, the total below 2^32.
pub(super) fn is_sound(members: &BTreeMap<Address, u32>) -> bool {
    let enough = members.len() >= MEMBERS_MIN;
    let few = members.len() <= MEMBERS_MAX;
    let representable = total(members) <= u64::from(u32::MAX);
    enough && few && representable && members.values().all(|weight| *weight > 0) && excess(members) == 0
}

/// The changes in the order in which they are tried, each with the weight wished for.
fn in_order(current: &BTreeMap<Address, u32>, wishes: &BTreeMap<Address, Wish>) -> Vec<(Address, u32)> {
    let everybody = current
        .keys()
        .chain(wishes.keys().filter(|address| !current.contains_key(*address)));
    let mut changes: Vec<(u8, Address, u32)> = everybody
        .filter_map(|address| {
            let wish = wishes.get(address).copied().unwrap_or_default();
            let weight = if wish.accused { 0 } else { wish.weight };
            let rank = match weight.cmp(&weight_of(current, *address)) {
                Ordering::Equal => return None,
                Ordering::Less if wish.accused => 0,
                Ordering::Less => 1,
                Ordering::Greater => 2,
            };
            Some((rank, *address, weight))
        })
        .collect();
    changes.sort_unstable();
    changes
        .into_iter()
        .map(|(_, address, weight)| (address, weight))
        .collect()
}

/// `members` with one weight replaced, unless that breaks what holds of a set.
fn with_weight(
    members: &BTreeMap<Address, u32>,
    address: Address,
    weight: u32,
) -> Option<BTreeMap<Address, u32>> {
    let mut changed = members.clone();
    if weight == 0 {
        changed.remove(&address);
    } else {
        changed.insert(address, weight);
    }
    let too_few = changed.len() < MEMBERS_MIN && changed.len() < members.len();
    let too_many = changed.len() > MEMBERS_MAX;
    let unrepresentable = total(&changed) > u64::from(u32::MAX);
    let lopsided = excess(&changed) > excess(members);
    (!too_few && !too_many && !unrepresentable && !lopsided).then_some(changed)
}

/// By how much three times the largest weight exceeds the total.
fn excess(members: &BTreeMap<Address, u32>) -> u64 {
    let largest = members.values().max().copied().unwrap_or(0);
    u64::from(largest)
        .saturating_mul(3)
        .saturating_sub(total(members))
}

fn weight_of(members: &BTreeMap<Address, u32>, address: Address) -> u32 {
    members.get(&address).copied().unwrap_or(0)
}

fn total(members: &BTreeMap<Address, u32>) -> u64 {
    members.values().map(|weight| u64::from(*weight)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(number: u8) -> Address {
        Address([number; 20])
    }

    fn set(weights: &[u32]) -> BTreeMap<Address, u32> {
        (1..)
            .map(address)
            .zip(weights.iter().copied())
            .filter(|member| member.1 > 0)
            .collect()
    }

    fn wishes(weights: &[u32]) -> BTreeMap<Address, Wish> {
        let wish = |weight: &u32| Wish {
            weight: *weight,
            accused: false,
        };
        (1..).map(address).zip(weights.iter().map(wish)).collect()
    }

    #[test]
    fn a_small_change_is_applied_whole() {
        let next = next_members(&set(&[10, 10, 10, 10, 10]), &wishes(&[12, 7, 10, 10, 10, 3]));
        assert_eq!(next, set(&[12, 7, 10, 10, 10, 3]));
    }

    #[test]
    fn a_large_change_is_applied_as_far_as_a_third() {
        // Old total 60: at most 20 leaves, at most 20 comes.
        let next = next_members(&set(&[10; 6]), &wishes(&[0, 0, 0, 10, 10, 10, 15, 15]));
        assert_eq!(next, set(&[0, 0, 10, 10, 10, 10, 15, 5]));
    }

    #[test]
    fn the_accused_leave_before_anybody_else_changes() {
        let mut wanted = wishes(&[0, 10, 10, 10, 10, 10]);
        wanted.insert(
            address(6),
            Wish {
                weight: 0,
                accused: true,
            },
        );
        wanted.insert(
            address(5),
            Wish {
                weight: 10,
                accused: true,
            },
        );
        assert_eq!(
            next_members(&set(&[10; 6]), &wanted),
            set(&[10, 10, 10, 10, 0, 0])
        );
    }

    #[test]
    fn a_set_never_falls_below_four() {
        assert_eq!(
            next_members(&set(&[10; 4]), &wishes(&[0, 10, 10, 10])),
            set(&[10; 4])
        );
    }

    #[test]
    fn nobody_grows_beyond_a_third() {
        let next = next_members(&set(&[10; 5]), &wishes(&[27, 10, 10, 10, 10]));
        assert_eq!(next, set(&[10; 5]));
    }

    #[test]
    fn an_unsound_set_is_told_from_a_sound_one() {
        assert!(is_sound(&set(&[1, 1, 1, 1])));
        assert!(!is_sound(&set(&[1, 1, 1])));
        assert!(!is_sound(&set(&[2, 1, 1, 1])));
        assert!(!is_sound(&set(&[u32::MAX, u32::MAX, u32::MAX, u32::MAX])));
        assert!(!is_sound(&(0..65).map(|number| (address(number), 1)).collect()));
    }

    proptest! {
        #[test]
        fn at_most_a_third_changes_and_a_sound_set_stays_sound(
            current in prop::collection::vec(50_u32..100, 6..20),
            wanted in prop::collection::vec((0_u32..200, any::<bool>()), 0..25),
        ) {
            let current = set(&current);
            let wishes = (1..).map(address).zip(wanted).map(|(address, (weight, accused))| (address, Wish { weight, accused }));
            let next = next_members(&current, &wishes.collect());
            let everybody = current.keys().chain(next.keys().filter(|address| !current.contains_key(*address)));
            let (mut added, mut removed) = (0, 0);
            for address in everybody {
                let (old, new) = (weight_of(&current, *address), weight_of(&next, *address));
                added += u64::from(new.saturating_sub(old));
                removed += u64::from(old.saturating_sub(new));
            }
            prop_assert!(3 * added.max(removed) <= total(&current));
            prop_assert!(is_sound(&next));
        }
    }
}
