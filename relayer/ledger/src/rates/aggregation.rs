//! One price from many reports: each votes at its price and at both ends of its confidence, by stake.
//!
//! ```text
//!   votes p - c, p, p + c, each with the reporter's weight, sorted
//!   value = the vote where the weights pass half     confidence = max(p50 - p25, p75 - p50)
//! ```
//! Half exactly between two votes takes their mean, floored; quarters take the vote that holds the quarter from below, and
//! its mirror from above. With equal weights this is Pyth's rule (`reference/margin.md` 2.4).

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use crate::math::{ArithmeticError, Fixed};

/// More reports than attesters are refused.
pub const MAX_REPORTS: usize = 64;

/// One reporter's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Price.
    pub price: Fixed,
    /// Distance to either outer vote, above zero.
    pub confidence: Fixed,
    /// Stake.
    pub weight: u32,
}

/// What the reports agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The median vote.
    pub price: Fixed,
    /// The larger distance from the median to a quarter.
    pub confidence: Fixed,
}

/// Why reports give no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum AggregationError {
    /// Nobody reported with weight.
    #[error("no report with weight")]
    NoReports,
    /// More reports than there can be attesters.
    #[error("{got} reports, at most {most}")]
    TooManyReports {
        /// How many there are.
        got: usize,
        /// The limit.
        most: usize,
    },
    /// A vote or the mean of two does not fit.
    #[error(transparent)]
    Arithmetic(#[from] ArithmeticError),
}

/// The votes' median and quarters.
pub fn aggregate(reports: &[Report]) -> Result<Aggregate, AggregationError> {
    if reports.len() > MAX_REPORTS {
        return Err(AggregationError::TooManyReports {
            got: reports.len(),
            most: MAX_REPORTS,
        });
    }
    let mut votes = Vec::with_capacity(reports.len().saturating_mul(3));
    for report in reports.iter().filter(|report| report.weight > 0) {
        let weight = u64::from(report.weight);
        votes.push((report.price.sub(report.confidence)?, weight));
        votes.push((report.price, weight));
        votes.push((report.price.add(report.confidence)?, weight));
    }
    votes.sort_unstable();
    let median = middle(&votes)?;
    let total = total(&votes);
    let low = holding(votes.iter(), total.wrapping_div(4)).ok_or(AggregationError::NoReports)?;
    let high = holding(votes.iter().rev(), total.wrapping_div(4)).ok_or(AggregationError::NoReports)?;
    let confidence = median.sub(low)?.max(high.sub(median)?);
    Ok(Aggregate {
        price: median,
        confidence,
    })
}

/// The value where the weights pass half; the floored mean of two where half falls between them.
pub fn weighted_median(values: &mut [(Fixed, u64)]) -> Result<Fixed, AggregationError> {
    values.sort_unstable();
    middle(values)
}

fn middle(sorted: &[(Fixed, u64)]) -> Result<Fixed, AggregationError> {
    let total = total(sorted);
    let upper = holding(sorted.iter(), total.wrapping_div(2)).ok_or(AggregationError::NoReports)?;
    let lower = holding(sorted.iter().rev(), total.wrapping_div(2)).ok_or(AggregationError::NoReports)?;
    // For an odd total both are the same vote.
    let distance = upper.sub(lower)?;
    Ok(lower.add(Fixed::from_raw(distance.raw().wrapping_shr(1)))?)
}

/// The first value at which more than `below` of the weight has been passed.
fn holding<'a>(mut values: impl Iterator<Item = &'a (Fixed, u64)>, below: u64) -> Option<Fixed> {
    let mut passed = 0_u64;
    values
        .find(|(_, weight)| {
            passed = passed.saturating_add(*weight);
            passed > below
        })
        .map(|(value, _)| *value)
}

fn total(values: &[(Fixed, u64)]) -> u64 {
    values
        .iter()
        .fold(0, |sum, (_, weight)| sum.saturating_add(*weight))
}
