//! Hexadecimal strings and bounded lists in JSON.

use alloc::vec::Vec;
use core::{fmt, marker::PhantomData};

use ruint::aliases::U256;
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::{Hash32, ethereum::execution::Address};

/// `0x` and any number of bytes.
pub(super) struct Bytes(pub(super) Vec<u8>);

/// `0x` and exactly `N` bytes.
#[derive(Clone, Copy)]
pub(super) struct Fixed<const N: usize>(pub(super) [u8; N]);

impl From<Fixed<32>> for Hash32 {
    fn from(bytes: Fixed<32>) -> Self {
        Self(bytes.0)
    }
}

impl From<Fixed<20>> for Address {
    fn from(bytes: Fixed<20>) -> Self {
        Self(bytes.0)
    }
}

/// `0x` and 1 to 64 digits, the most significant first.
#[derive(Clone, Copy)]
pub(super) struct Quantity(pub(super) U256);

/// `0x` and digits of a number that fits 64 bits.
#[derive(Clone, Copy)]
pub(super) struct Quantity64(pub(super) u64);

/// Reads a JSON string by a function that says what it expected.
struct Text<T> {
    expected: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::custom(format_args!("not {}", self.expected)))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: "hex bytes with 0x",
            read: |text| hex::decode(text.strip_prefix("0x")?).ok().map(Self),
        })
    }
}

impl<'de, const N: usize> Deserialize<'de> for Fixed<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: match N {
                32 => "32 hex bytes with 0x",
                20 => "20 hex bytes with 0x",
                _ => "hex bytes of a fixed length with 0x",
            },
            read: |text| {
                let mut bytes = [0; N];
                hex::decode_to_slice(text.strip_prefix("0x")?, &mut bytes).ok()?;
                Some(Self(bytes))
            },
        })
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: "a hex number with 0x",
            read: |text| quantity(text).map(Self),
        })
    }
}

impl<'de> Deserialize<'de> for Quantity64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: "a hex number below 2^64 with 0x",
            read: |text| u64::try_from(quantity(text)?).ok().map(Self),
        })
    }
}

fn quantity(text: &str) -> Option<U256> {
    let digits = text.strip_prefix("0x")?;
    let is_number = matches!(digits.len(), 1..=64) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number.then(|| U256::from_str_radix(digits, 16).ok()).flatten()
}

/// A list of at most `LIMIT` items.
pub(super) struct Limited<T, const LIMIT: usize>(pub(super) Vec<T>);

impl<T, const LIMIT: usize> Default for Limited<T, LIMIT> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const LIMIT: usize> Deserialize<'de> for Limited<T, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items::<T, LIMIT>(PhantomData))
    }
}

struct Items<T, const LIMIT: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const LIMIT: usize> Visitor<'de> for Items<T, LIMIT> {
    type Value = Limited<T, LIMIT>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of at most {LIMIT}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == LIMIT {
                return Err(A::Error::custom(format_args!("more than {LIMIT} items")));
            }
            list.push(item);
        }
        Ok(Limited(list))
    }
}
