//! A whole block's body rebuilt to what its header commits to, and single transactions proved to it (CKB RFC 27, 31, 6).
//!
//! ```text
//! transactions_root = merge(CBMT(transaction hashes), CBMT(witness hashes))
//! proposals_hash    = blake2b(proposals), zero without any
//! extra_hash        = uncles_hash, or blake2b(uncles_hash ‖ blake2b(extension)) with an extension of 1..=96 bytes
//! uncles_hash       = blake2b(uncle header hashes), zero without any
//! ```
//! Completeness: [`all_transactions`] gives *all* transactions of a block or refuses; what it does not return is not in the block.
//! Guarantees nothing about the header itself (see [`super::verify()`]) nor about what transactions do.

use alloc::vec::Vec;

use merkle_cbt::CBMT;

use super::hash::{MergeHashes, blake2b};
use super::header::Header;
use super::transaction::{RawTransaction, Transaction};
use crate::Hash32;
use crate::proof::cbmt::{self, Merge as _};

/// Largest extension of a header.
pub const MAX_EXTENSION_BYTES: usize = 96;

/// Short name of a proposed transaction: the first ten bytes of its hash.
pub type ProposalId = [u8; 10];

/// A block as nodes serve it, unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// Blocks beside the chain that this one rewards.
    pub uncles: Vec<Uncle>,
    /// Transactions, the issuing one first.
    pub transactions: Vec<Transaction>,
    /// Transactions proposed for later blocks.
    pub proposals: Vec<ProposalId>,
    /// Variable-length field of the header (RFC 31).
    pub extension: Option<Vec<u8>>,
}

/// An uncle block: header and proposals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncle {
    /// The header.
    pub header: Header,
    /// Proposals, which count.
    pub proposals: Vec<ProposalId>,
}

/// A transaction that a header commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedTransaction {
    /// Its hash.
    pub hash: Hash32,
    /// Its place in the block's transaction tree, counted as [`cbmt`] does.
    pub index: u32,
    /// The transaction.
    pub transaction: RawTransaction,
}

/// Proof of one transaction, as `get_transaction_proof` serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionProof {
    /// The block; compared with the header's hash.
    pub block_hash: Hash32,
    /// Places in the transaction tree, counted as [`cbmt`] does.
    pub indices: Vec<u32>,
    /// Siblings on the way to the root.
    pub lemmas: Vec<Hash32>,
    /// Root over the witnesses.
    pub witnesses_root: Hash32,
}

/// Why a body or a transaction does not belong to a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// A proof of another block.
    #[error("the proof is for block {got}, the header's hash is {header}")]
    OtherBlock {
        /// The proof's block.
        got: Hash32,
        /// The header's hash.
        header: Hash32,
    },
    /// A proof of none or several transactions where one is given.
    #[error("the proof is for {got} transactions, one is given")]
    ProvedCount {
        /// Indexes in the proof.
        got: usize,
    },
    /// The walk up the transaction tree failed.
    #[error("transaction proof: {0}")]
    Proof(#[from] cbmt::Rejection),
    /// Transactions that do not hash to the header's root.
    #[error("the transactions root is {got}, the header has {header}")]
    TransactionsRoot {
        /// Root of what was given.
        got: Hash32,
        /// The header's.
        header: Hash32,
    },
    /// Proposals that do not hash to the header's field.
    #[error("the proposals hash is {got}, the header has {header}")]
    ProposalsHash {
        /// Hash of what was given.
        got: Hash32,
        /// The header's, or an uncle's.
        header: Hash32,
    },
    /// Uncles or an extension that do not hash to the header's field.
    #[error("the extra hash is {got}, the header has {header}")]
    ExtraHash {
        /// Hash of what was given.
        got: Hash32,
        /// The header's.
        header: Hash32,
    },
    /// An extension of no or too many bytes.
    #[error("the extension has {bytes} bytes instead of 1 to 96")]
    ExtensionSize {
        /// Its size.
        bytes: usize,
    },
}

impl Block {
    /// Rebuilds transactions, proposals, uncles and extension to the header's commitments. Returns all transaction hashes in order.
    pub fn body_matches_header(&self) -> Result<Vec<Hash32>, Rejection> {
        let hashes = all_transactions(&self.header, &self.transactions)?;
        proposals_match(&self.header, &self.proposals)?;
        for uncle in &self.uncles {
            proposals_match(&uncle.header, &uncle.proposals)?;
        }
        let uncles: Vec<_> = self.uncles.iter().map(|uncle| uncle.header.hash()).collect();
        extra_hash_matches(&self.header, uncles_hash(&uncles), self.extension.as_deref())?;
        Ok(hashes)
    }
}

/// Rebuilds the header's transactions root from the whole list; returns every transaction's hash in order.
pub fn all_transactions(header: &Header, transactions: &[Transaction]) -> Result<Vec<Hash32>, Rejection> {
    let hashes: Vec<_> = transactions
        .iter()
        .map(|transaction| transaction.raw.hash())
        .collect();
    let witnesses: Vec<_> = transactions.iter().map(Transaction::witness_hash).collect();
    let got = MergeHashes::merge(&tree_root(&hashes), &tree_root(&witnesses));
    transactions_root_is(header, got).map(|()| hashes)
}

/// Proves one transaction to a header. The transaction is hashed here; a hash is never taken from the proof.
pub fn transaction(
    header: &Header,
    transaction: &RawTransaction,
    proof: &TransactionProof,
) -> Result<ProvedTransaction, Rejection> {
    let block = header.hash();
    if proof.block_hash != block {
        return Err(Rejection::OtherBlock {
            got: proof.block_hash,
            header: block,
        });
    }
    let [index] = proof.indices[..] else {
        return Err(Rejection::ProvedCount {
            got: proof.indices.len(),
        });
    };
    let hash = transaction.hash();
    let root = cbmt::root_of_leaf::<MergeHashes>(index, hash, &proof.lemmas)?;
    transactions_root_is(header, MergeHashes::merge(&root, &proof.witnesses_root))?;
    Ok(ProvedTransaction {
        hash,
        index,
        transaction: transaction.clone(),
    })
}

/// Proves several transactions of one block at once; indexes belong to the transactions in the order given.
pub fn transactions(
    header: &Header,
    transactions: &[RawTransaction],
    proof: &TransactionProof,
) -> Result<Vec<ProvedTransaction>, Rejection> {
    let block = header.hash();
    if proof.block_hash != block {
        return Err(Rejection::OtherBlock {
            got: proof.block_hash,
            header: block,
        });
    }
    if proof.indices.len() != transactions.len() {
        return Err(Rejection::ProvedCount {
            got: proof.indices.len(),
        });
    }
    let leaves: Vec<_> = proof
        .indices
        .iter()
        .zip(transactions)
        .map(|(index, raw)| (*index, raw.hash()))
        .collect();
    let root = cbmt::root_of_leaves::<MergeHashes>(&leaves, &proof.lemmas)?;
    transactions_root_is(header, MergeHashes::merge(&root, &proof.witnesses_root))?;
    let proved = leaves.into_iter().zip(transactions);
    Ok(proved
        .map(|((index, hash), raw)| ProvedTransaction {
            hash,
            index,
            transaction: raw.clone(),
        })
        .collect())
}

/// Hash over the uncles' header hashes.
pub fn uncles_hash(uncles: &[Hash32]) -> Hash32 {
    if uncles.is_empty() {
        return Hash32::ZERO;
    }
    let parts: Vec<_> = uncles.iter().map(|hash| hash.0.as_slice()).collect();
    blake2b(&parts)
}

/// Checks the header's `extra_hash` against the uncles' hash and the extension.
pub fn extra_hash_matches(
    header: &Header,
    uncles: Hash32,
    extension: Option<&[u8]>,
) -> Result<(), Rejection> {
    let got = match extension {
        None => uncles,
        Some(extension) if extension.is_empty() || extension.len() > MAX_EXTENSION_BYTES => {
            return Err(Rejection::ExtensionSize {
                bytes: extension.len(),
            });
        }
        Some(extension) => blake2b(&[&uncles.0, &blake2b(&[extension]).0]),
    };
    if got == header.extra_hash {
        Ok(())
    } else {
        Err(Rejection::ExtraHash {
            got,
            header: header.extra_hash,
        })
    }
}

fn proposals_match(header: &Header, proposals: &[ProposalId]) -> Result<(), Rejection> {
    let got = if proposals.is_empty() {
        Hash32::ZERO
    } else {
        blake2b(&[proposals.as_flattened()])
    };
    if got == header.proposals_hash {
        return Ok(());
    }
    Err(Rejection::ProposalsHash {
        got,
        header: header.proposals_hash,
    })
}

fn transactions_root_is(header: &Header, got: Hash32) -> Result<(), Rejection> {
    if got == header.transactions_root {
        return Ok(());
    }
    Err(Rejection::TransactionsRoot {
        got,
        header: header.transactions_root,
    })
}

/// Root of the complete binary Merkle tree over all leaves; zero without any.
fn tree_root(leaves: &[Hash32]) -> Hash32 {
    CBMT::<Hash32, MergeHashes>::build_merkle_root(leaves)
}

impl merkle_cbt::merkle_tree::Merge for MergeHashes {
    type Item = Hash32;

    fn merge(left: &Hash32, right: &Hash32) -> Hash32 {
        <Self as cbmt::Merge>::merge(left, right)
    }
}

#[cfg(test)]
mod tests;
