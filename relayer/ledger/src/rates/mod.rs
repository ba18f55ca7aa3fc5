//! Laws of numbers over time: interest, funding, auctions, price votes, outflow windows. Pure functions, no state.
//!
//! Sources: `reference/margin.md` 2.4, 2.5, 2.8, 2.10 and the windows of `spec/parameters.md`.

pub mod aggregation;
pub mod auction;
pub mod funding;
pub mod interest;
pub mod outflow;

#[cfg(test)]
mod tests;

use crate::math::Fixed;

/// Whole units from a count; times of more than 2.9e11 years saturate.
fn whole(count: u64) -> Fixed {
    Fixed::from_int(i64::try_from(count).unwrap_or(i64::MAX))
}
