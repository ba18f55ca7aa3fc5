//! Splitting an amount by weights without losing a unit: the largest remainder method.
//!
//! ```text
//!   share = ⌊total · weight / Σ weights⌋;  the units left go one each to the largest remainders, ties to the first
//! ```
//! Guarantees: the shares sum to the total exactly; no share exceeds its weight while the total does not exceed their sum; the result
//! depends on the order of the weights for ties only. Spec: `spec/ledger.md`, Rounding and Liquidation.

use crate::math::{ArithmeticError, Fixed, Wide};
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Splits `total >= 0` over `weights >= 0`; nothing is allotted where all weights are zero.
///
/// # Errors
/// The weights' sum does not fit.
pub(super) fn by_largest_remainder(total: Fixed, weights: &[Fixed]) -> Result<Vec<Fixed>, ArithmeticError> {
    let sum = Fixed::sum(weights.iter().copied())?;
    if !sum.is_positive() {
        return Ok(weights.iter().map(|_| Fixed::ZERO).collect());
    }
    let mut shares = Vec::with_capacity(weights.len());
    for weight in weights {
        shares.push(total.mul_div_floor(*weight, sum)?);
    }
    let left = total.sub(Fixed::sum(shares.iter().copied())?)?;
    hand_out(
        left,
        largest_remainders(total, sum, weights, &shares)?,
        &mut shares,
    )?;
    Ok(shares)
}

/// Positions of the weights by falling remainder, ties in order.
fn largest_remainders(
    total: Fixed,
    sum: Fixed,
    weights: &[Fixed],
    shares: &[Fixed],
) -> Result<Vec<usize>, ArithmeticError> {
    let mut remainders = Vec::with_capacity(weights.len());
    for (position, (weight, share)) in weights.iter().zip(shares).enumerate() {
        let remainder = Wide::product(total, *weight).add_product(share.negate(), sum)?;
        remainders.push((Reverse(remainder), position));
    }
    remainders.sort_unstable();
    Ok(remainders.into_iter().map(|(_, position)| position).collect())
}

/// One unit to each of the first `left` positions; `left` is below their number, because every floor took less than a unit.
fn hand_out(left: Fixed, positions: Vec<usize>, shares: &mut [Fixed]) -> Result<(), ArithmeticError> {
    let count = usize::try_from(left.raw()).unwrap_or(usize::MAX);
    for position in positions.into_iter().take(count) {
        if let Some(share) = shares.get_mut(position) {
            *share = share.add(Fixed::ULP)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(values: &[i128]) -> Vec<Fixed> {
        values.iter().map(|value| Fixed::from_raw(*value)).collect()
    }

    #[test]
    fn the_largest_remainder_takes_the_unit_left() {
        // 10 · (1, 1, 2) / 4 = 2.5, 2.5, 5: one unit is left and the first of the equal remainders takes it.
        let shares = by_largest_remainder(Fixed::from_raw(10), &raw(&[1, 1, 2])).unwrap();
        assert_eq!(shares, raw(&[3, 2, 5]));
        // 7 · (5, 3, 1) / 9 = 3.89, 2.33, 0.78.
        let shares = by_largest_remainder(Fixed::from_raw(7), &raw(&[5, 3, 1])).unwrap();
        assert_eq!(shares, raw(&[4, 2, 1]));
    }

    #[test]
    fn nothing_is_allotted_where_nobody_has_weight() {
        assert_eq!(
            by_largest_remainder(Fixed::ONE, &raw(&[0, 0])).unwrap(),
            raw(&[0, 0])
        );
        assert!(by_largest_remainder(Fixed::ONE, &[]).unwrap().is_empty());
    }

    #[test]
    fn refuses_weights_whose_sum_does_not_fit() {
        let error = by_largest_remainder(Fixed::ONE, &[Fixed::MAX, Fixed::MAX]).unwrap_err();
        assert!(matches!(error, ArithmeticError::Overflow { .. }));
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_total_and_stay_within_their_weights(
            weights in prop::collection::vec(0_i128..1 << 100, 1..40),
            part in 0_i128..=1_000,
        ) {
            let sum: i128 = weights.iter().sum();
            let total = Fixed::from_raw(sum / 1_000 * part);
            let weights = raw(&weights);
            let shares = by_largest_remainder(total, &weights).unwrap();
            prop_assert_eq!(Fixed::sum(shares.iter().copied()).unwrap(), total);
            prop_assert!(shares.iter().zip(&weights).all(|(share, weight)| share <= weight));
        }
    }
}
