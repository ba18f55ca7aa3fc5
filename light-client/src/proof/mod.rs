//! Proof structures, each strict and independent of any chain's rules.

mod keccak;
pub mod mpt;
pub mod rlp;

pub use keccak::keccak256;
