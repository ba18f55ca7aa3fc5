//! Acceptance of prices, once per epoch of at least a second.
//!
//! A field is accepted when fresh reports of quorum weight carry it and their spread is within bounds; a price moves at most by its feed's
//! bound per epoch, so that a jump converges over several. Interest rates and volatilities are not clamped: they have no scale of their own that
//! a bound could be a fraction of. The first price after a gap of more than 30 s starts no liquidation. Spec: `spec/ledger.md`, Prices.

use super::average::COVERED_LEAST_MS;
use crate::commands::PRICE_MAX;
use crate::ids::{Address, Underlying};
use crate::marks::svi;
use crate::math::Fixed;
use crate::rates::aggregation::{AggregationError, Report, aggregate};
use crate::state::{Accepted, Expiry, ExpiryWindow, Feed, State};
use alloc::{collections::BTreeSet, vec::Vec};
use wire::command::{AssetPrice, ExpiryPrice, PriceReport, Quote as Reported, Svi};

/// What one Tick accepts with: the fresh reports, their weights, and the rules.
struct Epoch<'a> {
    reports: Vec<(&'a PriceReport, u64)>,
    quorum: u64,
    now: u64,
    age_ms: u64,
    widest: Fixed,
}

impl State {
    /// Accepts what fresh reports of quorum weight say, feed by feed.
    pub(super) fn accept_prices(&mut self) {
        let due: Vec<Underlying> = self
            .feeds
            .iter()
            .filter(|(_, feed)| self.is_epoch_due(feed))
            .map(|(id, _)| *id)
            .collect();
        let epoch = Epoch::new(self);
        let accepted: Vec<(Underlying, Feed)> = due
            .into_iter()
            .filter_map(|id| Some((id, epoch.accept(id, self.feeds.get(&id)?).ok()??)))
            .collect();
        for (id, feed) in accepted {
            self.feeds.insert(id, feed);
        }
    }

    fn is_epoch_due(&self, feed: &Feed) -> bool {
        self.time_ms >= feed.epoch_ms.saturating_add(self.parameters.price_epoch_ms)
    }

    /// Weight of an attester in the current set.
    pub(super) fn weight_of(&self, attester: &Address) -> u64 {
        self.sets
            .current
            .members
            .get(attester)
            .map_or(0, |weight| u64::from(*weight))
    }
}

impl<'a> Epoch<'a> {
    fn new(state: &'a State) -> Self {
        let (now, age_ms) = (state.time_ms, state.parameters.price_age_ms);
        let fresh =
            |report: &&PriceReport| report.time_ms <= now && now.saturating_sub(report.time_ms) <= age_ms;
        let reports = state.price_reports.values().filter(fresh);
        let reports = reports
            .map(|report| (report, state.weight_of(&report.attester)))
            .collect();
        let widest = state.parameters.price_confidence;
        Self {
            reports,
            quorum: state.sets.current.quorum(),
            now,
            age_ms,
            widest,
        }
    }

    /// The feed with what is accepted now; none where nothing is.
    fn accept(&self, id: Underlying, feed: &Feed) -> Result<Option<Feed>, AggregationError> {
        let mut next = feed.clone();
        let bound = feed.risk.price_bound;
        let assets = self.of(|report| find_asset(report, id));
        let spot = self.price(feed.spot, &assets, |asset| Some(asset.spot), bound)?;
        let mark = self.price(feed.perpetual, &assets, |asset| asset.mark, bound)?;
        let stable = self.price(feed.stable, &assets, |asset| asset.stable, bound)?;
        let mut changed = spot.is_some() || mark.is_some() || stable.is_some();
        (next.spot, next.perpetual, next.stable) = (
            spot.or(feed.spot),
            mark.or(feed.perpetual),
            stable.or(feed.stable),
        );
        for expiry in self.expiries(id) {
            let row = next.expiries.entry(expiry).or_insert_with(|| self.first_seen());
            let accepted = self.accept_expiry(id, expiry, row, bound)?;
            changed = changed || accepted != *row;
            *row = accepted;
        }
        next.expiries.retain(|expiry, row| {
            let is_recent = expiry.saturating_mul(1_000).saturating_add(EXPIRED_KEPT_MS) > self.now;
            is_recent || row.window.covered_ms < COVERED_LEAST_MS
        });
        if !changed {
            return Ok(None);
        }
        next.epoch = feed.epoch.saturating_add(1);
        next.epoch_ms = self.now;
        Ok(Some(next))
    }

    fn accept_expiry(
        &self,
        id: Underlying,
        expiry: u64,
        row: &Expiry,
        bound: Fixed,
    ) -> Result<Expiry, AggregationError> {
        let reports = self.of(|report| find_expiry(report, id, expiry));
        let forward = self.price(row.forward, &reports, |price| Some(price.forward), bound)?;
        let rate = self.plain(row.rate, &reports, |price| {
            Some((price.rate.value, price.rate.confidence))
        })?;
        let smile = self.smile(row, &reports)?;
        Ok(Expiry {
            forward: forward.or(row.forward),
            rate: rate.or(row.rate),
            smile: smile.or(row.smile),
            window: row.window,
        })
    }

    /// An expiry that nobody reported before: its average covers no time that is over.
    fn first_seen(&self) -> Expiry {
        let window = ExpiryWindow {
            until_ms: self.now,
            ..ExpiryWindow::default()
        };
        Expiry {
            window,
            ..Expiry::default()
        }
    }

    /// What each fresh report says of one thing, with its weight.
    fn of<T>(&self, find: impl Fn(&'a PriceReport) -> Option<&'a T>) -> Vec<(&'a T, u64)> {
        self.reports
            .iter()
            .filter_map(|(report, weight)| Some((find(report)?, *weight)))
            .collect()
    }

    fn expiries(&self, id: Underlying) -> BTreeSet<u64> {
        let all = self.reports.iter().flat_map(|(report, _)| &report.expiries);
        let live =
            all.filter(|price| price.underlying == id && price.expiry.saturating_mul(1_000) > self.now);
        live.map(|price| price.expiry).take(EXPIRIES_MAX).collect()
    }

    /// A positive price, clamped to the bound around the last one.
    fn price<T>(
        &self,
        last: Option<Accepted>,
        reports: &[(&T, u64)],
        field: impl Fn(&T) -> Option<Reported>,
        bound: Fixed,
    ) -> Result<Option<Accepted>, AggregationError> {
        let value = |report: &T| field(report).map(|quote| (quote.value, quote.confidence));
        let Some((median, confidence)) = self.median(reports, value)? else {
            return Ok(None);
        };
        if !median.is_positive() || median > PRICE_MAX || confidence > median.mul_floor(self.widest)? {
            return Ok(None);
        }
        let price = match last {
            None => median,
            Some(last) => {
                let step = last.price.mul_floor(bound)?;
                median.clamp(last.price.sub(step)?, last.price.add(step)?)
            }
        };
        Ok(Some(self.accepted(last, price, median, confidence)))
    }

    /// A value without clamp: a rate or a volatility.
    fn plain<T>(
        &self,
        last: Option<Accepted>,
        reports: &[(&T, u64)],
        field: impl Fn(&T) -> Option<(i128, i128)>,
    ) -> Result<Option<Accepted>, AggregationError> {
        let median = self.median(reports, field)?;
        Ok(median.map(|(median, confidence)| self.accepted(last, median, median, confidence)))
    }

    /// The whole smile of the report whose at-the-money volatility is the weighted median.
    fn smile(
        &self,
        row: &Expiry,
        reports: &[(&ExpiryPrice, u64)],
    ) -> Result<Option<(Svi, Accepted)>, AggregationError> {
        let smiles: Vec<(Svi, Fixed, u64)> = reports
            .iter()
            .filter_map(|(price, weight)| Some((price.svi?, *weight)))
            .filter_map(|(smile, weight)| Some((smile, svi(&smile).at_the_money().ok()?, weight)))
            .collect();
        let votes: Vec<(&(Svi, Fixed, u64), u64)> = smiles.iter().map(|smile| (smile, smile.2)).collect();
        let last = row.smile.map(|(_, accepted)| accepted);
        let accepted = self.plain(last, &votes, |(smile, volatility, _)| {
            Some((volatility.raw(), smile.confidence))
        })?;
        let Some(accepted) = accepted else { return Ok(None) };
        let nearest = smiles
            .iter()
            .min_by_key(|(_, volatility, _)| distance(*volatility, accepted.median));
        Ok(nearest.map(|(smile, _, _)| (*smile, accepted)))
    }

    fn median<T>(
        &self,
        reports: &[(&T, u64)],
        field: impl Fn(&T) -> Option<(i128, i128)>,
    ) -> Result<Option<(Fixed, Fixed)>, AggregationError> {
        let quote = |(report, weight): &(&T, u64)| {
            let (value, confidence) = field(report)?;
            let (value, confidence) = (Fixed::from_raw(value), Fixed::from_raw(confidence).max_zero());
            Some(Report {
                price: value,
                confidence,
                weight: u32::try_from(*weight).unwrap_or(0),
            })
        };
        let quotes: Vec<Report> = reports.iter().filter_map(quote).collect();
        let weight: u64 = quotes.iter().map(|quote| u64::from(quote.weight)).sum();
        if weight < self.quorum {
            return Ok(None);
        }
        let agreed = aggregate(&quotes)?;
        Ok(Some((agreed.price, agreed.confidence)))
    }

    fn accepted(&self, last: Option<Accepted>, price: Fixed, median: Fixed, confidence: Fixed) -> Accepted {
        let after_gap = last.is_none_or(|last| self.now.saturating_sub(last.time_ms) > self.age_ms);
        Accepted {
            price,
            median,
            confidence,
            time_ms: self.now,
            after_gap,
        }
    }
}

/// Accepted values of an expiry are forgotten a day after it, unless it has still to settle.
const EXPIRED_KEPT_MS: u64 = 86_400_000;
/// Most expiries of one feed.
const EXPIRIES_MAX: usize = 64;

fn find_asset(report: &PriceReport, id: Underlying) -> Option<&AssetPrice> {
    let place = report
        .assets
        .binary_search_by_key(&id, |asset| asset.underlying)
        .ok()?;
    report.assets.get(place)
}

fn find_expiry(report: &PriceReport, id: Underlying, expiry: u64) -> Option<&ExpiryPrice> {
    let place = report
        .expiries
        .binary_search_by_key(&(id, expiry), |price| (price.underlying, price.expiry))
        .ok()?;
    report.expiries.get(place)
}

fn distance(a: Fixed, b: Fixed) -> u128 {
    a.raw().abs_diff(b.raw())
}
