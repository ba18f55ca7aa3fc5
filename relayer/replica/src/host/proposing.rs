//! Proposes: a block of our own, the one built before a crash, or again one that a quorum has prevoted.
//!
//! Specification: `spec/relayer.md`, Replica.

use arc_malachitebft_core_consensus::LocallyProposedValue;
use arc_malachitebft_core_types::Round;
use tokio::sync::oneshot;
use tracing::error;
use wire::{block::Block, consensus::Proposal, encoding::Canonical as _};

use super::{Fault, Host, answer};
use crate::{
    application::{Application, BlockStore, Undecided},
    context::{Attester, BlockId, Context, Height},
    part::ProposedBlock,
    rules,
    signing::Ballot,
};

impl<A: Application, S: BlockStore> Host<A, S> {
    /// Builds a block for the round, or finds the one built before a crash, and signs it for the peers.
    pub(super) fn propose(
        &mut self,
        height: Height,
        round: Round,
        reply: oneshot::Sender<LocallyProposedValue<Context>>,
    ) -> Result<Option<ProposedBlock>, Fault> {
        let next = self.next();
        if height.0 != next {
            return Err(Fault::OutOfStep { got: height.0, next });
        }
        let number = round.as_u32().unwrap_or(0);
        let mine = |one: &&Undecided| one.proposer == self.me && one.pol_round < 0;
        let held = self.held.of_round(number).find(mine);
        let block = match held.map(|one| one.block.clone()) {
            Some(block) => block,
            None => self.build(number)?,
        };
        let id = BlockId(block.header.block_id());
        answer(reply, LocallyProposedValue::new(height, round, id));
        Ok(self.signed(number, Round::Nil, &block))
    }

    fn build(&mut self, round: u32) -> Result<Block, Fault> {
        let time_ms = rules::time_to_propose(&self.tip(), self.parts.clock.now_ms());
        let block = self.parts.application.prepare(time_ms)?;
        self.passed.insert(block.header.block_id());
        self.keep(Undecided {
            round,
            pol_round: -1,
            proposer: self.me,
            valid: true,
            block: block.clone(),
        })?;
        Ok(block)
    }

    pub(super) fn repropose(
        &self,
        height: Height,
        round: Round,
        pol_round: Round,
        id: BlockId,
    ) -> Option<ProposedBlock> {
        let number = round.as_u32()?;
        let is_mine = self.validators.proposer(height, number) == Attester(self.me);
        let block = self.held.named(id.0).filter(|_| is_mine)?;
        self.signed(number, pol_round, block)
    }

    fn signed(&self, round: u32, pol_round: Round, block: &Block) -> Option<ProposedBlock> {
        let proposal = Proposal {
            height: block.header.height,
            round,
            pol_round: pol_round.as_i64(),
            block_id: block.header.block_id(),
        };
        match self.parts.signer.sign(&Ballot::Proposal(proposal)) {
            Ok(signature) => Some(ProposedBlock::new(proposal, signature, block.encode())),
            Err(refusal) => {
                error!(%refusal, height = proposal.height, round, "proposal not signed");
                None
            }
        }
    }
}
