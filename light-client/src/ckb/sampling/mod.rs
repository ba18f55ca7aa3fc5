//! FlyClient: a few sampled headers prove that a chain with this much work exists (CKB RFC 44).
//!
//! ```text
//!  start ─────── sampled: more often towards the end ────────┤ boundary ├── last N, all of them ── last
//!  difficulty 0 ───────────────────────────────────────────────────────────────────────────► total
//! ```
//! [`Request::new`] draws the difficulties to sample; a node answers with the blocks in which they lie and with a proof that all of them
//! are under the chain root that the last header commits to. [`verify_response`] accepts exactly that answer:
//! sorted blocks, each one asked for and each difficulty answered, every block from the boundary on (at least the last N), continuous
//! where they must be, each with proof of work, chain root and commitments; between any two samples the difficulty moved within TAU per
//! epoch; one strict range proof over all. When the start block is not on the node's chain, the N blocks before it come too and show where
//! the chains part; if they part earlier still, that is a **long fork** ([`Continuity::LongFork`]) and nothing is decided for the operator.
//!
//! Guarantees: with the chain's work honestly above half, an invented chain is caught but for a probability of 2^-lambda.
//! Not guaranteed: that there is no better chain; ask several sources and take [`most_work`].
//!
//! Deviations: the number of samples is not lowered by N; TAU is checked between all neighbours, not only from first to last; both err
//! on the strict side. A response that fails TAU is refused, where the reference client asks once more.

mod draw;
mod request;
mod response;
mod wire;

use alloc::vec::Vec;

use ruint::aliases::U256;

use super::chain_root::{self, VerifiableHeader};
use super::header::Header;
use crate::proof::mmr;
use crate::{BlockId, Hash32};
pub use request::{Request, RequestError, Start};
pub use response::verify_response;

/// Headers in one response at most.
pub const MAX_RESPONSE_HEADERS: usize = 8192;

/// A node's answer, `SendLastStateProof`, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The block whose chain root everything is proved under.
    pub last: VerifiableHeader,
    /// Items of the range proof.
    pub proof: Vec<chain_root::HeaderDigest>,
    /// Blocks before the start (only when it is not on this chain), sampled blocks, last blocks; ascending.
    pub headers: Vec<VerifiableHeader>,
}

/// A chain that passed; remembers how it continues the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedState {
    last: VerifiableHeader,
    total_difficulty: U256,
    latest: Vec<Header>,
    continuity: Continuity,
}

impl ProvedState {
    /// The block that the proof is about.
    pub fn last(&self) -> &VerifiableHeader {
        &self.last
    }

    /// Difficulty of the whole chain, the last block's included.
    pub fn total_difficulty(&self) -> U256 {
        self.total_difficulty
    }

    /// The continuous headers before the last one.
    pub fn latest(&self) -> &[Header] {
        &self.latest
    }

    /// How the chain continues the start.
    pub fn continuity(&self) -> Continuity {
        self.continuity
    }

    /// From where the next request samples.
    pub fn start(&self) -> Start {
        Start {
            block: BlockId {
                height: self.last.header.number,
                hash: self.last.header.hash(),
            },
            header: self.last.header.clone(),
            total_difficulty: self.total_difficulty,
            latest: self
                .latest
                .iter()
                .map(|header| BlockId {
                    height: header.number,
                    hash: header.hash(),
                })
                .collect(),
        }
    }
}

/// Whether the proved chain contains the block from which it was sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// It does.
    Extends,
    /// It leaves the old chain after `common`, within the last blocks of both.
    Reorg {
        /// Highest common block.
        common: BlockId,
    },
    /// The chains part before all blocks that are known of the old one.
    LongFork,
}

/// The source with the most total difficulty; the first of equals.
pub fn most_work(states: &[ProvedState]) -> Option<&ProvedState> {
    states.iter().reduce(|best, other| {
        if other.total_difficulty > best.total_difficulty {
            other
        } else {
            best
        }
    })
}

/// Why a response is not an answer to its request, or not of a valid chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// The proof is about another block than was asked for.
    #[error("the last header is {got}, asked for was {requested}")]
    OtherLastHeader {
        /// Hash of the response's last header.
        got: Hash32,
        /// The hash asked for.
        requested: Hash32,
    },
    /// No header at all.
    #[error("there are no headers")]
    NoHeaders,
    /// More headers than a response may have.
    #[error("{got} headers, the limit is {limit}")]
    TooManyHeaders {
        /// Headers.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// Headers that do not ascend, or reach the last one.
    #[error("header {got} follows header {previous}")]
    NotAscending {
        /// Number of the header before.
        previous: u64,
        /// Number of the header.
        got: u64,
    },
    /// Blocks before the start that are not the N right before it.
    #[error("{got} blocks before the start, from {first} to {last}")]
    ReorgHeaders {
        /// How many.
        got: usize,
        /// First number.
        first: u64,
        /// Last number.
        last: u64,
    },
    /// Not every block from the start, or from the boundary, or the last N.
    #[error("the last blocks start at {first}, they have to start at or before {expected}")]
    LastBlocksMissing {
        /// Number of the first of them.
        first: u64,
        /// Number from which all are asked for.
        expected: u64,
    },
    /// A block that no asked difficulty lies in, or an asked one without a block.
    #[error("the samples do not match: difficulty {difficulty} at block {number}")]
    SampleMismatch {
        /// A difficulty.
        difficulty: U256,
        /// A block.
        number: u64,
    },
    /// The block sampled from is not on the chain, and no blocks show where the chains part.
    #[error("the start {start} is not on the chain")]
    StartNotOnChain {
        /// Hash of the start.
        start: Hash32,
    },
    /// Neighbouring headers that are not parent and child.
    #[error("header {number} is not the child of the header before")]
    NotContinuous {
        /// The header.
        number: u64,
    },
    /// Difficulty moved faster than TAU per epoch, or the work between two headers cannot be.
    #[error("between headers {from} and {to} the difficulty moves out of bounds")]
    DifficultyOutOfBounds {
        /// Earlier header.
        from: u64,
        /// Later header.
        to: u64,
    },
    /// A header's own commitments are wrong.
    #[error("{0}")]
    ChainRoot(#[from] chain_root::Rejection),
    /// The range proof failed.
    #[error("range proof: {0}")]
    Proof(#[from] mmr::Rejection<chain_root::Rejection>),
    /// The range proof gives another root than the last header commits to.
    #[error("the range proof gives the root {got}, the last header commits to {committed}")]
    RootMismatch {
        /// Hash of the computed root.
        got: Hash32,
        /// Hash of the committed root.
        committed: Hash32,
    },
    /// A header without proof of work.
    #[error("header {number}: no proof of work")]
    NoProofOfWork {
        /// The header.
        number: u64,
    },
}

#[cfg(test)]
mod tests;
