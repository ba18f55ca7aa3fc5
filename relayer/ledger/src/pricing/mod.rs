//! Option prices: Black-76 on a forward, volatility from an SVI surface.
//!
//! *Forward*: the price agreed today for delivery at expiry. *Deviation*: `σ·√τ`, the standard deviation of the log-price
//! until expiry. *Discount*: `e^(-rτ)`. A year has 365 days.
//!
//! Specification: `spec/ledger.md`, Prices and Margin. Formulas: Black (1976), Gatheral's SVI with the wings held flat as
//! Derive does (`reference/margin.md` 2.3).

mod black76;
mod svi;

#[cfg(test)]
mod tests;

pub use black76::{Greeks, OptionKind, Side, greeks, price};
pub use svi::Svi;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use crate::math::{ArithmeticError, Fixed, exp};

/// Seconds in a year of 365 days.
pub const SECONDS_PER_YEAR: i64 = 31_536_000;

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum PricingError {
    /// A number left its range on the way.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    /// A surface without a forward above zero.
    #[error("forward {got} of a volatility surface is not above zero")]
    NoForward {
        /// The surface's forward.
        got: Fixed,
    },
    /// A surface without time to expiry.
    #[error("time to expiry {got} of a volatility surface is not above zero")]
    NoTime {
        /// The surface's years to expiry.
        got: Fixed,
    },
    /// A surface that gives a negative variance.
    #[error("total variance {variance} at strike {strike} is negative")]
    NegativeVariance {
        /// Where.
        strike: Fixed,
        /// What the surface gives there.
        variance: Fixed,
    },
    /// A forward or strike below zero.
    #[error("price {got} is negative")]
    NegativePrice {
        /// The price.
        got: Fixed,
    },
}

/// Seconds as a fraction of a year, rounded down.
pub fn years(seconds: u64) -> Result<Fixed, ArithmeticError> {
    let seconds = Fixed::from_int(i64::try_from(seconds).unwrap_or(i64::MAX));
    seconds.div_floor(Fixed::from_int(SECONDS_PER_YEAR))
}

/// `e^(-rate·years)`.
pub fn discount(rate: Fixed, years: Fixed) -> Result<Fixed, ArithmeticError> {
    exp(rate.mul_floor(years)?.negate())
}
