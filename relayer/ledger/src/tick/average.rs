//! Time-weighted averages: premium of a perpetual, price before an expiry.
//!
//! Both add `value · milliseconds` over the time since the last Tick, at the prices that held in it. A price counts for at most 60 s after it was
//! accepted; time without one is not covered. The window of an expiry ends at T; if less than 900 s are covered by then, it extends until
//! they are. All instruments of one underlying and expiry settle by one average. Spec: `spec/ledger.md`, Prices.

use crate::ids::{Instrument, Underlying};
use crate::math::{ArithmeticError, Fixed};
use crate::prices::{Action, Permission, permission};
use crate::rates::funding;
use crate::refusal::Refusal;
use crate::state::{Accepted, ExpiryWindow, State};

/// Length of the averaging window before an expiry.
pub(crate) const AVERAGING_MS: u64 = 1_800_000;
/// Covered time without which an expiry does not settle.
pub(super) const COVERED_LEAST_MS: u64 = 900_000;
/// How long an accepted price counts.
const VALID_MS: u64 = 60_000;

impl State {
    /// Adds the time since the last Tick to the averages of a feed's expiries whose window has begun.
    pub(super) fn accumulate_expiries(&mut self, id: Underlying) -> Result<(), Refusal> {
        let now = self.time_ms;
        let begun = |expiry: u64| expiry.saturating_mul(1_000).saturating_sub(AVERAGING_MS) < now;
        if !self.feed(id)?.expiries.keys().any(|expiry| begun(*expiry)) {
            return Ok(());
        }
        let feed = self.feeds.row(&id).ok_or(Refusal::UnknownFeed { feed: id })?;
        let spot = feed.spot.filter(|_| !feed.halted);
        for (expiry, row) in feed.expiries.iter_mut().filter(|(expiry, _)| begun(**expiry)) {
            extend(&mut row.window, spot, expiry.saturating_mul(1_000), now)?;
        }
        Ok(())
    }

    /// Adds the time since the last Tick to the average premium of a perpetual.
    pub(super) fn accumulate_premium(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        let condition = self.instrument_condition(&instrument)?;
        let (now, premium) = (self.time_ms, self.premium(&instrument));
        let window = &mut self
            .markets
            .row(&instrument)
            .ok_or(Refusal::UnknownInstrument { instrument })?
            .funding;
        let elapsed_ms = now.saturating_sub(window.until_ms);
        window.until_ms = now;
        if permission(Action::Accumulate, condition) == Permission::Yes {
            let elapsed_ms = elapsed_ms.min(VALID_MS);
            window.premium_ms = window.premium_ms.add(times(premium?, elapsed_ms)?)?;
            window.covered_ms = window.covered_ms.saturating_add(elapsed_ms);
        }
        Ok(())
    }

    /// (mark - index) / index.
    fn premium(&self, instrument: &Instrument) -> Result<Fixed, Refusal> {
        let mark = self.mark(instrument)?;
        let index = self.index(instrument)?;
        Ok(funding::premium(mark, index)?)
    }

    /// The accepted spot price of what an instrument follows.
    pub(super) fn index(&self, instrument: &Instrument) -> Result<Fixed, Refusal> {
        let feed = crate::ids::underlying(instrument).ok_or(Refusal::UnknownInstrument {
            instrument: *instrument,
        })?;
        self.feed(feed)?
            .spot
            .map(|spot| spot.price)
            .ok_or(Refusal::NoPrice { feed })
    }
}

/// Extends the integral of one expiry up to `now`, at the price that held since the last Tick.
fn extend(
    window: &mut ExpiryWindow,
    price: Option<Accepted>,
    expiry_ms: u64,
    now: u64,
) -> Result<(), ArithmeticError> {
    let from = window.until_ms.max(expiry_ms.saturating_sub(AVERAGING_MS));
    window.until_ms = from.max(now);
    let Some(price) = price else { return Ok(()) };
    let until = now.min(price.time_ms.saturating_add(VALID_MS));
    let within = until.min(expiry_ms).saturating_sub(from);
    add(window, price.price, within)?;
    let beyond = until.saturating_sub(from.max(expiry_ms));
    let missing = COVERED_LEAST_MS.saturating_sub(window.covered_ms);
    add(window, price.price, beyond.min(missing))
}

fn add(window: &mut ExpiryWindow, price: Fixed, covered_ms: u64) -> Result<(), ArithmeticError> {
    window.price_ms = window.price_ms.add(times(price, covered_ms)?)?;
    window.covered_ms = window.covered_ms.saturating_add(covered_ms);
    Ok(())
}

/// A value times milliseconds, as an integral keeps it.
fn times(value: Fixed, milliseconds: u64) -> Result<Fixed, ArithmeticError> {
    value.mul_div_trunc(Fixed::from_raw(i128::from(milliseconds)), Fixed::from_raw(1))
}

#[cfg(test)]
mod tests {
    use super::{AVERAGING_MS, COVERED_LEAST_MS, extend};
    use crate::math::Fixed;
    use crate::state::{Accepted, ExpiryWindow};

    const EXPIRY_MS: u64 = 10_000_000;

    fn at(time_ms: u64) -> Option<Accepted> {
        Some(Accepted {
            price: Fixed::from_int(100),
            time_ms,
            ..Accepted::default()
        })
    }

    fn averaged(until_ms: u64, step_ms: u64) -> ExpiryWindow {
        let mut window = ExpiryWindow::default();
        let mut now = EXPIRY_MS - AVERAGING_MS - 5_000;
        while now < until_ms {
            let accepted = at(now);
            now += step_ms;
            extend(&mut window, accepted, EXPIRY_MS, now).unwrap();
        }
        window
    }

    #[test]
    fn covers_the_half_hour_before_expiry_and_nothing_after_it() {
        let window = averaged(EXPIRY_MS + 60_000, 5_000);
        assert_eq!(window.covered_ms, AVERAGING_MS);
        assert_eq!(
            window.price_ms,
            Fixed::from_raw(100 * i128::from(AVERAGING_MS) * i128::from(Fixed::SCALE))
        );
    }

    #[test]
    fn a_price_counts_for_sixty_seconds() {
        let mut window = ExpiryWindow::default();
        extend(&mut window, at(EXPIRY_MS - AVERAGING_MS), EXPIRY_MS, EXPIRY_MS).unwrap();
        assert_eq!(window.covered_ms, 60_000);
    }

    #[test]
    fn the_window_extends_until_a_quarter_hour_is_covered() {
        let mut window = ExpiryWindow {
            until_ms: EXPIRY_MS,
            covered_ms: COVERED_LEAST_MS - 10_000,
            ..Default::default()
        };
        extend(&mut window, at(EXPIRY_MS), EXPIRY_MS, EXPIRY_MS + 4_000).unwrap();
        assert_eq!(window.covered_ms, COVERED_LEAST_MS - 6_000);
        extend(&mut window, at(EXPIRY_MS + 4_000), EXPIRY_MS, EXPIRY_MS + 40_000).unwrap();
        assert_eq!(window.covered_ms, COVERED_LEAST_MS);
    }
}
