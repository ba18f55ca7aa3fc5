//! Halts: by one attester, by a quorum, by the books; and how they end.
//!
//! | authority | stops | margin | ends |
//! |---|---|---|---|
//! | one attester, once a day | deposits and releases of a chain | unchanged | by itself after an hour |
//! | quorum | deposits and releases in its scope | tier 1 of its chains and assets | resumed by quorum, 48 h later |
//! | the books | deposits and releases of the asset or chain | unchanged | as a quorum's |
//!
//! A quorum's halt for a price fault also halts the asset's feed, which then counts as dead. A halt never ends early because a weaker one is
//! laid over it. `Resume` loosens and waits like any other loosening.
//! An emergency is a halt and nothing else: it only tightens. Spec: `spec/relayer.md`, Security layers (circuit breaker).

use super::refusal::GovernanceRefusal;
use crate::ids::Underlying;
use crate::parameters::LOOSEN_MS;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Authority, Halt, State};
use alloc::vec::Vec;
use wire::command::{self, HaltByOne, HaltReason, Resume, Scope};

/// Time between two halts of one attester.
const DAY_MS: u64 = 86_400_000;
/// Time from `Resume` to its effect.
pub const RESUME_DELAY_MS: u64 = LOOSEN_MS;

impl State {
    pub(super) fn halt_by_one(&mut self, order: &HaltByOne) -> Result<Effect, Refusal> {
        let HaltByOne {
            attester,
            chain,
            reason,
            ..
        } = *order;
        let (now, scope) = (self.time_ms, Scope::Chain(chain));
        if !self.chains.contains_key(&chain) {
            return Err(Refusal::UnknownChain { chain });
        }
        if self
            .halt(scope)
            .is_some_and(|halt| halt.authority != Authority::Attester)
        {
            return Err(GovernanceRefusal::HaltedAlready { scope }.into());
        }
        let row = self.attesters.row_or_default(&attester);
        let next_ms = row.halt_ms.map_or(0, |last_ms| last_ms.saturating_add(DAY_MS));
        if now < next_ms {
            let last_ms = row.halt_ms.unwrap_or_default();
            return Err(GovernanceRefusal::HaltTooSoon {
                attester,
                last_ms,
                next_ms,
            }
            .into());
        }
        row.halt_ms = Some(now);
        let until_ms = Some(now.saturating_add(self.parameters.attester_halt_ms));
        self.halts.insert(
            scope,
            Halt {
                authority: Authority::Attester,
                reason,
                until_ms,
            },
        );
        Ok(Effect::Done)
    }

    pub(super) fn halt_by_quorum(&mut self, order: &command::Halt) -> Result<Effect, Refusal> {
        let command::Halt { scope, reason, .. } = *order;
        self.require_scope(scope)?;
        let halt = Halt {
            authority: Authority::Quorum,
            reason,
            until_ms: None,
        };
        let before = self.halts.insert(scope, halt);
        for halt in before.into_iter().chain([halt]) {
            self.follow_fault(scope, halt.reason);
        }
        Ok(Effect::Done)
    }

    pub(super) fn resume(&mut self, order: &Resume) -> Result<Effect, Refusal> {
        let scope = order.scope;
        let until_ms = self.time_ms.saturating_add(RESUME_DELAY_MS);
        let lasting = |halt: &&mut Halt| halt.authority != Authority::Attester && halt.until_ms.is_none();
        let halt = self
            .halts
            .row(&scope)
            .filter(lasting)
            .ok_or(GovernanceRefusal::NothingHalted { scope })?;
        halt.until_ms = Some(until_ms);
        Ok(Effect::Done)
    }

    /// Takes away the halts that are over.
    pub(super) fn lift_halts(&mut self) {
        let now = self.time_ms;
        let over = |halt: &Halt| halt.until_ms.is_some_and(|until_ms| until_ms <= now);
        let ended: Vec<(Scope, Halt)> = self
            .halts
            .iter()
            .filter(|row| over(row.1))
            .map(|row| (*row.0, *row.1))
            .collect();
        for (scope, halt) in ended {
            self.halts.remove(&scope);
            self.follow_fault(scope, halt.reason);
        }
    }

    /// Halts or frees the feed that a halt for this reason concerns, by all halts that run now.
    fn follow_fault(&mut self, scope: Scope, reason: HaltReason) {
        let Some(feed) = self.faulty_feed(scope, reason) else {
            return;
        };
        let is_faulty = self
            .halts
            .iter()
            .any(|row| self.faulty_feed(*row.0, row.1.reason) == Some(feed));
        self.set_feed_halted(feed, is_faulty);
    }

    fn require_scope(&self, scope: Scope) -> Result<(), Refusal> {
        match scope {
            Scope::Everything => Ok(()),
            Scope::Chain(chain) if self.chains.contains_key(&chain) => Ok(()),
            Scope::Chain(chain) => Err(Refusal::UnknownChain { chain }),
            Scope::Asset(asset) => self.asset(asset).map(drop),
        }
    }

    /// The feed that a halt for a price fault makes dead.
    fn faulty_feed(&self, scope: Scope, reason: HaltReason) -> Option<Underlying> {
        match (scope, reason) {
            (Scope::Asset(asset), HaltReason::PriceFault) => Some(self.assets.get(&asset)?.terms.feed),
            _ => None,
        }
    }

    fn set_feed_halted(&mut self, feed: Underlying, halted: bool) {
        if let Some(row) = self.feeds.row(&feed) {
            row.halted = halted;
        }
    }
}
