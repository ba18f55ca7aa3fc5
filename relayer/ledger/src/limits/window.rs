//! One window of the governor: how much of an asset may still leave in it.
//!
//! ```text
//!   base      = min(holdings now, holdings when the window began)
//!   cap       = max(fraction · base, minimum)
//!   available = min(cap, cap + freed - spent),  at least zero
//!   inflow:     this window ─► last window ─► freed: counts only when a whole window has passed since it came in
//! ```
//! A deposit raises neither the base nor what is freed of the window it falls into, nor of the next one; freed inflow offsets what was
//! spent and never lifts the cap. So a deposit that is withdrawn at once takes its own turn like any other outflow.
//! Spec: `spec/relayer.md`, Security layers (governor).

use crate::math::{ArithmeticError, Fixed};

/// One window, in units of its asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Block time when it began.
    pub start_ms: u64,
    /// Holdings when it began.
    pub base: Fixed,
    /// What has left in it.
    pub spent: Fixed,
    /// What has come in.
    pub inflow: Fixed,
    /// What came in in the window before.
    pub inflow_before: Fixed,
    /// What came in a whole window ago and offsets what is spent now.
    pub freed: Fixed,
}

impl Window {
    /// Begins a new window where the running one of `length_ms` is over.
    pub fn turn(&mut self, time_ms: u64, length_ms: u64, holdings: Fixed) {
        let passed = time_ms
            .saturating_sub(self.start_ms)
            .checked_div(length_ms)
            .unwrap_or(0);
        if passed == 0 {
            return;
        }
        let (inflow_before, freed) = match passed {
            1 => (self.inflow, self.inflow_before),
            2 => (Fixed::ZERO, self.inflow),
            _ => (Fixed::ZERO, Fixed::ZERO),
        };
        let start_ms = self.start_ms.saturating_add(passed.saturating_mul(length_ms));
        *self = Self {
            start_ms,
            base: holdings,
            inflow_before,
            freed,
            ..Self::default()
        };
    }

    /// The most that may leave in it.
    ///
    /// # Errors
    /// The product does not fit.
    pub fn cap(&self, holdings: Fixed, fraction: Fixed, minimum: Fixed) -> Result<Fixed, ArithmeticError> {
        Ok(self.base.min(holdings).mul_floor(fraction)?.max(minimum))
    }

    /// What may still leave under `cap`.
    ///
    /// # Errors
    /// A sum does not fit.
    pub fn available(&self, cap: Fixed) -> Result<Fixed, ArithmeticError> {
        Ok(cap.add(self.freed)?.sub(self.spent)?.min(cap).max_zero())
    }

    /// Counts what leaves.
    ///
    /// # Errors
    /// The sum does not fit.
    pub fn spend(&mut self, amount: Fixed) -> Result<(), ArithmeticError> {
        self.spent = self.spent.add(amount)?;
        Ok(())
    }

    /// Counts what comes in.
    ///
    /// # Errors
    /// The sum does not fit.
    pub fn receive(&mut self, amount: Fixed) -> Result<(), ArithmeticError> {
        self.inflow = self.inflow.add(amount)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn of(units: i64) -> Fixed {
        Fixed::from_int(units)
    }

    /// 1 % of holdings, at least 10.
    fn available(window: &Window, holdings: i64) -> Fixed {
        let cap = window.cap(of(holdings), Fixed::from_ppm(10_000), of(10)).unwrap();
        window.available(cap).unwrap()
    }

    fn window(holdings: i64) -> Window {
        let mut window = Window::default();
        window.turn(HOUR, HOUR, of(holdings));
        window
    }

    #[test]
    fn what_was_spent_is_gone_until_the_window_turns() {
        let mut window = window(10_000);
        window.spend(of(70)).unwrap();
        assert_eq!(available(&window, 10_000), of(30));
        window.turn(2 * HOUR - 1, HOUR, of(9_930));
        assert_eq!(available(&window, 10_000), of(30));
        window.turn(2 * HOUR, HOUR, of(9_000));
        assert_eq!(available(&window, 9_930), of(90));
    }

    #[test]
    fn the_base_is_the_lower_of_now_and_the_start() {
        assert_eq!(available(&window(10_000), 5_000), of(50));
        assert_eq!(available(&window(10_000), 50_000), of(100));
        assert_eq!(available(&window(100), 50_000), of(10));
    }

    #[test]
    fn inflow_offsets_outflow_only_a_whole_window_later() {
        let mut window = window(10_000);
        window.receive(of(60)).unwrap();
        window.spend(of(100)).unwrap();
        assert_eq!(available(&window, 10_000), of(0));
        window.turn(2 * HOUR, HOUR, of(10_000));
        window.spend(of(100)).unwrap();
        assert_eq!(available(&window, 10_000), of(0));
        window.turn(3 * HOUR, HOUR, of(10_000));
        assert_eq!(available(&window, 10_000), of(100), "never above the cap");
        window.spend(of(100)).unwrap();
        assert_eq!(available(&window, 10_000), of(60));
    }

    #[test]
    fn inflow_of_long_ago_frees_nothing() {
        let mut window = window(10_000);
        window.receive(of(60)).unwrap();
        window.turn(4 * HOUR, HOUR, of(10_000));
        window.spend(of(100)).unwrap();
        assert_eq!(available(&window, 10_000), of(0));
        assert_eq!(window.start_ms, 4 * HOUR);
    }
}
