//! Attesters' reports: kept by attester, the newest only, with strictly rising times.
//!
//! A report is judged by its form here and by its age when prices are accepted. Spec: `spec/ledger.md`, Commands, Prices.

use crate::command::Report;
use crate::ids::Address;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::State;
use wire::command::{HealthReport, PriceReport};

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
        let key = |price: &wire::command::ExpiryPrice| (price.underlying, price.expiry);
        if !report.expiries.is_sorted_by(|a, b| key(a) < key(b)) {
            return Err(Refusal::BadReport { field: "expiries" });
        }
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
