//! Epochs of the attester set.
//!
//! ```text
//!   block h: the epoch's time is over ─► the next set is frozen      block h + 1: the epoch's last, its header names it
//!   block h + 1 applied ─► the next set is the current one
//! ```
//! A next set that changes more than a third of the weight, or falls below four members, is not taken: the current one stays.
//! Spec: `spec/relayer.md`, Replica; `spec/parameters.md`.

use crate::ids::Address;
use crate::state::{AttesterSet, State};
use alloc::collections::BTreeMap;

/// Fewest members of a set.
const MEMBERS_MIN: usize = 4;
/// Most members of a set.
const MEMBERS_MAX: usize = 64;

impl State {
    pub(super) fn turn_epoch(&mut self) {
        if let Some(next) = self.sets.next.take() {
            self.sets.current = next;
            self.sets.epoch = self.sets.epoch.saturating_add(1);
            self.sets.epoch_ms = self.time_ms;
        } else if self.time_ms >= self.sets.epoch_ms.saturating_add(self.parameters.epoch_ms) {
            self.sets.next = Some(self.frozen_set());
        }
    }

    fn frozen_set(&self) -> AttesterSet {
        let current = &self.sets.current;
        let weighed = self.attesters.iter().filter(|(_, attester)| attester.weight > 0);
        let members: BTreeMap<Address, u32> = weighed
            .map(|(address, attester)| (*address, attester.weight))
            .collect();
        if members == current.members || !is_allowed(current, &members) {
            return current.clone();
        }
        AttesterSet {
            id: current.id.saturating_add(1),
            members,
        }
    }
}

/// max(added, removed) is at most a third of the old total, and the size is within bounds.
fn is_allowed(current: &AttesterSet, members: &BTreeMap<Address, u32>) -> bool {
    let added = growth(&current.members, members);
    let removed = growth(members, &current.members);
    let third = added.max(removed).saturating_mul(3);
    (MEMBERS_MIN..=MEMBERS_MAX).contains(&members.len()) && third <= current.total()
}

/// Weight that `to` has beyond `from`, member by member.
fn growth(from: &BTreeMap<Address, u32>, to: &BTreeMap<Address, u32>) -> u64 {
    let grown = to
        .iter()
        .map(|(address, weight)| weight.saturating_sub(from.get(address).copied().unwrap_or(0)));
    grown.map(u64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::is_allowed;
    use crate::ids::Address;
    use crate::state::AttesterSet;
    use alloc::collections::BTreeMap;

    fn members(weights: &[(u8, u32)]) -> BTreeMap<Address, u32> {
        weights
            .iter()
            .map(|(name, weight)| (Address([*name; 20]), *weight))
            .collect()
    }

    fn current() -> AttesterSet {
        AttesterSet {
            id: 7,
            members: members(&[(1, 3), (2, 3), (3, 3), (4, 3), (5, 3)]),
        }
    }

    #[test]
    fn a_third_of_the_weight_may_change_and_no_more() {
        assert!(is_allowed(
            &current(),
            &members(&[(1, 3), (2, 3), (3, 3), (4, 3), (6, 5)])
        ));
        assert!(!is_allowed(
            &current(),
            &members(&[(1, 3), (2, 3), (3, 3), (4, 3), (6, 6)])
        ));
    }

    #[test]
    fn a_set_keeps_four_members() {
        assert!(!is_allowed(&current(), &members(&[(1, 5), (2, 3), (3, 3)])));
    }
}
