//! Evidence that a sync committee contradicted itself: two valid updates that finalise different headers at one slot.
//!
//! Both are checked again against the trusted state in the evidence, relevance aside. Sync-committee members cannot be
//! slashed on the beacon chain for this; the evidence is for whoever relies on the committee.

use alloc::vec::Vec;

use super::{
    params::Params,
    rejection::Rejection,
    state::{TrustedState, is_reached},
    types::{Slot, Update},
    verify::{check, signing_root},
};
use crate::{Evidence, Hash32, UnixSeconds};

/// What the evidence shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The slot with two finalized headers.
    pub slot: Slot,
    /// Root of the first one.
    pub first: Hash32,
    /// Root of the second one.
    pub second: Hash32,
    /// Positions of the members who signed both, when one committee signed both; else empty.
    pub signed_both: Vec<usize>,
}

/// Why two updates are no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum EvidenceRejection {
    /// One of the updates is not valid.
    #[error("not a valid update: {0}")]
    Invalid(#[from] Rejection),
    /// Too few signed one of them.
    #[error("{participants} participants are too few to finalise")]
    Participation {
        /// Who signed.
        participants: usize,
    },
    /// One of the updates finalises nothing.
    #[error("an update without a finalized header")]
    NoFinality,
    /// They speak of different slots.
    #[error("the finalized slots {first} and {second} differ")]
    DifferentSlots {
        /// Of the first update.
        first: Slot,
        /// Of the second.
        second: Slot,
    },
    /// They agree.
    #[error("both finalise {root}")]
    SameHeader {
        /// Root of the header that both finalise.
        root: Hash32,
    },
}

impl Evidence<TrustedState, Update> {
    /// Judges the evidence at the time `now`.
    pub fn verify(&self, params: &Params, now: UnixSeconds) -> Result<Conflict, EvidenceRejection> {
        let (slot, first) = self.finalised_by(&self.first, params, now)?;
        let (second_slot, second) = self.finalised_by(&self.second, params, now)?;
        if slot != second_slot {
            return Err(EvidenceRejection::DifferentSlots {
                first: slot,
                second: second_slot,
            });
        }
        if first == second {
            return Err(EvidenceRejection::SameHeader { root: first });
        }
        let signed_both = self.signed_both(params);
        Ok(Conflict {
            slot,
            first,
            second,
            signed_both,
        })
    }

    fn finalised_by(
        &self,
        update: &Update,
        params: &Params,
        now: UnixSeconds,
    ) -> Result<(Slot, Hash32), EvidenceRejection> {
        let committee = check(&self.trusted, update, params, now)?;
        if !is_reached(update, params) {
            return Err(EvidenceRejection::Participation {
                participants: update.sync_aggregate.participants(),
            });
        }
        committee.verify(&update.sync_aggregate, signing_root(update, params))?;
        let finality = update.finality_brought().ok_or(EvidenceRejection::NoFinality)?;
        let beacon = &finality.header.beacon;
        Ok((beacon.slot, beacon.root()))
    }

    fn signed_both(&self, params: &Params) -> Vec<usize> {
        let period = |update: &Update| params.network.period(update.signature_slot);
        if period(&self.first) != period(&self.second) {
            return Vec::new();
        }
        let first = self.first.sync_aggregate.participation();
        let both = first.zip(self.second.sync_aggregate.participation());
        both.enumerate()
            .filter(|(_, (first, second))| *first && *second)
            .map(|(index, _)| index)
            .collect()
    }
}
