//! Signed 256-bit sums of products, and their only way back to [`Fixed`]: one division, rounded as the name says.
//!
//! Two's complement, `hi` above `lo`. The division by 1e18 is two steps of a 128-by-64-bit division with a stored
//! reciprocal (Möller and Granlund, "Improved division by invariant integers"); by any other divisor 128 bits are divided as they are,
//! more of them through `ruint`.

use core::cmp::Ordering;

use ruint::aliases::U256;

use super::{ArithmeticError, Fixed};

/// 1e18 shifted until its top bit is set, as the reciprocal division wants it.
const SCALE_NORMALISED: u64 = 16_000_000_000_000_000_000;
/// How far 1e18 was shifted.
const SCALE_SHIFT: u32 = 4;
/// floor((2^128 - 1) / `SCALE_NORMALISED`) - 2^64.
const SCALE_RECIPROCAL: u64 = 2_820_903_858_849_102_350;

/// A signed 256-bit number in units of 1e-36: the product of two [`Fixed`], or a sum of such products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wide {
    hi: i128,
    lo: u128,
}

/// What to do with the remainder of a division.
#[derive(Clone, Copy)]
enum Rounding {
    Floor,
    Ceil,
    Trunc,
}

impl Wide {
    /// Nothing.
    pub const ZERO: Self = Self { hi: 0, lo: 0 };

    /// The exact product; it always fits.
    #[inline]
    pub const fn product(left: Fixed, right: Fixed) -> Self {
        let (left, right) = (left.raw(), right.raw());
        let (hi, lo) = full_product(left.unsigned_abs(), right.unsigned_abs());
        // |left * right| <= 2^254, so that the magnitude has a sign bit to spare.
        Self {
            hi: hi.cast_signed(),
            lo,
        }
        .negate_if((left < 0) != (right < 0))
    }

    /// The sum, or an error when it leaves 256 bits.
    #[inline]
    pub fn checked_add(self, other: Self) -> Result<Self, ArithmeticError> {
        let (lo, carry) = self.lo.overflowing_add(other.lo);
        let hi = self
            .hi
            .checked_add(other.hi)
            .and_then(|hi| hi.checked_add(i128::from(carry)));
        hi.map(|hi| Self { hi, lo })
            .ok_or(ArithmeticError::ProductOverflow { high: self.hi })
    }

    /// This plus `left * right`.
    #[inline]
    pub fn add_product(self, left: Fixed, right: Fixed) -> Result<Self, ArithmeticError> {
        self.checked_add(Self::product(left, right))
    }

    /// The number in units of 1e-18, rounded toward minus infinity.
    #[inline]
    pub fn floor(self) -> Result<Fixed, ArithmeticError> {
        self.over_scale(Rounding::Floor)
    }

    /// The number in units of 1e-18, rounded toward plus infinity.
    #[inline]
    pub fn ceil(self) -> Result<Fixed, ArithmeticError> {
        self.over_scale(Rounding::Ceil)
    }

    /// The number in units of 1e-18, rounded toward zero.
    #[inline]
    pub fn trunc(self) -> Result<Fixed, ArithmeticError> {
        self.over_scale(Rounding::Trunc)
    }

    /// The quotient by `divisor`, rounded toward minus infinity.
    pub fn div_floor(self, divisor: Fixed) -> Result<Fixed, ArithmeticError> {
        self.over(divisor, Rounding::Floor)
    }

    /// The quotient by `divisor`, rounded toward plus infinity.
    pub fn div_ceil(self, divisor: Fixed) -> Result<Fixed, ArithmeticError> {
        self.over(divisor, Rounding::Ceil)
    }

    /// The quotient by `divisor`, rounded toward zero.
    pub fn div_trunc(self, divisor: Fixed) -> Result<Fixed, ArithmeticError> {
        self.over(divisor, Rounding::Trunc)
    }

    /// Below, at or above zero.
    pub const fn sign(self) -> Ordering {
        if self.hi < 0 {
            Ordering::Less
        } else if self.hi == 0 && self.lo == 0 {
            Ordering::Equal
        } else {
            Ordering::Greater
        }
    }

    #[inline]
    const fn negate_if(self, negative: bool) -> Self {
        if !negative {
            return self;
        }
        if self.lo == 0 {
            return Self {
                hi: self.hi.wrapping_neg(),
                lo: 0,
            };
        }
        Self {
            hi: !self.hi,
            lo: self.lo.wrapping_neg(),
        }
    }

    /// The magnitude's upper and lower half.
    #[inline]
    const fn magnitude(self) -> (u128, u128) {
        let positive = self.negate_if(self.hi < 0);
        (positive.hi.cast_unsigned(), positive.lo)
    }

    #[inline]
    fn over_scale(self, rounding: Rounding) -> Result<Fixed, ArithmeticError> {
        let (hi, lo) = self.magnitude();
        let Some((quotient, remainder)) = divide_by_scale(hi, lo) else {
            return Err(ArithmeticError::ProductOverflow { high: self.hi });
        };
        self.rounded(quotient, remainder != 0, self.hi < 0, rounding)
    }

    fn over(self, divisor: Fixed, rounding: Rounding) -> Result<Fixed, ArithmeticError> {
        if divisor == Fixed::ZERO {
            return Err(ArithmeticError::DivisionByZero);
        }
        let (hi, lo) = self.magnitude();
        let negative = (self.hi < 0) != (divisor.raw() < 0);
        let by = divisor.raw().unsigned_abs();
        if let (0, Some(quotient)) = (hi, lo.checked_div(by)) {
            let is_exact = quotient.wrapping_mul(by) == lo;
            return self.rounded(quotient, !is_exact, negative, rounding);
        }
        let divided = U256::from(hi).checked_shl(128).unwrap_or_default() | U256::from(lo);
        let (quotient, remainder) = divided.div_rem(U256::from(by));
        let Ok(quotient) = u128::try_from(quotient) else {
            return Err(ArithmeticError::ProductOverflow { high: self.hi });
        };
        self.rounded(quotient, !remainder.is_zero(), negative, rounding)
    }

    /// Applies sign and rounding to a magnitude's quotient.
    #[inline]
    fn rounded(
        self,
        quotient: u128,
        inexact: bool,
        negative: bool,
        rounding: Rounding,
    ) -> Result<Fixed, ArithmeticError> {
        let outward = match rounding {
            Rounding::Floor => inexact && negative,
            Rounding::Ceil => inexact && !negative,
            Rounding::Trunc => false,
        };
        let fits = quotient
            .checked_add(u128::from(outward))
            .and_then(|magnitude| i128::try_from(magnitude).ok())
            .map(|magnitude| {
                if negative {
                    magnitude.wrapping_neg()
                } else {
                    magnitude
                }
            });
        fits.map(Fixed::from_raw)
            .ok_or(ArithmeticError::ProductOverflow { high: self.hi })
    }
}

/// The exact product's upper and lower half.
#[expect(
    clippy::as_conversions,
    reason = "shifts by a constant; 64-bit halves, whose product and two carries fit 128 bits, so that nothing wraps"
)]
#[inline]
pub(super) const fn full_product(left: u128, right: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (left_hi, left_lo) = (left >> 64, left & LOW);
    let (right_hi, right_lo) = (right >> 64, right & LOW);
    let low = left_lo.wrapping_mul(right_lo);
    let middle = left_hi.wrapping_mul(right_lo).wrapping_add(low >> 64);
    let other = left_lo.wrapping_mul(right_hi).wrapping_add(middle & LOW);
    let high = left_hi
        .wrapping_mul(right_hi)
        .wrapping_add(middle >> 64)
        .wrapping_add(other >> 64);
    (high, other << 64 | low & LOW)
}

/// Quotient and remainder of `hi · 2^128 + lo` by 1e18, or `None` when the quotient exceeds 128 bits.
#[expect(
    clippy::as_conversions,
    reason = "splits 128-bit words of a number below 2^188 into 64-bit ones; every shift is by a constant"
)]
#[inline]
fn divide_by_scale(hi: u128, lo: u128) -> Option<(u128, u64)> {
    if hi >= u128::from(Fixed::SCALE) {
        return None;
    }
    let top = (hi << SCALE_SHIFT) as u64 | (lo >> (128 - SCALE_SHIFT)) as u64;
    let rest = lo << SCALE_SHIFT;
    let (upper, remainder) = divide_step(top, (rest >> 64) as u64);
    let (lower, remainder) = divide_step(remainder, rest as u64);
    Some((
        u128::from(upper) << 64 | u128::from(lower),
        remainder >> SCALE_SHIFT,
    ))
}

/// One digit: `(high, low) / SCALE_NORMALISED` for `high` below it.
#[expect(
    clippy::as_conversions,
    reason = "the method works modulo 2^64 on purpose; shifts are by a constant"
)]
#[inline]
fn divide_step(high: u64, low: u64) -> (u64, u64) {
    let numerator = u128::from(high) << 64 | u128::from(low);
    let estimate = u128::from(SCALE_RECIPROCAL)
        .wrapping_mul(u128::from(high))
        .wrapping_add(numerator);
    let mut quotient = ((estimate >> 64) as u64).wrapping_add(1);
    let mut remainder = low.wrapping_sub(quotient.wrapping_mul(SCALE_NORMALISED));
    if remainder > estimate as u64 {
        quotient = quotient.wrapping_sub(1);
        remainder = remainder.wrapping_add(SCALE_NORMALISED);
    }
    if remainder >= SCALE_NORMALISED {
        quotient = quotient.wrapping_add(1);
        remainder = remainder.wrapping_sub(SCALE_NORMALISED);
    }
    (quotient, remainder)
}
