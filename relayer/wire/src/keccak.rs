//! keccak256 of many messages at once, as many **lanes** side by side as the processor's registers hold.
//!
//! ```text
//! Batch: message ‖ message ‖ … ──► ordered by number of blocks ──► groups of up to 8 ──► digests in the batch's order
//! ```
//! Terms: *block*, 136 bytes of a padded message; *lane*, one message's place in a vector. A state root hashes tens of thousands of
//! short messages that do not depend on each other; side by side each takes a fraction of what it takes alone.
//!
//! Guarantees: the digests of [`keccak256`](crate::types::keccak256), whatever the processor. Messages of one number of blocks share
//! a vector, so that a batch of many lengths gains less.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod permutation;
#[cfg(test)]
mod tests;
mod wide;

use alloc::{collections::BTreeMap, vec, vec::Vec};

use crate::types::Hash;

/// Bytes that one permutation takes in.
const RATE: usize = 136;
/// Most messages in a vector.
const LANES_MAX: usize = 8;

#[cfg(target_arch = "x86_64")]
type Block = [u8; RATE];

/// Messages whose digests are asked for at once.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// Adds the message made of these parts.
    pub fn push(&mut self, parts: &[&[u8]]) {
        self.write(|bytes| parts.iter().for_each(|part| bytes.extend_from_slice(part)));
    }

    /// Adds the message that `write` appends.
    pub fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// The digests in the messages' order; the batch is empty then.
    pub fn digests(&mut self) -> Vec<Hash> {
        let messages = self.messages();
        let digests = digests_of(&messages, wide::choice());
        self.bytes.clear();
        self.ends.clear();
        digests
    }

    fn messages(&self) -> Vec<&[u8]> {
        let starts = core::iter::once(&0).chain(&self.ends);
        let ranges = starts.zip(&self.ends);
        ranges
            .map(|(start, end)| self.bytes.get(*start..*end).unwrap_or_default())
            .collect()
    }
}

fn digests_of(messages: &[&[u8]], choice: wide::Choice) -> Vec<Hash> {
    let mut alike = BTreeMap::<usize, Vec<usize>>::new();
    for (place, message) in messages.iter().enumerate() {
        let blocks = message.len().checked_div(RATE).unwrap_or(0).saturating_add(1);
        alike.entry(blocks).or_default().push(place);
    }
    let mut digests = vec![Hash::ZERO; messages.len()];
    for (blocks, places) in alike {
        for group in places.chunks(LANES_MAX) {
            hash_group(messages, (blocks, group), choice, &mut digests);
        }
    }
    digests
}

/// Hashes one vector's messages, named by place; each has `blocks` blocks.
fn hash_group(
    messages: &[&[u8]],
    (blocks, group): (usize, &[usize]),
    choice: wide::Choice,
    digests: &mut [Hash],
) {
    let mut lanes = [&[][..]; LANES_MAX];
    for (lane, place) in lanes.iter_mut().zip(group) {
        *lane = messages.get(*place).copied().unwrap_or_default();
    }
    let found = choice(lanes.get(..group.len()).unwrap_or_default(), blocks);
    for (place, digest) in group.iter().zip(found) {
        if let Some(slot) = digests.get_mut(*place) {
            *slot = Hash(digest);
        }
    }
}

/// Takes the message's next block, padded where the message ends in it.
#[cfg(target_arch = "x86_64")]
#[inline]
fn take_block(message: &mut &[u8], block: &mut Block) {
    if let Some((whole, rest)) = message.split_first_chunk() {
        (*block, *message) = (*whole, rest);
        return;
    }
    *block = [0; RATE];
    if let Some((text, padding)) = block.split_at_mut_checked(message.len()) {
        text.copy_from_slice(message);
        if let Some(first) = padding.first_mut() {
            *first = 0x01;
        }
    }
    block[RATE - 1] |= 0x80;
    *message = &[];
}

/// One of the block's words.
#[cfg(target_arch = "x86_64")]
#[inline]
fn word_of(block: &Block, place: usize) -> u64 {
    let (words, _) = block.as_chunks();
    words.get(place).copied().map_or(0, u64::from_le_bytes)
}

/// The first four words, lane by lane, as digests.
#[cfg(target_arch = "x86_64")]
#[inline]
fn squeezed<const L: usize>(words: [[u64; L]; 4]) -> [[u8; 32]; L] {
    let mut digests = [[0; 32]; L];
    for (place, word) in words.iter().enumerate() {
        for (digest, lane) in digests.iter_mut().zip(word) {
            if let Some(bytes) = digest.as_chunks_mut().0.get_mut(place) {
                *bytes = lane.to_le_bytes();
            }
        }
    }
    digests
}
