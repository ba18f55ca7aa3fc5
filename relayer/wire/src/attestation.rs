//! Attestations: what one attester proved about a block of a chain.
//!
//! One per final block that holds vault events, and one, possibly empty, at every `stride`-th height. Attestations of a chain link
//! by `previous`, and their events by `firstSeq`, so that nothing can be hidden or skipped.
//!
//! Specification: `DESIGN.md`, Identities and formats.

use crate::{
    eip712::{Statement, structs},
    tree::{RootError, TreeRoot},
    types::{ChainId, Hash},
};

structs! {
    /// One final block of a chain and the vault events in it.
    #[derive(Copy)]
    pub struct Attestation {
        /// Registry number of the chain.
        pub chain: ChainId,
        /// Height of the block; the execution block's on EVM.
        pub height: u64,
        /// Hash of the block; the execution block's on EVM.
        pub block_hash as blockHash: Hash,
        /// Time of the block in Unix seconds, floored.
        pub timestamp: u64,
        /// Height of the chain's preceding attestation.
        pub previous: u64,
        /// Number that the vault gave, or will give, to the first event not before this block.
        pub first_seq as firstSeq: u64,
        /// How many events the block holds.
        pub event_count as eventCount: u32,
        /// Root of the tree of their leaves; [`crate::tree::EMPTY_ROOT`] without events.
        pub events_root as eventsRoot: Hash,
    }
}

impl Statement for Attestation {}

impl Attestation {
    /// The authenticated root and count of the block's events.
    ///
    /// # Errors
    /// [`RootError`] when root and count contradict each other.
    pub fn events(&self) -> Result<TreeRoot, RootError> {
        TreeRoot::new(self.event_count, self.events_root)
    }

    /// Position of the event with number `seq` in the tree; none when it is not of this block.
    pub fn index_of(&self, seq: u64) -> Option<u32> {
        let index = u32::try_from(seq.checked_sub(self.first_seq)?).ok()?;
        (index < self.event_count).then_some(index)
    }
}
