//! The network around the protocol: one libp2p swarm, one [`Mesh`], one loop.
//!
//! ```text
//!            ┌──────────────── run ────────────────┐
//! libp2p ◄──►│ swarm ─ events ─► Mesh ─ actions ─┐ │──► deliveries (bounded; what does not fit is dropped and counted)
//!            │   ▲                               │ │
//!            │   └───────────────────────────────┘ │◄── events of the node (bounded; the node waits)
//!            └─────────────────────────────────────┘
//! ```
//! Guarantees: only listed peers connect; nothing is forwarded before the protocol accepts it; the loop never waits for the node.
//! Not guaranteed: that a delivery that did not fit is delivered again; [`Status::dropped`] says that the node is too slow.
//! Addresses are of IP and TCP or QUIC; names are for the configuration to resolve.
//!
//! Specification: `spec/relayer.md`, Mesh.

mod codec;
mod swarm;

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::StreamExt as _;
use libp2p::{
    Multiaddr, PeerId, Swarm, gossipsub,
    identity::{self, Keypair},
    request_response::{self, ResponseChannel},
    swarm::{SwarmEvent, dial_opts::DialOpts},
};
use strum::VariantArray as _;
use tokio::sync::{mpsc, watch};
use wire::types::{Hash, NetworkId};

pub use self::swarm::topic_name;
use self::swarm::{Behaviour, BehaviourEvent, ident_topic};
use crate::proto::{
    Acceptance, Action, Counters, Event, Footprint, Judgement, Mesh, MessageId, Peer, RequestId, Settings,
    SettingsError, Topic, UnixMillis,
};

/// Events of the node that wait for the loop.
const EVENTS: usize = 1024;
/// Between two ticks of the protocol.
const TICK: Duration = Duration::from_millis(500);
/// Ticks between two attempts to reach a peer.
const REDIAL_TICKS: u64 = 6;

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The protocol refuses its settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The node's own identity, or a peer's, is no ed25519 key.
    #[error("{key} is no ed25519 key")]
    NotEd25519 {
        /// The key in hex, or what it is of.
        key: String,
    },
    /// A transport cannot be set up.
    #[error("transport: {0}")]
    Transport(String),
    /// Gossip cannot be set up.
    #[error("gossip: {0}")]
    Gossip(String),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: Multiaddr,
        /// Why.
        error: String,
    },
}

/// What the network is told once.
pub struct NetSettings {
    /// The node's ed25519 key. It signs nothing but libp2p's handshakes.
    pub identity: Keypair,
    /// Where to listen: TCP and QUIC.
    pub listen: Vec<Multiaddr>,
    /// Where listed peers are, as far as it is known.
    pub addresses: BTreeMap<Peer, Vec<Multiaddr>>,
    /// The protocol's.
    pub mesh: Settings,
    /// Deliveries that may wait for the node.
    pub deliveries: usize,
}

/// The state of the network, renewed with each tick.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Peers that are connected.
    pub connected: usize,
    /// Deliveries that the node was too slow for.
    pub dropped: u64,
    /// Own messages that gossip could not send to anybody.
    pub unsent: u64,
    /// The protocol's counters.
    pub counters: Counters,
    /// How much of its bounds the protocol uses.
    pub footprint: Footprint,
}

/// The node's end.
pub struct Handle {
    /// [`Action::Beat`], [`Action::Judge`], [`Action::Certified`], [`Action::Convicted`], [`Action::Alive`], [`Action::Observe`].
    pub deliveries: mpsc::Receiver<Action>,
    /// What the node tells the mesh: [`Event::Own`], [`Event::Judged`], [`Event::Finalized`], [`Event::Settled`], [`Event::Rotated`].
    pub events: mpsc::Sender<Event>,
    /// See [`Status`].
    pub status: watch::Receiver<Status>,
}

/// The peer of an ed25519 key.
///
/// # Errors
/// [`NetError::NotEd25519`].
pub fn peer_of(key: &identity::PublicKey) -> Result<Peer, NetError> {
    let not = |_| NetError::NotEd25519 {
        key: "identity".into(),
    };
    let key = key.clone().try_into_ed25519().map_err(not)?;
    Ok(Peer(Hash(key.to_bytes())))
}

fn peer_id_of(peer: Peer) -> Result<PeerId, NetError> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&peer.0.0).map_err(|_| NetError::NotEd25519 {
        key: peer.to_string(),
    })?;
    Ok(identity::PublicKey::from(key).to_peer_id())
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The loop's state. See the module's head.
pub struct Net {
    swarm: Swarm<Behaviour>,
    mesh: Mesh,
    network: NetworkId,
    topics: BTreeMap<gossipsub::TopicHash, Topic>,
    peers: BTreeMap<PeerId, Peer>,
    ids: BTreeMap<Peer, PeerId>,
    addresses: BTreeMap<Peer, Vec<Multiaddr>>,
    questions: BTreeMap<RequestId, ResponseChannel<Vec<u8>>>,
    asked: u64,
    ticks: u64,
    deliveries: mpsc::Sender<Action>,
    events: mpsc::Receiver<Event>,
    status: watch::Sender<Status>,
    dropped: u64,
    unsent: u64,
}

impl Net {
    /// Sets the swarm up and listens.
    ///
    /// # Errors
    /// [`NetError`].
    pub fn new(settings: NetSettings) -> Result<(Self, Handle), NetError> {
        let network = settings.mesh.network;
        let mut ids = BTreeMap::new();
        for peer in &settings.mesh.peers {
            ids.insert(*peer, peer_id_of(*peer)?);
        }
        let mut swarm = swarm::build(settings.identity, network, ids.values().copied())?;
        for address in settings.listen {
            swarm
                .listen_on(address.clone())
                .map_err(|error| NetError::Listen {
                    address,
                    error: error.to_string(),
                })?;
        }
        let (deliveries, for_node) = mpsc::channel(settings.deliveries.max(1));
        let (from_node, events) = mpsc::channel(EVENTS);
        let (status, seen) = watch::channel(Status::default());
        let topics = Topic::VARIANTS
            .iter()
            .map(|topic| (ident_topic(network, *topic).hash(), *topic));
        let net = Self {
            mesh: Mesh::new(settings.mesh, now())?,
            topics: topics.collect(),
            peers: ids.iter().map(|(peer, id)| (*id, *peer)).collect(),
            addresses: settings.addresses,
            questions: BTreeMap::new(),
            asked: 0,
            ticks: 0,
            dropped: 0,
            unsent: 0,
            swarm,
            network,
            ids,
            deliveries,
            events,
            status,
        };
        let handle = Handle {
            deliveries: for_node,
            events: from_node,
            status: seen,
        };
        Ok((net, handle))
    }

    /// Runs until the node drops its end.
    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm(event),
                event = self.events.recv() => match event {
                    Some(event) => self.feed(event),
                    None => return,
                },
                _ = tick.tick() => self.on_tick(),
            }
        }
    }

    fn on_tick(&mut self) {
        self.feed(Event::Tick);
        if self.ticks.is_multiple_of(REDIAL_TICKS) {
            self.dial_missing();
        }
        self.ticks = self.ticks.saturating_add(1);
        self.status.send_replace(Status {
            connected: self.swarm.connected_peers().count(),
            dropped: self.dropped,
            unsent: self.unsent,
            counters: self.mesh.counters().clone(),
            footprint: self.mesh.footprint(),
        });
    }

    fn dial_missing(&mut self) {
        for (peer, addresses) in &self.addresses {
            let Some(id) = self.ids.get(peer).filter(|id| !self.swarm.is_connected(id)) else {
                continue;
            };
            let dial = DialOpts::peer_id(*id).addresses(addresses.clone()).build();
            if let Err(error) = self.swarm.dial(dial) {
                tracing::debug!(%peer, %error, "cannot dial");
            }
        }
    }

    fn feed(&mut self, event: Event) {
        let actions = self.mesh.handle(event, now());
        actions.into_iter().for_each(|action| self.act(action));
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(event)) => self.on_gossip(event),
            SwarmEvent::Behaviour(BehaviourEvent::CatchUp(event)) => self.on_catch_up(event),
            SwarmEvent::ConnectionEstablished { peer_id, .. } => self.tell(peer_id, Event::Connected),
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                ..
            } => self.tell(peer_id, Event::Disconnected),
            _ => {}
        }
    }

    fn tell(&mut self, id: PeerId, event: impl Fn(Peer) -> Event) {
        if let Some(peer) = self.peers.get(&id) {
            self.feed(event(*peer));
        }
    }

    fn on_gossip(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            } => self.on_message(propagation_source, &message_id, message),
            // Only now does a heartbeat reach it.
            gossipsub::Event::Subscribed { peer_id, topic }
                if self.topics.get(&topic) == Some(&Topic::Heartbeats) =>
            {
                self.tell(peer_id, Event::Connected);
            }
            _ => {}
        }
    }

    fn on_message(&mut self, source: PeerId, id: &gossipsub::MessageId, message: gossipsub::Message) {
        let known = (
            self.topics.get(&message.topic).copied(),
            self.peers.get(&source).copied(),
            <[u8; 32]>::try_from(id.0.as_slice()),
        );
        let (Some(topic), Some(from), Ok(bytes)) = known else {
            let ignore = gossipsub::MessageAcceptance::Ignore;
            let gossip = &mut self.swarm.behaviour_mut().gossip;
            gossip.report_message_validation_result(id, &source, ignore);
            return;
        };
        self.feed(Event::Gossip {
            topic,
            from,
            id: MessageId(Hash(bytes)),
            bytes: message.data,
        });
    }

    fn on_catch_up(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        match event {
            request_response::Event::Message { peer, message, .. } => self.on_exchange(peer, message),
            request_response::Event::OutboundFailure { peer, .. } => {
                self.tell(peer, |from| Event::Unanswered { from });
            }
            request_response::Event::InboundFailure { .. } | request_response::Event::ResponseSent { .. } => {
            }
        }
    }

    fn on_exchange(&mut self, peer: PeerId, message: request_response::Message<Vec<u8>, Vec<u8>>) {
        let Some(from) = self.peers.get(&peer).copied() else {
            return;
        };
        match message {
            request_response::Message::Request { request, channel, .. } => {
                self.asked = self.asked.wrapping_add(1);
                let id = RequestId(self.asked);
                self.questions.insert(id, channel);
                self.feed(Event::Question {
                    from,
                    id,
                    bytes: request,
                });
            }
            request_response::Message::Response { response, .. } => self.feed(Event::Answer {
                from,
                bytes: response,
            }),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Verdict { id, from, acceptance } => self.report(id, from, acceptance),
            Action::Publish { topic, bytes } => self.publish(topic, bytes),
            Action::Ask { to, bytes } => self.ask(to, bytes),
            Action::Answer { id, bytes, .. } => self.answer(id, bytes),
            Action::Score { peer, score } => self.score(peer, score),
            Action::Judge { from, id, item } => self.judge(from, id, Action::Judge { from, id, item }),
            delivery => {
                self.deliver(delivery);
            }
        }
    }

    /// Whether it fits.
    fn deliver(&mut self, delivery: Action) -> bool {
        let fits = self.deliveries.try_send(delivery).is_ok();
        if !fits {
            self.dropped = self.dropped.saturating_add(1);
        }
        fits
    }

    /// An item that the node is too busy for is of no use now.
    fn judge(&mut self, from: Peer, id: MessageId, delivery: Action) {
        if !self.deliver(delivery) {
            let judgement = Judgement::Unneeded;
            self.feed(Event::Judged { from, id, judgement });
        }
    }

    fn report(&mut self, id: MessageId, from: Peer, acceptance: Acceptance) {
        let Some(source) = self.ids.get(&from) else {
            return;
        };
        let id = gossipsub::MessageId::from(id.0.0.to_vec());
        let acceptance = match acceptance {
            Acceptance::Accept => gossipsub::MessageAcceptance::Accept,
            Acceptance::Ignore => gossipsub::MessageAcceptance::Ignore,
            Acceptance::Reject => gossipsub::MessageAcceptance::Reject,
        };
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        gossip.report_message_validation_result(&id, source, acceptance);
    }

    fn publish(&mut self, topic: Topic, bytes: Vec<u8>) {
        let topic = ident_topic(self.network, topic);
        if let Err(error) = self.swarm.behaviour_mut().gossip.publish(topic, bytes) {
            self.unsent = self.unsent.saturating_add(1);
            tracing::debug!(%error, "not gossiped");
        }
    }

    fn ask(&mut self, to: Peer, bytes: Vec<u8>) {
        if let Some(id) = self.ids.get(&to) {
            self.swarm.behaviour_mut().catch_up.send_request(id, bytes);
        }
    }

    /// A refusal closes the stream without an answer.
    fn answer(&mut self, id: RequestId, bytes: Option<Vec<u8>>) {
        if let (Some(channel), Some(bytes)) = (self.questions.remove(&id), bytes)
            && self
                .swarm
                .behaviour_mut()
                .catch_up
                .send_response(channel, bytes)
                .is_err()
        {
            tracing::debug!("who asked is gone");
        }
    }

    fn score(&mut self, peer: Peer, score: i64) {
        if let (Some(id), Ok(score)) = (self.ids.get(&peer), i32::try_from(score)) {
            let gossip = &mut self.swarm.behaviour_mut().gossip;
            gossip.set_application_score(id, f64::from(score));
        }
    }
}
