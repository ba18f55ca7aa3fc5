//! `exp`, `ln` and powers, by series whose terms are all positive and all rounded down.
//!
//! With `L = ln 2` and everything in units of 2^-120:
//! ```text
//!   exp(x) = 2^k · e^r          x = k·L + r,  0 <= r < L         e^r  = Σ r^n / n!              (Horner)
//!   ln(y)  = e·L + ln(m)        y = m · 2^e,  1 <= m < 2         ln m = 2 Σ t^(2n+1) / (2n+1),  t = (m-1)/(m+1)
//! ```
//! Monotone by construction: a Horner step `c + floor(r · q)` with non-negative `r`, `q`, `c` never falls when `r` rises;
//! truncated positive series never exceed the true value, so that neither function falls where `k` or `e` changes.

use ruint::aliases::U256;

use super::{ArithmeticError, Fixed, wide::full_product};

/// Fraction bits of the calculation.
const BITS: u32 = 120;
const ONE: u128 = 1 << BITS;
/// floor(ln 2 · 2^120).
const LN_2: i128 = 921_350_637_599_661_305_226_344_307_672_478_454;
/// floor(ln 1e18 · 2^120).
const LN_SCALE: i128 = 55_091_890_229_124_590_634_750_362_065_086_143_195;
/// floor(2^180 / 1e18): raw units to 2^-120, before a shift by 60.
const FROM_RAW: i128 = 1_532_495_540_865_888_858_358_347_027_150_309_183;
/// Below this the result is below half a unit of 1e-18.
const LOWEST: Fixed = Fixed::from_int(-42);
/// Above this the result may exceed the range.
const HIGHEST: Fixed = Fixed::from_ppm(46_500_000);
/// 0.7^24 / 24! is below 2^-90.
const EXP_TERMS: usize = 24;
/// 9^-26 is below 2^-80.
const LN_TERMS: usize = 26;

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "constants, built by the compiler"
)]
const INVERSE_FACTORIALS: [u128; EXP_TERMS] = {
    let mut terms = [ONE; EXP_TERMS];
    let mut n = 1;
    while n < EXP_TERMS {
        terms[n] = terms[n - 1] / n as u128;
        n += 1;
    }
    terms
};

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "constants, built by the compiler"
)]
const INVERSE_ODD: [u128; LN_TERMS] = {
    let mut terms = [ONE; LN_TERMS];
    let mut n = 1;
    while n < LN_TERMS {
        terms[n] = ONE / (2 * n as u128 + 1);
        n += 1;
    }
    terms
};

/// `e^x`. Above 46.5 the result does not fit; below -42 it is zero.
pub fn exp(x: Fixed) -> Result<Fixed, ArithmeticError> {
    if x > HIGHEST {
        return Err(ArithmeticError::ExponentTooLarge { got: x });
    }
    if x < LOWEST {
        return Ok(Fixed::ZERO);
    }
    let too_large = ArithmeticError::ExponentTooLarge { got: x };
    // |x| < 47 < 2^6: 126 bits.
    let scaled = floor_shift(x.raw(), FROM_RAW, 60).ok_or(too_large)?;
    let power = scaled.div_euclid(LN_2);
    let rest = scaled.rem_euclid(LN_2).unsigned_abs();
    let mantissa = horner(&INVERSE_FACTORIALS, rest);
    // mantissa · 1e18 · 2^power / 2^120; at most 2 · 2^60 · 2^67.
    let (hi, lo) = full_product(mantissa, u128::from(Fixed::SCALE));
    let down = i128::from(BITS)
        .checked_sub(power)
        .and_then(|shift| u32::try_from(shift).ok());
    let raw = down.and_then(|shift| shift_right(hi, lo, shift));
    raw.and_then(|raw| i128::try_from(raw).ok())
        .map(Fixed::from_raw)
        .ok_or(too_large)
}

/// The natural logarithm of a number above zero.
pub fn ln(x: Fixed) -> Result<Fixed, ArithmeticError> {
    let none = ArithmeticError::NonPositiveLogarithm { got: x };
    if !x.is_positive() {
        return Err(none);
    }
    let raw = x.raw().unsigned_abs();
    let doublings = 127_u32.saturating_sub(raw.leading_zeros());
    let t = u128::try_from(atanh_argument(raw.wrapping_shl(raw.leading_zeros()))).map_err(|_| none)?;
    let series = multiply(t, horner(&INVERSE_ODD, multiply(t, t)));
    let of_mantissa = i128::try_from(series).map_err(|_| none)?.wrapping_mul(2);
    // 127 · ln 2 < 2^7: every term is below 2^127.
    let total = i128::from(doublings)
        .wrapping_mul(LN_2)
        .wrapping_add(of_mantissa)
        .wrapping_sub(LN_SCALE);
    Ok(Fixed::from_raw(nearest_raw(total)))
}

/// `(m - 1) / (m + 1)` in units of 2^-120 for a mantissa `m` in units of 2^-127, `1 <= m < 2`.
fn atanh_argument(mantissa: u128) -> U256 {
    let one = U256::ONE.wrapping_shl(127);
    let mantissa = U256::from(mantissa);
    let top = mantissa
        .wrapping_sub(one)
        .wrapping_shl(usize::try_from(BITS).unwrap_or(0));
    top.wrapping_div(mantissa.wrapping_add(one))
}

/// `base^exponent` for a base above zero, as `exp(exponent · ln base)`; 1 exactly where the exponent is zero.
pub fn pow(base: Fixed, exponent: Fixed) -> Result<Fixed, ArithmeticError> {
    exp(ln(base)?.mul_floor(exponent)?)
}

/// `Σ coefficients[n] · x^n`, every product rounded down.
#[inline]
fn horner(coefficients: &[u128], x: u128) -> u128 {
    coefficients
        .iter()
        .rev()
        .fold(0, |sum, coefficient| multiply(x, sum).wrapping_add(*coefficient))
}

/// The product of two numbers in units of 2^-120, both below 2^123, rounded down.
#[inline]
fn multiply(left: u128, right: u128) -> u128 {
    let (hi, lo) = full_product(left, right);
    hi.wrapping_shl(128 - BITS) | lo.wrapping_shr(BITS)
}

/// `floor(left · right / 2^shift)`, or `None` when it does not fit.
fn floor_shift(left: i128, right: i128, shift: u32) -> Option<i128> {
    let (hi, lo) = full_product(left.unsigned_abs(), right.unsigned_abs());
    let magnitude = i128::try_from(shift_right(hi, lo, shift)?).ok()?;
    if (left < 0) == (right < 0) {
        return Some(magnitude);
    }
    let kept = 128_u32.checked_sub(shift)?;
    let inexact = lo.checked_shl(kept).unwrap_or(0) != 0;
    magnitude.checked_neg()?.checked_sub(i128::from(inexact))
}

/// `(hi · 2^128 + lo) >> shift` for a shift of 1 to 255, or `None` when it exceeds 128 bits.
fn shift_right(hi: u128, lo: u128, shift: u32) -> Option<u128> {
    match shift.checked_sub(128) {
        Some(beyond) => hi.checked_shr(beyond),
        None if hi.checked_shr(shift)? != 0 => None,
        None => Some(hi.checked_shl(128_u32.checked_sub(shift)?).unwrap_or(0) | lo.checked_shr(shift)?),
    }
}

/// Units of 2^-120 to the nearest unit of 1e-18.
fn nearest_raw(value: i128) -> i128 {
    let (hi, lo) = full_product(value.unsigned_abs(), u128::from(Fixed::SCALE));
    let (lo, carry) = lo.overflowing_add(ONE.wrapping_shr(1));
    let hi = hi.wrapping_add(u128::from(carry));
    let magnitude = hi.wrapping_shl(128 - BITS) | lo.wrapping_shr(BITS);
    let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
    if value < 0 {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}
