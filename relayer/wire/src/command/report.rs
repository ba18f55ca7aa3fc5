//! What attesters report: prices, and the health of chains. The last fresh report of each attester counts.
//!
//! Prices and confidences are `int128` at 1e18; a confidence is the half-width of the interval that holds the price, not negative.
//!
//! Specification: `spec/ledger.md`, Prices and Margin (Latency).

use alloc::vec::Vec;

use crate::{
    eip712::{Statement, structs},
    encoding::{Listed, choice},
    signature::{Signed, SignedBy},
    types::{Address, ChainId, Underlying},
};

structs! {
    /// A value and how sure of it the reporter is.
    #[derive(Copy)]
    pub struct Quote {
        /// At 1e18.
        pub value: i128,
        /// Half-width at 1e18, not negative.
        pub confidence: i128,
    }

    /// Prices of one underlying.
    #[derive(Copy)]
    pub struct AssetPrice {
        /// Which.
        pub underlying: Underlying,
        /// The index price in the unit of account.
        pub spot: Quote,
        /// The perpetual's mark price; none where no perpetual trades.
        pub mark: Option<Quote>,
        /// The price of the settlement stable that the quotes are in; none where the underlying has none of its own.
        pub stable: Option<Quote>,
    }

    /// A volatility surface at one expiry, in the SVI form w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)).
    #[derive(Copy)]
    pub struct Svi {
        /// Level, at 1e18.
        pub a: i128,
        /// Slope, at 1e18.
        pub b: i128,
        /// Skew, at 1e18, in [-1e18, 1e18].
        pub rho: i128,
        /// Shift of log-moneyness, at 1e18.
        pub m: i128,
        /// Curvature, at 1e18, positive.
        pub sigma: i128,
        /// The forward at which the surface was fitted, at 1e18.
        pub fwd: i128,
        /// Years to expiry at which it was fitted, at 1e18.
        pub tau: i128,
        /// How sure the reporter is, at 1e18 of volatility, not negative.
        pub confidence: i128,
    }

    /// Prices of one underlying at one expiry.
    #[derive(Copy)]
    pub struct ExpiryPrice {
        /// Which underlying.
        pub underlying: Underlying,
        /// Unix seconds.
        pub expiry: u64,
        /// The forward price.
        pub forward: Quote,
        /// The interest rate per year, continuously compounded.
        pub rate: Quote,
        /// The volatility surface; none where no options trade.
        pub svi: Option<Svi>,
    }

    /// Prices as one attester sees them.
    pub struct PriceReport {
        /// Who signs.
        pub attester: Address,
        /// Milliseconds since 1970; strictly rising per attester.
        pub time_ms as timeMs: u64,
        /// Ascending by underlying, each once.
        pub assets: Vec<AssetPrice>,
        /// Ascending by (underlying, expiry), each once.
        pub expiries: Vec<ExpiryPrice>,
    }

    /// How one chain fares.
    #[derive(Copy)]
    pub struct ChainHealth {
        /// Which.
        pub chain: ChainId,
        /// Time since the newest block that the light client holds as final, in milliseconds.
        pub lag_ms as lagMs: u64,
        /// 99th percentile of the time from a vault event to the ledger, in milliseconds.
        pub latency_ms as latencyMs: u64,
        /// Cost of one release there, in the chain's native coin at 1e18; 0 where the attester does not know it.
        pub release_cost as releaseCost: i128,
    }

    /// How the chains fare as one attester sees them.
    pub struct HealthReport {
        /// Who signs.
        pub attester: Address,
        /// Milliseconds since 1970; strictly rising per attester.
        pub time_ms as timeMs: u64,
        /// Ascending by chain, each once.
        pub chains: Vec<ChainHealth>,
    }
}

impl Listed for AssetPrice {
    const LIMIT: u32 = 256;
}

impl Listed for ExpiryPrice {
    const LIMIT: u32 = 1024;
}

impl Listed for ChainHealth {
    /// Chains of one network.
    const LIMIT: u32 = 64;
}

impl Statement for PriceReport {}
impl Statement for HealthReport {}

impl SignedBy for PriceReport {
    fn signer(&self) -> Address {
        self.attester
    }
}

impl SignedBy for HealthReport {
    fn signer(&self) -> Address {
        self.attester
    }
}

choice! {
    /// A signed report.
    pub enum Report {
        /// Prices.
        0 => Price(Signed<PriceReport>),
        /// Health of the chains.
        1 => Health(Signed<HealthReport>),
    }
}

impl Listed for Report {
    /// Reports of one block: two of each attester of the largest set.
    const LIMIT: u32 = 128;
}
