//! Attesters, their stake and the sets that follow from it.
//!
//! Stake lives in one vault; the ledger follows that vault's events only. The next set is frozen in the state after the parent of an epoch's
//! last block. Spec: `spec/relayer.md`, Security layers (slashing) and Replica (attester set per epoch).

use crate::ids::{Address, EntryId};
use crate::math::Fixed;
use alloc::collections::BTreeMap;

/// Stake on its way back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unstaking {
    /// How much.
    pub amount: Fixed,
    /// Block time before which it stays; none until every vault has rotated beyond the attester's last set.
    pub not_before_ms: Option<u64>,
    /// The outbox entry that releases it.
    pub entry: Option<EntryId>,
}

/// One attester.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attester {
    /// Weight in the next set to be frozen; zero once evidence was accepted.
    pub weight: u32,
    /// Stake by the stake vault's events, at 1e18.
    pub stake: Fixed,
    /// Stake asked back.
    pub unstaking: Option<Unstaking>,
    /// The last set that it was a member of and is no more.
    pub last_set: u32,
    /// Evidence against it was accepted: no weight, no `Unstake`.
    pub accused: bool,
    /// Block time of its last halt.
    pub halt_ms: Option<u64>,
}

/// A set: who signs, with which weight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttesterSet {
    /// Number, rising by one.
    pub id: u32,
    /// Weights by ascending address.
    pub members: BTreeMap<Address, u32>,
}

impl AttesterSet {
    /// Sum of the weights.
    pub fn total(&self) -> u64 {
        self.members.values().map(|weight| u64::from(*weight)).sum()
    }

    /// Weight that decides: floor(2·total/3) + 1.
    pub fn quorum(&self) -> u64 {
        self.total()
            .saturating_mul(2)
            .checked_div(3)
            .unwrap_or(0)
            .saturating_add(1)
    }
}

/// The current set and the frozen next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sets {
    /// Signs now.
    pub current: AttesterSet,
    /// Frozen for the next epoch.
    pub next: Option<AttesterSet>,
    /// When the running epoch began.
    pub epoch_ms: u64,
    /// Number of the running epoch.
    pub epoch: u64,
}
