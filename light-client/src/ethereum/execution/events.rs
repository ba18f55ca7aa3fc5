//! All logs of one emitter in a block, or that there are none.
//!
//! An inclusion proof cannot show absence. The verified header's logs bloom can: it has no false negative. When it does
//! contain the emitter, all receipts of the block settle the question.
//!
//! ```text
//!  header.logs_bloom contains emitter?  ── no ──► ProvedEmptyByBloom
//!             │ yes (or a false positive)
//!             └──► all receipts, rebuilt to receipts_root ──► Proved(logs), possibly none
//! ```

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{Address, BlockReceipts, Log, LogPlace, VerifiedHeader};
use crate::Hash32;

/// What a block holds of an emitter, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Events {
    /// The header's bloom does not contain the emitter.
    ProvedEmptyByBloom,
    /// These, and no others: read from all receipts of the block.
    Proved(Vec<Event>),
}

/// A log and its place in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it is.
    pub place: LogPlace,
    /// What was logged.
    pub log: Log,
}

/// Why the question stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum EventsRejection {
    /// The bloom contains the emitter, and no receipts were given.
    #[error("the bloom of block {block_hash} contains the emitter: all receipts are needed")]
    ReceiptsNeeded {
        /// Hash of the block.
        block_hash: Hash32,
    },
    /// The receipts are another block's.
    #[error("receipts of block {got} for block {expected}")]
    ReceiptsOfAnotherBlock {
        /// Hash of the header's block.
        expected: Hash32,
        /// Hash of the receipts' block.
        got: Hash32,
    },
}

/// Finds every log of `emitter` in the header's block. `receipts` are needed only if the bloom contains the emitter.
///
/// # Errors
/// [`EventsRejection::ReceiptsNeeded`] (fetch them and ask again), [`EventsRejection::ReceiptsOfAnotherBlock`].
pub fn events_of(
    header: &VerifiedHeader,
    emitter: &Address,
    receipts: Option<&BlockReceipts>,
) -> Result<Events, EventsRejection> {
    if !header.fields().logs_bloom.may_contain(&emitter.0) {
        return Ok(Events::ProvedEmptyByBloom);
    }
    let receipts = receipts.ok_or(EventsRejection::ReceiptsNeeded {
        block_hash: *header.hash(),
    })?;
    if receipts.block_hash() != header.hash() {
        return Err(EventsRejection::ReceiptsOfAnotherBlock {
            expected: *header.hash(),
            got: *receipts.block_hash(),
        });
    }
    let events = receipts.logs().filter(|(_, log)| log.emitter == *emitter);
    Ok(Events::Proved(
        events
            .map(|(place, log)| Event {
                place,
                log: log.clone(),
            })
            .collect(),
    ))
}
