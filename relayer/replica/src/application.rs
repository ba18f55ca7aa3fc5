//! The two seams of the replica: the application that gives blocks their meaning, and the store that keeps them.
//!
//! ```text
//! engine ─ propose ─► Application::prepare ─► block ─► BlockStore::put_undecided ─► peers
//! peers ── block ───► rules of time and place (rules.rs) ─► Application::validate ─► BlockStore::put_undecided ─► vote
//! engine ─ decided ─► Application::apply ─► writes ─► BlockStore::commit (block, certificate, writes: one synced batch)
//! ```
//! Terms: *tip*, the last applied block; *write*, one entry of the application's state, which becomes durable with its block or not at all.
//!
//! The application decides by its own state alone: no clock, no light client, nothing that its node saw. A block holds only what carries
//! its own proof.
//!
//! Specification: `spec/relayer.md`, Replica and Store.

use wire::{
    attesters::AttesterSet, block::Block, certificate::BlockCertificate, evidence::Evidence, types::Hash,
};

/// The last applied block; at genesis height 0, the network id and the genesis time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its height.
    pub height: u64,
    /// Its block id.
    pub block_id: Hash,
    /// Its time in milliseconds since 1970.
    pub time_ms: u64,
}

/// One entry of the application's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key.
    pub key: Vec<u8>,
    /// The new value; none deletes.
    pub value: Option<Vec<u8>>,
}

/// What applying a block brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The state's changes.
    pub writes: Vec<Write>,
    /// Whether the outbox changed, so that the next block, which commits to it, should follow at once.
    pub outbox_changed: bool,
}

/// Why the application cannot go on; the replica stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the application failed at height {height}: {reason}")]
pub struct ApplicationFault {
    /// The height.
    pub height: u64,
    /// What went wrong.
    pub reason: String,
}

/// What blocks mean. Called by one task at a time, off the runtime's own threads.
pub trait Application: Send + 'static {
    /// What a client may submit to be ordered.
    type Submission: Send + 'static;
    /// Why a block or a submission is refused.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// The last applied block.
    fn tip(&self) -> Tip;

    /// The set that decides the block after the tip.
    fn attester_set(&self) -> &AttesterSet;

    /// Takes a submission in, to be put into a later block.
    ///
    /// # Errors
    /// The application's own refusal, when it can never be ordered or there is no room.
    fn submit(&mut self, submission: Self::Submission) -> Result<(), Self::Refusal>;

    /// Takes in what convicts an attester, to be put into a later block.
    fn accuse(&mut self, evidence: Evidence);

    /// Whether something waits for a block, so that the next one should not wait for its turn in the cadence.
    fn has_pending(&self) -> bool;

    /// A block after the tip at `time_ms`, which is above the tip's: it passes [`Self::validate`].
    ///
    /// # Errors
    /// [`ApplicationFault`].
    fn prepare(&mut self, time_ms: u64) -> Result<Block, ApplicationFault>;

    /// Judges a block after the tip: roots, set ids, and all that its body must prove. Height, parent, time and the body's root are
    /// the replica's business and hold already.
    ///
    /// # Errors
    /// The application's own refusal; the block is voted nil.
    fn validate(&mut self, block: &Block) -> Result<(), Self::Refusal>;

    /// Applies a decided block, which makes it the tip.
    ///
    /// # Errors
    /// [`ApplicationFault`], when a decided block cannot be applied.
    fn apply(&mut self, block: &Block) -> Result<Applied, ApplicationFault>;
}

/// A decided block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The block.
    pub block: Block,
    /// What certifies it, in the form that contracts check.
    pub certificate: BlockCertificate,
}

/// A block that was proposed and not decided yet, as it was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The round of the proposal.
    pub round: u32,
    /// The round in which the block gathered a quorum of prevotes before; -1 for none.
    pub pol_round: i64,
    /// Who proposed it.
    pub proposer: wire::types::Address,
    /// Whether it passed.
    pub valid: bool,
    /// The block.
    pub block: Block,
}

/// Why the store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum StoreError {
    /// The medium refused.
    #[error("{family}: {reason}")]
    Medium {
        /// The column family.
        family: &'static str,
        /// Its words.
        reason: String,
    },
    /// An entry is not what was written.
    #[error("{family}: the entry at {key} is corrupt: {reason}")]
    Corrupt {
        /// The column family.
        family: &'static str,
        /// The key, as hex.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A decided block would leave a gap.
    #[error("block {got} does not follow block {tip}")]
    Gap {
        /// The block's height.
        got: u64,
        /// The height of the last one kept.
        tip: u64,
    },
}

/// Keeps blocks. Shared between the replica and those who read.
pub trait BlockStore: Send + Sync + 'static {
    /// Height of the last decided block; 0 for none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn tip(&self) -> Result<u64, StoreError>;

    /// Lowest height kept; one above the tip when nothing is.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lowest(&self) -> Result<u64, StoreError>;

    /// A decided block, if it is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn decided(&self, height: u64) -> Result<Option<Decided>, StoreError>;

    /// Makes block, certificate, the application's writes and the new tip durable together, and drops what was undecided up to the
    /// height. Does nothing when the height is decided already.
    ///
    /// # Errors
    /// [`StoreError`].
    fn commit(&self, decided: &Decided, writes: &[Write]) -> Result<(), StoreError>;

    /// Makes a proposed block durable; a block proposed again in another round stands beside its earlier entry.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_undecided(&self, undecided: &Undecided) -> Result<(), StoreError>;

    /// All undecided blocks above the tip.
    ///
    /// # Errors
    /// [`StoreError`].
    fn undecided(&self) -> Result<Vec<Undecided>, StoreError>;
}
