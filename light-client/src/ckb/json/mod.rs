//! The JSON-RPC forms that CKB nodes serve, read into the same types as the molecule forms.
//!
//! Accepted: a whole response or its `result` alone; a header as object or as `0x` and 416 hex digits (`get_header` with verbosity
//! 0); arrays of headers or blocks, batched responses included; a transaction alone or inside `get_transaction`'s answer.
//! Quantities are strict: `0x`, lower-case hex, no leading zero, in range. A missing or wrong field is an error that names its path,
//! such as `[3].header.number`; unknown fields are ignored, repeated ones refused. A `hash` that is present must be right.
//!
//! Memory is a small multiple of the input's length; the caller bounds that (the command line: 64 MiB).

mod fields;
mod objects;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::block::{Block, TransactionProof};
use super::header::Header;
use super::transaction::Transaction;
use crate::Hash32;
use objects::{HexOr, Object, RawBlock, RawHeader, RawProof, RawTransactionAnswer};

/// Why text is not what a node serves. Paths are relative to the response's `result`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum JsonError {
    /// Not JSON, or an object where a list should be, or the like.
    #[error("{0}")]
    Syntax(String),
    /// The response has no result.
    #[error("the response has no result: the node does not know it, or refused")]
    NoResult,
    /// A field is missing or null.
    #[error("{path}: missing")]
    Missing {
        /// The field.
        path: String,
    },
    /// A field that is not a string.
    #[error("{path}: not a string")]
    NotAString {
        /// The field.
        path: String,
    },
    /// Not a number as nodes write it, or out of range.
    #[error("{path}: `{value}` is not a quantity in range")]
    Quantity {
        /// The field.
        path: String,
        /// Its text, cut to 80 characters.
        value: String,
    },
    /// Not hex digits after `0x`, or not of the field's size.
    #[error("{path}: `{value}` is not the hex that belongs there")]
    Hex {
        /// The field.
        path: String,
        /// Its text, cut to 80 characters.
        value: String,
    },
    /// A word outside the field's list.
    #[error("{path}: unknown value `{value}`")]
    UnknownValue {
        /// The field.
        path: String,
        /// Its text, cut to 80 characters.
        value: String,
    },
    /// A transaction whose outputs and data differ in number.
    #[error("{path}: {got} items for {expected} outputs")]
    DataCount {
        /// The field.
        path: String,
        /// Outputs.
        expected: usize,
        /// Data items.
        got: usize,
    },
    /// The served hash is not the object's.
    #[error("{path}: claims {claimed}, the content hashes to {computed}")]
    ClaimedHash {
        /// The field.
        path: String,
        /// The served hash.
        claimed: Hash32,
        /// Hash of the served content.
        computed: Hash32,
    },
}

impl JsonError {
    /// The same error inside `parent`.
    fn within(mut self, parent: &str) -> Self {
        match &mut self {
            Self::Syntax(_) | Self::NoResult => {}
            Self::Missing { path }
            | Self::NotAString { path }
            | Self::Quantity { path, .. }
            | Self::Hex { path, .. }
            | Self::UnknownValue { path, .. }
            | Self::DataCount { path, .. }
            | Self::ClaimedHash { path, .. } => {
                let dot = if path.is_empty() || path.starts_with('[') {
                    ""
                } else {
                    "."
                };
                *path = format!("{parent}{dot}{path}");
            }
        }
        self
    }
}

/// One header.
pub fn header(text: &[u8]) -> Result<Header, JsonError> {
    result::<HexOr<'_, RawHeader<'_>>>(text)?.header()
}

/// Headers, in the order served.
pub fn headers(text: &[u8]) -> Result<Vec<Header>, JsonError> {
    each(result::<Vec<HexOr<'_, RawHeader<'_>>>>(text)?, HexOr::header)
}

/// One block.
pub fn block(text: &[u8]) -> Result<Block, JsonError> {
    result::<Object<RawBlock<'_>>>(text)?.0.block()
}

/// Blocks, in the order served.
pub fn blocks(text: &[u8]) -> Result<Vec<Block>, JsonError> {
    each(result::<Vec<Object<RawBlock<'_>>>>(text)?, |Object(block)| {
        block.block()
    })
}

/// One transaction, or the transaction inside `get_transaction`'s answer.
pub fn transaction(text: &[u8]) -> Result<Transaction, JsonError> {
    result::<Object<RawTransactionAnswer<'_>>>(text)?.0.transaction()
}

/// `get_transaction_proof`'s answer.
pub fn transaction_proof(text: &[u8]) -> Result<TransactionProof, JsonError> {
    result::<Object<RawProof<'_>>>(text)?.0.proof()
}

/// The value of a whole response, or the value itself.
fn result<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, JsonError> {
    #[derive(Deserialize)]
    struct Probe {
        jsonrpc: Option<IgnoredAny>,
        result: Option<IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct Response<T> {
        result: T,
    }
    if text.trim_ascii_start().first() != Some(&b'{') {
        return parsed(text);
    }
    match serde_json::from_slice::<Probe>(text) {
        Ok(Probe {
            jsonrpc: Some(_),
            result: None,
        }) => Err(JsonError::NoResult),
        Ok(Probe { result: Some(_), .. }) => parsed::<Response<T>>(text).map(|response| response.result),
        _ => parsed(text),
    }
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        match path.strip_prefix("result.").unwrap_or(&path) {
            "." | "result" => JsonError::Syntax(error.inner().to_string()),
            field => JsonError::Syntax(format!("{field}: {}", error.inner())),
        }
    })?;
    deserializer
        .end()
        .map_err(|error| JsonError::Syntax(error.to_string()))?;
    Ok(value)
}

/// Reads each item; an error names its place.
fn each<T, U>(items: Vec<T>, read: impl Fn(T) -> Result<U, JsonError>) -> Result<Vec<U>, JsonError> {
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(place, item)| read(item).map_err(|error| error.within(&format!("[{place}]"))))
        .collect()
}

#[cfg(test)]
mod tests;
