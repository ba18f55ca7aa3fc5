//! Proof structures, each strict and independent of any chain's rules.

pub mod cbmt;
mod keccak;
pub mod mmr;
pub mod mpt;
pub mod rlp;
pub mod ssz;

pub use keccak::keccak256;
