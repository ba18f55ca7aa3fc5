//! The clock, the queue, the links and the nodes of a run.

use std::collections::{BTreeMap, BTreeSet};

use wire::{
    attestation::Attestation,
    attesters::{AttesterSet, Member},
    eip712::Statement as _,
    gossip::{Heartbeat, NodeHealth, Version},
    signature::Signed,
    types::{Address, ChainId, Hash},
};

use super::{
    Report, Rng, Violation,
    byzantine::{Raw, contradict, envelope, flood},
    plan::{Fault, Plan},
    truth::{CHAINS, EPOCH_MS, Key, NETWORK, orphan, truth},
};
use crate::proto::{
    Acceptance, Action, Event, Mesh, MessageId, Peer, RequestId, Settings, Topic, UnixMillis, gossip_id,
    message::Body,
};

/// Between two blocks of a chain.
const BLOCK_MS: u64 = 3_000;
/// What the queue holds.
enum Happening {
    Gossip {
        to: usize,
        from: usize,
        raw: Raw,
    },
    Question {
        to: usize,
        from: usize,
        bytes: Vec<u8>,
    },
    Answer {
        to: usize,
        from: usize,
        bytes: Option<Vec<u8>>,
    },
    Block {
        node: usize,
        chain: ChainId,
        height: u64,
    },
    Tick {
        node: usize,
    },
    Crash {
        node: usize,
    },
    Restart {
        node: usize,
    },
}

pub(super) struct Node {
    pub(super) mesh: Mesh,
    pub(super) key: Key,
    pub(super) fault: Option<Fault>,
    skew_ms: u64,
    up: bool,
    /// Content ids that its gossip has seen.
    seen: BTreeSet<MessageId>,
    /// Messages that wait for a verdict.
    pending: BTreeMap<MessageId, Raw>,
    /// What its light client verified; it survives a crash.
    verified: BTreeSet<(ChainId, u64)>,
    pub(super) certified: BTreeMap<(ChainId, u64), Attestation>,
    pub(super) convicted: BTreeSet<Address>,
    /// What a replayer has heard.
    heard: Vec<Raw>,
}

impl Node {
    fn settled(&self, chain: ChainId) -> u64 {
        (1..)
            .take_while(|height| self.certified.contains_key(&(chain, *height)))
            .last()
            .unwrap_or(0)
    }
}

pub(super) struct World {
    pub(super) plan: Plan,
    rng: Rng,
    pub(super) set: AttesterSet,
    now_ms: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    pub(super) nodes: Vec<Node>,
    pub(super) report: Report,
}

/// Runs a plan to its end.
///
/// # Errors
/// The first [`Violation`].
pub fn run(plan: &Plan) -> Result<Report, Violation> {
    let mut world = World::new(plan.clone());
    world.schedule_all();
    while let Some(((at, _), happening)) = world.queue.pop_first() {
        if at > Plan::END_MS {
            break;
        }
        world.now_ms = at;
        world.happen(happening)?;
    }
    world.judge()?;
    Ok(world.report)
}

fn peer(node: usize) -> Peer {
    let mut bytes = [0x0d; 32];
    bytes[..8].copy_from_slice(&node.to_be_bytes());
    Peer(Hash(bytes))
}

fn node_of(peer: Peer) -> usize {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&peer.0.0[..8]);
    usize::from_be_bytes(bytes)
}

fn new_mesh(set: &AttesterSet, nodes: usize, own: usize, now: UnixMillis) -> Mesh {
    let settings = Settings {
        network: NETWORK,
        set: set.clone(),
        chains: CHAINS.into_iter().collect(),
        peers: (0..nodes).filter(|node| *node != own).map(peer).collect(),
    };
    Mesh::new(settings, now).expect("the settings are sound")
}

/// A mesh of the runs' network, of four attesters, that has heard nothing yet.
pub fn bystander(now: UnixMillis) -> Mesh {
    let mut keys: Vec<Key> = (1..=4).map(Key::new).collect();
    keys.sort_by_key(|key| key.address);
    new_mesh(&set_of(&keys), 4, 3, now)
}

/// A peer that is on a [`bystander`]'s list.
pub fn first_peer() -> Peer {
    peer(0)
}

/// The keys' addresses must ascend.
fn set_of(keys: &[Key]) -> AttesterSet {
    let members = keys.iter().map(|key| Member {
        attester: key.address,
        weight: 1,
    });
    AttesterSet::new(1, members.collect()).expect("the members are sound")
}

impl World {
    fn new(plan: Plan) -> Self {
        let mut rng = Rng::new(plan.seed ^ 0xa5a5);
        let mut keys: Vec<Key> = (1..=plan.nodes).map(Key::new).collect();
        keys.sort_by_key(|key| key.address);
        let set = set_of(&keys);
        let nodes = keys.into_iter().enumerate().map(|(index, key)| Node {
            mesh: new_mesh(&set, plan.nodes, index, UnixMillis(EPOCH_MS)),
            key,
            fault: plan.faults[index],
            skew_ms: rng.below(2 * plan.skew_ms + 1),
            up: true,
            seen: BTreeSet::new(),
            pending: BTreeMap::new(),
            verified: BTreeSet::new(),
            certified: BTreeMap::new(),
            convicted: BTreeSet::new(),
            heard: Vec::new(),
        });
        Self {
            nodes: nodes.collect(),
            now_ms: 0,
            order: 0,
            queue: BTreeMap::new(),
            report: Report::default(),
            plan,
            rng,
            set,
        }
    }

    fn at(&mut self, time: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((time, self.order), happening);
    }

    fn schedule_all(&mut self) {
        for node in 0..self.plan.nodes {
            self.connect(node);
            let phase = self.rng.below(1_000);
            (0..Plan::END_MS / 1_000)
                .for_each(|second| self.at(second * 1_000 + phase, Happening::Tick { node }));
            for (chain, _) in CHAINS {
                for height in 1..=Plan::HEIGHTS {
                    let lag = self.rng.below(6_000);
                    self.at(
                        2_000 + height * BLOCK_MS + lag,
                        Happening::Block { node, chain, height },
                    );
                }
            }
        }
        if let Some((node, (from, to))) = self.plan.crash {
            self.at(from, Happening::Crash { node });
            self.at(to, Happening::Restart { node });
        }
    }

    fn connect(&mut self, node: usize) {
        for other in (0..self.plan.nodes).filter(|other| *other != node) {
            let now = self.clock(node);
            self.nodes[node].mesh.handle(Event::Connected(peer(other)), now);
        }
    }

    /// What a node's clock shows.
    fn clock(&self, node: usize) -> UnixMillis {
        UnixMillis(EPOCH_MS + self.now_ms + self.nodes[node].skew_ms - self.plan.skew_ms.min(EPOCH_MS))
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Violation> {
        match happening {
            Happening::Gossip { to, from, raw } => self.hear(to, from, raw),
            Happening::Question { to, from, bytes } => {
                let (from, id) = (peer(from), RequestId(0));
                self.feed(to, Event::Question { from, id, bytes })
            }
            Happening::Answer { to, from, bytes } => {
                let from = peer(from);
                let unanswered = Event::Unanswered { from };
                self.feed(
                    to,
                    bytes.map_or(unanswered, |bytes| Event::Answer { from, bytes }),
                )
            }
            Happening::Block { node, chain, height } => self.see_block(node, chain, height),
            Happening::Tick { node } => self.tick(node),
            Happening::Crash { node } => {
                self.nodes[node].up = false;
                Ok(())
            }
            Happening::Restart { node } => self.restart(node),
        }
    }

    fn hear(&mut self, to: usize, from: usize, raw: Raw) -> Result<(), Violation> {
        let id = gossip_id(&raw.0.to_string(), &raw.1);
        let node = &mut self.nodes[to];
        if !node.up || !node.seen.insert(id) {
            return Ok(());
        }
        node.pending.insert(id, raw.clone());
        if node.fault == Some(Fault::Replay) {
            node.heard.push(raw.clone());
        }
        let (topic, bytes) = raw;
        let from = peer(from);
        self.feed(
            to,
            Event::Gossip {
                topic,
                from,
                id,
                bytes,
            },
        )
    }

    fn feed(&mut self, node: usize, event: Event) -> Result<(), Violation> {
        if !self.nodes[node].up {
            return Ok(());
        }
        let now = self.clock(node);
        let actions = self.nodes[node].mesh.handle(event, now);
        actions.into_iter().try_for_each(|action| self.act(node, action))
    }

    fn act(&mut self, node: usize, action: Action) -> Result<(), Violation> {
        match action {
            Action::Verdict { id, from, acceptance } => self.forward(node, id, from, acceptance),
            Action::Publish { topic, bytes } => self.flood_out(node, None, &(topic, bytes)),
            Action::Beat => return self.beat(node),
            Action::Certified { said, signatures, .. } => return self.certified(node, said, signatures),
            Action::Convicted { offence, .. } => return self.convicted(node, offence.offender()),
            Action::Ask { to, bytes } => {
                let (to, from) = (node_of(to), node);
                self.send(from, to, Happening::Question { to, from, bytes });
            }
            Action::Answer { to, bytes, .. } => {
                let (to, from) = (node_of(to), node);
                self.send(from, to, Happening::Answer { to, from, bytes });
            }
            Action::Judge { .. } | Action::Alive(_) | Action::Observe(_) | Action::Score { .. } => {}
        }
        Ok(())
    }

    fn forward(&mut self, node: usize, id: MessageId, from: Peer, acceptance: Acceptance) {
        let pending = self.nodes[node].pending.remove(&id);
        if let (Some(raw), Acceptance::Accept) = (pending, acceptance) {
            self.flood_out(node, Some(node_of(from)), &raw);
        }
    }

    fn flood_out(&mut self, from: usize, except: Option<usize>, raw: &Raw) {
        self.nodes[from]
            .seen
            .insert(gossip_id(&raw.0.to_string(), &raw.1));
        for to in (0..self.plan.nodes).filter(|to| *to != from && Some(*to) != except) {
            let raw = raw.clone();
            self.send(from, to, Happening::Gossip { to, from, raw });
        }
    }

    /// Puts something on a link. A duplicate of what cannot be cloned is not made; gossip is what repeats.
    fn send(&mut self, from: usize, to: usize, happening: Happening) {
        if self.is_cut(from, to) || (self.now_ms < Plan::HEAL_MS && self.rng.percent(self.plan.loss)) {
            self.report.lost += 1;
            return;
        }
        if let Happening::Gossip { to, from, raw } = &happening
            && self.rng.percent(self.plan.duplication)
        {
            let (to, from, raw) = (*to, *from, raw.clone());
            let later = self.now_ms + 1 + self.rng.below(2 * self.plan.delay_ms);
            self.at(later, Happening::Gossip { to, from, raw });
        }
        self.report.delivered += 1;
        let later = self.now_ms + 1 + self.rng.below(self.plan.delay_ms);
        self.at(later, happening);
    }

    fn is_cut(&self, from: usize, to: usize) -> bool {
        let Some((half, (start, end))) = self.plan.partition else {
            return false;
        };
        (from < half) != (to < half) && (start..end).contains(&self.now_ms)
    }

    fn beat(&mut self, node: usize) -> Result<(), Violation> {
        let key = self.nodes[node].key.clone();
        let statement = Heartbeat {
            attester: key.address,
            peer: peer(node).0,
            time_ms: self.clock(node).0,
            version: Version {
                major: 0,
                minor: 1,
                patch: 0,
            },
            ledger_height: 0,
            health: NodeHealth::Ready,
            chains: Vec::new(),
        };
        let signature = key.sign(statement.digest(&key.domain));
        self.feed(node, Event::Own(Body::Heartbeat(Signed { statement, signature })))
    }

    fn see_block(&mut self, node: usize, chain: ChainId, height: u64) -> Result<(), Violation> {
        self.nodes[node].verified.insert((chain, height));
        self.feed(node, Event::Finalized { chain, height })?;
        let may_replace = CHAINS[1].0 == chain && height.is_multiple_of(5);
        if may_replace && node % 2 == 1 && self.nodes[node].fault.is_none() {
            self.attest(node, orphan(chain, height))?;
        }
        self.attest(node, truth(chain, height))
    }

    fn attest(&mut self, node: usize, attestation: Attestation) -> Result<(), Violation> {
        match self.nodes[node].fault {
            Some(Fault::Withhold | Fault::Flood) => Ok(()),
            Some(Fault::Equivocate) => {
                self.equivocate(node, attestation);
                Ok(())
            }
            Some(Fault::Replay) | None => {
                let vouched = self.nodes[node].key.vouch(attestation);
                self.feed(node, Event::Own(Body::Vouched(vouched)))
            }
        }
    }

    fn equivocate(&mut self, from: usize, attestation: Attestation) {
        if !self.nodes[from].up {
            return;
        }
        for to in (0..self.plan.nodes).filter(|to| *to != from) {
            let said = if to % 2 == 0 {
                attestation
            } else {
                contradict(&attestation)
            };
            let raw = (Topic::Attestations, envelope(self.nodes[from].key.vouch(said)));
            self.send(from, to, Happening::Gossip { to, from, raw });
        }
    }

    fn tick(&mut self, node: usize) -> Result<(), Violation> {
        self.feed(node, Event::Tick)?;
        match self.nodes[node].fault {
            Some(Fault::Flood) => self.flood_from(node),
            Some(Fault::Replay) => self.replay_from(node),
            _ => self.settle(node)?,
        }
        self.check_bounds(node)
    }

    fn flood_from(&mut self, from: usize) {
        let victim = self.nodes[(from + 1) % self.plan.nodes].key.clone();
        let own = self.nodes[from].key.clone();
        for _ in 0..5 {
            let raw = flood(&mut self.rng, &own, &victim);
            self.flood_out(from, None, &raw);
        }
    }

    fn replay_from(&mut self, from: usize) {
        let heard = self.nodes[from].heard.len();
        for _ in 0..heard.min(5) {
            let index = usize::try_from(self.rng.draw()).unwrap_or(0) % heard;
            let raw = self.nodes[from].heard[index].clone();
            // Every other node has forgotten that it saw the message.
            let id = gossip_id(&raw.0.to_string(), &raw.1);
            for node in &mut self.nodes {
                node.seen.remove(&id);
            }
            self.flood_out(from, None, &raw);
        }
    }

    fn settle(&mut self, node: usize) -> Result<(), Violation> {
        for (chain, _) in CHAINS {
            let height = self.nodes[node].settled(chain);
            self.feed(node, Event::Settled { chain, height })?;
        }
        Ok(())
    }

    /// A node comes back without memory of its mesh; its light client goes on, and it attests again what it attested.
    fn restart(&mut self, node: usize) -> Result<(), Violation> {
        let now = self.clock(node);
        self.nodes[node].mesh = new_mesh(&self.set, self.plan.nodes, node, now);
        self.nodes[node].up = true;
        self.nodes[node].seen.clear();
        self.nodes[node].pending.clear();
        self.connect(node);
        let verified = self.nodes[node].verified.clone();
        verified
            .into_iter()
            .try_for_each(|(chain, height)| self.see_block(node, chain, height))
    }
}
