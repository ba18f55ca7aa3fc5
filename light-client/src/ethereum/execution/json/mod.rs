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

#[cfg(test)]
mod tests {
    use std::{format, string::String};

    use super::*;

    fn path_of<T: core::fmt::Debug>(outcome: Result<T, JsonRejection>) -> String {
        outcome.expect_err("malformed").path
    }

    #[test]
    fn names_the_member_at_fault() {
        assert_eq!(path_of(proof_nodes(br#"["0x", "0x0"]"#)), "[1]");
        assert_eq!(
            path_of(proof_nodes(br#"{"jsonrpc": "2.0", "result": ["ff"]}"#)),
            "result[0]"
        );
        assert_eq!(path_of(account_proof(br#"{"address": "0x12"}"#)), "address");
        assert_eq!(
            path_of(block_receipts(br#"[{"type": "0x2", "status": 1}]"#)),
            "[0].status"
        );
        assert_eq!(path_of(proof_nodes(b"[] []")), ".");
        assert_eq!(path_of(proof_nodes(b"")), ".");
        assert_eq!(
            path_of(raw_receipts(br#"{"jsonrpc": "2.0", "result": null}"#)),
            "result"
        );
    }

    #[test]
    fn a_null_result_is_no_answer() {
        assert_eq!(
            path_of(account_proof(br#"{"jsonrpc": "2.0", "id": 1, "result": null}"#)),
            "result"
        );
        assert_eq!(path_of(block_header(b"null")), ".");
    }

    #[test]
    fn limits_the_nodes_of_a_proof() {
        let nodes = |count: usize| format!("[{}]", std::vec!["\"0x\""; count].join(","));
        assert_eq!(
            proof_nodes(nodes(MAX_PROOF_NODES).as_bytes()).map(|nodes| nodes.len()),
            Ok(MAX_PROOF_NODES)
        );
        let rejection = proof_nodes(nodes(MAX_PROOF_NODES + 1).as_bytes()).expect_err("too many");
        assert!(rejection.problem.starts_with("more than 65 items"), "{rejection}");
    }

    #[test]
    fn a_receipt_has_a_known_type_and_an_outcome() {
        let receipt = |start: &str| {
            let bloom = "00".repeat(256);
            let json =
                format!(r#"{{{start} "cumulativeGasUsed": "0x1", "logsBloom": "0x{bloom}", "logs": []}}"#);
            transaction_receipt(json.as_bytes())
        };
        assert!(receipt(r#""status": "0x1","#).is_ok());
        assert!(receipt(r#""type": "0x4", "status": "0x0","#).is_ok());
        assert!(receipt(&format!(r#""root": "0x{}","#, "11".repeat(32))).is_ok());
        for (start, problem) in [
            (r#""type": "0x7e", "status": "0x1","#, "type 126 is unknown"),
            (r#""status": "0x2","#, "status 2 is neither 0 nor 1"),
            (r#""root": "0x","#, "neither a status nor a root of 32 bytes"),
            ("", "neither a status nor a root of 32 bytes"),
        ] {
            let rejection = receipt(start).expect_err(problem);
            assert!(rejection.problem.starts_with(problem), "{rejection}");
        }
    }
}
