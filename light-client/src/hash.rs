//! A 32-byte hash or Merkle root, whichever function made it.

use core::{fmt, str::FromStr};

/// 32 bytes in the order in which the chain hashes them. Prints and parses as `0x` and 64 lower-case hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// 32 zero bytes: what an absent hash looks like on many chains. Never accepted as a proved one.
    pub const ZERO: Self = Self([0; 32]);

    /// Whether every byte is zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash32 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Hash32 {
    type Error = NotAHash;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAHash> {
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl FromStr for Hash32 {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotAHash)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Bytes or text that are not exactly 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 32 bytes, or not 64 hex digits")]
pub struct NotAHash;

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn prints_what_it_parses() {
        let text = "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let hash: Hash32 = text.parse().unwrap();
        assert_eq!(hash.to_string(), text);
        assert_eq!(text[2..].parse(), Ok(hash));
    }

    #[test]
    fn rejects_other_lengths_and_digits() {
        for text in [
            "",
            "0x",
            "0x00",
            &"0".repeat(63),
            &"0".repeat(66),
            &"g".repeat(64),
        ] {
            assert_eq!(text.parse::<Hash32>(), Err(NotAHash), "{text}");
        }
        assert_eq!(Hash32::try_from(&[0; 31][..]), Err(NotAHash));
    }
}
