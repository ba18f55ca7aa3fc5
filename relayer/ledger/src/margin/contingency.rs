//! Surcharges beside the scenarios: price confidence, depeg of the settlement cash, naked shorts.
//!
//! *Score*: how far a price can be trusted, 1 wholly, 0 not at all.

use crate::math::{ArithmeticError, Fixed};

/// Confidence over price at which the score is zero is the inverse of this: 22.5 · 2 % = 0.45.
const SCORE_SLOPE: Fixed = Fixed::from_ppm(22_500_000);
/// A price this old has score zero.
const STALE_ZERO_SECONDS: u64 = 120;

/// How a score below the threshold is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfidenceLaw {
    /// `(threshold - score) / threshold` of notional: continuous, the ledger's law.
    Continuous,
    /// `1 - score` of notional as soon as the score is below the threshold: Derive's law, for public cases.
    Step,
}

/// Which naked shorts offset each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Only the same instrument: a long put does not cover a short call. The ledger's rule.
    SameKind,
    /// Call and put of one expiry and strike: Derive's rule, for public cases.
    SameStrike,
}

/// Score of a price with a confidence interval, `age_seconds` after it was accepted:
/// `max(0, 1 - 22.5·confidence/price)`, falling to 0 linearly over 120 s once it is stale.
pub fn confidence_score(
    confidence: Fixed,
    price: Fixed,
    stale_seconds: u64,
) -> Result<Fixed, ArithmeticError> {
    if !price.is_positive() {
        return Ok(Fixed::ZERO);
    }
    let lost = confidence.max_zero().mul_div_ceil(SCORE_SLOPE, price)?;
    let fresh = Fixed::ONE.sub(lost)?.max_zero();
    if stale_seconds == 0 {
        return Ok(fresh);
    }
    let left = STALE_ZERO_SECONDS.saturating_sub(stale_seconds);
    let whole = |seconds| Fixed::from_int(i64::try_from(seconds).unwrap_or(i64::MAX));
    fresh.mul_div_floor(whole(left), whole(STALE_ZERO_SECONDS))
}

/// Share of notional that a score costs, before the charge's own factor.
pub fn confidence_share(
    law: ConfidenceLaw,
    score: Fixed,
    threshold: Fixed,
) -> Result<Fixed, ArithmeticError> {
    if score >= threshold {
        return Ok(Fixed::ZERO);
    }
    match law {
        ConfidenceLaw::Continuous => threshold.sub(score)?.div_ceil(threshold),
        ConfidenceLaw::Step => Fixed::ONE.sub(score),
    }
}

/// What the settlement cash's distance below its threshold adds to a factor: `factor · max(0, threshold - stable)`.
pub fn depeg(stable: Fixed, threshold: Fixed, factor: Fixed) -> Result<Fixed, ArithmeticError> {
    threshold.sub(stable)?.max_zero().mul_ceil(factor)
}
