//! One message at a time, of any length: the version that every processor runs and that the others are compared with.

use core::array;

use super::constants::INJECTION;
use super::permutation::{permutation, spread, sum};
use super::{DELIMITER, Message, digests};

const RATE_BYTES: usize = 32;

permutation!(u32);

#[inline]
fn xor(left: u32, right: u32) -> u32 {
    left ^ right
}

#[inline]
fn add(left: u32, right: u32) -> u32 {
    left.wrapping_add(right)
}

#[inline]
fn splat(word: u32) -> u32 {
    word
}

#[inline]
fn rotate<const LEFT: u32, const RIGHT: u32>(word: u32) -> u32 {
    word.rotate_left(LEFT)
}

/// Hashes a message of any length.
pub fn eaglesong(message: &[u8]) -> [u8; 32] {
    let blocks = message.chunks_exact(RATE_BYTES);
    let last = blocks.remainder();
    let state = blocks.fold([0; 16], |state, block| permute(absorb(state, words(block))));
    let [s0, s1, s2, s3, s4, s5, s6, s7, ..] = permute(absorb(state, words(last)));
    let [digest] = digests([[s0], [s1], [s2], [s3], [s4], [s5], [s6], [s7]]);
    digest
}

/// One block as words; the delimiter follows the last byte of a block that is not full.
fn words(block: &[u8]) -> [u32; 8] {
    let mut bytes = block.chunks(4);
    let mut delimited = block.len() == RATE_BYTES;
    array::from_fn(|_| {
        let chunk = bytes.next().unwrap_or(&[]);
        let word = chunk.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
        if chunk.len() == 4 || delimited {
            return word;
        }
        delimited = true;
        (word << 8) ^ DELIMITER
    })
}

/// One digest per message, in order.
pub(super) fn pow_hashes(messages: &[Message; 1]) -> [[u8; 32]; 1] {
    let [message] = messages;
    [eaglesong(message)]
}
