//! Keys, sets and headers for tests.

use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use wire::{
    attesters::{AttesterSet, Member},
    consensus::Header,
    eip712::{Digest, Domain, Statement as _},
    signature::{Signature, address_of},
    types::{Address, Hash, NetworkId},
};

use crate::{
    plane::Peer,
    signing::{Ballot, Signer, SigningRefused},
};

/// SplitMix64.
#[derive(Clone)]
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

pub(crate) fn network() -> NetworkId {
    NetworkId(Hash([0x42; 32]))
}

pub(crate) fn domain() -> Domain {
    Domain::new(network())
}

pub(crate) fn key(number: u32) -> SecretKey {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    SecretKey::from_secret_bytes(bytes).unwrap()
}

pub(crate) fn address(key: &SecretKey) -> Address {
    address_of(&PublicKey::from_secret_key(key))
}

pub(crate) fn sign(key: &SecretKey, digest: Digest) -> Signature {
    let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), key);
    let (id, rs) = signature.serialize_compact();
    Signature::from_parts(rs, id.to_u8() == 1)
}

/// Set 1 of `count` members of weight 1, and their keys in the set's order.
pub(crate) fn set_of(count: u32) -> (AttesterSet, Vec<SecretKey>) {
    let mut keys: Vec<_> = (1..=count).map(key).collect();
    keys.sort_by_key(address);
    (set_with(1, &keys), keys)
}

/// The keys' holders, each of weight 1.
pub(crate) fn set_with(id: u32, keys: &[SecretKey]) -> AttesterSet {
    let mut members: Vec<_> = keys
        .iter()
        .map(|key| Member {
            attester: address(key),
            weight: 1,
        })
        .collect();
    members.sort();
    AttesterSet::new(id, members).unwrap()
}

pub(crate) fn header_of(set: &AttesterSet, height: u64) -> Header {
    Header {
        height,
        parent: Hash([3; 32]),
        time_ms: 1_000 * height,
        set_id: set.id(),
        command_count: 0,
        commands_root: Hash::ZERO,
        state_root: Hash([4; 32]),
        outbox_count: 0,
        outbox_root: Hash::ZERO,
        next_set: set.hash(),
    }
}

pub(crate) fn precommit_signature(key: &SecretKey, header: &Header, round: u32) -> (Address, Signature) {
    (address(key), sign(key, header.precommit(round).digest(&domain())))
}

/// A bare key: no guard.
pub(crate) struct KeySigner(pub(crate) SecretKey);

impl Signer for KeySigner {
    fn address(&self) -> Address {
        address(&self.0)
    }

    fn sign(&self, ballot: &Ballot) -> Result<Signature, SigningRefused> {
        Ok(sign(&self.0, ballot.digest(&domain())))
    }
}

/// The peer id of a node: an ed25519 key as libp2p writes it, an identity multihash of 36 bytes.
pub(crate) fn peer(node: usize) -> Peer {
    let mut bytes = vec![0, 36, 8, 1, 18, 32];
    bytes.extend([u8::try_from(node).unwrap() + 1; 32]);
    Peer(bytes)
}
