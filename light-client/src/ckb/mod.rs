//! CKB.
pub mod eaglesong;
mod hash;

pub use hash::{MergeHashes, blake2b};
