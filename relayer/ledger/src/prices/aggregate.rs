//! Aggregation of reports: each attester votes price - confidence, price, price + confidence, with the weight of its stake.
//!
//! ```text
//!   p50 = weighted median (the floored mean of two where the weight splits evenly)
//!   confidence = max(p50 - p25, p75 - p50)
//! ```
//! Spec: `spec/ledger.md`, Prices; `reference/margin.md` 2.4 (the aggregation of Pyth, weighted).

use crate::math::{ArithmeticError, Fixed};
use alloc::vec::Vec;

/// One attester's value for one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Value.
    pub value: Fixed,
    /// Half-width, not negative.
    pub confidence: Fixed,
    /// The attester's weight.
    pub weight: u64,
}

/// The weighted median of quotes and how far they spread; none without weight.
///
/// # Errors
/// A vote does not fit.
pub fn aggregate(quotes: &[Quote]) -> Result<Option<(Fixed, Fixed)>, ArithmeticError> {
    let mut votes = Vec::with_capacity(quotes.len().saturating_mul(3));
    for Quote {
        value,
        confidence,
        weight,
    } in quotes.iter().filter(|quote| quote.weight > 0)
    {
        votes.extend([
            (value.sub(*confidence)?, *weight),
            (*value, *weight),
            (value.add(*confidence)?, *weight),
        ]);
    }
    votes.sort_unstable();
    let total: u64 = votes.iter().map(|(_, weight)| *weight).sum();
    let (Some(low), Some(high)) = (median_below(&votes, total), median_above(&votes, total)) else {
        return Ok(None);
    };
    let median = Fixed::from_raw(low.add(high)?.raw().div_euclid(2));
    let (p25, p75) = (quantile(votes.iter(), total), quantile(votes.iter().rev(), total));
    let (Some(p25), Some(p75)) = (p25, p75) else {
        return Ok(None);
    };
    Ok(Some((median, median.sub(p25)?.max(p75.sub(median)?))))
}

/// The first vote with half of the weight at or below it.
fn median_below(votes: &[(Fixed, u64)], total: u64) -> Option<Fixed> {
    cross(votes.iter(), |weight| weight.saturating_mul(2) >= total)
}

/// The first vote with more than half of the weight at or below it.
fn median_above(votes: &[(Fixed, u64)], total: u64) -> Option<Fixed> {
    cross(votes.iter(), |weight| weight.saturating_mul(2) > total)
}

/// The first vote, in this order, with more than a quarter of the weight up to it.
fn quantile<'a>(votes: impl Iterator<Item = &'a (Fixed, u64)>, total: u64) -> Option<Fixed> {
    cross(votes, |weight| weight.saturating_mul(4) > total)
}

fn cross<'a>(votes: impl Iterator<Item = &'a (Fixed, u64)>, reached: impl Fn(u64) -> bool) -> Option<Fixed> {
    let mut weight = 0_u64;
    votes
        .map(|(price, vote)| {
            weight = weight.saturating_add(*vote);
            (*price, weight)
        })
        .find(|(_, weight)| reached(*weight))
        .map(|(price, _)| price)
}

#[cfg(test)]
mod tests {
    use super::{Quote, aggregate};
    use crate::math::Fixed;

    fn quote(value: i64, confidence: i64, weight: u64) -> Quote {
        Quote {
            value: Fixed::from_int(value),
            confidence: Fixed::from_int(confidence),
            weight,
        }
    }

    fn aggregated(quotes: &[Quote]) -> Option<(Fixed, Fixed)> {
        aggregate(quotes).unwrap()
    }

    #[test]
    fn one_reporter_is_its_own_median() {
        assert_eq!(
            aggregated(&[quote(100, 2, 1)]),
            Some((Fixed::from_int(100), Fixed::from_int(2)))
        );
    }

    #[test]
    fn weight_decides_and_not_the_number_of_reporters() {
        let quotes = [quote(100, 1, 5), quote(200, 1, 1), quote(201, 1, 1)];
        assert_eq!(aggregated(&quotes).unwrap().0, Fixed::from_int(100));
    }

    #[test]
    fn an_even_split_takes_the_floored_mean() {
        let quotes = [quote(100, 0, 1), quote(103, 0, 1)];
        assert_eq!(aggregated(&quotes).unwrap().0, "101.5".parse().unwrap());
    }

    #[test]
    fn nobody_reports_nothing() {
        assert_eq!(aggregated(&[]), None);
        assert_eq!(aggregated(&[quote(100, 1, 0)]), None);
    }
}
