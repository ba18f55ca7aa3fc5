//! The chain of mainnet updates that the Ethereum benches run on, and the peers beside the light client.

use std::fs;

use blst::{
    BLST_ERROR,
    min_pk::{PublicKey, Signature},
};
use light_client::{
    ChainNumber, Checkpoint, Hash32, UnixSeconds,
    ethereum::{
        self, Params, TrustedState,
        network::{Fork, MAINNET},
        ssz,
        types::{SyncCommittee, Update},
    },
    proof::ssz::{hash_pair, padded},
};

const CIPHERSUITE: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// Consecutive periods of Capella on mainnet.
pub(crate) struct Chain {
    /// The client at its checkpoint.
    pub(crate) start: TrustedState,
    /// One update per period; the first is of the checkpoint's.
    pub(crate) updates: Vec<Update>,
    /// Mainnet's, with trust that does not expire.
    pub(crate) params: Params,
    /// The time of the last signature.
    pub(crate) now: UnixSeconds,
    committees: Vec<SyncCommittee>,
}

impl Chain {
    /// Loads the chain from the shared vectors; `None`, after a message, where they are missing.
    ///
    /// # Panics
    /// If the vectors are there and do not hold it.
    pub(crate) fn load() -> Option<Self> {
        let folder = tests::available()?.join("ethereum/mainnet/nimbus_lc");
        let read = |name: &str| fs::read(folder.join(name)).expect("a vector");
        let bootstrap =
            ssz::bootstrap(&read("bootstrap.ssz"), Fork::Capella, &MAINNET.preset).expect("a bootstrap");
        let updates = ssz::update_stream(&read("updates.ssz"), &MAINNET).expect("updates");
        let params = Params {
            trusting_period_seconds: u64::MAX,
            ..Params::new(MAINNET)
        };
        let now = MAINNET.time(updates.last().expect("not empty").signature_slot);
        let checkpoint = Checkpoint {
            chain: ChainNumber(1),
            height: bootstrap.header.beacon.slot.0,
            hash: bootstrap.header.beacon.root(),
            not_after: UnixSeconds(u64::MAX),
        };
        let brought = updates
            .iter()
            .filter_map(|update| update.next_sync_committee.clone())
            .map(|next| next.committee);
        let committees = [bootstrap.current_sync_committee.clone()]
            .into_iter()
            .chain(brought)
            .collect();
        let start = ethereum::bootstrap(&checkpoint, &bootstrap, &params, now).expect("a valid bootstrap");
        Some(Self {
            start,
            updates,
            params,
            now,
            committees,
        })
    }

    /// The signature check alone, its keys decompressed beforehand.
    pub(crate) fn raw_check(&self, update: &Update) -> RawCheck {
        let key = |(key, _): (&[u8; 48], bool)| PublicKey::from_bytes(key).expect("a key");
        let members = self
            .committee(update)
            .pubkeys
            .iter()
            .zip(update.sync_aggregate.participation());
        RawCheck {
            keys: members.filter(|(_, took_part)| *took_part).map(key).collect(),
            signature: Signature::from_bytes(&update.sync_aggregate.signature).expect("a signature"),
            message: signing_root(update),
        }
    }

    /// The least that a verifier without a cache does: decompress the participants' keys and check the signature.
    /// Branches and headers are not even looked at.
    pub(crate) fn straightforward(&self, update: &Update) -> bool {
        self.raw_check(update).holds()
    }

    /// The committee of the period of the update's signature.
    fn committee(&self, update: &Update) -> &SyncCommittee {
        let first = MAINNET.period(self.updates[0].signature_slot).0;
        let period = MAINNET.period(update.signature_slot).0;
        &self.committees[(period - first) as usize]
    }
}

/// A signature with the keys that should have made it.
pub(crate) struct RawCheck {
    keys: Vec<PublicKey>,
    signature: Signature,
    message: Hash32,
}

impl RawCheck {
    /// One `fast_aggregate_verify`.
    pub(crate) fn holds(&self) -> bool {
        let keys: Vec<&PublicKey> = self.keys.iter().collect();
        self.signature
            .fast_aggregate_verify(true, &self.message.0, CIPHERSUITE, &keys)
            == BLST_ERROR::BLST_SUCCESS
    }
}

/// What the committee signed.
fn signing_root(update: &Update) -> Hash32 {
    let version = MAINNET.signing_version(update.signature_slot);
    let fork_data = hash_pair(&padded(&version), &MAINNET.genesis_validators_root);
    let mut domain = [0; 32];
    domain[0] = 7;
    domain[4..].copy_from_slice(&fork_data.0[..28]);
    hash_pair(&update.attested_header.beacon.root(), &Hash32(domain))
}
