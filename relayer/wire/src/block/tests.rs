//! A block is the one its header names, in order and within the limits.

use std::{vec, vec::Vec};

use super::*;
use crate::{
    command::Flag,
    event::ReleaseFailed,
    sample::{Rng, Sample, assert_every_variant},
    tree::{EMPTY_ROOT, Tree},
};

fn empty() -> Body {
    Body {
        attestations: Vec::new(),
        events: Vec::new(),
        evidence: Vec::new(),
        reports: Vec::new(),
        commands: Vec::new(),
    }
}

/// The block whose header names the body.
fn sealed(body: Body) -> Block {
    let root = body.commands_root().unwrap();
    let header = Header {
        command_count: root.count(),
        commands_root: root.root(),
        ..Header::of_seed(1)
    };
    Block { header, body }
}

fn flags(count: usize) -> Vec<Command> {
    let mut rng = Rng(5);
    (0..count).map(|_| Flag::sample(&mut rng).into()).collect()
}

fn failed(seq: u64) -> VaultEvent {
    ReleaseFailed { seq, id: 1 }.into()
}

fn event(chain: u32, seq: u64) -> ProvenEvent {
    ProvenEvent {
        chain: ChainId(chain),
        height: 1,
        event: failed(seq),
        lemmas: Vec::new(),
    }
}

fn attested(chain: u32, height: u64) -> Certified<Attestation> {
    let statement = Attestation {
        chain: ChainId(chain),
        height,
        ..Attestation::of_seed(1)
    };
    Certified {
        statement,
        signatures: Vec::new(),
    }
}

/// An attestation of events `first_seq ..` and the events with their proofs.
fn proven(first_seq: u64, count: u32) -> (Attestation, Vec<ProvenEvent>) {
    let events: Vec<_> = (first_seq..)
        .take(usize::try_from(count).unwrap())
        .map(failed)
        .collect();
    let tree = Tree::new(&events.iter().map(VaultEvent::leaf).collect::<Vec<_>>()).unwrap();
    let attestation = Attestation {
        chain: ChainId(1),
        height: 1,
        first_seq,
        event_count: count,
        events_root: tree.root().root(),
        ..Attestation::of_seed(1)
    };
    let with_proof = |(index, event)| ProvenEvent {
        chain: ChainId(1),
        height: 1,
        event,
        lemmas: tree.lemmas(index).unwrap(),
    };
    (attestation, (0..).zip(events).map(with_proof).collect())
}

#[test]
fn reads_what_it_writes() {
    let body = Body {
        attestations: vec![attested(1, 5), attested(1, 6), attested(2, 1)],
        events: vec![event(1, 8), event(1, 9), event(2, 0)],
        evidence: vec![Evidence::of_seed(2)],
        reports: vec![Report::of_seed(3)],
        commands: flags(3),
    };
    let block = sealed(body);
    assert_eq!(block.body.len(), 11);
    assert_eq!(Block::from_bytes(&block.encode()), Ok(block));
}

#[test]
fn an_empty_block_names_the_empty_root() {
    let block = sealed(empty());
    assert_eq!(
        (block.header.command_count, block.header.commands_root),
        (0, EMPTY_ROOT)
    );
    assert!(block.body.is_empty());
    assert_eq!(Block::from_bytes(&block.encode()), Ok(block));
}

#[test]
fn every_rejection_is_reached() {
    let mut miscounted = sealed(empty());
    miscounted.header.command_count = 1;
    let mut misnamed = sealed(empty());
    misnamed.header.commands_root = Hash::ZERO;
    let refused = |body: Body| {
        Block {
            body,
            ..sealed(empty())
        }
        .check()
        .unwrap_err()
    };
    assert_every_variant(vec![
        Block::from_bytes(&[]).unwrap_err(),
        refused(Body {
            commands: flags(10_000),
            events: vec![event(1, 1)],
            ..empty()
        }),
        refused(Body {
            attestations: vec![attested(1, 5), attested(1, 5)],
            ..empty()
        }),
        refused(Body {
            events: vec![event(1, 2), event(1, 1)],
            ..empty()
        }),
        miscounted.check().unwrap_err(),
        misnamed.check().unwrap_err(),
    ]);
    let (attestation, events) = proven(5, 3);
    let refused = |event: ProvenEvent, attestation| event.verify(&attestation).unwrap_err();
    let last = || events[2].clone();
    assert_every_variant(vec![
        refused(
            last(),
            Attestation {
                height: 2,
                ..attestation
            },
        ),
        refused(
            last(),
            Attestation {
                event_count: 2,
                ..attestation
            },
        ),
        refused(
            last(),
            Attestation {
                events_root: Hash::ZERO,
                ..attestation
            },
        ),
        refused(
            ProvenEvent {
                lemmas: Vec::new(),
                ..last()
            },
            attestation,
        ),
    ]);
}

#[test]
fn takes_ten_thousand_commands_and_no_more() {
    let block = sealed(Body {
        commands: flags(10_000),
        ..empty()
    });
    assert_eq!(
        Block::from_bytes(&block.encode()).map(|block| block.body.len()),
        Ok(10_000)
    );
    let over = Body {
        commands: flags(9_999),
        evidence: vec![Evidence::of_seed(1); 2],
        ..empty()
    };
    assert_eq!(
        over.commands_root(),
        Err(BlockError::TooManyItems { got: 10_001 })
    );
}

#[test]
fn rejects_a_mebibyte_and_one_byte() {
    let bytes = vec![0; MAX_BLOCK_BYTES + 1];
    let rejection = DecodeError::InputTooLong {
        got: MAX_BLOCK_BYTES + 1,
        limit: MAX_BLOCK_BYTES,
    };
    assert_eq!(Block::from_bytes(&bytes), Err(BlockError::Decode(rejection)));
}

#[test]
fn the_root_covers_signatures_sections_and_order() {
    let root = |commands: Vec<Command>| Body { commands, ..empty() }.commands_root().unwrap();
    let signed = |bit: u8| {
        let mut command = crate::signature::Signed::<crate::command::SetModel>::of_seed(1);
        command.signature.0[0] ^= bit;
        Command::from(command)
    };
    assert_ne!(root(vec![signed(0)]), root(vec![signed(1)]));
    let [one, two] = [flags(2)[0].clone(), flags(2)[1].clone()];
    assert_ne!(root(vec![one.clone(), two.clone()]), root(vec![two, one]));
}

#[test]
fn an_item_counts_in_its_section_only() {
    // A report and a command may share bytes; the section tells their leaves apart.
    let section_of = |tag: u8| leaf_of_bytes(&[&[tag][..], &flags(1)[0].encode()].concat());
    let body = Body {
        commands: flags(1),
        ..empty()
    };
    assert_eq!(body.leaves(), [section_of(4)]);
    assert_ne!(section_of(3), section_of(4));
}

#[test]
fn an_attested_event_is_proved_at_the_place_of_its_number() {
    let (attestation, events) = proven(5, 7);
    for event in &events {
        assert_eq!(event.verify(&attestation), Ok(&event.event));
    }
}

#[test]
fn rejects_an_event_under_another_number() {
    let (attestation, events) = proven(5, 7);
    let mut moved = events[2].clone();
    moved.event = failed(8);
    assert!(matches!(
        moved.verify(&attestation),
        Err(EventError::Proof(ProofError::RootMismatch { .. }))
    ));
}

#[test]
fn rejects_numbers_outside_the_block() {
    let (attestation, events) = proven(5, 2);
    for seq in [0, 4, 7, u64::MAX] {
        let outside = ProvenEvent {
            event: failed(seq),
            ..events[0].clone()
        };
        let rejection = EventError::SeqOutOfRange {
            seq,
            first_seq: 5,
            count: 2,
        };
        assert_eq!(outside.verify(&attestation), Err(rejection));
    }
}

#[test]
fn rejects_any_event_of_an_empty_block() {
    let (attestation, _) = proven(5, 0);
    assert_eq!(attestation.events_root, EMPTY_ROOT);
    let rejection = EventError::SeqOutOfRange {
        seq: 5,
        first_seq: 5,
        count: 0,
    };
    assert_eq!(event(1, 5).verify(&attestation), Err(rejection));
}
