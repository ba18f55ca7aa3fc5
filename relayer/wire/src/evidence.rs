//! Evidence: two signed statements of one signer that no honest signer makes.
//!
//! | conflict | when |
//! |---|---|
//! | `AttestationContent` | attestations of one (chain, height, blockHash) that differ |
//! | `AttestationFork` | on a finalising chain, attestations of one (chain, height) with different blockHash |
//! | `Proposal` | two proposals of one (height, round) that differ |
//! | `PrecommitRound` | two non-nil precommits of one (height, round) with different blockId |
//! | `PrecommitFork` | two non-nil precommits of one height, any rounds, whose headers differ in parent, stateRoot, outboxRoot, setId or nextSet |
//!
//! Not evidence: the same statement signed twice; nil beside a block; prevotes; precommits of one height in different rounds whose
//! headers differ only in time or body (the engine may change its value between rounds, and neither moves money); on a chain without
//! finality, attestations of different blocks at one height (a reorganisation).
//!
//! Guarantees: an [`Offence`] names who signed both statements in this network. The sign guard asks [`would_conflict`] before the
//! key is used, by the same rules, so that a guarded key cannot make evidence against itself.
//!
//! Specification: `DESIGN.md`, Identities and formats (Evidence); `spec/relayer.md`, slashing.

use alloc::boxed::Box;

use crate::{
    attestation::Attestation,
    consensus::{Header, Precommit, Proposal},
    eip712::{Domain, Statement},
    encoding::{Listed, choice, records},
    signature::{SignatureError, Signed},
    types::{Address, ChainHeight, ChainId, Hash},
};

/// Whether a chain's final blocks can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finality {
    /// Never without a fault of the chain's own validators: Ethereum, Cosmos.
    Finalising,
    /// With enough work: CKB, Bitcoin.
    Probabilistic,
}

/// Which rule two statements break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
pub enum Conflict {
    /// One block, attested in two ways.
    AttestationContent,
    /// Two blocks at one height of a finalising chain.
    AttestationFork,
    /// Two proposals for one round.
    Proposal,
    /// Two blocks in one round.
    PrecommitRound,
    /// Two states at one height.
    PrecommitFork,
}

/// Whether two attestations of one signer conflict, on a chain of the given finality.
pub fn attestations_conflict(one: &Attestation, two: &Attestation, finality: Finality) -> Option<Conflict> {
    if one.chain != two.chain || one.height != two.height || one == two {
        return None;
    }
    if one.block_hash == two.block_hash {
        return Some(Conflict::AttestationContent);
    }
    match finality {
        Finality::Finalising => Some(Conflict::AttestationFork),
        Finality::Probabilistic => None,
    }
}

/// Whether two proposals of one signer conflict.
pub fn proposals_conflict(one: &Proposal, two: &Proposal) -> Option<Conflict> {
    if one.height != two.height || one.round != two.round {
        return None;
    }
    (one != two).then_some(Conflict::Proposal)
}

/// Whether two precommits of one signer conflict by themselves, whatever their headers say.
pub fn precommits_conflict(one: &Precommit, two: &Precommit) -> Option<Conflict> {
    if one.height != two.height || one.round != two.round {
        return None;
    }
    if one.block_id.is_zero() || two.block_id.is_zero() {
        return None;
    }
    (one.block_id != two.block_id).then_some(Conflict::PrecommitRound)
}

/// Whether precommits of one signer for these headers conflict, whatever their rounds.
pub fn headers_conflict(one: &Header, two: &Header) -> Option<Conflict> {
    if one.height != two.height {
        return None;
    }
    let state = |header: &Header| {
        (
            header.parent,
            header.state_root,
            header.outbox_root,
            header.set_id,
            header.next_set,
        )
    };
    (state(one) != state(two)).then_some(Conflict::PrecommitFork)
}

/// A statement that the sign guard weighs against what the key has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// An attestation, and the finality of its chain.
    Attestation(Attestation, Finality),
    /// A proposal.
    Proposal(Proposal),
    /// A precommit for a header in a round; nil precommits need no guard.
    Precommit {
        /// The round.
        round: u32,
        /// The header.
        header: Header,
    },
}

/// Whether signing `next` after `signed` would be evidence against the signer.
pub fn would_conflict(signed: &Guarded, next: &Guarded) -> Option<Conflict> {
    match (signed, next) {
        (Guarded::Attestation(one, _), Guarded::Attestation(two, finality)) => {
            attestations_conflict(one, two, *finality)
        }
        (Guarded::Proposal(one), Guarded::Proposal(two)) => proposals_conflict(one, two),
        (
            Guarded::Precommit { round, header },
            Guarded::Precommit {
                round: next_round,
                header: next_header,
            },
        ) => precommits_conflict(&header.precommit(*round), &next_header.precommit(*next_round))
            .or_else(|| headers_conflict(header, next_header)),
        _ => None,
    }
}

records! {
    /// Two attestations.
    #[derive(Copy)]
    pub struct ConflictingAttestations {
        /// One.
        pub first: Signed<Attestation>,
        /// The other.
        pub second: Signed<Attestation>,
    }

    /// Two proposals of one round.
    #[derive(Copy)]
    pub struct ConflictingProposals {
        /// One.
        pub first: Signed<Proposal>,
        /// The other.
        pub second: Signed<Proposal>,
    }

    /// Two precommits of one round.
    #[derive(Copy)]
    pub struct DoublePrecommit {
        /// One.
        pub first: Signed<Precommit>,
        /// The other.
        pub second: Signed<Precommit>,
    }

    /// Two precommits of one height, with the headers that they name.
    #[derive(Copy)]
    pub struct ForkingPrecommits {
        /// One.
        pub first: Signed<Precommit>,
        /// What it names.
        pub first_header: Header,
        /// The other.
        pub second: Signed<Precommit>,
        /// What it names.
        pub second_header: Header,
    }
}

choice! {
    /// Evidence as it is submitted; nothing has checked it yet.
    pub enum Evidence {
        /// See [`ConflictingAttestations`].
        0 => Attestations(ConflictingAttestations),
        /// See [`ConflictingProposals`].
        1 => Proposals(ConflictingProposals),
        /// See [`DoublePrecommit`].
        2 => DoublePrecommit(DoublePrecommit),
        /// See [`ForkingPrecommits`].
        3 => ForkingPrecommits(Box<ForkingPrecommits>),
    }
}

impl Listed for Evidence {
    /// Pieces of one block.
    const LIMIT: u32 = 64;
}

/// Why evidence convicts nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum EvidenceError {
    /// The network has no such chain.
    #[error("chain {chain} is not registered")]
    UnknownChain {
        /// The chain.
        chain: ChainId,
    },
    /// A header is not the one that the precommit names.
    #[error("the header is block {got}, the precommit names {expected}")]
    HeaderMismatch {
        /// The header's block id.
        got: Hash,
        /// What the precommit names.
        expected: Hash,
    },
    /// A header is of another height than the precommit that names it.
    #[error("the header is of height {got}, the precommit of {expected}")]
    HeightMismatch {
        /// The header's height.
        got: u64,
        /// The precommit's height.
        expected: u64,
    },
    /// The statements do not break a rule.
    #[error("the two statements do not conflict")]
    NoConflict,
    /// A signature is malformed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The statements are of two signers.
    #[error("signed by {first} and by {second}")]
    DifferentSigners {
        /// Who signed one.
        first: Address,
        /// Who signed the other.
        second: Address,
    },
}

/// Who broke which rule; only judging makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offence {
    offender: Address,
    conflict: Conflict,
    falsified: Option<ChainHeight>,
}

impl Offence {
    /// Whose key signed both statements. Whether it is or was an attester is for the caller to say.
    pub fn offender(&self) -> Address {
        self.offender
    }

    /// Which rule.
    pub fn conflict(&self) -> Conflict {
        self.conflict
    }

    /// Of which chain and height the offender attested falsely; none where the statements are no attestations.
    pub fn falsified(&self) -> Option<ChainHeight> {
        self.falsified
    }
}

impl Evidence {
    /// Judges the evidence in `domain`; `finality_of` knows the network's chains.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn judge(
        &self,
        domain: &Domain,
        finality_of: impl Fn(ChainId) -> Option<Finality>,
    ) -> Result<Offence, EvidenceError> {
        match self {
            Self::Attestations(ConflictingAttestations { first, second }) => {
                let chain = first.statement.chain;
                let finality = finality_of(chain).ok_or(EvidenceError::UnknownChain { chain })?;
                let conflict = attestations_conflict(&first.statement, &second.statement, finality);
                let height = first.statement.height;
                let offence = convict(domain, first, second, conflict)?;
                Ok(Offence {
                    falsified: Some(ChainHeight { chain, height }),
                    ..offence
                })
            }
            Self::Proposals(ConflictingProposals { first, second }) => convict(
                domain,
                first,
                second,
                proposals_conflict(&first.statement, &second.statement),
            ),
            Self::DoublePrecommit(DoublePrecommit { first, second }) => convict(
                domain,
                first,
                second,
                precommits_conflict(&first.statement, &second.statement),
            ),
            Self::ForkingPrecommits(pair) => pair.judge(domain),
        }
    }
}

impl ForkingPrecommits {
    fn judge(&self, domain: &Domain) -> Result<Offence, EvidenceError> {
        check_names(&self.first.statement, &self.first_header)?;
        check_names(&self.second.statement, &self.second_header)?;
        let conflict = headers_conflict(&self.first_header, &self.second_header);
        convict(domain, &self.first, &self.second, conflict)
    }
}

fn check_names(precommit: &Precommit, header: &Header) -> Result<(), EvidenceError> {
    if header.height != precommit.height {
        return Err(EvidenceError::HeightMismatch {
            got: header.height,
            expected: precommit.height,
        });
    }
    let got = header.block_id();
    if got != precommit.block_id {
        return Err(EvidenceError::HeaderMismatch {
            got,
            expected: precommit.block_id,
        });
    }
    Ok(())
}

/// Recovers both signers, only once the statements are known to conflict.
fn convict<T: Statement>(
    domain: &Domain,
    first: &Signed<T>,
    second: &Signed<T>,
    conflict: Option<Conflict>,
) -> Result<Offence, EvidenceError> {
    let conflict = conflict.ok_or(EvidenceError::NoConflict)?;
    let (first, second) = (first.recover(domain)?, second.recover(domain)?);
    if first != second {
        return Err(EvidenceError::DifferentSigners { first, second });
    }
    Ok(Offence {
        offender: first,
        conflict,
        falsified: None,
    })
}

#[cfg(test)]
mod tests;
