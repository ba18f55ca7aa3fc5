//! Sixteen messages side by side in 512-bit registers, with the processor's own rotations.
//!
//! Nothing here is `unsafe`: every function says which instructions it uses, and only `wide.rs` calls in, after detection.

use core::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_extracti64x4_epi64, _mm512_rol_epi32, _mm512_set1_epi32,
    _mm512_setr_epi32, _mm512_xor_si512,
};

use super::avx2;
use super::constants::INJECTION;
use super::permutation::{permutation, side_by_side, spread, sum};
use super::{DELIMITER, Message, digests, message_words};

side_by_side!(__m512i, 16, #[target_feature(enable = "avx512f")]);

#[target_feature(enable = "avx512f")]
#[inline]
fn xor(left: __m512i, right: __m512i) -> __m512i {
    _mm512_xor_si512(left, right)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn add(left: __m512i, right: __m512i) -> __m512i {
    _mm512_add_epi32(left, right)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

#[target_feature(enable = "avx512f")]
#[inline]
fn rotate<const LEFT: i32, const RIGHT: i32>(word: __m512i) -> __m512i {
    _mm512_rol_epi32::<LEFT>(word)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn gather(words: [u32; 16]) -> __m512i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = words.map(u32::cast_signed);
    _mm512_setr_epi32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn lanes(vector: __m512i) -> [u32; 16] {
    let [a, b, c, d, e, f, g, h] = avx2::lanes(_mm512_extracti64x4_epi64::<0>(vector));
    let [i, j, k, l, m, n, o, p] = avx2::lanes(_mm512_extracti64x4_epi64::<1>(vector));
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}
