//! What is the same in every run: the network, its chains, its keys, and what honest nodes say.

use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use wire::{
    attestation::Attestation,
    eip712::{Digest, Domain, Statement as _},
    evidence::Finality,
    signature::{Signature, address_of},
    tree::EMPTY_ROOT,
    types::{Address, ChainId, Hash, NetworkId},
};

use crate::proto::message::{Said, Vouched};

/// The network of all runs.
pub(super) const NETWORK: NetworkId = NetworkId(Hash([0x51; 32]));
/// The time at which runs begin.
pub(super) const EPOCH_MS: u64 = 1_700_000_000_000;
/// A chain whose final blocks cannot be replaced, and one whose can.
pub(super) const CHAINS: [(ChainId, Finality); 2] = [
    (ChainId(1), Finality::Finalising),
    (ChainId(2), Finality::Probabilistic),
];

/// A member's key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) address: Address,
    pub(super) domain: Domain,
    secret: SecretKey,
}

impl Key {
    pub(super) fn new(number: usize) -> Self {
        let mut bytes = [1; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        let secret = SecretKey::from_secret_bytes(bytes).expect("a small number is a key");
        Self {
            address: address_of(&PublicKey::from_secret_key(&secret)),
            domain: Domain::new(NETWORK),
            secret,
        }
    }

    pub(super) fn sign(&self, digest: Digest) -> Signature {
        let signature =
            RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), &self.secret);
        let (id, rs) = signature.serialize_compact();
        Signature::from_parts(rs, id.to_u8() == 1)
    }

    pub(super) fn vouch(&self, attestation: Attestation) -> Vouched {
        Vouched {
            author: self.address,
            said: Said::Attestation(attestation),
            signature: self.sign(attestation.digest(&self.domain)),
        }
    }
}

/// What honest nodes say about a block.
pub(super) fn truth(chain: ChainId, height: u64) -> Attestation {
    let mut hash = [0x77; 32];
    hash[0] = u8::try_from(chain.0).unwrap_or(0);
    hash[1..9].copy_from_slice(&height.to_be_bytes());
    Attestation {
        chain,
        height,
        block_hash: Hash(hash),
        timestamp: height,
        previous: height - 1,
        first_seq: 0,
        event_count: 0,
        events_root: EMPTY_ROOT,
    }
}

/// What stood at a height of a chain without finality before it was replaced.
pub(super) fn orphan(chain: ChainId, height: u64) -> Attestation {
    Attestation {
        block_hash: Hash([0x0f; 32]),
        ..truth(chain, height)
    }
}
