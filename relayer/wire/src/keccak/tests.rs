//! Every way of hashing a batch against the plain version, over every length around the block boundaries.

use std::{vec, vec::Vec};

use super::{Batch, digests_of, wide};
use crate::types::{Hash, keccak256};

fn messages(count: usize) -> Vec<Vec<u8>> {
    let byte = |at: usize| (at * 7_919 % 251) as u8;
    (0..count)
        .map(|length| (0..length).map(|at| byte(at + length)).collect())
        .collect()
}

fn agrees_with_the_plain_version(choice: wide::Choice) {
    for count in [0, 1, 2, 3, 7, 8, 9, 600] {
        let messages = messages(count);
        let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let plain: Vec<Hash> = slices.iter().map(|message| keccak256(&[message])).collect();
        assert_eq!(digests_of(&slices, choice), plain, "{count} messages");
    }
}

#[test]
fn one_lane_hashes_as_the_plain_version() {
    agrees_with_the_plain_version(wide::one_lane);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn four_and_eight_lanes_hash_as_the_plain_version() {
    let choices = [wide::x86_64::four_lanes(), wide::x86_64::eight_lanes()];
    choices
        .into_iter()
        .flatten()
        .for_each(agrees_with_the_plain_version);
}

#[test]
fn a_batch_answers_in_its_own_order_and_is_empty_then() {
    let mut batch = Batch::default();
    batch.push(&[&[1; 300], &[2; 5]]);
    batch.push(&[]);
    batch.write(|bytes| bytes.push(3));
    let expected = vec![
        keccak256(&[&[1; 300], &[2; 5]]),
        keccak256(&[]),
        keccak256(&[&[3]]),
    ];
    assert_eq!(batch.digests(), expected);
    assert_eq!(batch.digests(), []);
}
