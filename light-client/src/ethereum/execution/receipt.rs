//! One transaction receipt: outcome, gas and logs, legacy or typed (EIP-2718).
//!
//! ```text
//!  legacy:  rlp[outcome, cumulative_gas_used, bloom, [log..]]         log: [emitter, [topic..], data]
//!  typed:   type byte ‖ the same list
//! ```
//! The outcome is a status (Byzantium on), or the state root after the transaction (before, legacy only).
//!
//! # Guarantees
//! What decodes encodes to the same bytes. The bloom of a decoded receipt is that of its logs, and a reverted transaction's
//! has none.

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{Address, Bloom};
use crate::{
    Hash32,
    proof::rlp::{self, Item, Reader, RlpRejection, encode_integer, encode_list, encode_string},
};

/// The EVM has LOG0 to LOG4.
const MAX_TOPICS: usize = 4;

/// Kind of the transaction that a receipt is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionType {
    /// Before EIP-2718, no type byte.
    Legacy,
    /// EIP-2930, type 1.
    AccessList,
    /// EIP-1559, type 2.
    DynamicFee,
    /// EIP-4844, type 3.
    Blob,
    /// EIP-7702, type 4.
    SetCode,
}

impl TransactionType {
    /// The type of a number, as RPC answers and type bytes have it (0 is legacy).
    pub fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Legacy,
            1 => Self::AccessList,
            2 => Self::DynamicFee,
            3 => Self::Blob,
            4 => Self::SetCode,
            _ => return None,
        })
    }

    /// The number of the type.
    pub fn number(self) -> u8 {
        match self {
            Self::Legacy => 0,
            Self::AccessList => 1,
            Self::DynamicFee => 2,
            Self::Blob => 3,
            Self::SetCode => 4,
        }
    }
}

/// How the transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Status 1.
    Succeeded,
    /// Status 0: reverted, without logs.
    Reverted,
    /// Before Byzantium: the state root after it, which does not say whether it succeeded.
    StateRoot(Hash32),
}

/// What a contract logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract that logged.
    pub emitter: Address,
    /// At most four indexed words; the first names the event by convention.
    pub topics: Vec<Hash32>,
    /// The rest.
    pub data: Vec<u8>,
}

/// A transaction's receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Kind of the transaction.
    pub transaction_type: TransactionType,
    /// How it ended.
    pub outcome: Outcome,
    /// Gas used in the block up to and with this transaction.
    pub cumulative_gas_used: u64,
    /// Filter over the logs.
    pub bloom: Bloom,
    /// In the order in which they were emitted.
    pub logs: Vec<Log>,
}

/// Why bytes, or fields, are no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum ReceiptRejection {
    /// No byte at all.
    #[error("the receipt is empty")]
    Empty,
    /// A transaction type that is not known here.
    #[error("transaction type {number} is unknown")]
    UnknownType {
        /// The type byte.
        number: u8,
    },
    /// Not canonical RLP of the types that belong there.
    #[error("{field}: {source}")]
    Encoding {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: RlpRejection,
    },
    /// Neither a status nor a state root.
    #[error("an outcome of {length} bytes is neither status 0 or 1 nor a state root")]
    InvalidOutcome {
        /// Length of what stands for the outcome.
        length: usize,
    },
    /// Typed transactions came after state roots had gone.
    #[error("a receipt of type {number} has a state root for an outcome")]
    StateRootInTyped {
        /// The transaction's type.
        number: u8,
    },
    /// More than four topics.
    #[error("log {log} has {count} topics, at most {MAX_TOPICS}")]
    TooManyTopics {
        /// Index of the log in the receipt.
        log: usize,
        /// Its topics.
        count: usize,
    },
    /// A reverted transaction leaves no log.
    #[error("a reverted transaction has {count} logs")]
    LogsOfReverted {
        /// Logs in the receipt.
        count: usize,
    },
    /// The bloom is not that of the logs.
    #[error("the bloom is not that of the receipt's logs")]
    BloomMismatch,
}

impl Receipt {
    /// Decodes a leaf of the receipts trie (`debug_getRawReceipts`).
    ///
    /// # Errors
    /// The first fact that fails, as a [`ReceiptRejection`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptRejection> {
        let (transaction_type, list) = split_type(bytes)?;
        let mut fields = rlp::decode(list).and_then(Item::list).map_err(of("receipt"))?;
        let receipt = Self {
            transaction_type,
            outcome: decode_outcome(&mut fields, transaction_type)?,
            cumulative_gas_used: fields.u64().map_err(of("cumulative_gas_used"))?,
            bloom: Bloom(fields.fixed().map_err(of("bloom"))?),
            logs: decode_logs(fields.list().map_err(of("logs"))?)?,
        };
        fields.finish().map_err(of("receipt"))?;
        receipt.reverted_has_no_log()?;
        receipt.bloom_is_that_of_its_logs()?;
        Ok(receipt)
    }

    /// The leaf of the receipts trie.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.transaction_type != TransactionType::Legacy {
            bytes.push(self.transaction_type.number());
        }
        encode_list(&mut bytes, |out| {
            match &self.outcome {
                Outcome::Succeeded => encode_string(out, &[1]),
                Outcome::Reverted => encode_string(out, &[]),
                Outcome::StateRoot(root) => encode_string(out, &root.0),
            }
            encode_integer(out, &self.cumulative_gas_used.to_be_bytes());
            encode_string(out, &self.bloom.0);
            encode_list(out, |out| self.logs.iter().for_each(|log| log.encode(out)));
        });
        bytes
    }

    fn reverted_has_no_log(&self) -> Result<(), ReceiptRejection> {
        let count = self.logs.len();
        if self.outcome == Outcome::Reverted && count > 0 {
            return Err(ReceiptRejection::LogsOfReverted { count });
        }
        Ok(())
    }

    fn bloom_is_that_of_its_logs(&self) -> Result<(), ReceiptRejection> {
        if self.bloom != logs_bloom(&self.logs) {
            return Err(ReceiptRejection::BloomMismatch);
        }
        Ok(())
    }
}

/// The filter over logs: each one's emitter and topics.
pub fn logs_bloom(logs: &[Log]) -> Bloom {
    let mut bloom = Bloom::EMPTY;
    for log in logs {
        bloom.accrue(&log.emitter.0);
        log.topics.iter().for_each(|topic| bloom.accrue(&topic.0));
    }
    bloom
}

impl Log {
    fn decode(mut fields: Reader<'_>, log: usize) -> Result<Self, ReceiptRejection> {
        let emitter = Address(fields.fixed().map_err(of("log.address"))?);
        let mut items = fields.list().map_err(of("log.topics"))?;
        let mut topics = Vec::new();
        while !items.is_empty() {
            topics.push(Hash32(items.fixed().map_err(of("log.topics"))?));
        }
        if topics.len() > MAX_TOPICS {
            return Err(ReceiptRejection::TooManyTopics {
                log,
                count: topics.len(),
            });
        }
        let data = fields.string().map_err(of("log.data"))?.to_vec();
        fields.finish().map_err(of("log"))?;
        Ok(Self {
            emitter,
            topics,
            data,
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        encode_list(out, |out| {
            encode_string(out, &self.emitter.0);
            encode_list(out, |out| {
                self.topics.iter().for_each(|topic| encode_string(out, &topic.0));
            });
            encode_string(out, &self.data);
        });
    }
}

/// Cuts the type byte off. A list starts at 0xc0; type bytes are below 0x80 (EIP-2718).
fn split_type(bytes: &[u8]) -> Result<(TransactionType, &[u8]), ReceiptRejection> {
    match bytes.split_first() {
        None => Err(ReceiptRejection::Empty),
        Some((0xc0..=0xff, _)) => Ok((TransactionType::Legacy, bytes)),
        Some((&number, rest)) => match TransactionType::from_number(u64::from(number)) {
            None | Some(TransactionType::Legacy) => Err(ReceiptRejection::UnknownType { number }),
            Some(known) => Ok((known, rest)),
        },
    }
}

fn decode_outcome(
    fields: &mut Reader<'_>,
    transaction_type: TransactionType,
) -> Result<Outcome, ReceiptRejection> {
    let bytes = fields.string().map_err(of("outcome"))?;
    match bytes {
        [1] => Ok(Outcome::Succeeded),
        [] => Ok(Outcome::Reverted),
        _ => {
            let root = Hash32::try_from(bytes)
                .map_err(|_| ReceiptRejection::InvalidOutcome { length: bytes.len() })?;
            state_root_is_of_legacy(transaction_type)?;
            Ok(Outcome::StateRoot(root))
        }
    }
}

fn state_root_is_of_legacy(transaction_type: TransactionType) -> Result<(), ReceiptRejection> {
    if transaction_type != TransactionType::Legacy {
        return Err(ReceiptRejection::StateRootInTyped {
            number: transaction_type.number(),
        });
    }
    Ok(())
}

fn decode_logs(mut items: Reader<'_>) -> Result<Vec<Log>, ReceiptRejection> {
    let mut logs = Vec::new();
    while !items.is_empty() {
        let fields = items.list().map_err(of("log"))?;
        logs.push(Log::decode(fields, logs.len())?);
    }
    Ok(logs)
}

fn of(field: &'static str) -> impl FnOnce(RlpRejection) -> ReceiptRejection {
    move |source| ReceiptRejection::Encoding { field, source }
}
