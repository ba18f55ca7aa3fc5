//! Blocks above the tip that are not decided: proposed, judged, synced, parked. What a peer can make this replica keep is bounded here.
//!
//! | kept | of which height | at most | durable |
//! |---|---|---|---|
//! | proposed | the next | 2 a round, by the round's proposer | yes, before anybody hears of it |
//! | synced | the next | 4, the oldest leaves | no: after a crash it is synced again |
//! | parked | up to 4 above the next | 2 a signer, members of the current set only | no |
//!
//! Two blocks of one round are kept since two convict their proposer; a third adds nothing.
//!
//! Specification: `spec/relayer.md`, Replica.

use std::collections::{BTreeMap, VecDeque};

use wire::{
    block::Block,
    consensus::Proposal,
    evidence::Evidence,
    signature::Signed,
    types::{Address, Hash},
};

use crate::{application::Undecided, misbehaviour, part::Received};

/// Most proposals taken for one round.
const PROPOSALS_PER_ROUND: usize = 2;
/// Most synced blocks kept.
const SYNCED: usize = 4;
/// Most blocks that one signer may have parked.
const PARKED_PER_SIGNER: usize = 2;
/// How far above the next height a block is parked.
pub(crate) const HEIGHTS_AHEAD: u64 = 4;

/// A proposal with its block, both checked as far as that goes without the parent's state.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) signed: Signed<Proposal>,
    pub(crate) received: Received,
}

/// See the module's head.
#[derive(Debug, Default)]
pub(crate) struct Held {
    proposed: Vec<Undecided>,
    synced: VecDeque<Block>,
    parked: Vec<Waiting>,
    proposals: BTreeMap<u32, Vec<Signed<Proposal>>>,
}

impl Held {
    /// What the store kept over a restart.
    pub(crate) fn restored(proposed: Vec<Undecided>) -> Self {
        Self {
            proposed,
            ..Self::default()
        }
    }

    /// Whether this very proposal was taken already.
    pub(crate) fn has(&self, proposal: &Proposal) -> bool {
        self.proposed.iter().any(|one| {
            one.block.header.height == proposal.height
                && one.round == proposal.round
                && one.pol_round == proposal.pol_round
                && one.block.header.block_id() == proposal.block_id
        })
    }

    /// Whether nothing is held for the next height.
    pub(crate) fn is_empty(&self) -> bool {
        self.proposed.is_empty()
    }

    /// All proposed for a round of the next height.
    pub(crate) fn of_round(&self, round: u32) -> impl Iterator<Item = &Undecided> {
        self.proposed.iter().filter(move |one| one.round == round)
    }

    /// The block with an id.
    pub(crate) fn named(&self, block_id: Hash) -> Option<&Block> {
        let proposed = self.proposed.iter().map(|one| &one.block);
        let mut all = proposed.chain(&self.synced);
        all.find(|block| block.header.block_id() == block_id)
    }

    /// Counts a proposal of its round's proposer: none when there is no room, else the evidence that it makes with an earlier one.
    pub(crate) fn count(&mut self, signed: Signed<Proposal>) -> Option<Option<Evidence>> {
        let of_round = self.proposals.entry(signed.statement.round).or_default();
        if of_round.len() >= PROPOSALS_PER_ROUND {
            return None;
        }
        let first = of_round.first().copied();
        of_round.push(signed);
        Some(first.and_then(|first| misbehaviour::of_proposals(&first, &signed)))
    }

    /// Keeps a proposed block, which is durable by now.
    pub(crate) fn keep(&mut self, undecided: Undecided) {
        self.proposed.push(undecided);
    }

    /// Keeps a synced block.
    pub(crate) fn keep_synced(&mut self, block: Block) {
        if self.synced.len() >= SYNCED {
            self.synced.pop_front();
        }
        self.synced.push_back(block);
    }

    /// Whether a signer may park one more.
    pub(crate) fn may_park(&self, signer: Address) -> bool {
        let parked = self.parked.iter();
        let parked = parked.filter(|one| one.received.proposer() == signer);
        parked.count() < PARKED_PER_SIGNER
    }

    /// Parks a block until its parent is applied.
    pub(crate) fn park(&mut self, waiting: Waiting) {
        self.parked.push(waiting);
    }

    /// Takes out what was parked for heights up to the next.
    pub(crate) fn unpark(&mut self, next: u64) -> Vec<Waiting> {
        let parked = std::mem::take(&mut self.parked);
        let (due, later) = parked
            .into_iter()
            .partition(|one| one.signed.statement.height <= next);
        self.parked = later;
        due
    }

    /// Forgets all that a decided height has settled; what is parked stays.
    pub(crate) fn forget(&mut self) {
        self.proposed.clear();
        self.synced.clear();
        self.proposals.clear();
    }
}
