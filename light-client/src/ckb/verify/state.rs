//! The trusted chain: the best branch since an anchor, by work.
//!
//! ```text
//! anchor ─ … ─ final ─ … ─ tip       final: the highest block under the work of `finality_blocks` at the tip's difficulty
//! ```
//! Memory is bounded by [`MAX_BLOCKS`] headers; older ones are forgotten. One branch is kept: a competing one is handed in whole and wins
//! with more work, never with as much. It cannot leave the chain below the final block.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use ruint::aliases::U256;

use super::super::epoch::Progress;
use super::super::header::Header;
use super::super::params::Params;
use super::rules::{epoch_is_well_formed, version_is_known};
use super::{Block, Rejection, Update, Verified};
use crate::{BlockId, Branch, Checkpoint, Finality, Hash32, Reorg, UnixSeconds};

/// Headers kept at most: about half a day.
pub const MAX_BLOCKS: usize = 4096;

/// The verified chain since its anchor, of which the latest [`MAX_BLOCKS`] are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedState {
    anchor: BlockId,
    /// From the oldest to the tip; never empty, numbers without gaps.
    blocks: VecDeque<Block>,
    tip: Block,
}

/// What an advance did to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The headers follow the tip.
    Extended,
    /// The headers' branch has more work and replaced blocks.
    Reorged(Reorg),
    /// The headers' branch does not have more work; the chain is unchanged.
    Kept,
}

/// The state moved on since the verification: the block was replaced, or later ones became final. Verify again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the verification was against block {} at {}, which nothing may follow any more", parent.hash, parent.height)]
pub struct StaleVerification {
    /// The block that the headers follow.
    pub parent: BlockId,
}

impl TrustedState {
    /// Starts from a header that the operator vouches for. Its version, target and epoch must be ones that a chain has,
    /// and block 0 must be the network's own, where that is known.
    pub fn anchored(anchor: Header, params: &Params) -> Result<Self, Rejection> {
        version_is_known(&anchor)?;
        anchor.compact_target.target()?;
        if anchor.number != 0 {
            epoch_is_well_formed(&anchor)?;
        }
        let hash = anchor.hash();
        if anchor.number == 0
            && let Some(genesis) = params.genesis_hash
            && hash != genesis
        {
            return Err(Rejection::OtherGenesis { got: hash, genesis });
        }
        let progress = match anchor.number {
            0 => Some(Progress::at_genesis(&params.epoch, &anchor)?),
            _ => None,
        };
        let tip = Block {
            header: anchor,
            hash,
            work: U256::ZERO,
            progress,
        };
        Ok(Self {
            anchor: tip.id(),
            blocks: VecDeque::from([tip.clone()]),
            tip,
        })
    }

    /// Starts from a checkpoint that is not expired and names this header.
    pub fn from_checkpoint(
        anchor: Header,
        checkpoint: &Checkpoint,
        params: &Params,
        now: UnixSeconds,
    ) -> Result<Self, Rejection> {
        let got = anchor.hash();
        if got != checkpoint.hash || anchor.number != checkpoint.height {
            return Err(Rejection::AnchorIsNotCheckpoint {
                got,
                checkpoint: checkpoint.hash,
            });
        }
        checkpoint.is_not_expired(UnixSeconds(anchor.timestamp_ms.wrapping_div(1000)), now)?;
        Self::anchored(anchor, params)
    }

    /// Vouches for the anchor's epoch so far, so that the exact rule can run from an anchor other than genesis.
    pub fn with_epoch_progress(mut self, progress: Progress) -> Self {
        self.tip.progress = Some(progress);
        if let Some(block) = self.blocks.back_mut() {
            block.progress = Some(progress);
        }
        self
    }

    /// The block that was trusted without proof.
    pub fn anchor(&self) -> BlockId {
        self.anchor
    }

    /// The best block.
    pub fn tip(&self) -> BlockId {
        self.tip.id()
    }

    /// The best block's header.
    pub fn tip_header(&self) -> &Header {
        &self.tip.header
    }

    /// Work since the anchor, the anchor's own not counted.
    pub fn work(&self) -> U256 {
        self.tip.work
    }

    /// The kept header with this number.
    pub fn header(&self, number: u64) -> Option<&Header> {
        self.block(number).map(|block| &block.header)
    }

    /// What is known of the tip's epoch, where the exact rule could be followed.
    pub fn epoch_progress(&self) -> Option<Progress> {
        self.tip.progress
    }

    /// How firmly a kept block is buried.
    pub fn finality(&self, number: u64) -> Option<Finality> {
        self.block(number).map(|block| Finality::Work {
            confirmations: self.tip.header.number.saturating_sub(number),
            chainwork: self.tip.work.saturating_sub(block.work),
        })
    }

    /// The highest block that is final: the work on top of it is that of `finality_blocks` at the tip's difficulty.
    pub fn final_block(&self, params: &Params) -> Option<BlockId> {
        self.final_under(params.finality_blocks)
    }

    fn final_under(&self, finality_blocks: u64) -> Option<BlockId> {
        let difficulty = self.tip.header.compact_target.difficulty().ok()?;
        let needed = difficulty.saturating_mul(U256::from(finality_blocks));
        let limit = self.tip.work.checked_sub(needed)?;
        let count = self.blocks.partition_point(|block| block.work <= limit);
        self.blocks.get(count.checked_sub(1)?).map(Block::id)
    }

    fn block(&self, number: u64) -> Option<&Block> {
        let first = self.blocks.front()?.header.number;
        self.blocks.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// Kept blocks up to the update's parent, which must be trusted and not below the final block.
    pub(super) fn ancestors_of(&self, update: &Update, params: &Params) -> Result<Vec<&Block>, Rejection> {
        let parent = update
            .headers
            .first()
            .map_or(Hash32::ZERO, |header| header.parent_hash);
        let place = self.blocks.iter().rposition(|block| block.hash == parent);
        let place = place.ok_or(Rejection::UnknownParent { parent })?;
        let ancestors: Vec<_> = self.blocks.iter().take(place.saturating_add(1)).collect();
        let height = ancestors.last().map_or(0, |block| block.header.number);
        match self.final_block(params) {
            Some(block) if height < block.height => Err(Rejection::ForksFinalBlock {
                height,
                final_height: block.height,
            }),
            _ => Ok(ancestors),
        }
    }

    /// Takes verified headers in, if their branch has the most work.
    pub fn advance(&mut self, verified: Verified) -> Result<Advance, StaleVerification> {
        let parent = verified.parent;
        let place = self.blocks.iter().rposition(|block| block.id() == parent);
        let Some(place) = place else {
            return Err(StaleVerification { parent });
        };
        let (Some(first), Some(last)) = (verified.blocks.first(), verified.blocks.last()) else {
            return Err(StaleVerification { parent });
        };
        let below_final = self
            .final_under(verified.finality_blocks)
            .is_some_and(|block| parent.height < block.height);
        if below_final {
            return Err(StaleVerification { parent });
        }
        if parent == self.tip() {
            self.replace_from(place, verified.blocks);
            return Ok(Advance::Extended);
        }
        if last.work <= self.tip.work {
            return Ok(Advance::Kept);
        }
        let Some(undone) = self.blocks.get(place.saturating_add(1)).map(Block::id) else {
            return Err(StaleVerification { parent });
        };
        let reorg = Reorg {
            common: parent,
            undone: Branch {
                first: undone,
                last: self.tip(),
            },
            new: Branch {
                first: first.id(),
                last: last.id(),
            },
        };
        self.replace_from(place, verified.blocks);
        Ok(Advance::Reorged(reorg))
    }

    /// Puts blocks behind the one at `place` and forgets the oldest beyond the limit.
    fn replace_from(&mut self, place: usize, blocks: Vec<Block>) {
        self.blocks.truncate(place.saturating_add(1));
        self.blocks.extend(blocks);
        let surplus = self.blocks.len().saturating_sub(MAX_BLOCKS);
        self.blocks.drain(..surplus);
        if let Some(tip) = self.blocks.back() {
            self.tip = tip.clone();
        }
    }
}
