//! What falls due: the hourly funding step, and the settlement of an expiry.
//!
//! ```text
//!   rate = clamp((average premium + interest) / 8, ± clamp)          per covered hour
//!   index += trunc(rate · index price · covered / 1 h)               average of less than an hour pays less
//! ```
//! Settling sets the price for everybody; positions pay when their sub is touched. Spec: `spec/ledger.md`, Prices.

use super::average::{AVERAGING_MS, COVERED_LEAST_MS};
use crate::ids::{Instrument, OptionKind, Series, expiry, underlying};
use crate::math::{ArithmeticError, Fixed};
use crate::parameters::NetworkParameters;
use crate::rates::funding::{FundingTerms, hourly_index_step};
use crate::refusal::Refusal;
use crate::state::{ExpiryWindow, FundingWindow, Life, State};

const HOUR_MS: u64 = 3_600_000;

impl State {
    /// Takes the funding step, or settles the expiry, whose time has come.
    pub(super) fn fall_due(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        match expiry(&instrument) {
            None => self.step_funding(instrument),
            Some(expiry) if self.time_ms >= expiry.saturating_mul(1_000) => {
                self.settle_expiry(instrument, expiry)
            }
            Some(_) => Ok(()),
        }
    }

    fn step_funding(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        let now = self.time_ms;
        let window = self.market(instrument)?.funding;
        if now < window.start_ms.saturating_add(HOUR_MS) {
            return Ok(());
        }
        let step = funding_step(&window, self.index(&instrument)?, &self.parameters)?;
        let market = self
            .markets
            .row(&instrument)
            .ok_or(Refusal::UnknownInstrument { instrument })?;
        market.funding_index = market.funding_index.add(step)?;
        market.funding = FundingWindow {
            start_ms: now,
            until_ms: now,
            ..FundingWindow::default()
        };
        Ok(())
    }

    fn settle_expiry(&mut self, instrument: Instrument, expiry: u64) -> Result<(), Refusal> {
        let feed = underlying(&instrument).ok_or(Refusal::UnknownInstrument { instrument })?;
        let row = self.feed(feed)?.expiries.get(&expiry);
        let window = row.map_or(ExpiryWindow::default(), |row| row.window);
        if window.covered_ms < COVERED_LEAST_MS {
            return Ok(());
        }
        let covered = Fixed::from_raw(i128::from(window.covered_ms.min(AVERAGING_MS)));
        let average = window.price_ms.mul_div_floor(Fixed::from_raw(1), covered)?;
        let price = settled_price(&instrument, average)?;
        let listing = self
            .listings
            .row(&Series::of(&instrument))
            .ok_or(Refusal::UnknownInstrument { instrument })?;
        listing.live = listing.live.saturating_sub(1);
        self.markets
            .row(&instrument)
            .ok_or(Refusal::UnknownInstrument { instrument })?
            .life = Life::Settled { price };
        self.retire(instrument)
    }
}

/// Cash per unit that funding pays for one window, truncated toward zero.
fn funding_step(
    window: &FundingWindow,
    index: Fixed,
    parameters: &NetworkParameters,
) -> Result<Fixed, ArithmeticError> {
    if window.covered_ms == 0 {
        return Ok(Fixed::ZERO);
    }
    let covered = Fixed::from_raw(i128::from(window.covered_ms));
    let average = window.premium_ms.mul_div_trunc(Fixed::from_raw(1), covered)?;
    let terms = FundingTerms {
        clamp: parameters.funding_clamp,
        interest: parameters.funding_interest,
    };
    hourly_index_step(index, terms.hourly_rate(average)?, window.covered_ms.min(HOUR_MS))
}

/// What a unit pays at this average: the price of a future, the payoff of an option.
fn settled_price(instrument: &Instrument, average: Fixed) -> Result<Fixed, ArithmeticError> {
    match *instrument {
        Instrument::Option { strike, kind, .. } => {
            let over = average.sub(Fixed::from_raw(strike))?;
            Ok(match kind {
                OptionKind::Call => over.max_zero(),
                OptionKind::Put => over.negate().max_zero(),
            })
        }
        _ => Ok(average),
    }
}

#[cfg(test)]
mod tests {
    use super::{HOUR_MS, funding_step};
    use crate::math::Fixed;
    use crate::parameters::NetworkParameters;
    use crate::state::FundingWindow;

    fn window(premium: &str, covered_ms: u64) -> FundingWindow {
        let premium: Fixed = premium.parse().unwrap();
        let premium_ms = Fixed::from_raw(premium.raw() * i128::from(covered_ms));
        FundingWindow {
            premium_ms,
            covered_ms,
            ..FundingWindow::default()
        }
    }

    #[test]
    fn a_premium_is_paid_over_eight_hours() {
        let step = funding_step(
            &window("0.0079", HOUR_MS),
            Fixed::from_int(1_000),
            &NetworkParameters::default(),
        );
        assert_eq!(step, Ok(Fixed::from_int(1)));
    }

    #[test]
    fn funding_is_clamped_and_held_where_prices_were_missing() {
        let parameters = NetworkParameters::default();
        let clamped = funding_step(&window("-0.5", HOUR_MS), Fixed::from_int(1_000), &parameters);
        assert_eq!(clamped, Ok("-7.5".parse().unwrap()));
        let half = funding_step(&window("-0.5", HOUR_MS / 2), Fixed::from_int(1_000), &parameters);
        assert_eq!(half, Ok("-3.75".parse().unwrap()));
        assert_eq!(
            funding_step(&window("0", 0), Fixed::from_int(1_000), &parameters),
            Ok(Fixed::ZERO)
        );
    }
}
