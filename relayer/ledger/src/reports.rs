//! Attesters' reports: kept by attester, the newest only, with strictly rising times.
//!
//! A report is judged by its form here and by its age when prices are accepted. Every number lies within what the arithmetic is proved for, so
//! that no single attester's can keep the others' from being counted. Spec: `spec/ledger.md`, Commands, Prices, Limits.

use crate::command::Report;
use crate::commands::PRICE_MAX;
use crate::ids::Address;
use crate::math::Fixed;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::State;
use wire::command::{AssetPrice, ChainHealth, ExpiryPrice, HealthReport, PriceReport, Quote, Svi};

/// Highest interest rate per year, and lowest with the other sign: ten thousand per cent.
const RATE_MAX: Fixed = Fixed::from_int(100);
/// Largest parameter of a smile.
const SMILE_MAX: Fixed = Fixed::from_int(1_000_000);

impl State {
    pub(crate) fn report(&mut self, report: &Report) -> Result<Effect, Refusal> {
        match report {
            Report::Price(report) => self.price_report(report),
            Report::Health(report) => self.health_report(report),
        }
    }

    fn price_report(&mut self, report: &PriceReport) -> Result<Effect, Refusal> {
        let last_ms = self.price_reports.get(&report.attester).map(|last| last.time_ms);
        self.require_reporter(report.attester, report.time_ms, last_ms)?;
        if !report.assets.is_sorted_by(|a, b| a.underlying < b.underlying) {
            return Err(Refusal::BadReport { field: "assets" });
        }
        let key = |price: &ExpiryPrice| (price.underlying, price.expiry);
        if !report.expiries.is_sorted_by(|a, b| key(a) < key(b)) {
            return Err(Refusal::BadReport { field: "expiries" });
        }
        report.assets.iter().try_for_each(require_asset_in_range)?;
        report.expiries.iter().try_for_each(require_expiry_in_range)?;
        self.price_reports.insert(report.attester, report.clone());
        Ok(Effect::Reported {
            attester: report.attester,
        })
    }

    fn health_report(&mut self, report: &HealthReport) -> Result<Effect, Refusal> {
        let last_ms = self.health_reports.get(&report.attester).map(|last| last.time_ms);
        self.require_reporter(report.attester, report.time_ms, last_ms)?;
        if !report.chains.is_sorted_by(|a, b| a.chain < b.chain) {
            return Err(Refusal::BadReport { field: "chains" });
        }
        let is_cost = |health: &ChainHealth| is_width(health.release_cost, PRICE_MAX);
        require(report.chains.iter().all(is_cost), "release_cost")?;
        self.health_reports.insert(report.attester, report.clone());
        Ok(Effect::Reported {
            attester: report.attester,
        })
    }

    fn require_reporter(&self, signer: Address, time_ms: u64, last_ms: Option<u64>) -> Result<(), Refusal> {
        if !self.sets.current.members.contains_key(&signer) {
            return Err(Refusal::NotAnAttester { signer });
        }
        if let Some(last_ms) = last_ms.filter(|last_ms| time_ms <= *last_ms) {
            return Err(Refusal::StaleReport { time_ms, last_ms });
        }
        if time_ms > self.time_ms {
            return Err(Refusal::FutureReport {
                time_ms,
                block_ms: self.time_ms,
            });
        }
        Ok(())
    }
}

fn require_asset_in_range(price: &AssetPrice) -> Result<(), Refusal> {
    require_price(&price.spot, "spot")?;
    let mark = price.mark.iter().try_for_each(|mark| require_price(mark, "mark"));
    mark.and_then(|()| {
        price
            .stable
            .iter()
            .try_for_each(|stable| require_price(stable, "stable"))
    })
}

fn require_expiry_in_range(price: &ExpiryPrice) -> Result<(), Refusal> {
    require_price(&price.forward, "forward")?;
    let (rate, confidence) = (price.rate.value, price.rate.confidence);
    require(within(rate, RATE_MAX) && is_width(confidence, RATE_MAX), "rate")?;
    let smile = price.svi.as_ref();
    require(smile.is_none_or(is_smile_in_range), "smile")
}

/// A price above zero, known to within a width.
fn require_price(quote: &Quote, field: &'static str) -> Result<(), Refusal> {
    require(
        quote.value > 0 && within(quote.value, PRICE_MAX) && is_width(quote.confidence, PRICE_MAX),
        field,
    )
}

fn is_smile_in_range(smile: &Svi) -> bool {
    let Svi {
        a, b, rho, m, sigma, ..
    } = *smile;
    let is_small = [a, b, rho, m, sigma].iter().all(|part| within(*part, SMILE_MAX));
    let is_dated = smile.tau > 0 && within(smile.tau, SMILE_MAX);
    is_small
        && is_dated
        && smile.fwd > 0
        && within(smile.fwd, PRICE_MAX)
        && is_width(smile.confidence, SMILE_MAX)
}

fn within(raw: i128, most: Fixed) -> bool {
    raw.unsigned_abs() <= most.raw().unsigned_abs()
}

fn is_width(raw: i128, most: Fixed) -> bool {
    raw >= 0 && within(raw, most)
}

fn require(holds: bool, field: &'static str) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::BadReport { field })
    }
}
