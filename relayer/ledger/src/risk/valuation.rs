//! What only liquidation asks for: gaps, epochs, in which cash, by which market.
//!
//! Spec: `spec/ledger.md`, Prices (table), Liquidation and losses.

use crate::ids::{Account, AssetId, Instrument, Underlying, underlying};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Accepted, Class, Feed, State};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

impl State {
    /// Whether a price of the sub is the first after a gap.
    pub(super) fn is_after_gap(&self, account: Account) -> bool {
        let feeds = self.feeds_of(account).unwrap_or_default();
        let rows = feeds.iter().filter_map(|feed| self.feeds.get(feed));
        rows.flat_map(accepted).any(|accepted| accepted.after_gap)
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

fn accepted(feed: &Feed) -> impl Iterator<Item = &Accepted> {
    let fields = [&feed.spot, &feed.perpetual, &feed.stable];
    let forwards = feed.expiries.values().map(|expiry| &expiry.forward);
    fields.into_iter().chain(forwards).flatten()
}
