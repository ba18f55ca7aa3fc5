//! One mesh among four attesters, fed by hand.

mod catch_up;
mod collecting;
mod flood;
mod validation;

use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use wire::{
    attesters::Member,
    command::{Halt, HaltReason, Scope},
    eip712::{Digest, Statement},
    gossip::{Heartbeat, NodeHealth, Reobserve, Version},
    signature::{Signature, Signed, address_of},
    types::Hash,
};

use super::{
    message::{Answer, Ask, Gathered, Heights, Item, Question, Vouched},
    *,
};

const NETWORK: NetworkId = NetworkId(Hash([0x42; 32]));
const FINALISING: ChainId = ChainId(1);
const PROBABILISTIC: ChainId = ChainId(2);
const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const ID: MessageId = MessageId(Hash([0x1d; 32]));

fn later(ms: u64) -> UnixMillis {
    UnixMillis(NOW.0 + ms)
}

fn peer(number: u8) -> Peer {
    Peer(Hash([number; 32]))
}

#[derive(Clone)]
struct Key(SecretKey);

impl Key {
    fn new(number: u8) -> Self {
        Self(SecretKey::from_secret_bytes([number; 32]).unwrap())
    }

    fn address(&self) -> Address {
        address_of(&PublicKey::from_secret_key(&self.0))
    }

    fn sign(&self, digest: Digest) -> Signature {
        let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), &self.0);
        let (id, rs) = signature.serialize_compact();
        Signature::from_parts(rs, id.to_u8() == 1)
    }

    fn signed<T: Statement>(&self, statement: T) -> Signed<T> {
        let signature = self.sign(statement.digest(&Domain::new(NETWORK)));
        Signed { statement, signature }
    }

    fn vouch(&self, said: impl Into<Said>) -> Vouched {
        let said = said.into();
        Vouched {
            author: self.address(),
            signature: self.sign(said.digest(&Domain::new(NETWORK))),
            said,
        }
    }

    fn heartbeat(&self, names: Peer, time: UnixMillis) -> Body {
        let heartbeat = Heartbeat {
            attester: self.address(),
            peer: names.0,
            time_ms: time.0,
            version: Version {
                major: 0,
                minor: 1,
                patch: 0,
            },
            ledger_height: 0,
            health: NodeHealth::Ready,
            chains: Vec::new(),
        };
        Body::Heartbeat(self.signed(heartbeat))
    }

    fn reobserve(&self, height: u64, time: UnixMillis) -> Body {
        Body::Reobserve(self.signed(Reobserve {
            attester: self.address(),
            time_ms: time.0,
            chain: FINALISING,
            height,
        }))
    }
}

fn attestation(chain: ChainId, height: u64) -> wire::attestation::Attestation {
    wire::attestation::Attestation {
        chain,
        height,
        block_hash: Hash([7; 32]),
        timestamp: height,
        previous: 0,
        first_seq: 0,
        event_count: 0,
        events_root: wire::tree::EMPTY_ROOT,
    }
}

fn halt(serial: u64) -> Halt {
    Halt {
        serial,
        expiry_ms: u64::MAX,
        scope: Scope::Everything,
        reason: HaltReason::Maintenance,
    }
}

fn set_of(id: u32, keys: &[Key]) -> AttesterSet {
    let members = keys.iter().map(|key| Member {
        attester: key.address(),
        weight: 1,
    });
    let mut members: Vec<_> = members.collect();
    members.sort();
    AttesterSet::new(id, members).unwrap()
}

/// Keys 1 to 4 are the set, peers 1 to 3 are listed and bound to them, our node is attester 4.
struct Bench {
    mesh: Mesh,
    keys: Vec<Key>,
}

impl Bench {
    fn unbound() -> Self {
        let keys: Vec<_> = (1..=4).map(Key::new).collect();
        let settings = Settings {
            network: NETWORK,
            set: set_of(1, &keys),
            chains: [
                (FINALISING, Finality::Finalising),
                (PROBABILISTIC, Finality::Probabilistic),
            ]
            .into(),
            peers: (1..=3).map(peer).collect(),
        };
        let mesh = Mesh::new(settings, NOW).unwrap();
        Self { mesh, keys }
    }

    /// Bound, and with both chains final up to height 100.
    fn new() -> Self {
        let mut bench = Self::unbound();
        for number in 1..=3 {
            let heartbeat = bench.keys[usize::from(number) - 1].heartbeat(peer(number), NOW);
            assert_eq!(bench.gossip(peer(number), heartbeat, NOW), Ok(()));
        }
        for chain in [FINALISING, PROBABILISTIC] {
            bench.mesh.handle(Event::Finalized { chain, height: 100 }, NOW);
        }
        bench
    }

    fn bytes(body: Body) -> (Topic, Vec<u8>) {
        let topic = body.topic();
        let envelope = Envelope {
            network: NETWORK,
            set_id: 1,
            body,
        };
        (topic, envelope.encode())
    }

    fn raw(&mut self, topic: Topic, from: Peer, bytes: Vec<u8>, now: UnixMillis) -> Vec<Action> {
        let id = ID;
        self.mesh.handle(
            Event::Gossip {
                topic,
                from,
                id,
                bytes,
            },
            now,
        )
    }

    fn act(&mut self, from: Peer, body: Body, now: UnixMillis) -> Vec<Action> {
        let (topic, bytes) = Self::bytes(body);
        self.raw(topic, from, bytes, now)
    }

    /// Accepted, or the name of the rejection with what gossip does.
    fn gossip(&mut self, from: Peer, body: Body, now: UnixMillis) -> Result<(), (&'static str, Acceptance)> {
        let (topic, bytes) = Self::bytes(body);
        self.gossip_raw(topic, from, bytes, now)
    }

    fn gossip_raw(
        &mut self,
        topic: Topic,
        from: Peer,
        bytes: Vec<u8>,
        now: UnixMillis,
    ) -> Result<(), (&'static str, Acceptance)> {
        let before = self.mesh.counters().clone();
        let actions = self.raw(topic, from, bytes, now);
        match verdict(&actions) {
            Some(Acceptance::Accept) => Ok(()),
            acceptance => Err((self.newly_rejected(&before), acceptance.expect("a verdict"))),
        }
    }

    fn newly_rejected(&self, before: &Counters) -> &'static str {
        let rejected = self.mesh.counters().rejected.iter();
        rejected
            .filter(|(name, count)| before.rejected.get(*name) != Some(count))
            .map(|(name, _)| *name)
            .next()
            .expect("a rejection was counted")
    }

    fn vouch(&mut self, author: usize, said: impl Into<Said>) -> Result<(), (&'static str, Acceptance)> {
        let vouched = self.keys[author].vouch(said);
        self.gossip(peer(1), Body::Vouched(vouched), NOW)
    }

    fn rejections(&self) -> Vec<&'static str> {
        self.mesh.counters().rejected.keys().copied().collect()
    }
}

fn verdict(actions: &[Action]) -> Option<Acceptance> {
    actions.iter().find_map(|action| match action {
        Action::Verdict { acceptance, .. } => Some(*acceptance),
        _ => None,
    })
}

fn certificates(actions: &[Action]) -> Vec<&Said> {
    let certified = actions.iter().filter_map(|action| match action {
        Action::Certified { said, .. } => Some(said),
        _ => None,
    });
    certified.collect()
}

fn ignored(name: &'static str) -> Result<(), (&'static str, Acceptance)> {
    Err((name, Acceptance::Ignore))
}

fn rejected(name: &'static str) -> Result<(), (&'static str, Acceptance)> {
    Err((name, Acceptance::Reject))
}
