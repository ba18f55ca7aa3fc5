//! Prices: what each attester last reported, and what the ledger accepted of it.
//!
//! ```text
//!   Price reports ─► fresh ones (0 <= block time - report time <= 30 s) of quorum weight ─► weighted p50, confidence
//!                                                              │ once per epoch (>= 1 s)
//!                                                              ▼
//!                                        accepted = p50 clamped to last · (1 ± bound)
//! ```
//! Spec: `spec/ledger.md`, Prices.

use crate::math::Fixed;
use crate::parameters::FeedRisk;
use alloc::collections::BTreeMap;
use wire::command::Svi;

/// An accepted value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What the ledger reckons with.
    pub price: Fixed,
    /// The weighted median behind it; differs while clamped.
    pub median: Fixed,
    /// max(p50 - p25, p75 - p50).
    pub confidence: Fixed,
    /// Block time of acceptance.
    pub time_ms: u64,
    /// The first one after a gap of more than 30 s: no liquidation yet.
    pub after_gap: bool,
}

impl Accepted {
    /// Whether the bound per epoch holds the price away from the median.
    pub fn is_clamped(&self) -> bool {
        self.price != self.median
    }
}

/// The averaged part of an expiry price, one for all instruments that settle by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpiryWindow {
    /// Σ price · milliseconds over the covered time.
    pub price_ms: Fixed,
    /// Milliseconds covered by accepted prices, each counting at most 60 s.
    pub covered_ms: u64,
    /// Block time up to which the integral goes.
    pub until_ms: u64,
}

/// Accepted values of one expiry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expiry {
    /// Forward.
    pub forward: Option<Accepted>,
    /// Interest rate per year; never clamped.
    pub rate: Option<Accepted>,
    /// Smile, whole from the report with the median at-the-money volatility, which `Accepted` holds.
    pub smile: Option<(Svi, Accepted)>,
    /// Average of the spot price in the last half hour.
    pub window: ExpiryWindow,
}

/// One underlying's accepted prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Governed values.
    pub risk: FeedRisk,
    /// Spot (index) price.
    pub spot: Option<Accepted>,
    /// Perpetual mark.
    pub perpetual: Option<Accepted>,
    /// Stable coin in the cash.
    pub stable: Option<Accepted>,
    /// Per expiry, unix seconds.
    pub expiries: BTreeMap<u64, Expiry>,
    /// Number of accepted epochs; what a liquidation bid names.
    pub epoch: u64,
    /// Block time of the newest one.
    pub epoch_ms: u64,
    /// Halted by quorum: reckoned as stale.
    pub halted: bool,
}
