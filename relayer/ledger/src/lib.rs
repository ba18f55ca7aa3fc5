//! The margin ledger: one deterministic state machine for all chains.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;
mod accrual;
mod arrays;
pub mod authenticate;
pub mod block;
pub mod command;
mod commands;
mod facts;
pub mod governance;
pub mod ids;
pub mod limits;
mod lookup;
pub mod margin;
pub mod margin_check;
mod marks;
pub mod math;
pub mod parameters;
pub mod posting;
pub mod prices;
pub mod pricing;
pub mod rates;
pub mod receipt;
pub mod refusal;
mod reports;
pub mod risk;
pub mod root;
mod settlement;
pub mod snapshot;
pub mod state;
mod tick;
pub mod transfer;
mod valuation;

#[cfg(test)]
mod tests;
