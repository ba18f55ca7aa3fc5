//! What only liquidation asks for: gaps, epochs, in which cash, by which market.
//!
//! Spec: `spec/ledger.md`, Prices (table), Liquidation and losses.

use crate::ids::{Account, AssetId, Instrument, Underlying, underlying};
use crate::math::Fixed;
use crate::prices::Condition;
use crate::refusal::Refusal;
use crate::state::{Class, State};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

/// How far prices can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reliance {
    /// The worst condition.
    pub(super) condition: Condition,
    /// Whether one of them is the first after a gap.
    pub(super) after_gap: bool,
}

impl Reliance {
    const FULL: Self = Self {
        condition: Condition::Fresh,
        after_gap: false,
    };
}

impl State {
    /// How far the prices can be relied on that decide whether the sub is under maintenance.
    ///
    /// Rows whose prices are not fresh decide nothing while all of them together, were they worth as much again, would leave the sub under
    /// maintenance: dust with a dead price, which anybody may deposit, shields nobody.
    ///
    /// # Errors
    /// A missing price, arithmetic.
    pub(super) fn reliance(&self, account: Account) -> Result<Reliance, Refusal> {
        let mut worst = Reliance::FULL;
        let mut doubtful = Fixed::ZERO;
        for (reliance, size) in self.relied_on(account)? {
            if reliance != Reliance::FULL {
                worst.condition = worst.condition.max(reliance.condition);
                worst.after_gap |= reliance.after_gap;
                doubtful = doubtful.add(size)?;
            }
        }
        if worst != Reliance::FULL && doubtful < self.standing(account)?.margin.negate() {
            return Ok(Reliance::FULL);
        }
        Ok(worst)
    }

    /// Each row of a sub: how far its prices can be relied on, and its size at spot.
    fn relied_on(&self, account: Account) -> Result<Vec<(Reliance, Fixed)>, Refusal> {
        let mut rows = Vec::new();
        let Some(sub) = self.subs.get(&account) else {
            return Ok(rows);
        };
        for (instrument, position) in &sub.positions {
            let fields = self.valuing_fields(instrument)?;
            let condition = self.instrument_condition(instrument)?;
            let after_gap = fields.iter().flatten().any(|accepted| accepted.after_gap);
            let feed = self.feed_of(instrument)?;
            let spot = self.feed(feed)?.spot.ok_or(Refusal::NoPrice { feed })?;
            let reliance = Reliance { condition, after_gap };
            rows.push((reliance, position.quantity.abs().mul_ceil(spot.price)?));
        }
        for (asset, balance) in &sub.balances {
            let books = self.asset(*asset)?;
            let feed = self.feed(books.terms.feed)?;
            let condition = self.spot_condition(books.terms.feed)?;
            let after_gap = feed.spot.is_some_and(|accepted| accepted.after_gap);
            let value = books
                .value(balance.shares)?
                .abs()
                .mul_ceil(self.price_of(*asset)?)?;
            rows.push((Reliance { condition, after_gap }, value));
        }
        Ok(rows)
    }

    /// The oracle epoch of a sub: that of the feed of its own that is furthest.
    ///
    /// # Errors
    /// [`Refusal::UnknownAsset`].
    pub fn oracle_epoch(&self, account: Account) -> Result<u64, Refusal> {
        let feeds = self.feeds_of(account)?;
        let epochs = feeds
            .iter()
            .filter_map(|feed| self.feeds.get(feed))
            .map(|feed| feed.epoch);
        Ok(epochs.max().unwrap_or(0))
    }

    /// The cash in which the sub is most negative: claims, loans and unrealised profit in it; the first of equals.
    pub(super) fn liquidation_cash(&self, account: Account) -> Result<AssetId, Refusal> {
        let sub = self.subs.get(&account).ok_or(Refusal::UnknownSub { account })?;
        let mut worth: BTreeMap<AssetId, Fixed> = BTreeMap::new();
        for (asset, balance) in &sub.balances {
            let books = self.asset(*asset)?;
            if books.terms.class == Class::Cash {
                worth.insert(*asset, books.value(balance.shares)?);
            }
        }
        for (instrument, position) in &sub.positions {
            let unrealised = position
                .quantity
                .mul_floor(self.mark(instrument)?)?
                .sub(position.cost)?;
            let row = worth.entry(instrument.cash()).or_default();
            *row = row.add(unrealised)?;
        }
        let mut lowest: Option<(Fixed, AssetId)> = None;
        for (asset, amount) in worth {
            let value = (amount.mul_floor(self.price_of(asset)?)?, asset);
            lowest = Some(lowest.map_or(value, |lowest| lowest.min(value)));
        }
        lowest
            .map(|(_, asset)| asset)
            .ok_or(Refusal::UnknownSub { account })
    }

    /// Standard maintenance of each position: what a deficit is split by.
    pub(super) fn standard_maintenance(&self, account: Account) -> Result<Vec<(Instrument, Fixed)>, Refusal> {
        let mut weights = Vec::new();
        for (instrument, position) in self.subs.get(&account).into_iter().flat_map(|sub| &sub.positions) {
            let Some(feed) = underlying(instrument) else {
                continue;
            };
            let spot = self.feed(feed)?.spot.ok_or(Refusal::NoPrice { feed })?.price;
            let fraction = self.listing(*instrument)?.risk.maintenance;
            let weight = position.quantity.abs().mul_ceil(spot)?.mul_ceil(fraction)?;
            weights.push((*instrument, weight.max(Fixed::ULP)));
        }
        Ok(weights)
    }

    fn feeds_of(&self, account: Account) -> Result<BTreeSet<Underlying>, Refusal> {
        let Some(sub) = self.subs.get(&account) else {
            return Ok(BTreeSet::new());
        };
        let mut feeds: BTreeSet<Underlying> = sub.positions.keys().filter_map(underlying).collect();
        for asset in sub.balances.keys() {
            feeds.insert(self.asset(*asset)?.terms.feed);
        }
        Ok(feeds)
    }
}
