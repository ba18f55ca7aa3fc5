//! Attester sets per epoch: when the next one is frozen and when it takes over.
//!
//! ```text
//!   block        h-1                    h (the epoch's last)           h+1
//!   end of it    epoch is over: freeze  the frozen set becomes         signed by the new set
//!                the next set           the current one
//!   header's     nextSet = current      nextSet = the frozen one       setId = the new one
//! ```
//! What changes in block `h` counts one epoch later. A set without change keeps its id, so that no vault has to rotate for nothing.
//! Spec: `spec/relayer.md`, Replica.

use super::succession::{Wish, next_members};
use crate::ids::Address;
use crate::state::{AttesterSet, State};
use alloc::collections::BTreeMap;

impl State {
    /// Ends a block: freezes the next set when the epoch is over, and lets a frozen one take over.
    pub(crate) fn close_block(&mut self) {
        if self.sets.epoch_ms == 0 {
            self.sets.epoch_ms = self.time_ms;
        }
        match self.sets.next.take() {
            Some(next) => self.begin_epoch(next),
            None if self.is_epoch_over() => self.sets.next = Some(self.successor()),
            None => {}
        }
    }

    /// Whether `attester` signs now or will in the next epoch.
    pub(super) fn is_in_a_set(&self, attester: &Address) -> bool {
        let next = self
            .sets
            .next
            .as_ref()
            .is_some_and(|set| set.members.contains_key(attester));
        next || self.sets.current.members.contains_key(attester)
    }

    fn is_epoch_over(&self) -> bool {
        self.time_ms.saturating_sub(self.sets.epoch_ms) >= self.parameters.epoch_ms
    }

    fn successor(&self) -> AttesterSet {
        let current = &self.sets.current;
        let wish = |row: &crate::state::Attester| Wish {
            weight: row.weight,
            accused: row.accused,
        };
        let wishes: BTreeMap<_, _> = self
            .attesters
            .iter()
            .map(|(address, row)| (*address, wish(row)))
            .collect();
        let members = next_members(&current.members, &wishes);
        let id = if members == current.members {
            current.id
        } else {
            current.id.saturating_add(1)
        };
        AttesterSet { id, members }
    }

    fn begin_epoch(&mut self, next: AttesterSet) {
        let current = core::mem::replace(&mut self.sets.current, next);
        for member in current.members.keys() {
            self.attesters.row_or_default(member).last_set = current.id;
        }
        self.sets.epoch = self.sets.epoch.saturating_add(1);
        self.sets.epoch_ms = self.time_ms;
    }
}
