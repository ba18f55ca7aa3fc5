//! Eaglesong against the reference crate, and every choice of vector instructions against the plain version.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

fn reference(message: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    ::eaglesong::eaglesong(message, &mut digest);
    digest
}

#[test]
fn hashes_every_length_around_the_block_size_as_the_reference_does() {
    for length in 0..100 {
        let message: Vec<u8> = (0..length).collect();
        assert_eq!(eaglesong(&message), reference(&message), "length {length}");
    }
}

proptest! {
    #[test]
    fn every_way_to_hash_a_batch_gives_the_same_digests(messages in prop::array::uniform8(prop::array::uniform16(any::<[u8; 3]>()))) {
        let messages = messages.map(|message| {
            let mut bytes = [0; POW_MESSAGE_BYTES];
            bytes.copy_from_slice(message.as_flattened());
            bytes
        });
        let expected = messages.map(|message| reference(&message));
        for (name, choice) in wide::choices::all() {
            prop_assert_eq!(choice(&messages), expected, "{}", name);
        }
    }

    #[test]
    fn batches_of_every_size_are_hashed_in_order(count in 0_usize..40, seed: u8) {
        let messages: Vec<_> = (0..count).map(|n| [seed ^ n as u8; POW_MESSAGE_BYTES]).collect();
        let mut hashes = vec![[0; 32]; count];
        pow_hashes(&messages, &mut hashes);
        for (message, hash) in messages.iter().zip(hashes) {
            prop_assert_eq!(hash, eaglesong(message));
        }
    }
}
