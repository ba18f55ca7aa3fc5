//! The uncles of a block, bound to its header by `extra_hash`: what the exact epoch rule counts.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::super::block::{Block as Body, extra_hash_matches, uncles_hash};
use super::super::header::Header;
use super::super::pow::Pow;
use super::Rejection;

/// Uncles that a block may have.
const MAX_UNCLES: usize = 2;

/// What `extra_hash` covers, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockUncles {
    /// Headers of the uncles, in the block's order.
    pub uncles: Vec<Header>,
    /// The block's extension.
    pub extension: Option<Vec<u8>>,
}

impl From<&Body> for BlockUncles {
    fn from(block: &Body) -> Self {
        let uncles = block.uncles.iter().map(|uncle| uncle.header.clone()).collect();
        Self {
            uncles,
            extension: block.extension.clone(),
        }
    }
}

impl BlockUncles {
    /// Number of uncles, once they are proved to be the header's.
    pub(super) fn count_for(&self, header: &Header, pow: Pow) -> Result<u64, Rejection> {
        let (number, got) = (header.number, self.uncles.len());
        if got > MAX_UNCLES {
            return Err(Rejection::TooManyUncles { number, got });
        }
        let hashes: Vec<_> = self.uncles.iter().map(Header::hash).collect();
        extra_hash_matches(header, uncles_hash(&hashes), self.extension.as_deref()).map_err(|source| {
            Rejection::Body {
                number,
                source: Box::new(source),
            }
        })?;
        for uncle in &self.uncles {
            may_be_uncle(uncle, header, pow)?;
        }
        Ok(u64::try_from(got).unwrap_or(u64::MAX))
    }
}

fn may_be_uncle(uncle: &Header, header: &Header, pow: Pow) -> Result<(), Rejection> {
    let facts = [
        uncle.number < header.number,
        uncle.epoch.number() == header.epoch.number(),
        uncle.compact_target == header.compact_target,
        pow.is_proved_by(uncle),
    ];
    if facts.iter().all(|holds| *holds) {
        return Ok(());
    }
    Err(Rejection::InvalidUncle {
        number: header.number,
        uncle: uncle.hash(),
    })
}
