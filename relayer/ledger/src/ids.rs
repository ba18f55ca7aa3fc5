//! The names of things: those of `wire`, and the ledger's own.
//!
//! Every table of the state is keyed by one of these; their derived order is the canonical order of snapshots, scans and ties.
//! Spec: `spec/ledger.md`, Words; `DESIGN.md`, Identities and formats.

pub use wire::{
    instrument::{Instrument, OptionKind, Side},
    types::{Account, Address, AssetId, ChainHeight, ChainId, CommandId, Hash, Underlying},
};

/// Number of an outbox entry: dense, never used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId(pub u64);

/// A family of instruments that genesis lists: its members differ in expiry and strike only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// The perpetual.
    Perpetual {
        /// What it follows.
        underlying: Underlying,
        /// The settlement cash.
        cash: AssetId,
    },
    /// All futures.
    Futures {
        /// What they follow.
        underlying: Underlying,
        /// The settlement cash.
        cash: AssetId,
    },
    /// All options.
    Options {
        /// What they follow.
        underlying: Underlying,
        /// The settlement cash.
        cash: AssetId,
    },
    /// An exchange of two assets.
    Spot {
        /// What is bought or sold.
        base: AssetId,
        /// In which cash it is paid.
        quote: AssetId,
    },
}

impl Series {
    /// The family that `instrument` belongs to.
    pub const fn of(instrument: &Instrument) -> Self {
        match *instrument {
            Instrument::Perpetual { underlying, cash } => Self::Perpetual { underlying, cash },
            Instrument::Future { underlying, cash, .. } => Self::Futures { underlying, cash },
            Instrument::Option { underlying, cash, .. } => Self::Options { underlying, cash },
            Instrument::Spot { base, quote } => Self::Spot { base, quote },
        }
    }
}

/// When `instrument` settles, in unix seconds.
pub const fn expiry(instrument: &Instrument) -> Option<u64> {
    match *instrument {
        Instrument::Future { expiry, .. } | Instrument::Option { expiry, .. } => Some(expiry),
        Instrument::Perpetual { .. } | Instrument::Spot { .. } => None,
    }
}

/// What `instrument` follows; none for Spot.
pub const fn underlying(instrument: &Instrument) -> Option<Underlying> {
    match *instrument {
        Instrument::Perpetual { underlying, .. }
        | Instrument::Future { underlying, .. }
        | Instrument::Option { underlying, .. } => Some(underlying),
        Instrument::Spot { .. } => None,
    }
}
