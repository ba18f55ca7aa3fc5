//! Liquidation, insurance and the order of losses.
//!
//! ```text
//!   scan, Flag ─► under maintenance ─► auction (solvent: bidders pay; insolvent: insurance pays) ─┬─► bought, recovered
//!                                                                                                └─► forced close at mark ─► deficit
//!   deficit ─► insurance up to the tier cap ─► slashed stake ─► that market's profits ─► rate of the cash
//! ```
//! *Standing*: a sub's value at marks and its excess over maintenance. *Settlement cash of an auction*: the cash in which the sub is most
//! negative. *Shortfall*: what an insolvent sub owes beyond its worth; while the sum exceeds the fund, withdrawals in that cash wait.
//!
//! Guarantees: an auction opens only where the price table allows; its clock follows fresh prices, not time; what a deficit is paid with sums
//! to it exactly and principal is no source of it; no sub is left with negative equity by a forced close.
//! Not guaranteed: that a deficit finds profits in the market; what has left the system falls on the rate of the cash.
//!
//! Deviation: a solvent auction whose price has fallen to nothing is force-closed like an insolvent one, so that every auction ends.
//! Spec: `spec/ledger.md`, Liquidation and losses, Prices (table).

mod allocation;
mod bid;
mod counterparties;
mod forced_close;
mod indemnity;
mod losses;
mod refusal;
mod scan;
mod valuation;
pub mod waterfall;

pub use indemnity::BUCKET;
pub(crate) use indemnity::Origin;
pub use refusal::BidRefusal;

#[cfg(test)]
pub(crate) mod tests;
