//! A proposed block on the wire: whole, its proposer's, and refused in every other form.

use strum::VariantNames as _;
use wire::{block::Body, eip712::Statement as _, tree::EMPTY_ROOT};

use super::*;
use crate::sample::{address, domain, header_of, key, set_of, sign};

fn block() -> Block {
    let (set, _) = set_of(4);
    let mut header = header_of(&set, 5);
    header.commands_root = EMPTY_ROOT;
    header.outbox_root = EMPTY_ROOT;
    let body = Body {
        attestations: Vec::new(),
        events: Vec::new(),
        evidence: Vec::new(),
        reports: Vec::new(),
        commands: Vec::new(),
    };
    Block { header, body }
}

fn proposed(change: impl FnOnce(&mut Proposal), bytes: Vec<u8>) -> ProposedBlock {
    let mut proposal = Proposal {
        height: 5,
        round: 2,
        pol_round: -1,
        block_id: block().header.block_id(),
    };
    change(&mut proposal);
    ProposedBlock::new(proposal, sign(&key(1), proposal.digest(&domain())), bytes)
}

#[test]
fn a_proposed_block_names_its_proposer_and_survives_the_wire() {
    let part = proposed(|_| (), block().encode());
    let received = part.check(&domain()).unwrap();
    assert_eq!(received.proposer(), address(&key(1)));
    assert_eq!(received.block(), &block());
    assert_eq!(ProposedBlock::decode(&part.encode()), Ok(part.clone()));
    assert!(part.encode().len() <= MAX_PART_BYTES);
}

#[test]
fn every_rejection_is_reached() {
    let good = block().encode();
    let mut high_s = proposed(|_| (), good.clone());
    high_s.proposal.signature.0[32] = 0xff;
    let mut other = block();
    other.header.time_ms += 1;
    let rejected = [
        high_s,
        proposed(|proposal| proposal.pol_round = 2, good.clone()),
        proposed(|_| (), good[1..].to_vec()),
        proposed(|_| (), other.encode()),
        proposed(|proposal| proposal.height = 6, good),
    ];
    let names: Vec<&str> = rejected
        .iter()
        .map(|part| part.check(&domain()).unwrap_err().into())
        .collect();
    assert_eq!(names, PartRejection::VARIANTS);
}

#[test]
fn a_pol_round_must_precede_the_round() {
    for (pol_round, is_good) in [
        (-2, false),
        (-1, true),
        (0, true),
        (1, true),
        (2, false),
        (i64::MAX, false),
    ] {
        let part = proposed(|proposal| proposal.pol_round = pol_round, block().encode());
        assert_eq!(part.check(&domain()).is_ok(), is_good, "polRound {pol_round}");
    }
}

#[test]
fn a_length_beyond_a_blocks_is_refused_before_it_is_read() {
    let mut bytes = proposed(|_| (), Vec::new()).encode();
    let length = bytes.len();
    bytes[length - 4..].copy_from_slice(&(MAX_BLOCK_BYTES as u32 + 1).to_be_bytes());
    let refused = ProposedBlock::decode(&bytes);
    assert!(
        matches!(refused, Err(DecodeError::ListTooLong { .. })),
        "{refused:?}"
    );
}

#[test]
fn no_flipped_byte_passes_for_the_same_proposer() {
    let part = proposed(|_| (), block().encode());
    let bytes = part.encode();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        let checked = ProposedBlock::decode(&flipped).map(|part| part.check(&domain()));
        if let Ok(Ok(received)) = checked {
            assert_ne!(received.proposer(), address(&key(1)), "byte {at}");
        }
    }
}
