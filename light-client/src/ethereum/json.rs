//! Decodes light-client objects from the Beacon API's JSON.
//!
//! Accepts what servers send: the whole response `{version, data}`, its `data` alone, one object or an array of either.
//! Numbers are decimal strings, bytes are `0x` and hex digits of the exact length. A container's shape (which execution
//! fields it has) is read off the object; whether that shape fits the header's slot is judged by the verifier.
//! Unknown fields are ignored, as servers add some; an error names the path of the field.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString as _},
    vec,
    vec::Vec,
};
use core::str::FromStr;

use serde_json::Value;

use super::{
    network::Preset,
    ssz::MAX_UPDATES,
    types::{
        BeaconBlockHeader, BlobGas, Bootstrap, Execution, ExecutionPayloadHeader, FinalizedHeader,
        LightClientHeader, NextSyncCommittee, Slot, SyncAggregate, SyncCommittee, Update,
    },
};
use crate::Hash32;

/// No branch of any fork is longer.
const MAX_BRANCH: usize = 11;
const MAX_EXTRA_DATA: usize = 32;

/// What is wrong, and in which field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct JsonError {
    /// Path of the field, such as `data.attested_header.beacon.slot`; empty for the whole document.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl JsonError {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            problem: problem.into(),
        }
    }

    /// The same error seen from the object that holds the field.
    pub(super) fn below(mut self, name: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => name.to_string(),
            path if path.starts_with('[') => format!("{name}{path}"),
            path => format!("{name}.{path}"),
        };
        self
    }
}

/// A decoded value or the field that is wrong.
pub type Decoded<T> = Result<T, JsonError>;

/// Decodes one bootstrap.
pub fn bootstrap(bytes: &[u8], preset: &Preset) -> Decoded<Bootstrap> {
    let document = parse(bytes)?;
    one(&document, |object| {
        let committee = |value: &Value| sync_committee(value, preset);
        Ok(Bootstrap {
            header: field(object, "header", light_client_header)?,
            current_sync_committee: field(object, "current_sync_committee", committee)?,
            current_sync_committee_branch: field(object, "current_sync_committee_branch", branch)?,
        })
    })
}

/// Decodes one update or many; at most 128, as one request may ask for.
pub fn updates(bytes: &[u8], preset: &Preset) -> Decoded<Vec<Update>> {
    let document = parse(bytes)?;
    many(&document, |object| {
        let committee = |value: &Value| sync_committee(value, preset);
        let next = NextSyncCommittee {
            committee: field(object, "next_sync_committee", committee)?,
            branch: field(object, "next_sync_committee_branch", branch)?,
        };
        let finality = finality(object)?;
        signed(object, preset, Some(next), Some(finality))
    })
}

/// Decodes one finality update.
pub fn finality_update(bytes: &[u8], preset: &Preset) -> Decoded<Update> {
    let document = parse(bytes)?;
    one(&document, |object| {
        signed(object, preset, None, Some(finality(object)?))
    })
}

/// Decodes one optimistic update.
pub fn optimistic_update(bytes: &[u8], preset: &Preset) -> Decoded<Update> {
    let document = parse(bytes)?;
    one(&document, |object| signed(object, preset, None, None))
}

/// Parses a document. The nesting depth is bounded by the parser.
pub(super) fn parse(bytes: &[u8]) -> Decoded<Value> {
    serde_json::from_slice(bytes).map_err(|error| JsonError::new(format!("not JSON: {error}")))
}

/// The object itself, or the one below `data`.
pub(super) fn one<T>(document: &Value, decode: impl FnOnce(&Value) -> Decoded<T>) -> Decoded<T> {
    match document.get("data") {
        Some(data) => decode(data).map_err(|error| error.below("data")),
        None => decode(document),
    }
}

/// One object or an array of them, each alone or below `data`; an array may stand below `data` itself.
fn many<T>(document: &Value, decode: impl Fn(&Value) -> Decoded<T>) -> Decoded<Vec<T>> {
    match document {
        Value::Array(items) => list(items, MAX_UPDATES, |item| one(item, &decode)),
        _ => one(document, |object| match object {
            Value::Array(items) => list(items, MAX_UPDATES, &decode),
            _ => decode(object).map(|item| vec![item]),
        }),
    }
}

pub(super) fn list<T>(
    items: &[Value],
    limit: usize,
    decode: impl Fn(&Value) -> Decoded<T>,
) -> Decoded<Vec<T>> {
    if items.len() > limit {
        return Err(JsonError::new(format!("{} items, at most {limit}", items.len())));
    }
    let decoded = items.iter().enumerate();
    decoded
        .map(|(index, item)| decode(item).map_err(|error| error.below(&format!("[{index}]"))))
        .collect()
}

/// Decodes one field of an object.
pub(super) fn field<T>(object: &Value, name: &str, decode: impl FnOnce(&Value) -> Decoded<T>) -> Decoded<T> {
    let fields = object
        .as_object()
        .ok_or_else(|| JsonError::new("not an object"))?;
    fields
        .get(name)
        .ok_or_else(|| JsonError::new("missing"))
        .and_then(decode)
        .map_err(|error| error.below(name))
}

fn signed(
    object: &Value,
    preset: &Preset,
    next_sync_committee: Option<NextSyncCommittee>,
    finality: Option<FinalizedHeader>,
) -> Decoded<Update> {
    Ok(Update {
        attested_header: field(object, "attested_header", light_client_header)?,
        next_sync_committee,
        finality,
        sync_aggregate: field(object, "sync_aggregate", |value| sync_aggregate(value, preset))?,
        signature_slot: field(object, "signature_slot", number).map(Slot)?,
    })
}

fn finality(object: &Value) -> Decoded<FinalizedHeader> {
    Ok(FinalizedHeader {
        header: field(object, "finalized_header", light_client_header)?,
        branch: field(object, "finality_branch", branch)?,
    })
}

fn light_client_header(object: &Value) -> Decoded<LightClientHeader> {
    let beacon = field(object, "beacon", beacon_header)?;
    let execution = if object.get("execution").is_some() {
        Execution::Payload(Box::new(field(object, "execution", execution_payload_header)?))
    } else if object.get("execution_block_hash").is_some() {
        Execution::BlockHash(field(object, "execution_block_hash", hash)?)
    } else {
        Execution::Absent
    };
    let execution_branch = match execution {
        Execution::Absent => Vec::new(),
        _ => field(object, "execution_branch", branch)?,
    };
    Ok(LightClientHeader {
        beacon,
        execution,
        execution_branch,
    })
}

fn beacon_header(object: &Value) -> Decoded<BeaconBlockHeader> {
    Ok(BeaconBlockHeader {
        slot: field(object, "slot", number).map(Slot)?,
        proposer_index: field(object, "proposer_index", number)?,
        parent_root: field(object, "parent_root", hash)?,
        state_root: field(object, "state_root", hash)?,
        body_root: field(object, "body_root", hash)?,
    })
}

fn execution_payload_header(object: &Value) -> Decoded<ExecutionPayloadHeader> {
    Ok(ExecutionPayloadHeader {
        parent_hash: field(object, "parent_hash", hash)?,
        fee_recipient: field(object, "fee_recipient", bytes)?,
        state_root: field(object, "state_root", hash)?,
        receipts_root: field(object, "receipts_root", hash)?,
        logs_bloom: Box::new(field(object, "logs_bloom", bytes)?),
        prev_randao: field(object, "prev_randao", hash)?,
        block_number: field(object, "block_number", number)?,
        gas_limit: field(object, "gas_limit", number)?,
        gas_used: field(object, "gas_used", number)?,
        timestamp: field(object, "timestamp", number)?,
        extra_data: field(object, "extra_data", extra_data)?,
        base_fee_per_gas: field(object, "base_fee_per_gas", number)?,
        block_hash: field(object, "block_hash", hash)?,
        transactions_root: field(object, "transactions_root", hash)?,
        withdrawals_root: field(object, "withdrawals_root", hash)?,
        blob_gas: blob_gas(object)?,
    })
}

/// Both fields or none.
fn blob_gas(object: &Value) -> Decoded<Option<BlobGas>> {
    if object.get("blob_gas_used").is_none() && object.get("excess_blob_gas").is_none() {
        return Ok(None);
    }
    Ok(Some(BlobGas {
        used: field(object, "blob_gas_used", number)?,
        excess: field(object, "excess_blob_gas", number)?,
    }))
}

fn sync_committee(object: &Value, preset: &Preset) -> Decoded<SyncCommittee> {
    let size = preset.sync_committee_size;
    let keys = |value: &Value| {
        let keys = list(array(value)?, size, bytes)?;
        if keys.len() != size {
            return Err(JsonError::new(format!("{} keys, expected {size}", keys.len())));
        }
        Ok(keys)
    };
    Ok(SyncCommittee {
        pubkeys: field(object, "pubkeys", keys)?,
        aggregate_pubkey: field(object, "aggregate_pubkey", bytes)?,
    })
}

fn sync_aggregate(object: &Value, preset: &Preset) -> Decoded<SyncAggregate> {
    let size = preset.sync_committee_size.div_ceil(8);
    let bits = |value: &Value| {
        let mut bits = vec![0; size];
        hex::decode_to_slice(digits(value)?, &mut bits)
            .map_err(|error| JsonError::new(format!("not {size} bytes of hex: {error}")))?;
        Ok(bits)
    };
    Ok(SyncAggregate {
        bits: field(object, "sync_committee_bits", bits)?,
        signature: field(object, "sync_committee_signature", bytes)?,
    })
}

pub(super) fn array(value: &Value) -> Decoded<&[Value]> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(JsonError::new("not an array")),
    }
}

pub(super) fn text(value: &Value) -> Decoded<&str> {
    value.as_str().ok_or_else(|| JsonError::new("not a string"))
}

/// A decimal string without sign or leading zero.
pub(super) fn number<T: FromStr>(value: &Value) -> Decoded<T> {
    let text = text(value)?;
    let canonical = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    let parsed = text.parse().ok().filter(|_| canonical && !text.is_empty());
    parsed.ok_or_else(|| JsonError::new("not a decimal number in range"))
}

fn digits(value: &Value) -> Decoded<&str> {
    text(value)?
        .strip_prefix("0x")
        .ok_or_else(|| JsonError::new("no 0x in front"))
}

/// Exactly `N` bytes of hex.
pub(super) fn bytes<const N: usize>(value: &Value) -> Decoded<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits(value)?, &mut bytes)
        .map_err(|error| JsonError::new(format!("not {N} bytes of hex: {error}")))?;
    Ok(bytes)
}

pub(super) fn hash(value: &Value) -> Decoded<Hash32> {
    bytes(value).map(Hash32)
}

fn extra_data(value: &Value) -> Decoded<Vec<u8>> {
    let digits = digits(value)?;
    if digits.len() > MAX_EXTRA_DATA.saturating_mul(2) {
        return Err(JsonError::new(format!("more than {MAX_EXTRA_DATA} bytes")));
    }
    hex::decode(digits).map_err(|error| JsonError::new(format!("not hex: {error}")))
}

fn branch(value: &Value) -> Decoded<Vec<Hash32>> {
    list(array(value)?, MAX_BRANCH, hash)
}
