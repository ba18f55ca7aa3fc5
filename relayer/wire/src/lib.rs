//! What is signed: structs, sets, trees, digests, encodings and evidence rules.
//!
//! ```text
//! eip712 ── structs, digests ──► signature ──► certificate ──► quorum over one digest (attesters)
//! encoding ── canonical bytes ──► block (header, body: attestations, events, evidence, reports, commands)
//! tree ── leaves, roots, proofs ──► events (attestation), outbox, commands (header)
//! ```
//! Specification: `DESIGN.md`, Identities and formats. Pure: no IO, clock, randomness, log, float or global.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod attestation;
pub mod attesters;
pub mod block;
pub mod certificate;
pub mod command;
pub mod consensus;
pub mod eip712;
pub mod encoding;
pub mod event;
pub mod evidence;
pub mod gossip;
pub mod instrument;
pub mod keccak;
pub mod outbox;
pub mod signature;
mod tables;
pub mod tree;
pub mod types;

#[cfg(test)]
mod sample;

pub use ruint::aliases::U256;
