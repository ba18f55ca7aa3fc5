//! Judges blocks of others: whose turn it was, the rules of place and time, the application; keeps them with the verdict.
//!
//! Specification: `spec/relayer.md`, Replica.

use arc_malachitebft_core_consensus::ProposedValue;
use arc_malachitebft_core_types::{Round, Validity};
use arc_malachitebft_engine::host::SyncedValueOutcome;
use tracing::{debug, warn};
use wire::{block::Block, consensus::Proposal, types::Address};

use super::{Fault, Host};
use crate::{
    application::{Application, BlockStore, Undecided},
    context::{Attester, BlockId, Context, Height},
    held::{HEIGHTS_AHEAD, Waiting},
    part::{PartRejection, ProposedBlock},
    rules::{self, Origin},
};

/// How many rounds a proposed block may be ahead of the engine's.
pub(super) const ROUNDS_AHEAD: u32 = 8;

/// Why a proposed block is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub(super) enum NotAdmitted {
    /// It does not prove who proposed it, or what.
    #[error(transparent)]
    Part(#[from] PartRejection),
    /// The signer is no attester.
    #[error("{signer} is not a member of the set")]
    NotAMember { signer: Address },
    /// The signer has parked as many as it may.
    #[error("{signer} has parked as many blocks as it may")]
    TooManyParked { signer: Address },
    /// The round is far ahead.
    #[error("round {round} is too far ahead of {current}")]
    RoundAhead { round: u32, current: u32 },
    /// Somebody else's turn.
    #[error("round {round} is the turn of {expected}, not of {signer}")]
    NotItsTurn {
        signer: Address,
        expected: Address,
        round: u32,
    },
}

impl<A: Application, S: BlockStore> Host<A, S> {
    /// A proposed block from a peer: parked, refused, or judged and kept.
    pub(super) fn received(&mut self, part: ProposedBlock) -> Result<Option<ProposedValue<Context>>, Fault> {
        let (signed, next) = (part.proposal, self.next());
        let height = signed.statement.height;
        if height < next || height > next.saturating_add(HEIGHTS_AHEAD) || self.held.has(&signed.statement) {
            return Ok(None);
        }
        let checked = self
            .admit(&part)
            .and_then(|()| Ok(part.check(&self.parts.domain)?));
        let received = match checked {
            Ok(received) => received,
            Err(rejection) => {
                debug!(%rejection, height, "proposed block not admitted");
                return Ok(None);
            }
        };
        let waiting = Waiting { signed, received };
        if height == next {
            return self.take_in(&waiting);
        }
        self.held.park(waiting);
        Ok(None)
    }

    /// Whether who signed may make this replica look at the block: the round's proposer, or above the next height a member.
    pub(super) fn admit(&self, part: &ProposedBlock) -> Result<(), NotAdmitted> {
        let signer = part.proposer(&self.parts.domain)?;
        let Proposal { height, round, .. } = part.proposal.statement;
        if height == self.next() {
            return self.check_turn(signer, round);
        }
        if self.parts.application.attester_set().weight_of(signer).is_none() {
            return Err(NotAdmitted::NotAMember { signer });
        }
        match self.held.may_park(signer) {
            true => Ok(()),
            false => Err(NotAdmitted::TooManyParked { signer }),
        }
    }

    fn check_turn(&self, signer: Address, round: u32) -> Result<(), NotAdmitted> {
        if round > self.round.saturating_add(ROUNDS_AHEAD) {
            return Err(NotAdmitted::RoundAhead {
                round,
                current: self.round,
            });
        }
        let Attester(expected) = self.validators.proposer(Height(self.next()), round);
        match signer == expected {
            true => Ok(()),
            false => Err(NotAdmitted::NotItsTurn {
                signer,
                expected,
                round,
            }),
        }
    }

    /// Judges a block for the next height and keeps it with its verdict.
    pub(super) fn take_in(&mut self, waiting: &Waiting) -> Result<Option<ProposedValue<Context>>, Fault> {
        let (proposal, proposer) = (waiting.signed.statement, waiting.received.proposer());
        if proposal.height != self.next() || self.check_turn(proposer, proposal.round).is_err() {
            return Ok(None);
        }
        match self.held.count(waiting.signed) {
            None => return Ok(None),
            Some(None) => {}
            Some(Some(evidence)) => self.parts.application.accuse(evidence),
        }
        let block = waiting.received.block();
        let origin = Origin::of_pol_round(proposal.pol_round);
        let undecided = Undecided {
            round: proposal.round,
            pol_round: proposal.pol_round,
            proposer,
            valid: self.judge(block, origin).is_ok(),
            block: block.clone(),
        };
        let value = value_of(&undecided);
        self.keep(undecided).map(|()| Some(value))
    }

    pub(super) fn judge(&mut self, block: &Block, origin: Origin) -> Result<(), String> {
        let (tip, now_ms) = (self.tip(), self.parts.clock.now_ms());
        let set_id = self.parts.application.attester_set().id();
        if let Err(rejection) = rules::check(&block.header, &tip, set_id, origin, now_ms) {
            warn!(%rejection, height = block.header.height, "block out of place");
            return Err(rejection.to_string());
        }
        let block_id = block.header.block_id();
        if self.passed.contains(&block_id) {
            return Ok(());
        }
        if let Err(refusal) = self.parts.application.validate(block) {
            warn!(%refusal, height = block.header.height, "block refused");
            return Err(refusal.to_string());
        }
        self.passed.insert(block_id);
        Ok(())
    }

    /// Makes a block durable before anybody hears of it.
    pub(super) fn keep(&mut self, undecided: Undecided) -> Result<(), Fault> {
        self.parts.store.put_undecided(&undecided)?;
        if undecided.valid {
            self.parts.headers.insert(undecided.block.header);
        }
        self.held.keep(undecided);
        Ok(())
    }

    /// A block that a peer sent with its certificate, which the engine has checked.
    pub(super) fn synced(
        &mut self,
        height: Height,
        round: Round,
        proposer: Attester,
        bytes: &[u8],
    ) -> SyncedValueOutcome<Context> {
        if height.0 != self.next() {
            return SyncedValueOutcome::LocalTransientError;
        }
        let block = match Block::from_bytes(bytes) {
            Ok(block) if block.header.height == height.0 => block,
            _ => return SyncedValueOutcome::PeerFault,
        };
        let undecided = Undecided {
            round: round.as_u32().unwrap_or(0),
            pol_round: -1,
            proposer: proposer.0,
            valid: self.judge(&block, Origin::Synced).is_ok(),
            block,
        };
        let value = value_of(&undecided);
        self.parts.headers.insert(undecided.block.header);
        self.held.keep_synced(undecided.block);
        SyncedValueOutcome::Verdict(value)
    }
}

/// What the engine is told about a block.
pub(super) fn value_of(undecided: &Undecided) -> ProposedValue<Context> {
    ProposedValue {
        height: Height(undecided.block.header.height),
        round: Round::new(undecided.round),
        valid_round: u32::try_from(undecided.pol_round).ok().into(),
        proposer: Attester(undecided.proposer),
        value: BlockId(undecided.block.header.block_id()),
        validity: match undecided.valid {
            true => Validity::Valid,
            false => Validity::Invalid,
        },
    }
}
