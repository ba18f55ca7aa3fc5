//! Square root, rounded down: the integer root of `raw · 1e18`.

use super::{ArithmeticError, Fixed, Wide};

/// The largest number whose square is not above `x`. Exact to 1e-18 and monotone.
pub fn sqrt(x: Fixed) -> Result<Fixed, ArithmeticError> {
    if x.is_negative() {
        return Err(ArithmeticError::NegativeRoot { got: x });
    }
    let magnitude = x.raw().unsigned_abs();
    let root = match magnitude.checked_mul(u128::from(Fixed::SCALE)) {
        Some(scaled) => scaled.isqrt(),
        None => wide_root(x),
    };
    i128::try_from(root)
        .map(Fixed::from_raw)
        .map_err(|_| ArithmeticError::NegativeRoot { got: x })
}

/// The root for a number above 3.4e2, whose scaled form exceeds 128 bits: bit by bit from above, by comparison.
fn wide_root(x: Fixed) -> u128 {
    let target = Wide::product(x, Fixed::ONE);
    // The root of a number below 2^187 has at most 94 bits.
    (0..94_u32).rev().fold(0_u128, |root, bit| {
        let candidate = root | 1_u128.wrapping_shl(bit);
        let square = i128::try_from(candidate)
            .map(Fixed::from_raw)
            .map(|value| Wide::product(value, value));
        match square {
            Ok(square) if square <= target => candidate,
            _ => root,
        }
    })
}
