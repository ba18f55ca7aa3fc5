//! Markets: one per instrument, with open interest, funding index and settlement pool; and the listed families they belong to.
//!
//! ```text
//!   pool = minus the cash realised so far            Σ quantity = 0
//!   pool - Σ unrealised at any one mark = dust >= 0   (unrealised = quantity · mark - cost - funding)
//! ```
//! A gain that is realised before the other side's loss leaves the pool negative and that loss, still unrealised, stands against it: so the
//! difference, not the sum, is what rounding leaves; it goes to insurance when open interest is zero. Spec: `spec/ledger.md`, State.

use crate::math::Fixed;
use crate::parameters::MarketRisk;

/// Average of the premium of mark over index in the running funding hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FundingWindow {
    /// When the running hour began.
    pub start_ms: u64,
    /// Block time up to which the average goes.
    pub until_ms: u64,
    /// Σ premium · milliseconds over the covered time, premium at 1e18.
    pub premium_ms: Fixed,
    /// Milliseconds covered by accepted prices.
    pub covered_ms: u64,
}

/// Where an instrument is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    /// Trades.
    #[default]
    Live,
    /// Expired at this price; positions settle when their sub is touched.
    Settled {
        /// Cash per unit of quantity, at 1e18: the average price of a future, the payoff of an option.
        price: Fixed,
    },
}

/// One live or settled instrument; made by its first fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// Where it is in its life.
    pub life: Life,
    /// Sum of the long quantities, which equals that of the short ones.
    pub open_interest: Fixed,
    /// Number of subs with a position in it.
    pub holders: u32,
    /// Cash that one unit of quantity has paid since the first fill.
    pub funding_index: Fixed,
    /// Running funding hour.
    pub funding: FundingWindow,
    /// Settlement pool in the cash; see the module head.
    pub pool: Fixed,
}

/// A family of instruments: its governed values and what is common to its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Governed values.
    pub risk: MarketRisk,
    /// Members that have not settled.
    pub live: u32,
    /// Insurance paid for losses of its members so far.
    pub insurance_paid: Fixed,
}
