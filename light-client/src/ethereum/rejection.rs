//! Why a bootstrap or an update is not accepted: one variant per fact that failed.

use super::types::{Period, Slot};
use crate::{CheckpointExpired, Hash32, proof::ssz::BranchRejection};

/// The fact that failed. Variants stand in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// The checkpoint, or the last verified header, is older than the trust in it lasts.
    #[error("trust has expired: {0}")]
    Expired(#[from] CheckpointExpired),
    /// The bootstrap's header is not the trusted block.
    #[error("the header's root is {got}, the checkpoint is {trusted}")]
    CheckpointRoot {
        /// Root of the header.
        got: Hash32,
        /// The checkpoint's.
        trusted: Hash32,
    },
    /// The checkpoint names another slot than the block with its root has.
    #[error("the block with the checkpoint's root is at slot {got}, the checkpoint says {trusted}")]
    CheckpointSlot {
        /// Slot of the header.
        got: Slot,
        /// The checkpoint's.
        trusted: Slot,
    },
    /// The committee does not have the network's size.
    #[error("a committee of {got} keys, the network has {expected}")]
    CommitteeSize {
        /// Keys given.
        got: usize,
        /// Keys expected.
        expected: usize,
    },
    /// The participation bits are not one per member.
    #[error("{got} bytes of participation bits, the committee of {size} takes {expected}")]
    ParticipationBits {
        /// Bytes given.
        got: usize,
        /// Bytes expected.
        expected: usize,
        /// Members.
        size: usize,
    },
    /// Nobody signed.
    #[error("no participant")]
    NoParticipant,
    /// Signed after now.
    #[error("signed at slot {signature}, the current slot is {current}")]
    SignatureFromFuture {
        /// The signature's slot.
        signature: Slot,
        /// The clock's slot.
        current: Slot,
    },
    /// The signature is not younger than what it signs.
    #[error("signed at slot {signature}, not after the attested slot {attested}")]
    SignatureNotAfterAttested {
        /// The signature's slot.
        signature: Slot,
        /// The attested header's slot.
        attested: Slot,
    },
    /// The finalized header is younger than the one whose state finalises it.
    #[error("finalized slot {finalized} is above the attested slot {attested}")]
    FinalizedAfterAttested {
        /// The finalized header's slot.
        finalized: Slot,
        /// The attested header's slot.
        attested: Slot,
    },
    /// The signature belongs to a period whose committee is over: nothing to learn, nothing to check it with.
    #[error("signed in period {signature}, the trusted header is of period {trusted}")]
    PastPeriod {
        /// Period of the signature.
        signature: Period,
        /// Period of the finalized header.
        trusted: Period,
    },
    /// The committee that would have signed is not known yet.
    #[error("signed in period {signature}, the committees are known up to period {known}")]
    UnknownPeriod {
        /// Period of the signature.
        signature: Period,
        /// The last period with a known committee.
        known: Period,
    },
    /// A header of a slot with an execution payload comes without one.
    #[error("the header of slot {slot} has no execution part of its fork")]
    MissingExecution {
        /// The header's slot.
        slot: Slot,
    },
    /// A header of a slot before Capella comes with execution fields that are not zero.
    #[error("the header of slot {slot}, before Capella, has execution fields that are not zero")]
    UnexpectedExecution {
        /// The header's slot.
        slot: Slot,
    },
    /// A header of a slot before Deneb has blob gas that is not zero.
    #[error("the header of slot {slot}, before Deneb, has blob gas that is not zero")]
    UnexpectedBlobGas {
        /// The header's slot.
        slot: Slot,
    },
    /// A header of a slot from Deneb on has no blob gas.
    #[error("the header of slot {slot}, from Deneb on, has no blob gas")]
    MissingBlobGas {
        /// The header's slot.
        slot: Slot,
    },
    /// The execution part is not in the block's body.
    #[error("execution branch of the header of slot {slot}: {source}")]
    ExecutionBranch {
        /// The header's slot.
        slot: Slot,
        /// What is wrong with the branch.
        source: BranchRejection,
    },
    /// The current committee is not in the bootstrap's state.
    #[error("current sync committee branch: {0}")]
    CurrentCommitteeBranch(BranchRejection),
    /// The next committee is not in the attested state.
    #[error("next sync committee branch: {0}")]
    NextCommitteeBranch(BranchRejection),
    /// The finalized header is not in the attested state.
    #[error("finality branch: {0}")]
    FinalityBranch(BranchRejection),
    /// The finality branch is zero, the header it stands for is not.
    #[error("a finalized header of slot {slot} without a branch")]
    UnprovedFinalizedHeader {
        /// The header's slot.
        slot: Slot,
    },
    /// The next-committee branch is zero, the committee is not.
    #[error("a next sync committee without a branch")]
    UnprovedNextCommittee,
    /// A finalized header at the genesis slot has fields that are not zero.
    #[error("a finalized header at genesis must be all zero")]
    GenesisHeaderNotZero,
    /// The next committee differs from the one already known for the period.
    #[error("next sync committee {got}, known is {known}")]
    NextCommitteeDiffers {
        /// Root of the update's.
        got: Hash32,
        /// Root of the known one.
        known: Hash32,
    },
    /// A key is the point at infinity.
    #[error("key {index} is the point at infinity")]
    InfiniteKey {
        /// Position in the committee.
        index: usize,
    },
    /// A key is not a compressed point of the curve.
    #[error("key {index} is not a compressed point of the curve")]
    MalformedKey {
        /// Position in the committee.
        index: usize,
    },
    /// A key is not in the prime-order subgroup.
    #[error("key {index} is not in the subgroup")]
    KeyOutsideSubgroup {
        /// Position in the committee.
        index: usize,
    },
    /// The aggregate key is not the members' sum.
    #[error("the committee's aggregate key is not the sum of its keys")]
    AggregateKey,
    /// The signature is no point of the subgroup, or the point at infinity.
    #[error("the signature is not a point of the signatures' group other than infinity")]
    MalformedSignature,
    /// The participants did not sign this header.
    #[error("the signature of {participants} participants is not over signing root {signing_root}")]
    WrongSignature {
        /// How many are said to have signed.
        participants: usize,
        /// What they would have signed: the attested header under the fork of its signature's slot.
        signing_root: Hash32,
    },
    /// Valid, and nothing new: neither a newer header nor the missing next committee.
    #[error(
        "attested slot {attested} is not above the finalized slot {finalized} and brings no missing committee"
    )]
    NotRelevant {
        /// The attested header's slot.
        attested: Slot,
        /// The trusted finalized header's slot.
        finalized: Slot,
    },
}

impl Rejection {
    /// Whether the update is merely of no use: it may be true, and it changes nothing.
    pub fn is_irrelevance(&self) -> bool {
        matches!(self, Self::PastPeriod { .. } | Self::NotRelevant { .. })
    }
}
