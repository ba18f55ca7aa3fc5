//! Decides what is true about a chain: bytes, parameters and a time in, a verified object or a named rejection out.
//!
//! # Terms
//! - **Trusted**: established by an earlier verification, or by the operator ([`Checkpoint`]). **Untrusted**: everything else.
//! - **Update**: an untrusted object that extends what is trusted; **rejection**: the named fact that failed.
//! - **Finality class** ([`Finality`]): how a header became final, and how firmly.
//! - **Evidence** ([`Evidence`]): two conflicting signed objects over one trusted base, verifiable again by anyone with this crate.
//!
//! # Shape
//! ```text
//!  Checkpoint ──► TrustedState ◄───────────── advance ─────────────┐
//!                     │                                            │
//!  untrusted bytes ── decode ──► Untrusted ──► verify(.., now) ──► Verified ──► header, finality class
//!                                                  │                              │
//!                                                  └──► Rejection                 └─ inclusion proof ──► value
//! ```
//! Every chain module has this shape: `verify(&trusted, &untrusted, &params, now) -> Result<Verified, Rejection>` and
//! `trusted.advance(verified)`. A `Verified` has private fields and remembers what it was verified against: nothing but a
//! successful verification makes one. Inclusion proofs return the authenticated value, never a `bool`.
//!
//! # Guarantees
//! - No input panics, and none allocates more than a bounded multiple of its own length.
//! - No IO, clock, log, float, randomness or global: the same arguments give the same answer everywhere.
//! - Zero and default values never verify; every input is consumed whole.
//!
//! # Not guaranteed here
//! That the checkpoint is right, that the clock is right, that the data is available, and that a chain whose validators or
//! miners break its own assumption (two thirds, most of the work) is honest: that surfaces as evidence or as a reorg.
//!
//! Rules: `spec/light-client.md`.
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

mod checkpoint;
pub mod ckb;
pub mod ethereum;
mod evidence;
mod finality;
mod hash;
pub mod proof;
mod reorg;
mod time;

pub use checkpoint::{ChainNumber, Checkpoint, CheckpointExpired};
pub use evidence::Evidence;
pub use finality::Finality;
pub use hash::{Hash32, NotAHash};
pub use reorg::{BlockId, Branch, Reorg};
pub use time::UnixSeconds;
