//! The ledger as what the replica orders blocks for ([`Application`]).
//!
//! ```text
//! submissions ─► Pool (authentic, once, bounded) ─► prepare ─► block
//! block ─► validate: roots, outbox and next set of the state after the parent · everything in the body is authentic
//! decided block ─► authenticate ─► apply_block ─► seal ─► Roots::apply ─► roots that the next header must name
//! ```
//! A header commits to the state **after its parent**: what it must name is known before it is built. `seal` and the trees' update run
//! exactly once per applied block.
//!
//! The state becomes durable as a snapshot every [`SNAPSHOT_EVERY`] blocks, in the batch of its block; a restart decodes the last one and
//! applies the kept blocks after it.
//!
//! Guarantees: what [`Application::prepare`] builds, [`Application::validate`] passes on the same state. Not guaranteed: that an input of
//! a block takes effect; the ledger refuses inputs one by one, and a refused one leaves its subs as they were.
//!
//! Specification: `spec/relayer.md`, Replica; `spec/ledger.md`, A block applies and Root.

mod pool;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ledger::{
    authenticate::{Inauthentic, authenticate},
    block::apply_block,
    command,
    root::{AmountRejection, Roots, StateRoots, seal},
    snapshot::{self, SnapshotRejection},
    state::State,
};
use replica::application::{Application, ApplicationFault, Applied, Tip, Write};
use wire::{
    attesters::{AttesterSet, Member, SetError},
    block::{Block, Body},
    consensus::Header,
    eip712::Domain,
    encoding::{Canonical as _, DecodeError, Reader},
    evidence::{Evidence, Finality},
    outbox::OutboxEntry,
    tree::{Tree, TreeRoot},
    types::{ChainId, Hash},
};

use self::pool::Pool;
pub use self::pool::{Submission, TooMany};

/// Blocks from one durable snapshot of the state to the next.
pub const SNAPSHOT_EVERY: u64 = 1_000;
/// Key of the snapshot among the state's entries.
pub const SNAPSHOT_KEY: &[u8] = b"snapshot";

/// Why a block or a submission is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum LedgerRefusal {
    /// The header names another state.
    #[error("state root {got}, {expected} here")]
    StateRoot {
        /// The header's.
        got: Hash,
        /// The state's after the parent.
        expected: Hash,
    },
    /// The header names another outbox.
    #[error("outbox of {got_count} entries and root {got}, {expected_count} and {expected} here")]
    Outbox {
        /// The header's root.
        got: Hash,
        /// The header's count.
        got_count: u32,
        /// The state's root.
        expected: Hash,
        /// The state's count.
        expected_count: u32,
    },
    /// The header names another set.
    #[error("next set {got}, {expected} here")]
    NextSet {
        /// The header's.
        got: Hash,
        /// The state's.
        expected: Hash,
    },
    /// The body holds something that does not prove itself.
    #[error(transparent)]
    Inauthentic(#[from] Inauthentic),
    /// There is no room for a submission.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// Why a state cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum TakeUpError {
    /// The snapshot is none.
    #[error(transparent)]
    Snapshot(#[from] SnapshotRejection),
    /// What stands before the snapshot is no tip.
    #[error("tip: {0}")]
    Tip(#[from] DecodeError),
    /// The state has no roots.
    #[error(transparent)]
    Roots(#[from] AmountRejection),
    /// The state's set is no set.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The outbox has more entries than a tree holds.
    #[error("the outbox has too many entries")]
    Outbox,
}

/// What the next header must name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Commitment {
    state_root: Hash,
    outbox: TreeRoot,
    current: AttesterSet,
    next_set: Hash,
}

impl Commitment {
    fn of(state: &State, roots: StateRoots) -> Result<Self, TakeUpError> {
        let leaves: Vec<Hash> = state.outbox().iter().map(OutboxEntry::leaf).collect();
        let outbox = Tree::new(&leaves).map_err(|_| TakeUpError::Outbox)?.root();
        Ok(Self {
            state_root: roots.state_root(),
            outbox,
            current: wire_set(&state.sets.current)?,
            next_set: wire_set(state.next_set())?.hash(),
        })
    }

    fn header(&self, tip: &Tip, time_ms: u64, commands: (u32, Hash)) -> Header {
        Header {
            height: tip.height.saturating_add(1),
            parent: tip.block_id,
            time_ms,
            set_id: self.current.id(),
            command_count: commands.0,
            commands_root: commands.1,
            state_root: self.state_root,
            outbox_count: self.outbox.count(),
            outbox_root: self.outbox.root(),
            next_set: self.next_set,
        }
    }

    fn check(&self, header: &Header) -> Result<(), LedgerRefusal> {
        if header.state_root != self.state_root {
            return Err(LedgerRefusal::StateRoot {
                got: header.state_root,
                expected: self.state_root,
            });
        }
        if (header.outbox_count, header.outbox_root) != (self.outbox.count(), self.outbox.root()) {
            return Err(LedgerRefusal::Outbox {
                got: header.outbox_root,
                got_count: header.outbox_count,
                expected: self.outbox.root(),
                expected_count: self.outbox.count(),
            });
        }
        match header.next_set == self.next_set {
            true => Ok(()),
            false => Err(LedgerRefusal::NextSet {
                got: header.next_set,
                expected: self.next_set,
            }),
        }
    }
}

fn wire_set(set: &ledger::state::AttesterSet) -> Result<AttesterSet, SetError> {
    let members = set.members.iter().map(|(attester, weight)| Member {
        attester: *attester,
        weight: *weight,
    });
    AttesterSet::new(set.id, members.collect())
}

/// The network's constants that blocks are judged by.
#[derive(Clone, Debug)]
pub struct Network {
    /// Domain of all signatures.
    pub domain: Domain,
    /// Whether each chain's final blocks can be replaced.
    pub finality: BTreeMap<ChainId, Finality>,
}

/// See the module's head.
#[derive(Debug)]
pub struct OrderedLedger {
    network: Network,
    state: State,
    roots: Roots,
    tip: Tip,
    commitment: Commitment,
    pool: Pool,
}

impl OrderedLedger {
    /// The ledger at a state, such as genesis, whose block is `tip`.
    ///
    /// # Errors
    /// [`TakeUpError`].
    pub fn new(network: Network, state: State, tip: Tip) -> Result<Self, TakeUpError> {
        let (roots, found) = Roots::of(&state)?;
        Ok(Self {
            commitment: Commitment::of(&state, found)?,
            network,
            state,
            roots,
            tip,
            pool: Pool::default(),
        })
    }

    /// The ledger at the snapshot that an earlier run has kept under [`SNAPSHOT_KEY`].
    ///
    /// # Errors
    /// [`TakeUpError`].
    pub fn restore(network: Network, kept: &[u8]) -> Result<Self, TakeUpError> {
        let mut input = Reader::new(kept);
        let (height, block_id, time_ms) = <(u64, Hash, u64)>::decode_from(&mut input)?;
        let tip = Tip {
            height,
            block_id,
            time_ms,
        };
        let snapshot = kept.get(TIP_BYTES..).unwrap_or_default();
        Self::new(network, snapshot::decode(snapshot)?, tip)
    }

    /// The state after the tip.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn authentic(&self, header: &Header, body: &Body) -> Result<command::Block, Inauthentic> {
        let finality_of = |chain| self.network.finality.get(&chain).copied();
        authenticate(&self.state, header, body, &self.network.domain, finality_of)
    }

    /// Whether a body would be authentic in the next block, at whatever time.
    fn judge(&self, body: &Body) -> Result<(), Inauthentic> {
        // Authentication looks at the body itself, not at the header's root of it.
        let time_ms = self.state.time_ms.saturating_add(1);
        let header = self.commitment.header(&self.tip, time_ms, (0, Hash::ZERO));
        self.authentic(&header, body).map(|_| ())
    }

    fn kept(&self) -> Vec<u8> {
        let mut bytes = (self.tip.height, self.tip.block_id, self.tip.time_ms).encode();
        bytes.extend(snapshot::encode(&self.state));
        bytes
    }

    fn fault(&self, reason: impl std::fmt::Display) -> ApplicationFault {
        ApplicationFault {
            height: self.tip.height.saturating_add(1),
            reason: reason.to_string(),
        }
    }
}

/// Bytes before the snapshot: height, block id, time.
const TIP_BYTES: usize = 48;

impl Application for OrderedLedger {
    type Submission = Submission;
    type Refusal = LedgerRefusal;

    fn tip(&self) -> Tip {
        self.tip
    }

    fn attester_set(&self) -> &AttesterSet {
        &self.commitment.current
    }

    fn submit(&mut self, submission: Submission) -> Result<(), LedgerRefusal> {
        if self.pool.holds(&submission) {
            return Ok(());
        }
        self.judge(&self.pool.alone(&submission))?;
        Ok(self.pool.insert(submission)?)
    }

    fn accuse(&mut self, evidence: Evidence) {
        if let Err(refusal) = self.submit(Submission::Evidence(evidence)) {
            tracing::warn!(%refusal, "evidence not taken");
        }
    }

    fn has_pending(&self) -> bool {
        !self.pool.is_empty()
    }

    fn prepare(&mut self, time_ms: u64) -> Result<Block, ApplicationFault> {
        let mut body = self.pool.body();
        if self.judge(&body).is_err() {
            // A new set or another block's attestation has overtaken some of the pool.
            let judged: Vec<_> = self
                .pool
                .iter()
                .map(|one| self.judge(&self.pool.alone(one)).is_ok())
                .collect();
            self.pool.keep(&judged);
            body = self.pool.body();
        }
        if let Err(inauthentic) = self.judge(&body) {
            return Err(self.fault(inauthentic));
        }
        let root = body.commands_root().map_err(|error| self.fault(error))?;
        let commands = (root.count(), root.root());
        let header = self.commitment.header(&self.tip, time_ms, commands);
        Ok(Block { header, body })
    }

    fn validate(&mut self, block: &Block) -> Result<(), LedgerRefusal> {
        self.commitment.check(&block.header)?;
        self.authentic(&block.header, &block.body)?;
        Ok(())
    }

    fn apply(&mut self, block: &Block) -> Result<Applied, ApplicationFault> {
        let authentic = self.authentic(&block.header, &block.body);
        let authentic = authentic.map_err(|error| self.fault(error))?;
        apply_block(&mut self.state, &authentic);
        let changes = seal(&mut self.state).map_err(|error| self.fault(error))?;
        let roots = self.roots.apply(changes).map_err(|error| self.fault(error))?;
        let commitment = Commitment::of(&self.state, roots).map_err(|error| self.fault(error))?;
        let outbox_changed = commitment.outbox != self.commitment.outbox;
        self.commitment = commitment;
        self.tip = Tip {
            height: block.header.height,
            block_id: block.header.block_id(),
            time_ms: block.header.time_ms,
        };
        self.pool.forget(&block.body);
        let is_due = self.tip.height.is_multiple_of(SNAPSHOT_EVERY);
        let snapshot = is_due.then(|| Write {
            key: SNAPSHOT_KEY.to_vec(),
            value: Some(self.kept()),
        });
        Ok(Applied {
            writes: snapshot.into_iter().collect(),
            outbox_changed,
        })
    }
}
