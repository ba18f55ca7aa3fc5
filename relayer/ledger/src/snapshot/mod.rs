//! Snapshots: the whole state as one byte string, and back.
//!
//! ```text
//! "VIADUCT STATE" 00 00 00 ‖ u16 version ‖ the state's fields in order (fields.rs)
//! ```
//! The encoding is that of `wire::encoding`: one byte string per state, one state per byte string, so that the hash of a
//! snapshot names the state. A node that starts from a snapshot compares the hash with the one that a certified epoch header
//! commits to before it decodes anything.
//!
//! Guarantees: no input panics; memory grows only with bytes that are there; nothing is left over; governed values are within
//! their bounds. Not guaranteed: that the decoded books balance, which the quorum that committed to the hash vouches for.
//! Spec: `spec/ledger.md`, Root.

mod fields;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::{
    encoding::{Canonical, DecodeError, Reader},
    types::{Hash, keccak256},
};

use crate::state::State;

const MAGIC: [u8; 16] = *b"VIADUCT STATE\0\0\0";

/// Version of the layout; a snapshot of another one is refused.
pub const VERSION: u16 = 1;

/// Largest snapshot that is read: about a million subs.
pub const SNAPSHOT_MAX: usize = 4 << 30;

/// Why bytes are not a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum SnapshotRejection {
    /// More than anybody would write.
    #[error("{got} bytes are above the limit of {SNAPSHOT_MAX}")]
    TooLong {
        /// Length.
        got: usize,
    },
    /// Something else.
    #[error("not a snapshot: it begins with {got:02x?}")]
    WrongMagic {
        /// The first bytes.
        got: [u8; 16],
    },
    /// Another layout.
    #[error("snapshot of version {got}, this is version {VERSION}")]
    WrongVersion {
        /// The snapshot's.
        got: u16,
    },
    /// Another snapshot than the one that was asked.
    #[error("snapshot {got} is not {expected}")]
    WrongHash {
        /// The snapshot's.
        got: Hash,
        /// What a header commits to.
        expected: Hash,
    },
    /// No state.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// The snapshot of a state.
#[must_use]
pub fn encode(state: &State) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    VERSION.encode_to(&mut out);
    state.encode_to(&mut out);
    out
}

/// The hash that names a snapshot.
#[must_use]
pub fn hash(snapshot: &[u8]) -> Hash {
    keccak256(&[snapshot])
}

/// The state of the snapshot that `expected` names.
///
/// # Errors
/// [`SnapshotRejection`].
pub fn restore(snapshot: &[u8], expected: &Hash) -> Result<State, SnapshotRejection> {
    is_of_a_readable_length(snapshot)?;
    let got = hash(snapshot);
    if got != *expected {
        return Err(SnapshotRejection::WrongHash {
            got,
            expected: *expected,
        });
    }
    decode(snapshot)
}

/// The state of a snapshot whose origin is trusted, such as a node's own store.
///
/// # Errors
/// [`SnapshotRejection`].
pub fn decode(snapshot: &[u8]) -> Result<State, SnapshotRejection> {
    is_of_a_readable_length(snapshot)?;
    let mut input = Reader::new(snapshot);
    let got: [u8; 16] = input.array()?;
    if got != MAGIC {
        return Err(SnapshotRejection::WrongMagic { got });
    }
    let got = u16::decode_from(&mut input)?;
    if got != VERSION {
        return Err(SnapshotRejection::WrongVersion { got });
    }
    let state = State::decode_from(&mut input)?;
    input.finish()?;
    Ok(state)
}

fn is_of_a_readable_length(snapshot: &[u8]) -> Result<(), SnapshotRejection> {
    if snapshot.len() > SNAPSHOT_MAX {
        return Err(SnapshotRejection::TooLong { got: snapshot.len() });
    }
    Ok(())
}
