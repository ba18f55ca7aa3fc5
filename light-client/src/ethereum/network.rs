//! What differs between networks and forks, as data: schedule, sizes, times and generalized indices.
//!
//! | | Altair | Capella | Deneb | Electra, Fulu | Gloas |
//! |---|---|---|---|---|---|
//! | finalized root | 105 | 105 | 105 | 169 | 735 |
//! | current committee | 54 | 54 | 54 | 86 | 2945 |
//! | next committee | 55 | 55 | 55 | 87 | 2946 |
//! | `block_roots` | 37 | 37 | 37 | 69 | 352 |
//! | execution payload in the body | - | 25 | 25 | 25 | - |
//! | block hash in the body | - | 412 | 812 | 812 | 2856 |
//!
//! Sources: consensus-specs, `light-client/sync-protocol.md` of each fork; the networks' published configurations.
//! Blob-parameter forks change the digest that servers put before SSZ objects ([`Network::fork_of_digest`]) and nothing else:
//! the signing version stays the named fork's.

use alloc::{borrow::Cow, vec::Vec};
use core::num::NonZeroU64;

use super::types::{Epoch, Period, Slot};
use crate::{
    Hash32, UnixSeconds,
    proof::ssz::{GeneralizedIndex, hash_pair, padded},
};
use sha2::{Digest as _, Sha256};

/// A named consensus fork that changed what a light client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "lowercase")]
pub enum Fork {
    /// Before sync committees: a light client sees nothing of it but its version.
    Phase0,
    /// Sync committees.
    Altair,
    /// The merge: nothing new in light-client objects.
    Bellatrix,
    /// Headers carry the execution payload header.
    Capella,
    /// Payload headers carry blob gas.
    Deneb,
    /// The beacon state grew: deeper branches.
    Electra,
    /// Objects as in Electra.
    Fulu,
    /// Headers carry the execution block hash only.
    Gloas,
}

impl Fork {
    /// Indices into the beacon state of a block of this fork.
    pub fn state_indices(self) -> StateIndices {
        match self {
            Self::Gloas => StateIndices::new(735, 2945, 2946, 352),
            Self::Electra | Self::Fulu => StateIndices::new(169, 86, 87, 69),
            _ => StateIndices::new(105, 54, 55, 37),
        }
    }

    /// Index of the execution block hash in the body of a block of this fork; `None` before Capella.
    pub fn block_hash_index(self) -> Option<GeneralizedIndex> {
        match self {
            Self::Phase0 | Self::Altair | Self::Bellatrix => None,
            Self::Capella => Some(GeneralizedIndex(412)),
            Self::Deneb | Self::Electra | Self::Fulu => Some(GeneralizedIndex(812)),
            Self::Gloas => Some(GeneralizedIndex(2856)),
        }
    }

    /// Index of `historical_summaries` in the beacon state; `None` before Capella, and in Gloas, where the list's tree
    /// grows with it.
    pub fn historical_summaries_index(self) -> Option<GeneralizedIndex> {
        match self {
            Self::Capella | Self::Deneb => Some(GeneralizedIndex(59)),
            Self::Electra | Self::Fulu => Some(GeneralizedIndex(91)),
            Self::Phase0 | Self::Altair | Self::Bellatrix | Self::Gloas => None,
        }
    }

    /// Hashes in the execution branch of this fork's header container.
    pub fn execution_branch_length(self) -> usize {
        match self {
            Self::Phase0 | Self::Altair | Self::Bellatrix => 0,
            Self::Capella | Self::Deneb | Self::Electra | Self::Fulu => EXECUTION_PAYLOAD_INDEX.depth(),
            Self::Gloas => 11,
        }
    }
}

/// Index of the execution payload in a beacon block's body, Capella to Fulu.
pub const EXECUTION_PAYLOAD_INDEX: GeneralizedIndex = GeneralizedIndex(25);

/// Where the beacon state holds what light clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateIndices {
    /// `finalized_checkpoint.root`
    pub finalized_root: GeneralizedIndex,
    /// `current_sync_committee`
    pub current_sync_committee: GeneralizedIndex,
    /// `next_sync_committee`
    pub next_sync_committee: GeneralizedIndex,
    /// `block_roots`
    pub block_roots: GeneralizedIndex,
}

impl StateIndices {
    fn new(finalized: u64, current: u64, next: u64, block_roots: u64) -> Self {
        Self {
            finalized_root: GeneralizedIndex(finalized),
            current_sync_committee: GeneralizedIndex(current),
            next_sync_committee: GeneralizedIndex(next),
            block_roots: GeneralizedIndex(block_roots),
        }
    }
}

/// Sizes that a network's build fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Members of a sync committee: 512 (mainnet) or 32 (minimal).
    pub sync_committee_size: usize,
    /// Slots of an epoch.
    pub slots_per_epoch: NonZeroU64,
    /// Epochs of a sync-committee period.
    pub epochs_per_period: NonZeroU64,
    /// Roots that the beacon state's `block_roots` holds; a power of two.
    pub slots_per_historical_root: NonZeroU64,
}

/// The largest committee of any preset: the bound of every decoder.
pub const MAX_SYNC_COMMITTEE_SIZE: usize = 512;

const fn nonzero(value: u64) -> NonZeroU64 {
    match NonZeroU64::new(value) {
        Some(value) => value,
        None => NonZeroU64::MIN,
    }
}

impl Preset {
    /// 512 members, 32 slots, 256 epochs.
    pub const MAINNET: Self = Self {
        sync_committee_size: 512,
        slots_per_epoch: nonzero(32),
        epochs_per_period: nonzero(256),
        slots_per_historical_root: nonzero(8192),
    };
    /// 32 members, 8 slots, 8 epochs.
    pub const MINIMAL: Self = Self {
        sync_committee_size: 32,
        slots_per_epoch: nonzero(8),
        epochs_per_period: nonzero(8),
        slots_per_historical_root: nonzero(64),
    };

    /// Slots of a sync-committee period; also the time after which an update may be forced.
    pub fn slots_per_period(&self) -> NonZeroU64 {
        self.slots_per_epoch.saturating_mul(self.epochs_per_period)
    }

    /// Sync-committee period of a slot.
    pub fn period(&self, slot: Slot) -> Period {
        Period(slot.0.checked_div(self.slots_per_period().get()).unwrap_or(0))
    }
}

/// One row of a network's schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkEntry {
    /// The fork.
    pub fork: Fork,
    /// Its version, signed over.
    pub version: [u8; 4],
    /// Its first epoch.
    pub epoch: Epoch,
}

/// A change of the blob limit between forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobParameters {
    /// First epoch of the limit.
    pub epoch: Epoch,
    /// Blobs per block.
    pub max_blobs: u64,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Sizes.
    pub preset: Preset,
    /// Seconds of a slot.
    pub seconds_per_slot: NonZeroU64,
    /// Time of slot 0.
    pub genesis_time: UnixSeconds,
    /// Root of the genesis validators: part of every signing domain.
    pub genesis_validators_root: Hash32,
    /// Forks, ascending; the first one starts at epoch 0.
    pub forks: Cow<'static, [ForkEntry]>,
    /// Blob limits since Electra, ascending.
    pub blob_schedule: Cow<'static, [BlobParameters]>,
}

impl Network {
    /// Epoch of a slot.
    pub fn epoch(&self, slot: Slot) -> Epoch {
        Epoch(slot.0.checked_div(self.preset.slots_per_epoch.get()).unwrap_or(0))
    }

    /// Sync-committee period of a slot.
    pub fn period(&self, slot: Slot) -> Period {
        self.preset.period(slot)
    }

    /// Time at which a slot starts.
    pub fn time(&self, slot: Slot) -> UnixSeconds {
        self.genesis_time
            .plus(slot.0.saturating_mul(self.seconds_per_slot.get()))
    }

    /// The slot that `now` falls into; slot 0 before genesis.
    pub fn slot_at(&self, now: UnixSeconds) -> Slot {
        let since = now.since(self.genesis_time);
        Slot(since.checked_div(self.seconds_per_slot.get()).unwrap_or(0))
    }

    /// The fork in force at an epoch.
    fn entry(&self, epoch: Epoch) -> Option<&ForkEntry> {
        self.forks.iter().rev().find(|entry| entry.epoch <= epoch)
    }

    /// The fork of a block at a slot.
    pub fn fork(&self, slot: Slot) -> Fork {
        self.entry(self.epoch(slot))
            .map_or(Fork::Phase0, |entry| entry.fork)
    }

    /// First slot of a fork; `None` if the network does not schedule it.
    pub fn first_slot(&self, fork: Fork) -> Option<Slot> {
        let entry = self.forks.iter().find(|entry| entry.fork == fork)?;
        entry
            .epoch
            .0
            .checked_mul(self.preset.slots_per_epoch.get())
            .map(Slot)
    }

    /// The version that the committee signs with at `signature_slot`: the fork of the slot before it.
    pub fn signing_version(&self, signature_slot: Slot) -> [u8; 4] {
        let signed_at = Slot(signature_slot.0.max(1).saturating_sub(1));
        self.entry(self.epoch(signed_at))
            .map_or([0; 4], |entry| entry.version)
    }

    /// `hash_tree_root(ForkData)` of a version.
    pub fn fork_data_root(&self, version: [u8; 4]) -> Hash32 {
        hash_pair(&padded(&version), &self.genesis_validators_root)
    }

    /// The fork whose containers follow a 4-byte fork digest; `None` for a digest of no fork of this network.
    pub fn fork_of_digest(&self, digest: [u8; 4]) -> Option<Fork> {
        self.forks
            .iter()
            .find(|entry| self.digests(entry).contains(&digest))
            .map(|entry| entry.fork)
    }

    /// Every digest under which a fork's objects are served: one, and from Fulu one per blob limit in force during it.
    fn digests(&self, entry: &ForkEntry) -> Vec<[u8; 4]> {
        let base = self.fork_data_root(entry.version);
        if entry.fork < Fork::Fulu {
            return Vec::from([first_four(&base.0)]);
        }
        let end = self
            .forks
            .iter()
            .map(|other| other.epoch)
            .find(|epoch| *epoch > entry.epoch);
        let in_force = |limit: &&BlobParameters| end.is_none_or(|end| limit.epoch < end);
        let limits = self.blob_schedule.iter().filter(in_force);
        limits.map(|limit| masked_digest(&base, limit)).collect()
    }
}

fn first_four(bytes: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = *bytes;
    [a, b, c, d]
}

/// Fulu's digest: the fork data root masked with the blob limit in force.
fn masked_digest(base: &Hash32, limit: &BlobParameters) -> [u8; 4] {
    let mut hasher = Sha256::new();
    hasher.update(limit.epoch.0.to_le_bytes());
    hasher.update(limit.max_blobs.to_le_bytes());
    let mask: [u8; 32] = hasher.finalize().into();
    let mut digest = first_four(&base.0);
    digest.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    digest
}

macro_rules! forks {
    ($($fork:ident $version:literal at $epoch:literal),+ $(,)?) => {
        Cow::Borrowed(&[$(ForkEntry {
            fork: Fork::$fork,
            version: u32::to_be_bytes($version),
            epoch: Epoch($epoch),
        }),+])
    };
}

/// Ethereum mainnet.
pub const MAINNET: Network = Network {
    preset: Preset::MAINNET,
    seconds_per_slot: nonzero(12),
    genesis_time: UnixSeconds(1_606_824_023),
    genesis_validators_root: Hash32([
        0x4b, 0x36, 0x3d, 0xb9, 0x4e, 0x28, 0x61, 0x20, 0xd7, 0x6e, 0xb9, 0x05, 0x34, 0x0f, 0xdd, 0x4e, 0x54,
        0xbf, 0xe9, 0xf0, 0x6b, 0xf3, 0x3f, 0xf6, 0xcf, 0x5a, 0xd2, 0x7f, 0x51, 0x1b, 0xfe, 0x95,
    ]),
    forks: forks![
        Phase0 0x00000000 at 0,
        Altair 0x01000000 at 74_240,
        Bellatrix 0x02000000 at 144_896,
        Capella 0x03000000 at 194_048,
        Deneb 0x04000000 at 269_568,
        Electra 0x05000000 at 364_032,
        Fulu 0x06000000 at 411_392,
    ],
    blob_schedule: Cow::Borrowed(&[
        BlobParameters {
            epoch: Epoch(364_032),
            max_blobs: 9,
        },
        BlobParameters {
            epoch: Epoch(412_672),
            max_blobs: 15,
        },
        BlobParameters {
            epoch: Epoch(419_072),
            max_blobs: 21,
        },
    ]),
};

/// The Sepolia test network.
pub const SEPOLIA: Network = Network {
    preset: Preset::MAINNET,
    seconds_per_slot: nonzero(12),
    genesis_time: UnixSeconds(1_655_733_600),
    genesis_validators_root: Hash32([
        0xd8, 0xea, 0x17, 0x1f, 0x3c, 0x94, 0xae, 0xa2, 0x1e, 0xbc, 0x42, 0xa1, 0xed, 0x61, 0x05, 0x2a, 0xcf,
        0x3f, 0x92, 0x09, 0xc0, 0x0e, 0x4e, 0xfb, 0xaa, 0xdd, 0xac, 0x09, 0xed, 0x9b, 0x80, 0x78,
    ]),
    forks: forks![
        Phase0 0x90000069 at 0,
        Altair 0x90000070 at 50,
        Bellatrix 0x90000071 at 100,
        Capella 0x90000072 at 56_832,
        Deneb 0x90000073 at 132_608,
        Electra 0x90000074 at 222_464,
        Fulu 0x90000075 at 272_640,
        Gloas 0x90000076 at 353_024,
    ],
    blob_schedule: Cow::Borrowed(&[
        BlobParameters {
            epoch: Epoch(222_464),
            max_blobs: 9,
        },
        BlobParameters {
            epoch: Epoch(274_176),
            max_blobs: 15,
        },
        BlobParameters {
            epoch: Epoch(275_712),
            max_blobs: 21,
        },
    ]),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_named_and_blob_forks_name_their_container() {
        let cases = [
            ([0x14, 0x04, 0x5b, 0x5a], Fork::Electra),
            ([0x7e, 0x0d, 0x34, 0x47], Fork::Fulu),
            ([0xfd, 0x32, 0xb6, 0x22], Fork::Fulu),
            ([0x74, 0xd0, 0x14, 0x59], Fork::Fulu),
            ([0x66, 0x9e, 0x6c, 0x11], Fork::Gloas),
        ];
        for (digest, fork) in cases {
            assert_eq!(SEPOLIA.fork_of_digest(digest), Some(fork), "{digest:02x?}");
        }
        assert_eq!(SEPOLIA.fork_of_digest([0; 4]), None);
        assert_eq!(
            MAINNET.fork_of_digest([0xbb, 0xa4, 0xda, 0x96]),
            Some(Fork::Capella)
        );
        assert_eq!(
            MAINNET.fork_of_digest([0x6a, 0x95, 0xa1, 0xa9]),
            Some(Fork::Deneb)
        );
    }

    #[test]
    fn the_version_at_a_fork_is_that_of_the_slot_before_the_signature() {
        let first = Slot(364_032 * 32);
        assert_eq!(MAINNET.signing_version(first), [4, 0, 0, 0]);
        assert_eq!(MAINNET.signing_version(Slot(first.0 + 1)), [5, 0, 0, 0]);
        assert_eq!(MAINNET.signing_version(Slot(0)), [0; 4]);
        assert_eq!(MAINNET.fork(first), Fork::Electra);
    }

    #[test]
    fn times_and_slots_agree() {
        let slot = Slot(8_192 * 800 + 5);
        let start = MAINNET.time(slot);
        assert_eq!(MAINNET.slot_at(start), slot);
        assert_eq!(MAINNET.slot_at(UnixSeconds(start.0 - 1)), Slot(slot.0 - 1));
        assert_eq!(MAINNET.slot_at(UnixSeconds(0)), Slot(0));
        assert_eq!(MAINNET.period(slot), Period(800));
    }
}
