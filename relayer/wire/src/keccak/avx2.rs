//! Four messages side by side in 256-bit registers.
//!
//! Nothing here is `unsafe`: every function says which instructions it uses, and only `wide.rs` calls in, after detection.

use core::arch::x86_64::{
    __m256i, _mm256_andnot_si256, _mm256_extract_epi64, _mm256_or_si256, _mm256_set1_epi64x,
    _mm256_setr_epi64x, _mm256_slli_epi64, _mm256_srli_epi64, _mm256_xor_si256,
};

use super::permutation::{ROUND, side_by_side};
use super::{Block, RATE, squeezed, take_block, word_of};

side_by_side!(__m256i, 4, #[target_feature(enable = "avx2")]);

#[target_feature(enable = "avx2")]
#[inline]
fn xor(left: __m256i, right: __m256i) -> __m256i {
    _mm256_xor_si256(left, right)
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(xor(a, b), c)
}

#[target_feature(enable = "avx2")]
#[inline]
fn chi(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    xor(a, _mm256_andnot_si256(b, c))
}

#[target_feature(enable = "avx2")]
#[inline]
fn rotate<const LEFT: i32, const RIGHT: i32>(word: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_slli_epi64::<LEFT>(word), _mm256_srli_epi64::<RIGHT>(word))
}

#[target_feature(enable = "avx2")]
#[inline]
fn splat(number: u64) -> __m256i {
    _mm256_set1_epi64x(number.cast_signed())
}

#[target_feature(enable = "avx2")]
#[inline]
fn gather(numbers: [u64; 4]) -> __m256i {
    let [a, b, c, d] = numbers.map(u64::cast_signed);
    _mm256_setr_epi64x(a, b, c, d)
}

#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn lanes(vector: __m256i) -> [u64; 4] {
    [
        _mm256_extract_epi64::<0>(vector),
        _mm256_extract_epi64::<1>(vector),
        _mm256_extract_epi64::<2>(vector),
        _mm256_extract_epi64::<3>(vector),
    ]
    .map(i64::cast_unsigned)
}
