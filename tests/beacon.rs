//! A beacon chain in miniature: committees with secret keys, sparse states, signed updates. And networks that only test
//! data needs.
//!
//! Tests reach every rule of the light client with objects that are right in all but one respect. Nothing in the client
//! is opened for this: a state is a sparse Merkle tree that holds just the proved nodes, so that any committee can be
//! made the trusted one by a bootstrap of our own.

use std::{borrow::Cow, collections::BTreeMap};

use blst::min_pk::{AggregatePublicKey, AggregateSignature, PublicKey, SecretKey};
use light_client::{
    ChainNumber, Checkpoint, Hash32, UnixSeconds,
    ethereum::{
        self, Params, TrustedState,
        network::{Fork, ForkEntry, MAINNET, Network, Preset},
        types::{
            BeaconBlockHeader, BlobGas, Bootstrap, Epoch, Execution, ExecutionPayloadHeader, FinalizedHeader,
            LightClientHeader, NextSyncCommittee, PayloadType, Slot, SyncAggregate, SyncCommittee, Update,
        },
    },
    proof::ssz::{GeneralizedIndex, hash_pair, padded},
};

const CIPHERSUITE: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// The retired Goerli network.
pub(crate) fn goerli() -> Network {
    let forks = [
        (Fork::Phase0, 0x1020, 0),
        (Fork::Altair, 0x0100_1020, 36_660),
        (Fork::Bellatrix, 0x0200_1020, 112_260),
        (Fork::Capella, 0x0300_1020, 162_304),
        (Fork::Deneb, 0x0400_1020, 231_680),
    ];
    Network {
        genesis_time: UnixSeconds(1_616_508_000),
        genesis_validators_root: "043db0d9a83813551ee2f33450d23797757d430911a9320530ad8a0eabc43efb"
            .parse()
            .unwrap(),
        ..with_forks(MAINNET, &forks)
    }
}

/// `network` with another schedule.
pub(crate) fn with_forks(network: Network, forks: &[(Fork, u32, u64)]) -> Network {
    let forks = forks.iter().map(|&(fork, version, epoch)| ForkEntry {
        fork,
        version: version.to_be_bytes(),
        epoch: Epoch(epoch),
    });
    Network {
        forks: Cow::Owned(forks.collect()),
        ..network
    }
}

/// A devnet of the minimal preset with every fork up to `fork` at genesis.
pub(crate) fn devnet(fork: Fork) -> Network {
    let all = [
        Fork::Phase0,
        Fork::Altair,
        Fork::Bellatrix,
        Fork::Capella,
        Fork::Deneb,
        Fork::Electra,
        Fork::Fulu,
        Fork::Gloas,
    ];
    let forks: Vec<_> = all
        .into_iter()
        .filter(|other| *other <= fork)
        .map(|fork| (fork, 0x0100_0000 * fork as u32 + 1, 0))
        .collect();
    let network = Network {
        preset: Preset::MINIMAL,
        genesis_time: UnixSeconds(1_000),
        genesis_validators_root: Hash32([0x42; 32]),
        ..MAINNET
    };
    with_forks(network, &forks)
}

/// Parameters that never run out of trust.
pub(crate) fn params(network: Network) -> Params {
    Params {
        trusting_period_seconds: u64::MAX,
        ..Params::new(network)
    }
}

/// A sparse Merkle tree: the nodes that matter, zero everywhere else.
pub(crate) struct Tree(BTreeMap<u64, Hash32>);

impl Tree {
    pub(crate) fn new(nodes: impl IntoIterator<Item = (GeneralizedIndex, Hash32)>) -> Self {
        Self(nodes.into_iter().map(|(index, node)| (index.0, node)).collect())
    }

    fn node(&self, index: u64) -> Hash32 {
        if let Some(node) = self.0.get(&index) {
            return *node;
        }
        let is_above =
            |below: &u64| below.ilog2() > index.ilog2() && below >> (below.ilog2() - index.ilog2()) == index;
        if self.0.keys().any(is_above) {
            return hash_pair(&self.node(2 * index), &self.node(2 * index + 1));
        }
        Hash32::ZERO
    }

    pub(crate) fn root(&self) -> Hash32 {
        self.node(1)
    }

    pub(crate) fn branch(&self, index: GeneralizedIndex) -> Vec<Hash32> {
        let mut position = index.0;
        let mut branch = Vec::new();
        while position > 1 {
            branch.push(self.node(position ^ 1));
            position /= 2;
        }
        branch
    }
}

/// A sync committee with its secret keys.
#[derive(Clone)]
pub(crate) struct Signers {
    keys: Vec<SecretKey>,
    pub(crate) committee: SyncCommittee,
}

impl Signers {
    pub(crate) fn new(seed: u8, size: usize) -> Self {
        let key = |index: usize| {
            let mut material = [seed; 32];
            material[..8].copy_from_slice(&(index as u64).to_le_bytes());
            SecretKey::key_gen(&material, &[]).unwrap()
        };
        let keys: Vec<SecretKey> = (0..size).map(key).collect();
        let publics: Vec<PublicKey> = keys.iter().map(SecretKey::sk_to_pk).collect();
        let committee = committee_of(&publics);
        Self { keys, committee }
    }

    /// Signature of the first `participants` members.
    pub(crate) fn sign(&self, signing_root: Hash32, participants: usize) -> SyncAggregate {
        let mut bits = vec![0; self.keys.len().div_ceil(8)];
        (0..participants).for_each(|index| bits[index / 8] |= 1 << (index % 8));
        let signatures: Vec<_> = self.keys[..participants]
            .iter()
            .map(|key| key.sign(&signing_root.0, CIPHERSUITE, &[]))
            .collect();
        let signatures: Vec<_> = signatures.iter().collect();
        let signature = AggregateSignature::aggregate(&signatures, false)
            .map_or(infinity(), |aggregate| aggregate.to_signature().compress());
        SyncAggregate { bits, signature }
    }
}

/// The compressed point at infinity.
pub(crate) fn infinity<const N: usize>() -> [u8; N] {
    let mut point = [0; N];
    point[0] = 0xc0;
    point
}

/// A committee of these keys with their sum.
pub(crate) fn committee_of(keys: &[PublicKey]) -> SyncCommittee {
    let references: Vec<&PublicKey> = keys.iter().collect();
    let sum = AggregatePublicKey::aggregate(&references, false).unwrap();
    SyncCommittee {
        pubkeys: keys.iter().map(PublicKey::compress).collect(),
        aggregate_pubkey: sum.to_public_key().compress(),
    }
}

/// `compute_signing_root` of a header under a network's version for a signature's slot; the tests' own arithmetic.
pub(crate) fn signing_root(network: &Network, header: &BeaconBlockHeader, signature_slot: Slot) -> Hash32 {
    let epoch = Epoch((signature_slot.0.max(1) - 1) / network.preset.slots_per_epoch.get());
    let entry = network
        .forks
        .iter()
        .rev()
        .find(|entry| entry.epoch <= epoch)
        .unwrap();
    signing_root_with(network, header, entry.version)
}

/// The same under a version of the caller's choice.
pub(crate) fn signing_root_with(network: &Network, header: &BeaconBlockHeader, version: [u8; 4]) -> Hash32 {
    let fork_data = hash_pair(&padded(&version), &network.genesis_validators_root);
    let mut domain = [0; 32];
    domain[0] = 7;
    domain[4..].copy_from_slice(&fork_data.0[..28]);
    hash_pair(&header.root(), &Hash32(domain))
}

/// A header of a block whose state holds `state` and whose execution part fits the slot's fork.
pub(crate) fn header(network: &Network, slot: u64, state_root: Hash32) -> LightClientHeader {
    let fork = network.fork(Slot(slot));
    let (execution, node) = match fork {
        Fork::Phase0 | Fork::Altair | Fork::Bellatrix => (Execution::Absent, None),
        Fork::Gloas => {
            let hash = padded(&slot.to_le_bytes());
            (Execution::BlockHash(hash), Some((GeneralizedIndex(2856), hash)))
        }
        _ => {
            let payload = payload(slot, fork);
            let kind = if fork >= Fork::Deneb {
                PayloadType::Deneb
            } else {
                PayloadType::Capella
            };
            let root = payload.root(kind);
            (
                Execution::Payload(Box::new(payload)),
                Some((GeneralizedIndex(25), root)),
            )
        }
    };
    let body = Tree::new(node);
    LightClientHeader {
        beacon: BeaconBlockHeader {
            slot: Slot(slot),
            proposer_index: 3,
            parent_root: Hash32([9; 32]),
            state_root,
            body_root: body.root(),
        },
        execution,
        execution_branch: node.map_or(Vec::new(), |(index, _)| body.branch(index)),
    }
}

fn payload(slot: u64, fork: Fork) -> ExecutionPayloadHeader {
    ExecutionPayloadHeader {
        parent_hash: Hash32([1; 32]),
        fee_recipient: [2; 20],
        state_root: Hash32([3; 32]),
        receipts_root: Hash32([4; 32]),
        logs_bloom: Box::new([0; 256]),
        prev_randao: Hash32([5; 32]),
        block_number: slot,
        gas_limit: 30_000_000,
        gas_used: 21_000,
        timestamp: 12 * slot,
        extra_data: b"viaduct".to_vec(),
        base_fee_per_gas: ruint::aliases::U256::from(7),
        block_hash: Hash32([6; 32]),
        transactions_root: Hash32([7; 32]),
        withdrawals_root: Hash32([8; 32]),
        blob_gas: (fork >= Fork::Deneb).then(BlobGas::default),
    }
}

/// A trusted state whose finalized header is at `slot`, in the period of `committee`.
pub(crate) fn trust(network: &Network, slot: u64, committee: &SyncCommittee) -> TrustedState {
    let bootstrap = bootstrap(network, slot, committee);
    let now = network.time(Slot(slot));
    ethereum::bootstrap(&checkpoint(&bootstrap), &bootstrap, &params(network.clone()), now).unwrap()
}

/// A bootstrap of our own making.
pub(crate) fn bootstrap(network: &Network, slot: u64, committee: &SyncCommittee) -> Bootstrap {
    let index = network.fork(Slot(slot)).state_indices().current_sync_committee;
    let state = Tree::new([(index, committee.root())]);
    Bootstrap {
        header: header(network, slot, state.root()),
        current_sync_committee: committee.clone(),
        current_sync_committee_branch: state.branch(index),
    }
}

/// A checkpoint at a bootstrap's own block, which never expires.
pub(crate) fn checkpoint(bootstrap: &Bootstrap) -> Checkpoint {
    Checkpoint {
        chain: ChainNumber(1),
        height: bootstrap.header.beacon.slot.0,
        hash: bootstrap.header.beacon.root(),
        not_after: UnixSeconds(u64::MAX),
    }
}

/// What a signed update should hold.
pub(crate) struct Draft<'a> {
    pub(crate) attested: u64,
    pub(crate) signature: u64,
    /// Slot of the finalized header; `None`: no finality.
    pub(crate) finalized: Option<u64>,
    pub(crate) next: Option<&'a SyncCommittee>,
    pub(crate) participants: usize,
}

impl Draft<'_> {
    /// Builds the update's objects and has the committee sign.
    pub(crate) fn signed_by(&self, network: &Network, signers: &Signers) -> Update {
        let indices = network.fork(Slot(self.attested)).state_indices();
        let finalized = self.finalized.map(|slot| match slot {
            0 => zero_header(network),
            slot => header(network, slot, Hash32([0xaa; 32])),
        });
        let finalized_root = finalized.as_ref().map(|header| match header.is_zero() {
            true => Hash32::ZERO,
            false => header.beacon.root(),
        });
        let epoch = padded(&self.finalized.unwrap_or(0).max(1).to_le_bytes());
        let nodes = [
            finalized_root.map(|root| (indices.finalized_root, root)),
            finalized_root.map(|_| (GeneralizedIndex(indices.finalized_root.0 ^ 1), epoch)),
            self.next.map(|next| (indices.next_sync_committee, next.root())),
            // A current committee, so that no branch is zero by chance.
            Some((indices.current_sync_committee, Hash32([0xcc; 32]))),
        ];
        let state = Tree::new(nodes.into_iter().flatten());
        let attested = header(network, self.attested, state.root());
        let mut update = Update {
            attested_header: attested,
            next_sync_committee: self.next.map(|next| NextSyncCommittee {
                committee: next.clone(),
                branch: state.branch(indices.next_sync_committee),
            }),
            finality: finalized.map(|header| FinalizedHeader {
                header,
                branch: state.branch(indices.finalized_root),
            }),
            sync_aggregate: SyncAggregate {
                bits: Vec::new(),
                signature: [0; 96],
            },
            signature_slot: Slot(self.signature),
        };
        resign(&mut update, network, signers, self.participants);
        update
    }
}

/// Signs an update anew after its attested header was changed.
pub(crate) fn resign(update: &mut Update, network: &Network, signers: &Signers, participants: usize) {
    let root = signing_root(network, &update.attested_header.beacon, update.signature_slot);
    update.sync_aggregate = signers.sign(root, participants);
}

fn zero_header(network: &Network) -> LightClientHeader {
    let mut zero = header(network, 0, Hash32::ZERO);
    zero.beacon = BeaconBlockHeader::default();
    zero.execution_branch
        .iter_mut()
        .for_each(|hash| *hash = Hash32::ZERO);
    zero.execution = match zero.execution {
        Execution::Payload(payload) => Execution::Payload(Box::new(ExecutionPayloadHeader {
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
            base_fee_per_gas: ruint::aliases::U256::ZERO,
            block_hash: Hash32::ZERO,
            transactions_root: Hash32::ZERO,
            withdrawals_root: Hash32::ZERO,
            blob_gas: payload.blob_gas.map(|_| BlobGas::default()),
        })),
        Execution::BlockHash(_) => Execution::BlockHash(Hash32::ZERO),
        Execution::Absent => Execution::Absent,
    };
    zero
}
