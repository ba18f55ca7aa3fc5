//! A proposed block as it travels: the proposer's signed proposal and the whole block in one message.
//!
//! ```text
//! ProposedBlock = Proposal { height, round, polRound, blockId } ‖ signature ‖ block bytes (<= 1 MiB)
//! accepted: recover(signature) is the round's proposer · the block decodes · its header's hash is blockId · its height is the proposal's
//! ```
//! The engine knows proposals as streams of parts. Ours have one part: a block is small (1 MiB), and one message that proves itself needs
//! no reassembly, no half-finished streams to bound, and no trust in who relayed it. The proposal in it is the statement that the proposer
//! signs anyway, so that it adds no signature that could conflict.
//!
//! Guarantees: a [`Received`] block was proposed by the attester in it, for the round in it. Not guaranteed: whose turn it was and what
//! the block says; both need the state after the parent.
//!
//! Specification: `spec/relayer.md`, Replica; `spec/parameters.md`, block.

use wire::{
    block::{Block, BlockError, MAX_BLOCK_BYTES},
    consensus::{Header, Proposal},
    eip712::Domain,
    encoding::{Canonical, DecodeError, Reader},
    signature::{Signature, SignatureError, Signed},
    types::{Address, Hash},
};

/// Longest encoding: the proposal, its signature, a length and the block.
pub const MAX_PART_BYTES: usize = MAX_BLOCK_BYTES + 256;

/// A byte string no longer than a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockBytes(pub Vec<u8>);

impl Canonical for BlockBytes {
    fn encode_to(&self, out: &mut Vec<u8>) {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX).encode_to(out);
        out.extend_from_slice(&self.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let limit = u32::try_from(MAX_BLOCK_BYTES).unwrap_or(u32::MAX);
        let length = input.count(limit)?;
        input.bytes(length).map(|bytes| Self(bytes.to_vec()))
    }
}

/// See the module's head; nothing has checked it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedBlock {
    /// What the proposer signed.
    pub proposal: Signed<Proposal>,
    /// The block's encoding.
    pub block: BlockBytes,
}

impl Canonical for ProposedBlock {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.proposal.encode_to(out);
        self.block.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            proposal: Canonical::decode_from(input)?,
            block: Canonical::decode_from(input)?,
        })
    }
}

/// Why a proposed block is not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum PartRejection {
    /// The signature is malformed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// `polRound` is neither -1 nor a round before the proposal's.
    #[error("polRound {got} does not precede round {round}")]
    PolRound {
        /// The claim.
        got: i64,
        /// The proposal's round.
        round: u32,
    },
    /// The bytes are no block.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The block is not the one that the proposal names.
    #[error("the block is {got}, the proposal names {expected}")]
    WrongBlock {
        /// The block's id.
        got: Hash,
        /// The proposal's.
        expected: Hash,
    },
    /// The block is of another height than its proposal.
    #[error("the block is of height {got}, the proposal of {expected}")]
    WrongHeight {
        /// The block's height.
        got: u64,
        /// The proposal's.
        expected: u64,
    },
}

/// A proposed block whose proposer and name were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    proposer: Address,
    proposal: Proposal,
    block: Block,
}

impl Received {
    /// Whose signature the proposal carries.
    pub fn proposer(&self) -> Address {
        self.proposer
    }

    /// What was signed.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// The block.
    pub fn block(&self) -> &Block {
        &self.block
    }
}

impl ProposedBlock {
    /// Puts a block beside its signed proposal.
    pub fn new(proposal: Proposal, signature: Signature, block: Vec<u8>) -> Self {
        Self {
            proposal: Signed {
                statement: proposal,
                signature,
            },
            block: BlockBytes(block),
        }
    }

    /// The attester who signed the proposal; cheaper than [`Self::check`].
    ///
    /// # Errors
    /// [`PartRejection::Signature`].
    pub fn proposer(&self, domain: &Domain) -> Result<Address, PartRejection> {
        Ok(self.proposal.recover(domain)?)
    }

    /// Checks the module head's rules but whose turn it was.
    ///
    /// # Errors
    /// [`PartRejection`].
    pub fn check(&self, domain: &Domain) -> Result<Received, PartRejection> {
        let proposal = self.proposal.statement;
        let proposer = self.proposer(domain)?;
        check_pol_round(&proposal)?;
        let block = Block::from_bytes(&self.block.0)?;
        check_names(&proposal, &block.header)?;
        Ok(Received {
            proposer,
            proposal,
            block,
        })
    }
}

fn check_pol_round(proposal: &Proposal) -> Result<(), PartRejection> {
    match (-1..i64::from(proposal.round)).contains(&proposal.pol_round) {
        true => Ok(()),
        false => Err(PartRejection::PolRound {
            got: proposal.pol_round,
            round: proposal.round,
        }),
    }
}

fn check_names(proposal: &Proposal, header: &Header) -> Result<(), PartRejection> {
    let got = header.block_id();
    if got != proposal.block_id {
        return Err(PartRejection::WrongBlock {
            got,
            expected: proposal.block_id,
        });
    }
    if header.height != proposal.height {
        return Err(PartRejection::WrongHeight {
            got: header.height,
            expected: proposal.height,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
