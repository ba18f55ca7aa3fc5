//! From gossiped bytes to quorum certificates, on one core: the whole validation against bare secp256k1 over the same digests.
//!
//! Each height is attested by 4 attesters; three of the signatures certify it and the fourth is counted all the same.

use std::collections::{BTreeMap, BTreeSet};

use benches::{Operation, Target, print_table};
use mesh::proto::{
    Action, Event, Mesh, MessageId, Peer, Settings, Topic, UnixMillis, gossip_id,
    message::{Body, Envelope, Said, Vouched},
};
use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use wire::{
    attestation::Attestation,
    attesters::{AttesterSet, Member},
    eip712::{Digest, Domain, Statement},
    encoding::Canonical as _,
    evidence::Finality,
    gossip::{Heartbeat, NodeHealth, Version},
    signature::{Signature, Signed, address_of},
    tree::EMPTY_ROOT,
    types::{ChainId, Hash, NetworkId},
};

const NETWORK: NetworkId = NetworkId(Hash([0x42; 32]));
const CHAIN: ChainId = ChainId(1);
const PEER: Peer = Peer(Hash([1; 32]));
const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const HEIGHTS: u64 = 250;
const ATTESTERS: u8 = 4;

fn key(number: u8) -> SecretKey {
    SecretKey::from_secret_bytes([number; 32]).expect("a small number is a key")
}

fn recoverable(key: &SecretKey, digest: Digest) -> RecoverableSignature {
    RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), key)
}

fn signature(signed: &RecoverableSignature) -> Signature {
    let (id, rs) = signed.serialize_compact();
    Signature::from_parts(rs, id.to_u8() == 1)
}

fn attestation(height: u64) -> Attestation {
    Attestation {
        chain: CHAIN,
        height,
        block_hash: Hash([7; 32]),
        timestamp: height,
        previous: 0,
        first_seq: 0,
        event_count: 0,
        events_root: EMPTY_ROOT,
    }
}

fn gossip(topic: Topic, body: Body) -> Event {
    let envelope = Envelope {
        network: NETWORK,
        set_id: 1,
        body,
    };
    let bytes = envelope.encode();
    let id: MessageId = gossip_id("bench", &bytes);
    Event::Gossip {
        topic,
        from: PEER,
        id,
        bytes,
    }
}

fn heartbeat() -> Event {
    let statement = Heartbeat {
        attester: address_of(&PublicKey::from_secret_key(&key(1))),
        peer: PEER.0,
        time_ms: NOW.0,
        version: Version {
            major: 0,
            minor: 1,
            patch: 0,
        },
        ledger_height: 0,
        health: NodeHealth::Ready,
        chains: Vec::new(),
    };
    let signature = signature(&recoverable(&key(1), statement.digest(&Domain::new(NETWORK))));
    gossip(
        Topic::Heartbeats,
        Body::Heartbeat(Signed { statement, signature }),
    )
}

/// A mesh that listens to the peer and is final up to the last height.
fn listening() -> Mesh {
    let members = (1..=ATTESTERS).map(|number| Member {
        attester: address_of(&PublicKey::from_secret_key(&key(number))),
        weight: 1,
    });
    let mut members: Vec<_> = members.collect();
    members.sort();
    let settings = Settings {
        network: NETWORK,
        set: AttesterSet::new(1, members).expect("the members are sound"),
        chains: BTreeMap::from([(CHAIN, Finality::Finalising)]),
        peers: BTreeSet::from([PEER]),
    };
    let mut mesh = Mesh::new(settings, NOW).expect("the settings are sound");
    mesh.handle(heartbeat(), NOW);
    let (chain, height) = (CHAIN, HEIGHTS);
    mesh.handle(Event::Finalized { chain, height }, NOW);
    mesh
}

struct Bare {
    message: Message,
    signed: RecoverableSignature,
    key: PublicKey,
}

fn main() {
    let domain = Domain::new(NETWORK);
    let (mut events, mut bare) = (Vec::new(), Vec::new());
    for height in 1..=HEIGHTS {
        for number in 1..=ATTESTERS {
            let (key, said) = (key(number), attestation(height));
            let digest = said.digest(&domain);
            let signed = recoverable(&key, digest);
            let public = PublicKey::from_secret_key(&key);
            let vouched = Vouched {
                author: address_of(&public),
                said: Said::Attestation(said),
                signature: signature(&signed),
            };
            events.push(gossip(Topic::Attestations, Body::Vouched(vouched)));
            bare.push(Bare {
                message: Message::from_digest(digest.0),
                signed,
                key: public,
            });
        }
    }
    let certify = || {
        let mut mesh = listening();
        let actions = events.iter().flat_map(|event| mesh.handle(event.clone(), NOW));
        let certified = actions
            .filter(|action| matches!(action, Action::Certified { .. }))
            .count();
        assert_eq!(u64::try_from(certified), Ok(HEIGHTS));
    };
    let recover = || {
        bare.iter()
            .all(|one| one.signed.recover_ecdsa(one.message) == Ok(one.key))
    };
    let verify = || {
        bare.iter()
            .all(|one| one.key.verify(one.message, &one.signed.to_standard()).is_ok())
    };
    assert!(recover() && verify());
    print_table(|table| {
        let (name, target) = ("1,000 attestations to 250 certificates", Target::Speed);
        let peer = "`secp256k1` recovery";
        let time = table.row(Operation { name, peer, target }, certify, recover);
        let (peer, target) = ("`secp256k1` verification", Target::Speed);
        table.row(Operation { name, peer, target }, certify, verify);
        let each = 1_000.0 / time.as_secs_f64();
        println!(
            "\nOn one core: {each:.0} attestations, {:.0} certificates of 3 in 4 per second.",
            each / 4.0
        );
    });
}
