//! Execution RPC answers: JSON as nodes serve it, read into the types that are verified.
//!
//! Each function takes the whole JSON-RPC response or its `result`. Members that are not needed are skipped without being
//! kept. Counts are limited while they are read ([`MAX_PROOF_NODES`], [`MAX_SLOTS`], receipts and logs per block).
//!
//! # Errors
//! [`JsonRejection`] names the member, such as `result.storageProof[0].value`.

mod answers;
mod values;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};
use thiserror::Error;

use super::{AccountProof, DeclaredReceipt, ExecutionHeader};
use crate::Hash32;
use answers::{AccountAnswer, BlockAnswer, ReceiptAnswer};
use values::{Bytes, Limited};

/// Nodes of one proof: a key of 32 bytes has 64 nibbles.
pub const MAX_PROOF_NODES: usize = 65;
/// Slots of one answer.
pub const MAX_SLOTS: usize = 1024;

/// An answer that is not what the method's format says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path}: {problem}")]
pub struct JsonRejection {
    /// The member at fault; `.` is the whole answer.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl JsonRejection {
    fn new(path: impl ToString, problem: impl ToString) -> Self {
        Self {
            path: path.to_string(),
            problem: problem.to_string(),
        }
    }
}

/// Reads an answer to `eth_getProof`.
///
/// # Errors
/// [`JsonRejection`] with the member at fault.
pub fn account_proof(json: &[u8]) -> Result<AccountProof, JsonRejection> {
    answer::<AccountAnswer>(json).map(AccountProof::from)
}

/// Reads an answer to `eth_getBlockByHash` or `eth_getBlockByNumber`: the fields, and the hash that the node declares.
///
/// # Errors
/// [`JsonRejection`] with the member at fault.
pub fn block_header(json: &[u8]) -> Result<(ExecutionHeader, Hash32), JsonRejection> {
    answer::<BlockAnswer>(json).map(BlockAnswer::into_header)
}

/// Reads an answer to `eth_getBlockReceipts`.
///
/// # Errors
/// [`JsonRejection`] with the member at fault.
pub fn block_receipts(json: &[u8]) -> Result<Vec<DeclaredReceipt>, JsonRejection> {
    let answers = answer::<Limited<ReceiptAnswer, { super::MAX_RECEIPTS }>>(json)?;
    Ok(answers.0.into_iter().map(DeclaredReceipt::from).collect())
}

/// Reads an answer to `eth_getTransactionReceipt`.
///
/// # Errors
/// [`JsonRejection`] with the member at fault.
pub fn transaction_receipt(json: &[u8]) -> Result<DeclaredReceipt, JsonRejection> {
    answer::<ReceiptAnswer>(json).map(DeclaredReceipt::from)
}

/// Reads an answer to `debug_getRawReceipts`: hex strings, one leaf of the receipts trie each.
///
/// # Errors
/// [`JsonRejection`] with the member at fault.
pub fn raw_receipts(json: &[u8]) -> Result<Vec<Vec<u8>>, JsonRejection> {
    byte_strings::<{ super::MAX_RECEIPTS }>(json)
}

/// Reads a proof by itself: hex strings, one node each.
///
/// # Errors
/// [`JsonRejection`] with the member at fault.
pub fn proof_nodes(json: &[u8]) -> Result<Vec<Vec<u8>>, JsonRejection> {
    byte_strings::<MAX_PROOF_NODES>(json)
}

fn byte_strings<const LIMIT: usize>(json: &[u8]) -> Result<Vec<Vec<u8>>, JsonRejection> {
    let strings = answer::<Limited<Bytes, LIMIT>>(json)?;
    Ok(strings.0.into_iter().map(|bytes| bytes.0).collect())
}

/// What tells a JSON-RPC response from its result.
#[derive(Deserialize)]
struct Envelope {
    jsonrpc: Option<IgnoredAny>,
    error: Option<NodeError>,
}

#[derive(Deserialize)]
struct NodeError {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Response<T> {
    result: T,
}

/// Parses the response's result, or the result by itself.
fn answer<T: DeserializeOwned>(json: &[u8]) -> Result<T, JsonRejection> {
    let is_object = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if is_object {
        let envelope: Envelope = parse(json)?;
        if let Some(error) = envelope.error {
            return Err(JsonRejection::new("error", error.message));
        }
        if envelope.jsonrpc.is_some() {
            return parse::<Response<T>>(json).map(|response| response.result);
        }
    }
    parse(json)
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, JsonRejection> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| JsonRejection::new(error.path(), error.inner()))?;
    deserializer
        .end()
        .map_err(|error| JsonRejection::new(".", error))?;
    Ok(value)
}
