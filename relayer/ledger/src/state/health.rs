//! How well each chain does: latency of its events to the ledger, the factors that follow from it, and halts.
//!
//! `lag` is the stake-weighted median of the attesters' p99; `phi` the margin factor it gives; `release_cost` the median of what they say a
//! release costs there. Spec: `spec/ledger.md`, Margin (Latency, Haircut); `spec/relayer.md`, Security layers (circuit breaker, fees).

use crate::margin::latency::ChainTier;
use crate::math::Fixed;
use wire::command::HaltReason;

/// One chain's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Normal lag, constant since genesis.
    pub normal_lag_ms: u64,
    /// Weighted median of the reported lags of the head: what tiers follow.
    pub lag_ms: u64,
    /// Weighted median of the reported p99 from chain event to ledger: what the factors follow.
    pub latency_ms: u64,
    /// sqrt((h0 + L) / h0), falling slowly; factor of haircuts.
    pub factor: Fixed,
    /// It in steps of 5 %, at most 3: factor of the initial scenarios.
    pub phi_initial: Fixed,
    /// Factor on maintenance margin at 1e18: ramped over an hour, at most `phi_initial`.
    pub phi_maintenance: Fixed,
    /// Block time of the last change of the factors.
    pub phi_ms: u64,
    /// Tier.
    pub tier: ChainTier,
    /// Weighted median of the reported costs of a release, in the native coin; zero until there was one.
    pub release_cost: Fixed,
}

impl Health {
    /// Healthy at the normal lag.
    pub const fn new(normal_lag_ms: u64) -> Self {
        Self {
            normal_lag_ms,
            lag_ms: 0,
            latency_ms: 0,
            factor: Fixed::ONE,
            phi_initial: Fixed::ONE,
            phi_maintenance: Fixed::ONE,
            phi_ms: 0,
            tier: ChainTier::Healthy,
            release_cost: Fixed::ZERO,
        }
    }
}

/// Who halted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// One attester: at most an hour, no change of margin.
    Attester,
    /// A quorum: tier 1 until resumed.
    Quorum,
    /// The ledger itself: the books and the vault's counter disagree.
    Books,
}

/// A running halt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt {
    /// Who.
    pub authority: Authority,
    /// Why.
    pub reason: HaltReason,
    /// When it ends by itself.
    pub until_ms: Option<u64>,
}
