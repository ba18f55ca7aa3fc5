//! One order of blocks under Byzantine faults: Malachite behind [`OrderedLog`](replica::OrderedLog).
//!
//! ```text
//!            replica ── the handle, health      driver ── the loop, pace      engine ── its settings and start
//!          ┌────┴─────┐
//!        host       network ── the engine's network actor over a plane of bytes (plane)
//!   answers the engine  └── codec ── bytes of every message, bounded and strict
//!   │  ├── held           blocks that are not decided, bounded
//!   │  ├── rules          place and time of a block
//!   │  ├── part           a proposed block that proves who proposed it
//!   │  ├── certificate    the engine's certificates and the contracts'
//!   │  └── misbehaviour   what the engine saw, as evidence
//!   ├── application       the seams: what blocks mean, who keeps them
//!   └── signing, context  the seam for keys; heights, votes and sets as the engine takes them
//! ```
//! Only this crate names the engine. Guarantees: replicas that share a network, and of which more than two thirds by weight are honest,
//! decide one block per height; a decided block is applied once and is durable with its certificate and state; no input of a peer panics or
//! takes unbounded memory. Not guaranteed: that the application is deterministic, that the signer guards.
//!
//! Specification: `spec/relayer.md`, Replica and Store; `DESIGN.md`.

pub mod application;
pub mod certificate;
pub mod codec;
pub mod context;
mod driver;
mod engine;
mod held;
pub mod host;
mod misbehaviour;
mod network;
pub mod part;
pub mod plane;
pub mod replica;
pub mod rules;
pub mod signing;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod simulation;
