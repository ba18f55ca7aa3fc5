//! Ethereum: the proof-of-stake light client, from a checkpoint to finalized headers.
//!
//! # Terms
//! - **Slot, epoch, period**: 12 s, 32 slots, 256 epochs on mainnet. A **sync committee** of 512 validators signs every
//!   slot's header during one period.
//! - **Attested header**: the one the committee signed. **Finalized header**: the one that the attested header's state
//!   holds as finalized.
//! - **Bootstrap, update, finality update, optimistic update**: what servers serve (`types.rs`).
//!
//! # Drawing
//! ```text
//!  Checkpoint ── bootstrap() ──► TrustedState ──────────────────── verify() ──► Verified ── advance() ─┐
//!                                    ▲    committee signs ─► attested_header ─ state_root              │
//!                                    │                          ├─ finality branch ─► finalized_header  │
//!                                    │                          └─ committee branch ─► next committee   │
//!                                    └──────────────────────────────────────────────────────────────────┘
//!  finalized_header ─ body_root ─ execution branch ─► state_root, receipts_root, block_hash
//! ```
//!
//! # Guarantees
//! - What [`TrustedState::finalized`] returns with [`crate::Finality::Final`] was signed, as finalized, by at least two
//!   thirds of a sync committee that a chain of such signatures links to the checkpoint.
//! - No input panics; nothing rolls a state back; every byte of every object is bound or must be zero.
//!
//! # Not guaranteed
//! Sync committees are not slashable: two thirds of one can lie. [`params::Participation`] raises the bar, evidence
//! ([`evidence`]) shows contradiction, and parties with several sources should compare them.
//!
//! # Files
//! `network` (data per fork and network), `types`, `ssz`, `json`, `network_file` (wire formats), `committee` (keys and
//! signatures), `header`, `verify`, `rank`, `state`, `catch_up`, `ancestry`, `evidence`, `rejection`, `params`.
//!
//! Spec: `spec/light-client.md`, Ethereum; consensus-specs `light-client/sync-protocol.md`, Altair to Gloas.

pub mod ancestry;
mod catch_up;
mod committee;
pub mod evidence;
pub mod execution;
mod header;
pub mod json;
pub mod network;
mod network_file;
pub mod params;
mod rank;
mod rejection;
pub mod ssz;
mod state;
pub mod types;
mod verify;

pub use catch_up::{CaughtUp, InPlace, RunRejection, Workers, catch_up};
pub use committee::{Committee, KeyOrigin};
pub use network_file::network;
pub use params::Params;
pub use rank::is_better;
pub use rejection::Rejection;
pub use state::{ForceRejection, StaleVerification, TrustedState, VerifiedHeader};
pub use verify::{Verified, bootstrap, verify};
