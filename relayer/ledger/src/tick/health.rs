//! Health of the chains: weighted medians of what attesters report, and the margin factors that follow.
//!
//! Each value is the median of the fresh reports that know it, when they have quorum weight; else it stays as it was accepted last.
//! Spec: `spec/ledger.md`, Margin; `spec/parameters.md` (release fee).

use crate::ids::ChainId;
use crate::margin::latency::{ChainTier, falling_slowly, latency_factor, phi};
use crate::math::{ArithmeticError, Fixed};
use crate::rates::aggregation::{AggregationError, weighted_median};
use crate::state::{Health, State};
use alloc::vec::Vec;
use wire::command::{ChainHealth, HealthReport};

/// Oldest health report that counts.
const HEALTH_AGE_MS: u64 = 60_000;
/// Time in which the maintenance factor follows a rise of one.
const RAMP_MS: u64 = 3_600_000;

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

    fn followed(&self, chain: ChainId, health: &Health) -> Result<Health, AggregationError> {
        let latency_ms = self
            .reported(chain, |report| Some(report.latency_ms.into()))?
            .and_then(|median| u64::try_from(median).ok())
            .unwrap_or(health.latency_ms);
        let lag_ms = self
            .reported(chain, |report| Some(report.lag_ms.into()))?
            .and_then(|median| u64::try_from(median).ok())
            .unwrap_or(health.lag_ms);
        let release_cost = self
            .reported(chain, |report| Some(report.release_cost).filter(|cost| *cost > 0))?
            .map_or(health.release_cost, Fixed::from_raw);
        let elapsed_ms = self.time_ms.saturating_sub(health.phi_ms);
        let target = latency_factor(latency_ms, self.parameters.latency_base_ms)?;
        let factor = falling_slowly(health.factor, target, elapsed_ms)?;
        let phi_initial = phi(factor)?;
        let phi_maintenance = ramped(health.phi_maintenance, phi_initial, elapsed_ms)?;
        let tier = if self.is_halted_by_quorum(chain) {
            ChainTier::Halted
        } else {
            ChainTier::of_lag(lag_ms, health.normal_lag_ms)
        };
        Ok(Health {
            latency_ms,
            lag_ms,
            factor,
            phi_initial,
            phi_maintenance,
            phi_ms: self.time_ms,
            tier,
            release_cost,
            ..*health
        })
    }

    /// Weighted median of the fresh reports that know the value, if they have quorum weight.
    fn reported(
        &self,
        chain: ChainId,
        field: impl Fn(&ChainHealth) -> Option<i128>,
    ) -> Result<Option<i128>, AggregationError> {
        let now = self.time_ms;
        let fresh = |report: &&HealthReport| {
            report.time_ms <= now && now.saturating_sub(report.time_ms) <= HEALTH_AGE_MS
        };
        let mut votes: Vec<(Fixed, u64)> = self
            .health_reports
            .values()
            .filter(fresh)
            .filter_map(|report| {
                let place = report
                    .chains
                    .binary_search_by_key(&chain, |health| health.chain)
                    .ok()?;
                let value = field(report.chains.get(place)?)?;
                Some((Fixed::from_raw(value), self.weight_of(&report.attester)))
            })
            .collect();
        if votes.iter().map(|(_, weight)| *weight).sum::<u64>() < self.sets.current.quorum() {
            return Ok(None);
        }
        Ok(Some(weighted_median(&mut votes)?.raw()))
    }
}

/// The maintenance factor: rises by at most one per hour, never above the initial one.
fn ramped(phi: Fixed, initial: Fixed, elapsed_ms: u64) -> Result<Fixed, ArithmeticError> {
    let part = Fixed::from_raw(i128::from(elapsed_ms.min(RAMP_MS)));
    let rise = part.div_floor(Fixed::from_raw(i128::from(RAMP_MS)))?;
    Ok(phi.add(rise)?.min(initial))
}

#[cfg(test)]
mod tests {
    use super::{Fixed, RAMP_MS, ramped};

    #[test]
    fn the_maintenance_factor_takes_an_hour_up_and_falls_at_once() {
        let two = Fixed::from_int(2);
        assert_eq!(ramped(Fixed::ONE, two, RAMP_MS / 2), Ok("1.5".parse().unwrap()));
        assert_eq!(ramped(two, "1.5".parse().unwrap(), 0), Ok("1.5".parse().unwrap()));
    }
}
