//! The chain root: a Merkle mountain range over digests of all headers, committed by each block's extension (CKB RFC 44).
//!
//! ```text
//! leaf   children_hash = header hash, total difficulty = its own, start = end = itself
//! node   children_hash = blake2b(hash(left) ‖ hash(right)), sums and spans of both; hash(d) = blake2b(d, 120 bytes)
//! block n: extension[0..32] = hash(root over blocks 0 ..= n-1), for blocks whose parent is in the activated epoch or later
//! ```
//! Guarantees: neighbours follow each other in number and epoch; a digest within one epoch has one target and the exact sum of
//! its difficulties; a root that a header commits to covers exactly the blocks from 0 to the header's parent.
//! Not guaranteed: that blocks of a root have proof of work; see [`super::sampling`].

use alloc::vec::Vec;

use ruint::aliases::U256;

use super::block::{self, extra_hash_matches};
use super::hash::blake2b;
use super::header::{EpochFraction, Header};
use super::molecule::{Field, MoleculeError};
use super::params::Params;
use super::target::{CompactTarget, InvalidTarget};
use crate::Hash32;
use crate::proof::mmr::{self, Merge};

/// Size of a serialised digest.
pub const DIGEST_BYTES: usize = 120;

/// Summary of consecutive headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderDigest {
    /// Header hash of a single header; hash of both halves otherwise.
    pub children_hash: Hash32,
    /// Sum of difficulties.
    pub total_difficulty: U256,
    /// First and last number.
    pub numbers: (u64, u64),
    /// First and last epoch place.
    pub epochs: (EpochFraction, EpochFraction),
    /// First and last timestamp, in milliseconds.
    pub timestamps_ms: (u64, u64),
    /// First and last target.
    pub targets: (CompactTarget, CompactTarget),
}

/// A header with everything that its `extra_hash` covers, and the root over its ancestors. Unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifiableHeader {
    /// The header.
    pub header: Header,
    /// Hash over its uncles.
    pub uncles_hash: Hash32,
    /// Its extension.
    pub extension: Option<Vec<u8>>,
    /// Root over blocks 0 to its parent; all zero before activation.
    pub parent_chain_root: HeaderDigest,
}

/// Why a digest, a root or a header's commitment to it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// A digest that ends before it starts.
    #[error("a digest of the blocks {first} to {last}")]
    NumbersReversed {
        /// First number.
        first: u64,
        /// Last number.
        last: u64,
    },
    /// A digest whose last epoch place is before its first.
    #[error("a digest of the epochs {first} to {last}")]
    EpochsReversed {
        /// First place.
        first: EpochFraction,
        /// Last place.
        last: EpochFraction,
    },
    /// Two targets in one epoch.
    #[error("targets {first} and {last} in epoch {epoch}")]
    TargetsDiffer {
        /// First target.
        first: CompactTarget,
        /// Last target.
        last: CompactTarget,
        /// The epoch's number.
        epoch: u64,
    },
    /// Blocks of one epoch whose difficulties do not add up.
    #[error("total difficulty {got} instead of {expected}")]
    TotalDifficulty {
        /// The digest's total.
        got: U256,
        /// Number of blocks times difficulty.
        expected: U256,
    },
    /// Neighbours whose numbers do not follow.
    #[error("block {right} follows block {left} in the range")]
    NumbersApart {
        /// Last number of the left one.
        left: u64,
        /// First number of the right one.
        right: u64,
    },
    /// Neighbours whose epoch places do not follow.
    #[error("epoch {right} follows epoch {left} in the range")]
    EpochsApart {
        /// Last place of the left one.
        left: EpochFraction,
        /// First place of the right one.
        right: EpochFraction,
    },
    /// A sum above 256 bits.
    #[error("the total difficulty overflows")]
    DifficultyOverflow,
    /// An invalid target.
    #[error("{0}")]
    InvalidTarget(#[from] InvalidTarget),
    /// The root does not cover exactly the blocks before the header.
    #[error("header {number}: its chain root covers the blocks {first} to {last}")]
    RootSpan {
        /// The header.
        number: u64,
        /// First block of the root.
        first: u64,
        /// Last block of the root.
        last: u64,
    },
    /// The extension does not start with the root's hash.
    #[error("header {number}: the extension does not commit to the chain root")]
    RootNotCommitted {
        /// The header.
        number: u64,
    },
    /// A root where none can be.
    #[error("header {number}: a chain root before its activation")]
    UnexpectedRoot {
        /// The header.
        number: u64,
    },
    /// Uncles' hash or extension are not the header's.
    #[error("header {number}: {source}")]
    Body {
        /// The header.
        number: u64,
        /// What does not match.
        source: block::Rejection,
    },
}

impl HeaderDigest {
    /// Digest of one header.
    pub fn of(header: &Header) -> Result<Self, Rejection> {
        Ok(Self {
            children_hash: header.hash(),
            total_difficulty: header.compact_target.difficulty()?,
            numbers: (header.number, header.number),
            epochs: (header.epoch, header.epoch),
            timestamps_ms: (header.timestamp_ms, header.timestamp_ms),
            targets: (header.compact_target, header.compact_target),
        })
    }

    /// Reads exactly [`DIGEST_BYTES`] bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, MoleculeError> {
        Self::read(Field::new("header digest", bytes))
    }

    pub(super) fn read(mut field: Field<'_>) -> Result<Self, MoleculeError> {
        let children_hash = Hash32(field.take()?);
        let total_difficulty = U256::from_le_bytes(field.take::<32>()?);
        let mut pair = || {
            Ok((
                u64::from_le_bytes(field.take()?),
                u64::from_le_bytes(field.take()?),
            ))
        };
        let (numbers, epochs, timestamps_ms) = (pair()?, pair()?, pair()?);
        let mut target = || field.take().map(|bytes| CompactTarget(u32::from_le_bytes(bytes)));
        let targets = (target()?, target()?);
        field.end()?;
        let epochs = (EpochFraction(epochs.0), EpochFraction(epochs.1));
        Ok(Self {
            children_hash,
            total_difficulty,
            numbers,
            epochs,
            timestamps_ms,
            targets,
        })
    }

    /// The serialised digest.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.children_hash.0.to_vec();
        bytes.extend_from_slice(&self.total_difficulty.to_le_bytes::<32>());
        let epochs = (self.epochs.0.0, self.epochs.1.0);
        for (start, end) in [self.numbers, epochs, self.timestamps_ms] {
            bytes.extend_from_slice(&start.to_le_bytes());
            bytes.extend_from_slice(&end.to_le_bytes());
        }
        for target in [self.targets.0, self.targets.1] {
            bytes.extend_from_slice(&target.0.to_le_bytes());
        }
        bytes
    }

    /// What an extension commits to.
    pub fn hash(&self) -> Hash32 {
        blake2b(&[&self.encode()])
    }

    /// Number of leaves of a root: its blocks start at 0.
    pub fn leaf_count(&self) -> u64 {
        self.numbers.1.saturating_add(1)
    }

    /// Whether the digest's own fields fit together.
    pub fn is_consistent(&self) -> Result<(), Rejection> {
        let (first, last) = self.numbers;
        let Some(blocks) = last.checked_sub(first).and_then(|rest| rest.checked_add(1)) else {
            return Err(Rejection::NumbersReversed { first, last });
        };
        self.epochs_ascend()?;
        let (epoch, last_epoch) = (self.epochs.0.number(), self.epochs.1.number());
        if epoch != last_epoch {
            return Ok(());
        }
        if self.targets.0 != self.targets.1 {
            return Err(Rejection::TargetsDiffer {
                first: self.targets.0,
                last: self.targets.1,
                epoch,
            });
        }
        let difficulty = self.targets.0.difficulty()?;
        let expected = difficulty
            .checked_mul(U256::from(blocks))
            .ok_or(Rejection::DifficultyOverflow)?;
        if expected == self.total_difficulty {
            return Ok(());
        }
        Err(Rejection::TotalDifficulty {
            got: self.total_difficulty,
            expected,
        })
    }

    fn epochs_ascend(&self) -> Result<(), Rejection> {
        let (first, last) = self.epochs;
        if (first.number(), first.index()) <= (last.number(), last.index()) {
            return Ok(());
        }
        Err(Rejection::EpochsReversed { first, last })
    }
}

impl Merge for HeaderDigest {
    type Refusal = Rejection;

    fn merge(&self, right: &Self) -> Result<Self, Rejection> {
        self.is_consistent()?;
        right.is_consistent()?;
        if self.numbers.1.checked_add(1) != Some(right.numbers.0) {
            return Err(Rejection::NumbersApart {
                left: self.numbers.1,
                right: right.numbers.0,
            });
        }
        if !right.epochs.0.is_successor_of(self.epochs.1) {
            return Err(Rejection::EpochsApart {
                left: self.epochs.1,
                right: right.epochs.0,
            });
        }
        let total = self.total_difficulty.checked_add(right.total_difficulty);
        Ok(Self {
            children_hash: blake2b(&[&self.hash().0, &right.hash().0]),
            total_difficulty: total.ok_or(Rejection::DifficultyOverflow)?,
            numbers: (self.numbers.0, right.numbers.1),
            epochs: (self.epochs.0, right.epochs.1),
            timestamps_ms: (self.timestamps_ms.0, right.timestamps_ms.1),
            targets: (self.targets.0, right.targets.1),
        })
    }
}

/// The chain root while a chain grows; at most 64 digests.
pub type ChainRoot = mmr::Range<HeaderDigest>;

impl VerifiableHeader {
    /// Checks what the header commits to: uncles' hash, extension and, where active, the root over exactly its ancestors.
    pub fn commitments_hold(&self, params: &Params) -> Result<(), Rejection> {
        let number = self.header.number;
        extra_hash_matches(&self.header, self.uncles_hash, self.extension.as_deref())
            .map_err(|source| Rejection::Body { number, source })?;
        if !has_chain_root(&self.header, params) {
            return self.has_no_root();
        }
        self.root_covers_ancestors()?;
        let root = self.parent_chain_root.hash();
        match &self.extension {
            Some(extension) if extension.starts_with(&root.0) => Ok(()),
            _ => Err(Rejection::RootNotCommitted { number }),
        }
    }

    fn has_no_root(&self) -> Result<(), Rejection> {
        if self.parent_chain_root == HeaderDigest::default() {
            return Ok(());
        }
        Err(Rejection::UnexpectedRoot {
            number: self.header.number,
        })
    }

    fn root_covers_ancestors(&self) -> Result<(), Rejection> {
        self.parent_chain_root.is_consistent()?;
        let (first, last) = self.parent_chain_root.numbers;
        let number = self.header.number;
        if first != 0 {
            return Err(Rejection::RootSpan { number, first, last });
        }
        if number.checked_sub(1) != Some(last) {
            return Err(Rejection::RootSpan { number, first, last });
        }
        Ok(())
    }

    /// Difficulty of the whole chain, this block's own included.
    pub fn total_difficulty(&self) -> Result<U256, Rejection> {
        let own = self.header.compact_target.difficulty()?;
        self.parent_chain_root
            .total_difficulty
            .checked_add(own)
            .ok_or(Rejection::DifficultyOverflow)
    }
}

/// Whether the parent's epoch is activated: never for genesis, not yet for the first block of the first activated epoch.
fn has_chain_root(header: &Header, params: &Params) -> bool {
    let since = params.chain_root_since_epoch;
    match header.epoch.index() {
        _ if header.number == 0 => false,
        0 => header.epoch.number() > since,
        _ => header.epoch.number() >= since,
    }
}

#[cfg(test)]
mod tests;
