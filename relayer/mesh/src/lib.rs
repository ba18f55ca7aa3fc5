//! The mesh: what attesters tell each other, from one signature to a quorum certificate.
//!
//! ```text
//! bytes ─► net (libp2p) ─► proto: validate, park, collect, convict ─► verdicts, certificates, evidence ─► the node
//! ```
//! [`proto`] is a pure state machine; [`sim`] drives many of them with a seed.
//!
//! Specification: `spec/relayer.md`, Mesh.

pub mod proto;
pub mod sim;
