//! What time does, at every block and before any command: prices, funding, expiry, interest, and the way out.
//!
//! ```text
//!   halts, ids, proposals, stake ─► accumulate (at the prices so far) ─► accept prices ─► health ─► interest ─► funding and expiry that fall due
//!     ─► risk arrays ─► forget expired ids ─► liquidation ─► windows and budget ─► indemnities ─► outbox
//! ```
//! Every part is applied per feed, asset or instrument on its own; one whose numbers leave their range is left as it was.
//! Spec: `spec/ledger.md`, A block applies, Prices.

mod accept;
mod average;
mod funding;
mod health;
mod outbox;

use crate::ids::{AssetId, Instrument, Underlying};
use crate::receipt::Effect;
use crate::state::{Life, State};
use alloc::vec::Vec;

pub(crate) use average::AVERAGING_MS;

impl State {
    /// Advances everything that follows from time alone.
    pub(crate) fn tick(&mut self) {
        let live: Vec<Instrument> = self
            .markets
            .iter()
            .filter(|(_, market)| market.life == Life::Live)
            .map(|(id, _)| *id)
            .collect();
        let assets: Vec<AssetId> = self.assets.keys().copied().collect();
        self.tick_governance();
        live.iter()
            .filter(|id| matches!(id, Instrument::Perpetual { .. }))
            .for_each(|id| self.each(|state| state.accumulate_premium(*id)));
        let feeds: Vec<Underlying> = self.feeds.keys().copied().collect();
        feeds
            .iter()
            .for_each(|id| self.each(|state| state.accumulate_expiries(*id)));
        self.accept_prices();
        self.follow_health();
        assets
            .iter()
            .for_each(|asset| self.each(|state| state.accrue_interest(*asset)));
        live.iter().for_each(|id| self.each(|state| state.fall_due(*id)));
        self.price_arrays();
        self.forget_expired();
        self.tick_liquidation();
        self.open_windows();
        self.each(Self::release_indemnities);
        assets
            .iter()
            .for_each(|asset| self.each(|state| state.release_queued(*asset)));
    }

    /// One part of Tick, whole or not at all.
    fn each(&mut self, work: impl FnOnce(&mut Self) -> Result<(), crate::refusal::Refusal>) {
        // An overflow leaves this row as it was; the limits on sizes keep it from happening.
        drop(self.isolated(|state| work(state).map(|()| Effect::Done)));
    }
}
