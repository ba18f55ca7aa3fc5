//! Certificates: signatures of attesters, worth a quorum together, over one digest.
//!
//! ```text
//! signers strictly ascending · each a member of the set · Σ weight >= quorum · no signature after the quorum is met
//! ```
//! The law is the vault contract's, so that whatever passes here passes there, and a certificate of the same signers has one form.
//!
//! Guarantees: a [`ByQuorum`] statement and a [`Committed`] header carry the weight of more than two thirds of the named set. Not
//! guaranteed: that the set is the right one, which the caller decides (the set of the block that includes the certificate).
//! A vote has no [`QuorumStatement`], so that nil is never certified: headers are certified through [`BlockCertificate`] only.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/relayer.md`, Contracts.

use alloc::{collections::BTreeMap, vec::Vec};
use core::ops::Deref;

use crate::{
    attestation::Attestation,
    attesters::{AttesterSet, Member},
    command::{Checkpoint, CustodyLoss, Halt, Propose, RegisterVault, ReorgStatement, Resume},
    consensus::Header,
    eip712::{Digest, Domain, Statement},
    encoding::{Canonical, DecodeError, Listed, Reader, records},
    signature::{Signature, SignatureError},
    types::{Address, Hash},
};

/// Why a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum CertificateError {
    /// A signature is malformed.
    #[error("signature {index}: {error}")]
    Signature {
        /// Position of the signature.
        index: usize,
        /// What is wrong with it.
        error: SignatureError,
    },
    /// A signer is not of the set.
    #[error("signer {signer} is not a member of set {set_id}")]
    NotAMember {
        /// Who signed.
        signer: Address,
        /// The set.
        set_id: u32,
    },
    /// Somebody signed twice.
    #[error("signer {signer} stands twice")]
    DuplicateSigner {
        /// Who.
        signer: Address,
    },
    /// A signer stands behind one with a higher address.
    #[error("signer {signer} stands behind {previous}")]
    UnsortedSigners {
        /// Who.
        signer: Address,
        /// Who stands before.
        previous: Address,
    },
    /// Signatures go on after the quorum is met.
    #[error("signature {index} stands after the quorum is met")]
    SurplusSignature {
        /// Position of the signature.
        index: usize,
    },
    /// The signatures weigh too little.
    #[error("weight {weight} is below the quorum {quorum}")]
    BelowQuorum {
        /// Their weight.
        weight: u64,
        /// What is needed.
        quorum: u64,
    },
    /// The header is of another set.
    #[error("the header is of set {got}, not of set {expected}")]
    WrongSet {
        /// The header's `setId`.
        got: u32,
        /// The set that was to check it.
        expected: u32,
    },
}

/// Adds up the weight of signatures over `digest` by the law of the module's head.
fn weigh(digest: Digest, signatures: &[Signature], set: &AttesterSet) -> Result<u64, CertificateError> {
    let mut weight = 0_u64;
    let mut previous = None;
    for (index, signature) in signatures.iter().enumerate() {
        if weight >= set.quorum() {
            return Err(CertificateError::SurplusSignature { index });
        }
        let signer = signature
            .recover(digest)
            .map_err(|error| CertificateError::Signature { index, error })?;
        check_ascending(previous.replace(signer), signer)?;
        let share = set.weight_of(signer).ok_or(CertificateError::NotAMember {
            signer,
            set_id: set.id(),
        })?;
        weight = weight.saturating_add(u64::from(share));
    }
    match weight >= set.quorum() {
        true => Ok(weight),
        false => Err(CertificateError::BelowQuorum {
            weight,
            quorum: set.quorum(),
        }),
    }
}

fn check_ascending(previous: Option<Address>, signer: Address) -> Result<(), CertificateError> {
    match previous {
        Some(previous) if previous == signer => Err(CertificateError::DuplicateSigner { signer }),
        Some(previous) if previous > signer => Err(CertificateError::UnsortedSigners { signer, previous }),
        _ => Ok(()),
    }
}

/// Takes as many of the collected signatures as a certificate needs, in its order; none while they weigh too little.
///
/// The signatures must have been checked when they were collected: each by its signer, over one digest.
pub fn assemble(collected: &BTreeMap<Address, Signature>, set: &AttesterSet) -> Option<Vec<Signature>> {
    let mut weight = 0_u64;
    let mut taken = Vec::new();
    for Member {
        attester,
        weight: share,
    } in set.members()
    {
        if let Some(signature) = collected.get(attester) {
            taken.push(*signature);
            weight = weight.saturating_add(u64::from(*share));
        }
        if weight >= set.quorum() {
            return Some(taken);
        }
    }
    None
}

/// A statement that takes effect when a quorum says it.
pub trait QuorumStatement: Statement {}

impl QuorumStatement for Attestation {}
impl QuorumStatement for Checkpoint {}
impl QuorumStatement for CustodyLoss {}
impl QuorumStatement for Halt {}
impl QuorumStatement for Propose {}
impl QuorumStatement for RegisterVault {}
impl QuorumStatement for ReorgStatement {}
impl QuorumStatement for Resume {}

/// A statement with the signatures of a quorum, which nothing has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified<T> {
    /// What is said.
    pub statement: T,
    /// Strictly ascending by signer, none more than the quorum needs.
    pub signatures: Vec<Signature>,
}

/// A statement that a quorum of a set signed; only checking makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByQuorum<T> {
    statement: T,
    set_id: u32,
    weight: u64,
}

impl<T> ByQuorum<T> {
    /// The set that signed.
    pub fn set_id(&self) -> u32 {
        self.set_id
    }

    /// The weight that signed.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// The statement.
    pub fn into_statement(self) -> T {
        self.statement
    }
}

impl<T> Deref for ByQuorum<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.statement
    }
}

impl<T: QuorumStatement + Clone> Certified<T> {
    /// Checks that a quorum of `set` signed the statement in `domain`.
    ///
    /// # Errors
    /// [`CertificateError`]; never [`CertificateError::WrongSet`].
    pub fn verify(&self, domain: &Domain, set: &AttesterSet) -> Result<ByQuorum<T>, CertificateError> {
        let weight = weigh(self.statement.digest(domain), &self.signatures, set)?;
        Ok(ByQuorum {
            statement: self.statement.clone(),
            set_id: set.id(),
            weight,
        })
    }
}

impl<T: Canonical> Canonical for Certified<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.statement.encode_to(out);
        self.signatures.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            statement: T::decode_from(input)?,
            signatures: Canonical::decode_from(input)?,
        })
    }
}

impl Listed for Certified<Attestation> {
    /// Certificates of one block.
    const LIMIT: u32 = 10_000;
}

#[cfg(test)]
impl<T: crate::sample::Sample> crate::sample::Sample for Certified<T> {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        Self {
            statement: T::sample(rng),
            signatures: crate::sample::Sample::sample(rng),
        }
    }
}

records! {
    /// A header with the precommits of a quorum in one round, which nothing has checked yet.
    pub struct BlockCertificate {
        /// The header.
        pub header: Header,
        /// The round in which it was decided.
        pub round: u32,
        /// Over [`Header::precommit`]; strictly ascending by signer, none more than the quorum needs.
        pub signatures: Vec<Signature>,
    }
}

/// A header that a quorum of its set committed; only checking makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    header: Header,
    block_id: Hash,
}

impl Committed {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its block id.
    pub fn block_id(&self) -> Hash {
        self.block_id
    }
}

impl BlockCertificate {
    /// Checks that a quorum of `set`, which must be the header's, committed the header in `domain`.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn verify(&self, domain: &Domain, set: &AttesterSet) -> Result<Committed, CertificateError> {
        if self.header.set_id != set.id() {
            return Err(CertificateError::WrongSet {
                got: self.header.set_id,
                expected: set.id(),
            });
        }
        let precommit = self.header.precommit(self.round);
        weigh(precommit.digest(domain), &self.signatures, set)?;
        Ok(Committed {
            header: self.header,
            block_id: precommit.block_id,
        })
    }
}

#[cfg(test)]
mod tests;
