//! Proves that a beacon block is an ancestor of a verified header, by the roots that the header's state holds.
//!
//! ```text
//!  header.state_root ─ block_roots[slot mod N] ────────────────────────► root of the ancestor    N slots back
//!                    └ historical_summaries[i].block_summary_root ─ [slot mod N] ─► the same     since Capella
//! ```
//! The slot is the ancestor's own and fixes every index; nothing of the position is taken from the prover.
//! Not here: ancestors before Capella's first full batch (`historical_roots`), and summaries in Gloas' state.
//!
//! Spec: consensus-specs `process_slot`, `process_historical_summaries_update`.

use alloc::vec::Vec;

use super::{
    network::{Fork, Network},
    state::VerifiedHeader,
    types::{BeaconBlockHeader, Slot},
};
use crate::{
    Finality, Hash32,
    proof::ssz::{BranchRejection, GeneralizedIndex, verify_branch},
};

/// `log2(HISTORICAL_ROOTS_LIMIT)`
const HISTORICAL_ROOTS_DEPTH: u32 = 24;

/// From an ancestor's root to the state root of a later header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AncestryProof {
    /// The state's recent roots.
    BlockRoots {
        /// Branch from the root to the state root.
        branch: Vec<Hash32>,
    },
    /// The state's summaries of full batches of roots.
    HistoricalSummaries {
        /// Branch from the root to the batch's root.
        batch_branch: Vec<Hash32>,
        /// The batch's root.
        batch_root: Hash32,
        /// Branch from the batch's root to the state root.
        branch: Vec<Hash32>,
    },
}

/// Why a block is not shown to be an ancestor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum AncestryRejection {
    /// The state does not hold the roots of this slot where the proof says.
    #[error("the state at slot {base} does not hold slot {ancestor} there")]
    OutOfReach {
        /// Slot of the verified header.
        base: Slot,
        /// Slot of the supposed ancestor.
        ancestor: Slot,
    },
    /// The root is not in the batch.
    #[error("branch within the batch: {0}")]
    BatchBranch(BranchRejection),
    /// The root, or the batch's, is not in the state.
    #[error("branch to the state root: {0}")]
    StateBranch(BranchRejection),
}

/// Proves an ancestor of `base` and returns it as verified, with the firmness of `base`.
pub fn verify_ancestor(
    base: &VerifiedHeader,
    ancestor: &BeaconBlockHeader,
    proof: &AncestryProof,
    network: &Network,
) -> Result<VerifiedBeaconBlock, AncestryRejection> {
    Ok(VerifiedBeaconBlock {
        header: *ancestor,
        root: root_of_ancestor(&base.header().beacon, ancestor, proof, network)?,
        finality: base.finality(),
    })
}

/// Proves that `ancestor` is an ancestor of `base` and returns its root. Says nothing about `base` itself.
pub fn root_of_ancestor(
    base: &BeaconBlockHeader,
    ancestor: &BeaconBlockHeader,
    proof: &AncestryProof,
    network: &Network,
) -> Result<Hash32, AncestryRejection> {
    let out_of_reach = AncestryRejection::OutOfReach {
        base: base.slot,
        ancestor: ancestor.slot,
    };
    let root = ancestor.root();
    let (leaf, index, branch) = match proof {
        AncestryProof::BlockRoots { branch } => {
            let index = recent_index(base.slot, ancestor.slot, network).ok_or(out_of_reach)?;
            (root, index, branch)
        }
        AncestryProof::HistoricalSummaries {
            batch_branch,
            batch_root,
            branch,
        } => {
            let index = summary_index(base.slot, ancestor.slot, network).ok_or(out_of_reach)?;
            let in_batch = batch_index(ancestor.slot, network).ok_or(out_of_reach)?;
            verify_branch(root, batch_branch, in_batch, *batch_root)
                .map_err(AncestryRejection::BatchBranch)?;
            (*batch_root, index, branch)
        }
    };
    verify_branch(leaf, branch, index, base.state_root).map_err(AncestryRejection::StateBranch)?;
    Ok(root)
}

/// A beacon block proved to be an ancestor. Its execution part, if needed, is proved by its own branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedBeaconBlock {
    header: BeaconBlockHeader,
    root: Hash32,
    finality: Option<Finality>,
}

impl VerifiedBeaconBlock {
    /// The block's header.
    pub fn header(&self) -> &BeaconBlockHeader {
        &self.header
    }

    /// The block's root.
    pub fn root(&self) -> Hash32 {
        self.root
    }

    /// That of the header it was proved from.
    pub fn finality(&self) -> Option<Finality> {
        self.finality
    }
}

/// Index of a slot's root in a full batch: a vector of N roots.
fn batch_index(slot: Slot, network: &Network) -> Option<GeneralizedIndex> {
    let size = network.preset.slots_per_historical_root.get();
    let position = slot.0.checked_rem(size)?;
    size.checked_add(position).map(GeneralizedIndex)
}

/// Index of a slot's root in the state's `block_roots`: only the last N slots below the state's are there.
fn recent_index(base: Slot, ancestor: Slot, network: &Network) -> Option<GeneralizedIndex> {
    let age = base.0.checked_sub(ancestor.0)?;
    if age == 0 || age > network.preset.slots_per_historical_root.get() {
        return None;
    }
    let block_roots = network.fork(base).state_indices().block_roots;
    block_roots.join(batch_index(ancestor, network)?)
}

/// Index of `block_summary_root` of a slot's batch: the batches since Capella that were full at the state's slot.
fn summary_index(base: Slot, ancestor: Slot, network: &Network) -> Option<GeneralizedIndex> {
    let size = network.preset.slots_per_historical_root.get();
    let capella = network.first_slot(Fork::Capella)?;
    let batch = |slot: Slot| slot.0.checked_div(size);
    let (first, own, current) = (batch(capella)?, batch(ancestor)?, batch(base)?);
    if own >= current {
        return None;
    }
    let position = own.checked_sub(first)?;
    let summaries = network.fork(base).historical_summaries_index()?;
    let list = GeneralizedIndex(2);
    let limit = 1u64.checked_shl(HISTORICAL_ROOTS_DEPTH)?;
    let element = GeneralizedIndex(limit.checked_add(position).filter(|_| position < limit)?);
    summaries.join(list)?.join(element)?.join(GeneralizedIndex(2))
}
