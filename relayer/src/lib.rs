//! Composes the relayer: what the binary `viaduct` runs and what the tests drive in-process.
//!
//! Specification: `spec/relayer.md`.

pub mod ordered_ledger;
