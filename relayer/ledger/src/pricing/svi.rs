//! Volatility of a strike from the five parameters of an SVI slice.
//!
//! ```text
//!   k = ln(K/F), held within ±4·√(a + b·σ)
//!   w = a + b·(ρ·(k - m) + √((k - m)² + σ²)), at most 144      volatility = √(w/τ)
//! ```
//! The wings are flat four standard deviations from the forward, where no trade supports the fit.

use super::PricingError;
use crate::math::{Fixed, ln, sqrt};

/// Total variance above this says nothing more.
const MAX_VARIANCE: Fixed = Fixed::from_int(144);
/// Standard deviations at which the wings become flat.
const WIDTH: Fixed = Fixed::from_int(4);

/// One expiry's volatility smile, in total variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Svi {
    /// Level.
    pub a: Fixed,
    /// Slope of the wings, 0 or above.
    pub b: Fixed,
    /// Tilt, between -1 and 1.
    pub rho: Fixed,
    /// Where the smile is lowest.
    pub m: Fixed,
    /// Curvature at the bottom.
    pub sigma: Fixed,
    /// The forward that the smile was fitted on.
    pub forward: Fixed,
    /// Years to expiry that the smile was fitted on.
    pub tau: Fixed,
}

impl Svi {
    /// The volatility at a strike; zero at strike zero.
    pub fn volatility(&self, strike: Fixed) -> Result<Fixed, PricingError> {
        if !self.forward.is_positive() {
            return Err(PricingError::NoForward { got: self.forward });
        }
        if !self.tau.is_positive() {
            return Err(PricingError::NoTime { got: self.tau });
        }
        if strike.is_zero() {
            return Ok(Fixed::ZERO);
        }
        let variance = self.variance(self.log_moneyness(strike)?)?;
        if variance.is_negative() {
            return Err(PricingError::NegativeVariance { strike, variance });
        }
        Ok(sqrt(variance.min(MAX_VARIANCE).div_floor(self.tau)?)?)
    }

    /// The volatility at the forward.
    pub fn at_the_money(&self) -> Result<Fixed, PricingError> {
        self.volatility(self.forward)
    }

    fn log_moneyness(&self, strike: Fixed) -> Result<Fixed, PricingError> {
        let lowest = self.a.add(self.b.mul_floor(self.sigma)?)?;
        if lowest.is_negative() {
            return Err(PricingError::NegativeVariance {
                strike,
                variance: lowest,
            });
        }
        let bound = WIDTH.mul_floor(sqrt(lowest)?)?;
        let k = ln(strike)?.sub(ln(self.forward)?)?;
        Ok(k.clamp(bound.negate(), bound))
    }

    fn variance(&self, k: Fixed) -> Result<Fixed, PricingError> {
        let off = k.sub(self.m)?;
        let square = off.mul_floor(off)?.add(self.sigma.mul_floor(self.sigma)?)?;
        let wings = self.rho.mul_floor(off)?.add(sqrt(square)?)?;
        Ok(self.a.add(self.b.mul_floor(wings)?)?)
    }
}
