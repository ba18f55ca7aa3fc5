//! A sub: one margin account of an owner, with its balances in shares, its positions and its unmatured profit.
//!
//! Balances are **shares** of the asset ([`super::asset::Asset`] turns them into units): positive is a claim, negative a loan (cash only).
//! A sub's maps hold few rows and are copied whenever a command writes to it, so that each is one piece of memory.
//! Positions carry their cost, so that unrealised profit is `quantity · mark - cost`, and the funding index they were last settled at.
//! Spec: `spec/ledger.md`, State.

use crate::ids::{AssetId, EntryId, Instrument};
use crate::math::Fixed;
use alloc::collections::BTreeSet;
use litemap::LiteMap;
use wire::command::MarginModel;

/// Most positions of one sub.
pub const POSITIONS_MAX: usize = 128;

/// Most different assets of one sub.
pub const BALANCES_MAX: usize = 32;

/// What the sub may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything its margin allows.
    #[default]
    Open,
    /// An auction over it runs: it may only reduce risk and add collateral.
    InAuction,
}

/// What a sub holds in one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Claim shares, or minus loan shares.
    pub shares: Fixed,
}

/// A position in one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Signed quantity at 1e18, never zero.
    pub quantity: Fixed,
    /// Signed cash paid for it at 1e18.
    pub cost: Fixed,
    /// The instrument's funding index when funding was last settled.
    pub funding_index: Fixed,
}

/// Profit that does not yet count for initial margin or withdrawal; it falls to zero in a straight line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmatured {
    /// Unmatured at `start_ms`, in the instrument's cash.
    pub amount: Fixed,
    /// Where the line starts.
    pub start_ms: u64,
    /// Where it reaches zero.
    pub end_ms: u64,
}

/// One margin account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sub {
    /// Margin rule.
    pub model: MarginModel,
    /// What it may do.
    pub status: Status,
    /// Shares per asset; no row is empty.
    pub balances: LiteMap<AssetId, Balance>,
    /// Positions; no row is flat.
    pub positions: LiteMap<Instrument, Position>,
    /// Unmatured profit per instrument.
    pub unmatured: LiteMap<Instrument, Unmatured>,
    /// Net cash realised per instrument since its first fill, funding included: what a market's loss may take back.
    pub realised: LiteMap<Instrument, Fixed>,
    /// Deposits and transfers in, less withdrawals and transfers out, per asset in units.
    pub net_deposits: LiteMap<AssetId, Fixed>,
    /// Withdrawal entries that are not yet released, returned or void; their amounts have left `balances`.
    pub withdrawals: BTreeSet<EntryId>,
}

impl Default for Sub {
    fn default() -> Self {
        Self {
            model: MarginModel::Standard,
            status: Status::Open,
            balances: LiteMap::new(),
            positions: LiteMap::new(),
            unmatured: LiteMap::new(),
            realised: LiteMap::new(),
            net_deposits: LiteMap::new(),
            withdrawals: BTreeSet::new(),
        }
    }
}

impl Balance {
    /// Nothing.
    pub const NONE: Self = Self { shares: Fixed::ZERO };
}

impl Sub {
    /// Signed shares in `asset`.
    pub fn shares(&self, asset: &AssetId) -> Fixed {
        self.balances
            .get(asset)
            .map_or(Fixed::ZERO, |balance| balance.shares)
    }

    /// Whether the sub holds neither position nor loan.
    pub fn is_cash_only(&self) -> bool {
        self.positions.is_empty()
            && self
                .balances
                .values()
                .all(|balance| !balance.shares.is_negative())
    }
}
