//! Published margin cases: every file of `margin/` but the transfer tables.

mod derive_portfolio;

use ledger::math::Fixed;

/// Every margin row.
pub(crate) const ROWS: &[&[super::Row]] = &[derive_portfolio::ROWS];

/// A JSON number or string, from its text.
pub(super) fn decimal(value: &serde_json::value::RawValue) -> Fixed {
    let text = value.get().trim_matches('"');
    Fixed::parse_trunc(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Whether two numbers agree to `parts_per_billion` of the larger, or to 1e-9 absolutely.
pub(super) fn agree(ours: Fixed, theirs: Fixed, parts_per_billion: i128) -> bool {
    let off = ours.sub(theirs).expect("near numbers").abs().raw();
    let scale = ours.abs().max(theirs.abs()).raw();
    off <= (scale / 1_000_000_000 * parts_per_billion).max(1_000_000_000)
}
