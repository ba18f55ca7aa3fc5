//! Numbers from their JSON text, and lists with a bound.

use alloc::{string::String, vec::Vec};
use core::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::math::Fixed;

/// A decimal written as a JSON number or as a string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(pub(super) Fixed);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = alloc::boxed::Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let unquoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        Fixed::parse_trunc(unquoted).map(Self).map_err(D::Error::custom)
    }
}

/// Whether something holds, written as `true`, `false`, `1` or `0`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = alloc::boxed::Box::<RawValue>::deserialize(deserializer)?;
        match raw.get() {
            "true" | "1" => Ok(Self(true)),
            "false" | "0" => Ok(Self(false)),
            other => {
                let shown: String = other.chars().take(32).collect();
                Err(D::Error::custom(alloc::format!(
                    "{shown} is not true, false, 1 or 0"
                )))
            }
        }
    }
}

/// A list of at most `MOST` entries; the one beyond is refused while reading.
#[derive(Clone, Debug)]
pub(super) struct Bounded<T, const MOST: usize>(pub(super) Vec<T>);

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(BoundedVisitor(PhantomData))
    }
}

struct BoundedVisitor<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for BoundedVisitor<T, MOST> {
    type Value = Bounded<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            if entries.len() == MOST {
                return Err(A::Error::custom(alloc::format!("more than {MOST} entries")));
            }
            entries.push(entry);
        }
        Ok(Bounded(entries))
    }
}
