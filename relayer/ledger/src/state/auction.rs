//! Liquidation auctions. Spec: `spec/ledger.md`, Liquidation and losses.

use crate::ids::AssetId;
use crate::math::Fixed;

/// Whether the sub is worth anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuctionKind {
    /// Bidders pay the sub.
    #[default]
    Solvent,
    /// Insurance pays bidders.
    Insolvent,
}

/// One auction, running or closed within the last hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Auction {
    /// Kind.
    pub kind: AuctionKind,
    /// Its own clock: at most 5 s per block and only while prices are fresh.
    pub clock_ms: u64,
    /// In which it settled when it opened, or when a bid was paid last.
    pub cash: Option<AssetId>,
    /// What an insolvent sub owes beyond its worth, in that cash, when it was last looked at.
    pub shortfall: Fixed,
    /// Cash from earlier bids, reserved.
    pub reserved: Fixed,
    /// Liquidation fee paid so far.
    pub fee_paid: Fixed,
    /// Block time when it closed; none while it runs.
    pub closed_ms: Option<u64>,
}
