//! Blocks below a verified one, by the chain of parent hashes.
//!
//! ```text
//!  verified hash ─keccak─ header n ──parent_hash─keccak── header n-1 ──parent_hash─keccak── header n-2 ..
//! ```
//!
//! # Guarantees
//! Each header returned is the ancestor its position says: its hash is in its child, its number is one less, its time earlier.

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{HeaderRejection, VerifiedHeader};
use crate::{Hash32, UnixSeconds};

/// Headers of one call: more than a day of blocks; a longer way is walked in several.
pub const MAX_HEADERS: usize = 8192;

/// Why headers are not a chain below the verified hash. `position` counts from the newest header, which is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum AncestryRejection {
    /// No header was given.
    #[error("no header")]
    NoHeader,
    /// More than [`MAX_HEADERS`].
    #[error("{count} headers, at most {MAX_HEADERS}")]
    TooManyHeaders {
        /// Headers given.
        count: usize,
    },
    /// A header is not its child's parent.
    #[error("header {position}: {source}")]
    Header {
        /// Position of the header.
        position: usize,
        /// What is wrong with it.
        source: HeaderRejection,
    },
    /// A header's number is not one below its child's.
    #[error("header {position} has number {got}, its child {child}")]
    NumberNotConsecutive {
        /// Position of the header.
        position: usize,
        /// Its number.
        got: u64,
        /// Number of the header before it.
        child: u64,
    },
    /// A header is not older than its child.
    #[error("header {position} is of {}, its child of {}", got.0, child.0)]
    TimeNotIncreasing {
        /// Position of the header.
        position: usize,
        /// Its time.
        got: UnixSeconds,
        /// Time of the header before it.
        child: UnixSeconds,
    },
}

/// Verifies the block with `block_hash` and its ancestors, given as RLP headers from the newest down.
///
/// # Errors
/// The first fact that fails, as an [`AncestryRejection`].
pub fn verify<H: AsRef<[u8]>>(
    block_hash: &Hash32,
    headers: &[H],
) -> Result<Vec<VerifiedHeader>, AncestryRejection> {
    count_is_bounded(headers.len())?;
    let mut chain: Vec<VerifiedHeader> = Vec::with_capacity(headers.len());
    for (position, bytes) in headers.iter().enumerate() {
        let child = chain.last();
        let expected = child.map_or(block_hash, |child| &child.fields().parent_hash);
        let header = VerifiedHeader::from_rlp(expected, bytes.as_ref())
            .map_err(|source| AncestryRejection::Header { position, source })?;
        if let Some(child) = child {
            number_is_one_below(position, &header, child)?;
            time_is_earlier(position, &header, child)?;
        }
        chain.push(header);
    }
    Ok(chain)
}

fn count_is_bounded(count: usize) -> Result<(), AncestryRejection> {
    match count {
        0 => Err(AncestryRejection::NoHeader),
        1..=MAX_HEADERS => Ok(()),
        _ => Err(AncestryRejection::TooManyHeaders { count }),
    }
}

fn number_is_one_below(
    position: usize,
    header: &VerifiedHeader,
    child: &VerifiedHeader,
) -> Result<(), AncestryRejection> {
    let (got, child) = (header.fields().number, child.fields().number);
    if got.checked_add(1) != Some(child) {
        return Err(AncestryRejection::NumberNotConsecutive { position, got, child });
    }
    Ok(())
}

fn time_is_earlier(
    position: usize,
    header: &VerifiedHeader,
    child: &VerifiedHeader,
) -> Result<(), AncestryRejection> {
    let (got, child) = (header.fields().timestamp, child.fields().timestamp);
    if got >= child {
        return Err(AncestryRejection::TimeNotIncreasing { position, got, child });
    }
    Ok(())
}
