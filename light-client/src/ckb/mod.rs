//! CKB.
pub mod block;
#[cfg(test)]
mod chain;
pub mod chain_root;
pub mod eaglesong;
pub mod epoch;
pub mod evidence;
mod hash;
mod header;
pub mod json;
mod molecule;
mod params;
mod pow;
pub mod sampling;
mod target;
pub mod transaction;
mod verify;

pub use block::Block;
pub use hash::{MergeHashes, blake2b};
pub use header::{EpochFraction, HEADER_BYTES, Header};
pub use json::JsonError;
pub use molecule::MoleculeError;
pub use params::{Params, SpecError};
pub use pow::Pow;
pub use target::{CompactTarget, InvalidTarget, Target};
pub use transaction::{RawTransaction, Transaction};
pub use verify::{
    Advance, BlockUncles, EpochMode, MAX_BLOCKS, MAX_HEADERS, Rejection, StaleVerification, TrustedState,
    Update, Verified, verify,
};
