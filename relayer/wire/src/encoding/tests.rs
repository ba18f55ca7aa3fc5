//! One byte string per value, one value per byte string.

use std::{vec, vec::Vec};

use proptest::prelude::*;

use super::{Canonical, DecodeError, Reader};
use crate::{
    U256,
    attestation::Attestation,
    attesters::AttesterSet,
    block::{Block, Body, MAX_BLOCK_BYTES, ProvenEvent},
    certificate::{BlockCertificate, Certified},
    command::*,
    consensus::{Header, Precommit, Prevote, Proposal},
    event::{ForcedBytes, VaultEvent},
    evidence::Evidence,
    gossip::{Heartbeat, Reobserve},
    instrument::Instrument,
    outbox::OutboxEntry,
    sample::{Rng, Sample, assert_every_variant, set_of},
    signature::Signed,
};

fn round_trips<T: Canonical + PartialEq + std::fmt::Debug>(value: &T) -> Vec<u8> {
    let bytes = value.encode();
    assert_eq!(T::decode(&bytes).as_ref(), Ok(value));
    bytes
}

/// Whatever decodes from tampered bytes must be what those bytes encode.
fn is_the_only_encoding<T: Canonical>(bytes: &[u8]) {
    if let Ok(value) = T::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
}

fn is_canonical<T: Canonical + Sample + PartialEq + std::fmt::Debug>(seed: u64) {
    let mut rng = Rng(seed);
    let bytes = round_trips(&T::sample(&mut rng));
    let cut = rng.below(bytes.len());
    assert!(matches!(
        T::decode(&bytes[..cut]),
        Err(DecodeError::Truncated { .. })
    ));
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(T::decode(&longer), Err(DecodeError::LeftOver { count: 1 }));
    for _ in 0..16 {
        let mut tampered = bytes.clone();
        let place = rng.below(tampered.len());
        tampered[place] ^= 1 << rng.below(8);
        is_the_only_encoding::<T>(&tampered);
    }
}

macro_rules! canonical {
    ($($name:ident: $ty:ty;)*) => {
        proptest! {
            $(
                #[test]
                fn $name(seed: u64) {
                    is_canonical::<$ty>(seed);
                }
            )*

            #[test]
            fn random_bytes_decode_to_what_they_encode(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
                $( is_the_only_encoding::<$ty>(&bytes); )*
            }

            #[test]
            fn small_random_bytes_decode_to_what_they_encode(bytes in proptest::collection::vec(0_u8..4, 0..700)) {
                $( is_the_only_encoding::<$ty>(&bytes); )*
            }
        }
    };
}
canonical! {
    attestations_are_canonical: Signed<Attestation>;
    attestation_certificates_are_canonical: Certified<Attestation>;
    block_certificates_are_canonical: BlockCertificate;
    blocks_are_canonical: Block;
    commands_are_canonical: Command;
    events_are_canonical: VaultEvent;
    evidence_is_canonical: Evidence;
    headers_are_canonical: Header;
    heartbeats_are_canonical: Signed<Heartbeat>;
    instruments_are_canonical: Instrument;
    intents_are_canonical: Signed<Intent>;
    outbox_entries_are_canonical: OutboxEntry;
    precommits_are_canonical: Signed<Precommit>;
    prevotes_are_canonical: Signed<Prevote>;
    proposals_are_canonical: Signed<Proposal>;
    proven_events_are_canonical: ProvenEvent;
    reobservations_are_canonical: Signed<Reobserve>;
    reports_are_canonical: Report;
    scopes_are_canonical: Scope;
    vault_pauses_are_canonical: Signed<VaultPause>;
}

#[test]
fn attester_sets_are_canonical() {
    let bytes = round_trips(&set_of(&[10, 10, 10, 10, 10]).0);
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut tampered = bytes.clone();
            tampered[place] ^= 1 << bit;
            is_the_only_encoding::<AttesterSet>(&tampered);
        }
    }
}

#[test]
fn every_rejection_is_reached() {
    let over = u32::MAX.encode();
    let errors = vec![
        u32::decode(&[0, 0]).unwrap_err(),
        u8::decode(&[0, 0]).unwrap_err(),
        Block::from_bytes(&vec![0; MAX_BLOCK_BYTES + 1])
            .map_err(|error| match error {
                crate::block::BlockError::Decode(error) => error,
                other => panic!("{other}"),
            })
            .unwrap_err(),
        Vec::<Command>::decode(&over).unwrap_err(),
        bool::decode(&[2]).unwrap_err(),
        AttesterSet::decode(&[0; 8]).unwrap_err(),
    ];
    assert_every_variant(errors);
}

#[test]
fn rejects_a_count_above_the_limit_before_reading_an_element() {
    let claimed = [10_001_u32.encode(), vec![0; 100]].concat();
    let rejection = DecodeError::ListTooLong {
        got: 10_001,
        limit: 10_000,
    };
    assert_eq!(Vec::<Command>::decode(&claimed), Err(rejection));
}

#[test]
fn rejects_a_count_above_the_bytes_that_are_left() {
    let claimed = [9_000_u32.encode(), vec![0; 100]].concat();
    assert_eq!(
        Vec::<Command>::decode(&claimed),
        Err(DecodeError::Truncated { missing: 8_900 })
    );
}

#[test]
fn rejects_an_option_or_bool_of_two() {
    assert_eq!(
        Option::<u8>::decode(&[2, 0]),
        Err(DecodeError::UnknownCode { code: 2, of: "bool" })
    );
}

#[test]
fn rejects_unknown_tags_and_codes() {
    assert_eq!(
        Command::decode(&[8]),
        Err(DecodeError::UnknownCode {
            code: 8,
            of: "Command"
        })
    );
    assert_eq!(
        Instrument::decode(&[5]),
        Err(DecodeError::UnknownCode {
            code: 5,
            of: "Instrument"
        })
    );
    assert_eq!(
        Scope::decode(&[3]),
        Err(DecodeError::UnknownCode { code: 3, of: "Scope" })
    );
    assert_eq!(
        VaultEvent::decode(&[15]),
        Err(DecodeError::UnknownCode {
            code: 15,
            of: "VaultEvent"
        })
    );
}

#[test]
fn a_forced_command_has_a_longest_length() {
    let limit = usize::try_from(ForcedBytes::LIMIT).unwrap();
    round_trips(&ForcedBytes::new(vec![0; limit]).unwrap());
    let rejection = DecodeError::ListTooLong {
        got: ForcedBytes::LIMIT + 1,
        limit: ForcedBytes::LIMIT,
    };
    assert_eq!(ForcedBytes::new(vec![0; limit + 1]), Err(rejection.clone()));
    let claimed = [(ForcedBytes::LIMIT + 1).encode(), vec![0; limit + 1]].concat();
    assert_eq!(ForcedBytes::decode(&claimed), Err(rejection));
}

#[test]
fn numbers_are_big_endian_at_full_width() {
    assert_eq!(0x0102_0304_u32.encode(), [1, 2, 3, 4]);
    assert_eq!((-2_i128).encode(), [[0xff; 15].as_slice(), &[0xfe]].concat());
    assert_eq!(U256::from(5).encode(), [[0; 31].as_slice(), &[5]].concat());
}

#[test]
fn the_reader_stops_at_the_end() {
    let mut reader = Reader::new(&[1, 2, 3]);
    assert_eq!(reader.bytes(2), Ok([1, 2].as_slice()));
    assert_eq!(reader.bytes(2), Err(DecodeError::Truncated { missing: 1 }));
    assert_eq!(reader.finish(), Err(DecodeError::LeftOver { count: 1 }));
}

#[test]
fn an_empty_body_is_five_empty_lists() {
    let body = Body {
        attestations: Vec::new(),
        events: Vec::new(),
        evidence: Vec::new(),
        reports: Vec::new(),
        commands: Vec::new(),
    };
    assert_eq!(body.encode(), [0; 20]);
}
