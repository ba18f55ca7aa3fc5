//! The engine's network actor over a [`Plane`]: its messages become bytes and bytes become its events.
//!
//! The engine subscribes when it is ready and must hear of every peer that is connected by then, so that peers and subscriptions change
//! under one lock. Validator proofs are off: the swarm admits peers that a signed heartbeat binds to an attester.
//!
//! Specification: `spec/relayer.md`, Replica.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_malachitebft_codec::Codec;
use arc_malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use arc_malachitebft_engine::{
    network::{Msg, Multiaddr, NetworkEvent, NetworkRef, Status},
    util::{output_port::OutputPort, streaming::StreamMessage},
};
use arc_malachitebft_peer::PeerId;
use arc_malachitebft_sync::{InboundRequestId, OutboundFailureReason, OutboundRequestId, Request, Response};
use async_trait::async_trait;
use metrics::counter;
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};
use tokio::{sync::mpsc, task::JoinHandle};
use tracing::debug;
use wire::encoding::DecodeError;

use crate::{
    codec::WireCodec,
    context::Context,
    part::ProposedBlock,
    plane::{Incoming, Outgoing, Peer, Plane, Topic},
};

/// Events that a slow subscriber may be behind before it misses some.
const EVENTS: usize = 4096;

/// Peers and subscriptions, which change together.
struct Audience {
    peers: Mutex<BTreeSet<PeerId>>,
    port: OutputPort<NetworkEvent<Context>>,
}

impl Audience {
    fn peers(&self) -> MutexGuard<'_, BTreeSet<PeerId>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected(&self, peer: PeerId) {
        let mut peers = self.peers();
        if peers.insert(peer) {
            self.port.send(NetworkEvent::PeerConnected(peer));
        }
    }

    fn disconnected(&self, peer: PeerId) {
        let mut peers = self.peers();
        if peers.remove(&peer) {
            self.port.send(NetworkEvent::PeerDisconnected(peer));
        }
    }
}

/// See the module's head.
pub(crate) struct Network {
    me: PeerId,
    outgoing: mpsc::Sender<Outgoing>,
    audience: Arc<Audience>,
}

/// What the actor keeps.
pub(crate) struct State {
    next_question: u64,
    pump: JoinHandle<()>,
}

impl Network {
    /// Starts the actor.
    pub(crate) async fn spawn(me: PeerId, plane: Plane) -> Result<NetworkRef<Context>, SpawnErr> {
        let actor = Self {
            me,
            outgoing: plane.outgoing,
            audience: Arc::new(Audience {
                peers: Mutex::default(),
                port: OutputPort::with_capacity(EVENTS),
            }),
        };
        let (actor, _) = Actor::spawn(None, actor, plane.incoming).await?;
        Ok(actor)
    }

    fn send(&self, message: Outgoing) {
        if self.outgoing.try_send(message).is_err() {
            counter!("viaduct_consensus_outgoing_dropped_total").increment(1);
        }
    }

    fn publish<M>(&self, topic: Topic, message: &M)
    where
        WireCodec: Codec<M, Error = DecodeError>,
    {
        match WireCodec.encode(message) {
            Ok(bytes) => self.send(Outgoing::Publish {
                topic,
                bytes: bytes.to_vec(),
            }),
            Err(error) => debug!(%error, ?topic, "message without bytes"),
        }
    }

    fn ask(&self, peer: &PeerId, request: &Request<Context>, id: u64) {
        if let Ok(bytes) = WireCodec.encode(request) {
            self.send(Outgoing::Ask {
                peer: Peer(peer.to_bytes()),
                id,
                bytes: bytes.to_vec(),
            });
        }
    }

    fn answer(&self, id: &InboundRequestId, bytes: Option<Vec<u8>>) {
        if let Ok(id) = id.to_string().parse() {
            self.send(Outgoing::Answer { id, bytes });
        }
    }
}

#[async_trait]
impl Actor for Network {
    type Msg = Msg<Context>;
    type State = State;
    type Arguments = mpsc::Receiver<Incoming>;

    async fn pre_start(
        &self,
        _: ActorRef<Msg<Context>>,
        incoming: mpsc::Receiver<Incoming>,
    ) -> Result<State, ActorProcessingErr> {
        let (audience, outgoing) = (self.audience.clone(), self.outgoing.clone());
        Ok(State {
            next_question: 0,
            pump: tokio::spawn(pump(incoming, audience, outgoing)),
        })
    }

    async fn post_stop(
        &self,
        _: ActorRef<Msg<Context>>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.pump.abort();
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Msg<Context>>,
        message: Msg<Context>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::Subscribe(subscriber) => {
                let peers = self.audience.peers();
                // The engine starts once it listens; the address itself is for its logs.
                subscriber.send(NetworkEvent::Listening(Multiaddr::empty()));
                for peer in peers.iter().filter(|peer| **peer != self.me) {
                    subscriber.send(NetworkEvent::PeerConnected(*peer));
                }
                subscriber.subscribe_to_port(&self.audience.port);
            }
            Msg::PublishConsensusMsg(message) => self.publish(Topic::Consensus, &message),
            Msg::PublishLivenessMsg(message) => self.publish(Topic::Liveness, &message),
            Msg::PublishProposalPart(part) => self.publish(Topic::Blocks, &part),
            Msg::BroadcastStatus(status) => self.publish(Topic::Status, &status),
            Msg::OutgoingRequest(peer, request, reply) => {
                let id = state.next_question;
                state.next_question = id.wrapping_add(1);
                if reply.send(OutboundRequestId::new(id)).is_ok() {
                    self.ask(&peer, &request, id);
                }
            }
            Msg::OutgoingResponse(id, response) => {
                let bytes = WireCodec.encode(&response).ok();
                self.answer(&id, bytes.map(|bytes| bytes.to_vec()));
            }
            Msg::CancelInboundRequest(id) => self.answer(&id, None),
            Msg::DumpState(reply) => drop(reply.send(None)),
            Msg::UpdatePersistentPeers(_, reply) => drop(reply.send(Ok(()))),
            // The swarm admits peers by itself, and an answer that comes late is dropped by its number.
            Msg::CancelRequest(_)
            | Msg::UpdateValidatorSet(_)
            | Msg::ValidatorProofVerified { .. }
            | Msg::NewEvent(_) => {}
        }
        Ok(())
    }
}

/// Turns what comes from the swarm into events until the swarm is gone.
async fn pump(
    mut incoming: mpsc::Receiver<Incoming>,
    audience: Arc<Audience>,
    outgoing: mpsc::Sender<Outgoing>,
) {
    while let Some(message) = incoming.recv().await {
        let peer = peer_of(&message).clone();
        if let Err(reason) = deliver(message, &audience) {
            counter!("viaduct_consensus_malformed_total").increment(1);
            let malformed = Outgoing::Malformed { peer, reason };
            if outgoing.try_send(malformed).is_err() {
                counter!("viaduct_consensus_outgoing_dropped_total").increment(1);
            }
        }
    }
}

fn peer_of(message: &Incoming) -> &Peer {
    match message {
        Incoming::Connected(peer)
        | Incoming::Disconnected(peer)
        | Incoming::Published { from: peer, .. }
        | Incoming::Asked { from: peer, .. }
        | Incoming::Answered { from: peer, .. } => peer,
    }
}

fn deliver(message: Incoming, audience: &Audience) -> Result<(), String> {
    let peer = PeerId::from_bytes(&peer_of(&message).0).map_err(|error| error.to_string())?;
    match message {
        Incoming::Connected(_) => audience.connected(peer),
        Incoming::Disconnected(_) => audience.disconnected(peer),
        Incoming::Published { topic, bytes, .. } => {
            let event = published(peer, topic, bytes).map_err(|error| error.to_string())?;
            audience.port.send(event);
        }
        Incoming::Asked { id, bytes, .. } => {
            let request = WireCodec.decode(bytes.into()).map_err(text)?;
            let id = InboundRequestId::new(id);
            audience.port.send(NetworkEvent::SyncRequest(id, peer, request));
        }
        Incoming::Answered { id, bytes, .. } => {
            let id = OutboundRequestId::new(id);
            let response = bytes.map(|bytes| WireCodec.decode(bytes.into()));
            let (event, verdict) = answered(id, peer, response);
            audience.port.send(event);
            verdict?;
        }
    }
    Ok(())
}

fn text(error: DecodeError) -> String {
    error.to_string()
}

fn published(peer: PeerId, topic: Topic, bytes: Vec<u8>) -> Result<NetworkEvent<Context>, DecodeError> {
    let bytes = bytes.into();
    Ok(match topic {
        Topic::Consensus => match WireCodec.decode(bytes)? {
            SignedConsensusMsg::Vote(vote) => NetworkEvent::Vote(peer, vote),
            SignedConsensusMsg::Proposal(proposal) => NetworkEvent::Proposal(peer, proposal),
        },
        Topic::Liveness => match WireCodec.decode(bytes)? {
            LivenessMsg::Vote(vote) => NetworkEvent::Vote(peer, vote),
            LivenessMsg::PolkaCertificate(certificate) => NetworkEvent::PolkaCertificate(peer, certificate),
            LivenessMsg::SkipRoundCertificate(certificate) => {
                NetworkEvent::RoundCertificate(peer, certificate)
            }
        },
        Topic::Blocks => {
            let part: StreamMessage<ProposedBlock> = WireCodec.decode(bytes)?;
            NetworkEvent::ProposalPart(peer, None, part)
        }
        Topic::Status => {
            let status: Status<Context> = WireCodec.decode(bytes)?;
            NetworkEvent::Status(peer, status)
        }
    })
}

/// A question without an answer has failed; an answer that does not decode is an empty one, and the peer's fault.
fn answered(
    id: OutboundRequestId,
    peer: PeerId,
    response: Option<Result<Response<Context>, DecodeError>>,
) -> (NetworkEvent<Context>, Result<(), String>) {
    match response {
        Some(Ok(response)) => (NetworkEvent::SyncResponse(id, peer, Some(response)), Ok(())),
        Some(Err(error)) => (NetworkEvent::SyncResponse(id, peer, None), Err(error.to_string())),
        None => {
            let reason = OutboundFailureReason::Timeout;
            (NetworkEvent::SyncRequestFailed(id, peer, reason), Ok(()))
        }
    }
}
