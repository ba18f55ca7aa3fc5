//! Light-client objects in the one form that every wire format and every fork decodes into, and their roots.
//!
//! ```text
//!  Update ── attested_header ── beacon ─ state_root ◄─┬─ next_sync_committee_branch ── next_sync_committee
//!         │                  └─ execution             └─ finality_branch ── root of finalized_header.beacon
//!         ├─ finalized_header
//!         └─ sync_aggregate over attested_header.beacon, made at signature_slot
//! ```
//! Branches keep the length they were served with: a container of a later fork pads them (`proof/ssz.rs`).

use alloc::{boxed::Box, vec, vec::Vec};
use core::fmt;

use ruint::aliases::U256;

use crate::{
    Hash32,
    proof::ssz::{bytes_root, hash_pair, merkleize, padded, short_list_root, uint64_root},
};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}", self.0)
            }
        }
    };
}

number!(
    /// A slot of the beacon chain; 0 is genesis.
    Slot
);
number!(
    /// An epoch of the beacon chain.
    Epoch
);
number!(
    /// A sync-committee period.
    Period
);

impl Period {
    /// The period after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A beacon block's header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeaconBlockHeader {
    /// Slot of the block.
    pub slot: Slot,
    /// Validator index of its proposer.
    pub proposer_index: u64,
    /// Root of the parent block.
    pub parent_root: Hash32,
    /// Root of the state after the block.
    pub state_root: Hash32,
    /// Root of the block's body.
    pub body_root: Hash32,
}

impl BeaconBlockHeader {
    /// `hash_tree_root`: the block's root.
    pub fn root(&self) -> Hash32 {
        let leaves = vec![
            uint64_root(self.slot.0),
            uint64_root(self.proposer_index),
            self.parent_root,
            self.state_root,
            self.body_root,
        ];
        merkleize(leaves, 3)
    }
}

/// Deneb's addition to the payload header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobGas {
    /// `blob_gas_used`
    pub used: u64,
    /// `excess_blob_gas`
    pub excess: u64,
}

/// The execution payload header of Capella to Fulu (the beacon chain's summary, not the RLP header).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionPayloadHeader {
    /// Hash of the parent execution block.
    pub parent_hash: Hash32,
    /// Receiver of the fees.
    pub fee_recipient: [u8; 20],
    /// Root of the state trie.
    pub state_root: Hash32,
    /// Root of the receipts trie.
    pub receipts_root: Hash32,
    /// Bloom filter over the block's logs.
    pub logs_bloom: Box<[u8; 256]>,
    /// Randomness of the slot.
    pub prev_randao: Hash32,
    /// Number of the execution block.
    pub block_number: u64,
    /// Gas limit.
    pub gas_limit: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Time in seconds.
    pub timestamp: u64,
    /// At most 32 bytes.
    pub extra_data: Vec<u8>,
    /// Base fee in wei.
    pub base_fee_per_gas: U256,
    /// Hash of the execution block.
    pub block_hash: Hash32,
    /// SSZ root of the transactions.
    pub transactions_root: Hash32,
    /// SSZ root of the withdrawals.
    pub withdrawals_root: Hash32,
    /// From Deneb's container on.
    pub blob_gas: Option<BlobGas>,
}

/// Which fork's type a payload header is hashed as: decided by the block's slot, not by the container it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadType {
    /// Without blob gas.
    Capella,
    /// With blob gas.
    Deneb,
}

impl ExecutionPayloadHeader {
    /// `hash_tree_root` as the given type. Blob gas that the container lacks counts as zero.
    pub fn root(&self, payload: PayloadType) -> Hash32 {
        let mut leaves = vec![
            self.parent_hash,
            padded(&self.fee_recipient),
            self.state_root,
            self.receipts_root,
            bytes_root(&self.logs_bloom[..]),
            self.prev_randao,
            uint64_root(self.block_number),
            uint64_root(self.gas_limit),
            uint64_root(self.gas_used),
            uint64_root(self.timestamp),
            short_list_root(&self.extra_data),
            padded(&self.base_fee_per_gas.to_le_bytes::<32>()),
            self.block_hash,
            self.transactions_root,
            self.withdrawals_root,
        ];
        if payload == PayloadType::Capella {
            return merkleize(leaves, 4);
        }
        let blob_gas = self.blob_gas.unwrap_or_default();
        leaves.extend([uint64_root(blob_gas.used), uint64_root(blob_gas.excess)]);
        merkleize(leaves, 5)
    }

    /// Whether every field is zero or empty: how a container holds a block that has no payload.
    pub fn is_zero(&self) -> bool {
        let zero = Self {
            parent_hash: Hash32::ZERO,
            fee_recipient: [0; 20],
            state_root: Hash32::ZERO,
            receipts_root: Hash32::ZERO,
            logs_bloom: Box::new([0; 256]),
            prev_randao: Hash32::ZERO,
            block_number: 0,
            gas_limit: 0,
            gas_used: 0,
            timestamp: 0,
            extra_data: Vec::new(),
            base_fee_per_gas: U256::ZERO,
            block_hash: Hash32::ZERO,
            transactions_root: Hash32::ZERO,
            withdrawals_root: Hash32::ZERO,
            blob_gas: self.blob_gas.map(|_| BlobGas::default()),
        };
        *self == zero
    }
}

/// What a header container says about the execution block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The container has no such field (Altair, Bellatrix).
    Absent,
    /// Capella to Fulu.
    Payload(Box<ExecutionPayloadHeader>),
    /// Gloas: the hash of the execution block; its fields come from the RLP header with this hash.
    BlockHash(Hash32),
}

/// A beacon block's header with what it commits to about the execution block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LightClientHeader {
    /// The beacon block's header.
    pub beacon: BeaconBlockHeader,
    /// The execution block.
    pub execution: Execution,
    /// From the execution block to `beacon.body_root`.
    pub execution_branch: Vec<Hash32>,
}

impl LightClientHeader {
    /// Whether every field is zero: how a container holds "no header".
    pub fn is_zero(&self) -> bool {
        let execution_is_zero = match &self.execution {
            Execution::Absent => true,
            Execution::Payload(payload) => payload.is_zero(),
            Execution::BlockHash(hash) => hash.is_zero(),
        };
        execution_is_zero && self.beacon == BeaconBlockHeader::default() && is_zero(&self.execution_branch)
    }
}

/// Whether a branch is the zero form that stands for "absent".
pub(super) fn is_zero(branch: &[Hash32]) -> bool {
    branch.iter().all(Hash32::is_zero)
}

/// A compressed BLS public key.
pub type PublicKeyBytes = [u8; 48];

/// A sync committee as served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncCommittee {
    /// Members in order; a validator may stand several times.
    pub pubkeys: Vec<PublicKeyBytes>,
    /// Sum of the members' keys.
    pub aggregate_pubkey: PublicKeyBytes,
}

impl SyncCommittee {
    /// `hash_tree_root`.
    pub fn root(&self) -> Hash32 {
        let leaves: Vec<Hash32> = self.pubkeys.iter().map(|key| bytes_root(key)).collect();
        let depth = leaves.len().next_power_of_two().trailing_zeros();
        hash_pair(&merkleize(leaves, depth), &bytes_root(&self.aggregate_pubkey))
    }

    /// Whether every key is zero: how a container holds "no committee".
    pub fn is_zero(&self) -> bool {
        let keys = self.pubkeys.iter().chain([&self.aggregate_pubkey]);
        keys.into_iter().all(|key| *key == [0; 48])
    }
}

/// The committee's signature and who took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncAggregate {
    /// One bit per member, lowest bit of the first byte first.
    pub bits: Vec<u8>,
    /// Compressed BLS signature.
    pub signature: [u8; 96],
}

impl SyncAggregate {
    /// Whether each member took part, in order; then the bits beyond the last member, if any.
    pub fn participation(&self) -> impl Iterator<Item = bool> + '_ {
        self.bits
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
    }

    /// How many bits are set.
    pub fn participants(&self) -> usize {
        self.participation().filter(|took_part| *took_part).count()
    }
}

/// What starts a client: a header and the committee of its period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// The trusted block.
    pub header: LightClientHeader,
    /// The committee of the header's period.
    pub current_sync_committee: SyncCommittee,
    /// From the committee to the header's state root.
    pub current_sync_committee_branch: Vec<Hash32>,
}

/// The next period's committee with its branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSyncCommittee {
    /// The committee.
    pub committee: SyncCommittee,
    /// From the committee to the attested header's state root; all zero: the committee is absent.
    pub branch: Vec<Hash32>,
}

/// A finalized header with its branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalizedHeader {
    /// The header.
    pub header: LightClientHeader,
    /// From its root to the attested header's state root; all zero: the header is absent.
    pub branch: Vec<Hash32>,
}

/// An update, finality update or optimistic update: the latter two lack fields (`None`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The header that the committee signed.
    pub attested_header: LightClientHeader,
    /// The committee of the period after the attested header's.
    pub next_sync_committee: Option<NextSyncCommittee>,
    /// What the attested header's state holds as finalized.
    pub finality: Option<FinalizedHeader>,
    /// Signature over the attested header.
    pub sync_aggregate: SyncAggregate,
    /// The slot whose block carried the signature.
    pub signature_slot: Slot,
}

impl Update {
    /// The next committee, unless it is absent or the zero form that stands for absent.
    pub(super) fn committee_brought(&self) -> Option<&NextSyncCommittee> {
        self.next_sync_committee
            .as_ref()
            .filter(|next| !is_zero(&next.branch))
    }

    /// The finalized header, unless it is absent or the zero form that stands for absent.
    pub(super) fn finality_brought(&self) -> Option<&FinalizedHeader> {
        self.finality
            .as_ref()
            .filter(|finality| !is_zero(&finality.branch))
    }

    /// Slot of the finalized header; 0 when there is none.
    pub(super) fn finalized_slot(&self) -> Slot {
        self.finality_brought()
            .map_or(Slot(0), |finality| finality.header.beacon.slot)
    }
}
