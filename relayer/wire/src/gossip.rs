//! What attesters sign for the mesh alone: heartbeats, and requests to observe again.
//!
//! Specification: `spec/relayer.md`, Mesh.

use alloc::vec::Vec;

use crate::{
    eip712::{Statement, structs},
    encoding::{Listed, codes},
    signature::SignedBy,
    types::{Address, ChainId, Hash},
};

codes! {
    /// How a node judges itself.
    pub enum NodeHealth {
        /// Ready.
        Ready = 0,
        /// Runs, but something lags.
        Degraded = 1,
        /// Does not take part.
        Unready = 2,
    }
}

structs! {
    /// A release of the node's software.
    #[derive(Copy, PartialOrd, Ord)]
    pub struct Version {
        /// Breaking changes.
        pub major: u16,
        /// Additions.
        pub minor: u16,
        /// Repairs.
        pub patch: u16,
    }

    /// How far a node follows a chain.
    #[derive(Copy)]
    pub struct ChainStatus {
        /// Which.
        pub chain: ChainId,
        /// Newest height seen.
        pub height: u64,
        /// Newest height verified as final.
        pub finalized: u64,
    }

    /// An attester's sign of life, which binds its libp2p key to it.
    pub struct Heartbeat {
        /// Who signs.
        pub attester: Address,
        /// The node's ed25519 public key on the mesh.
        pub peer: Hash,
        /// Milliseconds since 1970; strictly rising per attester.
        pub time_ms as timeMs: u64,
        /// The node's software.
        pub version: Version,
        /// Height of the newest applied block.
        pub ledger_height as ledgerHeight: u64,
        /// How the node judges itself.
        pub health: NodeHealth,
        /// Ascending by chain, each once.
        pub chains: Vec<ChainStatus>,
    }

    /// Asks the others to look at a block again.
    #[derive(Copy)]
    pub struct Reobserve {
        /// Who signs.
        pub attester: Address,
        /// Milliseconds since 1970.
        pub time_ms as timeMs: u64,
        /// The chain.
        pub chain: ChainId,
        /// The height.
        pub height: u64,
    }
}

impl Listed for ChainStatus {
    /// Chains of one network.
    const LIMIT: u32 = 64;
}

impl Statement for Heartbeat {}
impl Statement for Reobserve {}

impl SignedBy for Heartbeat {
    fn signer(&self) -> Address {
        self.attester
    }
}

impl SignedBy for Reobserve {
    fn signer(&self) -> Address {
        self.attester
    }
}
