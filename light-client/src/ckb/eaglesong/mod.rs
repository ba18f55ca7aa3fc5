//! Eaglesong, the hash of CKB's proof of work (RFC 10): a sponge over sixteen 32-bit words, rate 256 bits.
//!
//! ```text
//! message ‖ 06 ── 32-byte blocks, big endian ──► xor into words 0..8 ──► permutation (43 rounds) ──► … ──► words 0..8, little endian
//! round: matrix ─► circulant (x ^ x<<<a ^ x<<<b) ─► inject constants ─► add, rotate, add
//! ```
//!
//! A proof of work hashes exactly 48 bytes to 32: two permutations. The state is generic over its **lanes**: `Lanes<1>` is one
//! message, `Lanes<8>` eight messages side by side, which the compiler turns into vector instructions
//! ([`pow_hashes`]). Nothing is permuted after the last word is squeezed.
//!
//! Guarantees: the same function as RFC 10's for every message length and lane count. Does not compare with any target.

mod constants;
mod wide;

use core::array;
use core::ops::BitXor;

use constants::INJECTION;

/// Bytes of the message that a proof of work hashes: the raw header's hash and the nonce.
pub const POW_MESSAGE_BYTES: usize = 48;

const RATE_BYTES: usize = 32;
const DELIMITER: u32 = 0x06;

/// The same word of several independent states.
#[derive(Clone, Copy)]
struct Lanes<const L: usize>([u32; L]);

type State<const L: usize> = [Lanes<L>; 16];

// Plain loops over the lanes: the compiler makes one vector instruction of each.
impl<const L: usize> Lanes<L> {
    #[inline(always)]
    fn rotate_left(mut self, bits: u32) -> Self {
        for lane in &mut self.0 {
            *lane = lane.rotate_left(bits);
        }
        self
    }

    #[inline(always)]
    fn wrapping_add(mut self, other: Self) -> Self {
        for (lane, other) in self.0.iter_mut().zip(other.0) {
            *lane = lane.wrapping_add(other);
        }
        self
    }

    /// The circulant step of one word, and its injected constant.
    #[inline(always)]
    fn spread(self, first: u32, second: u32, constant: u32) -> Self {
        self ^ self.rotate_left(first) ^ self.rotate_left(second) ^ Self([constant; L])
    }

    /// Add, rotate, add: an even word and the odd one after it.
    #[inline(always)]
    fn add_rotate_add(self, odd: Self) -> [Self; 2] {
        let even = self.wrapping_add(odd).rotate_left(8);
        [even, even.wrapping_add(odd.rotate_left(24))]
    }
}

impl<const L: usize> BitXor for Lanes<L> {
    type Output = Self;

    #[inline(always)]
    fn bitxor(mut self, other: Self) -> Self {
        for (lane, other) in self.0.iter_mut().zip(other.0) {
            *lane ^= other;
        }
        self
    }
}

/// The bit matrix of RFC 10, appendix A, as 64 exclusive ors: sums that several rows need are computed once.
#[inline(always)]
fn matrix<const L: usize>(
    [
        s0,
        s1,
        s2,
        s3,
        s4,
        s5,
        s6,
        s7,
        s8,
        s9,
        s10,
        s11,
        s12,
        s13,
        s14,
        s15,
    ]: State<L>,
) -> State<L> {
    let t0 = s0 ^ s1;
    let t1 = s2 ^ s3;
    let t2 = s4 ^ s15;
    let t3 = s5 ^ t2;
    let t4 = s8 ^ t0;
    let t5 = s10 ^ t1;
    let t6 = s6 ^ s7;
    let t7 = s9 ^ s11;
    let t8 = s12 ^ s13;
    let t9 = s14 ^ t5;
    let t10 = s0 ^ t6;
    let t11 = s1 ^ t1;
    let t12 = s2 ^ s9;
    let t13 = s3 ^ s6;
    let t14 = s4 ^ t8;
    let t15 = s7 ^ t7;
    let t16 = s11 ^ s12;
    let t17 = s14 ^ t3;
    let t18 = t0 ^ t6;
    let t19 = t2 ^ t8;
    let t20 = t4 ^ t16;
    [
        s12 ^ t3 ^ t10,
        t4 ^ t19,
        s14 ^ t12 ^ t18 ^ t19,
        s6 ^ t4 ^ t9 ^ t14,
        s13 ^ t11 ^ t15 ^ t17,
        s0 ^ s7 ^ s8 ^ t9,
        s1 ^ s3 ^ s8 ^ t2 ^ t7,
        s10 ^ s15 ^ t10 ^ t12,
        s10 ^ t3 ^ t13 ^ t20,
        s2 ^ s13 ^ s15 ^ t0 ^ t7,
        t3 ^ t9 ^ t18,
        t1 ^ t20,
        s9 ^ t11 ^ t14,
        s4 ^ s5 ^ s13 ^ t9,
        s11 ^ t13 ^ t17,
        s5 ^ s15 ^ t4 ^ t5 ^ t15,
    ]
}

#[inline(always)]
fn round<const L: usize>(state: State<L>, constants: &[u32; 16]) -> State<L> {
    let [
        s0,
        s1,
        s2,
        s3,
        s4,
        s5,
        s6,
        s7,
        s8,
        s9,
        s10,
        s11,
        s12,
        s13,
        s14,
        s15,
    ] = matrix(state);
    let [
        c0,
        c1,
        c2,
        c3,
        c4,
        c5,
        c6,
        c7,
        c8,
        c9,
        c10,
        c11,
        c12,
        c13,
        c14,
        c15,
    ] = *constants;
    let [s0, s1] = s0.spread(2, 4, c0).add_rotate_add(s1.spread(13, 22, c1));
    let [s2, s3] = s2.spread(4, 19, c2).add_rotate_add(s3.spread(3, 14, c3));
    let [s4, s5] = s4.spread(27, 31, c4).add_rotate_add(s5.spread(3, 8, c5));
    let [s6, s7] = s6.spread(17, 26, c6).add_rotate_add(s7.spread(3, 12, c7));
    let [s8, s9] = s8.spread(18, 22, c8).add_rotate_add(s9.spread(12, 18, c9));
    let [s10, s11] = s10.spread(4, 7, c10).add_rotate_add(s11.spread(4, 31, c11));
    let [s12, s13] = s12.spread(12, 27, c12).add_rotate_add(s13.spread(7, 17, c13));
    let [s14, s15] = s14.spread(7, 8, c14).add_rotate_add(s15.spread(1, 13, c15));
    [
        s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15,
    ]
}

#[inline(always)]
fn permute<const L: usize>(mut state: State<L>) -> State<L> {
    for constants in &INJECTION {
        state = round(state, constants);
    }
    state
}

/// Words 0..8 with a block added; the capacity (words 8..16) stays.
#[inline(always)]
fn absorb<const L: usize>(state: State<L>, block: [Lanes<L>; 8]) -> State<L> {
    let [s0, s1, s2, s3, s4, s5, s6, s7, rest @ ..] = state;
    let [b0, b1, b2, b3, b4, b5, b6, b7] = block;
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rest;
    [
        s0 ^ b0,
        s1 ^ b1,
        s2 ^ b2,
        s3 ^ b3,
        s4 ^ b4,
        s5 ^ b5,
        s6 ^ b6,
        s7 ^ b7,
        r0,
        r1,
        r2,
        r3,
        r4,
        r5,
        r6,
        r7,
    ]
}

/// Hashes a message of any length.
pub fn eaglesong(message: &[u8]) -> [u8; 32] {
    let blocks = message.chunks_exact(RATE_BYTES);
    let last = blocks.remainder();
    let state = blocks.fold([Lanes([0]); 16], |state, block| {
        permute(absorb(state, words(block)))
    });
    let [digest] = squeeze(permute(absorb(state, words(last))));
    digest
}

/// One block as words; the delimiter follows the last byte of a block that is not full.
fn words(block: &[u8]) -> [Lanes<1>; 8] {
    let mut bytes = block.chunks(4);
    let mut delimited = block.len() == RATE_BYTES;
    array::from_fn(|_| {
        let chunk = bytes.next().unwrap_or(&[]);
        let word = chunk.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte));
        if chunk.len() == 4 || delimited {
            return Lanes([word]);
        }
        delimited = true;
        Lanes([(word << 8) ^ DELIMITER])
    })
}

/// Hashes several messages of a proof of work side by side.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "from_fn counts to the arrays' own lengths; 48 bytes are twelve words"
)]
fn pow_hashes_in_lanes<const L: usize>(messages: &[[u8; POW_MESSAGE_BYTES]; L]) -> [[u8; 32]; L] {
    let word = |word: usize| {
        Lanes(array::from_fn(|lane| {
            big_endian(&messages[lane].as_chunks().0[word])
        }))
    };
    let state = permute(absorb([Lanes([0; L]); 16], array::from_fn(word)));
    let zero = Lanes([0; L]);
    let end = [
        word(8),
        word(9),
        word(10),
        word(11),
        Lanes([DELIMITER; L]),
        zero,
        zero,
        zero,
    ];
    squeeze(permute(absorb(state, end)))
}

#[inline(always)]
fn big_endian(bytes: &[u8; 4]) -> u32 {
    u32::from_be_bytes(*bytes)
}

#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "from_fn counts to the arrays' own lengths; eight words are 32 bytes"
)]
fn squeeze<const L: usize>(state: State<L>) -> [[u8; 32]; L] {
    array::from_fn(|lane| {
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(&state) {
            *bytes = word.0[lane].to_le_bytes();
        }
        digest
    })
}

/// Hashes the messages of many proofs of work, as many side by side as the processor's registers hold.
///
/// `hashes` receives one digest per message, in order; messages without a place are left out.
pub fn pow_hashes(messages: &[[u8; POW_MESSAGE_BYTES]], hashes: &mut [[u8; 32]]) {
    wide::pow_hashes(messages, hashes);
}

#[cfg(test)]
mod tests;
