//! Bytes that are no snapshot, each refused by name.

use std::{collections::BTreeSet, vec, vec::Vec};

use strum::VariantNames;
use wire::{encoding::DecodeError, types::Hash};

use super::*;
use crate::tests::World;

/// Magic, version, height and time: the governed values follow.
const PARAMETERS: usize = 16 + 2 + 8 + 8;

fn snapshot() -> Vec<u8> {
    encode(&World::funded().state)
}

fn with(place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = snapshot();
    changed[place..place + bytes.len()].copy_from_slice(bytes);
    changed
}

#[test]
fn a_snapshot_restores_the_state_it_was_made_of() {
    let (world, bytes) = (World::funded(), snapshot());
    let restored = restore(&bytes, &hash(&bytes)).unwrap();
    assert_eq!(restored, world.state);
    assert_eq!(encode(&restored), bytes);
}

#[test]
fn every_rejection_of_a_snapshot_is_reached() {
    let bytes = snapshot();
    // Zeroed pages that nobody reads: the length is judged before anything else.
    let refused = [
        decode(&vec![0; SNAPSHOT_MAX + 1]),
        decode(&with(0, b"W")),
        decode(&with(16, &[0, 2])),
        restore(&bytes, &Hash([1; 32])),
        decode(&bytes[..bytes.len() - 1]),
    ];
    let reached: BTreeSet<&str> = refused
        .into_iter()
        .map(|result| result.unwrap_err().into())
        .collect();
    assert_eq!(reached, SnapshotRejection::VARIANTS.iter().copied().collect());
}

#[test]
fn a_governed_value_outside_its_bounds_is_refused() {
    let rejection = decode(&with(PARAMETERS, &i128::MAX.to_be_bytes())).unwrap_err();
    assert!(
        matches!(
            rejection,
            SnapshotRejection::Malformed(DecodeError::Invalid { .. })
        ),
        "{rejection}"
    );
}

/// Four bytes of ones over every place in turn: each result is a named rejection or a state with exactly these bytes.
#[test]
fn overwritten_bytes_are_refused_or_mean_another_state() {
    let whole = snapshot();
    let mut reached: BTreeSet<&'static str> = BTreeSet::new();
    let mut note = |bytes: &[u8]| match decode(bytes) {
        Ok(state) => assert!(encode(&state) == bytes, "two byte strings for one state"),
        Err(SnapshotRejection::Malformed(error)) => {
            reached.insert(error.into());
        }
        Err(_) => {}
    };
    note(&[&whole[..], &[0]].concat());
    for place in 0..whole.len() - 3 {
        let mut changed = whole.clone();
        changed[place..place + 4].fill(0xff);
        note(&changed);
    }
    // Its own limit stands before the decoder's.
    let named = DecodeError::VARIANTS.iter().copied();
    assert_eq!(reached, named.filter(|name| *name != "InputTooLong").collect());
}
