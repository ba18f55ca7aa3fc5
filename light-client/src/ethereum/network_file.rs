//! Builds a network from what its own nodes say: the answers of `/eth/v1/config/spec` and `/eth/v1/beacon/genesis`.
//!
//! ```json
//! { "spec": { "data": { "SLOTS_PER_EPOCH": "32", .. } }, "genesis": { "data": { "genesis_time": .., .. } } }
//! ```
//! Each may be the whole answer or its `data`. Forks at epoch `2^64 - 1` are not scheduled and left out; a fork that the
//! node does not know at all is left out too.

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::num::NonZeroU64;

use serde_json::Value;
use strum::IntoEnumIterator as _;

use super::{
    json::{Decoded, JsonError, array, bytes, field, hash, list, number, one, parse},
    network::{BlobParameters, Fork, ForkEntry, MAX_SYNC_COMMITTEE_SIZE, Network, Preset},
    types::Epoch,
};
use crate::UnixSeconds;

/// `FAR_FUTURE_EPOCH`: not scheduled.
const FAR_FUTURE: u64 = u64::MAX;
/// A schedule of more blob limits than this is not a network's.
const MAX_BLOB_SCHEDULE: usize = 256;

/// Decodes `{ "spec": .., "genesis": .. }`.
pub fn network(file: &[u8]) -> Decoded<Network> {
    let document = parse(file)?;
    let (genesis_time, genesis_validators_root) = field(&document, "genesis", |answer| {
        one(answer, |genesis| {
            let time = field(genesis, "genesis_time", number).map(UnixSeconds)?;
            Ok((time, field(genesis, "genesis_validators_root", hash)?))
        })
    })?;
    field(&document, "spec", |answer| {
        one(answer, |spec| {
            Ok(Network {
                preset: preset(spec)?,
                seconds_per_slot: seconds_per_slot(spec)?,
                genesis_time,
                genesis_validators_root,
                forks: Cow::Owned(forks(spec)?),
                blob_schedule: Cow::Owned(blob_schedule(spec)?),
            })
        })
    })
}

fn preset(spec: &Value) -> Decoded<Preset> {
    Ok(Preset {
        sync_committee_size: field(spec, "SYNC_COMMITTEE_SIZE", sync_committee_size)?,
        slots_per_epoch: field(spec, "SLOTS_PER_EPOCH", positive)?,
        epochs_per_period: field(spec, "EPOCHS_PER_SYNC_COMMITTEE_PERIOD", positive)?,
        slots_per_historical_root: field(spec, "SLOTS_PER_HISTORICAL_ROOT", power_of_two)?,
    })
}

/// The two presets' sizes; no network has another.
fn sync_committee_size(value: &Value) -> Decoded<usize> {
    let size = number(value)?;
    if size == Preset::MINIMAL.sync_committee_size || size == MAX_SYNC_COMMITTEE_SIZE {
        return Ok(size);
    }
    Err(JsonError::new(format!(
        "{size} is the size of no preset (32, 512)"
    )))
}

fn positive(value: &Value) -> Decoded<NonZeroU64> {
    NonZeroU64::new(number(value)?).ok_or_else(|| JsonError::new("must not be zero"))
}

fn power_of_two(value: &Value) -> Decoded<NonZeroU64> {
    let size = positive(value)?;
    if size.is_power_of_two() {
        Ok(size)
    } else {
        Err(JsonError::new(format!("{size} is not a power of two")))
    }
}

/// In seconds, or in milliseconds that are whole seconds.
fn seconds_per_slot(spec: &Value) -> Decoded<NonZeroU64> {
    if spec.get("SECONDS_PER_SLOT").is_some() {
        return field(spec, "SECONDS_PER_SLOT", positive);
    }
    field(spec, "SLOT_DURATION_MS", |value| {
        let milliseconds: u64 = number(value)?;
        let seconds = milliseconds
            .checked_div(1000)
            .filter(|_| milliseconds.checked_rem(1000) == Some(0));
        seconds
            .and_then(NonZeroU64::new)
            .ok_or_else(|| JsonError::new("not whole seconds, or zero"))
    })
}

/// Genesis at epoch 0 and every scheduled fork; their epochs must not fall.
fn forks(spec: &Value) -> Decoded<Vec<ForkEntry>> {
    let mut forks: Vec<ForkEntry> = Vec::from([ForkEntry {
        fork: Fork::Phase0,
        version: field(spec, "GENESIS_FORK_VERSION", bytes)?,
        epoch: Epoch(0),
    }]);
    for fork in Fork::iter().skip(1) {
        let name: String = format!("{fork}").to_ascii_uppercase();
        let epoch_field = format!("{name}_FORK_EPOCH");
        if spec.get(&epoch_field).is_none() {
            continue;
        }
        let epoch = field(spec, &epoch_field, number).map(Epoch)?;
        if epoch.0 == FAR_FUTURE {
            continue;
        }
        if forks.last().is_some_and(|last| last.epoch > epoch) {
            return Err(JsonError::new("before the fork that precedes it").below(&epoch_field));
        }
        let version = field(spec, &format!("{name}_FORK_VERSION"), bytes)?;
        forks.push(ForkEntry { fork, version, epoch });
    }
    Ok(forks)
}

/// Electra's limit and the schedule after it; empty when the node does not know Electra.
fn blob_schedule(spec: &Value) -> Decoded<Vec<BlobParameters>> {
    let mut schedule = Vec::new();
    if spec.get("MAX_BLOBS_PER_BLOCK_ELECTRA").is_some() {
        schedule.push(BlobParameters {
            epoch: field(spec, "ELECTRA_FORK_EPOCH", number).map(Epoch)?,
            max_blobs: field(spec, "MAX_BLOBS_PER_BLOCK_ELECTRA", number)?,
        });
    }
    if spec.get("BLOB_SCHEDULE").is_some() {
        let later = |value: &Value| list(array(value)?, MAX_BLOB_SCHEDULE, blob_parameters);
        schedule.extend(field(spec, "BLOB_SCHEDULE", later)?);
    }
    Ok(schedule)
}

fn blob_parameters(value: &Value) -> Decoded<BlobParameters> {
    Ok(BlobParameters {
        epoch: field(value, "EPOCH", number).map(Epoch)?,
        max_blobs: field(value, "MAX_BLOBS_PER_BLOCK", number)?,
    })
}
