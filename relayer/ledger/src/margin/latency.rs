//! Margin that follows the network: how slow a chain is widens scenarios and haircuts.
//!
//! *Lag* `L`: stake-weighted median of the attesters' 99th percentile from a chain's event to the ledger, in milliseconds.
//! ```text
//!   factor  = √((h0 + L)/h0)                 phi = factor clamped to 1..3, rounded up in steps of 5 %
//!   haircut = min(1, h·factor + concentration + tier)
//!   concentration(v) = max(0, 1 - 1.1 / (1 + 0.1·√(v/start)))          0 up to `start`
//! ```
//! A rise acts on initial margin at once and on maintenance over an hour ([`Ramp`]); a fall is limited to 10 % a minute.
//! Maintenance sees at most the first tier, so that a paused chain liquidates nobody who is solvent.
//! Source of the square-root size rule: Drift (`reference/margin.md` 2.7).

use crate::math::{ArithmeticError, Fixed, sqrt};

/// The horizon that the scenarios were calibrated for.
pub const H0_MS: u64 = 3_600_000;
/// How long a rise takes to reach maintenance.
pub const RAMP_MS: u64 = 3_600_000;
const HIGHEST: Fixed = Fixed::from_int(3);
const STEP: Fixed = Fixed::from_ppm(50_000);
const FALL_PER_MINUTE: Fixed = Fixed::from_ppm(100_000);
const MINUTE_MS: u64 = 60_000;
/// The most that maintenance sees of a chain's tier.
const MAINTENANCE_TIER: Fixed = Fixed::from_ppm(50_000);

fn milliseconds(ms: u64) -> Fixed {
    Fixed::from_int(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// `√((h0 + L)/h0)`, rounded up in the quotient.
pub fn latency_factor(lag_ms: u64, h0_ms: u64) -> Result<Fixed, ArithmeticError> {
    let h0 = milliseconds(h0_ms.max(1));
    sqrt(h0.add(milliseconds(lag_ms))?.div_ceil(h0)?)
}

/// The factor on scenario rows: within 1 to 3, rounded up in steps of 5 %.
pub fn phi(factor: Fixed) -> Result<Fixed, ArithmeticError> {
    let steps = factor.clamp(Fixed::ONE, HIGHEST).div_ceil(STEP)?;
    let scale = i128::from(Fixed::SCALE);
    let whole = steps.raw().div_euclid(scale);
    let partial = i128::from(steps.raw().rem_euclid(scale) > 0);
    let whole = whole
        .checked_add(partial)
        .and_then(|whole| i64::try_from(whole).ok())
        .unwrap_or(i64::MAX);
    STEP.mul_ceil(Fixed::from_int(whole))
}

/// The factor after `elapsed_ms`: up at once, down by at most 10 % of itself per minute.
pub fn falling_slowly(previous: Fixed, target: Fixed, elapsed_ms: u64) -> Result<Fixed, ArithmeticError> {
    if target >= previous {
        return Ok(target);
    }
    let share = FALL_PER_MINUTE.mul_div_floor(milliseconds(elapsed_ms), milliseconds(MINUTE_MS))?;
    let lowest = previous.sub(previous.mul_floor(share)?)?;
    Ok(target.max(lowest))
}

/// A number that rises linearly over [`RAMP_MS`] and falls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    from: Fixed,
    to: Fixed,
    since_ms: u64,
}

impl Ramp {
    /// A number at rest.
    pub const fn at(value: Fixed) -> Self {
        Self {
            from: value,
            to: value,
            since_ms: 0,
        }
    }

    /// Aims at a new target from where the ramp is at `now_ms`. The same target again does not start over.
    pub fn toward(self, target: Fixed, now_ms: u64) -> Result<Self, ArithmeticError> {
        if target == self.to {
            return Ok(self);
        }
        let from = self.value(now_ms)?.min(target);
        Ok(Self {
            from,
            to: target,
            since_ms: now_ms,
        })
    }

    /// Where the ramp is.
    pub fn value(&self, now_ms: u64) -> Result<Fixed, ArithmeticError> {
        let elapsed = now_ms.saturating_sub(self.since_ms).min(RAMP_MS);
        let rise = self.to.sub(self.from)?;
        self.from
            .add(rise.mul_div_ceil(milliseconds(elapsed), milliseconds(RAMP_MS))?)
    }
}

/// How well a chain keeps up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainTier {
    /// Within twice its normal lag.
    Healthy,
    /// Beyond twice.
    Degraded,
    /// Beyond six times.
    Unhealthy,
    /// Halted by the attesters' quorum.
    Halted,
}

impl ChainTier {
    /// The tier of a chain that is not halted.
    pub const fn of_lag(lag_ms: u64, normal_ms: u64) -> Self {
        if lag_ms > normal_ms.saturating_mul(6) {
            Self::Unhealthy
        } else if lag_ms > normal_ms.saturating_mul(2) {
            Self::Degraded
        } else {
            Self::Healthy
        }
    }

    /// What the tier adds to the initial haircut.
    pub const fn haircut(self) -> Fixed {
        match self {
            Self::Healthy => Fixed::ZERO,
            Self::Degraded => Fixed::from_ppm(50_000),
            Self::Unhealthy => Fixed::from_ppm(250_000),
            Self::Halted => Fixed::ONE,
        }
    }
}

/// What a holding of `value` loses for its size: nothing up to `start`, then by the square root.
pub fn concentration(value: Fixed, start: Fixed) -> Result<Fixed, ArithmeticError> {
    const PREMIUM: Fixed = Fixed::from_ppm(1_100_000);
    const SLOPE: Fixed = Fixed::from_ppm(100_000);
    if value <= start {
        return Ok(Fixed::ZERO);
    }
    let root = sqrt(value.div_ceil(start)?)?;
    let weight = PREMIUM.div_floor(Fixed::ONE.add(SLOPE.mul_ceil(root)?)?)?;
    Ok(Fixed::ONE.sub(weight)?.max_zero())
}

/// Haircut for the initial requirement.
pub fn initial_haircut(
    base: Fixed,
    factor: Fixed,
    concentration: Fixed,
    tier: ChainTier,
) -> Result<Fixed, ArithmeticError> {
    haircut(base, factor, concentration, tier.haircut())
}

/// Haircut for maintenance: the caller gives the ramped factor.
pub fn maintenance_haircut(
    base: Fixed,
    factor: Fixed,
    concentration: Fixed,
    tier: ChainTier,
) -> Result<Fixed, ArithmeticError> {
    haircut(base, factor, concentration, tier.haircut().min(MAINTENANCE_TIER))
}

fn haircut(base: Fixed, factor: Fixed, concentration: Fixed, tier: Fixed) -> Result<Fixed, ArithmeticError> {
    Ok(base
        .mul_ceil(factor)?
        .add(concentration)?
        .add(tier)?
        .min(Fixed::ONE))
}
