//! Attestations: they link by height and event number, and prove which releases can no longer happen.
//!
//! A release is void once a block of its chain is certified whose time is beyond `validUntil` and all earlier events are applied: the vault
//! refuses it from then on, and had it paid before, its event would have been applied. Spec: `spec/ledger.md`, Withdrawals.

use crate::ids::{ChainId, EntryId};
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Cursor, State};
use alloc::vec::Vec;
use wire::attestation::Attestation;

impl State {
    pub(super) fn attest(&mut self, attestation: &Attestation) -> Result<Effect, Refusal> {
        let Attestation {
            chain,
            height,
            timestamp,
            previous,
            first_seq,
            event_count,
            ..
        } = *attestation;
        let row = self.chains.row(&chain).ok_or(Refusal::UnknownChain { chain })?;
        let Cursor {
            height: expected,
            next_seq,
            remaining,
            ..
        } = row.cursor;
        if previous != expected || height <= expected || remaining > 0 {
            return Err(Refusal::AttestationOutOfOrder {
                chain,
                previous,
                expected,
            });
        }
        if first_seq != next_seq {
            return Err(Refusal::EventOutOfOrder {
                chain,
                seq: first_seq,
                expected: next_seq,
            });
        }
        row.cursor = Cursor {
            height,
            timestamp,
            next_seq,
            remaining: event_count,
            attestation: Some(*attestation),
        };
        let void = self.void_lapsed(chain, timestamp)?;
        Ok(Effect::Attested { chain, height, void })
    }

    /// Returns every claim whose release the chain's time has made impossible.
    fn void_lapsed(&mut self, chain: ChainId, timestamp: u64) -> Result<Vec<EntryId>, Refusal> {
        let lapsed = (chain, 0, EntryId(0))..(chain, timestamp, EntryId(0));
        let void: Vec<EntryId> = self
            .lapsing
            .range(lapsed)
            .map(|((_, _, entry), ())| *entry)
            .collect();
        void.iter()
            .try_for_each(|entry| self.return_entry(*entry).map(drop))?;
        Ok(void)
    }
}
