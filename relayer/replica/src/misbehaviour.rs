//! What the engine saw of two statements by one attester, as evidence that ledger and vault judge alike.
//!
//! | the engine's pair | evidence |
//! |---|---|
//! | two proposals of one (height, round) | `ConflictingProposals` |
//! | two precommits of one (height, round) for different blocks | `DoublePrecommit` |
//! | anything with a prevote or with nil | none: no honest rule is broken that moves money |
//!
//! The engine checked the signatures; [`wire::evidence`] judges again wherever evidence is used.
//!
//! Specification: `DESIGN.md`, Identities and formats (Evidence).

use arc_malachitebft_core_consensus::MisbehaviorEvidence;
use arc_malachitebft_core_types::{SignedMessage, VoteType};
use wire::{
    consensus::{Precommit, Proposal},
    evidence::{ConflictingProposals, DoublePrecommit, Evidence, precommits_conflict, proposals_conflict},
    signature::Signed,
};

use crate::{
    context::{self, Context},
    signing::proposal_statement,
};

/// Evidence in what the engine collected over a height.
pub(crate) fn evidence_of(seen: &MisbehaviorEvidence<Context>) -> Vec<Evidence> {
    let voters = seen.votes.iter().flat_map(|(_, pairs)| pairs);
    let votes = voters.filter_map(|(first, second)| of_precommits(&precommit(first)?, &precommit(second)?));
    let proposers = seen.proposals.iter().flat_map(|(_, pairs)| pairs);
    let proposals =
        proposers.filter_map(|(first, second)| of_proposals(&proposal(first)?, &proposal(second)?));
    votes.chain(proposals).collect()
}

/// Evidence in two proposals of one signer.
pub(crate) fn of_proposals(first: &Signed<Proposal>, second: &Signed<Proposal>) -> Option<Evidence> {
    proposals_conflict(&first.statement, &second.statement)?;
    Some(Evidence::Proposals(ConflictingProposals {
        first: *first,
        second: *second,
    }))
}

/// Evidence in two precommits of one signer.
pub(crate) fn of_precommits(first: &Signed<Precommit>, second: &Signed<Precommit>) -> Option<Evidence> {
    precommits_conflict(&first.statement, &second.statement)?;
    Some(Evidence::DoublePrecommit(DoublePrecommit {
        first: *first,
        second: *second,
    }))
}

fn precommit(vote: &SignedMessage<Context, context::Vote>) -> Option<Signed<Precommit>> {
    (vote.kind == VoteType::Precommit).then_some(())?;
    Some(Signed {
        statement: Precommit {
            height: vote.height.0,
            round: vote.round.as_u32()?,
            block_id: vote.block_id(),
        },
        signature: vote.signature,
    })
}

fn proposal(signed: &SignedMessage<Context, context::Proposal>) -> Option<Signed<Proposal>> {
    Some(Signed {
        statement: proposal_statement(&signed.message)?,
        signature: signed.signature,
    })
}
