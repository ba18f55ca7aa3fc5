//! The sign guard: what a key has said is on the disk before it says more, and what would convict it is refused.
//!
//! ```text
//! statement ─► places ─► records there ─► would_conflict? ─ refuse
//!                                             └ no ─► new records, synced ─► Signer ─► signature by our address? ─► out
//! ```
//! | statement | places | record |
//! |---|---|---|
//! | attestation | (chain, height) and (chain, height, block) | the attestation |
//! | proposal | (height, round) | the proposal |
//! | precommit for a header | (height) and (height, round) | the header |
//! | all others, nil precommits too | none | none |
//!
//! One record per place suffices: at (chain, height) of a finalising chain, at a block and at a round all statements must be equal,
//! and at a height all headers must agree in what [`wire::evidence::headers_conflict`] compares, which the first one stands for.
//!
//! Guarantees: the rules are [`wire::evidence::would_conflict`]'s, so what passes is never evidence; a crash between the record and the
//! signature costs nothing, since the same statement passes again; a signature that is not by our address never leaves. Deviation: a
//! record holds the statement rather than its digest, because the rules compare contents.
//!
//! Specification: `spec/relayer.md`, Replica (sign guard); `DESIGN.md`, Evidence.

use std::sync::{Mutex, PoisonError};

use wire::{
    attestation::Attestation,
    command::{
        Checkpoint, CustodyLoss, Enact, Halt, HaltByOne, HealthReport, PriceReport, Propose, RegisterVault,
        ReorgStatement, Resume, Unstake, VaultPause,
    },
    consensus::{Header, Precommit, Prevote, Proposal},
    eip712::{Domain, Statement},
    encoding::{Canonical, DecodeError},
    evidence::{Conflict, Finality, Guarded, would_conflict},
    gossip::{Heartbeat, Reobserve},
    signature::{Signature, Signed},
    types::{Address, Hash},
};

use crate::{Signer, SignerError};

/// Where a guard keeps its records.
pub trait GuardStore: Send + Sync {
    /// What stands at a place.
    ///
    /// # Errors
    /// [`StoreError`].
    fn get(&self, place: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes all or none, and returns once they survive a loss of power.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_synced(&self, records: &[(Vec<u8>, Vec<u8>)]) -> Result<(), StoreError>;
}

/// A store fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sign guard store: {0}")]
pub struct StoreError(pub String);

/// Why the guard does not sign.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum GuardError {
    /// It would be evidence against the key.
    #[error("it conflicts with what was signed before: {conflict:?}")]
    Conflict {
        /// By which rule.
        conflict: Conflict,
    },
    /// A record does not decode.
    #[error("the record at 0x{place} is corrupt: {error}")]
    Corrupt {
        /// Where, in hex.
        place: String,
        /// Why.
        error: DecodeError,
    },
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signer fails.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The signature is not by the signer's address.
    #[error("the signer of {address} gave a signature of somebody else")]
    ForeignSignature {
        /// The signer's address.
        address: Address,
    },
}

/// A statement that no rule of evidence is about.
pub trait Harmless: Statement {}

macro_rules! harmless {
    ($($name:ident),+ $(,)?) => { $( impl Harmless for $name {} )+ };
}
harmless!(
    Checkpoint,
    CustodyLoss,
    Enact,
    Halt,
    HaltByOne,
    HealthReport,
    Heartbeat,
    Prevote,
    PriceReport,
    Propose,
    RegisterVault,
    Reobserve,
    ReorgStatement,
    Resume,
    Unstake,
    VaultPause,
);

/// A signer behind its records. See the module's head.
pub struct Guard<S, T> {
    signer: S,
    store: T,
    domain: Domain,
    /// Held from the look at the records to their writing.
    order: Mutex<()>,
}

impl<S: Signer, T: GuardStore> Guard<S, T> {
    /// Guards a signer in a network. The store must be this key's alone.
    pub fn new(signer: S, store: T, domain: Domain) -> Self {
        Self {
            signer,
            store,
            domain,
            order: Mutex::new(()),
        }
    }

    /// The address of the key.
    pub fn address(&self) -> Address {
        self.signer.address()
    }

    /// Signs what no rule of evidence is about.
    ///
    /// # Errors
    /// [`GuardError::Signer`], [`GuardError::ForeignSignature`].
    pub fn sign<M: Harmless>(&self, statement: M) -> Result<Signed<M>, GuardError> {
        self.sign_checked(statement)
    }

    /// Signs an attestation about a chain of this finality.
    ///
    /// # Errors
    /// [`GuardError`].
    pub fn sign_attestation(
        &self,
        attestation: Attestation,
        finality: Finality,
    ) -> Result<Signed<Attestation>, GuardError> {
        self.admit(&Guarded::Attestation(attestation, finality))?;
        self.sign_checked(attestation)
    }

    /// Signs a proposal.
    ///
    /// # Errors
    /// [`GuardError`].
    pub fn sign_proposal(&self, proposal: Proposal) -> Result<Signed<Proposal>, GuardError> {
        self.admit(&Guarded::Proposal(proposal))?;
        self.sign_checked(proposal)
    }

    /// Signs a precommit for a header.
    ///
    /// # Errors
    /// [`GuardError`].
    pub fn sign_precommit(&self, header: Header, round: u32) -> Result<Signed<Precommit>, GuardError> {
        self.admit(&Guarded::Precommit { round, header })?;
        self.sign_checked(header.precommit(round))
    }

    /// Signs a precommit for no block.
    ///
    /// # Errors
    /// [`GuardError::Signer`], [`GuardError::ForeignSignature`].
    pub fn sign_nil_precommit(&self, height: u64, round: u32) -> Result<Signed<Precommit>, GuardError> {
        let block_id = Hash::ZERO;
        self.sign_checked(Precommit {
            height,
            round,
            block_id,
        })
    }

    fn sign_checked<M: Statement>(&self, statement: M) -> Result<Signed<M>, GuardError> {
        let digest = statement.digest(&self.domain);
        let signature: Signature = self.signer.sign(digest)?;
        match signature.recover(digest) == Ok(self.address()) {
            true => Ok(Signed { statement, signature }),
            false => Err(GuardError::ForeignSignature {
                address: self.address(),
            }),
        }
    }

    /// Refuses a conflict; writes the records that are not there yet.
    fn admit(&self, next: &Guarded) -> Result<(), GuardError> {
        // A panic elsewhere leaves nothing half done: the records are written at once.
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing = Vec::new();
        for place in Place::all_of(next) {
            let key = place.encode();
            match self.store.get(&key)? {
                Some(bytes) => check(&place, next, &bytes)?,
                None => missing.push((key, record_of(next))),
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Ok(self.store.put_synced(&missing)?),
        }
    }
}

/// Where a record stands: a tag and the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Subject { chain: u32, height: u64 },
    Block { chain: u32, height: u64, hash: Hash },
    ProposalRound { height: u64, round: u32 },
    Height { height: u64 },
    PrecommitRound { height: u64, round: u32 },
}

impl Place {
    fn all_of(next: &Guarded) -> Vec<Self> {
        match *next {
            Guarded::Attestation(
                Attestation {
                    chain,
                    height,
                    block_hash: hash,
                    ..
                },
                _,
            ) => {
                let chain = chain.0;
                vec![
                    Self::Subject { chain, height },
                    Self::Block { chain, height, hash },
                ]
            }
            Guarded::Proposal(Proposal { height, round, .. }) => vec![Self::ProposalRound { height, round }],
            Guarded::Precommit { round, header } => {
                let height = header.height;
                vec![Self::Height { height }, Self::PrecommitRound { height, round }]
            }
        }
    }

    fn encode(&self) -> Vec<u8> {
        match *self {
            Self::Subject { chain, height } => (0_u8, chain, height).encode(),
            Self::Block { chain, height, hash } => (1_u8, chain, (height, hash)).encode(),
            Self::ProposalRound { height, round } => (2_u8, height, round).encode(),
            Self::Height { height } => (3_u8, height).encode(),
            Self::PrecommitRound { height, round } => (4_u8, height, round).encode(),
        }
    }
}

fn record_of(next: &Guarded) -> Vec<u8> {
    match next {
        Guarded::Attestation(attestation, _) => attestation.encode(),
        Guarded::Proposal(proposal) => proposal.encode(),
        Guarded::Precommit { round, header } => (*round, *header).encode(),
    }
}

fn read(next: &Guarded, bytes: &[u8]) -> Result<Guarded, DecodeError> {
    Ok(match next {
        Guarded::Attestation(_, finality) => Guarded::Attestation(Canonical::decode(bytes)?, *finality),
        Guarded::Proposal(_) => Guarded::Proposal(Canonical::decode(bytes)?),
        Guarded::Precommit { .. } => {
            let (round, header) = Canonical::decode(bytes)?;
            Guarded::Precommit { round, header }
        }
    })
}

fn check(place: &Place, next: &Guarded, bytes: &[u8]) -> Result<(), GuardError> {
    let signed = read(next, bytes).map_err(|error| GuardError::Corrupt {
        place: hex::encode(place.encode()),
        error,
    })?;
    match would_conflict(&signed, next) {
        Some(conflict) => Err(GuardError::Conflict { conflict }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
