//! Judges a bootstrap or an update against what is trusted, one line per fact, cheap ones first.
//!
//! Order of an update's facts: sizes, slots, period, forms of its parts, branches, signature, relevance. Relevance comes
//! last here (first in the specification, where the order has no effect on the verdict) so that an update that is refused
//! as [`Rejection::NotRelevant`] is known to be valid.
//!
//! Spec: consensus-specs `altair/light-client/sync-protocol.md`, `validate_light_client_update`, with the Capella, Deneb,
//! Electra and Gloas deltas.
//!
//! Deviation: a committee's aggregate key must be the sum of its keys, which the specification leaves to the chain.

use alloc::sync::Arc;

use strum::IntoEnumIterator as _;

use super::{
    committee::{Committee, KeyOrigin, bits_fit},
    header,
    network::Fork,
    params::Params,
    rejection::Rejection,
    state::{Basis, TrustedState},
    types::{Bootstrap, NextSyncCommittee, Period, Slot, SyncCommittee, Update},
};
use crate::{
    Checkpoint, Hash32, UnixSeconds,
    proof::ssz::{BranchRejection, hash_pair, padded, verify_normalised_branch},
};

/// `DOMAIN_SYNC_COMMITTEE`
const DOMAIN_SYNC_COMMITTEE: [u8; 4] = [7, 0, 0, 0];

/// An update that was found valid against one trusted state. Only [`verify`] and its batched form make one.
#[derive(Clone, Debug)]
pub struct Verified {
    pub(super) update: Update,
    pub(super) basis: Basis,
    /// Whether it moves the finalized header or brings the missing committee.
    pub(super) applies: bool,
    /// The next committee, loaded, when applying the update needs it.
    pub(super) next_committee: Option<Arc<Committee>>,
    /// How long its finalized header may be trusted.
    pub(super) not_after: UnixSeconds,
}

impl Verified {
    pub(super) fn new(
        trusted: &TrustedState,
        update: &Update,
        next_committee: Option<Arc<Committee>>,
        params: &Params,
    ) -> Self {
        let finalized_at = params.network.time(update.finalized_slot());
        Self {
            update: update.clone(),
            basis: trusted.basis(),
            applies: trusted.may_be_applied(update, params),
            next_committee,
            not_after: finalized_at.plus(params.trusting_period_seconds),
        }
    }

    /// The update.
    pub fn update(&self) -> &Update {
        &self.update
    }

    /// Members who signed it.
    pub fn participants(&self) -> usize {
        self.update.sync_aggregate.participants()
    }

    /// Whether it moves the finalized header or brings the missing committee; else at most the optimistic header.
    pub fn is_final(&self) -> bool {
        self.applies
    }
}

/// Starts a client from a trusted block: its header is the checkpoint's, its committee and execution part are proved.
pub fn bootstrap(
    checkpoint: &Checkpoint,
    bootstrap: &Bootstrap,
    params: &Params,
    now: UnixSeconds,
) -> Result<TrustedState, Rejection> {
    let beacon = &bootstrap.header.beacon;
    let fork = params.network.fork(beacon.slot);
    is_checkpoint(checkpoint, bootstrap)?;
    checkpoint.is_not_expired(params.network.time(beacon.slot), now)?;
    header::is_valid(&bootstrap.header, &params.network)?;
    has_size(&bootstrap.current_sync_committee, params)?;
    let depth = |fork: Fork| fork.state_indices().current_sync_committee.depth();
    is_of_a_container(&bootstrap.current_sync_committee_branch, fork, depth)
        .map_err(Rejection::CurrentCommitteeBranch)?;
    verify_normalised_branch(
        bootstrap.current_sync_committee.root(),
        &bootstrap.current_sync_committee_branch,
        fork.state_indices().current_sync_committee,
        beacon.state_root,
    )
    .map_err(Rejection::CurrentCommitteeBranch)?;
    let committee = Committee::load(&bootstrap.current_sync_committee, KeyOrigin::Finalized)?;
    Ok(TrustedState::start(
        &bootstrap.header,
        committee,
        params.network.preset,
        checkpoint.not_after,
    ))
}

fn is_checkpoint(checkpoint: &Checkpoint, bootstrap: &Bootstrap) -> Result<(), Rejection> {
    let beacon = &bootstrap.header.beacon;
    let (got, trusted) = (beacon.root(), checkpoint.hash);
    if got != trusted {
        return Err(Rejection::CheckpointRoot { got, trusted });
    }
    let (got, trusted) = (beacon.slot, Slot(checkpoint.height));
    if got != trusted {
        return Err(Rejection::CheckpointSlot { got, trusted });
    }
    Ok(())
}

/// Judges an update, finality update or optimistic update at the time `now`.
pub fn verify(
    trusted: &TrustedState,
    update: &Update,
    params: &Params,
    now: UnixSeconds,
) -> Result<Verified, Rejection> {
    let committee = check(trusted, update, params, now)?;
    committee.verify(&update.sync_aggregate, signing_root(update, params))?;
    is_relevant(trusted, update, params)?;
    let next_committee = match committee_to_load(trusted, update, params) {
        Some(next) => Some(Arc::new(Committee::load(&next.committee, KeyOrigin::Finalized)?)),
        None => None,
    };
    Ok(Verified::new(trusted, update, next_committee, params))
}

/// Everything about an update but its signature, relevance and the keys it brings. Returns the committee that must
/// have signed it.
pub(super) fn check<'a>(
    trusted: &'a TrustedState,
    update: &Update,
    params: &Params,
    now: UnixSeconds,
) -> Result<&'a Arc<Committee>, Rejection> {
    trusted.is_within_trusting_period(params, now)?;
    bits_fit(&update.sync_aggregate, params.network.preset.sync_committee_size)?;
    somebody_signed(update)?;
    slots_are_in_order(update, params, now)?;
    let committee = signing_committee(trusted, update, params)?;
    header::is_valid(&update.attested_header, &params.network)?;
    finality_is_proved(update, params)?;
    next_committee_is_proved(trusted, update, params)?;
    Ok(committee)
}

pub(super) fn has_size(committee: &SyncCommittee, params: &Params) -> Result<(), Rejection> {
    let (got, expected) = (committee.pubkeys.len(), params.network.preset.sync_committee_size);
    if got != expected {
        return Err(Rejection::CommitteeSize { got, expected });
    }
    Ok(())
}

fn somebody_signed(update: &Update) -> Result<(), Rejection> {
    if update.sync_aggregate.participants() == 0 {
        return Err(Rejection::NoParticipant);
    }
    Ok(())
}

/// `current >= signature > attested >= finalized`
fn slots_are_in_order(update: &Update, params: &Params, now: UnixSeconds) -> Result<(), Rejection> {
    let current = params.network.slot_at(now);
    let signature = update.signature_slot;
    let attested = update.attested_header.beacon.slot;
    let finalized = update.finalized_slot();
    if signature > current {
        return Err(Rejection::SignatureFromFuture { signature, current });
    }
    if attested >= signature {
        return Err(Rejection::SignatureNotAfterAttested { signature, attested });
    }
    if finalized > attested {
        return Err(Rejection::FinalizedAfterAttested { finalized, attested });
    }
    Ok(())
}

/// The committee of the signature's period, which must be the trusted period or, once its committee is known, the next.
fn signing_committee<'a>(
    trusted: &'a TrustedState,
    update: &Update,
    params: &Params,
) -> Result<&'a Arc<Committee>, Rejection> {
    let signature = params.network.period(update.signature_slot);
    let store = trusted.period();
    if signature < store {
        return Err(Rejection::PastPeriod {
            signature,
            trusted: store,
        });
    }
    let known = |known: Period| Rejection::UnknownPeriod { signature, known };
    match trusted.next_committee() {
        _ if signature == store => Ok(trusted.current_committee()),
        Some(next) if signature == store.next() => Ok(next),
        Some(_) => Err(known(store.next())),
        None => Err(known(store)),
    }
}

/// A branch is as long as in its fork's container or in a later one's, also where it is zero and stands for "absent".
fn is_of_a_container(
    branch: &[Hash32],
    fork: Fork,
    depth: impl Fn(Fork) -> usize,
) -> Result<(), BranchRejection> {
    let got = branch.len();
    let mut containers = Fork::iter().filter(|container| *container >= fork);
    if containers.any(|container| depth(container) == got) {
        return Ok(());
    }
    let depth = depth(fork);
    Err(BranchRejection::Length { got, depth })
}

fn finality_is_proved(update: &Update, params: &Params) -> Result<(), Rejection> {
    let Some(finality) = &update.finality else {
        return Ok(());
    };
    let slot = finality.header.beacon.slot;
    let attested = &update.attested_header.beacon;
    let fork = params.network.fork(attested.slot);
    let depth = |fork: Fork| fork.state_indices().finalized_root.depth();
    is_of_a_container(&finality.branch, fork, depth).map_err(Rejection::FinalityBranch)?;
    if update.finality_brought().is_none() {
        return match finality.header.is_zero() {
            true => Ok(()),
            false => Err(Rejection::UnprovedFinalizedHeader { slot }),
        };
    }
    let root = if slot == Slot(0) {
        genesis_root(finality.header.is_zero())?
    } else {
        header::is_valid(&finality.header, &params.network)?;
        finality.header.beacon.root()
    };
    let index = fork.state_indices().finalized_root;
    verify_normalised_branch(root, &finality.branch, index, attested.state_root)
        .map_err(Rejection::FinalityBranch)
}

/// Until the first epoch is final, the chain holds the zero root as finalized.
fn genesis_root(header_is_zero: bool) -> Result<Hash32, Rejection> {
    if header_is_zero {
        Ok(Hash32::ZERO)
    } else {
        Err(Rejection::GenesisHeaderNotZero)
    }
}

fn next_committee_is_proved(
    trusted: &TrustedState,
    update: &Update,
    params: &Params,
) -> Result<(), Rejection> {
    let Some(next) = &update.next_sync_committee else {
        return Ok(());
    };
    let attested = &update.attested_header.beacon;
    let fork = params.network.fork(attested.slot);
    let depth = |fork: Fork| fork.state_indices().next_sync_committee.depth();
    is_of_a_container(&next.branch, fork, depth).map_err(Rejection::NextCommitteeBranch)?;
    if update.committee_brought().is_none() {
        return match next.committee.is_zero() {
            true => Ok(()),
            false => Err(Rejection::UnprovedNextCommittee),
        };
    }
    has_size(&next.committee, params)?;
    let got = next.committee.root();
    if let Some(known) = trusted.next_committee()
        && params.network.period(attested.slot) == trusted.period()
        && got != known.root()
    {
        return Err(Rejection::NextCommitteeDiffers {
            got,
            known: known.root(),
        });
    }
    let index = fork.state_indices().next_sync_committee;
    verify_normalised_branch(got, &next.branch, index, attested.state_root)
        .map_err(Rejection::NextCommitteeBranch)
}

/// `compute_signing_root` of the attested header.
pub(super) fn signing_root(update: &Update, params: &Params) -> Hash32 {
    let version = params.network.signing_version(update.signature_slot);
    let fork_data_root = params.network.fork_data_root(version);
    let mut domain = [0; 32];
    let bytes = DOMAIN_SYNC_COMMITTEE.iter().chain(&fork_data_root.0);
    domain.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    hash_pair(&update.attested_header.beacon.root(), &padded(&domain))
}

/// Newer than what is final, or the bringer of the missing next committee.
pub(super) fn is_relevant(trusted: &TrustedState, update: &Update, params: &Params) -> Result<(), Rejection> {
    let attested = update.attested_header.beacon.slot;
    let finalized = trusted.finalized().header().beacon.slot;
    let brings_missing_committee = trusted.next_committee().is_none()
        && update.committee_brought().is_some()
        && params.network.period(attested) == trusted.period();
    if attested > finalized || brings_missing_committee {
        return Ok(());
    }
    Err(Rejection::NotRelevant { attested, finalized })
}

/// The committee whose keys applying the update would need.
pub(super) fn committee_to_load<'a>(
    trusted: &TrustedState,
    update: &'a Update,
    params: &Params,
) -> Option<&'a NextSyncCommittee> {
    let brought = update.committee_brought()?;
    let finalized_period = params
        .network
        .period(update.finality_brought()?.header.beacon.slot);
    let missing = match trusted.next_committee() {
        None => finalized_period == trusted.period(),
        Some(_) => finalized_period == trusted.period().next(),
    };
    (missing && trusted.may_be_applied(update, params)).then_some(brought)
}
