//! Answers the engine: builds, judges, keeps and applies blocks. One message in, its reply and blocks to publish out; no sleep, no lock.
//!
//! ```text
//!   GetValue ─────────► prepare ─► keep ─► reply ─► publish
//!   a proposed block ─► is it the turn of who signed it ─► rules of place and time ─► application ─► keep ─► reply with the verdict
//!   Decided ──────────► certificate for contracts ─► application ─► commit in one batch ─► reply
//!   Finalized ────────► evidence to the application ─► next height, at once or when the cadence says (pace.rs)
//! ```
//! Terms: *next*, the height after the tip; *parked*, a proposed block above next: it is judged once its parent is applied, never before,
//! since "not there yet" is not "invalid".
//!
//! Guarantees: a block's bytes are durable before the engine hears of it; a block is applied once, and block, certificate and state
//! become durable together; whatever a peer sends is bounded: two blocks per round and per parking signer, rounds near the current one,
//! and nobody but the round's proposer makes this replica judge or keep anything.
//! A refusal by the application of a block that a quorum decided means that the states differ: the replica stops ([`Fault::Diverged`]).
//!
//! Specification: `spec/relayer.md`, Replica.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc};

use arc_malachitebft_app_channel::AppMsg;
use arc_malachitebft_core_consensus::{ProposedValue, VoteExtensionError};
use arc_malachitebft_core_types::{CommitCertificate, HeightParams, LinearTimeouts, Round};
use arc_malachitebft_engine::host::Next;
use arc_malachitebft_sync::RawDecidedValue;
use tokio::sync::oneshot;
use tracing::{debug, warn};
use wire::{
    eip712::Domain,
    encoding::Canonical as _,
    types::{Address, Hash},
};

use crate::{
    application::{Application, ApplicationFault, BlockStore, Decided, StoreError, Tip},
    certificate::{self, CertificateFault},
    codec::limit,
    context::{Context, Height, Validators},
    held::Held,
    misbehaviour,
    part::ProposedBlock,
    rules::Origin,
    signing::{KnownHeaders, Signer},
};

/// Milliseconds since 1970, from the one injected clock.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now_ms(&self) -> u64;
}

/// Why a replica cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The application failed.
    #[error(transparent)]
    Application(#[from] ApplicationFault),
    /// The engine's certificate is none.
    #[error("height {height}: {fault}")]
    Certificate {
        /// The height.
        height: u64,
        /// What is wrong.
        fault: CertificateFault,
    },
    /// A quorum decided what this replica's state refuses.
    #[error("a quorum decided block {block_id} of height {height}, refused here: {refusal}")]
    Diverged {
        /// The height.
        height: u64,
        /// The block.
        block_id: Hash,
        /// Why it was refused.
        refusal: String,
    },
    /// The store's blocks and the application's state do not meet.
    #[error("the state is of height {state}, the blocks end at {blocks}")]
    Unreachable {
        /// The application's tip.
        state: u64,
        /// The store's.
        blocks: u64,
    },
    /// The engine asks for a height that is not next.
    #[error("the engine proposes for height {got}, next is {next}")]
    OutOfStep {
        /// The engine's.
        got: u64,
        /// One above the tip.
        next: u64,
    },
    /// The task that judges blocks ended.
    #[error("a block's handling was aborted: {reason}")]
    Aborted {
        /// Why.
        reason: String,
    },
}

/// What the host is made with.
pub struct Parts<A, S> {
    /// Gives blocks their meaning.
    pub application: A,
    /// Keeps them.
    pub store: Arc<S>,
    /// Guard and key.
    pub signer: Arc<dyn Signer>,
    /// Shared with the engine's signer.
    pub headers: KnownHeaders,
    /// The network's.
    pub domain: Domain,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// The engine's.
    pub timeouts: LinearTimeouts,
}

/// A height that the engine has finished and not been told to leave yet.
pub struct Finished {
    reply: oneshot::Sender<Next<Context>>,
    next: Next<Context>,
}

impl Finished {
    /// Lets the engine go on.
    pub fn go_on(self) {
        if self.reply.send(self.next).is_err() {
            debug!("the engine left without waiting for the next height");
        }
    }
}

/// What a message brought beside its reply.
#[derive(Default)]
pub struct Outcome {
    /// To be published.
    pub blocks: Vec<ProposedBlock>,
    /// The engine waits to be told the next height.
    pub finished: Option<Finished>,
    /// The next block should not wait for its turn.
    pub hurry: bool,
    /// A block was applied.
    pub applied: Option<Tip>,
}

/// See the module's head.
pub struct Host<A, S> {
    parts: Parts<A, S>,
    me: Address,
    validators: Validators,
    round: u32,
    held: Held,
    /// Blocks after the tip that the application has passed.
    passed: BTreeSet<Hash>,
    /// The tip changed the outbox, which the next block commits to.
    outbox_changed: bool,
}

impl<A: Application, S: BlockStore> Host<A, S> {
    /// Brings the application to the store's tip by applying the blocks it has not seen, and takes up what was undecided.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn open(parts: Parts<A, S>) -> Result<Self, Fault> {
        let mut parts = parts;
        let blocks = parts.store.tip()?;
        while parts.application.tip().height < blocks {
            replay(&mut parts.application, parts.store.as_ref(), blocks)?;
        }
        let state = parts.application.tip().height;
        if state > blocks {
            return Err(Fault::Unreachable { state, blocks });
        }
        let undecided = parts.store.undecided()?;
        let held = undecided.iter().filter(|one| one.valid);
        held.for_each(|one| parts.headers.insert(one.block.header));
        Ok(Self {
            me: parts.signer.address(),
            validators: Validators::from(parts.application.attester_set()),
            round: 0,
            held: Held::restored(undecided),
            passed: BTreeSet::new(),
            outbox_changed: false,
            parts,
        })
    }

    /// The last applied block.
    pub fn tip(&self) -> Tip {
        self.parts.application.tip()
    }

    fn next(&self) -> u64 {
        self.tip().height.saturating_add(1)
    }

    /// Takes a submission to the application; whether the next block should not wait for its turn.
    pub fn submit(&mut self, submission: A::Submission) -> Outcome {
        if let Err(refusal) = self.parts.application.submit(submission) {
            debug!(%refusal, "submission refused");
        }
        Outcome {
            hurry: self.parts.application.has_pending(),
            ..Outcome::default()
        }
    }

    /// Handles one message of the engine; every reply is given, or kept in [`Outcome::finished`].
    ///
    /// # Errors
    /// [`Fault`].
    pub fn handle(&mut self, message: AppMsg<Context>) -> Result<Outcome, Fault> {
        let mut outcome = Outcome::default();
        match message {
            AppMsg::ConsensusReady { reply } => answer(reply, (Height(self.next()), self.params())),
            AppMsg::StartedRound {
                height,
                round,
                reply_value,
                ..
            } => answer(reply_value, self.started_round(height, round)?),
            AppMsg::GetValue {
                height, round, reply, ..
            } => outcome.blocks.extend(self.propose(height, round, reply)?),
            AppMsg::ReceivedProposalPart { part, reply, .. } => {
                let value = match part.content.into_data() {
                    Some(part) => self.received(part)?,
                    None => None,
                };
                outcome.hurry = value.is_some();
                answer(reply, value);
            }
            AppMsg::RestreamProposal {
                height,
                round,
                valid_round,
                value_id,
                ..
            } => outcome
                .blocks
                .extend(self.repropose(height, round, valid_round, value_id)),
            AppMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply,
            } => answer(reply, self.synced(height, round, proposer, &value_bytes)),
            AppMsg::Decided {
                certificate, reply, ..
            } => {
                outcome.applied = self.decided(&certificate)?;
                answer(reply, ());
            }
            AppMsg::Finalized {
                certificate,
                evidence,
                reply,
                ..
            } => {
                for one in misbehaviour::evidence_of(&evidence) {
                    self.parts.application.accuse(one);
                }
                let next = self.after(certificate.height);
                outcome.hurry = self.is_next_due();
                outcome.finished = Some(Finished { reply, next });
            }
            AppMsg::GetDecidedValues { range, reply } => answer(reply, self.decided_range(&range)?),
            AppMsg::GetHistoryMinHeight { reply } => answer(reply, Height(self.parts.store.lowest()?)),
            AppMsg::ExtendVote { reply, .. } => answer(reply, None),
            AppMsg::VerifyVoteExtensions {
                extensions, reply, ..
            } => {
                let refused = |(voter, _)| (voter, Err(VoteExtensionError::InvalidVoteExtension));
                answer(reply, extensions.into_iter().map(refused).collect());
            }
        }
        Ok(outcome)
    }

    fn params(&self) -> HeightParams<Context> {
        HeightParams::new(self.validators.clone(), self.parts.timeouts, None)
    }

    /// Judges what was parked for the height, and tells the engine all that is held for the round.
    fn started_round(&mut self, height: Height, round: Round) -> Result<Vec<ProposedValue<Context>>, Fault> {
        self.round = round.as_u32().unwrap_or(0);
        let next = self.next();
        for waiting in self.held.unpark(next) {
            self.take_in(&waiting)?;
        }
        match height.0 == next {
            true => Ok(self.held.of_round(self.round).map(judging::value_of).collect()),
            false => Ok(Vec::new()),
        }
    }

    /// Applies a decided block; none when it is applied already or its bytes are not here.
    fn decided(&mut self, commit: &CommitCertificate<Context>) -> Result<Option<Tip>, Fault> {
        let height = commit.height.0;
        let held = self.held.named(commit.value_id.0);
        let block = match held.filter(|_| height == self.next()) {
            Some(block) => block.clone(),
            None => {
                warn!(height, block_id = %commit.value_id, "decided block is applied already or not here");
                return Ok(None);
            }
        };
        let set = self.parts.application.attester_set();
        let certificate = certificate::for_contracts(commit, &block.header, set, &self.parts.domain)
            .map_err(|fault| Fault::Certificate { height, fault })?;
        self.judge(&block, Origin::Synced)
            .map_err(|refusal| Fault::Diverged {
                height,
                block_id: commit.value_id.0,
                refusal,
            })?;
        let applied = self.parts.application.apply(&block)?;
        let decided = Decided { block, certificate };
        self.parts.store.commit(&decided, &applied.writes)?;
        self.forget(height);
        self.outbox_changed = applied.outbox_changed;
        Ok(Some(self.tip()))
    }

    fn forget(&mut self, height: u64) {
        self.parts.headers.forget_to(height);
        self.held.forget();
        self.passed.clear();
        self.round = 0;
        self.validators = Validators::from(self.parts.application.attester_set());
    }

    /// Whether the next block should not wait for its turn: it carries something, or others are at it already.
    fn is_next_due(&self) -> bool {
        self.outbox_changed || self.parts.application.has_pending() || !self.held.is_empty()
    }

    /// The next height when the finished one is applied, else the same again.
    fn after(&self, finished: Height) -> Next<Context> {
        match self.tip().height >= finished.0 {
            true => Next::Start(Height(self.next()), self.params()),
            false => Next::Restart(finished, self.params()),
        }
    }

    /// Decided blocks from the start of the range, as many as its limits and one response allow.
    fn decided_range(&self, range: &RangeInclusive<Height>) -> Result<Vec<RawDecidedValue<Context>>, Fault> {
        let last = range
            .end()
            .0
            .min(range.start().0.saturating_add(limit::HEIGHTS - 1));
        let (mut values, mut bytes) = (Vec::new(), 0);
        for height in range.start().0..=last {
            let Some(decided) = self.parts.store.decided(height)? else {
                break;
            };
            let block = decided.block.encode();
            bytes += block.len() + limit::CONSENSUS * decided.certificate.signatures.len();
            if bytes > limit::RESPONSE {
                break;
            }
            let certificate = certificate::for_engine(&decided.certificate, &self.parts.domain);
            values.push(RawDecidedValue::new(block.into(), certificate));
        }
        Ok(values)
    }
}

/// Applies the block after the application's tip.
fn replay<A: Application, S: BlockStore>(application: &mut A, store: &S, blocks: u64) -> Result<(), Fault> {
    let state = application.tip().height;
    let decided = store.decided(state.saturating_add(1))?;
    let decided = decided.ok_or(Fault::Unreachable { state, blocks })?;
    application.apply(&decided.block)?;
    match application.tip().height > state {
        true => Ok(()),
        false => Err(Fault::Unreachable { state, blocks }),
    }
}

/// Answers the engine; it may have stopped waiting.
fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    if reply.send(value).is_err() {
        debug!("the engine does not wait for this answer");
    }
}

mod judging;
mod proposing;
#[cfg(test)]
mod tests;
