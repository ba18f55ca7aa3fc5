//! The block header: 208 bytes, its hash, and what its proof of work hashes (CKB RFC 20, 27).
//!
//! ```text
//!   0 version u32 │ 4 compact_target u32 │ 8 timestamp_ms u64 │ 16 number u64 │ 24 epoch u64
//!  32 parent_hash │ 64 transactions_root │ 96 proposals_hash │ 128 extra_hash │ 160 dao │ 192 nonce u128       all little endian
//!  └─────────────────────────── raw header ───────────────────────────────────────────┘
//!   hash = blake2b(all 208)         proof-of-work message = blake2b(raw header) ‖ nonce
//! ```
//! A decoded header is well formed and nothing else: see [`super::verify()`] for the rules.

use alloc::vec::Vec;
use core::fmt;

use super::eaglesong::POW_MESSAGE_BYTES;
use super::hash::{blake2b, blake2b_many};
use super::molecule::{Field, MoleculeError};
use super::target::CompactTarget;
use crate::Hash32;

/// Size of a serialised header.
pub const HEADER_BYTES: usize = 208;
const RAW_HEADER_BYTES: usize = 192;

/// A block header, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Always 0 so far.
    pub version: u32,
    /// The proof of work's target.
    pub compact_target: CompactTarget,
    /// Milliseconds since 1970, the miner's claim.
    pub timestamp_ms: u64,
    /// Height; 0 is genesis.
    pub number: u64,
    /// Place in the epoch.
    pub epoch: EpochFraction,
    /// Hash of the block before.
    pub parent_hash: Hash32,
    /// Commits to transactions and witnesses.
    pub transactions_root: Hash32,
    /// Commits to proposed transactions.
    pub proposals_hash: Hash32,
    /// Commits to uncles and extension.
    pub extra_hash: Hash32,
    /// Totals of the coin's issuance; opaque here.
    pub dao: [u8; 32],
    /// What miners search.
    pub nonce: u128,
}

impl Header {
    /// Reads exactly [`HEADER_BYTES`] bytes. Every such string is a header.
    pub fn decode(bytes: &[u8]) -> Result<Self, MoleculeError> {
        if bytes.len() != HEADER_BYTES {
            return Err(MoleculeError::Size {
                at: "header",
                expected: HEADER_BYTES,
                got: bytes.len(),
            });
        }
        let mut fields = Field::new("header", bytes);
        let header = Self {
            version: u32::from_le_bytes(fields.take()?),
            compact_target: CompactTarget(u32::from_le_bytes(fields.take()?)),
            timestamp_ms: u64::from_le_bytes(fields.take()?),
            number: u64::from_le_bytes(fields.take()?),
            epoch: EpochFraction(u64::from_le_bytes(fields.take()?)),
            parent_hash: Hash32(fields.take()?),
            transactions_root: Hash32(fields.take()?),
            proposals_hash: Hash32(fields.take()?),
            extra_hash: Hash32(fields.take()?),
            dao: fields.take()?,
            nonce: u128::from_le_bytes(fields.take()?),
        };
        fields.end().map(|()| header)
    }

    /// The serialised header.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&self.compact_target.0.to_le_bytes());
        bytes.extend_from_slice(&self.timestamp_ms.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.epoch.0.to_le_bytes());
        for hash in [
            &self.parent_hash,
            &self.transactions_root,
            &self.proposals_hash,
            &self.extra_hash,
        ] {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes.extend_from_slice(&self.dao);
        bytes.extend_from_slice(&self.nonce.to_le_bytes());
        bytes
    }

    /// The block's hash.
    pub fn hash(&self) -> Hash32 {
        blake2b(&[&self.encode()])
    }

    /// What the proof of work hashes.
    pub fn pow_message(&self) -> [u8; POW_MESSAGE_BYTES] {
        let bytes = self.encode();
        self.pow_message_of(&blake2b(&[raw_part(&bytes)]))
    }

    /// What the proofs of work of several headers hash, in order.
    pub(super) fn pow_messages(headers: &[Self]) -> Vec<[u8; POW_MESSAGE_BYTES]> {
        let serialised: Vec<_> = headers.iter().map(Self::encode).collect();
        let hashes = blake2b_many(serialised.iter().map(|bytes| raw_part(bytes)));
        let pairs = headers.iter().zip(&hashes);
        pairs.map(|(header, hash)| header.pow_message_of(hash)).collect()
    }

    fn pow_message_of(&self, raw_hash: &Hash32) -> [u8; POW_MESSAGE_BYTES] {
        let mut message = [0; POW_MESSAGE_BYTES];
        let nonce = self.nonce.to_le_bytes();
        for (to, from) in message.iter_mut().zip(raw_hash.as_bytes().iter().chain(&nonce)) {
            *to = *from;
        }
        message
    }
}

/// A serialised header without its nonce.
fn raw_part(bytes: &[u8]) -> &[u8] {
    bytes.get(..RAW_HEADER_BYTES).unwrap_or(bytes)
}

/// A block's place in its epoch: epoch number (24 bits), index and length (16 bits each), in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EpochFraction(pub u64);

impl EpochFraction {
    /// Genesis has neither index nor length.
    pub const GENESIS: Self = Self(0);

    /// Packs the three parts; bits that do not fit are cut off.
    pub fn new(number: u64, index: u64, length: u64) -> Self {
        Self((number & 0xff_ffff) | ((index & 0xffff) << 24) | ((length & 0xffff) << 40))
    }

    /// Number of the epoch.
    pub fn number(self) -> u64 {
        self.0 & 0xff_ffff
    }

    /// Blocks of the epoch before this one.
    pub fn index(self) -> u64 {
        (self.0 >> 24) & 0xffff
    }

    /// Blocks of the epoch.
    pub fn length(self) -> u64 {
        (self.0 >> 40) & 0xffff
    }

    /// Whether the index is below the length and the highest eight bits are zero. Genesis' zero is not.
    pub fn is_well_formed(self) -> bool {
        self.0 >> 56 == 0 && self.index() < self.length()
    }

    /// Whether this is the place right after `parent`: the next index, or the first of the next epoch. After genesis: index 1 of
    /// epoch 0.
    pub fn is_successor_of(self, parent: Self) -> bool {
        if parent == Self::GENESIS {
            return self.number() == 0 && self.index() == 1;
        }
        if parent.index().saturating_add(1) == parent.length() {
            return self.number() == parent.number().saturating_add(1) && self.index() == 0;
        }
        self.number() == parent.number()
            && self.length() == parent.length()
            && self.index() == parent.index().saturating_add(1)
    }
}

impl fmt::Display for EpochFraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}({}/{})", self.number(), self.index(), self.length())
    }
}

#[cfg(test)]
mod tests {
    use ckb_types::{packed, prelude::*};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rejects_other_lengths() {
        for length in [0, 192, 207, 209, 416] {
            let refused = Header::decode(&alloc::vec![0; length]).unwrap_err();
            assert_eq!(
                refused,
                MoleculeError::Size {
                    at: "header",
                    expected: 208,
                    got: length
                }
            );
        }
    }

    #[test]
    fn successors_stay_in_the_epoch_or_open_the_next() {
        let at = EpochFraction::new;
        assert!(at(0, 1, 1743).is_successor_of(EpochFraction::GENESIS));
        assert!(!at(0, 0, 1743).is_successor_of(EpochFraction::GENESIS));
        assert!(at(1, 0, 1800).is_successor_of(at(0, 1742, 1743)));
        assert!(!at(1, 1, 1800).is_successor_of(at(0, 1742, 1743)));
        assert!(!at(2, 0, 1800).is_successor_of(at(0, 1742, 1743)));
        assert!(at(1, 6, 10).is_successor_of(at(1, 5, 10)));
        assert!(!at(1, 6, 11).is_successor_of(at(1, 5, 10)));
        assert!(!at(1, 5, 10).is_successor_of(at(1, 5, 10)));
    }

    #[test]
    fn a_place_beyond_the_length_is_malformed() {
        assert!(EpochFraction::new(1, 9, 10).is_well_formed());
        assert!(!EpochFraction::new(1, 10, 10).is_well_formed());
        assert!(!EpochFraction::GENESIS.is_well_formed());
        assert!(!EpochFraction(EpochFraction::new(1, 9, 10).0 | 1 << 56).is_well_formed());
    }

    proptest! {
        #[test]
        fn hashes_as_the_reference_does(bytes in prop::collection::vec(any::<u8>(), HEADER_BYTES)) {
            let header = Header::decode(&bytes).unwrap();
            prop_assert_eq!(&header.encode(), &bytes);
            let reference = packed::Header::from_slice(&bytes).unwrap();
            prop_assert_eq!(header.hash().0.to_vec(), reference.calc_header_hash().as_slice().to_vec());
            let raw = reference.raw().calc_pow_hash().as_slice().to_vec();
            prop_assert_eq!(header.pow_message()[..32].to_vec(), raw);
            prop_assert_eq!(&header.pow_message()[32..], &bytes[192..]);
        }

        #[test]
        fn messages_of_many_headers_are_those_of_each(nonces in prop::collection::vec(any::<u128>(), 0..12)) {
            let headers: Vec<_> = nonces.iter().map(|nonce| Header { number: *nonce as u64, nonce: *nonce, ..Header::default() }).collect();
            let expected: Vec<_> = headers.iter().map(Header::pow_message).collect();
            prop_assert_eq!(Header::pow_messages(&headers), expected);
        }
    }
}
