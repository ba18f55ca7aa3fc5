//! How much may leave per window: a capacity that refills toward a share of what is held.
//!
//! ```text
//!   baseline = max(minimum, holdings · share)
//!   capacity moves to the baseline by max(baseline, capacity - baseline)·Δt/window
//! ```
//! Source: dYdX's rate limit (`reference/margin.md` 1b).

use super::whole;
use crate::math::{ArithmeticError, Fixed};

/// One window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutflowWindow {
    /// Its length.
    pub window_ms: u64,
    /// Share of the holdings that may leave in it.
    pub share: Fixed,
    /// What may leave in any case.
    pub minimum: Fixed,
}

impl OutflowWindow {
    /// What may leave in one window, rounded down.
    pub fn baseline(&self, holdings: Fixed) -> Result<Fixed, ArithmeticError> {
        Ok(holdings.mul_floor(self.share)?.max(self.minimum))
    }

    /// The capacity `elapsed_ms` after it was `capacity`, rounded against the one who withdraws.
    pub fn capacity(
        &self,
        capacity: Fixed,
        holdings: Fixed,
        elapsed_ms: u64,
    ) -> Result<Fixed, ArithmeticError> {
        let baseline = self.baseline(holdings)?;
        let over = capacity.sub(baseline)?;
        let elapsed = whole(elapsed_ms.min(self.window_ms));
        let moved = baseline
            .max(over)
            .mul_div_floor(elapsed, whole(self.window_ms.max(1)))?;
        if over.is_positive() {
            Ok(capacity.sub(moved)?.max(baseline))
        } else {
            Ok(capacity.add(moved)?.min(baseline))
        }
    }
}
