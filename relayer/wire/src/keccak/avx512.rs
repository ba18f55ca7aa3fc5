//! Eight messages side by side in 512-bit registers, with the processor's own rotations and three-operand logic.
//!
//! Nothing here is `unsafe`: every function says which instructions it uses, and only `wide.rs` calls in, after detection.

use core::arch::x86_64::{
    __m512i, _mm512_extracti64x4_epi64, _mm512_rol_epi64, _mm512_set1_epi64, _mm512_setr_epi64,
    _mm512_ternarylogic_epi64, _mm512_xor_si512,
};

use super::permutation::{ROUND, side_by_side};
use super::{Block, RATE, avx2, squeezed, take_block, word_of};

side_by_side!(__m512i, 8, #[target_feature(enable = "avx512f")]);

#[target_feature(enable = "avx512f")]
#[inline]
fn xor(left: __m512i, right: __m512i) -> __m512i {
    _mm512_xor_si512(left, right)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi64::<0x96>(a, b, c)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn chi(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi64::<0xd2>(a, b, c)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn rotate<const LEFT: i32, const RIGHT: i32>(word: __m512i) -> __m512i {
    _mm512_rol_epi64::<LEFT>(word)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn splat(number: u64) -> __m512i {
    _mm512_set1_epi64(number.cast_signed())
}

#[target_feature(enable = "avx512f")]
#[inline]
fn gather(numbers: [u64; 8]) -> __m512i {
    let [a, b, c, d, e, f, g, h] = numbers.map(u64::cast_signed);
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn lanes(vector: __m512i) -> [u64; 8] {
    let [a, b, c, d] = avx2::lanes(_mm512_extracti64x4_epi64::<0>(vector));
    let [e, f, g, h] = avx2::lanes(_mm512_extracti64x4_epi64::<1>(vector));
    [a, b, c, d, e, f, g, h]
}
