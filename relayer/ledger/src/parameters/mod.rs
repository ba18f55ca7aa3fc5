//! Governed values of the network, its chains, assets, feeds and markets, with the bounds that no vote can leave.
//!
//! A row reads: key, field: unit, default, lowest, highest, largest step, tighter direction. `Constant` rows belong to genesis and cannot be
//! voted on. Durations are milliseconds, everything else is at 1e18. Spec: `spec/parameters.md`.

mod bounds;
mod genesis;

pub use bounds::{Bound, LOOSEN_MS, Step, TIGHTEN_MS, Tighter, Unit};
use bounds::{
    Governed, ONE, basis_points, days, governed, governed_type, hours, minutes, money, percent, seconds,
};
pub use genesis::{GenesisError, genesis};

governed! {
    /// Values of the network.
    NetworkParameters, NetworkKey {
        /// Length of an attester epoch.
        Epoch epoch_ms: Duration, hours(24), hours(1), days(7), Step::Times(2), Lower;
        /// How long a release may be executed after it entered the outbox.
        ReleaseValidity release_validity_ms: Duration, hours(24), hours(1), days(7), Step::Times(2), Lower;
        /// Time from `Unstake` to the release of the stake.
        UnstakeDelay unstake_delay_ms: Duration, days(21), days(14), days(60), Step::Any, Higher;
        /// Outflow per hour as a fraction of the base.
        GovernorHour governor_hour: Decimal, percent(1), basis_points(10), percent(10), Step::Times(2), Lower;
        /// Outflow per day as a fraction of the base.
        GovernorDay governor_day: Decimal, percent(10), percent(1), percent(50), Step::Times(2), Lower;
        /// Least outflow window, in cash.
        GovernorMinimum governor_minimum: Decimal, money(10_000), money(10_000), money(10_000), Step::Constant, Lower;
        /// How long a large transfer waits.
        LargeTransferDelay large_transfer_delay_ms: Duration, hours(24), 0, hours(72), Step::Any, Higher;
        /// From which fraction of holdings a transfer is large.
        LargeTransfer large_transfer: Decimal, percent(5), percent(5), percent(5), Step::Constant, Lower;
        /// A single attester's halt, once a day.
        AttesterHalt attester_halt_ms: Duration, hours(1), hours(1), hours(1), Step::Constant, Higher;
        /// Silence after which a vault's exit may be declared.
        DeclareExit declare_exit_ms: Duration, days(7), days(3), days(30), Step::Any, Lower;
        /// Age of an unapplied forced command that permits an exit.
        ForcedGrace forced_grace_ms: Duration, days(3), days(1), days(7), Step::Any, Lower;
        /// Fraction of the slashable stake that may be at risk.
        Sigma sigma: Decimal, percent(50), percent(10), percent(50), Step::By(percent(10)), Lower;
        /// Oldest fresh price report.
        PriceAge price_age_ms: Duration, seconds(30), seconds(30), seconds(30), Step::Constant, Lower;
        /// Widest confidence of an accepted price, as a fraction of it.
        PriceConfidence price_confidence: Decimal, percent(2), percent(2), percent(2), Step::Constant, Lower;
        /// Shortest time between two accepted epochs.
        PriceEpoch price_epoch_ms: Duration, seconds(1), seconds(1), seconds(1), Step::Constant, Higher;
        /// Age up to which a stale price still allows closing without a band.
        PriceStale price_stale_ms: Duration, seconds(120), seconds(120), seconds(120), Step::Constant, Lower;
        /// Time in which realised profit matures.
        Maturing maturing_ms: Duration, minutes(30), minutes(5), hours(24), Step::Times(2), Higher;
        /// Latency at which the margin factor is one.
        LatencyBase latency_base_ms: Duration, hours(1), hours(1), hours(1), Step::Constant, Lower;
        /// Largest funding rate per hour.
        FundingClamp funding_clamp: Decimal, basis_points(75), basis_points(75), basis_points(75), Step::Constant, Lower;
        /// Interest part of funding per eight hours.
        FundingInterest funding_interest: Decimal, basis_points(1), basis_points(1), basis_points(1), Step::Constant, Lower;
        /// Interest per year at no use.
        RateBase rate_base: Decimal, percent(2), percent(2), percent(2), Step::Constant, Lower;
        /// Interest per year and use below the kink.
        RateSlope rate_slope: Decimal, percent(8), percent(8), percent(8), Step::Constant, Lower;
        /// Use at the kink.
        RateKink rate_kink: Decimal, percent(85), percent(85), percent(85), Step::Constant, Lower;
        /// Interest per year and use above the kink.
        RateSteep rate_steep: Decimal, percent(90), percent(90), percent(90), Step::Constant, Lower;
        /// Part of the interest that goes to insurance.
        RateInsurance rate_insurance: Decimal, percent(20), percent(20), percent(20), Step::Constant, Higher;
        /// Static discount of long option value.
        DiscountLong discount_long: Decimal, percent(95), 0, percent(100), Step::By(percent(5)), Lower;
        /// Static discount of short option value.
        DiscountShort discount_short: Decimal, percent(104), percent(100), percent(200), Step::By(percent(5)), Higher;
        /// Auction discount at the start.
        AuctionStart auction_start: Decimal, percent(95), percent(95), percent(95), Step::Constant, Lower;
        /// Auction discount where the fast part ends.
        AuctionCutoff auction_cutoff: Decimal, percent(70), percent(70), percent(70), Step::Constant, Lower;
        /// Length of the fast part.
        AuctionFast auction_fast_ms: Duration, minutes(15), minutes(15), minutes(15), Step::Constant, Lower;
        /// Length of the slow part.
        AuctionSlow auction_slow_ms: Duration, hours(12), hours(12), hours(12), Step::Constant, Lower;
        /// Margin buffer that a liquidation restores.
        AuctionBuffer auction_buffer: Decimal, percent(15), percent(15), percent(15), Step::Constant, Higher;
        /// Liquidation fee.
        AuctionFee auction_fee: Decimal, percent(10), percent(10), percent(10), Step::Constant, Lower;
        /// Length of the insolvent ramp.
        AuctionRamp auction_ramp_ms: Duration, minutes(60), minutes(60), minutes(60), Step::Constant, Lower;
        /// Most that an auction's clock advances per block.
        AuctionClockStep auction_clock_step_ms: Duration, seconds(5), seconds(5), seconds(5), Step::Constant, Lower;
        /// Highest venue fee, as a fraction of notional.
        VenueFeeCap venue_fee_cap: Decimal, basis_points(10), 0, basis_points(50), Step::Any, Lower;
    }
}

governed! {
    /// Values of one chain.
    ChainRisk, ChainKey {
        /// Eligible deposits per 24 h as a fraction of posted holdings.
        SourceRisk source_risk: Decimal, percent(25), percent(1), percent(100), Step::Times(2), Lower;
        /// Eligible deposits per 24 h at least, in cash.
        SourceRiskMinimum source_risk_minimum: Decimal, money(100_000), money(100_000), money(100_000), Step::Constant, Lower;
        /// Least fee of a release on this chain, in cash; what attesters report may raise it.
        ReleaseFee release_fee: Decimal, money(1), 0, money(10_000), Step::Times(2), Higher;
        /// Least release on this chain, in cash.
        ReleaseMinimum release_minimum: Decimal, money(10), 0, money(100_000), Step::Times(2), Higher;
        /// Normal time from a chain event to the ledger.
        NormalLag normal_lag_ms: Duration, minutes(15), seconds(1), hours(24), Step::Constant, Lower;
    }
}

governed! {
    /// Values of one asset.
    AssetRisk, AssetKey {
        /// Haircut of collateral.
        Haircut haircut: Decimal, percent(25), 0, percent(100), Step::By(percent(10)), Higher;
        /// Value from which the concentration haircut grows.
        ConcentrationFrom concentration_from: Decimal, money(1_000_000), money(1_000_000), money(1_000_000), Step::Constant, Lower;
    }
}

governed! {
    /// Values of one price feed.
    FeedRisk, FeedKey {
        /// Largest move of an accepted price per epoch.
        PriceBound price_bound: Decimal, percent(10), basis_points(10), percent(25), Step::Times(2), Lower;
    }
}

governed! {
    /// Values of one instrument.
    MarketRisk, MarketKey {
        /// Initial margin fraction.
        Initial initial: Decimal, percent(5), percent(1), percent(100), Step::Times(2), Higher;
        /// Maintenance margin fraction.
        Maintenance maintenance: Decimal, percent(3), percent(1), percent(100), Step::Times(2), Higher;
        /// Open interest from which the initial fraction grows.
        OpenInterestLower open_interest_lower: Decimal, money(25_000_000), money(1), money(1_000_000_000), Step::Times(2), Lower;
        /// Open interest at which it is one.
        OpenInterestUpper open_interest_upper: Decimal, money(50_000_000), money(1), money(1_000_000_000), Step::Times(2), Lower;
        /// Most that insurance pays for its losses.
        InsuranceCap insurance_cap: Decimal, money(1_000_000), 0, money(100_000_000), Step::Any, Lower;
        /// Band of fills around mark.
        PriceBand price_band: Decimal, percent(5), percent(1), percent(25), Step::Times(2), Lower;
        /// Least quantity that a fill leaves a side with.
        QuantityLeast quantity_least: Decimal, ONE / 1_000, ONE / 1_000_000_000, money(1_000), Step::Times(10), Higher;
        /// Largest move that the economic budget reckons with.
        MaxMove max_move: Decimal, percent(30), percent(1), percent(100), Step::Times(2), Higher;
    }
}
