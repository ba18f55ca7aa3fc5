//! The one number type for money, prices, quantities and fractions: an `i128` in units of 1e-18.
//!
//! Every operation that can leave the range returns an error with its operands; every one that can lose digits says in
//! its name which way it rounds.

use core::cmp::Ordering;

use super::{ArithmeticError, Wide};

/// A decimal with 18 digits after the point, between about -1.7e20 and 1.7e20.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed(i128);

impl Fixed {
    /// Raw units in one.
    pub const SCALE: u64 = 1_000_000_000_000_000_000;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self::from_int(1);
    /// The smallest step, 1e-18.
    pub const ULP: Self = Self(1);
    /// The largest number.
    pub const MAX: Self = Self(i128::MAX);
    /// The smallest number whose negation exists.
    pub const MIN: Self = Self(-i128::MAX);

    /// The number of `raw` units of 1e-18. `i128::MIN`, which has no negation, becomes [`Fixed::MIN`].
    #[inline]
    pub const fn from_raw(raw: i128) -> Self {
        if raw == i128::MIN { Self::MIN } else { Self(raw) }
    }

    /// A whole number.
    #[expect(
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        reason = "63 bits times 60 bits fit"
    )]
    pub const fn from_int(whole: i64) -> Self {
        Self(whole as i128 * Self::SCALE as i128)
    }

    /// Parts per million: `from_ppm(50_000)` is 5 %.
    #[expect(
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        reason = "63 bits times 40 bits fit"
    )]
    pub const fn from_ppm(parts: i64) -> Self {
        Self(parts as i128 * 1_000_000_000_000)
    }

    /// Units of 1e-18.
    #[inline]
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// Whether this is zero.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether this is below zero.
    #[inline]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether this is above zero.
    #[inline]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The magnitude.
    #[inline]
    pub const fn abs(self) -> Self {
        Self(self.0.wrapping_abs())
    }

    /// This below zero for above, and above for below.
    #[inline]
    pub const fn negate(self) -> Self {
        Self(self.0.wrapping_neg())
    }

    /// The smaller of this and zero.
    #[inline]
    pub fn min_zero(self) -> Self {
        self.min(Self::ZERO)
    }

    /// The larger of this and zero.
    #[inline]
    pub fn max_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// The exact sum.
    #[inline]
    pub const fn add(self, other: Self) -> Result<Self, ArithmeticError> {
        match self.0.checked_add(other.0) {
            Some(sum) if sum != i128::MIN => Ok(Self(sum)),
            _ => Err(ArithmeticError::Overflow {
                left: self,
                operation: "+",
                right: other,
            }),
        }
    }

    /// The exact difference.
    #[inline]
    pub const fn sub(self, other: Self) -> Result<Self, ArithmeticError> {
        match self.0.checked_sub(other.0) {
            Some(difference) if difference != i128::MIN => Ok(Self(difference)),
            _ => Err(ArithmeticError::Overflow {
                left: self,
                operation: "-",
                right: other,
            }),
        }
    }

    /// The exact sum of many.
    pub fn sum(terms: impl IntoIterator<Item = Self>) -> Result<Self, ArithmeticError> {
        terms.into_iter().try_fold(Self::ZERO, Self::add)
    }

    /// The product, rounded toward minus infinity.
    #[inline]
    pub fn mul_floor(self, factor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, factor).floor()
    }

    /// The product, rounded toward plus infinity.
    #[inline]
    pub fn mul_ceil(self, factor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, factor).ceil()
    }

    /// The product, rounded toward zero.
    #[inline]
    pub fn mul_trunc(self, factor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, factor).trunc()
    }

    /// The quotient, rounded toward minus infinity.
    pub fn div_floor(self, divisor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, Self::ONE).div_floor(divisor)
    }

    /// The quotient, rounded toward plus infinity.
    pub fn div_ceil(self, divisor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, Self::ONE).div_ceil(divisor)
    }

    /// The quotient, rounded toward zero.
    pub fn div_trunc(self, divisor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, Self::ONE).div_trunc(divisor)
    }

    /// `self · factor / divisor` with one rounding, toward minus infinity.
    pub fn mul_div_floor(self, factor: Self, divisor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, factor).div_floor(divisor)
    }

    /// `self · factor / divisor` with one rounding, toward plus infinity.
    pub fn mul_div_ceil(self, factor: Self, divisor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, factor).div_ceil(divisor)
    }

    /// `self · factor / divisor` with one rounding, toward zero.
    pub fn mul_div_trunc(self, factor: Self, divisor: Self) -> Result<Self, ArithmeticError> {
        Wide::product(self, factor).div_trunc(divisor)
    }
}

/// Orders `a / a_over` against `b / b_over` exactly, by cross-multiplication.
///
/// Both denominators must be above zero; a ratio over zero has no place in the order and is an error.
pub fn compare_ratios(
    (a, a_over): (Fixed, Fixed),
    (b, b_over): (Fixed, Fixed),
) -> Result<Ordering, ArithmeticError> {
    if !a_over.is_positive() || !b_over.is_positive() {
        return Err(ArithmeticError::DivisionByZero);
    }
    Ok(Wide::product(a, b_over).cmp(&Wide::product(b, a_over)))
}
