//! Why headers are refused, by rule.

use alloc::boxed::Box;

use ruint::aliases::U256;

use super::super::block;
use super::super::header::EpochFraction;
use super::super::target::{CompactTarget, InvalidTarget};
use crate::{CheckpointExpired, Hash32};

/// The first rule that an update breaks. `number` is the offending header's own claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// An update without headers.
    #[error("there are no headers")]
    NoHeaders,
    /// More headers than one update may have.
    #[error("{got} headers in one update, the limit is {limit}")]
    TooManyHeaders {
        /// Headers.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// The first header follows a block that is not trusted, or no longer kept.
    #[error("no trusted block has the hash {parent}")]
    UnknownParent {
        /// The parent that the first header names.
        parent: Hash32,
    },
    /// A branch that would undo a final block.
    #[error("the branch leaves the chain at {height}, below the final block {final_height}")]
    ForksFinalBlock {
        /// Where it leaves the chain.
        height: u64,
        /// The highest final block.
        final_height: u64,
    },
    /// The anchor is not the checkpoint's block.
    #[error("the anchor is block {got}, the checkpoint names {checkpoint}")]
    AnchorIsNotCheckpoint {
        /// Hash of the anchor.
        got: Hash32,
        /// Hash in the checkpoint.
        checkpoint: Hash32,
    },
    /// The checkpoint may no longer start a client.
    #[error("{0}")]
    CheckpointExpired(#[from] CheckpointExpired),
    /// Block 0 of another network.
    #[error("block 0 has the hash {got}, the network's is {genesis}")]
    OtherGenesis {
        /// Hash of the given block.
        got: Hash32,
        /// The network's.
        genesis: Hash32,
    },
    /// A version that no rule knows.
    #[error("header {number}: unknown version {got}")]
    Version {
        /// The header.
        number: u64,
        /// Its version.
        got: u32,
    },
    /// Not the number after the parent's.
    #[error("header {got} follows header {parent}")]
    NumberNotNext {
        /// The header's number.
        got: u64,
        /// The parent's.
        parent: u64,
    },
    /// The parent hash is not the hash of the header before.
    #[error("header {number}: the parent hash is {got}, the header before has {parent}")]
    NotLinked {
        /// The header.
        number: u64,
        /// Its parent hash.
        got: Hash32,
        /// Hash of the header before.
        parent: Hash32,
    },
    /// An epoch place with an index beyond its length, or excess bits.
    #[error("header {number}: malformed epoch {:#x}", got.0)]
    EpochMalformed {
        /// The header.
        number: u64,
        /// Its epoch field.
        got: EpochFraction,
    },
    /// Not the place after the parent's.
    #[error("header {number}: epoch {got} does not follow {parent}")]
    EpochNotNext {
        /// The header.
        number: u64,
        /// Its place.
        got: EpochFraction,
        /// The parent's place.
        parent: EpochFraction,
    },
    /// A target of zero or above 256 bits.
    #[error("{0}")]
    InvalidTarget(#[from] InvalidTarget),
    /// An epoch shorter or longer than any may be after the one before.
    #[error("header {number}: an epoch of {got} blocks, allowed are {shortest} to {longest}")]
    EpochLength {
        /// First header of the epoch.
        number: u64,
        /// Its length.
        got: u64,
        /// Lower limit.
        shortest: u64,
        /// Upper limit.
        longest: u64,
    },
    /// The epoch's work is further from the one before than any may be.
    #[error("header {number}: the epoch's work {after} is out of bounds after {before}")]
    EpochWork {
        /// First header of the epoch.
        number: u64,
        /// Difficulty times length before.
        before: U256,
        /// Difficulty times length now.
        after: U256,
    },
    /// Length or target differ from the only ones that are right here.
    #[error("header {number}: length {got_length} and target {got_target} instead of {length} and {target}")]
    EpochShape {
        /// The header.
        number: u64,
        /// Its epoch's length.
        got_length: u64,
        /// Its target.
        got_target: CompactTarget,
        /// The right length.
        length: u64,
        /// The right target.
        target: CompactTarget,
    },
    /// Uncles are given, but the epoch cannot be followed from its start.
    #[error("header {number}: the epoch so far is unknown, uncles cannot be counted")]
    EpochContextUnknown {
        /// The header.
        number: u64,
    },
    /// Not one list of uncles per header.
    #[error("uncles for {got} blocks, headers of {headers}")]
    UnclesCount {
        /// Lists of uncles.
        got: usize,
        /// Headers.
        headers: usize,
    },
    /// A block rewards two uncles at most.
    #[error("header {number}: {got} uncles, the limit is 2")]
    TooManyUncles {
        /// The header.
        number: u64,
        /// Its uncles.
        got: usize,
    },
    /// An uncle from another epoch or with another target, not below its block, or without proof of work.
    #[error("header {number}: {uncle} cannot be its uncle")]
    InvalidUncle {
        /// The header.
        number: u64,
        /// Hash of the uncle.
        uncle: Hash32,
    },
    /// Uncles or extension are not those of the header.
    #[error("header {number}: {source}")]
    Body {
        /// The header.
        number: u64,
        /// What does not match.
        source: Box<block::Rejection>,
    },
    /// Not later than the median of the 37 blocks before.
    #[error("header {number}: timestamp {got} ms is not above the median {median} ms")]
    TimestampTooOld {
        /// The header.
        number: u64,
        /// Its timestamp.
        got: u64,
        /// The median.
        median: u64,
    },
    /// More than 15 s ahead of now.
    #[error("header {number}: timestamp {got} ms is above {limit} ms, 15 s from now")]
    TimestampInFuture {
        /// The header.
        number: u64,
        /// Its timestamp.
        got: u64,
        /// The latest allowed.
        limit: u64,
    },
    /// The hash does not meet the target.
    #[error("header {number}: no proof of work")]
    NoProofOfWork {
        /// The header.
        number: u64,
    },
}
