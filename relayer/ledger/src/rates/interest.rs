//! Interest on loans by how much of the supply is lent: linear to the kink, steep beyond.
//!
//! ```text
//!   u = borrowed / supplied, at most 1      r(u) = base + slope·min(u, kink) + steep·max(0, u - kink)
//!   growth over t years = e^(r·t)
//! ```

use super::whole;
use crate::math::{ArithmeticError, Fixed, exp};

const YEAR_MS: u64 = 31_536_000_000;

/// The curve, per year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateModel {
    /// At no use.
    pub base: Fixed,
    /// Per unit of use up to the kink.
    pub slope: Fixed,
    /// Where the curve turns.
    pub kink: Fixed,
    /// Per unit of use beyond the kink.
    pub steep: Fixed,
}

impl Default for RateModel {
    fn default() -> Self {
        Self {
            base: Fixed::from_ppm(20_000),
            slope: Fixed::from_ppm(80_000),
            kink: Fixed::from_ppm(850_000),
            steep: Fixed::from_ppm(900_000),
        }
    }
}

/// Share of the supply that is lent, at most 1; 0 when nothing is lent.
pub fn utilisation(borrowed: Fixed, supplied: Fixed) -> Result<Fixed, ArithmeticError> {
    if !borrowed.is_positive() {
        return Ok(Fixed::ZERO);
    }
    if borrowed >= supplied {
        return Ok(Fixed::ONE);
    }
    borrowed.div_floor(supplied)
}

impl RateModel {
    /// Interest per year, continuously compounded.
    pub fn rate(&self, utilisation: Fixed) -> Result<Fixed, ArithmeticError> {
        let beyond = utilisation.sub(self.kink)?.max_zero();
        let below = self.slope.mul_floor(utilisation.sub(beyond)?)?;
        self.base.add(below)?.add(self.steep.mul_floor(beyond)?)
    }

    /// The factor by which loans grow in `elapsed_ms`.
    pub fn growth(&self, utilisation: Fixed, elapsed_ms: u64) -> Result<Fixed, ArithmeticError> {
        exp(self
            .rate(utilisation)?
            .mul_div_floor(whole(elapsed_ms), whole(YEAR_MS))?)
    }
}
