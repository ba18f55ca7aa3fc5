//! What attesters sign to order blocks: proposals, prevotes, precommits, and the header that their votes name.
//!
//! ```text
//! header ─ struct hash ─► blockId ─ in ─► Precommit { height, round, blockId } ─ digest ─► q signatures
//! ```
//! A precommit names no validator and no time, so that the commit certificate is q signatures over one digest and a contract needs
//! header, round and signatures only. The header holds the roots of the state **after its parent**.
//!
//! Specification: `DESIGN.md`, Identities and formats.

use crate::{
    eip712::{Statement, Struct as _, structs},
    tree::{RootError, TreeRoot},
    types::Hash,
};

structs! {
    /// Commits to one block of the ledger and to the state after its parent.
    #[derive(Copy)]
    pub struct Header {
        /// 1 for the first block.
        pub height: u64,
        /// Block id of the parent; for the first block the network id.
        pub parent: Hash,
        /// Block time in milliseconds since 1970; above the parent's.
        pub time_ms as timeMs: u64,
        /// The attester set that decides this block.
        pub set_id as setId: u32,
        /// Leaves below `commandsRoot`.
        pub command_count as commandCount: u32,
        /// Root over the whole body ([`crate::block::Body::commands_root`]).
        pub commands_root as commandsRoot: Hash,
        /// Root of the ledger state after the parent.
        pub state_root as stateRoot: Hash,
        /// Leaves below `outboxRoot`.
        pub outbox_count as outboxCount: u32,
        /// Root of the outbox entries, after the parent, that are neither confirmed nor void.
        pub outbox_root as outboxRoot: Hash,
        /// Hash of the current attester set; in an epoch's last block of the next one.
        pub next_set as nextSet: Hash,
    }

    /// A vote for a block in the first voting step; `blockId` zero is nil.
    #[derive(Copy)]
    pub struct Prevote {
        /// The block's height.
        pub height: u64,
        /// The round.
        pub round: u32,
        /// The block, or zero.
        pub block_id as blockId: Hash,
    }

    /// A vote for a block in the second voting step; `blockId` zero is nil and never certified.
    #[derive(Copy)]
    pub struct Precommit {
        /// The block's height.
        pub height: u64,
        /// The round.
        pub round: u32,
        /// The block, or zero.
        pub block_id as blockId: Hash,
    }

    /// A proposer's block for a round.
    #[derive(Copy)]
    pub struct Proposal {
        /// The block's height.
        pub height: u64,
        /// The round.
        pub round: u32,
        /// The round in which the block gathered a quorum of prevotes before; -1 for none.
        pub pol_round as polRound: i64,
        /// The block.
        pub block_id as blockId: Hash,
    }
}

impl Statement for Prevote {}
impl Statement for Precommit {}
impl Statement for Proposal {}

impl Header {
    /// The block's id: the header's struct hash.
    pub fn block_id(&self) -> Hash {
        self.struct_hash()
    }

    /// The precommit that certifies this header in `round`.
    pub fn precommit(&self, round: u32) -> Precommit {
        Precommit {
            height: self.height,
            round,
            block_id: self.block_id(),
        }
    }

    /// The authenticated root and count of the block's body.
    ///
    /// # Errors
    /// [`RootError`] when root and count contradict each other.
    pub fn commands(&self) -> Result<TreeRoot, RootError> {
        TreeRoot::new(self.command_count, self.commands_root)
    }

    /// The authenticated root and count of the outbox.
    ///
    /// # Errors
    /// [`RootError`] when root and count contradict each other.
    pub fn outbox(&self) -> Result<TreeRoot, RootError> {
        TreeRoot::new(self.outbox_count, self.outbox_root)
    }
}
