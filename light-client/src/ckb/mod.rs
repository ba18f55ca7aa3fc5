//! CKB.
pub mod block;
pub mod eaglesong;
mod hash;
mod header;
pub mod json;
mod molecule;
mod pow;
mod target;
pub mod transaction;

pub use block::Block;
pub use hash::{MergeHashes, blake2b};
pub use header::{EpochFraction, HEADER_BYTES, Header};
pub use json::JsonError;
pub use molecule::MoleculeError;
pub use pow::Pow;
pub use target::{CompactTarget, InvalidTarget, Target};
pub use transaction::{RawTransaction, Transaction};
