//! What to ask a node for.

use alloc::vec::Vec;

use ruint::aliases::U256;

use super::super::chain_root::{Rejection, VerifiableHeader};
use super::super::header::Header;
use super::super::params::Params;
use super::draw;
use crate::{BlockId, Hash32};

/// The block from which a chain is sampled: genesis, or the last one proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Its number and hash.
    pub block: BlockId,
    /// Its header.
    pub header: Header,
    /// Difficulty of the chain up to it, its own included.
    pub total_difficulty: U256,
    /// The blocks before it that are known, ascending; they show where a reorg parts.
    pub latest: Vec<BlockId>,
}

impl Start {
    /// Genesis, which must be the network's where that is known.
    pub fn genesis(header: Header, params: &Params) -> Result<Self, RequestError> {
        let hash = header.hash();
        if header.number != 0 || params.genesis_hash.is_some_and(|genesis| genesis != hash) {
            return Err(RequestError::NotGenesis { got: hash });
        }
        let total_difficulty = header.compact_target.difficulty().map_err(Rejection::from)?;
        let block = BlockId { height: 0, hash };
        Ok(Self {
            block,
            header,
            total_difficulty,
            latest: Vec::new(),
        })
    }
}

/// `GetLastStateProof`, with what is needed to judge the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) last_hash: Hash32,
    pub(super) start: Start,
    pub(super) last_n: u64,
    pub(super) boundary: U256,
    /// Ascending, unique, below the boundary.
    pub(super) difficulties: Vec<U256>,
}

/// Why a claimed state is not worth a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum RequestError {
    /// The start is not the network's block 0.
    #[error("{got} is not the network's block 0")]
    NotGenesis {
        /// Hash of the header.
        got: Hash32,
    },
    /// Zero for the last blocks, or for lambda.
    #[error("{field} must not be zero")]
    Zero {
        /// The argument.
        field: &'static str,
    },
    /// The claimed state does not have more blocks and more work than the start.
    #[error("block {claimed} with total difficulty {difficulty} is not above the start at {start}")]
    NotAboveStart {
        /// Number of the claimed block.
        claimed: u64,
        /// Its total difficulty.
        difficulty: U256,
        /// Number of the start.
        start: u64,
    },
    /// The claimed last header's commitments are wrong.
    #[error("{0}")]
    ChainRoot(#[from] Rejection),
    /// The claimed last header has no proof of work.
    #[error("header {number}: no proof of work")]
    NoProofOfWork {
        /// The header.
        number: u64,
    },
    /// More samples than an answer may have.
    #[error("{got} samples are needed, the limit is {limit}")]
    TooManySamples {
        /// Samples.
        got: u64,
        /// The limit.
        limit: u64,
    },
}

impl Request {
    /// Draws samples between `start` and the state that a node claims.
    ///
    /// `random` gives 32 uniform bits per call, unpredictable for the node. Failure probability 2^-`lambda`.
    pub fn new(
        claimed: &VerifiableHeader,
        start: Start,
        last_n: u64,
        lambda: u32,
        params: &Params,
        mut random: impl FnMut() -> u32,
    ) -> Result<Self, RequestError> {
        for (field, value) in [("last_n", last_n), ("lambda", u64::from(lambda))] {
            if value == 0 {
                return Err(RequestError::Zero { field });
            }
        }
        let (blocks, range) = distance(claimed, &start, params)?;
        let count = draw::sample_count(blocks, last_n, lambda);
        if count > MAX_SAMPLES {
            return Err(RequestError::TooManySamples {
                got: count,
                limit: MAX_SAMPLES,
            });
        }
        let base = start.total_difficulty;
        let boundary = base.saturating_add(draw::boundary(range, last_n, blocks));
        // A difficulty d lies in the block whose total before is below d and whose own total is not.
        let mut difficulties: Vec<_> = (0..count)
            .map(|_| base.saturating_add(draw::difficulty_at(range, random(), last_n, blocks)))
            .map(|difficulty| {
                difficulty
                    .saturating_add(U256::ONE)
                    .min(boundary.saturating_sub(U256::ONE))
            })
            .filter(|difficulty| *difficulty > base)
            .collect();
        // The start itself, so that the answer shows whether it is on the chain.
        difficulties.push(base);
        difficulties.sort_unstable();
        difficulties.dedup();
        Ok(Self {
            last_hash: claimed.header.hash(),
            start,
            last_n,
            boundary,
            difficulties,
        })
    }

    /// Number of difficulties asked for.
    pub fn sample_count(&self) -> usize {
        self.difficulties.len()
    }
}

/// Difficulties in one request at most.
const MAX_SAMPLES: u64 = 4096;

/// Blocks and difficulty between the start and a claimed state that is worth asking about.
fn distance(claimed: &VerifiableHeader, start: &Start, params: &Params) -> Result<(u64, U256), RequestError> {
    let number = claimed.header.number;
    claimed.commitments_hold(params)?;
    if !params.pow.is_proved_by(&claimed.header) {
        return Err(RequestError::NoProofOfWork { number });
    }
    let difficulty = claimed.total_difficulty()?;
    let not_above = RequestError::NotAboveStart {
        claimed: number,
        difficulty,
        start: start.block.height,
    };
    let blocks = number
        .checked_sub(start.block.height)
        .filter(|blocks| *blocks > 0);
    let range = difficulty
        .checked_sub(start.total_difficulty)
        .filter(|range| !range.is_zero());
    blocks.zip(range).ok_or(not_above)
}
