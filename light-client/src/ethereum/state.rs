//! What a client trusts, and how verified updates move it: the specification's store.
//!
//! ```text
//!  period            n                    n + 1
//!  committees        current ──────────►  next (unknown until an update brings it)
//!  headers           finalized ···· optimistic
//! ```
//! - Enough participation and a newer finalized header: the finalized header moves; into the next period, `next` becomes
//!   `current`.
//! - Fewer participants, no finality: kept as the best valid update; a newer attested header moves the optimistic one.
//! - A whole period without finality: the caller may force the best valid update ([`TrustedState::force_update`]).
//!
//! Guarantees: no call moves a header back, and no call leaves the state changed when it returns an error.
//!
//! Deviation: forcing also needs the parameters' participation (the specification takes any), so that one participant
//! never hands the committee over; a forced header is never `Final`, and does not renew trust.

use alloc::{boxed::Box, sync::Arc};

use super::{
    committee::{Committee, KeyOrigin},
    network::Preset,
    params::Params,
    rank::is_better,
    rejection::Rejection,
    types::{LightClientHeader, Period, Slot, Update},
    verify::Verified,
};
use crate::{CheckpointExpired, Finality, Hash32, UnixSeconds};

/// A header that the client holds true, with the firmness of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHeader {
    header: LightClientHeader,
    root: Hash32,
    finality: Option<Finality>,
}

impl VerifiedHeader {
    pub(super) fn new(header: &LightClientHeader, finality: Option<Finality>) -> Self {
        Self {
            header: header.clone(),
            root: header.beacon.root(),
            finality,
        }
    }

    /// The header.
    pub fn header(&self) -> &LightClientHeader {
        &self.header
    }

    /// The beacon block's root.
    pub fn root(&self) -> Hash32 {
        self.root
    }

    /// [`Finality::Final`] when the chain finalised the header; `None` for an optimistic or a forced one.
    pub fn finality(&self) -> Option<Finality> {
        self.finality
    }
}

/// What an update was verified against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    finalized: Hash32,
    current_committee: Hash32,
    next_committee: Option<Hash32>,
}

/// The trusted state moved between an update's verification and its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("verified against finalized header {verified_against}, the state is at {finalized}; verify again")]
pub struct StaleVerification {
    /// Root of the finalized header that the update was verified against.
    pub verified_against: Hash32,
    /// Root of the finalized header now.
    pub finalized: Hash32,
}

/// Why the best valid update is not forced in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum ForceRejection {
    /// A whole period has not passed since the finalized header.
    #[error("not before slot {due}, the current slot is {current}")]
    NotDue {
        /// First slot at which an update may be forced.
        due: Slot,
        /// The clock's slot.
        current: Slot,
    },
    /// No valid update is waiting.
    #[error("no valid update is waiting")]
    NoUpdate,
    /// Too few signed the best one.
    #[error("{participants} of {size} signed the best valid update, too few to apply it")]
    Participation {
        /// Who signed.
        participants: usize,
        /// The committee.
        size: usize,
    },
    /// The trusted header is too old, or the committee that the update brings has bad keys; such an update is dropped.
    #[error(transparent)]
    Rejected(Rejection),
}

/// The client's store. Starts with [`super::bootstrap`].
#[derive(Clone, Debug)]
pub struct TrustedState {
    preset: Preset,
    finalized: VerifiedHeader,
    optimistic: VerifiedHeader,
    current_committee: Arc<Committee>,
    next_committee: Option<Arc<Committee>>,
    best_valid_update: Option<Box<Update>>,
    previous_max_participants: usize,
    current_max_participants: usize,
    not_after: UnixSeconds,
}

impl TrustedState {
    pub(super) fn start(
        header: &LightClientHeader,
        committee: Committee,
        preset: Preset,
        not_after: UnixSeconds,
    ) -> Self {
        let finalized = VerifiedHeader::new(header, Some(Finality::Final));
        Self {
            preset,
            optimistic: finalized.clone(),
            finalized,
            current_committee: Arc::new(committee),
            next_committee: None,
            best_valid_update: None,
            previous_max_participants: 0,
            current_max_participants: 0,
            not_after,
        }
    }

    /// The newest header that the chain finalised (or that was forced in, see [`VerifiedHeader::finality`]).
    pub fn finalized(&self) -> &VerifiedHeader {
        &self.finalized
    }

    /// The newest header that many members signed; not final.
    pub fn optimistic(&self) -> &VerifiedHeader {
        &self.optimistic
    }

    /// The last second at which this state may verify anything.
    pub fn not_after(&self) -> UnixSeconds {
        self.not_after
    }

    /// The committee of the finalized header's period.
    pub fn current_committee(&self) -> &Arc<Committee> {
        &self.current_committee
    }

    /// The committee of the period after it, once known.
    pub fn next_committee(&self) -> Option<&Arc<Committee>> {
        self.next_committee.as_ref()
    }

    pub(super) fn basis(&self) -> Basis {
        Basis {
            finalized: self.finalized.root,
            current_committee: self.current_committee.root(),
            next_committee: self.next_committee.as_ref().map(|committee| committee.root()),
        }
    }

    pub(super) fn period(&self) -> Period {
        self.preset.period(self.finalized.header.beacon.slot)
    }

    pub(super) fn is_within_trusting_period(
        &self,
        params: &Params,
        now: UnixSeconds,
    ) -> Result<(), Rejection> {
        if now <= self.not_after {
            return Ok(());
        }
        let taken_at = params.network.time(self.finalized.header.beacon.slot);
        Err(Rejection::Expired(CheckpointExpired {
            age_seconds: now.since(taken_at),
            limit_seconds: self.not_after.since(taken_at),
        }))
    }

    /// Whether the update has the participation and brings the finality to change more than the optimistic header.
    pub(super) fn may_be_applied(&self, update: &Update, params: &Params) -> bool {
        let Some(finality) = update.finality_brought() else {
            return false;
        };
        let finalized = finality.header.beacon.slot;
        let attested = update.attested_header.beacon.slot;
        let brings_missing_committee = self.next_committee.is_none()
            && update.committee_brought().is_some()
            && self.preset.period(finalized) == self.preset.period(attested);
        is_reached(update, params)
            && (finalized > self.finalized.header.beacon.slot || brings_missing_committee)
    }

    /// Takes a verified update in: moves the headers that it moves, remembers it as the best one otherwise.
    ///
    /// # Errors
    /// The state moved since the verification.
    pub fn advance(&mut self, verified: Verified) -> Result<(), StaleVerification> {
        if verified.basis != self.basis() {
            return Err(StaleVerification {
                verified_against: verified.basis.finalized,
                finalized: self.finalized.root,
            });
        }
        self.take_in(verified);
        Ok(())
    }

    /// Takes in an update that was verified against this very state.
    pub(super) fn take_in(&mut self, verified: Verified) {
        let participants = verified.update.sync_aggregate.participants();
        self.current_max_participants = self.current_max_participants.max(participants);
        let attested = &verified.update.attested_header;
        if participants > self.safety_threshold() && attested.beacon.slot > self.optimistic.header.beacon.slot
        {
            self.optimistic = VerifiedHeader::new(attested, None);
        }
        if verified.applies {
            self.apply_finality(verified);
        } else {
            self.remember_if_better(verified.update);
        }
    }

    fn apply_finality(&mut self, verified: Verified) {
        self.best_valid_update = None;
        if let Some(finality) = verified.update.finality_brought() {
            let header = VerifiedHeader::new(&finality.header, Some(Finality::Final));
            self.apply(header, verified.next_committee);
            self.not_after = self.not_after.max(verified.not_after);
        }
    }

    fn remember_if_better(&mut self, update: Update) {
        let best = self.best_valid_update.as_deref();
        if best.is_none_or(|best| is_better(&update, best, &self.preset)) {
            self.best_valid_update = Some(Box::new(update));
        }
    }

    /// Half of the most members seen in this period or the last.
    fn safety_threshold(&self) -> usize {
        self.previous_max_participants.max(self.current_max_participants) >> 1
    }

    /// `apply_light_client_update`
    fn apply(&mut self, header: VerifiedHeader, next_committee: Option<Arc<Committee>>) {
        let period = self.preset.period(header.header.beacon.slot);
        match self.next_committee.take() {
            None if period == self.period() => self.next_committee = next_committee,
            Some(next) if period == self.period().next() => {
                self.current_committee = next;
                self.next_committee = next_committee;
                self.previous_max_participants = core::mem::take(&mut self.current_max_participants);
            }
            unchanged => self.next_committee = unchanged,
        }
        let slot = header.header.beacon.slot;
        if slot > self.finalized.header.beacon.slot {
            self.finalized = header;
        }
        if slot > self.optimistic.header.beacon.slot {
            self.optimistic = self.finalized.clone();
        }
    }

    /// After a whole period without finality, takes the best valid update as if it were final: progress of the
    /// committees at the price of finality. Only the caller knows whether to prefer waiting.
    ///
    /// # Errors
    /// Not due, nothing to force, too few participants, expired, or bad keys. The state is then as before, but for an
    /// update with bad keys, which is dropped.
    pub fn force_update(&mut self, params: &Params, now: UnixSeconds) -> Result<(), ForceRejection> {
        self.is_within_trusting_period(params, now)
            .map_err(ForceRejection::Rejected)?;
        self.is_due(params, now)?;
        let update = self
            .best_valid_update
            .as_deref()
            .ok_or(ForceRejection::NoUpdate)?;
        if !is_reached(update, params) {
            return Err(ForceRejection::Participation {
                participants: update.sync_aggregate.participants(),
                size: self.preset.sync_committee_size,
            });
        }
        let header = VerifiedHeader::new(self.forced_header(update), None);
        let loaded = self.forced_committee(update, &header);
        self.best_valid_update = None;
        self.apply(header, loaded.map_err(ForceRejection::Rejected)?);
        Ok(())
    }

    fn is_due(&self, params: &Params, now: UnixSeconds) -> Result<(), ForceRejection> {
        let finalized = self.finalized.header.beacon.slot.0;
        let due = Slot(
            finalized
                .saturating_add(self.preset.slots_per_period().get())
                .saturating_add(1),
        );
        let current = params.network.slot_at(now);
        if current < due {
            return Err(ForceRejection::NotDue { due, current });
        }
        Ok(())
    }

    /// The update's finalized header if it is newer than ours, else the attested one.
    fn forced_header<'a>(&self, update: &'a Update) -> &'a LightClientHeader {
        let ours = self.finalized.header.beacon.slot;
        let finalized = update.finality_brought().map(|finality| &finality.header);
        let newer = finalized.filter(|header| header.beacon.slot > ours);
        newer.unwrap_or(&update.attested_header)
    }

    fn forced_committee(
        &self,
        update: &Update,
        header: &VerifiedHeader,
    ) -> Result<Option<Arc<Committee>>, Rejection> {
        let period = self.preset.period(header.header.beacon.slot);
        let of_this_header = period == self.preset.period(update.attested_header.beacon.slot);
        match update.committee_brought() {
            Some(next) if of_this_header => {
                Committee::load(&next.committee, KeyOrigin::Forced).map(|committee| Some(Arc::new(committee)))
            }
            _ => Ok(None),
        }
    }
}

pub(super) fn is_reached(update: &Update, params: &Params) -> bool {
    let size = params.network.preset.sync_committee_size;
    params
        .participation
        .is_reached(update.sync_aggregate.participants(), size)
}
