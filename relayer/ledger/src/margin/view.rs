//! What an account's owner wants to know: profit that has matured, what may be withdrawn, where liquidation waits.

use super::Requirement;
use crate::math::{ArithmeticError, Fixed};

/// Halvings of the searched interval; the result is within 1e-9 of the price.
const HALVINGS: u32 = 40;
/// How far above the present price liquidation is looked for.
const REACH: Fixed = Fixed::from_int(16);

/// The part of a profit that has not matured, rounded up: it matures linearly over `window_ms`.
pub fn unmatured(profit: Fixed, age_ms: u64, window_ms: u64) -> Result<Fixed, ArithmeticError> {
    let milliseconds = |ms| Fixed::from_int(i64::try_from(ms).unwrap_or(i64::MAX));
    let left = window_ms.saturating_sub(age_ms);
    profit
        .max_zero()
        .mul_div_ceil(milliseconds(left), milliseconds(window_ms.max(1)))
}

impl Requirement {
    /// The same with profit that counts for maintenance and not for the initial requirement.
    pub fn with_unmatured(self, unmatured: Fixed) -> Result<Self, ArithmeticError> {
        Ok(Self {
            initial: self.initial.add(unmatured.max_zero())?,
            ..self
        })
    }

    /// What may leave: the claim, or the initial excess with unmatured and unrealised profit counted as zero.
    ///
    /// `profit` is the sum of both; the requirement must not have been lifted by it already.
    pub fn withdrawable(&self, claim: Fixed, profit: Fixed) -> Result<Fixed, ArithmeticError> {
        let excess = self.initial_excess()?.sub(profit.max_zero())?;
        Ok(claim.min(excess).max_zero())
    }
}

/// Prices of the underlying at which maintenance is no longer met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiquidationPrices {
    /// Below the present price.
    pub below: Option<Fixed>,
    /// Above the present price.
    pub above: Option<Fixed>,
}

/// Searches both sides of `spot` for the price at which `excess` falls below zero, down to 0 and up to 16 times spot.
///
/// `excess` gives the maintenance excess at a price. Where it crosses zero more than once on a side, one crossing is found;
/// an account that is under-margined already gets its present price on both sides.
pub fn liquidation_prices<E>(
    spot: Fixed,
    excess: impl Fn(Fixed) -> Result<Fixed, E>,
) -> Result<LiquidationPrices, E>
where
    E: From<ArithmeticError>,
{
    if excess(spot)?.is_negative() {
        return Ok(LiquidationPrices {
            below: Some(spot),
            above: Some(spot),
        });
    }
    let far = spot.mul_floor(REACH)?;
    Ok(LiquidationPrices {
        below: crossing(spot, Fixed::ZERO, &excess)?,
        above: crossing(spot, far, &excess)?,
    })
}

/// The price nearest to `safe` between `safe` and `far` where the excess is negative, if it is negative at `far`.
fn crossing<E>(
    mut safe: Fixed,
    mut far: Fixed,
    excess: &impl Fn(Fixed) -> Result<Fixed, E>,
) -> Result<Option<Fixed>, E>
where
    E: From<ArithmeticError>,
{
    if !excess(far)?.is_negative() {
        return Ok(None);
    }
    for _ in 0..HALVINGS {
        let middle = Fixed::from_raw(safe.add(far)?.raw().wrapping_shr(1));
        if excess(middle)?.is_negative() {
            far = middle;
        } else {
            safe = middle;
        }
    }
    Ok(Some(far))
}
