//! Exact arithmetic of the ledger: decimals at 1e18, 256-bit products, and four transcendental functions.
//!
//! *Raw*: the integer behind a [`Fixed`], in units of 1e-18. *Wide*: a signed 256-bit sum of products, in units of 1e-36.
//!
//! ```text
//!   Fixed (i128, 1e-18) ── product, sum ──► Wide (i256, 1e-36) ── floor | ceil | trunc ──► Fixed
//! ```
//! A value is rounded once, where it leaves `Wide`, and the direction is in the name: `floor` toward minus infinity
//! (credits, funding), `ceil` toward plus infinity (requirements, liabilities), `trunc` toward zero (quantities).
//!
//! Guarantees: the same bits on every machine (no float); no overflow without an error that holds the operands;
//! `exp(0) = 1`, `ln(1) = 0`, `Φ(0) = ½` exactly; `exp`, `ln`, `sqrt` and `Φ` are monotone.
//!
//! | function | absolute error | argument |
//! |---|---|---|
//! | [`exp`] | 1e-18 + 1e-26 · result | up to 46.5; below -42 it is 0 |
//! | [`ln`] | 1e-18 | above 0 |
//! | [`sqrt`] | 1e-18, rounded down | 0 and above |
//! | [`normal_cdf`] | 2e-18 | any |
//! | [`normal_pdf`] | 2e-18 | any |
//!
//! Specification: `spec/ledger.md`, head and Rounding.

mod decimal;
mod exponential;
mod fixed;
mod normal;
mod root;
mod wide;

#[cfg(test)]
mod tests;

pub use decimal::DecimalError;
pub use exponential::{exp, ln, pow};
pub use fixed::{Fixed, compare_ratios};
pub use normal::{normal_cdf, normal_pdf};
pub use root::sqrt;
pub use wide::Wide;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// Why a calculation has no result. Raw integers are in units of 1e-18 unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum ArithmeticError {
    /// A sum or difference is outside `i128`.
    #[error("{left} {operation} {right} does not fit")]
    Overflow {
        /// First operand.
        left: Fixed,
        /// `+`, `-`.
        operation: &'static str,
        /// Second operand.
        right: Fixed,
    },
    /// A product or quotient rounds to something outside `i128`, or a sum of products is outside 256 bits.
    #[error("a product of high word {high} does not fit")]
    ProductOverflow {
        /// Upper 128 bits of the 256-bit value, in units of 2^128 · 1e-36.
        high: i128,
    },
    /// A quotient's denominator is zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The logarithm of a number that is not above zero.
    #[error("no logarithm of {got}")]
    NonPositiveLogarithm {
        /// The argument.
        got: Fixed,
    },
    /// The square root of a negative number.
    #[error("no square root of {got}")]
    NegativeRoot {
        /// The argument.
        got: Fixed,
    },
    /// The exponential of a number whose result does not fit.
    #[error("exp({got}) does not fit")]
    ExponentTooLarge {
        /// The argument.
        got: Fixed,
    },
}
