//! Bytes of what is proposed, kept and asked for again: values, heights, ranges of decided blocks.

use arc_malachitebft_core_consensus::ProposedValue;
use arc_malachitebft_core_types::{ExtendedCommitCertificate, ExtendedCommitSignature, Round, Validity};
use arc_malachitebft_engine::network::Status as OwnStatus;
use arc_malachitebft_sync::{
    PeerId, RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse,
};
use wire::{
    encoding::{Canonical, DecodeError, Listed, Reader},
    types::{Address, Hash},
};

use super::{Message, Seal, SealsBytes, limit, named, optional_round, round_number};
use crate::{
    context::{Attester, Context, Height},
    part::BlockBytes,
};

/// Longest id of a peer: a multihash of 64 bytes.
const MAX_PEER_BYTES: usize = 66;

records! {
    struct ValueBytes { height: u64, round: u32, valid_round: i64, proposer: Address, block_id: Hash, valid: bool, }
    struct StatusBytes { tip: u64, lowest: u64, }
    struct RangeBytes { from: u64, to: u64, }
    struct DecidedBytes { block: BlockBytes, certificate: SealsBytes, }
    struct DecidedRange { start: u64, values: Vec<DecidedBytes>, }
}

impl Listed for DecidedBytes {
    const LIMIT: u32 = limit::HEIGHTS as u32;
}

impl Message for ProposedValue<Context> {
    const LIMIT: usize = limit::CONSENSUS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        ValueBytes {
            height: self.height.0,
            round: round_number(self.round)?,
            valid_round: self.valid_round.as_i64(),
            proposer: self.proposer.0,
            block_id: self.value.0,
            valid: self.validity == Validity::Valid,
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = ValueBytes::decode_from(input)?;
        Ok(Self {
            height: Height(read.height),
            round: Round::new(read.round),
            valid_round: optional_round(read.valid_round)?,
            proposer: Attester(read.proposer),
            value: named(read.block_id)?,
            validity: match read.valid {
                true => Validity::Valid,
                false => Validity::Invalid,
            },
        })
    }
}

impl Message for OwnStatus<Context> {
    const LIMIT: usize = limit::STATUS;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        StatusBytes {
            tip: self.tip_height.0,
            lowest: self.history_min_height.0,
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = StatusBytes::decode_from(input)?;
        Ok(Self::new(Height(read.tip), Height(read.lowest)))
    }
}

/// As above with the peer's id in front; the engine's sync actor asks for it, and the network actor sends the short form.
impl Message for Status<Context> {
    const LIMIT: usize = limit::STATUS + 1 + MAX_PEER_BYTES;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let peer = self.peer_id.to_bytes();
        let length = u8::try_from(peer.len()).map_err(|_| DecodeError::Invalid { of: "peer id" })?;
        out.push(length);
        out.extend_from_slice(&peer);
        OwnStatus::new(self.tip_height, self.history_min_height).write(out)
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = u8::decode_from(input)?;
        let peer = input.bytes(usize::from(length))?;
        let peer_id = PeerId::from_bytes(peer).map_err(|_| DecodeError::Invalid { of: "peer id" })?;
        let status = OwnStatus::read(input)?;
        Ok(Self {
            peer_id,
            tip_height: status.tip_height,
            history_min_height: status.history_min_height,
        })
    }
}

impl Message for Request<Context> {
    const LIMIT: usize = limit::REQUEST;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let Self::ValueRequest(request) = self;
        RangeBytes {
            from: request.range.start().0,
            to: request.range.end().0,
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let RangeBytes { from, to } = RangeBytes::decode_from(input)?;
        match from <= to && to - from < limit::HEIGHTS {
            true => Ok(Self::ValueRequest(ValueRequest::new(Height(from)..=Height(to)))),
            false => Err(DecodeError::Invalid { of: "range" }),
        }
    }
}

impl Message for Response<Context> {
    const LIMIT: usize = limit::RESPONSE;

    fn write(&self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let Self::ValueResponse(response) = self;
        let mut values = Vec::new();
        for value in &response.values {
            values.push(DecidedBytes {
                block: BlockBytes(value.value_bytes.to_vec()),
                certificate: seals_of(&value.certificate)?,
            });
        }
        DecidedRange {
            start: response.start_height.0,
            values,
        }
        .encode_to(out);
        Ok(())
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let read = DecidedRange::decode_from(input)?;
        let mut values = Vec::new();
        for value in read.values {
            values.push(RawDecidedValue::new(
                value.block.0.into(),
                certificate_of(value.certificate)?,
            ));
        }
        Ok(Self::ValueResponse(ValueResponse::new(
            Height(read.start),
            values,
        )))
    }
}

fn seals_of(certificate: &ExtendedCommitCertificate<Context>) -> Result<SealsBytes, DecodeError> {
    let seals = certificate.commit_signatures.iter().map(|one| Seal {
        signer: one.address.0,
        signature: one.signature,
    });
    Ok(SealsBytes {
        height: certificate.height.0,
        round: round_number(certificate.round)?,
        block_id: certificate.value_id.0,
        seals: seals.collect(),
    })
}

fn certificate_of(read: SealsBytes) -> Result<ExtendedCommitCertificate<Context>, DecodeError> {
    let seals = read.seals.into_iter();
    Ok(ExtendedCommitCertificate {
        height: Height(read.height),
        round: Round::new(read.round),
        value_id: named(read.block_id)?,
        commit_signatures: seals
            .map(|seal| ExtendedCommitSignature::new(Attester(seal.signer), seal.signature, None))
            .collect(),
    })
}
