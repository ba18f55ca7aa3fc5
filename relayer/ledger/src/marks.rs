//! What a unit of an instrument is worth now, in its cash.
//!
//! | instrument | mark |
//! |---|---|
//! | perpetual | accepted perpetual mark |
//! | future | forward, its averaged part fixed in the last half hour |
//! | option | Black-76 on that forward, volatility of the strike |
//! | settled | the price it settled at |
//! | spot | base over quote |
//!
//! Spec: `spec/ledger.md`, Prices, Margin.

use crate::ids::{Instrument, OptionKind, Underlying};
use crate::margin_check::Basis;
use crate::math::{Fixed, sqrt};
use crate::pricing::{self, Side, Svi, discount, years};
use crate::refusal::Refusal;
use crate::state::{Accepted, Expiry, Life, State};
use crate::tick::AVERAGING_MS;
use wire::command::Svi as Surface;

/// The forward of one expiry, split by what the averaging has fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Fixed already.
    pub fixed: Fixed,
    /// Still moves.
    pub variable: Fixed,
    /// Seconds to expiry.
    pub seconds: u64,
}

impl State {
    /// The mark of an instrument at the accepted prices, whatever their age.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`], or a surface that gives no price.
    pub fn mark(&self, instrument: &Instrument) -> Result<Fixed, Refusal> {
        self.mark_at(instrument, Basis::Accepted)
    }

    /// The mark at the prices of `basis`.
    ///
    /// # Errors
    /// As [`State::mark`].
    pub fn mark_at(&self, instrument: &Instrument, basis: Basis) -> Result<Fixed, Refusal> {
        if let Some(Life::Settled { price }) = self.markets.get(instrument).map(|market| market.life) {
            return Ok(price);
        }
        match *instrument {
            Instrument::Spot { base, quote } => Ok(self
                .price_at(base, basis)?
                .div_floor(self.price_at(quote, basis)?)?),
            Instrument::Perpetual { underlying, .. } => {
                let mark = self.feed(underlying)?.perpetual;
                mark.map(|mark| mark.at(basis))
                    .ok_or(Refusal::NoPrice { feed: underlying })
            }
            Instrument::Future {
                underlying, expiry, ..
            } => self.forward(underlying, expiry, basis)?.whole(),
            Instrument::Option {
                underlying,
                cash,
                expiry,
                strike,
                kind,
            } => {
                let arrays = self.family_arrays(underlying, cash, basis);
                let row = arrays.and_then(|arrays| arrays.mark(arrays.find(expiry, strike, kind)?));
                row.map_or_else(
                    || self.option_mark(underlying, expiry, Fixed::from_raw(strike), kind, basis),
                    |(mark, _)| Ok(mark),
                )
            }
        }
    }

    /// The forward of an expiry, with the part that its averaging has fixed.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`].
    pub fn forward(&self, feed: Underlying, expiry: u64, basis: Basis) -> Result<Forward, Refusal> {
        let Expiry { forward, window, .. } = self.expiry_prices(feed, expiry)?;
        let forward = forward.ok_or(Refusal::NoPrice { feed })?.at(basis);
        let seconds = expiry.saturating_sub(self.time_ms.checked_div(1_000).unwrap_or(0));
        let whole = Fixed::from_raw(i128::from(AVERAGING_MS));
        let covered = Fixed::from_raw(i128::from(window.covered_ms.min(AVERAGING_MS)));
        let variable = forward.mul_div_floor(whole.sub(covered)?, whole)?;
        Ok(Forward {
            fixed: window.price_ms.mul_div_floor(Fixed::from_raw(1), whole)?,
            variable,
            seconds,
        })
    }

    fn expiry_prices(&self, feed: Underlying, expiry: u64) -> Result<Expiry, Refusal> {
        self.feed(feed)?
            .expiries
            .get(&expiry)
            .copied()
            .ok_or(Refusal::NoPrice { feed })
    }

    fn option_mark(
        &self,
        feed: Underlying,
        expiry: u64,
        strike: Fixed,
        kind: OptionKind,
        basis: Basis,
    ) -> Result<Fixed, Refusal> {
        let forward = self.forward(feed, expiry, basis)?;
        let tau = years(forward.seconds)?;
        let discount = discount(self.rate(feed, expiry)?, tau)?;
        let deviation = self.volatility(feed, expiry, strike)?.mul_floor(sqrt(tau)?)?;
        let whole = Side::new(forward.whole()?, discount)?;
        Ok(pricing::price(
            pricing_kind(kind),
            &whole,
            &Side::new(strike, discount)?,
            deviation,
        )?)
    }

    /// The volatility of a strike.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`], or a surface that gives none.
    pub(crate) fn volatility(&self, feed: Underlying, expiry: u64, strike: Fixed) -> Result<Fixed, Refusal> {
        let (surface, _) = self
            .expiry_prices(feed, expiry)?
            .smile
            .ok_or(Refusal::NoPrice { feed })?;
        Ok(svi(&surface).volatility(strike)?)
    }

    /// The interest rate to an expiry, negative ones as zero.
    ///
    /// # Errors
    /// [`Refusal::NoPrice`].
    pub(crate) fn rate(&self, feed: Underlying, expiry: u64) -> Result<Fixed, Refusal> {
        Ok(self
            .expiry_prices(feed, expiry)?
            .rate
            .map_or(Fixed::ZERO, |rate| rate.price)
            .max_zero())
    }
}

impl Forward {
    /// The whole forward.
    ///
    /// # Errors
    /// Arithmetic only.
    pub fn whole(&self) -> Result<Fixed, Refusal> {
        Ok(self.fixed.add(self.variable)?)
    }
}

impl Accepted {
    /// The price of `basis`.
    pub const fn at(&self, basis: Basis) -> Fixed {
        match basis {
            Basis::Accepted => self.price,
            Basis::Median => self.median,
        }
    }
}

/// A reported surface as the pricing takes it.
pub(crate) const fn svi(surface: &Surface) -> Svi {
    Svi {
        a: Fixed::from_raw(surface.a),
        b: Fixed::from_raw(surface.b),
        rho: Fixed::from_raw(surface.rho),
        m: Fixed::from_raw(surface.m),
        sigma: Fixed::from_raw(surface.sigma),
        forward: Fixed::from_raw(surface.fwd),
        tau: Fixed::from_raw(surface.tau),
    }
}

/// The pricing's name of a right.
pub(crate) const fn pricing_kind(kind: OptionKind) -> pricing::OptionKind {
    match kind {
        OptionKind::Call => pricing::OptionKind::Call,
        OptionKind::Put => pricing::OptionKind::Put,
    }
}
