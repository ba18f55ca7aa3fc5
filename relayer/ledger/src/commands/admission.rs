//! Whether an id is free, and what it is remembered for.
//!
//! The same id and body answers `Exists`, another body `ExistsWithDifferent`; a nonce is forgotten once what it named has expired, for then it
//! is refused for its age. Spec: `spec/ledger.md`, Commands.

use super::difference::{intent_difference, step_difference};
use crate::ids::{Account, CommandId};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Ending, NONCES_MAX, Nonces, State, Use, Used, VALIDITY_MAX_MS};
use alloc::boxed::Box;
use wire::command::{Intent, Step};

impl State {
    /// Refuses what is too old, too long-lived, or known.
    pub(super) fn admit(&self, step: &Step) -> Result<(), Refusal> {
        let CommandId { account, nonce } = step.id();
        self.require_live(step.expiry_ms())?;
        match self.use_of(account, nonce) {
            None => self.require_room(account),
            Some(Use::Command { body, ending }) => Err(match step_difference(body, step) {
                None => Refusal::Exists {
                    nonce,
                    ending: *ending,
                },
                Some(field) => Refusal::ExistsWithDifferent { nonce, field },
            }),
            Some(Use::Intent { .. } | Use::Cancelled) => {
                Err(Refusal::ExistsWithDifferent { nonce, field: "kind" })
            }
        }
    }

    /// Refuses what has expired, and what would have to be remembered for too long.
    pub(crate) fn require_live(&self, expiry_ms: u64) -> Result<(), Refusal> {
        let time_ms = self.time_ms;
        if time_ms >= expiry_ms {
            return Err(Refusal::Expired { expiry_ms, time_ms });
        }
        if expiry_ms.saturating_sub(time_ms) > VALIDITY_MAX_MS {
            return Err(Refusal::ExpiryTooFar {
                expiry_ms,
                time_ms,
                most_ms: VALIDITY_MAX_MS,
            });
        }
        Ok(())
    }

    /// What is left of an intent.
    pub(super) fn filled(&self, intent: &Intent) -> Result<Fixed, Refusal> {
        let Intent { account, nonce, .. } = *intent;
        if self
            .nonces
            .get(&account)
            .is_some_and(|nonces| nonce < nonces.intents_from)
        {
            return Err(Refusal::IntentCancelled { account, nonce });
        }
        match self.use_of(account, nonce) {
            None => self.require_room(account).map(|()| Fixed::ZERO),
            Some(Use::Intent { body, filled }) => match intent_difference(body, intent) {
                None => Ok(*filled),
                Some(field) => Err(Refusal::ExistsWithDifferent { nonce, field }),
            },
            Some(Use::Cancelled) => Err(Refusal::IntentCancelled { account, nonce }),
            Some(Use::Command { .. }) => Err(Refusal::ExistsWithDifferent { nonce, field: "kind" }),
        }
    }

    /// Remembers a command and how it ended.
    pub(super) fn burn(&mut self, step: &Step, ending: Ending) {
        let CommandId { account, nonce } = step.id();
        self.remember(
            account,
            nonce,
            step.expiry_ms(),
            Use::Command {
                body: Box::new(step.clone()),
                ending,
            },
        );
    }

    /// What a nonce was used for.
    pub(super) fn use_of(&self, account: Account, nonce: u64) -> Option<&Use> {
        self.uses.get(&(account, nonce)).map(|used| &used.by)
    }

    /// Remembers what a nonce was used for until it expires.
    pub(super) fn remember(&mut self, account: Account, nonce: u64, expiry_ms: u64, by: Use) {
        let used = Used {
            until_ms: expiry_ms,
            by,
        };
        if self.uses.insert((account, nonce), used).is_none() {
            let nonces = self.nonces.row_or_default(&account);
            nonces.live = nonces.live.saturating_add(1);
        }
        self.expiring.insert((expiry_ms, account, nonce), ());
    }

    /// Forgets the nonces of what has expired, a bounded number per block; until then their ids stay used.
    pub(crate) fn forget_expired(&mut self) {
        for _ in 0..FORGOTTEN_PER_BLOCK {
            let Some((&(expiry_ms, account, nonce), ())) = self.expiring.first_key_value() else {
                return;
            };
            if expiry_ms > self.time_ms {
                return;
            }
            self.expiring.remove(&(expiry_ms, account, nonce));
            self.forget(account, nonce, expiry_ms);
        }
    }

    /// Forgets a use, unless a later one took its place.
    fn forget(&mut self, account: Account, nonce: u64, expiry_ms: u64) {
        let used = self.uses.get(&(account, nonce));
        if used.is_none_or(|used| used.until_ms > expiry_ms) {
            return;
        }
        self.uses.remove(&(account, nonce));
        let nonces = self.nonces.row_or_default(&account);
        nonces.live = nonces.live.saturating_sub(1);
        if *nonces == Nonces::default() {
            self.nonces.remove(&account);
        }
    }

    fn require_room(&self, account: Account) -> Result<(), Refusal> {
        let live = self.nonces.get(&account).map_or(0, |nonces| nonces.live);
        if live >= NONCES_MAX {
            return Err(Refusal::TooManyNonces {
                live,
                most: NONCES_MAX,
            });
        }
        Ok(())
    }
}

/// Uses that a block forgets at most: more than a block of the largest size can add.
const FORGOTTEN_PER_BLOCK: usize = 20_000;
