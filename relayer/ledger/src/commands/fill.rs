//! `Fill`: a post and a take that meet; the price is the post's limit.
//!
//! ```text
//!   shape ─► intents live, not cancelled, enough left ─► cross ─► halts, prices, band ─► trade both sides ─► fees ─► margin of both
//! ```
//! Each side is judged by what the fill does to its own position: opening needs fresh prices and initial margin, reducing is allowed down
//! to the last price within the band and never may raise an under-margined sub's risk. Nobody signs a fill, so a refused one burns nothing.
//! Spec: `spec/ledger.md`, Commands (`Intent`, `Fill`), Prices.

use super::intents::{Party, Trade};
use crate::ids::{Account, Address, Instrument, Series};
use crate::margin_check::Risk;
use crate::math::Fixed;
use crate::posting::Place;
use crate::prices::Action;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Life, Market, State, Status, Use};
use alloc::boxed::Box;
use wire::command::Intent;

impl State {
    pub(super) fn fill(&mut self, fill: &crate::command::Match) -> Result<Effect, Refusal> {
        let trade = Trade::new(fill)?;
        self.take_quantity(&fill.post, trade.quantity)?;
        self.take_quantity(&fill.take, trade.quantity)?;
        self.require_trading(trade.instrument)?;
        let fees = match trade.instrument {
            Instrument::Spot { base, quote } => self.exchange(&trade, base, quote)?,
            _ => self.trade_both(&trade)?,
        };
        Ok(Effect::Filled {
            price: trade.price,
            quantity: trade.quantity,
            fees,
        })
    }

    /// Counts a quantity against an intent.
    fn take_quantity(&mut self, intent: &Intent, quantity: Fixed) -> Result<(), Refusal> {
        self.require_live(intent.expiry_ms)?;
        let filled = self.filled(intent)?;
        let left = Fixed::from_raw(intent.quantity).sub(filled)?;
        if quantity > left {
            return Err(Refusal::Overfilled { quantity, left });
        }
        let used = Use::Intent {
            body: Box::new(*intent),
            filled: filled.add(quantity)?,
        };
        self.remember(intent.account, intent.nonce, intent.expiry_ms, used);
        Ok(())
    }

    /// The instrument is listed, has not settled, and its cash may change hands. A halt alone stops no trading: it makes accounts
    /// reduce-only where a quorum ordered it.
    fn require_trading(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        self.listing(instrument)?;
        self.require_not_exited(instrument.cash())?;
        let expired = crate::ids::expiry(&instrument)
            .is_some_and(|expiry| self.time_ms >= expiry.saturating_mul(1_000));
        if expired
            || self
                .markets
                .get(&instrument)
                .is_some_and(|market| market.life != Life::Live)
        {
            return Err(Refusal::Settled { instrument });
        }
        if !self.markets.contains_key(&instrument) && !matches!(instrument, Instrument::Spot { .. }) {
            self.open_market(instrument)?;
        }
        Ok(())
    }

    fn open_market(&mut self, instrument: Instrument) -> Result<(), Refusal> {
        let (now, series) = (self.time_ms, Series::of(&instrument));
        let listing = self
            .listings
            .row(&series)
            .ok_or(Refusal::UnknownInstrument { instrument })?;
        if listing.live >= LIVE_MAX {
            return Err(Refusal::TooManyInstruments { most: LIVE_MAX });
        }
        listing.live = listing.live.saturating_add(1);
        let mut market = Market::default();
        market.funding.start_ms = now;
        market.funding.until_ms = now;
        self.markets.insert(instrument, market);
        Ok(())
    }

    /// Exchanges claims; nothing is borrowed and no position is made.
    fn exchange(
        &mut self,
        trade: &Trade,
        base: crate::ids::AssetId,
        quote: crate::ids::AssetId,
    ) -> Result<[Fixed; 2], Refusal> {
        let feed = self.asset(base)?.terms.feed;
        self.require_not_exited(base)?;
        self.require_price(Action::Open, feed, self.instrument_condition(&trade.instrument)?)?;
        self.require_band(trade, self.price_of(base)?.div_floor(self.price_of(quote)?)?)?;
        let [buyer, seller] = trade.accounts();
        self.touch(buyer)?;
        self.touch(seller)?;
        self.require_room_for(buyer, base)?;
        self.require_room_for(seller, quote)?;
        self.post(base, Place::Sub(seller), Place::Sub(buyer), trade.quantity)?;
        self.post(quote, Place::Sub(buyer), Place::Sub(seller), trade.notional)?;
        let fees = self.charge_venues(trade, Place::Sub)?;
        self.require_margin_after(buyer, None)?;
        self.require_margin_after(seller, None)?;
        Ok(fees)
    }

    fn trade_both(&mut self, trade: &Trade) -> Result<[Fixed; 2], Refusal> {
        self.price_option(&trade.instrument);
        self.require_band(trade, self.mark(&trade.instrument)?)?;
        let sides = trade.sides();
        let mut before = [None; 2];
        for (side, before) in sides.iter().zip(&mut before) {
            self.touch(side.account)?;
            *before = self.risk_before(trade, side)?;
        }
        let open_before = self.market(trade.instrument)?.open_interest;
        for side in &sides {
            self.trade(side.account, trade.instrument, side.quantity, side.notional)?;
        }
        for side in &sides {
            self.require_no_dust(side.account, trade.instrument)?;
        }
        let grown = self.market(trade.instrument)?.open_interest.sub(open_before)?;
        self.reserve_open_interest(&trade.instrument, grown)?;
        self.sweep_pool(trade.instrument)?;
        let fees = self.charge_venues(trade, Place::Margin)?;
        for (side, before) in sides.iter().zip(before) {
            self.require_margin_after(side.account, before)?;
        }
        Ok(fees)
    }

    /// A fill leaves a side with nothing or with the least quantity: else dust, which costs nothing to hold, would keep a family's instruments
    /// alive. What a liquidation or an expiry leaves may be less, and is closed whole.
    fn require_no_dust(&self, account: Account, instrument: Instrument) -> Result<(), Refusal> {
        let least = self.listing(instrument)?.risk.quantity_least;
        let position = self
            .subs
            .get(&account)
            .and_then(|sub| sub.positions.get(&instrument));
        match position.map(|position| position.quantity) {
            Some(quantity) if quantity.abs() < least => Err(Refusal::Dust {
                account,
                quantity,
                least,
            }),
            _ => Ok(()),
        }
    }

    /// The risk before the trade of a side that reduces, none of one that opens; refuses what prices, its own `reduce_only` or its status
    /// forbid.
    fn risk_before(&self, trade: &Trade, side: &Party) -> Result<Option<Risk>, Refusal> {
        let sub = self.subs.get(&side.account);
        let held = sub
            .and_then(|sub| sub.positions.get(&trade.instrument))
            .map_or(Fixed::ZERO, |held| held.quantity);
        let reduces = held.is_negative() != side.quantity.is_negative() && side.quantity.abs() <= held.abs();
        let restricted = side.reduce_only || sub.is_some_and(|sub| sub.status == Status::InAuction);
        let is_halted = self.holds_halted_collateral(side.account)
            || self.is_asset_halted_by_quorum(trade.instrument.cash());
        if !reduces && (restricted || is_halted) {
            return Err(Refusal::ReduceOnly {
                account: side.account,
            });
        }
        let action = if reduces { Action::Reduce } else { Action::Open };
        if let Some(feed) = crate::ids::underlying(&trade.instrument) {
            self.require_price(action, feed, self.instrument_condition(&trade.instrument)?)?;
        }
        if reduces {
            self.risk(side.account).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The price lies within the band around mark; of an option, within a quarter of the larger of its mark and 1 % of spot.
    fn require_band(&self, trade: &Trade, mark: Fixed) -> Result<(), Refusal> {
        let width = match trade.instrument {
            Instrument::Option { underlying, .. } => {
                let spot = self.feed(underlying)?.spot.map_or(Fixed::ZERO, |spot| spot.price);
                mark.max(spot.mul_floor(OPTION_BAND_FLOOR)?)
                    .mul_floor(OPTION_BAND)?
            }
            _ => mark.mul_floor(self.listing(trade.instrument)?.risk.price_band)?,
        };
        let (low, high) = (mark.sub(width)?, mark.add(width)?);
        if trade.price < low || trade.price > high {
            return Err(Refusal::OutsideBand {
                price: trade.price,
                low,
                high,
            });
        }
        Ok(())
    }

    /// Each side pays its venue what it signed for this quantity, at most the cap and what it could withdraw: a fee leaves the sub like a
    /// withdrawal, and one to a venue of its own would take out profit that is unmatured or unrealised.
    fn charge_venues(&mut self, trade: &Trade, from: fn(Account) -> Place) -> Result<[Fixed; 2], Refusal> {
        let most = trade.notional.mul_floor(self.parameters.venue_fee_cap)?;
        let cash = trade.instrument.cash();
        let mut fees = [Fixed::ZERO; 2];
        for (side, charged) in trade.sides().iter().zip(&mut fees) {
            *charged = side.fee.min(most);
            if side.venue != Address::ZERO && charged.is_positive() {
                *charged = self.spare(side.account, cash)?.min(*charged);
                let venue = Account {
                    owner: side.venue,
                    sub: 0,
                };
                self.post(cash, from(side.account), Place::Sub(venue), *charged)?;
            } else {
                *charged = Fixed::ZERO;
            }
        }
        Ok(fees)
    }
}

/// Most instruments of one family that have not settled.
const LIVE_MAX: u32 = 1_024;
/// Band of an option's fills: a quarter.
const OPTION_BAND: Fixed = Fixed::from_ppm(250_000);
/// Least mark that it is taken of: 1 % of spot.
const OPTION_BAND_FLOOR: Fixed = Fixed::from_ppm(10_000);
