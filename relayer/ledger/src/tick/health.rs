//! Health of the chains: weighted median of the reported latencies, and the margin factors that follow. Spec: `spec/ledger.md`, Margin.

use crate::ids::ChainId;
use crate::math::{ArithmeticError, Fixed, sqrt};
use crate::prices::{Quote, aggregate};
use crate::state::{Health, State, Tier};
use alloc::vec::Vec;
use wire::command::{ChainHealth, HealthReport};

/// Oldest health report that counts.
const HEALTH_AGE_MS: u64 = 60_000;
/// Most that a factor falls per minute.
const FALL: Fixed = Fixed::from_ppm(100_000);
/// Time in which the maintenance factor follows a rise of one.
const RAMP_MS: u64 = 3_600_000;
const MINUTE_MS: u64 = 60_000;
const FACTOR_MAX: Fixed = Fixed::from_int(3);
/// Factors move in steps of 5 %.
const STEPS: Fixed = Fixed::from_int(20);

impl State {
    /// Follows the reports of every chain.
    pub(super) fn follow_health(&mut self) {
        let chains: Vec<ChainId> = self.health.keys().copied().collect();
        for chain in chains {
            let Some(health) = self.health.get(&chain) else {
                continue;
            };
            if let Ok(next) = self.followed(chain, health) {
                self.health.insert(chain, next);
            }
        }
    }

    fn followed(&self, chain: ChainId, health: &Health) -> Result<Health, ArithmeticError> {
        let latency_ms = self
            .reported(chain, |report| report.latency_ms)?
            .unwrap_or(health.latency_ms);
        let lag_ms = self
            .reported(chain, |report| report.lag_ms)?
            .unwrap_or(health.lag_ms);
        let target = factor(self.parameters.latency_base_ms, latency_ms)?;
        let elapsed_ms = self.time_ms.saturating_sub(health.phi_ms);
        let phi_initial = target.max(fallen(health.phi_initial, elapsed_ms)?);
        let phi_maintenance = ramped(health.phi_maintenance, phi_initial, elapsed_ms)?;
        let tier = if self.is_halted_by_quorum(chain) {
            Tier::Halted
        } else {
            tier(lag_ms, health.normal_lag_ms)
        };
        Ok(Health {
            latency_ms,
            lag_ms,
            phi_initial,
            phi_maintenance,
            phi_ms: self.time_ms,
            tier,
            ..*health
        })
    }

    /// Weighted median of fresh reports of quorum weight.
    fn reported(
        &self,
        chain: ChainId,
        field: impl Fn(&ChainHealth) -> u64,
    ) -> Result<Option<u64>, ArithmeticError> {
        let now = self.time_ms;
        let fresh = |report: &&HealthReport| {
            report.time_ms <= now && now.saturating_sub(report.time_ms) <= HEALTH_AGE_MS
        };
        let quotes: Vec<Quote> = self
            .health_reports
            .values()
            .filter(fresh)
            .filter_map(|report| {
                let place = report
                    .chains
                    .binary_search_by_key(&chain, |health| health.chain)
                    .ok()?;
                let value = Fixed::from_raw(i128::from(field(report.chains.get(place)?)));
                Some(Quote {
                    value,
                    confidence: Fixed::ZERO,
                    weight: self.weight_of(&report.attester),
                })
            })
            .collect();
        let weight: u64 = quotes.iter().map(|quote| quote.weight).sum();
        if weight < self.sets.current.quorum() {
            return Ok(None);
        }
        Ok(aggregate(&quotes)?.and_then(|(median, _)| u64::try_from(median.raw()).ok()))
    }
}

/// clamp(sqrt((h0 + L) / h0), 1, 3), rounded up to a step of 5 %.
fn factor(base_ms: u64, latency_ms: u64) -> Result<Fixed, ArithmeticError> {
    let whole = |count: u64| Fixed::from_raw(i128::from(count));
    let base = whole(base_ms);
    let root = sqrt(base.add(whole(latency_ms))?.div_ceil(base)?)?;
    let steps = root.mul_ceil(STEPS)?;
    let up = Fixed::from_raw(
        steps
            .raw()
            .checked_add(Fixed::ONE.raw().saturating_sub(1))
            .unwrap_or(i128::MAX),
    );
    let whole_steps = Fixed::from_raw(up.raw().saturating_sub(up.raw().rem_euclid(Fixed::ONE.raw())));
    Ok(whole_steps.div_ceil(STEPS)?.clamp(Fixed::ONE, FACTOR_MAX))
}

/// A factor after falling for some time: at most 10 % of it per minute.
fn fallen(phi: Fixed, elapsed_ms: u64) -> Result<Fixed, ArithmeticError> {
    let part = Fixed::from_raw(i128::from(elapsed_ms.min(MINUTE_MS)));
    let minute = Fixed::from_raw(i128::from(MINUTE_MS));
    Ok(phi
        .sub(phi.mul_floor(FALL)?.mul_div_floor(part, minute)?)?
        .max(Fixed::ONE))
}

/// The maintenance factor: rises by at most one per hour, never above the initial one.
fn ramped(phi: Fixed, initial: Fixed, elapsed_ms: u64) -> Result<Fixed, ArithmeticError> {
    let part = Fixed::from_raw(i128::from(elapsed_ms.min(RAMP_MS)));
    let rise = part.div_floor(Fixed::from_raw(i128::from(RAMP_MS)))?;
    Ok(phi.add(rise)?.min(initial))
}

/// How far the lag is from normal.
const fn tier(lag_ms: u64, normal_ms: u64) -> Tier {
    if lag_ms > normal_ms.saturating_mul(6) {
        Tier::Unhealthy
    } else if lag_ms > normal_ms.saturating_mul(2) {
        Tier::Degraded
    } else {
        Tier::Healthy
    }
}

#[cfg(test)]
mod tests {
    use super::{Fixed, Tier, factor, fallen, ramped, tier};

    const BASE_MS: u64 = 3_600_000;

    fn decimal(text: &str) -> Fixed {
        text.parse().unwrap()
    }

    #[test]
    fn the_factor_grows_with_the_root_of_latency_in_steps_up_to_three() {
        assert_eq!(factor(BASE_MS, 0), Ok(Fixed::ONE));
        assert_eq!(factor(BASE_MS, 1), Ok(decimal("1.05")));
        assert_eq!(factor(BASE_MS, 3 * BASE_MS), Ok(decimal("2")));
        assert_eq!(factor(BASE_MS, 100 * BASE_MS), Ok(decimal("3")));
    }

    #[test]
    fn a_factor_falls_at_most_a_tenth_per_minute() {
        assert_eq!(fallen(decimal("2"), 60_000), Ok(decimal("1.8")));
        assert_eq!(fallen(decimal("2"), 30_000), Ok(decimal("1.9")));
        assert_eq!(fallen(decimal("1.01"), 60_000), Ok(Fixed::ONE));
    }

    #[test]
    fn the_maintenance_factor_takes_an_hour() {
        assert_eq!(ramped(Fixed::ONE, decimal("2"), BASE_MS / 2), Ok(decimal("1.5")));
        assert_eq!(ramped(decimal("2"), decimal("1.5"), 0), Ok(decimal("1.5")));
    }

    #[test]
    fn tiers_follow_multiples_of_the_normal_lag() {
        assert_eq!(
            [tier(2, 1), tier(3, 1), tier(6, 1), tier(7, 1)],
            [Tier::Healthy, Tier::Degraded, Tier::Degraded, Tier::Unhealthy]
        );
    }
}
