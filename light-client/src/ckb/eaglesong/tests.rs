//! Eaglesong against the reference crate, and every choice of vector instructions against the plain version.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::wide::{Choice, one_lane};
use super::*;

fn reference(message: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    ::eaglesong::eaglesong(message, &mut digest);
    digest
}

/// Every way in which this processor can hash a batch.
fn choices() -> Vec<(&'static str, Choice)> {
    let mut choices: Vec<(&str, Choice)> = vec![("one lane", one_lane)];
    #[cfg(target_arch = "x86_64")]
    {
        choices.extend(wide::x86_64::eight_lanes().map(|choice| ("eight lanes", choice)));
        choices.extend(wide::x86_64::sixteen_lanes().map(|choice| ("sixteen lanes", choice)));
    }
    choices.push(("the chosen one", pow_hashes));
    choices
}

#[test]
fn hashes_every_length_around_the_block_size_as_the_reference_does() {
    for length in 0..100 {
        let message: Vec<u8> = (0..length).collect();
        assert_eq!(eaglesong(&message), reference(&message), "length {length}");
    }
}

#[test]
fn messages_without_a_place_are_left_out() {
    for (name, choice) in choices() {
        let mut hashes = [[0; 32]; 2];
        choice(&[[7; POW_MESSAGE_BYTES]; 20], &mut hashes);
        assert_eq!(hashes, [reference(&[7; POW_MESSAGE_BYTES]); 2], "{name}");
    }
}

proptest! {
    #[test]
    fn every_way_to_hash_a_batch_of_any_size_gives_the_references_digests(
        messages in prop::collection::vec(prop::array::uniform16(any::<[u8; 3]>()), 0..40),
    ) {
        let messages: Vec<Message> = messages
            .iter()
            .map(|message| message.as_flattened().try_into().unwrap())
            .collect();
        let expected: Vec<_> = messages.iter().map(|message| reference(message)).collect();
        for (name, choice) in choices() {
            let mut hashes = vec![[0; 32]; messages.len()];
            choice(&messages, &mut hashes);
            prop_assert_eq!(&hashes, &expected, "{}", name);
        }
    }
}
