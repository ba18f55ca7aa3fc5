//! Which price an action may rely on: the action by price table, and the condition of each instrument's and asset's prices.
//!
//! | price is | open | reduce | withdraw | start auction | continue auction | funding, expiry |
//! |---|---|---|---|---|---|---|
//! | fresh | yes | yes | yes | yes | yes | yes |
//! | clamped | no | yes | no | only if under at both | yes | yes |
//! | stale <= 120 s | no | yes | no | no | clock stands | holds |
//! | older, or halted | no | at last price within band | no | no | clock stands | holds |
//!
//! The condition of an instrument is the worst of the fields that value it. Spec: `spec/ledger.md`, Prices.

mod table;

pub use table::{Action, Condition, Permission, permission};

use crate::ids::{Instrument, Underlying};
use crate::refusal::Refusal;
use crate::state::{Accepted, Expiry, Feed, State};

impl State {
    /// The feed of an underlying.
    ///
    /// # Errors
    /// [`Refusal::UnknownFeed`].
    pub fn feed(&self, feed: Underlying) -> Result<&Feed, Refusal> {
        self.feeds.get(&feed).ok_or(Refusal::UnknownFeed { feed })
    }

    /// How far one accepted value can be relied on now.
    pub fn condition_of(&self, accepted: Option<&Accepted>) -> Condition {
        let Some(accepted) = accepted else {
            return Condition::Dead;
        };
        let age_ms = self.time_ms.saturating_sub(accepted.time_ms);
        if age_ms > self.parameters.price_stale_ms {
            Condition::Dead
        } else if age_ms > self.parameters.price_age_ms {
            Condition::Stale
        } else if accepted.is_clamped() {
            Condition::Clamped
        } else {
            Condition::Fresh
        }
    }

    /// The condition of an asset's spot price.
    ///
    /// # Errors
    /// [`Refusal::UnknownFeed`].
    pub fn spot_condition(&self, feed: Underlying) -> Result<Condition, Refusal> {
        let feed = self.feed(feed)?;
        Ok(unless_halted(feed, self.condition_of(feed.spot.as_ref())))
    }

    /// The condition of everything that values a position in `instrument`.
    ///
    /// # Errors
    /// [`Refusal::UnknownFeed`], [`Refusal::UnknownAsset`].
    pub fn instrument_condition(&self, instrument: &Instrument) -> Result<Condition, Refusal> {
        let fields = self.valuing_fields(instrument)?;
        let worst = fields.iter().map(|field| self.condition_of(field.as_ref())).max();
        Ok(unless_halted(
            self.feed(self.feed_of(instrument)?)?,
            worst.unwrap_or(Condition::Dead),
        ))
    }

    /// The feed whose prices value a position in `instrument`; for Spot the base's.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`].
    pub fn feed_of(&self, instrument: &Instrument) -> Result<Underlying, Refusal> {
        match *instrument {
            Instrument::Spot { base, .. } => Ok(self.asset(base)?.terms.feed),
            Instrument::Perpetual { underlying, .. }
            | Instrument::Future { underlying, .. }
            | Instrument::Option { underlying, .. } => Ok(underlying),
        }
    }

    /// The accepted values that a position in `instrument` is valued by.
    ///
    /// # Errors
    /// [`Refusal::UnknownFeed`], [`Refusal::UnknownAsset`].
    pub(crate) fn valuing_fields(&self, instrument: &Instrument) -> Result<[Option<Accepted>; 3], Refusal> {
        let feed = self.feed(self.feed_of(instrument)?)?;
        Ok(match *instrument {
            Instrument::Spot { .. } => [feed.spot; 3],
            Instrument::Perpetual { .. } => [feed.spot, feed.perpetual, feed.spot],
            Instrument::Future { expiry, .. } => [feed.spot, expiry_of(feed, expiry).forward, feed.spot],
            Instrument::Option { expiry, .. } => option_fields(feed, expiry),
        })
    }

    /// Refuses `action` on `feed` unless the table says a plain yes; what else it says is the caller's to judge.
    ///
    /// # Errors
    /// [`Refusal::Price`].
    pub fn require_price(
        &self,
        action: Action,
        feed: Underlying,
        condition: Condition,
    ) -> Result<(), Refusal> {
        match permission(action, condition) {
            Permission::Yes | Permission::AtLastWithinBand => Ok(()),
            _ => Err(Refusal::Price {
                action,
                feed,
                condition,
            }),
        }
    }
}

/// The accepted values that options of one expiry are valued by.
pub(crate) fn option_fields(feed: &Feed, expiry: u64) -> [Option<Accepted>; 3] {
    let curve = expiry_of(feed, expiry);
    let volatility = curve.smile.map(|(_, volatility)| volatility);
    [feed.spot, curve.forward, volatility]
}

/// The accepted values of one expiry; none were accepted where there is no row.
fn expiry_of(feed: &Feed, expiry: u64) -> Expiry {
    feed.expiries.get(&expiry).copied().unwrap_or_default()
}

fn unless_halted(feed: &Feed, condition: Condition) -> Condition {
    if feed.halted { Condition::Dead } else { condition }
}
