//! A network of queues with faults: loss, delay, duplication, reordering, partition, and an equivocating voter.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use arc_malachitebft_codec::Codec as _;
use arc_malachitebft_core_consensus::SignedConsensusMsg;
use arc_malachitebft_core_types::{NilOrVal, SignedMessage, VoteType};
use secp256k1::SecretKey;
use tokio::sync::mpsc;
use wire::types::Hash;

use crate::{
    codec::WireCodec,
    context::{BlockId, Context},
    plane::{Incoming, Outgoing, Peer, Plane, SwarmEnd, Topic, pair},
    sample::{Rng, domain, peer, sign},
    signing::vote_digest,
};

/// How bad the network is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) loss_percent: u64,
    pub(crate) duplicate_percent: u64,
    pub(crate) delay_ms: u64,
    /// Up to so much is added to each delay, so that messages overtake each other.
    pub(crate) jitter_ms: u64,
}

struct Shared {
    rng: Rng,
    weather: Weather,
    nodes: HashMap<usize, mpsc::Sender<Incoming>>,
    /// Which side of a partition each node is on; all on one when healed.
    sides: Vec<u8>,
    questions: HashMap<u64, (usize, u64)>,
    next_question: u64,
    malformed: u64,
    equivocators: HashMap<usize, SecretKey>,
}

#[derive(Clone)]
pub(crate) struct Swarm(Arc<Mutex<Shared>>);

fn node_of(peer: &Peer) -> usize {
    usize::from(peer.0[6]) - 1
}

impl Swarm {
    pub(crate) fn new(nodes: usize, seed: u64, weather: Weather) -> Self {
        Self(Arc::new(Mutex::new(Shared {
            rng: Rng(seed),
            weather,
            nodes: HashMap::new(),
            sides: vec![0; nodes],
            questions: HashMap::new(),
            next_question: 0,
            malformed: 0,
            equivocators: HashMap::new(),
        })))
    }

    pub(crate) fn partition(&self, sides: Vec<u8>) {
        self.0.lock().unwrap().sides = sides;
    }

    pub(crate) fn heal(&self) {
        self.0.lock().unwrap().sides.fill(0);
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        self.0.lock().unwrap().weather = weather;
    }

    /// From now on the node votes for a second block whenever it precommits one, each to one half of the others.
    pub(crate) fn equivocates(&self, node: usize, key: SecretKey) {
        self.0.lock().unwrap().equivocators.insert(node, key);
    }

    pub(crate) fn malformed(&self) -> u64 {
        self.0.lock().unwrap().malformed
    }

    /// Joins a node, again after a crash.
    pub(crate) fn join(&self, node: usize) -> Plane {
        let (plane, end) = pair(10_000);
        let SwarmEnd { outgoing, incoming } = end;
        {
            let mut shared = self.0.lock().unwrap();
            for (other, queue) in &shared.nodes {
                if *other != node {
                    let _ = queue.try_send(Incoming::Disconnected(peer(node)));
                    let _ = queue.try_send(Incoming::Connected(peer(node)));
                    let _ = incoming.try_send(Incoming::Connected(peer(*other)));
                }
            }
            shared.nodes.insert(node, incoming);
        }
        tokio::spawn(self.clone().carry(node, outgoing));
        plane
    }

    /// A message from nowhere, as a hostile peer would send it.
    pub(crate) fn inject(&self, from: usize, to: usize, topic: Topic, bytes: Vec<u8>) {
        let from = peer(from);
        self.deliver(node_of(&from), to, Incoming::Published { from, topic, bytes });
    }

    async fn carry(self, node: usize, mut outgoing: mpsc::Receiver<Outgoing>) {
        while let Some(message) = outgoing.recv().await {
            match message {
                Outgoing::Publish { topic, bytes } => self.publish(node, topic, bytes),
                Outgoing::Ask { peer: to, id, bytes } => {
                    let mut shared = self.0.lock().unwrap();
                    shared.next_question += 1;
                    let number = shared.next_question;
                    shared.questions.insert(number, (node, id));
                    drop(shared);
                    let from = peer(node);
                    self.deliver(
                        node,
                        node_of(&to),
                        Incoming::Asked {
                            from,
                            id: number,
                            bytes,
                        },
                    );
                }
                Outgoing::Answer { id, bytes } => {
                    let asked = self.0.lock().unwrap().questions.remove(&id);
                    if let Some((asker, id)) = asked {
                        let from = peer(node);
                        self.deliver(node, asker, Incoming::Answered { from, id, bytes });
                    }
                }
                Outgoing::Malformed { .. } => self.0.lock().unwrap().malformed += 1,
            }
        }
    }

    fn publish(&self, node: usize, topic: Topic, bytes: Vec<u8>) {
        assert!(bytes.len() <= topic.limit());
        let (count, second) = {
            let shared = self.0.lock().unwrap();
            let key = shared.equivocators.get(&node);
            (
                shared.sides.len(),
                key.and_then(|key| other_vote(key, topic, &bytes)),
            )
        };
        for to in (0..count).filter(|to| *to != node) {
            let from = peer(node);
            let bytes = match &second {
                Some(second) if to % 2 == 0 => second.clone(),
                _ => bytes.clone(),
            };
            self.deliver(node, to, Incoming::Published { from, topic, bytes });
        }
        // Everybody hears both in the end, so that everybody can convict.
        if let Some(second) = second {
            for to in (0..count).filter(|to| *to != node) {
                for bytes in [second.clone(), bytes.clone()] {
                    let from = peer(node);
                    self.deliver(node, to, Incoming::Published { from, topic, bytes });
                }
            }
        }
    }

    fn deliver(&self, from: usize, to: usize, message: Incoming) {
        let copies = {
            let mut shared = self.0.lock().unwrap();
            let is_cut = shared.sides[from] != shared.sides[to];
            let weather = shared.weather;
            match is_cut || shared.rng.percent(weather.loss_percent) {
                true => 0,
                false => 1 + u8::from(shared.rng.percent(weather.duplicate_percent)),
            }
        };
        for _ in 0..copies {
            let (swarm, message) = (self.clone(), message.clone());
            let delay = {
                let mut shared = self.0.lock().unwrap();
                let Weather {
                    delay_ms, jitter_ms, ..
                } = shared.weather;
                delay_ms + shared.rng.below(jitter_ms + 1)
            };
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                let queue = swarm.0.lock().unwrap().nodes.get(&to).cloned();
                if let Some(queue) = queue {
                    let _ = queue.try_send(message);
                }
            });
        }
    }
}

/// A second precommit beside the one in `bytes`, for a block that nobody has.
fn other_vote(key: &SecretKey, topic: Topic, bytes: &[u8]) -> Option<Vec<u8>> {
    (topic == Topic::Consensus).then_some(())?;
    let message: SignedConsensusMsg<Context> = WireCodec.decode(bytes.to_vec().into()).ok()?;
    let SignedConsensusMsg::Vote(vote) = message else {
        return None;
    };
    let mut vote = vote.message;
    (vote.kind == VoteType::Precommit && vote.block.is_val()).then_some(())?;
    vote.block = NilOrVal::Val(BlockId(Hash([0xee; 32])));
    let signature = sign(key, vote_digest(&vote, &domain())?);
    let second = SignedConsensusMsg::Vote(SignedMessage::new(vote, signature));
    Some(WireCodec.encode(&second).unwrap().to_vec())
}
