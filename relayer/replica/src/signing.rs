//! Signing and checking: 65-byte recoverable secp256k1 over EIP-712 digests, behind one seam for keys.
//!
//! ```text
//! engine ─ vote, proposal ─► Ballot { statement, header } ─► Signer (guard, then key) ─► r ‖ s ‖ v
//! engine ◄─ valid / invalid ── the address recovered from r ‖ s ‖ v is the voter's (low s, v 27 or 28: the contracts' law)
//! ```
//! A precommit for a block goes to the signer with the block's header, which the guard needs to weigh it against precommits of other
//! rounds. The header comes from [`KnownHeaders`]: the blocks this replica holds. A precommit for an unknown block is refused, and a
//! refusal stops the engine: intended, since signing on would risk evidence against this key.
//!
//! Not guaranteed: that the signer guards; crate `keys` puts the guard in front of each of its signers. Vote extensions and validator
//! proofs are off: nothing signs them and none verifies.
//!
//! Specification: `DESIGN.md`, Identities and formats (Evidence); `spec/relayer.md`, Replica.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_malachitebft_core_types::{
    NilOrVal, SignedMessage, SigningScheme, ValidatorProof, VoteExtensionScope, VoteType,
};
use arc_malachitebft_signing as engine;
use async_trait::async_trait;
use bytes::Bytes;
use engine::VerificationResult;
use wire::{
    consensus::{Header, Precommit, Prevote, Proposal as SignedProposal},
    eip712::{Digest, Domain, Statement as _},
    encoding::DecodeError,
    evidence::Guarded,
    signature::Signature,
    types::{Address, Hash},
};

use crate::context::{Attester, BlockId, Context, Proposal, Vote};

/// The signing scheme: the address stands for the public key, and private keys stay behind [`Signer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverableSecp256k1;

impl SigningScheme for RecoverableSecp256k1 {
    type DecodingError = DecodeError;
    type Signature = Signature;
    type PublicKey = Attester;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Signature, DecodeError> {
        wire::encoding::Canonical::decode(bytes)
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<Attester, DecodeError> {
        wire::encoding::Canonical::decode(bytes).map(Attester)
    }

    fn encode_public_key(key: &Attester) -> Vec<u8> {
        key.0.0.to_vec()
    }
}

/// What consensus asks a key to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ballot {
    /// A vote in the first step.
    Prevote(Prevote),
    /// A precommit for nil.
    NilPrecommit(Precommit),
    /// A precommit for a block.
    Precommit {
        /// The round.
        round: u32,
        /// What is committed.
        header: Header,
    },
    /// A block proposed for a round.
    Proposal(SignedProposal),
}

impl Ballot {
    /// What is signed in `domain`.
    pub fn digest(&self, domain: &Domain) -> Digest {
        match self {
            Self::Prevote(prevote) => prevote.digest(domain),
            Self::NilPrecommit(precommit) => precommit.digest(domain),
            Self::Precommit { round, header } => header.precommit(*round).digest(domain),
            Self::Proposal(proposal) => proposal.digest(domain),
        }
    }

    /// What the sign guard weighs by [`wire::evidence::would_conflict`]; none for what can never be evidence.
    pub fn guarded(&self) -> Option<Guarded> {
        match self {
            Self::Prevote(_) | Self::NilPrecommit(_) => None,
            Self::Precommit { round, header } => Some(Guarded::Precommit {
                round: *round,
                header: *header,
            }),
            Self::Proposal(proposal) => Some(Guarded::Proposal(*proposal)),
        }
    }
}

/// Why a ballot was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningRefused {
    /// The guard, the key store or the device refused.
    #[error("the signer refused: {reason}")]
    Signer {
        /// Its words.
        reason: String,
    },
    /// The block to be committed is not among those this replica holds.
    #[error("block {block_id} is not known here")]
    UnknownBlock {
        /// The block.
        block_id: Hash,
    },
    /// Consensus asked for a statement outside a defined round.
    #[error("the round is not defined")]
    UndefinedRound,
    /// Vote extensions and validator proofs are off.
    #[error("{kind} are not signed in this network")]
    Disabled {
        /// What was asked for.
        kind: &'static str,
    },
}

/// A key with the guard in front. May block: it is called off the runtime's own threads.
pub trait Signer: Send + Sync + 'static {
    /// Whose key it is.
    fn address(&self) -> Address;

    /// Signs, once the guard has found no conflict and has written the statement down.
    ///
    /// # Errors
    /// [`SigningRefused::Signer`].
    fn sign(&self, ballot: &Ballot) -> Result<Signature, SigningRefused>;
}

/// Headers of the blocks that this replica holds and has not decided yet, by block id.
#[derive(Clone, Debug, Default)]
pub struct KnownHeaders(Arc<Mutex<BTreeMap<Hash, Header>>>);

impl KnownHeaders {
    /// Remembers a header.
    pub fn insert(&self, header: Header) {
        self.lock().insert(header.block_id(), header);
    }

    /// Forgets all headers up to a decided height.
    pub fn forget_to(&self, height: u64) {
        self.lock().retain(|_, header| header.height > height);
    }

    /// The header of a block.
    pub fn get(&self, block_id: Hash) -> Option<Header> {
        self.lock().get(&block_id).copied()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Hash, Header>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The statement that a vote signs.
pub fn vote_digest(vote: &Vote, domain: &Domain) -> Option<Digest> {
    let (height, round, block_id) = (vote.height.0, vote.round.as_u32()?, vote.block_id());
    Some(match vote.kind {
        VoteType::Prevote => Prevote {
            height,
            round,
            block_id,
        }
        .digest(domain),
        VoteType::Precommit => Precommit {
            height,
            round,
            block_id,
        }
        .digest(domain),
    })
}

/// The statement that a proposal signs.
pub fn proposal_statement(proposal: &Proposal) -> Option<SignedProposal> {
    Some(SignedProposal {
        height: proposal.height.0,
        round: proposal.round.as_u32()?,
        pol_round: proposal.pol_round.as_i64(),
        block_id: proposal.block.0,
    })
}

/// Checks signatures for the engine.
#[derive(Clone, Copy, Debug)]
pub struct Verifier {
    /// The network's.
    pub domain: Domain,
}

impl Verifier {
    fn is_signed(
        digest: Option<Digest>,
        signature: &Signature,
        claimed: &Attester,
        key: &Attester,
    ) -> VerificationResult {
        let recovered = digest.and_then(|digest| signature.recover(digest).ok());
        VerificationResult::from_bool(recovered == Some(key.0) && claimed == key)
    }
}

#[async_trait]
impl engine::Verifier<Context> for Verifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &Attester,
    ) -> Result<VerificationResult, engine::Error> {
        Ok(Self::is_signed(
            vote_digest(vote, &self.domain),
            signature,
            &vote.voter,
            key,
        ))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &Attester,
    ) -> Result<VerificationResult, engine::Error> {
        let digest = proposal_statement(proposal).map(|statement| statement.digest(&self.domain));
        Ok(Self::is_signed(digest, signature, &proposal.proposer, key))
    }

    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<Context>,
        _: &Bytes,
        _: &Signature,
        _: &Attester,
    ) -> Result<VerificationResult, engine::Error> {
        Ok(VerificationResult::Invalid)
    }

    async fn verify_validator_proof(
        &self,
        _: &ValidatorProof<Context>,
    ) -> Result<VerificationResult, engine::Error> {
        Ok(VerificationResult::Invalid)
    }
}

/// Hands the engine's votes and proposals to the [`Signer`].
pub struct EngineSigner {
    /// Guard and key.
    pub signer: Arc<dyn Signer>,
    /// The blocks that may be committed.
    pub headers: KnownHeaders,
}

impl EngineSigner {
    async fn sign(&self, ballot: Result<Ballot, SigningRefused>) -> Result<Signature, engine::Error> {
        let signer = self.signer.clone();
        let ballot = ballot.map_err(engine::Error::from_source)?;
        tokio::task::spawn_blocking(move || signer.sign(&ballot))
            .await
            .map_err(engine::Error::from_source)?
            .map_err(engine::Error::from_source)
    }

    fn ballot_of(&self, vote: &Vote) -> Result<Ballot, SigningRefused> {
        let round = vote.round.as_u32().ok_or(SigningRefused::UndefinedRound)?;
        let (height, block_id) = (vote.height.0, vote.block_id());
        match (vote.kind, vote.block) {
            (VoteType::Prevote, _) => Ok(Ballot::Prevote(Prevote {
                height,
                round,
                block_id,
            })),
            (VoteType::Precommit, NilOrVal::Nil) => Ok(Ballot::NilPrecommit(Precommit {
                height,
                round,
                block_id,
            })),
            (VoteType::Precommit, NilOrVal::Val(BlockId(block_id))) => {
                let header = self.headers.get(block_id);
                let header = header.filter(|header| header.height == height);
                let header = header.ok_or(SigningRefused::UnknownBlock { block_id })?;
                Ok(Ballot::Precommit { round, header })
            }
        }
    }
}

#[async_trait]
impl engine::Signer<Context> for EngineSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<Context, Vote>, engine::Error> {
        let signature = self.sign(self.ballot_of(&vote)).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(
        &self,
        proposal: Proposal,
    ) -> Result<SignedMessage<Context, Proposal>, engine::Error> {
        let statement = proposal_statement(&proposal).ok_or(SigningRefused::UndefinedRound);
        let signature = self.sign(statement.map(Ballot::Proposal)).await?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _: VoteExtensionScope<Context>,
        _: Bytes,
    ) -> Result<SignedMessage<Context, Bytes>, engine::Error> {
        Err(engine::Error::from_source(SigningRefused::Disabled {
            kind: "vote extensions",
        }))
    }

    async fn sign_validator_proof(
        &self,
        _: Vec<u8>,
        _: Vec<u8>,
    ) -> Result<ValidatorProof<Context>, engine::Error> {
        Err(engine::Error::from_source(SigningRefused::Disabled {
            kind: "validator proofs",
        }))
    }
}

#[cfg(test)]
mod tests;
