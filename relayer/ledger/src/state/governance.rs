//! Proposals that wait for their delay. Spec: `spec/relayer.md`, Security layers (governance); `spec/parameters.md`.

use crate::ids::{Address, AssetId, ChainId, Hash, Series, Underlying};
use crate::parameters::{AssetKey, ChainKey, FeedKey, MarketKey, NetworkKey};

/// One governed value of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Of the network.
    Network(NetworkKey),
    /// Of a chain.
    Chain(ChainId, ChainKey),
    /// Of an asset.
    Asset(AssetId, AssetKey),
    /// Of a family of instruments.
    Market(Series, MarketKey),
    /// Of a feed.
    Feed(Underlying, FeedKey),
    /// The weight of an attester in the next set.
    Weight(Address),
    /// Of a chain's vault, which checks its own bounds.
    Vault(ChainId, Hash),
}

/// A proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What changes.
    pub target: Target,
    /// From what, raw: another value in force supersedes it.
    pub old: i128,
    /// To what, raw.
    pub value: i128,
    /// Not enacted before this block time.
    pub not_before_ms: u64,
    /// Not enacted from this block time on.
    pub expiry_ms: u64,
}
