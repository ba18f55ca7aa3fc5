//! `CancelIntents` and `CancelWithdraw`: both apply before the block's other commands. Spec: `spec/ledger.md`, Commands.

use crate::ids::EntryId;
use crate::math::Fixed;
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Stage, State, Use, VALIDITY_MAX_MS};
use alloc::vec::Vec;
use wire::command::{CancelIntents, CancelScope, CancelWithdraw};

impl State {
    /// No later fill may use the named intents, known or not.
    pub(super) fn cancel_intents(&mut self, cancel: &CancelIntents) -> Result<Effect, Refusal> {
        let CancelIntents {
            account,
            scope,
            intent,
            ..
        } = *cancel;
        match scope {
            CancelScope::AllBelow => {
                let nonces = self.nonces.row_or_default(&account);
                nonces.intents_from = nonces.intents_from.max(intent);
            }
            CancelScope::One => {
                if let Some(Use::Command { .. }) = self.use_of(account, intent) {
                    return Err(Refusal::ExistsWithDifferent {
                        nonce: intent,
                        field: "kind",
                    });
                }
                // Nobody knows when an unseen intent expires, but none lives longer than this.
                let until_ms = self.time_ms.saturating_add(VALIDITY_MAX_MS);
                self.remember(account, intent, until_ms, Use::Cancelled);
            }
        }
        Ok(Effect::Done)
    }

    /// Takes back the entries of a request that are not yet in the outbox.
    pub(super) fn cancel_withdraw(&mut self, cancel: &CancelWithdraw) -> Result<Effect, Refusal> {
        let entries = self.entries_of(cancel)?;
        let mut amount = Fixed::ZERO;
        for entry in entries {
            amount = amount.add(self.cancel_entry(entry)?)?;
        }
        Ok(Effect::WithdrawalCancelled { amount })
    }

    /// The queued entries of a request; refuses where none of them is.
    fn entries_of(&self, cancel: &CancelWithdraw) -> Result<Vec<EntryId>, Refusal> {
        let own = self
            .subs
            .get(&cancel.account)
            .into_iter()
            .flat_map(|sub| &sub.withdrawals);
        let of_request = own.filter(|entry| {
            self.withdrawals
                .get(entry)
                .is_some_and(|withdrawal| withdrawal.nonce == cancel.withdrawal)
        });
        let (queued, rest): (Vec<EntryId>, Vec<EntryId>) = of_request.partition(|entry| {
            self.withdrawals
                .get(entry)
                .is_some_and(|row| matches!(row.stage, Stage::Queued { .. }))
        });
        match (queued.is_empty(), rest.first()) {
            (false, _) => Ok(queued),
            (true, Some(entry)) => Err(Refusal::NotCancellable { entry: *entry }),
            (true, None) => Err(Refusal::UnknownRequest {
                nonce: cancel.withdrawal,
            }),
        }
    }

    fn cancel_entry(&mut self, entry: EntryId) -> Result<Fixed, Refusal> {
        let withdrawal = self
            .withdrawals
            .remove(&entry)
            .ok_or(Refusal::UnknownWithdrawal { entry })?;
        self.queue.remove(&(withdrawal.asset, withdrawal.sub, entry));
        self.subs
            .row_or_default(&withdrawal.sub)
            .withdrawals
            .remove(&entry);
        self.refund(&withdrawal, Place::Queue)
    }
}
