//! What a change of the best chain undid and what took its place.
//!
//! ```text
//!             ┌─ undone.first ─ … ─ undone.last     no longer part of the best chain
//!  common ────┤
//!             └─ new.first ─ … ──── new.last        the best chain now
//! ```

use crate::Hash32;

/// One block of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
}

/// Consecutive blocks, ends included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Lowest block.
    pub first: BlockId,
    /// Highest block.
    pub last: BlockId,
}

/// The best chain moved to another branch. Whoever acted on a block of `undone` has to undo that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reorg {
    /// The highest block that both branches have; the parent of `undone.first` and of `new.first`.
    pub common: BlockId,
    /// The blocks that no longer count.
    pub undone: Branch,
    /// The blocks that count instead.
    pub new: Branch,
}
