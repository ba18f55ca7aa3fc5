//! Messages of the engine on the wire: canonical, bounded, and refused when damaged.

use arc_malachitebft_core_types::NilOrVal;
use arc_malachitebft_sync::PeerId;
use wire::consensus::Proposal as ProposalStatement;

use super::*;
use crate::sample::{Rng, key, sign};

const ID: BlockId = BlockId(Hash([7; 32]));

fn attester(number: u8) -> Attester {
    Attester(Address([number; 20]))
}

fn signature() -> Signature {
    sign(&key(1), wire::eip712::Digest([9; 32]))
}

fn vote(block: NilOrVal<BlockId>) -> SignedVote {
    let vote = Vote {
        kind: VoteType::Precommit,
        height: Height(5),
        round: Round::new(3),
        block,
        voter: attester(1),
    };
    SignedMessage::new(vote, signature())
}

fn proposal(pol_round: Round) -> SignedProposal {
    let proposal = Proposal {
        height: Height(5),
        round: Round::new(3),
        pol_round,
        block: ID,
        proposer: attester(2),
    };
    SignedMessage::new(proposal, signature())
}

fn part() -> ProposedBlock {
    let statement = ProposalStatement {
        height: 5,
        round: 3,
        pol_round: -1,
        block_id: ID.0,
    };
    ProposedBlock::new(statement, signature(), vec![1, 2, 3])
}

fn polka() -> PolkaCertificate<Context> {
    PolkaCertificate {
        height: Height(5),
        round: Round::new(3),
        value_id: ID,
        polka_signatures: vec![PolkaSignature::new(attester(1), signature())],
    }
}

fn round_certificate() -> RoundCertificate<Context> {
    let votes = [NilOrVal::Nil, NilOrVal::Val(ID)];
    let votes = votes.map(|id| RoundSignature::new(VoteType::Prevote, id, attester(1), signature()));
    RoundCertificate {
        height: Height(5),
        round: Round::new(3),
        cert_type: RoundCertificateType::Skip,
        round_signatures: votes.to_vec(),
    }
}

fn value() -> ProposedValue<Context> {
    ProposedValue {
        height: Height(5),
        round: Round::new(3),
        valid_round: Round::Nil,
        proposer: attester(2),
        value: ID,
        validity: arc_malachitebft_core_types::Validity::Invalid,
    }
}

fn status() -> Status<Context> {
    Status {
        peer_id: PeerId::from_bytes(&crate::sample::peer(3).0).unwrap(),
        tip_height: Height(9),
        history_min_height: Height(2),
    }
}

fn request(from: u64, to: u64) -> Request<Context> {
    Request::ValueRequest(arc_malachitebft_sync::ValueRequest::new(
        Height(from)..=Height(to),
    ))
}

fn response(count: usize) -> Response<Context> {
    let value = arc_malachitebft_sync::RawDecidedValue::new(
        vec![4; 10].into(),
        arc_malachitebft_core_types::ExtendedCommitCertificate {
            height: Height(5),
            round: Round::new(3),
            value_id: ID,
            commit_signatures: vec![arc_malachitebft_core_types::ExtendedCommitSignature::new(
                attester(1),
                signature(),
                None,
            )],
        },
    );
    Response::ValueResponse(arc_malachitebft_sync::ValueResponse::new(
        Height(5),
        vec![value; count],
    ))
}

/// Encodes, decodes, encodes again; then cuts and lengthens: nothing else may pass for the message.
fn survives<M: Message + PartialEq + std::fmt::Debug>(message: &M) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(&mut bytes).unwrap();
    assert!(bytes.len() <= M::LIMIT);
    assert_eq!(&decode::<M>(&bytes).unwrap(), message);
    for length in 0..bytes.len() {
        assert!(decode::<M>(&bytes[..length]).is_err(), "cut to {length}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(decode::<M>(&longer).is_err());
    bytes
}

#[test]
fn every_message_survives_the_wire_whole_and_in_no_other_length() {
    survives(&SignedConsensusMsg::Vote(vote(NilOrVal::Nil)));
    survives(&SignedConsensusMsg::Vote(vote(NilOrVal::Val(ID))));
    survives(&SignedConsensusMsg::Proposal(proposal(Round::Nil)));
    survives(&SignedConsensusMsg::Proposal(proposal(Round::new(2))));
    survives(&LivenessMsg::Vote(vote(NilOrVal::Nil)));
    survives(&LivenessMsg::PolkaCertificate(polka()));
    survives(&LivenessMsg::SkipRoundCertificate(round_certificate()));
    survives(&polka());
    survives(&envelope(part()));
    survives(&value());
    survives(&status());
    survives(&OwnStatus::<Context>::new(Height(9), Height(2)));
    survives(&request(4, 9));
    survives(&response(3));
}

#[test]
fn an_undefined_round_has_no_bytes() {
    let mut undefined = vote(NilOrVal::Nil);
    undefined.message.round = Round::Nil;
    let refused = WireCodec.encode(&SignedConsensusMsg::Vote(undefined));
    assert_eq!(refused.unwrap_err(), DecodeError::Invalid { of: "round" });
}

#[test]
fn a_proposal_of_nil_is_refused() {
    let mut nil = proposal(Round::Nil);
    nil.message.block = BlockId(Hash::ZERO);
    let bytes = WireCodec.encode(&SignedConsensusMsg::Proposal(nil)).unwrap();
    let refused: Result<SignedConsensusMsg<Context>, _> = WireCodec.decode(bytes);
    assert_eq!(refused.unwrap_err(), DecodeError::Invalid { of: "block id" });
}

#[test]
fn rounds_outside_32_bits_and_below_minus_one_are_refused() {
    assert_eq!(optional_round(-1), Ok(Round::Nil));
    assert_eq!(optional_round(0), Ok(Round::ZERO));
    assert_eq!(optional_round(u32::MAX.into()), Ok(Round::new(u32::MAX)));
    for number in [-2, i64::MIN, i64::from(u32::MAX) + 1, i64::MAX] {
        assert!(optional_round(number).is_err(), "{number}");
    }
}

#[test]
fn a_range_that_is_empty_or_too_long_is_refused() {
    for (from, to, is_good) in [
        (1, 1, true),
        (1, limit::HEIGHTS, true),
        (1, limit::HEIGHTS + 1, false),
        (2, 1, false),
        (0, u64::MAX, false),
    ] {
        let bytes = WireCodec.encode(&request(from, to)).unwrap();
        let read: Result<Request<Context>, _> = WireCodec.decode(bytes);
        assert_eq!(read.is_ok(), is_good, "{from}..={to}");
    }
}

#[test]
fn a_response_of_more_heights_than_may_be_asked_for_is_refused() {
    let count = usize::try_from(limit::HEIGHTS).unwrap() + 1;
    let bytes = WireCodec.encode(&response(count)).unwrap();
    let refused: Result<Response<Context>, _> = WireCodec.decode(bytes);
    assert!(matches!(refused, Err(DecodeError::ListTooLong { .. })));
}

#[test]
fn a_message_longer_than_its_kind_may_be_is_refused_before_it_is_read() {
    let long = Bytes::from(vec![0; limit::CONSENSUS + 1]);
    let refused: Result<SignedConsensusMsg<Context>, _> = WireCodec.decode(long);
    assert!(matches!(refused, Err(DecodeError::InputTooLong { .. })));
}

#[test]
fn random_bytes_never_panic_and_what_decodes_encodes_to_itself() {
    let mut rng = Rng(3);
    let mut whole = survives(&LivenessMsg::SkipRoundCertificate(round_certificate()));
    for _ in 0..20_000 {
        let at = rng.below(whole.len() as u64) as usize;
        whole[at] = rng.next() as u8;
        let decoded: Result<LivenessMsg<Context>, _> = decode(&whole);
        if let Ok(message) = decoded {
            let mut again = Vec::new();
            message.write(&mut again).unwrap();
            assert_eq!(again, whole);
        }
        let _: Result<Response<Context>, _> = decode(&whole);
        let _: Result<SignedConsensusMsg<Context>, _> = decode(&whole);
    }
}
