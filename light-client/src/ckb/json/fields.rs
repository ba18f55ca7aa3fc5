//! One string field of a JSON object: absent, of another type, or text that is read as quantity, hex or word.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::JsonError;
use crate::Hash32;

/// A field's value as it stands in the text, borrowed where it has no escapes.
#[derive(Clone, Debug, Default)]
pub(super) enum Text<'a> {
    /// Not there, or null.
    #[default]
    Missing,
    /// A number, a list, …
    Other,
    /// A string.
    Present(Cow<'a, str>),
}

impl Text<'_> {
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    pub(super) fn str(&self, path: &str) -> Result<&str, JsonError> {
        match self {
            Self::Missing => Err(JsonError::Missing { path: path.into() }),
            Self::Other => Err(JsonError::NotAString { path: path.into() }),
            Self::Present(text) => Ok(text),
        }
    }

    pub(super) fn u128(&self, path: &str) -> Result<u128, JsonError> {
        let text = self.str(path)?;
        quantity(text).ok_or_else(|| JsonError::Quantity {
            path: path.into(),
            value: shown(text),
        })
    }

    pub(super) fn u64(&self, path: &str) -> Result<u64, JsonError> {
        self.narrowed(path)
    }

    pub(super) fn u32(&self, path: &str) -> Result<u32, JsonError> {
        self.narrowed(path)
    }

    fn narrowed<T: TryFrom<u128>>(&self, path: &str) -> Result<T, JsonError> {
        let value = self.u128(path)?;
        let text = self.str(path)?;
        T::try_from(value).map_err(|_| JsonError::Quantity {
            path: path.into(),
            value: shown(text),
        })
    }

    pub(super) fn bytes(&self, path: &str) -> Result<Vec<u8>, JsonError> {
        let text = self.str(path)?;
        let refused = || JsonError::Hex {
            path: path.into(),
            value: shown(text),
        };
        let digits = text.strip_prefix("0x").ok_or_else(refused)?;
        let mut bytes = vec![0; digits.len() >> 1];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| refused())?;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&self, path: &str) -> Result<[u8; N], JsonError> {
        let text = self.str(path)?;
        let refused = || JsonError::Hex {
            path: path.into(),
            value: shown(text),
        };
        let mut bytes = [0; N];
        let digits = text.strip_prefix("0x").ok_or_else(refused)?;
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| refused())?;
        Ok(bytes)
    }

    pub(super) fn hash(&self, path: &str) -> Result<Hash32, JsonError> {
        self.array(path).map(Hash32)
    }

    /// Compares a served hash with the computed one; none served is none to compare.
    pub(super) fn claims(&self, path: &str, computed: Hash32) -> Result<(), JsonError> {
        if self.is_missing() {
            return Ok(());
        }
        let claimed = self.hash(path)?;
        if claimed == computed {
            Ok(())
        } else {
            Err(JsonError::ClaimedHash {
                path: path.into(),
                claimed,
                computed,
            })
        }
    }
}

/// The start of a text, for an error.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// `0x` and lower-case hex without leading zero, at most 128 bits.
fn quantity(text: &str) -> Option<u128> {
    let digits = text.strip_prefix("0x")?;
    if digits != "0" && digits.starts_with('0') {
        return None;
    }
    if !digits
        .bytes()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    u128::from_str_radix(digits, 16).ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text::Present(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text::Present(Cow::Owned(text.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::Missing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Text::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Text::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Text::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Text::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::Other)
    }
}
