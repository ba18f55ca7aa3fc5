//! Eight messages side by side in 256-bit registers.
//!
//! Nothing here is `unsafe`: every function says which instructions it uses, and only `wide.rs` calls in, after detection.

use core::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_extract_epi32, _mm256_or_si256, _mm256_set1_epi32, _mm256_setr_epi8,
    _mm256_setr_epi32, _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_xor_si256,
};

use super::constants::INJECTION;
use super::permutation::{permutation, side_by_side, spread, sum};
use super::{DELIMITER, Message, digests, message_words};

side_by_side!(__m256i, 8, #[target_feature(enable = "avx2")]);

#[target_feature(enable = "avx2")]
#[inline]
fn xor(left: __m256i, right: __m256i) -> __m256i {
    _mm256_xor_si256(left, right)
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(left: __m256i, right: __m256i) -> __m256i {
    _mm256_add_epi32(left, right)
}

#[target_feature(enable = "avx2")]
#[inline]
fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

/// Whole bytes move in one instruction; there is none that rotates bits.
#[target_feature(enable = "avx2")]
#[inline]
#[rustfmt::skip]
fn rotate<const LEFT: i32, const RIGHT: i32>(word: __m256i) -> __m256i {
    match LEFT {
        8 => _mm256_shuffle_epi8(word, _mm256_setr_epi8(
            3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
            3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
        )),
        24 => _mm256_shuffle_epi8(word, _mm256_setr_epi8(
            1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12,
            1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12,
        )),
        _ => _mm256_or_si256(_mm256_slli_epi32::<LEFT>(word), _mm256_srli_epi32::<RIGHT>(word)),
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn gather(words: [u32; 8]) -> __m256i {
    let [a, b, c, d, e, f, g, h] = words.map(u32::cast_signed);
    _mm256_setr_epi32(a, b, c, d, e, f, g, h)
}

#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn lanes(vector: __m256i) -> [u32; 8] {
    [
        _mm256_extract_epi32::<0>(vector),
        _mm256_extract_epi32::<1>(vector),
        _mm256_extract_epi32::<2>(vector),
        _mm256_extract_epi32::<3>(vector),
        _mm256_extract_epi32::<4>(vector),
        _mm256_extract_epi32::<5>(vector),
        _mm256_extract_epi32::<6>(vector),
        _mm256_extract_epi32::<7>(vector),
    ]
    .map(i32::cast_unsigned)
}
