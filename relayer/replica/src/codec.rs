//! Bytes of every message that consensus sends, answers or writes down.
//!
//! ```text
//! consensus   00 vote | 01 proposal                                  vote     = kind ‖ height ‖ round ‖ blockId ‖ voter ‖ signature
//! liveness    00 vote | 01 polka | 02 round certificate              proposal = height ‖ round ‖ polRound ‖ blockId ‖ proposer ‖ signature
//! block       a proposed block (part.rs) in the engine's envelope of one part
//! status      tip ‖ lowest height kept
//! request     from ‖ to                 response  start ‖ values: block bytes, round, signatures
//! log entry   vote or proposal as above | value | polka
//! ```
//! The encoding is `wire`'s canonical one: big-endian, counted lists with limits, nothing left over. Each message has one byte string.
//!
//! Guarantees: no input panics; memory grows only with bytes already read; every list and byte string is bounded before it is read
//! ([`limit`]). Not guaranteed: signatures, membership, sense, which the engine and [`crate::host`] judge.
//!
//! Specification: `spec/relayer.md`, Replica.

use arc_malachitebft_codec::{Codec, HasEncodedLen};
use arc_malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use arc_malachitebft_core_types::{
    PolkaCertificate, PolkaSignature, Round, RoundCertificate, RoundCertificateType, RoundSignature,
    SignedMessage, VoteType,
};
use arc_malachitebft_engine::{
    network::Status as OwnStatus,
    util::streaming::{StreamContent, StreamId, StreamMessage},
};
use arc_malachitebft_sync::{Request, Response, Status};
use bytes::Bytes;
use wire::{
    block::MAX_BLOCK_BYTES,
    encoding::{Canonical, DecodeError, Listed, Reader},
    signature::Signature,
    types::{Address, Hash},
};

use crate::{
    context::{Attester, BlockId, Context, Height, Proposal, Vote, nil_or},
    part::{MAX_PART_BYTES, ProposedBlock},
};

/// Most bytes of a message of each kind.
pub mod limit {
    use super::{MAX_BLOCK_BYTES, MAX_PART_BYTES};

    /// A vote or proposal.
    pub const CONSENSUS: usize = 256;
    /// A vote or certificate that is sent again: at most 128 signatures.
    pub const LIVENESS: usize = 32 << 10;
    /// A proposed block.
    pub const BLOCK: usize = MAX_PART_BYTES;
    /// A status.
    pub const STATUS: usize = 16;
    /// A range request.
    pub const REQUEST: usize = 16;
    /// Decided blocks with their certificates.
    pub const RESPONSE: usize = 4 * MAX_BLOCK_BYTES;
    /// Most heights that one request asks for and one response answers.
    pub const HEIGHTS: u64 = 64;
}

/// Implements [`Canonical`] field by field.
macro_rules! records {
    ($( $(#[$meta:meta])* struct $name:ident { $( $field:ident : $ty:ty, )* } )+) => {$(
        $(#[$meta])*
        struct $name { $( $field: $ty, )* }

        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                $( self.$field.encode_to(out); )*
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $( $field: Canonical::decode_from(input)?, )* })
            }
        }
    )+};
}

records! {
    struct VoteBytes { kind: u8, height: u64, round: u32, block_id: Hash, voter: Address, signature: Signature, }
    struct ProposalBytes { height: u64, round: u32, pol_round: i64, block_id: Hash, proposer: Address, signature: Signature, }
    struct Seal { signer: Address, signature: Signature, }
    struct SealsBytes { height: u64, round: u32, block_id: Hash, seals: Vec<Seal>, }
    struct RoundVote { kind: u8, block_id: Hash, signer: Address, signature: Signature, }
    struct RoundBytes { height: u64, kind: u8, round: u32, votes: Vec<RoundVote>, }
}

impl Listed for Seal {
    /// One per member of the largest set.
    const LIMIT: u32 = 64;
}

impl Listed for RoundVote {
    /// A prevote and a precommit per member of the largest set.
    const LIMIT: u32 = 128;
}

const PREVOTE: u8 = 0;
const PRECOMMIT: u8 = 1;

fn vote_type(code: u8) -> Result<VoteType, DecodeError> {
    match code {
        PREVOTE => Ok(VoteType::Prevote),
        PRECOMMIT => Ok(VoteType::Precommit),
        code => Err(DecodeError::UnknownCode {
            code,
            of: "vote type",
        }),
    }
}

fn vote_code(kind: VoteType) -> u8 {
    match kind {
        VoteType::Prevote => PREVOTE,
        VoteType::Precommit => PRECOMMIT,
    }
}

/// A defined round; the engine never sends an undefined one here.
fn round_number(round: Round) -> Result<u32, DecodeError> {
    round.as_u32().ok_or(DecodeError::Invalid { of: "round" })
}

fn optional_round(number: i64) -> Result<Round, DecodeError> {
    match u32::try_from(number) {
        Ok(round) => Ok(Round::new(round)),
        Err(_) if number == -1 => Ok(Round::Nil),
        Err(_) => Err(DecodeError::Invalid { of: "round" }),
    }
}

fn named(block_id: Hash) -> Result<BlockId, DecodeError> {
    match block_id.is_zero() {
        true => Err(DecodeError::Invalid { of: "block id" }),
        false => Ok(BlockId(block_id)),
    }
}

mod history;

/// A message of the engine that has bytes here.
trait Message: Sized {
    const LIMIT: usize;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError>;

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

type SignedVote = SignedMessage<Context, Vote>;
type SignedProposal = SignedMessage<Context, Proposal>;

impl Message for SignedVote {
    const LIMIT: usize = limit::CONSENSUS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        VoteBytes {
            kind: vote_code(self.kind),
            height: self.height.0,
            round: round_number(self.round)?,
            block_id: self.block_id(),
            voter: self.voter.0,
            signature: self.signature,
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = VoteBytes::decode_from(input)?;
        let vote = Vote {
            kind: vote_type(read.kind)?,
            height: Height(read.height),
            round: Round::new(read.round),
            block: nil_or(read.block_id),
            voter: Attester(read.voter),
        };
        Ok(Self::new(vote, read.signature))
    }
}

impl Message for SignedProposal {
    const LIMIT: usize = limit::CONSENSUS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        ProposalBytes {
            height: self.height.0,
            round: round_number(self.round)?,
            pol_round: self.pol_round.as_i64(),
            block_id: self.block.0,
            proposer: self.proposer.0,
            signature: self.signature,
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = ProposalBytes::decode_from(input)?;
        let proposal = Proposal {
            height: Height(read.height),
            round: Round::new(read.round),
            pol_round: optional_round(read.pol_round)?,
            block: named(read.block_id)?,
            proposer: Attester(read.proposer),
        };
        Ok(Self::new(proposal, read.signature))
    }
}

impl Message for SignedConsensusMsg<Context> {
    const LIMIT: usize = limit::CONSENSUS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        match self {
            Self::Vote(vote) => {
                out.push(0);
                vote.write(out)
            }
            Self::Proposal(proposal) => {
                out.push(1);
                proposal.write(out)
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode_from(input)? {
            0 => SignedVote::read(input).map(Self::Vote),
            1 => SignedProposal::read(input).map(Self::Proposal),
            code => Err(DecodeError::UnknownCode {
                code,
                of: "consensus message",
            }),
        }
    }
}

impl Message for PolkaCertificate<Context> {
    const LIMIT: usize = limit::LIVENESS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let seals = self.polka_signatures.iter().map(|one| Seal {
            signer: one.address.0,
            signature: one.signature,
        });
        SealsBytes {
            height: self.height.0,
            round: round_number(self.round)?,
            block_id: self.value_id.0,
            seals: seals.collect(),
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = SealsBytes::decode_from(input)?;
        let seals = read.seals.into_iter();
        Ok(Self {
            height: Height(read.height),
            round: Round::new(read.round),
            value_id: named(read.block_id)?,
            polka_signatures: seals
                .map(|seal| PolkaSignature::new(Attester(seal.signer), seal.signature))
                .collect(),
        })
    }
}

impl Message for RoundCertificate<Context> {
    const LIMIT: usize = limit::LIVENESS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let votes = self.round_signatures.iter().map(|one| RoundVote {
            kind: vote_code(one.vote_type),
            block_id: match one.value_id {
                arc_malachitebft_core_types::NilOrVal::Nil => Hash::ZERO,
                arc_malachitebft_core_types::NilOrVal::Val(id) => id.0,
            },
            signer: one.address.0,
            signature: one.signature,
        });
        RoundBytes {
            height: self.height.0,
            kind: match self.cert_type {
                RoundCertificateType::Skip => 0,
                RoundCertificateType::Precommit => 1,
            },
            round: round_number(self.round)?,
            votes: votes.collect(),
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = RoundBytes::decode_from(input)?;
        let mut round_signatures = Vec::new();
        for vote in read.votes {
            round_signatures.push(RoundSignature::new(
                vote_type(vote.kind)?,
                nil_or(vote.block_id),
                Attester(vote.signer),
                vote.signature,
            ));
        }
        Ok(Self {
            height: Height(read.height),
            round: Round::new(read.round),
            cert_type: match read.kind {
                0 => RoundCertificateType::Skip,
                1 => RoundCertificateType::Precommit,
                code => {
                    return Err(DecodeError::UnknownCode {
                        code,
                        of: "round certificate",
                    });
                }
            },
            round_signatures,
        })
    }
}

impl Message for LivenessMsg<Context> {
    const LIMIT: usize = limit::LIVENESS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        match self {
            Self::Vote(vote) => {
                out.push(0);
                vote.write(out)
            }
            Self::PolkaCertificate(certificate) => {
                out.push(1);
                certificate.write(out)
            }
            Self::SkipRoundCertificate(certificate) => {
                out.push(2);
                certificate.write(out)
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode_from(input)? {
            0 => SignedVote::read(input).map(Self::Vote),
            1 => PolkaCertificate::read(input).map(Self::PolkaCertificate),
            2 => RoundCertificate::read(input).map(Self::SkipRoundCertificate),
            code => Err(DecodeError::UnknownCode {
                code,
                of: "liveness message",
            }),
        }
    }
}

impl Message for StreamMessage<ProposedBlock> {
    const LIMIT: usize = limit::BLOCK;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let part = self.content.as_data();
        part.ok_or(DecodeError::Invalid { of: "proposed block" })?
            .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        ProposedBlock::decode_from(input).map(envelope)
    }
}

/// The engine's envelope around a proposed block: a stream of one part.
pub fn envelope(part: ProposedBlock) -> StreamMessage<ProposedBlock> {
    let stream = Bytes::copy_from_slice(&part.proposal.statement.block_id.0);
    StreamMessage::new(StreamId::new(stream), 0, StreamContent::Data(part))
}

/// Reads a message that must be the whole of `bytes`.
fn decode<M: Message>(bytes: &[u8]) -> Result<M, DecodeError> {
    if bytes.len() > M::LIMIT {
        return Err(DecodeError::InputTooLong {
            got: bytes.len(),
            limit: M::LIMIT,
        });
    }
    let mut input = Reader::new(bytes);
    let message = M::read(&mut input)?;
    input.finish()?;
    Ok(message)
}

/// The codec, as the engine takes it.
#[derive(Clone, Copy, Debug)]
pub struct WireCodec;

macro_rules! codecs {
    ($($message:ty),+ $(,)?) => {$(
        impl Codec<$message> for WireCodec {
            type Error = DecodeError;

            fn decode(&self, bytes: Bytes) -> Result<$message, DecodeError> {
                decode(&bytes)
            }

            fn encode(&self, message: &$message) -> Result<Bytes, DecodeError> {
                let mut out = Vec::new();
                message.write(&mut out)?;
                Ok(out.into())
            }
        }
    )+};
}
codecs! {
    SignedConsensusMsg<Context>,
    LivenessMsg<Context>,
    StreamMessage<ProposedBlock>,
    ProposedValue<Context>,
    PolkaCertificate<Context>,
    OwnStatus<Context>,
    Status<Context>,
    Request<Context>,
    Response<Context>,
}

impl HasEncodedLen<Response<Context>> for WireCodec {
    fn encoded_len(&self, response: &Response<Context>) -> Result<usize, DecodeError> {
        self.encode(response).map(|bytes| bytes.len())
    }
}

#[cfg(test)]
mod tests;
