//! Recursive length prefix (RLP): reads the canonical form only, without copying, and writes it.
//!
//! # Terms
//! - **Item**: a byte string or a list of items. **Header**: the prefix that says which, and how long the payload is.
//!
//! ```text
//!  first byte   item                    header
//!  00..=7f      the byte itself         none
//!  80..=b7      string, 0..=55 bytes    1 byte                          b8..=bf  string, longer: 1 + 1..=8 length bytes
//!  c0..=f7      list, 0..=55 bytes      1 byte                          f8..=ff  list, longer:   1 + 1..=8 length bytes
//! ```
//!
//! # Guarantees
//! - One value, one encoding: a byte below 0x80 with a header, a long header for a short payload, a length or an integer
//!   with a leading zero, and bytes after the last item are refused.
//! - A length is compared with the bytes at hand before anything else is done with it. Nothing is allocated by reading.
//! - Reading never recurses: a list is read by who knows its shape, so the depth is that of the reader's types.
//!
//! Rules: Ethereum Yellow Paper, appendix B; `spec/light-client.md`, Ethereum (execution).

use alloc::vec::Vec;

use ruint::aliases::U256;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// Why bytes are not the canonical encoding of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum RlpRejection {
    /// The item is longer than the bytes at hand.
    #[error("an item needs {needed} bytes, {available} are left")]
    Truncated {
        /// Length of the item's header or payload.
        needed: usize,
        /// Bytes left to read it from.
        available: usize,
    },
    /// A payload length with a leading zero, or one below 56 in the long form.
    #[error("payload length {length} is not in its shortest form")]
    NonCanonicalLength {
        /// The length as it was given.
        length: usize,
    },
    /// A single byte below 0x80 that has a header.
    #[error("byte {byte:#04x} must stand for itself")]
    NonCanonicalByte {
        /// The byte.
        byte: u8,
    },
    /// Bytes after the last item.
    #[error("{count} bytes after the last item")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A list where a byte string belongs.
    #[error("a list where a byte string belongs")]
    ExpectedString,
    /// A byte string where a list belongs.
    #[error("a byte string where a list belongs")]
    ExpectedList,
    /// An integer with a leading zero byte.
    #[error("an integer starts with a zero byte")]
    LeadingZero,
    /// An integer of more bytes than its type has.
    #[error("an integer of {got} bytes, at most {limit}")]
    IntegerTooLarge {
        /// Bytes given.
        got: usize,
        /// Bytes of the type.
        limit: usize,
    },
    /// A byte string of a fixed length with another length.
    #[error("a byte string of {got} bytes, must be {expected}")]
    WrongLength {
        /// Bytes given.
        got: usize,
        /// Bytes required.
        expected: usize,
    },
}

/// What a header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    String,
    List,
}

/// One item, its payload still undecoded.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A byte string.
    String(&'a [u8]),
    /// The items of a list.
    List(Reader<'a>),
}

impl<'a> Item<'a> {
    /// The byte string.
    pub fn string(self) -> Result<&'a [u8], RlpRejection> {
        match self {
            Self::String(bytes) => Ok(bytes),
            Self::List(_) => Err(RlpRejection::ExpectedString),
        }
    }

    /// The list's items.
    pub fn list(self) -> Result<Reader<'a>, RlpRejection> {
        match self {
            Self::List(items) => Ok(items),
            Self::String(_) => Err(RlpRejection::ExpectedList),
        }
    }
}

/// Decodes exactly one item.
pub fn decode(bytes: &[u8]) -> Result<Item<'_>, RlpRejection> {
    let mut reader = Reader::new(bytes);
    let item = reader.item()?;
    reader.finish()?;
    Ok(item)
}

/// Reads items one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Over a sequence of items without a list header.
    pub fn new(items: &'a [u8]) -> Self {
        Self { rest: items }
    }

    /// Whether every item was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next item with its encoding.
    #[inline]
    pub fn encoded_item(&mut self) -> Result<(Item<'a>, &'a [u8]), RlpRejection> {
        let whole = self.rest;
        let (kind, payload, rest) = split(whole)?;
        self.rest = rest;
        let item = match kind {
            Kind::String => Item::String(payload),
            Kind::List => Item::List(Reader::new(payload)),
        };
        let length = whole.len().saturating_sub(rest.len());
        Ok((item, whole.get(..length).unwrap_or_default()))
    }

    /// The next item.
    #[inline]
    pub fn item(&mut self) -> Result<Item<'a>, RlpRejection> {
        self.encoded_item().map(|(item, _)| item)
    }

    /// The next item, a byte string.
    pub fn string(&mut self) -> Result<&'a [u8], RlpRejection> {
        self.item()?.string()
    }

    /// The next item, a list.
    pub fn list(&mut self) -> Result<Reader<'a>, RlpRejection> {
        self.item()?.list()
    }

    /// The next item, a byte string of exactly `N` bytes.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], RlpRejection> {
        let bytes = self.string()?;
        bytes.try_into().map_err(|_| RlpRejection::WrongLength {
            got: bytes.len(),
            expected: N,
        })
    }

    /// The next item, an unsigned integer of at most 64 bits.
    pub fn u64(&mut self) -> Result<u64, RlpRejection> {
        let bytes = integer(self.string()?, 8)?;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    /// The next item, an unsigned integer of at most 256 bits.
    pub fn u256(&mut self) -> Result<U256, RlpRejection> {
        let bytes = integer(self.string()?, 32)?;
        U256::try_from_be_slice(bytes).ok_or(RlpRejection::IntegerTooLarge {
            got: bytes.len(),
            limit: 32,
        })
    }

    /// Refuses items that nothing read.
    pub fn finish(self) -> Result<(), RlpRejection> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(RlpRejection::TrailingBytes { count }),
        }
    }
}

/// Big-endian bytes of an integer: no leading zero (zero is the empty string), at most `limit` bytes.
fn integer(bytes: &[u8], limit: usize) -> Result<&[u8], RlpRejection> {
    if bytes.first() == Some(&0) {
        return Err(RlpRejection::LeadingZero);
    }
    if bytes.len() > limit {
        return Err(RlpRejection::IntegerTooLarge {
            got: bytes.len(),
            limit,
        });
    }
    Ok(bytes)
}

/// Cuts the first item off: its kind, its payload, and what follows it.
#[inline]
fn split(bytes: &[u8]) -> Result<(Kind, &[u8], &[u8]), RlpRejection> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Err(RlpRejection::Truncated {
            needed: 1,
            available: 0,
        });
    };
    match first {
        0..=0x7f => {
            let (payload, rest) = take(bytes, 1)?;
            Ok((Kind::String, payload, rest))
        }
        0x80..=0xb7 => {
            let (payload, rest) = take(rest, usize::from(first & 0x3f))?;
            match payload {
                [byte @ 0..=0x7f] => Err(RlpRejection::NonCanonicalByte { byte: *byte }),
                _ => Ok((Kind::String, payload, rest)),
            }
        }
        0xb8..=0xbf => split_long(Kind::String, rest, usize::from(first & 0x07)),
        0xc0..=0xf7 => {
            let (payload, rest) = take(rest, usize::from(first & 0x3f))?;
            Ok((Kind::List, payload, rest))
        }
        0xf8..=0xff => split_long(Kind::List, rest, usize::from(first & 0x07)),
    }
}

/// `bytes` start with the length's bytes, of which there are one more than `extra_length_bytes`.
fn split_long(
    kind: Kind,
    bytes: &[u8],
    extra_length_bytes: usize,
) -> Result<(Kind, &[u8], &[u8]), RlpRejection> {
    let (length_bytes, rest) = take(bytes, extra_length_bytes.saturating_add(1))?;
    // A length beyond the address space saturates, and so is longer than what is left.
    let length = length_bytes.iter().fold(0_usize, |length, byte| {
        length.saturating_mul(256) | usize::from(*byte)
    });
    if length <= SHORT_PAYLOAD || length_bytes.first() == Some(&0) {
        return Err(RlpRejection::NonCanonicalLength { length });
    }
    let (payload, rest) = take(rest, length)?;
    Ok((kind, payload, rest))
}

#[inline]
fn take(bytes: &[u8], count: usize) -> Result<(&[u8], &[u8]), RlpRejection> {
    bytes.split_at_checked(count).ok_or(RlpRejection::Truncated {
        needed: count,
        available: bytes.len(),
    })
}

/// Longest payload of a one-byte header.
const SHORT_PAYLOAD: usize = 55;

/// A header as bytes, for whoever hashes an item without writing it down first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    bytes: [u8; 9],
    start: usize,
}

impl Header {
    /// Of a byte string that is not a single byte below 0x80.
    pub(crate) fn of_string(payload_length: usize) -> Self {
        Self::new(0x80, payload_length)
    }

    /// Of a list.
    pub(crate) fn of_list(payload_length: usize) -> Self {
        Self::new(0xc0, payload_length)
    }

    /// The header's bytes sit at the end of the array; `short` is the first byte of an empty payload.
    fn new(short: u8, payload_length: usize) -> Self {
        let mut bytes = [0; 9];
        let [.., last] = &mut bytes;
        if payload_length <= SHORT_PAYLOAD {
            *last = u8::try_from(payload_length).unwrap_or(0) | short;
            return Self { bytes, start: 8 };
        }
        let length = u64::try_from(payload_length).unwrap_or(u64::MAX).to_be_bytes();
        let zeros = length.iter().take_while(|byte| **byte == 0).count();
        if let Some(field) = bytes.get_mut(1..) {
            field.copy_from_slice(&length);
        }
        if let Some(first) = bytes.get_mut(zeros) {
            let length_bytes = u8::try_from(8_usize.saturating_sub(zeros)).unwrap_or(8);
            *first = short
                .saturating_add(SHORT_PAYLOAD_BYTE)
                .saturating_add(length_bytes);
        }
        Self { bytes, start: zeros }
    }

    /// The header.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// [`SHORT_PAYLOAD`] as the byte it is in a header.
const SHORT_PAYLOAD_BYTE: u8 = 55;

/// Appends a byte string.
pub fn encode_string(out: &mut Vec<u8>, bytes: &[u8]) {
    if !matches!(bytes, [0..=0x7f]) {
        out.extend_from_slice(Header::of_string(bytes.len()).as_bytes());
    }
    out.extend_from_slice(bytes);
}

/// Appends an unsigned integer given as big-endian bytes of any width.
pub fn encode_integer(out: &mut Vec<u8>, big_endian: &[u8]) {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    encode_string(out, big_endian.get(zeros..).unwrap_or_default());
}

/// Appends a list whose items `write` appends.
pub fn encode_list(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut payload = Vec::new();
    write(&mut payload);
    out.extend_from_slice(Header::of_list(payload.len()).as_bytes());
    out.extend_from_slice(&payload);
}

#[cfg(test)]
mod tests;
