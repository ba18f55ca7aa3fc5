//! Eaglesong, the hash of CKB's proof of work (RFC 10): a sponge over sixteen 32-bit words, rate 256 bits.
//!
//! ```text
//! message ‖ 06 ── 32-byte blocks, big endian ──► xor into words 0..8 ──► permutation (43 rounds) ──► … ──► words 0..8, little endian
//! ```
//! A proof of work hashes exactly 48 bytes to 32: two permutations, and nothing is permuted after the last word is squeezed.
//! [`pow_hashes`] hashes many messages, as many **lanes** side by side as the processor's registers hold: the k-th word of every
//! message is one vector.
//!
//! Guarantees: the same function as RFC 10's for every message length and every processor. Does not compare with any target.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod constants;
mod permutation;
mod plain;
mod wide;

pub use plain::eaglesong;

/// Bytes of the message that a proof of work hashes: the raw header's hash and the nonce.
pub const POW_MESSAGE_BYTES: usize = 48;

type Message = [u8; POW_MESSAGE_BYTES];

/// Follows the message's last byte.
const DELIMITER: u32 = 0x06;

/// Hashes the messages of many proofs of work.
///
/// `hashes` receives one digest per message, in order; messages without a place are left out.
pub fn pow_hashes(messages: &[[u8; POW_MESSAGE_BYTES]], hashes: &mut [[u8; 32]]) {
    wide::choice()(messages, hashes);
}

/// A message as the twelve words that the sponge absorbs before the delimiter.
#[cfg(target_arch = "x86_64")]
#[inline]
fn message_words(message: &Message) -> [u32; 12] {
    let (words, _) = message.as_chunks();
    core::array::from_fn(|place| words.get(place).copied().map_or(0, u32::from_be_bytes))
}

/// Words 0..8, lane by lane, as digests.
#[inline]
fn digests<const L: usize>(words: [[u32; L]; 8]) -> [[u8; 32]; L] {
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

#[cfg(test)]
mod tests;
