//! Many meshes in one thread, driven by a seed: the same seed gives the same run.
//!
//! Terms: *plan*, what goes wrong in a run, drawn from its seed; *truth*, the attestations that an honest node makes; *link*, the way
//! from one node to another, which loses, delays, duplicates and so reorders; *heal*, the time from which links lose nothing.
//!
//! ```text
//! seed ─► plan ─► world: clock ─ queue of (time, event) ─► node: Mesh ─ actions ─► links ─► queue
//!                                                           └► certificates, convictions ─► judge: agreement, liveness, guilt, bounds
//! ```
//! Gossip is flooding with a memory of content ids, without repair: what a link loses only catch-up brings back.
//!
//! Guarantees checked in each run: an honest node's certificate verifies by [`wire`]'s own checker and says the truth; after the heal
//! every honest node certifies all of the truth; only a planned equivocator is convicted, and, on links that lose nothing, each is;
//! every bound of [`crate::proto::limits`] holds each second. Not covered: libp2p itself.
//!
//! Specification: `spec/relayer.md`, Mesh.

mod byzantine;
mod judge;
mod plan;
mod truth;
mod world;

pub use self::{
    plan::{Fault, Plan},
    world::{bystander, first_peer, run},
};

use wire::types::{Address, ChainId};

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number below a bound, which is not zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// Whether something of this likelihood happens.
    pub fn percent(&mut self, likelihood: u64) -> bool {
        self.below(100) < likelihood
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.draw().to_le_bytes()[0])
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Certificates that honest nodes made.
    pub certificates: usize,
    /// Convictions that honest nodes made.
    pub convictions: usize,
    /// What links carried.
    pub delivered: u64,
    /// What links lost.
    pub lost: u64,
    /// Rejections of honest nodes.
    pub rejected: u64,
}

/// What a run must not come to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A certificate does not verify, or says what is not true.
    #[error("node {node}: a false certificate at chain {chain}, height {height}")]
    FalseCertificate {
        /// Whose.
        node: usize,
        /// The chain.
        chain: ChainId,
        /// The height.
        height: u64,
    },
    /// A node never certified something true.
    #[error("node {node}: no certificate at chain {chain}, height {height}")]
    Missing {
        /// Whose.
        node: usize,
        /// The chain.
        chain: ChainId,
        /// The height.
        height: u64,
    },
    /// Evidence names somebody who did not equivocate.
    #[error("node {node} convicts {offender}, who is innocent")]
    Innocent {
        /// Who convicts.
        node: usize,
        /// Whom.
        offender: Address,
    },
    /// An equivocator goes free although every message arrived.
    #[error("{offender} equivocates and goes free")]
    Free {
        /// Who.
        offender: Address,
    },
    /// A node holds more than its bounds.
    #[error("node {node}: {what} is {got}, beyond {limit}")]
    Bound {
        /// Whose.
        node: usize,
        /// Of what.
        what: &'static str,
        /// How much.
        got: usize,
        /// How much there may be.
        limit: usize,
    },
}
