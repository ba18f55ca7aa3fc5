//! Verifies a long run of updates at once: keys are loaded and signatures checked in parallel, signatures in batches.
//!
//! ```text
//!  updates ──► load committees      (workers, one job per update)
//!          ──► check everything else, in order, on a copy of the state
//!          ──► check signatures     (workers, one job per batch, one final exponentiation each)
//!          ──► the copy, or the first update that fails
//! ```
//! The verdict is the one that [`verify`](fn@super::verify) and [`TrustedState::advance`] give one by one; a batch accepts a
//! wrong signature with probability 2^-64 over the scalars, which the caller draws.

use alloc::{sync::Arc, vec::Vec};
use core::num::NonZeroU64;

use super::{
    committee::{Committee, KeyOrigin, SignatureSet, all_hold},
    params::Params,
    rejection::Rejection,
    state::TrustedState,
    types::Update,
    verify::{Verified, check, committee_to_load, has_size, is_relevant, signing_root},
};
use crate::{Hash32, UnixSeconds};

/// Runs jobs for the verifier: in place, or on threads that the caller owns.
pub trait Workers {
    /// How many jobs run at a time; at least 1.
    fn count(&self) -> usize;

    /// Runs the job for every item and returns the results in the items' order.
    fn map<I: Sync, O: Send>(&self, items: &[I], job: impl Fn(&I) -> O + Sync) -> Vec<O>;
}

/// No threads: every job in its turn.
pub struct InPlace;

impl Workers for InPlace {
    fn count(&self) -> usize {
        1
    }

    fn map<I: Sync, O: Send>(&self, items: &[I], job: impl Fn(&I) -> O + Sync) -> Vec<O> {
        items.iter().map(job).collect()
    }
}

/// What a run of updates led to.
#[derive(Clone, Debug)]
pub struct CaughtUp {
    /// The state after all of them.
    pub state: TrustedState,
    /// Updates that were of no use, by position, and why.
    pub skipped: Vec<(usize, Rejection)>,
}

/// The first update of a run that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("update {index}: {rejection}")]
pub struct RunRejection {
    /// Its position.
    pub index: usize,
    /// Why.
    pub rejection: Rejection,
}

/// A signature whose check is still due.
struct Unsigned<'a> {
    index: usize,
    update: &'a Update,
    committee: Arc<Committee>,
    signing_root: Hash32,
}

/// Verifies updates in their order and returns the state after the last one; any invalid update rejects the run.
///
/// `draw` gives random scalars that whoever served the updates cannot foresee.
pub fn catch_up(
    trusted: &TrustedState,
    updates: &[Update],
    params: &Params,
    now: UnixSeconds,
    draw: impl FnMut() -> NonZeroU64,
    workers: &impl Workers,
) -> Result<CaughtUp, RunRejection> {
    let mut run = Run {
        state: trusted.clone(),
        skipped: Vec::new(),
        unsigned: Vec::new(),
    };
    let committees = workers.map(updates, |update| load(update, params));
    let mut updates = updates.iter().zip(committees).enumerate();
    let failed = updates.find_map(|(index, (update, committee))| {
        let taken = run.take(index, update, committee, params, now);
        taken.err().map(|rejection| RunRejection { index, rejection })
    });
    signatures_hold(&run.unsigned, draw, workers)?;
    let Run { state, skipped, .. } = run;
    failed.map_or(Ok(CaughtUp { state, skipped }), Err)
}

/// Loads the keys of the committee that an update brings. Nothing is proved yet: the result counts only if asked for.
fn load(update: &Update, params: &Params) -> Option<Result<Committee, Rejection>> {
    let next = update.committee_brought()?;
    has_size(&next.committee, params).ok()?;
    Some(Committee::load(&next.committee, KeyOrigin::Finalized))
}

/// A run under way: the state is what it will be if all signatures hold.
struct Run<'a> {
    state: TrustedState,
    skipped: Vec<(usize, Rejection)>,
    unsigned: Vec<Unsigned<'a>>,
}

impl<'a> Run<'a> {
    fn take(
        &mut self,
        index: usize,
        update: &'a Update,
        committee: Option<Result<Committee, Rejection>>,
        params: &Params,
        now: UnixSeconds,
    ) -> Result<(), Rejection> {
        let committee_of_signature = match check(&self.state, update, params, now) {
            Err(rejection) if rejection.is_irrelevance() => {
                self.skipped.push((index, rejection));
                return Ok(());
            }
            checked => checked?.clone(),
        };
        self.unsigned.push(Unsigned {
            index,
            update,
            committee: committee_of_signature,
            signing_root: signing_root(update, params),
        });
        if let Err(rejection) = is_relevant(&self.state, update, params) {
            self.skipped.push((index, rejection));
            return Ok(());
        }
        let needed = committee_to_load(&self.state, update, params).and(committee);
        let next_committee = needed.transpose()?.map(Arc::new);
        self.state
            .take_in(Verified::new(&self.state, update, next_committee, params));
        Ok(())
    }
}

/// Checks the signatures in one batch per worker; a batch that fails is searched for the first one that does.
fn signatures_hold(
    unsigned: &[Unsigned<'_>],
    mut draw: impl FnMut() -> NonZeroU64,
    workers: &impl Workers,
) -> Result<(), RunRejection> {
    let scalars: Vec<NonZeroU64> = unsigned.iter().map(|_| draw()).collect();
    let jobs: Vec<(&Unsigned<'_>, NonZeroU64)> = unsigned.iter().zip(scalars).collect();
    let size = jobs.len().div_ceil(workers.count().max(1)).max(1);
    let batches: Vec<&[(&Unsigned<'_>, NonZeroU64)]> = jobs.chunks(size).collect();
    let failures = workers.map(&batches, |batch| first_failure(batch));
    failures.into_iter().flatten().next().map_or(Ok(()), Err)
}

fn first_failure(batch: &[(&Unsigned<'_>, NonZeroU64)]) -> Option<RunRejection> {
    let sets: Result<Vec<(SignatureSet, NonZeroU64)>, Rejection> = batch
        .iter()
        .map(|(unsigned, scalar)| Ok((unsigned.set()?, *scalar)))
        .collect();
    if sets.is_ok_and(|sets| all_hold(&sets)) {
        return None;
    }
    batch.iter().find_map(|(unsigned, _)| {
        let signed = unsigned
            .committee
            .verify(&unsigned.update.sync_aggregate, unsigned.signing_root);
        let index = unsigned.index;
        signed.err().map(|rejection| RunRejection { index, rejection })
    })
}

impl Unsigned<'_> {
    fn set(&self) -> Result<SignatureSet, Rejection> {
        SignatureSet::new(&self.committee, &self.update.sync_aggregate, self.signing_root)
    }
}
