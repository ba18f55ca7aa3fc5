//! Funding of perpetuals: who is on the crowded side pays the other.
//!
//! ```text
//!   premium = (mark - index)/index <= 1000, averaged over time     hourly rate = clamp((premium + interest)/8)
//!   index step = trunc(price · rate · Δt/1 h)               payment = ⌊-quantity · Δindex⌋
//! ```
//! Every payment is floored against its account, so that the payers pay at least what the receivers get.

use super::whole;
use crate::math::{ArithmeticError, Fixed, Wide};

const HOUR_MS: u64 = 3_600_000;
/// Premium and interest are per eight hours.
const EIGHT: Fixed = Fixed::from_int(8);

/// Bounds of funding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingTerms {
    /// Largest rate per hour, either way.
    pub clamp: Fixed,
    /// Interest per eight hours.
    pub interest: Fixed,
}

impl Default for FundingTerms {
    fn default() -> Self {
        Self {
            clamp: Fixed::from_ppm(7_500),
            interest: Fixed::from_ppm(100),
        }
    }
}

/// Largest premium that is averaged, ten thousand times what the clamp of a rate leaves of it.
pub const PREMIUM_MAX: Fixed = Fixed::from_int(1_000);

/// How far the mark is from the index, relative to the index, rounded toward zero; never below minus one nor above [`PREMIUM_MAX`], so that
/// every pair of prices has one.
pub fn premium(mark: Fixed, index: Fixed) -> Result<Fixed, ArithmeticError> {
    let distance = mark.sub(index)?;
    if distance >= index.mul_floor(PREMIUM_MAX)? {
        return Ok(PREMIUM_MAX);
    }
    distance.div_trunc(index)
}

impl FundingTerms {
    /// The rate per hour for an average premium.
    pub fn hourly_rate(&self, premium: Fixed) -> Result<Fixed, ArithmeticError> {
        let rate = premium.add(self.interest)?.div_trunc(EIGHT)?;
        Ok(rate.clamp(self.clamp.negate(), self.clamp))
    }
}

/// What one unit pays over `elapsed` of a `period` that the rate is for: `price·rate·elapsed/period`, toward zero.
pub fn index_step(price: Fixed, rate: Fixed, elapsed: u64, period: u64) -> Result<Fixed, ArithmeticError> {
    let timed = rate
        .raw()
        .checked_mul(i128::from(elapsed))
        .ok_or(ArithmeticError::Overflow {
            left: rate,
            operation: "*",
            right: whole(elapsed),
        })?;
    Wide::product(price, Fixed::from_raw(timed)).div_trunc(whole(period))
}

/// [`index_step`] of an hourly rate over milliseconds.
pub fn hourly_index_step(price: Fixed, rate: Fixed, elapsed_ms: u64) -> Result<Fixed, ArithmeticError> {
    index_step(price, rate, elapsed_ms, HOUR_MS)
}

/// What a position receives (pays, when negative) for the index's move since it was last touched.
pub fn payment(quantity: Fixed, index: Fixed, last_index: Fixed) -> Result<Fixed, ArithmeticError> {
    quantity.negate().mul_floor(index.sub(last_index)?)
}

/// A mean over time: of premiums for funding, of prices for settlement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeWeighted {
    sum: Wide,
    covered_ms: u64,
}

impl TimeWeighted {
    /// Adds a value that held for `ms`.
    pub fn push(self, value: Fixed, ms: u64) -> Result<Self, ArithmeticError> {
        let sum = self.sum.add_product(value, whole(ms))?;
        Ok(Self {
            sum,
            covered_ms: self.covered_ms.saturating_add(ms),
        })
    }

    /// Milliseconds that values were held for.
    pub const fn covered_ms(&self) -> u64 {
        self.covered_ms
    }

    /// The mean, toward zero; `None` while nothing is covered.
    pub fn mean(&self) -> Result<Option<Fixed>, ArithmeticError> {
        if self.covered_ms == 0 {
            return Ok(None);
        }
        self.sum.div_trunc(whole(self.covered_ms)).map(Some)
    }
}
