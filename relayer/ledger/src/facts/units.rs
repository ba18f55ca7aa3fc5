//! Between a chain's units and the ledger's 1e18.

use crate::math::Fixed;
use wire::U256;

/// `10^(18 - decimals)`: raw units of 1e-18 in one unit of the chain.
fn factor(decimals: u8) -> u128 {
    10_u128.saturating_pow(u32::from(18_u8.saturating_sub(decimals)))
}

/// An amount in the chain's unit, if it fits.
pub(crate) fn from_units(units: U256, decimals: u8) -> Option<Fixed> {
    let units = u128::try_from(units).ok()?;
    i128::try_from(units.checked_mul(factor(decimals))?)
        .ok()
        .map(Fixed::from_raw)
}

/// An amount in the chain's unit, floored.
pub(crate) fn to_units(amount: Fixed, decimals: u8) -> U256 {
    let raw = u128::try_from(amount.raw()).unwrap_or(0);
    U256::from(raw.checked_div(factor(decimals)).unwrap_or(0))
}

/// The largest whole number of the chain's units in `amount`.
pub(crate) fn floor_to_unit(amount: Fixed, decimals: u8) -> Fixed {
    from_units(to_units(amount, decimals), decimals).unwrap_or(Fixed::ZERO)
}

#[cfg(test)]
mod tests {
    use super::{U256, floor_to_unit, from_units, to_units};
    use crate::math::Fixed;

    #[test]
    fn units_scale_by_the_decimals_and_back() {
        assert_eq!(
            from_units(U256::from(1_500_000_u64), 6),
            Some("1.5".parse().unwrap())
        );
        assert_eq!(
            to_units("1.5000009".parse().unwrap(), 6),
            U256::from(1_500_000_u64)
        );
        assert_eq!(
            floor_to_unit("0.123456789".parse().unwrap(), 8),
            "0.12345678".parse().unwrap()
        );
    }

    #[test]
    fn what_does_not_fit_has_no_amount() {
        assert_eq!(from_units(U256::MAX, 18), None);
        assert_eq!(from_units(U256::from(u128::MAX), 0), None);
        assert_eq!(to_units(Fixed::from_int(-1), 6), U256::ZERO);
    }
}
