//! Ethereum: what its consensus finalises, and what an execution block holds.

pub mod execution;
