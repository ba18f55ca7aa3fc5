//! An account and its storage under a verified state root (`eth_getProof`, EIP-1186), absence included.
//!
//! ```text
//!  state_root ──keccak256(address)──► rlp[nonce, balance, storage_root, code_hash]     or proven absent
//!  storage_root ──keccak256(slot)──► rlp(value)                                        or proven zero
//! ```
//!
//! # Guarantees
//! [`verify`] returns proven values only, and refuses an answer that declares anything else. An absent account has no
//! storage: its slots are proved zero by the empty trie. Zero is never stored, so a stored zero is refused.
//!
//! # Deviations
//! For an account that does not exist nodes declare the code and storage hashes as zero or as those of nothing; both pass,
//! and neither is returned.
//!
//! Rules: Ethereum Yellow Paper 4.1; `spec/light-client.md`, Ethereum (execution).

use alloc::vec::Vec;

use ruint::aliases::U256;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::Address;
use crate::{
    Hash32,
    proof::{
        keccak256,
        mpt::{self, EMPTY_ROOT, MptRejection},
        rlp::{self, Item, Reader, RlpRejection},
    },
};

/// Keccak-256 of no code.
pub const EMPTY_CODE_HASH: Hash32 = Hash32([
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5,
    0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
]);

/// What the state trie holds for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// In wei.
    pub balance: U256,
    /// Root of the account's storage trie.
    pub storage_root: Hash32,
    /// Keccak-256 of the account's code.
    pub code_hash: Hash32,
}

/// An answer to `eth_getProof`: what the node declares, and the proofs of it. Untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// Whose account.
    pub address: Address,
    /// The declared account; that of an absent one has zeros.
    pub declared: Account,
    /// Nodes of the state trie.
    pub nodes: Vec<Vec<u8>>,
    /// Slots of its storage.
    pub slots: Vec<SlotProof>,
}

/// A storage slot in an answer to `eth_getProof`. Untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot's number, big endian.
    pub slot: Hash32,
    /// The declared value.
    pub declared: U256,
    /// Nodes of the storage trie.
    pub nodes: Vec<Vec<u8>>,
}

/// What the proofs show. Made by [`verify`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenAccount {
    address: Address,
    account: Option<Account>,
    slots: Vec<ProvenSlot>,
}

impl ProvenAccount {
    /// Whose account.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The account, or `None` if it is proved not to exist.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The slots asked for, in the order of the answer.
    pub fn slots(&self) -> &[ProvenSlot] {
        &self.slots
    }
}

/// A slot's proven content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenSlot {
    /// The slot's number, big endian.
    pub slot: Hash32,
    /// The value, or `None` if the slot is proved to be unset, which the EVM reads as zero.
    pub value: Option<U256>,
}

/// Why an account or a slot is not as declared, or not proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum AccountRejection {
    /// The account's proof fails.
    #[error("account proof: {source}")]
    AccountProof {
        /// What is wrong with it.
        source: MptRejection,
    },
    /// The proven leaf is no account.
    #[error("account: {source}")]
    AccountEncoding {
        /// What is wrong with it.
        source: RlpRejection,
    },
    /// Another nonce is proved.
    #[error("nonce {declared} is declared, {proven} is proved")]
    NonceMismatch {
        /// By the node.
        declared: u64,
        /// By the proof.
        proven: u64,
    },
    /// Another balance is proved.
    #[error("balance {declared} is declared, {proven} is proved")]
    BalanceMismatch {
        /// By the node.
        declared: U256,
        /// By the proof.
        proven: U256,
    },
    /// Another storage root is proved.
    #[error("storage hash {declared} is declared, {proven} is proved")]
    StorageHashMismatch {
        /// By the node.
        declared: Hash32,
        /// By the proof.
        proven: Hash32,
    },
    /// Another code hash is proved.
    #[error("code hash {declared} is declared, {proven} is proved")]
    CodeHashMismatch {
        /// By the node.
        declared: Hash32,
        /// By the proof.
        proven: Hash32,
    },
    /// A slot's proof fails.
    #[error("slot {slot}: {source}")]
    SlotProof {
        /// The slot's number.
        slot: Hash32,
        /// What is wrong with it.
        source: MptRejection,
    },
    /// The proven leaf is no value of a slot.
    #[error("slot {slot}: {source}")]
    SlotEncoding {
        /// The slot's number.
        slot: Hash32,
        /// What is wrong with it.
        source: RlpRejection,
    },
    /// A zero that is stored, which no valid state holds.
    #[error("slot {slot} stores a zero")]
    StoredZero {
        /// The slot's number.
        slot: Hash32,
    },
    /// Another value is proved.
    #[error("slot {slot}: value {declared} is declared, {proven} is proved")]
    SlotMismatch {
        /// The slot's number.
        slot: Hash32,
        /// By the node.
        declared: U256,
        /// By the proof.
        proven: U256,
    },
}

/// Verifies an answer to `eth_getProof` against the state root of a verified header.
///
/// # Errors
/// The first fact that fails, as an [`AccountRejection`].
pub fn verify(state_root: &Hash32, answer: &AccountProof) -> Result<ProvenAccount, AccountRejection> {
    let account = account(state_root, &answer.address, &answer.nodes)?;
    match &account {
        Some(account) => is_as_declared(account, &answer.declared)?,
        None => is_declared_absent(&answer.declared)?,
    }
    let storage_root = account.map_or(EMPTY_ROOT, |account| account.storage_root);
    let slots = answer
        .slots
        .iter()
        .map(|proof| declared_slot(&storage_root, proof));
    Ok(ProvenAccount {
        address: answer.address,
        account,
        slots: slots.collect::<Result<_, _>>()?,
    })
}

/// The account at an address, or `None` if it is proved not to exist.
///
/// # Errors
/// [`AccountRejection::AccountProof`] or [`AccountRejection::AccountEncoding`].
pub fn account<N: AsRef<[u8]>>(
    state_root: &Hash32,
    address: &Address,
    nodes: &[N],
) -> Result<Option<Account>, AccountRejection> {
    mpt::verify(state_root, &keccak256(&address.0).0, nodes)
        .map_err(|source| AccountRejection::AccountProof { source })?
        .map(decode)
        .transpose()
        .map_err(|source| AccountRejection::AccountEncoding { source })
}

/// The value of a slot under a proven storage root, or `None` if it is proved to be unset.
///
/// # Errors
/// [`AccountRejection::SlotProof`], [`AccountRejection::SlotEncoding`] or [`AccountRejection::StoredZero`].
pub fn slot<N: AsRef<[u8]>>(
    storage_root: &Hash32,
    slot: Hash32,
    nodes: &[N],
) -> Result<Option<U256>, AccountRejection> {
    let leaf = mpt::verify(storage_root, &keccak256(&slot.0).0, nodes)
        .map_err(|source| AccountRejection::SlotProof { slot, source })?;
    let Some(leaf) = leaf else {
        return Ok(None);
    };
    let value = decode_value(leaf).map_err(|source| AccountRejection::SlotEncoding { slot, source })?;
    if value.is_zero() {
        return Err(AccountRejection::StoredZero { slot });
    }
    Ok(Some(value))
}

fn decode(leaf: &[u8]) -> Result<Account, RlpRejection> {
    let mut fields = rlp::decode(leaf).and_then(Item::list)?;
    let account = Account {
        nonce: fields.u64()?,
        balance: fields.u256()?,
        storage_root: Hash32(fields.fixed()?),
        code_hash: Hash32(fields.fixed()?),
    };
    fields.finish()?;
    Ok(account)
}

fn decode_value(leaf: &[u8]) -> Result<U256, RlpRejection> {
    let mut items = Reader::new(leaf);
    let value = items.u256()?;
    items.finish()?;
    Ok(value)
}

fn is_as_declared(proven: &Account, declared: &Account) -> Result<(), AccountRejection> {
    nonce_and_balance_are(proven.nonce, proven.balance, declared)?;
    if declared.storage_root != proven.storage_root {
        return Err(AccountRejection::StorageHashMismatch {
            declared: declared.storage_root,
            proven: proven.storage_root,
        });
    }
    if declared.code_hash != proven.code_hash {
        return Err(AccountRejection::CodeHashMismatch {
            declared: declared.code_hash,
            proven: proven.code_hash,
        });
    }
    Ok(())
}

fn is_declared_absent(declared: &Account) -> Result<(), AccountRejection> {
    nonce_and_balance_are(0, U256::ZERO, declared)?;
    if !declared.storage_root.is_zero() && declared.storage_root != EMPTY_ROOT {
        return Err(AccountRejection::StorageHashMismatch {
            declared: declared.storage_root,
            proven: EMPTY_ROOT,
        });
    }
    if !declared.code_hash.is_zero() && declared.code_hash != EMPTY_CODE_HASH {
        return Err(AccountRejection::CodeHashMismatch {
            declared: declared.code_hash,
            proven: EMPTY_CODE_HASH,
        });
    }
    Ok(())
}

fn nonce_and_balance_are(nonce: u64, balance: U256, declared: &Account) -> Result<(), AccountRejection> {
    if declared.nonce != nonce {
        return Err(AccountRejection::NonceMismatch {
            declared: declared.nonce,
            proven: nonce,
        });
    }
    if declared.balance != balance {
        return Err(AccountRejection::BalanceMismatch {
            declared: declared.balance,
            proven: balance,
        });
    }
    Ok(())
}

fn declared_slot(storage_root: &Hash32, proof: &SlotProof) -> Result<ProvenSlot, AccountRejection> {
    let value = slot(storage_root, proof.slot, &proof.nodes)?;
    let proven = value.unwrap_or(U256::ZERO);
    if proof.declared != proven {
        return Err(AccountRejection::SlotMismatch {
            slot: proof.slot,
            declared: proof.declared,
            proven,
        });
    }
    Ok(ProvenSlot {
        slot: proof.slot,
        value,
    })
}
