//! Decimal text to [`Fixed`] and back, exactly: never through a float.
//!
//! Accepted is what JSON calls a number, `-12`, `0.5`, `1e-05`, `2.5E+3`, and a bare fraction, `.5`. [`Fixed::from_str`] refuses digits beyond the
//! eighteenth place; [`Fixed::parse_trunc`] drops them, for data that others wrote with more.

use alloc::string::{String, ToString as _};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::Fixed;

/// Digits after the point.
const PLACES: i64 = 18;
/// Longer text than this is no number that anybody writes.
const MAX_LENGTH: usize = 128;
/// A power of ten beyond this leaves the range from either side.
const MAX_EXPONENT: i64 = 1_000;

/// Why a text is not a decimal of this ledger.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum DecimalError {
    /// Not of the form `-12.5e-3`.
    #[error("{got:?} is not a decimal number")]
    Malformed {
        /// The text, shortened.
        got: String,
    },
    /// A digit other than zero stands beyond the eighteenth place.
    #[error("{got} has more than 18 decimal places")]
    TooPrecise {
        /// The text.
        got: String,
    },
    /// The number is not between -1.7e20 and 1.7e20.
    #[error("{got} is out of range")]
    OutOfRange {
        /// The text.
        got: String,
    },
}

/// A number's parts: `digits · 10^exponent`, negated if `negative`.
struct Parts {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Fixed {
    /// Parses a decimal and drops digits beyond the eighteenth place.
    pub fn parse_trunc(text: &str) -> Result<Self, DecimalError> {
        parse(text).map(|(value, _)| value)
    }
}

impl FromStr for Fixed {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        match parse(text)? {
            (value, true) => Ok(value),
            (_, false) => Err(DecimalError::TooPrecise { got: text.into() }),
        }
    }
}

/// The number and whether it is exact.
fn parse(text: &str) -> Result<(Fixed, bool), DecimalError> {
    let parts = split(text).ok_or_else(|| DecimalError::Malformed {
        got: text.chars().take(MAX_LENGTH).collect(),
    })?;
    scale(&parts).ok_or_else(|| DecimalError::OutOfRange { got: text.into() })
}

fn split(text: &str) -> Option<Parts> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let bare_fraction = whole.is_empty() && fraction.is_some();
    if !(bare_fraction || is_number(whole)) || fraction.is_some_and(|fraction| !is_number(fraction)) {
        return None;
    }
    let fraction = fraction.unwrap_or("");
    let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    Some(Parts {
        negative,
        digits: [whole, fraction].concat(),
        exponent,
    })
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = text.parse().ok()?;
    (exponent.unsigned_abs() <= MAX_EXPONENT.unsigned_abs()).then_some(exponent)
}

/// The number in raw units; `None` out of range.
fn scale(parts: &Parts) -> Option<(Fixed, bool)> {
    let shift = parts.exponent.checked_add(PLACES)?;
    let kept = i64::try_from(parts.digits.len())
        .ok()?
        .checked_add(shift.min(0))?;
    let kept = usize::try_from(kept.max(0)).ok()?;
    let (used, dropped) = parts.digits.split_at_checked(kept)?;
    let mut raw = used.bytes().try_fold(0_i128, |raw, byte| {
        raw.checked_mul(10)?
            .checked_add(i128::from(byte.checked_sub(b'0')?))
    })?;
    if raw != 0 && shift > 0 {
        raw = raw.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?;
    }
    let exact = dropped.bytes().all(|byte| byte == b'0');
    Some((
        Fixed::from_raw(if parts.negative { raw.checked_neg()? } else { raw }),
        exact,
    ))
}

impl fmt::Display for Fixed {
    /// The shortest decimal that is this number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SCALE: u128 = 1_000_000_000_000_000_000;
        let magnitude = self.raw().unsigned_abs();
        let (whole, fraction) = (magnitude / SCALE, magnitude % SCALE);
        let mut text = whole.to_string();
        if fraction != 0 {
            let padded = alloc::format!(".{fraction:018}");
            text.push_str(padded.trim_end_matches('0'));
        }
        f.pad_integral(!self.is_negative(), "", &text)
    }
}

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fixed {
    /// A decimal string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fixed {
    /// A decimal string, exact.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
