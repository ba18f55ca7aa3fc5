//! How a verified header is final, and how firmly.

use ruint::aliases::U256;

/// Travels with every verified header. What a chain demands of it is the network's parameter, not this crate's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// Two thirds of the validators signed it or a successor as final: undoing it leaves evidence.
    Final,
    /// Buried under proof of work: undoing it costs at least the work on top. Ask for work, not for blocks.
    Work {
        /// Blocks from the header to the tip, the header's own not counted.
        confirmations: u64,
        /// Expected hashes spent on those blocks.
        chainwork: U256,
    },
}
