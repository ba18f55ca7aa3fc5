//! Verifies consecutive headers against a trusted chain: the order of the rules.
//!
//! ```text
//! TrustedState   … ─ block ─ block ─ tip           update: headers that follow any block not yet final
//!                      └──── header ─ header ─ header
//! ```
//! Per header, in this order: version, number, parent link, epoch place, target, epoch rule (exact with uncles, bounds without),
//! timestamp above the median of 37 and at most 15 s ahead of now. Then the proof of work of all, side by side.
//!
//! The median of 37 needs 37 ancestors: from an anchor other than genesis the rule starts once they are known, and
//! [`Verified::without_median`] counts the headers that went without.
//!
//! Guarantees: a [`Verified`] comes from here only. Not guaranteed: that the bodies of the blocks are valid (uncles are checked for proof of
//! work and place, not for everything that full nodes check); that is what the work on top is for.
//!
//! Spec: `spec/light-client.md`, CKB.

mod rejection;
mod rules;
mod state;
mod uncles;

use alloc::vec::Vec;

use ruint::aliases::U256;

use super::epoch::Progress;
use super::header::Header;
use super::params::Params;
use crate::{BlockId, Hash32, UnixSeconds};
pub use rejection::Rejection;
use rules::Timestamps;
pub use state::{Advance, MAX_BLOCKS, StaleVerification, TrustedState};
pub use uncles::BlockUncles;

/// Headers in one update at most.
pub const MAX_HEADERS: usize = 4096;

/// Untrusted headers that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// From the lowest to the highest.
    pub headers: Vec<Header>,
    /// Uncles and extension of each header's block: the exact epoch rule runs. Without them its bounds do.
    pub uncles: Option<Vec<BlockUncles>>,
}

/// Which form of the epoch rule ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochMode {
    /// Bounds on length and work.
    HeaderOnly,
    /// Exact length and target.
    WithUncles,
}

/// A header with what was established about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) header: Header,
    pub(super) hash: Hash32,
    /// Work since the anchor, which counts as none; this block's own included.
    pub(super) work: U256,
    /// For the exact epoch rule, where it could be followed without a gap.
    pub(super) progress: Option<Progress>,
}

impl Block {
    pub(super) fn id(&self) -> BlockId {
        BlockId {
            height: self.header.number,
            hash: self.hash,
        }
    }
}

/// Headers that passed every rule; remembers the block that they follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    parent: BlockId,
    /// Never empty.
    blocks: Vec<Block>,
    mode: EpochMode,
    without_median: usize,
    /// The network's, so that no later advance undoes what became final in between.
    finality_blocks: u64,
}

impl Verified {
    /// The trusted block that the headers follow.
    pub fn parent(&self) -> BlockId {
        self.parent
    }

    /// The verified headers.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = &Header> {
        self.blocks.iter().map(|block| &block.header)
    }

    /// Which form of the epoch rule ran.
    pub fn epoch_mode(&self) -> EpochMode {
        self.mode
    }

    /// Headers whose timestamp was not compared with a median, because fewer than 37 ancestors are known.
    pub fn without_median(&self) -> usize {
        self.without_median
    }
}

/// Verifies headers that follow a trusted block which is not below the final one. `now` is the verifier's clock.
pub fn verify(
    trusted: &TrustedState,
    update: &Update,
    params: &Params,
    now: UnixSeconds,
) -> Result<Verified, Rejection> {
    rules::count_is_bounded(update)?;
    let ancestors = trusted.ancestors_of(update, params)?;
    let Some(parent) = ancestors.last() else {
        return Err(Rejection::NoHeaders);
    };
    let mode = if update.uncles.is_some() {
        EpochMode::WithUncles
    } else {
        EpochMode::HeaderOnly
    };
    let mut chain = Chain {
        parent: Block::clone(parent),
        timestamps: Timestamps::of(&ancestors),
        without_median: 0,
    };
    let mut blocks = Vec::with_capacity(update.headers.len());
    for (place, header) in update.headers.iter().enumerate() {
        let uncles = update.uncles.as_ref().and_then(|uncles| uncles.get(place));
        blocks.push(chain.follow(header, uncles, params, now)?);
    }
    rules::work_is_proved(&update.headers, params.pow)?;
    Ok(Verified {
        parent: parent.id(),
        blocks,
        mode,
        without_median: chain.without_median,
        finality_blocks: params.finality_blocks,
    })
}

/// The end of the chain while headers are followed.
struct Chain {
    parent: Block,
    timestamps: Timestamps,
    without_median: usize,
}

impl Chain {
    /// Every rule but the proof of work.
    fn follow(
        &mut self,
        header: &Header,
        uncles: Option<&BlockUncles>,
        params: &Params,
        now: UnixSeconds,
    ) -> Result<Block, Rejection> {
        rules::version_is_known(header)?;
        rules::number_follows(header, &self.parent.header)?;
        rules::parent_is_linked(header, self.parent.hash)?;
        rules::epoch_place_follows(header, &self.parent.header)?;
        let difficulty = header.compact_target.difficulty()?;
        let progress = rules::epoch_rule_holds(header, &self.parent, uncles, params)?;
        if !self.timestamps.is_below(header)? {
            self.without_median = self.without_median.saturating_add(1);
        }
        rules::timestamp_is_not_ahead(header, now)?;
        self.timestamps.push(header.timestamp_ms);
        let work = self.parent.work.saturating_add(difficulty);
        self.parent = Block {
            header: header.clone(),
            hash: header.hash(),
            work,
            progress,
        };
        Ok(self.parent.clone())
    }
}

#[cfg(test)]
mod tests;
