//! Published margin cases: every file of `margin/` but the transfer tables.

mod derive_auction;
mod derive_cash;
mod derive_first;
mod derive_first_model;
mod derive_portfolio;
mod derive_standard;
mod dydx;
mod prices;
mod venues;

use ledger::math::Fixed;
use serde_json::value::RawValue;

/// Every margin row.
pub(crate) const ROWS: &[&[super::Row]] = &[
    derive_auction::ROWS,
    derive_cash::ROWS,
    derive_first::ROWS,
    derive_portfolio::ROWS,
    derive_standard::ROWS,
    dydx::ROWS,
    prices::ROWS,
    venues::ROWS,
];

/// A JSON number or string, from its text.
pub(super) fn decimal(value: &RawValue) -> Fixed {
    let text = value.get().trim_matches('"');
    Fixed::parse_trunc(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A JSON integer of raw units of 1e-18, from its text.
pub(super) fn raw(value: &RawValue) -> Fixed {
    Fixed::from_raw(integer(value))
}

/// A JSON integer of any size, from its text.
pub(super) fn integer(value: &RawValue) -> i128 {
    let text = value.get().trim_matches('"');
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A decimal written in the test.
pub(super) fn fixed(text: &str) -> Fixed {
    text.parse().expect("a decimal")
}

/// Whether two numbers agree to so many digits of the larger, or to a tenth of that absolutely.
pub(super) fn agree(ours: Fixed, theirs: Fixed, digits: u32) -> bool {
    let off = ours.sub(theirs).expect("near numbers").abs().raw();
    let scale = ours.abs().max(theirs.abs()).raw();
    off <= (scale / 10_i128.pow(digits)).max(10_i128.pow(17 - digits))
}
