//! tmp
pub mod allocation;
pub mod counterparties;
pub mod waterfall;
