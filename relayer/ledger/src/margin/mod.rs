//! Margin: what a sub must own for the positions it holds.
//!
//! *Value*: what the sub is worth at marks, cash included. *Requirement*: what it must be worth to open (initial) or to be
//! left alone (maintenance). *Excess*: value less requirement; below zero the sub is under-margined.
//!
//! ```text
//!   market data ──► RiskArrays (each instrument priced once per epoch and scenario)
//!   positions  ──► portfolio::requirement(amounts × arrays)  ┐
//!   positions  ──► standard::requirement(per market)         ├─► Requirement { value, initial, maintenance }
//!   lag, tiers ──► latency: phi, haircuts, ramp              ┘
//! ```
//! Everything here is a pure function of numbers: no state, no clock. Requirements round up, values down.
//! Specification: `spec/ledger.md`, Margin. Formulas with sources: `reference/margin.md` 2.1 to 2.7.

pub mod arrays;
pub mod case;
pub mod contingency;
pub mod latency;
pub mod parameters;
pub mod portfolio;
pub mod scenario;
pub mod standard;
pub mod view;

#[cfg(test)]
mod tests;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use crate::{
    math::{ArithmeticError, Fixed},
    pricing::PricingError,
};

/// Why a margin cannot be calculated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum MarginError {
    /// A number left its range on the way.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
    /// An instrument has no price.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// More positions than a sub may hold.
    #[error("{got} positions, at most {most} are allowed")]
    TooManyPositions {
        /// How many there are.
        got: usize,
        /// The limit.
        most: usize,
    },
    /// More options than a set of arrays may price.
    #[error("{got} live options, at most {most} are allowed")]
    TooManyOptions {
        /// How many there are.
        got: usize,
        /// The limit.
        most: usize,
    },
    /// Options are not in strictly ascending order of expiry, strike and kind.
    #[error("option {index} does not follow its predecessor in expiry, strike and kind")]
    UnorderedOptions {
        /// The option's place.
        index: usize,
    },
    /// Positions are not in strictly ascending order of their option.
    #[error("option {index} is held twice or out of order")]
    UnorderedPositions {
        /// The option's place in the arrays.
        index: usize,
    },
    /// An index points outside the arrays it was made for.
    #[error("index {got} is outside {count} entries")]
    UnknownIndex {
        /// The index.
        got: usize,
        /// How many there are.
        count: usize,
    },
    /// A number that must not be negative is.
    #[error("{what} is {got}, below zero")]
    Negative {
        /// Which number.
        what: &'static str,
        /// Its value.
        got: Fixed,
    },
}

/// What a sub is worth and what it must be worth. Sums over underlyings with [`Requirement::plus`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// Value at marks, cash included; rounded down.
    pub value: Fixed,
    /// To open or add risk; rounded up.
    pub initial: Fixed,
    /// To be left alone; rounded up.
    pub maintenance: Fixed,
}

impl Requirement {
    /// What may still be risked; below zero the sub may only reduce.
    pub const fn initial_excess(&self) -> Result<Fixed, ArithmeticError> {
        self.value.sub(self.initial)
    }

    /// How far liquidation is; below zero an auction opens.
    pub const fn maintenance_excess(&self) -> Result<Fixed, ArithmeticError> {
        self.value.sub(self.maintenance)
    }

    /// The sum of two underlyings, without offset between them.
    pub fn plus(self, other: Self) -> Result<Self, ArithmeticError> {
        Ok(Self {
            value: self.value.add(other.value)?,
            initial: self.initial.add(other.initial)?,
            maintenance: self.maintenance.add(other.maintenance)?,
        })
    }

    /// The same with an initial requirement that is never below maintenance.
    pub fn with_initial_at_least_maintenance(self) -> Self {
        Self {
            initial: self.initial.max(self.maintenance),
            ..self
        }
    }
}

/// `fraction` of a notional, rounded up: the one way a requirement is taken.
pub fn margin_required_up(notional: Fixed, fraction: Fixed) -> Result<Fixed, ArithmeticError> {
    notional.mul_ceil(fraction)
}
