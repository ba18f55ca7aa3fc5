//! The execution side of Ethereum: what a verified block's roots and bloom commit to.
//!
//! # Terms
//! - **Execution block**: the block of the EVM, named in a beacon block by its hash, state root and receipts root.
//! - **Receipt**: what a transaction did; **log**: what a contract said while doing it; **bloom**: a filter over logs.
//!
//! ```text
//!  verified block hash ─► header ─┬─ parent_hash ───► ancestry      earlier headers
//!                                 ├─ state_root ────► account       nonce, balance, code hash, storage slots; or absent
//!                                 ├─ receipts_root ─► receipts      one receipt, or all of them
//!                                 └─ logs_bloom ────► events        all logs of an emitter, or none
//! ```
//!
//! # Guarantees
//! Each function takes something verified, and returns the authenticated value or a named rejection. What nodes declare
//! beside a proof is compared with it and never returned. Memory is bounded by a small multiple of the input.
//!
//! # Not guaranteed
//! That a block hash, state root or receipts root handed in is final: the consensus side decides that.
//!
//! Rules: `spec/light-client.md`, Ethereum (execution).

pub mod account;
mod address;
pub mod ancestry;
mod bloom;
mod events;
mod header;
pub mod json;
mod receipt;
mod receipts;

pub use account::{Account, AccountProof, AccountRejection, ProvenAccount, ProvenSlot, SlotProof};
pub use address::{Address, NotAnAddress};
pub use ancestry::AncestryRejection;
pub use bloom::Bloom;
pub use events::{Event, Events, EventsRejection, events_of};
pub use header::{ExecutionHeader, HeaderRejection, MAX_HEADER_BYTES, VerifiedHeader};
pub use receipt::{Log, Outcome, Receipt, ReceiptRejection, TransactionType, logs_bloom};
pub use receipts::{
    BlockReceipts, DeclaredPlace, DeclaredReceipt, LogPlace, MAX_RECEIPTS, ProvenReceipt, ReceiptsRejection,
};

#[cfg(test)]
mod tests;
