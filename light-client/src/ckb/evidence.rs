//! Evidence of a broken assumption: two branches with valid proof of work, both deep enough to be final, that disagree on one block.
//!
//! ```text
//!            ┌─ first[0]  ─ … ─ first[n]     the work on top of first[0] makes it final
//!  trusted ──┤
//!            └─ second[0] ─ … ─ second[m]    so does the work on top of second[0]
//! ```
//! Neither branch accuses a signer: it shows that finality by work failed at this height, which halts the chain in the ledger. A lone header
//! proves nothing, because it chooses its own target; each branch must follow from the trusted header by all rules.

use alloc::vec::Vec;

use super::header::Header;
use super::params::Params;
use super::verify::{Rejection, TrustedState, Update, verify};
use crate::{BlockId, Evidence, UnixSeconds};

/// Two branches over one trusted header.
pub type ConflictingBranches = Evidence<Header, Vec<Header>>;

/// Two blocks of one height that were both final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// One of them.
    pub first: BlockId,
    /// The other.
    pub second: BlockId,
}

/// Why two branches are no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum EvidenceRejection {
    /// A branch breaks a rule.
    #[error("{0}")]
    Invalid(#[from] Rejection),
    /// Both branches have the same first block.
    #[error("both branches start with block {} at {}", block.hash, block.height)]
    NoConflict {
        /// That block.
        block: BlockId,
    },
    /// A branch's first block is not buried deep enough.
    #[error("block {} at {} is not final in its own branch", block.hash, block.height)]
    NotFinal {
        /// That block.
        block: BlockId,
    },
}

/// Judges evidence from nothing but itself, the network's parameters and a time. `trusted` is the header that the judge already trusts.
pub fn verify_evidence(
    evidence: &ConflictingBranches,
    params: &Params,
    now: UnixSeconds,
) -> Result<Conflict, EvidenceRejection> {
    let first = final_block_of(&evidence.trusted, &evidence.first, params, now)?;
    let second = final_block_of(&evidence.trusted, &evidence.second, params, now)?;
    if first == second {
        return Err(EvidenceRejection::NoConflict { block: first });
    }
    Ok(Conflict { first, second })
}

/// The first block of a valid branch, if the rest makes it final.
fn final_block_of(
    trusted: &Header,
    branch: &[Header],
    params: &Params,
    now: UnixSeconds,
) -> Result<BlockId, EvidenceRejection> {
    let mut state = TrustedState::anchored(trusted.clone(), params)?;
    let update = Update {
        headers: branch.to_vec(),
        uncles: None,
    };
    let verified = verify(&state, &update, params, now)?;
    let first = verified.headers().next().ok_or(Rejection::NoHeaders)?;
    let block = BlockId {
        height: first.number,
        hash: first.hash(),
    };
    let not_final = EvidenceRejection::NotFinal { block };
    if state.advance(verified).is_err() {
        return Err(not_final);
    }
    match state.final_block(params) {
        Some(reached) if reached.height >= block.height => Ok(block),
        _ => Err(not_final),
    }
}
