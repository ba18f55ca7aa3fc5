//! EIP-712: the words, struct hashes and digests of everything Viaduct signs.
//!
//! Terms: *member*, a type that may stand as a field; *word*, the 32 bytes that a field adds to its struct's data; *statement*,
//! a struct that is signed on its own, as against one that only ever stands inside another.
//!
//! ```text
//! structHash = keccak256(typeHash ‖ word ‖ word ‖ ..)      typeHash = keccak256(encodeType)
//! separator  = structHash(EIP712Domain { name: "Viaduct", version: "1", salt: network_id })
//! digest     = keccak256(0x19 ‖ 0x01 ‖ separator ‖ structHash)
//! leaf       = keccak256(0x00 ‖ typeHash ‖ word ‖ word ‖ ..)
//! ```
//! | Rust | Solidity | word |
//! |---|---|---|
//! | `u8..u64`, enum, `bool` | `uint8..uint64`, `uint8`, `bool` | left-padded |
//! | `i64`, `i128` | `int64`, `int128` | sign-extended |
//! | `U256`, `Hash`, `Address` | `uint256`, `bytes32`, `address` | 32 bytes; left-padded |
//! | struct | its name | its struct hash |
//! | `Vec<T>`, `Option<T>` | `T[]`; an option has none or one element | keccak256 of the elements' words |
//! | bytes | `bytes` | keccak256 of the bytes |
//!
//! Specification: EIP-712; `DESIGN.md`, Identities and formats. One declaration makes the struct, its type string, its words and
//! its binary encoding, so that they cannot drift apart. Type hashes are computed at use: one keccak beside a recovery that costs
//! a hundred times more, and no global.
//!
//! Guarantees: every statement type has its own type string (tested), so that no signature serves two purposes; the separator
//! holds the network. Not guaranteed: that the values make sense.

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt;

use ruint::aliases::U256;

use crate::types::{Address, Hash, NetworkId, keccak256};

/// 32 bytes that one field adds to the data of its struct.
pub type Word = [u8; 32];

/// Definitions of the structs that a type refers to, by name.
pub type Definitions = BTreeMap<&'static str, String>;

/// A type that may stand as a field of a struct.
pub trait Member {
    /// Its Solidity type.
    fn type_name() -> String;

    /// Adds the definitions of the structs it refers to; plain types have none.
    fn define(_definitions: &mut Definitions) {}

    /// What it adds to the data of its struct.
    fn word(&self) -> Word;
}

/// A struct with named fields.
pub trait Struct: Member {
    /// Its Solidity name.
    const NAME: &'static str;

    /// `Name(type field,..)` of this struct alone.
    fn definition() -> String;

    /// Adds the definitions of its fields' types.
    fn define_fields(definitions: &mut Definitions);

    /// The words of its fields, in order.
    fn words(&self) -> Vec<Word>;

    /// `encodeType`: the definition, then those of the structs it refers to by name.
    fn encode_type() -> String {
        let mut definitions = Definitions::new();
        Self::define_fields(&mut definitions);
        definitions.remove(Self::NAME);
        let mut text = Self::definition();
        definitions.values().for_each(|referred| text.push_str(referred));
        text
    }

    /// keccak256 of [`Struct::encode_type`].
    fn type_hash() -> Hash {
        keccak256(&[Self::encode_type().as_bytes()])
    }

    /// keccak256 of the type hash and the words.
    fn struct_hash(&self) -> Hash {
        keccak256(&[&Self::type_hash().0, self.words().as_flattened()])
    }

    /// The leaf that stands for the value in a tree: as the struct hash, behind a zero byte.
    fn leaf(&self) -> Hash {
        keccak256(&[
            &[crate::tree::LEAF_PREFIX],
            &Self::type_hash().0,
            self.words().as_flattened(),
        ])
    }
}

/// A struct that is signed on its own.
pub trait Statement: Struct {
    /// The digest that is signed for it in `domain`.
    fn digest(&self, domain: &Domain) -> Digest {
        domain.digest(self.struct_hash())
    }
}

/// What a key signs: the keccak256 of domain and struct hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash(self.0).fmt(formatter)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash(self.0).fmt(formatter)
    }
}

/// The signing domain of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    separator: Hash,
}

impl Domain {
    /// The type string of the domain.
    pub const TYPE: &'static str = "EIP712Domain(string name,string version,bytes32 salt)";

    /// The domain of a network.
    pub fn new(network: NetworkId) -> Self {
        let type_hash = keccak256(&[Self::TYPE.as_bytes()]);
        let (name, version) = (keccak256(&[b"Viaduct"]), keccak256(&[b"1"]));
        Self {
            separator: keccak256(&[&type_hash.0, &name.0, &version.0, &network.0.0]),
        }
    }

    /// The domain separator, a constant of each vault contract.
    pub fn separator(&self) -> Hash {
        self.separator
    }

    fn digest(&self, struct_hash: Hash) -> Digest {
        Digest(keccak256(&[&[0x19, 0x01], &self.separator.0, &struct_hash.0]).0)
    }
}

fn left_padded(bytes: &[u8], filler: u8) -> Word {
    let mut word = [filler; 32];
    word.iter_mut()
        .rev()
        .zip(bytes.iter().rev())
        .for_each(|(to, from)| *to = *from);
    word
}

fn hashed_words<T: Member>(elements: impl Iterator<Item = T>) -> Word {
    let words: Vec<Word> = elements.map(|element| element.word()).collect();
    keccak256(&[words.as_flattened()]).0
}

macro_rules! unsigned {
    ($($integer:ty => $name:literal),*) => {$(
        impl Member for $integer {
            fn type_name() -> String {
                $name.into()
            }

            fn word(&self) -> Word {
                left_padded(&self.to_be_bytes(), 0)
            }
        }
    )*};
}
unsigned!(u8 => "uint8", u16 => "uint16", u32 => "uint32", u64 => "uint64");

macro_rules! signed {
    ($($integer:ty => $name:literal),*) => {$(
        impl Member for $integer {
            fn type_name() -> String {
                $name.into()
            }

            fn word(&self) -> Word {
                left_padded(&self.to_be_bytes(), if self.is_negative() { 0xff } else { 0 })
            }
        }
    )*};
}
signed!(i64 => "int64", i128 => "int128");

impl Member for bool {
    fn type_name() -> String {
        "bool".into()
    }

    fn word(&self) -> Word {
        u8::from(*self).word()
    }
}

impl Member for U256 {
    fn type_name() -> String {
        "uint256".into()
    }

    fn word(&self) -> Word {
        self.to_be_bytes()
    }
}

impl Member for Hash {
    fn type_name() -> String {
        "bytes32".into()
    }

    fn word(&self) -> Word {
        self.0
    }
}

impl Member for Address {
    fn type_name() -> String {
        "address".into()
    }

    fn word(&self) -> Word {
        left_padded(&self.0, 0)
    }
}

impl<T: Member> Member for &T {
    fn type_name() -> String {
        T::type_name()
    }

    fn define(definitions: &mut Definitions) {
        T::define(definitions);
    }

    fn word(&self) -> Word {
        T::word(self)
    }
}

impl<T: Member> Member for Box<T> {
    fn type_name() -> String {
        T::type_name()
    }

    fn define(definitions: &mut Definitions) {
        T::define(definitions);
    }

    fn word(&self) -> Word {
        T::word(self)
    }
}

impl<T: Member> Member for Vec<T> {
    fn type_name() -> String {
        format!("{}[]", T::type_name())
    }

    fn define(definitions: &mut Definitions) {
        T::define(definitions);
    }

    fn word(&self) -> Word {
        hashed_words(self.iter())
    }
}

impl<T: Member> Member for Option<T> {
    fn type_name() -> String {
        format!("{}[]", T::type_name())
    }

    fn define(definitions: &mut Definitions) {
        T::define(definitions);
    }

    fn word(&self) -> Word {
        hashed_words(self.iter())
    }
}

/// Implements [`Member`] for a struct, and [`Struct`] from the names and types of its fields.
macro_rules! impl_struct {
    ($name:ident, $solidity:expr, |$value:ident| { $( $field:expr => $ty:ty = $word:expr, )* }) => {
        impl $crate::eip712::Member for $name {
            fn type_name() -> alloc::string::String {
                $solidity.into()
            }

            fn define(definitions: &mut $crate::eip712::Definitions) {
                definitions.insert($solidity, <Self as $crate::eip712::Struct>::definition());
                <Self as $crate::eip712::Struct>::define_fields(definitions);
            }

            fn word(&self) -> $crate::eip712::Word {
                $crate::eip712::Struct::struct_hash(self).0
            }
        }

        impl $crate::eip712::Struct for $name {
            const NAME: &'static str = $solidity;

            fn definition() -> alloc::string::String {
                let fields = [$( alloc::format!("{} {}", <$ty as $crate::eip712::Member>::type_name(), $field) ),*];
                alloc::format!("{}({})", $solidity, fields.join(","))
            }

            fn define_fields(definitions: &mut $crate::eip712::Definitions) {
                $( <$ty as $crate::eip712::Member>::define(definitions); )*
            }

            fn words(&self) -> alloc::vec::Vec<$crate::eip712::Word> {
                let $value = self;
                alloc::vec![$( <$ty as $crate::eip712::Member>::word(&$word) ),*]
            }
        }
    };
}
pub(crate) use impl_struct;

/// The Solidity name of a field: its own, or the one given with `as`.
macro_rules! field_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $alias:ident) => {
        stringify!($alias)
    };
}
pub(crate) use field_name;

/// Declares structs whose type string, words and binary encoding follow from the fields. `field as name` gives the Solidity name.
macro_rules! structs {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$fmeta:meta])* pub $field:ident $(as $alias:ident)? : $ty:ty, )*
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[$fmeta])* pub $field: $ty, )* }

        $crate::eip712::impl_struct!($name, stringify!($name), |value| {
            $( $crate::eip712::field_name!($field $($alias)?) => $ty = value.$field, )*
        });

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
pub(crate) use structs;

#[cfg(test)]
mod tests;
