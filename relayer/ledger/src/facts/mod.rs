//! Certified facts about the chains: attestations and the vault events that they commit to.
//!
//! ```text
//!   Attestation(previous, firstSeq, count) ─► cursor ─► its events, one by one ─► the next attestation
//! ```
//! A fact is taken exactly once and in order: an attestation that does not follow the one applied last, and an event that is not the next,
//! are refused. An event in its place never fails for a business reason: what cannot be credited waits in suspense, and what contradicts
//! the books halts its chain while the cursor goes on. Spec: `spec/ledger.md`, Commands; `DESIGN.md`, Identities and formats.

mod attestation;
mod deposit;
mod release;
mod units;
mod vault;

use crate::block::Outcome;
use crate::command::Fact;
use crate::ids::{AssetId, ChainId};
use crate::math::Fixed;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Authority, Halt, State};
use wire::{
    command::{HaltReason, Scope},
    event::VaultEvent,
};

pub(crate) use deposit::AMOUNT_MAX;
pub(crate) use units::{floor_to_unit, from_units, to_units};

impl State {
    /// Applies one certified fact.
    pub(crate) fn fact(&mut self, fact: &Fact) -> Outcome {
        match fact {
            Fact::Attestation(attestation) => self.isolated(|state| state.attest(attestation)),
            Fact::Event(chain, event) => self.event(*chain, event),
            Fact::Forced { chain, seq, .. } => self.isolated(|state| state.advance(*chain, *seq)),
        }
    }

    /// An event takes its place in the order first; what it then contradicts halts the chain.
    fn event(&mut self, chain: ChainId, event: &VaultEvent) -> Outcome {
        self.isolated(|state| state.advance(chain, event.seq()))?;
        let outcome = self.isolated(|state| state.vault_event(chain, event));
        if outcome.is_err() {
            self.halt_for_gap(Scope::Chain(chain));
        }
        outcome
    }

    fn vault_event(&mut self, chain: ChainId, event: &VaultEvent) -> Result<Effect, Refusal> {
        match event {
            VaultEvent::Deposited(deposit) => self.deposited(chain, deposit),
            VaultEvent::Burned(burn) => self.burned(chain, burn),
            VaultEvent::Released(release) => self.released(chain, release),
            VaultEvent::ReleaseFailed(failure) => self.release_failed(chain, failure.id),
            VaultEvent::Exited(exit) => self.exited(chain, exit),
            other => self.vault_notice(chain, other),
        }
    }

    /// Moves the cursor over event `seq`.
    fn advance(&mut self, chain: ChainId, seq: u64) -> Result<Effect, Refusal> {
        let row = self.chains.row(&chain).ok_or(Refusal::UnknownChain { chain })?;
        let expected = row.cursor.next_seq;
        if seq != expected || row.cursor.remaining == 0 {
            return Err(Refusal::EventOutOfOrder { chain, seq, expected });
        }
        row.cursor.next_seq = expected.saturating_add(1);
        row.cursor.remaining = row.cursor.remaining.saturating_sub(1);
        Ok(Effect::Done)
    }

    /// Halts what the books and the chain disagree about; a quorum's halt stays one, and no longer ends by itself.
    pub(crate) fn halt_for_gap(&mut self, scope: Scope) {
        let by_books = Halt {
            authority: Authority::Books,
            reason: HaltReason::ConservationGap,
            until_ms: None,
        };
        let by_quorum = self
            .halt(scope)
            .filter(|halt| halt.authority == Authority::Quorum);
        let halt = by_quorum.map_or(by_books, |halt| Halt {
            until_ms: None,
            ..halt
        });
        self.halts.insert(scope, halt);
    }

    /// Compares the vault's own counter with the books; a difference halts the asset.
    fn reconcile(&mut self, asset: AssetId, holdings: &wire::U256) -> Result<(), Refusal> {
        let books = self.asset(asset)?;
        let counted = books.vault.posted().add(books.lost)?;
        self.compare(asset, counted, holdings)
    }

    /// Compares the supply of a bridged token with the books; a difference halts the asset that it stands for.
    fn reconcile_supply(
        &mut self,
        asset: AssetId,
        chain: ChainId,
        supply: &wire::U256,
    ) -> Result<(), Refusal> {
        let counted = self.bridged.get(&(asset, chain)).copied().unwrap_or_default();
        self.compare(asset, counted, supply)
    }

    fn compare(&mut self, asset: AssetId, counted: Fixed, reported: &wire::U256) -> Result<(), Refusal> {
        if to_units(counted, self.asset(asset)?.terms.decimals) != *reported {
            self.halt_for_gap(Scope::Asset(asset));
        }
        Ok(())
    }
}
