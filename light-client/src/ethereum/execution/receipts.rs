//! Receipts under a verified root: one by its proof, or all of a block by rebuilding the root.
//!
//! ```text
//!  receipts_root ──rlp(index)──► receipt                   one: its logs are proved, their place in the block is not known
//!  [receipt 0, .., receipt n] ──trie──► receipts_root      all: nothing can be left out, every log has its place
//! ```
//!
//! # Guarantees
//! - [`ProvenReceipt`] and [`BlockReceipts`] are made here only, from the trie. Emitter, topics and data of a log are bytes
//!   of the proved receipt; its index in the receipt is its position there; its index in the block is given only when all
//!   receipts are at hand.
//! - Of all receipts the blooms unite to the header's, and the gas adds up to the header's.
//! - What a node declares beside a receipt (block, number, transaction index, log indexes) must agree with what is proved.
//!
//! # Not guaranteed
//! Which transaction a receipt is of beyond its index: the hash of a transaction is not part of its receipt.

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{Bloom, Log, Receipt, ReceiptRejection, VerifiedHeader};
use crate::{
    Hash32,
    proof::mpt::{self, MptRejection},
};

/// Receipts of one block: 21,000 gas each, so this is a block of 1.37 giga-gas.
pub const MAX_RECEIPTS: usize = 1 << 16;

/// Why receipts are not those of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum ReceiptsRejection {
    /// The proof fails.
    #[error("receipt proof: {source}")]
    Proof {
        /// What is wrong with it.
        source: MptRejection,
    },
    /// The trie is proved to hold nothing at the index.
    #[error("the block has no receipt {index}")]
    NoSuchReceipt {
        /// Index of the transaction in the block.
        index: u64,
    },
    /// A proved leaf is no receipt.
    #[error("receipt {index}: {source}")]
    Receipt {
        /// Index of the transaction in the block.
        index: u64,
        /// What is wrong with it.
        source: ReceiptRejection,
    },
    /// More than [`MAX_RECEIPTS`].
    #[error("{count} receipts, at most {MAX_RECEIPTS}")]
    TooManyReceipts {
        /// Receipts given.
        count: usize,
    },
    /// The receipts are not all those of the block, in order.
    #[error("the receipts have root {got}, the header {expected}")]
    RootMismatch {
        /// In the verified header.
        expected: Hash32,
        /// Of the receipts given.
        got: Hash32,
    },
    /// The receipts' blooms unite to another bloom than the header's.
    #[error("the receipts' blooms do not unite to the header's")]
    BloomMismatch,
    /// The last receipt's gas is not the block's.
    #[error("the receipts used {got} gas, the header says {expected}")]
    GasMismatch {
        /// In the verified header.
        expected: u64,
        /// Of the last receipt.
        got: u64,
    },
    /// A receipt that used no gas, or less than none.
    #[error("receipt {index} does not raise the gas used")]
    GasNotIncreasing {
        /// Index of the transaction in the block.
        index: u64,
    },
    /// A node declares another place for a receipt or a log than the proved one.
    #[error("receipt {index} declares another {field} than the proved one")]
    DeclaredMismatch {
        /// Index of the transaction in the block.
        index: u64,
        /// What is declared.
        field: &'static str,
    },
}

/// A receipt that its proof shows to be in the block at its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenReceipt {
    index: u64,
    receipt: Receipt,
}

impl ProvenReceipt {
    /// Verifies the proof of one receipt: the nodes of the receipts trie from the root on.
    ///
    /// # Errors
    /// The first fact that fails, as a [`ReceiptsRejection`].
    pub fn verify<N: AsRef<[u8]>>(
        receipts_root: &Hash32,
        index: u64,
        proof: &[N],
    ) -> Result<Self, ReceiptsRejection> {
        let leaf = mpt::verify(receipts_root, mpt::index_key(index).as_ref(), proof)
            .map_err(|source| ReceiptsRejection::Proof { source })?
            .ok_or(ReceiptsRejection::NoSuchReceipt { index })?;
        let receipt = Receipt::decode(leaf).map_err(|source| ReceiptsRejection::Receipt { index, source })?;
        Ok(Self { index, receipt })
    }

    /// Index of the transaction in the block.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The receipt, with its logs by their index in it.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

/// A receipt as a node answers it, with what it declares about its place. Untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredReceipt {
    /// The receipt itself.
    pub receipt: Receipt,
    /// Where the node says it is.
    pub place: DeclaredPlace,
    /// Where the node says its logs are, one for each.
    pub logs: Vec<DeclaredPlace>,
}

/// What a node declares about the place of a receipt or a log. Absent members are not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeclaredPlace {
    /// Hash of the block.
    pub block_hash: Option<Hash32>,
    /// Number of the block.
    pub block_number: Option<u64>,
    /// Index of the transaction in the block.
    pub transaction_index: Option<u64>,
    /// Of a log: its index in the block.
    pub log_index: Option<u64>,
}

/// All receipts of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockReceipts {
    block_hash: Hash32,
    receipts: Vec<Receipt>,
}

impl BlockReceipts {
    /// Rebuilds the receipts root from the leaves (`debug_getRawReceipts`), in the block's order.
    ///
    /// # Errors
    /// The first fact that fails, as a [`ReceiptsRejection`].
    pub fn from_raw<L: AsRef<[u8]>>(
        header: &VerifiedHeader,
        leaves: &[L],
    ) -> Result<Self, ReceiptsRejection> {
        count_is_bounded(leaves.len())?;
        root_is_that_of_the_header(header, leaves)?;
        let receipts = (0_u64..).zip(leaves).map(|(index, leaf)| {
            Receipt::decode(leaf.as_ref()).map_err(|source| ReceiptsRejection::Receipt { index, source })
        });
        let receipts: Vec<_> = receipts.collect::<Result<_, _>>()?;
        blooms_unite_to_that_of_the_header(header, &receipts)?;
        gas_adds_up_to_that_of_the_header(header, &receipts)?;
        Ok(Self {
            block_hash: *header.hash(),
            receipts,
        })
    }

    /// Rebuilds the receipts root from the fields (`eth_getBlockReceipts`), in the block's order.
    ///
    /// # Errors
    /// The first fact that fails, as a [`ReceiptsRejection`].
    pub fn from_declared(
        header: &VerifiedHeader,
        declared: &[DeclaredReceipt],
    ) -> Result<Self, ReceiptsRejection> {
        count_is_bounded(declared.len())?;
        let leaves: Vec<_> = declared
            .iter()
            .map(|declared| declared.receipt.encode())
            .collect();
        let receipts = Self::from_raw(header, &leaves)?;
        places_are_as_declared(header, declared)?;
        Ok(receipts)
    }

    /// Hash of the block.
    pub fn block_hash(&self) -> &Hash32 {
        &self.block_hash
    }

    /// The receipts by their transaction's index.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Every log of the block with its place, in the order in which they were emitted.
    pub fn logs(&self) -> impl Iterator<Item = (LogPlace, &Log)> {
        let in_receipts = (0_u64..)
            .zip(&self.receipts)
            .flat_map(|(transaction_index, receipt)| {
                (0_u64..)
                    .zip(&receipt.logs)
                    .map(move |(index_in_receipt, log)| (transaction_index, index_in_receipt, log))
            });
        (0_u64..)
            .zip(in_receipts)
            .map(|(index_in_block, (transaction_index, index_in_receipt, log))| {
                let place = LogPlace {
                    transaction_index,
                    index_in_receipt,
                    index_in_block,
                };
                (place, log)
            })
    }
}

/// Where a log is, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// Index of the transaction in the block.
    pub transaction_index: u64,
    /// Index of the log in its receipt.
    pub index_in_receipt: u64,
    /// Index of the log in the block: what nodes call `logIndex`.
    pub index_in_block: u64,
}

fn count_is_bounded(count: usize) -> Result<(), ReceiptsRejection> {
    if count > MAX_RECEIPTS {
        return Err(ReceiptsRejection::TooManyReceipts { count });
    }
    Ok(())
}

fn root_is_that_of_the_header<L: AsRef<[u8]>>(
    header: &VerifiedHeader,
    leaves: &[L],
) -> Result<(), ReceiptsRejection> {
    let (expected, got) = (header.fields().receipts_root, mpt::ordered_root(leaves));
    if got != expected {
        return Err(ReceiptsRejection::RootMismatch { expected, got });
    }
    Ok(())
}

fn blooms_unite_to_that_of_the_header(
    header: &VerifiedHeader,
    receipts: &[Receipt],
) -> Result<(), ReceiptsRejection> {
    let mut bloom = Bloom::EMPTY;
    receipts.iter().for_each(|receipt| bloom.unite(&receipt.bloom));
    if bloom != header.fields().logs_bloom {
        return Err(ReceiptsRejection::BloomMismatch);
    }
    Ok(())
}

fn gas_adds_up_to_that_of_the_header(
    header: &VerifiedHeader,
    receipts: &[Receipt],
) -> Result<(), ReceiptsRejection> {
    let mut used = 0;
    for (index, receipt) in (0_u64..).zip(receipts) {
        if receipt.cumulative_gas_used <= used {
            return Err(ReceiptsRejection::GasNotIncreasing { index });
        }
        used = receipt.cumulative_gas_used;
    }
    let expected = header.fields().gas_used;
    if used != expected {
        return Err(ReceiptsRejection::GasMismatch { expected, got: used });
    }
    Ok(())
}

fn places_are_as_declared(
    header: &VerifiedHeader,
    declared: &[DeclaredReceipt],
) -> Result<(), ReceiptsRejection> {
    let mut logs = 0_u64..;
    for (index, declared) in (0_u64..).zip(declared) {
        let mut proven = DeclaredPlace {
            block_hash: Some(*header.hash()),
            block_number: Some(header.fields().number),
            transaction_index: Some(index),
            log_index: None,
        };
        declared.place.agrees_with(&proven, index)?;
        let counts = (declared.logs.len(), declared.receipt.logs.len());
        agrees("number of logs", Some(counts.0), Some(counts.1), index)?;
        for place in &declared.logs {
            proven.log_index = logs.next();
            place.agrees_with(&proven, index)?;
        }
    }
    Ok(())
}

impl DeclaredPlace {
    fn agrees_with(&self, proven: &Self, index: u64) -> Result<(), ReceiptsRejection> {
        agrees("block hash", self.block_hash, proven.block_hash, index)?;
        agrees("block number", self.block_number, proven.block_number, index)?;
        agrees(
            "transaction index",
            self.transaction_index,
            proven.transaction_index,
            index,
        )?;
        agrees("log index", self.log_index, proven.log_index, index)
    }
}

fn agrees<T: PartialEq>(
    field: &'static str,
    declared: Option<T>,
    proven: Option<T>,
    index: u64,
) -> Result<(), ReceiptsRejection> {
    if declared.is_some() && declared != proven {
        return Err(ReceiptsRejection::DeclaredMismatch { index, field });
    }
    Ok(())
}
