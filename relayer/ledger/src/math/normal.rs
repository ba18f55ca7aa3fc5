//! The standard normal distribution: `Φ` and its density.
//!
//! `Φ` on `[0, 8.75)` is one Taylor polynomial per eighth, chained: the constant term of an interval is the value that the
//! polynomial before it takes at its end, so that there is no step between intervals. The coefficients follow from
//! `Φ'' = -x·Φ'`:
//! ```text
//!   Φ(x_i + h) = Σ a_n h^n,   a_0 = Φ(x_i),   a_1 = φ(x_i),   a_(n+2) = -((n+1)·x_i·a_(n+1) + n·a_n) / ((n+1)(n+2))
//! ```
//! They are kept in units of 2^-124 for the variable `raw(h) / 2^57`, so that the argument enters exactly.
//! Monotone: one unit of the argument raises the polynomial by at least `φ(8.75)·1e-18 > 2^-117`, the rounding of the
//! fifteen steps is below `8 · 2^-124`. `Φ(-x) = 1 - Φ(x)` exactly. From 8.75 on the result is 1; the tail is 1.1e-18.

use super::{ArithmeticError, Fixed, exp, wide::full_product};

/// Fraction bits of the coefficients.
const BITS: u32 = 124;
const INTERVALS: usize = 70;
const TERMS: usize = 16;
/// Raw width of an interval, 1/8.
const WIDTH: u64 = Fixed::SCALE / 8;
/// Bits of the variable `raw(h) / 2^57`.
const VARIABLE_BITS: u32 = 57;
/// 1 / sqrt(2π), e^(-1/128), e^(-1/64) and 2^57 / 1e18 in units of 2^-124.
const DENSITY_AT_ZERO: i128 = 8_484_563_964_989_764_510_161_937_948_486_591_371;
const EXP_128TH: i128 = 21_102_141_783_288_078_094_859_007_101_380_084_246;
const EXP_64TH: i128 = 20_937_923_613_089_435_197_904_307_143_572_893_010;
const VARIABLE_UNIT: i128 = 3_064_991_081_731_777_716_716_694_054_300_618_367;
/// 1 / sqrt(2π).
const DENSITY: Fixed = Fixed::from_raw(398_942_280_401_432_678);

static TABLE: [[i128; TERMS]; INTERVALS] = table();

/// The probability that a standard normal variable is at most `x`.
pub fn normal_cdf(x: Fixed) -> Fixed {
    let above_half = at_positive(x.raw().unsigned_abs());
    let raw = i128::from(Fixed::SCALE);
    Fixed::from_raw(if x.is_negative() {
        raw.wrapping_sub(above_half)
    } else {
        above_half
    })
}

/// The density `e^(-x²/2) / sqrt(2π)`.
pub fn normal_pdf(x: Fixed) -> Result<Fixed, ArithmeticError> {
    if x.abs() > Fixed::from_int(10) {
        return Ok(Fixed::ZERO);
    }
    let half = Fixed::from_ppm(500_000);
    exp(x.mul_floor(x)?.mul_floor(half)?.negate())?.mul_floor(DENSITY)
}

/// Raw `Φ` of a raw argument that is not negative.
fn at_positive(raw: u128) -> i128 {
    let Ok(raw) = u64::try_from(raw) else {
        return i128::from(Fixed::SCALE);
    };
    let interval = usize::try_from(raw / WIDTH).unwrap_or(usize::MAX);
    match TABLE.get(interval) {
        Some(coefficients) => to_raw(polynomial(coefficients, raw % WIDTH)),
        None => i128::from(Fixed::SCALE),
    }
}

/// Units of 2^-124 to the nearest unit of 1e-18, for values in 0 to 1.
fn to_raw(value: i128) -> i128 {
    let half = 1_u128.wrapping_shl(BITS.wrapping_sub(1));
    let (hi, lo) = full_product(value.unsigned_abs(), u128::from(Fixed::SCALE));
    let (lo, carry) = lo.overflowing_add(half);
    let hi = hi.wrapping_add(u128::from(carry));
    i128::try_from(hi.wrapping_shl(128 - BITS) | lo.wrapping_shr(BITS)).unwrap_or(i128::MAX)
}

#[expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "fixed bounds; coefficients are below 2^124 and the variable below 2^57, so that no product exceeds 128 bits"
)]
#[inline]
const fn polynomial(coefficients: &[i128; TERMS], within: u64) -> i128 {
    let mut sum = coefficients[TERMS - 1];
    let mut n = TERMS - 1;
    while n > 0 {
        n -= 1;
        let upper = (sum >> 64) * within as i128;
        let lower = (sum as u64 as u128) * within as u128;
        sum = coefficients[n] + (upper << (64 - VARIABLE_BITS)) + (lower >> VARIABLE_BITS) as i128;
    }
    sum
}

/// The product of two numbers in units of 2^-124, rounded toward zero.
#[expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "constants, built by the compiler"
)]
const fn multiply(left: i128, right: i128) -> i128 {
    let (hi, lo) = full_product(left.unsigned_abs(), right.unsigned_abs());
    let magnitude = (hi << (128 - BITS) | lo >> BITS) as i128;
    if (left < 0) == (right < 0) {
        magnitude
    } else {
        -magnitude
    }
}

#[expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "constants, built by the compiler"
)]
const fn table() -> [[i128; TERMS]; INTERVALS] {
    let mut intervals = [[0; TERMS]; INTERVALS];
    let mut value = 1 << (BITS - 1);
    let mut density = DENSITY_AT_ZERO;
    let mut decay = EXP_128TH;
    let mut i = 0;
    while i < INTERVALS {
        intervals[i] = coefficients(i as i128, value, density);
        value = polynomial(&intervals[i], WIDTH);
        // φ((i+1)/8) / φ(i/8) = e^(-(2i+1)/128)
        density = multiply(density, decay);
        decay = multiply(decay, EXP_64TH);
        i += 1;
    }
    intervals
}

/// The polynomial of the interval that starts at `eighths / 8`.
#[expect(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "constants, built by the compiler"
)]
const fn coefficients(eighths: i128, value: i128, density: i128) -> [i128; TERMS] {
    let mut terms = [0; TERMS];
    terms[0] = value;
    terms[1] = multiply(density, VARIABLE_UNIT);
    let mut n = 0;
    while n + 2 < TERMS {
        // Both factors of the unit: a_n carries one per power.
        let nearer = multiply(terms[n + 1], VARIABLE_UNIT) * eighths / 8 * (n as i128 + 1);
        let farther = multiply(multiply(terms[n], VARIABLE_UNIT), VARIABLE_UNIT) * n as i128;
        terms[n + 2] = -(nearer + farther) / ((n as i128 + 1) * (n as i128 + 2));
        n += 1;
    }
    terms
}
