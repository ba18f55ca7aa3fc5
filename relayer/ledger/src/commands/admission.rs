//! Whether an id is free, and what it is remembered for.
//!
//! The same id and body answers `Exists`, another body `ExistsWithDifferent`; a nonce is forgotten once what it named has expired, for then it
//! is refused for its age. Spec: `spec/ledger.md`, Commands.

use super::difference::{intent_difference, step_difference};
use crate::ids::{Account, CommandId};
use crate::refusal::Refusal;
use crate::state::{Ending, NONCES_MAX, Nonces, State, Use, VALIDITY_MAX_MS};
use alloc::boxed::Box;
use wire::command::{Intent, Step};

impl State {
    /// Refuses what is too old, too long-lived, or known.
    pub(super) fn admit(&self, step: &Step) -> Result<(), Refusal> {
        let CommandId { account, nonce } = step.id();
        self.require_live(step.expiry_ms())?;
        let Some(nonces) = self.nonces.get(&account) else {
            return Ok(());
        };
        match nonces.used.get(&nonce) {
            None => require_room(nonces),
            Some((_, Use::Command { body, ending })) => Err(match step_difference(body, step) {
                None => Refusal::Exists {
                    nonce,
                    ending: *ending,
                },
                Some(field) => Refusal::ExistsWithDifferent { nonce, field },
            }),
            Some((_, Use::Intent { .. } | Use::Cancelled)) => {
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
    pub(super) fn filled(&self, intent: &Intent) -> Result<crate::math::Fixed, Refusal> {
        let Intent { account, nonce, .. } = *intent;
        let Some(nonces) = self.nonces.get(&account) else {
            return Ok(crate::math::Fixed::ZERO);
        };
        if nonce < nonces.intents_from {
            return Err(Refusal::IntentCancelled { account, nonce });
        }
        match nonces.used.get(&nonce) {
            None => require_room(nonces).map(|()| crate::math::Fixed::ZERO),
            Some((_, Use::Intent { body, filled })) => match intent_difference(body, intent) {
                None => Ok(*filled),
                Some(field) => Err(Refusal::ExistsWithDifferent { nonce, field }),
            },
            Some((_, Use::Cancelled)) => Err(Refusal::IntentCancelled { account, nonce }),
            Some((_, Use::Command { .. })) => Err(Refusal::ExistsWithDifferent { nonce, field: "kind" }),
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

    /// Remembers what a nonce was used for until it expires.
    pub(super) fn remember(&mut self, account: Account, nonce: u64, expiry_ms: u64, used: Use) {
        self.nonces
            .row_or_default(&account)
            .used
            .insert(nonce, (expiry_ms, used));
        self.expiring.insert((expiry_ms, account, nonce), ());
    }

    /// Forgets the nonces of what has expired.
    pub(crate) fn forget_expired(&mut self) {
        while let Some((&key, ())) = self.expiring.first_key_value() {
            let (expiry_ms, account, nonce) = key;
            if expiry_ms > self.time_ms {
                return;
            }
            self.expiring.remove(&key);
            if let Some(nonces) = self.nonces.row(&account) {
                let ended = nonces
                    .used
                    .get(&nonce)
                    .is_some_and(|(until_ms, _)| *until_ms <= expiry_ms);
                if ended {
                    nonces.used.remove(&nonce);
                }
            }
        }
    }
}

fn require_room(nonces: &Nonces) -> Result<(), Refusal> {
    if nonces.used.len() >= NONCES_MAX {
        return Err(Refusal::TooManyNonces {
            live: nonces.used.len(),
            most: NONCES_MAX,
        });
    }
    Ok(())
}
