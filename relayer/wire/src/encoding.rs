//! The canonical binary encoding: one byte string per value, one value per byte string.
//!
//! Terms: *reader*, the part of the input that is not consumed yet; *limit*, how many elements a list of a type may hold.
//!
//! ```text
//! unsigned, signed   big-endian, full width (u8 1, u32 4, u64 8, i128 16 two's complement, U256 32)
//! bool, enum         one byte, 0 or 1; one byte, a declared code
//! option             00 | 01 value
//! list               u32 count, then the elements; count <= the element type's limit
//! bytes              u32 length, then the bytes; length <= the type's limit
//! struct             its fields in the order in which EIP-712 encodes them
//! choice             one tag byte, then the variant's struct
//! ```
//!
//! Guarantees: `decode(encode(x)) == x`; `encode(decode(b)) == b` for every `b` that decodes; no input panics; memory grows
//! only with bytes already read; nothing is left over. Not guaranteed: that a value makes sense, which its own module checks.
//! A list longer than its limit can be written but no decoder accepts it.
//!
//! Specification: `DESIGN.md`, Identities and formats. This encoding is ours: fixed widths need no rule for the shortest form.

use alloc::{boxed::Box, vec::Vec};

use ruint::aliases::U256;

/// Why bytes are not the canonical encoding of a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum DecodeError {
    /// The input ends inside a value.
    #[error("input ends {missing} bytes before the value does")]
    Truncated {
        /// Bytes that are lacking.
        missing: usize,
    },
    /// The value ended before the input did.
    #[error("{count} bytes are left over")]
    LeftOver {
        /// Bytes that nothing consumed.
        count: usize,
    },
    /// The whole input is longer than its kind may be.
    #[error("{got} bytes exceed the limit of {limit}")]
    InputTooLong {
        /// Length of the input.
        got: usize,
        /// Largest length.
        limit: usize,
    },
    /// A list or byte string claims more elements than its type may hold.
    #[error("a list of {got} exceeds its limit of {limit}")]
    ListTooLong {
        /// Claimed count.
        got: u32,
        /// Largest count.
        limit: u32,
    },
    /// A byte that selects a variant, an enum value, a bool or an option has no meaning.
    #[error("code {code} is not one of {of}")]
    UnknownCode {
        /// The byte.
        code: u8,
        /// The type that has no such code.
        of: &'static str,
    },
    /// A decoded value breaks a rule of its type.
    #[error("not a valid {of}")]
    Invalid {
        /// The type.
        of: &'static str,
    },
}

/// The input that is not consumed yet.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `input`.
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    /// Takes the next `length` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let missing = length.saturating_sub(self.rest.len());
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(DecodeError::Truncated { missing })?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes the next `N` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let missing = N.saturating_sub(self.rest.len());
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(DecodeError::Truncated { missing })?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Reads a count that must not exceed `limit`, nor the bytes that are left, since each element takes at least one.
    ///
    /// # Errors
    /// [`DecodeError::ListTooLong`], [`DecodeError::Truncated`].
    pub fn count(&mut self, limit: u32) -> Result<usize, DecodeError> {
        let got = u32::decode_from(self)?;
        if got > limit {
            return Err(DecodeError::ListTooLong { got, limit });
        }
        let count = usize::try_from(got).map_err(|_| DecodeError::ListTooLong { got, limit })?;
        match count.saturating_sub(self.rest.len()) {
            0 => Ok(count),
            missing => Err(DecodeError::Truncated { missing }),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`DecodeError::LeftOver`] when bytes remain.
    pub fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(DecodeError::LeftOver { count }),
        }
    }
}

/// A type with exactly one byte string per value.
pub trait Canonical: Sized {
    /// Appends the encoding.
    fn encode_to(&self, out: &mut Vec<u8>);

    /// Reads one value and leaves the reader behind it.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not the encoding of a value.
    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// The encoding on its own.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_to(&mut out);
        out
    }

    /// Reads a value that must be the whole input.
    ///
    /// # Errors
    /// [`DecodeError`]; bytes behind the value are [`DecodeError::LeftOver`].
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Reader::new(bytes);
        let value = Self::decode_from(&mut input)?;
        input.finish()?;
        Ok(value)
    }
}

/// A type that may be the element of a list.
pub trait Listed {
    /// Most elements of this type in one list.
    const LIMIT: u32;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Canonical for $integer {
            fn encode_to(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                input.array().map(Self::from_be_bytes)
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, u128, i64, i128);

impl Canonical for U256 {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes::<32>());
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.array().map(Self::from_be_bytes::<32>)
    }
}

impl<const N: usize> Canonical for [u8; N] {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.array()
    }
}

impl Canonical for bool {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode_from(input)? {
            0 => Ok(false),
            1 => Ok(true),
            code => Err(DecodeError::UnknownCode { code, of: "bool" }),
        }
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.is_some().encode_to(out);
        if let Some(value) = self {
            value.encode_to(out);
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        bool::decode_from(input)?
            .then(|| T::decode_from(input))
            .transpose()
    }
}

impl<T: Canonical> Canonical for Box<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        T::encode_to(self, out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::decode_from(input).map(Self::new)
    }
}

impl<T: Canonical + Listed> Canonical for Vec<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        encode_count(self.len(), out);
        self.iter().for_each(|element| element.encode_to(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = input.count(T::LIMIT)?;
        // Not collected with a size hint: the elements read so far bound the memory, not the claim.
        let mut elements = Self::new();
        for _ in 0..count {
            elements.push(T::decode_from(input)?);
        }
        Ok(elements)
    }
}

/// Appends a count; one beyond 32 bits becomes the largest, which no limit admits.
pub(crate) fn encode_count(count: usize, out: &mut Vec<u8>) {
    u32::try_from(count).unwrap_or(u32::MAX).encode_to(out);
}

/// Declares an enum without fields: one byte in the encoding, `uint8` in EIP-712.
macro_rules! codes {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$vmeta:meta])* $variant:ident = $code:literal, )+ }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vmeta])* $variant, )+ }

        impl $name {
            /// The byte that stands for the value.
            pub const fn code(self) -> u8 {
                match self { $( Self::$variant => $code, )+ }
            }
        }

        impl $crate::encoding::Canonical for $name {
            fn encode_to(&self, out: &mut alloc::vec::Vec<u8>) {
                out.push(self.code());
            }

            fn decode_from(
                input: &mut $crate::encoding::Reader<'_>,
            ) -> Result<Self, $crate::encoding::DecodeError> {
                match <u8 as $crate::encoding::Canonical>::decode_from(input)? {
                    $( $code => Ok(Self::$variant), )+
                    code => Err($crate::encoding::DecodeError::UnknownCode { code, of: stringify!($name) }),
                }
            }
        }

        impl $crate::eip712::Member for $name {
            fn type_name() -> alloc::string::String {
                "uint8".into()
            }

            fn word(&self) -> $crate::eip712::Word {
                $crate::eip712::Member::word(&self.code())
            }
        }

        #[cfg(test)]
        impl $crate::sample::Sample for $name {
            fn sample(rng: &mut $crate::sample::Rng) -> Self {
                let all = [$( Self::$variant, )+];
                all[rng.below(all.len())]
            }
        }
    )+};
}
pub(crate) use codes;

/// Declares a choice between structs: a tag byte, then the struct.
macro_rules! choice {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$vmeta:meta])* $tag:literal => $variant:ident($inner:ty), )+ }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$vmeta])* $variant($inner), )+ }

        $( impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self::$variant(value)
            }
        } )+

        impl $crate::encoding::Canonical for $name {
            fn encode_to(&self, out: &mut alloc::vec::Vec<u8>) {
                match self { $( Self::$variant(value) => {
                    out.push($tag);
                    $crate::encoding::Canonical::encode_to(value, out);
                } )+ }
            }

            fn decode_from(
                input: &mut $crate::encoding::Reader<'_>,
            ) -> Result<Self, $crate::encoding::DecodeError> {
                match <u8 as $crate::encoding::Canonical>::decode_from(input)? {
                    $( $tag => <$inner as $crate::encoding::Canonical>::decode_from(input).map(Self::$variant), )+
                    code => Err($crate::encoding::DecodeError::UnknownCode { code, of: stringify!($name) }),
                }
            }
        }

        #[cfg(test)]
        impl $crate::sample::Sample for $name {
            fn sample(rng: &mut $crate::sample::Rng) -> Self {
                let all: &[fn(&mut $crate::sample::Rng) -> Self] =
                    &[$( |rng| Self::$variant($crate::sample::Sample::sample(rng)), )+];
                all[rng.below(all.len())](rng)
            }
        }
    )+};
}
pub(crate) use choice;

/// Declares structs that are encoded but never signed or hashed as EIP-712.
macro_rules! records {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident { $( $(#[$fmeta:meta])* pub $field:ident : $ty:ty, )* }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[$fmeta])* pub $field: $ty, )* }

        impl $crate::encoding::Canonical for $name {
            fn encode_to(&self, out: &mut alloc::vec::Vec<u8>) {
                $( $crate::encoding::Canonical::encode_to(&self.$field, out); )*
            }

            fn decode_from(
                input: &mut $crate::encoding::Reader<'_>,
            ) -> Result<Self, $crate::encoding::DecodeError> {
                Ok(Self { $( $field: $crate::encoding::Canonical::decode_from(input)?, )* })
            }
        }

        #[cfg(test)]
        impl $crate::sample::Sample for $name {
            fn sample(rng: &mut $crate::sample::Rng) -> Self {
                Self { $( $field: $crate::sample::Sample::sample(rng), )* }
            }
        }
    )+};
}
pub(crate) use records;

#[cfg(test)]
mod tests;
