//! CKB (RFC 10, 20, 27, 31, 44): headers by work, sampled chains, and what blocks commit to.
//!
//! ```text
//!  headers ──► verify(&TrustedState, &Update, &Params, now) ──► Verified ──► advance: Extended, Reorged, Kept
//!  answer of a node ──► sampling::verify_response(&Request, ..) ──► ProvedState           (a whole chain from some hundred headers)
//!  header ─┬─ transactions_root ◄── block::transaction (one), block::all_transactions (all of them: completeness)
//!          └─ extra_hash ◄── uncles, extension ◄── chain_root of all ancestors
//! ```
//! # Terms
//! - **Compact target**, **difficulty**, **work**: [`CompactTarget`]; a block's work is its difficulty.
//! - **Epoch**: the blocks that share one target; **uncle**: a block beside the chain that counts for the difficulty rule ([`epoch`]).
//! - **Chain root**: root of the Merkle mountain range over all earlier headers ([`chain_root`]).
//! - **Engine**: the network's proof of work ([`Pow`]); with everything else that differs between networks it is a [`Params`].
//!
//! # Guarantees
//! Finality is by work ([`TrustedState::final_block`]), never by count alone. Header-only verification bounds the difficulty rule, with
//! uncles it is exact; [`Verified::epoch_mode`] says which ran. Not guaranteed: that transactions are valid. Full nodes check that, and
//! the work on top is what says that they did.
//!
//! Rules: `spec/light-client.md`, CKB.

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
