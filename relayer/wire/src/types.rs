//! The words that everything else is made of: hashes, addresses, chains, assets, accounts.
//!
//! Terms: *registry number*, the number by which this network knows a chain or an underlying (`genesis.toml`), not a chain's own
//! id; *sub*, one margin account of an owner; *nonce*, the number by which an owner names a command of a sub.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/ledger.md`, Words and State.

use alloc::vec::Vec;
use core::{cmp::Ordering, fmt};

use tiny_keccak::{Hasher as _, Keccak};

use crate::{
    eip712::{Definitions, Member, Word, structs},
    encoding::{Canonical, DecodeError, Listed, Reader},
};

/// keccak256 of the parts in a row.
pub fn keccak256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Keccak::v256();
    parts.iter().for_each(|part| hasher.update(part));
    let mut digest = [0; 32];
    hasher.finalize(&mut digest);
    Hash(digest)
}

fn write_hex(bytes: &[u8], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

/// The order of two byte strings whose length is a multiple of four, as it is of all of ours.
#[inline]
fn compare_words<const N: usize>(left: &[u8; N], right: &[u8; N]) -> Ordering {
    const { assert!(N.is_multiple_of(4)) };
    let ((left, left_end), (right, right_end)) = (left.as_chunks::<8>(), right.as_chunks::<8>());
    let longs = left
        .iter()
        .zip(right)
        .map(|(left, right)| (u64::from_be_bytes(*left), u64::from_be_bytes(*right)));
    let (left_end, right_end) = (left_end.as_chunks::<4>().0, right_end.as_chunks::<4>().0);
    let ends = left_end.iter().zip(right_end).map(|(left, right)| {
        (
            u64::from(u32::from_be_bytes(*left)),
            u64::from(u32::from_be_bytes(*right)),
        )
    });
    let mut words = longs.chain(ends);
    words
        .find_map(|(left, right)| Some(left.cmp(&right)).filter(|order| order.is_ne()))
        .unwrap_or(Ordering::Equal)
}

macro_rules! byte_strings {
    ($( $(#[$meta:meta])* pub struct $name:ident($length:literal); )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; $length]);

        /// That of the bytes; compared word by word, since ordered tables do little else.
        impl Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                compare_words(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// All bytes zero: stands for "none" and never verifies.
            pub const ZERO: Self = Self([0; $length]);

            /// Whether all bytes are zero.
            pub fn is_zero(&self) -> bool {
                *self == Self::ZERO
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, formatter)
            }
        }

        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                self.0.encode_to(out);
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                input.array().map(Self)
            }
        }

        #[cfg(test)]
        impl crate::sample::Sample for $name {
            fn sample(rng: &mut crate::sample::Rng) -> Self {
                Self(rng.bytes())
            }
        }
    )+};
}

byte_strings! {
    /// 32 bytes: a keccak256, a block hash, or a chain's identifier widened to 32 bytes (an EVM address left-padded).
    pub struct Hash(32);
    /// The 20-byte Ethereum address of a secp256k1 key: the identity of owners and attesters.
    pub struct Address(20);
}

impl Listed for Hash {
    /// Lemmas of one inclusion proof: a tree has fewer than 2^32 leaves.
    const LIMIT: u32 = 32;
}

macro_rules! newtypes {
    ($( $(#[$meta:meta])* pub struct $name:ident($inner:ty); )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                self.0.encode_to(out);
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Canonical::decode_from(input).map(Self)
            }
        }

        impl Member for $name {
            fn type_name() -> alloc::string::String {
                <$inner as Member>::type_name()
            }

            fn define(definitions: &mut Definitions) {
                <$inner as Member>::define(definitions);
            }

            fn word(&self) -> Word {
                self.0.word()
            }
        }

        #[cfg(test)]
        impl crate::sample::Sample for $name {
            fn sample(rng: &mut crate::sample::Rng) -> Self {
                Self(crate::sample::Sample::sample(rng))
            }
        }
    )+};
}

newtypes! {
    /// keccak256 of the exact bytes of `genesis.toml`.
    pub struct NetworkId(Hash);
    /// Registry number of a chain.
    pub struct ChainId(u32);
    /// Registry number of what is priced: an index (BTC, ETH, a stable). Several assets may share one.
    pub struct Underlying(u32);
}

structs! {
    /// An asset: what a chain's vault holds.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub struct AssetId {
        /// The chain whose vault holds it.
        pub chain: ChainId,
        /// The chain's own identifier widened to 32 bytes: a token address left-padded, a type script hash, a denom's keccak256;
        /// the native coin is a constant of the chain's module, never zero.
        pub asset: Hash,
    }

    /// One margin account of an owner.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub struct Account {
        /// Whose it is: the address that signs.
        pub owner: Address,
        /// Which of the owner's.
        pub sub: u32,
    }

    /// A block of a chain.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub struct BlockRef {
        /// Its height; on EVM the execution block's number.
        pub height: u64,
        /// Its hash; on EVM the execution block's.
        pub hash: Hash,
    }

    /// A height of a chain, whatever block stands there.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub struct ChainHeight {
        /// The chain.
        pub chain: ChainId,
        /// The height; on EVM the execution block's number.
        pub height: u64,
    }

    /// Names a command: one body per id, ever.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub struct CommandId {
        /// The sub whose nonce it is.
        pub account: Account,
        /// The number the owner chose.
        pub nonce: u64,
    }
}

impl AssetId {
    /// The identifier under which another chain's vault knows the bridged token that stands for this asset:
    /// `keccak256(abi.encode(uint32 chain, bytes32 asset))`.
    pub fn bridged(&self) -> Hash {
        keccak256(&[&self.chain.word(), &self.asset.0])
    }
}
