//! The mesh: what attesters tell each other, from one signature to a quorum certificate.
//!
//! ```text
//! bytes ─► net (libp2p) ─► proto: validate, park, collect, convict ─► verdicts, certificates, evidence ─► the node
//! ```
//! [`proto`] is a pure state machine; `net` puts it into a libp2p swarm (feature of that name, on by default); [`sim`] drives many
//! of them with a seed.
//!
//! Specification: `spec/relayer.md`, Mesh.

#[cfg(feature = "net")]
pub mod net;
pub mod proto;
pub mod sim;
