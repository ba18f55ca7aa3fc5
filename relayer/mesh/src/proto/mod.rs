//! The mesh as a pure state machine: `handle(event, now) -> actions`.
//!
//! Terms: *statement*, what a quorum says: an attestation or a quorum statement; *author*, the attester whose signature it carries;
//! *sender*, the peer that handed it to us; *vouched*, a statement with one signature.
//!
//! ```text
//! gossip ─ size ─ decode ─ network ─ topic ─ set ─ author ─ sender bound ─ not seen ─ not settled ─ budget ─ signature ─┐
//!                                                                                                                       ▼
//!           certificate ◄─ quorum ◄─ count ◄─ room ◄─ (our light client is there, else park) ◄─ no conflict, else evidence
//! ```
//! Deviations from the order in the specification, and why: the author's budget is looked at before the signature but spent after
//! it, because spending it earlier would let any sender silence any author; a forger pays with its score instead, and is no longer
//! heard after four tries. Parking comes behind the signature for the same reason: a share is filled by its author alone.
//!
//! Guarantees: nothing is forwarded, counted or parked whose author has not signed it in this network; a certificate's signatures
//! weigh more than two thirds of the set; evidence names only who signed both statements; memory stays within [`limits`] whatever
//! arrives; the same events at the same times give the same actions. Not guaranteed: that a statement is true (who attests decides),
//! that a certificate is delivered once only (a new set certifies again what is not settled).
//!
//! Specification: `spec/relayer.md`, Mesh.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod budget;
mod catch_up;
mod collection;
mod event;
mod gossip;
pub mod limits;
pub mod message;
mod peers;
mod rejection;

use std::collections::{BTreeMap, BTreeSet};

use wire::{
    attesters::AttesterSet,
    eip712::Domain,
    encoding::Canonical as _,
    evidence::{Conflict, Evidence, Finality},
    types::{Address, ChainId, NetworkId},
};

use self::{
    catch_up::CatchUp,
    collection::Collection,
    limits::{CERTIFIED_KEPT, CONFLICTS, HEARTBEAT_MS, OPEN_BYTES, PARKED_BYTES, PEERS, REOBSERVED_KEPT},
    message::{Body, Envelope, Said},
    peers::Peers,
};
pub use self::{
    event::{Action, Event, Judgement, MessageId, Peer, RequestId, Topic, UnixMillis},
    gossip::gossip_id,
    rejection::{Acceptance, Rejection},
};

/// What the mesh is told once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The network.
    pub network: NetworkId,
    /// The attester set at this time.
    pub set: AttesterSet,
    /// The chains and their finality.
    pub chains: BTreeMap<ChainId, Finality>,
    /// Who may connect.
    pub peers: BTreeSet<Peer>,
}

/// Why settings make no mesh.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum SettingsError {
    /// The network's id is zero.
    #[error("the network id is zero")]
    ZeroNetwork,
    /// More peers are listed than a network has.
    #[error("{got} peers are more than {PEERS}")]
    TooManyPeers {
        /// How many.
        got: usize,
    },
}

/// How much of its bounds the mesh uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Statements with a signature.
    pub tallies: usize,
    /// Signatures over them.
    pub signatures: usize,
    /// Statements among them that are certified.
    pub certified: usize,
    /// Vouched statements that wait for our light client.
    pub parked: usize,
    /// What the open ones cost all authors.
    pub open_bytes: usize,
    /// What the parked ones cost all authors.
    pub parked_bytes: usize,
    /// Pieces of evidence.
    pub evidence: usize,
    /// Blocks that were looked at again.
    pub reobserved: usize,
}

impl Footprint {
    /// The first bound that it breaks at this many attesters, if it breaks one: of what, how much, and the limit.
    pub fn beyond(&self, attesters: usize) -> Option<(&'static str, usize, usize)> {
        let each = |limit: usize| limit.saturating_mul(attesters);
        let rows = [
            ("open bytes", self.open_bytes, each(OPEN_BYTES)),
            ("parked bytes", self.parked_bytes, each(PARKED_BYTES)),
            ("certified", self.certified, CERTIFIED_KEPT),
            ("evidence", self.evidence, each(CONFLICTS)),
            ("reobserved", self.reobserved, REOBSERVED_KEPT),
        ];
        rows.into_iter().find(|(_, got, limit)| got > limit)
    }
}

/// What happened since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages that were accepted.
    pub accepted: u64,
    /// Certificates.
    pub certified: u64,
    /// Rejections by name, among them what was parked.
    pub rejected: BTreeMap<&'static str, u64>,
}

/// How far we are on a chain.
#[derive(Debug)]
struct ChainView {
    finality: Finality,
    finalized: u64,
    settled: u64,
}

/// See the module's head.
#[derive(Debug)]
pub struct Mesh {
    network: NetworkId,
    domain: Domain,
    set: AttesterSet,
    chains: BTreeMap<ChainId, ChainView>,
    peers: Peers,
    collection: Collection,
    evidence: BTreeMap<(Address, Conflict), Evidence>,
    reobserved: BTreeMap<(ChainId, u64), UnixMillis>,
    catch_up: CatchUp,
    beaten: Option<UnixMillis>,
    counters: Counters,
    actions: Vec<Action>,
}

impl Mesh {
    /// A mesh that knows nothing yet.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: Settings, now: UnixMillis) -> Result<Self, SettingsError> {
        if settings.network.0.is_zero() {
            return Err(SettingsError::ZeroNetwork);
        }
        let got = settings.peers.len();
        if got > PEERS {
            return Err(SettingsError::TooManyPeers { got });
        }
        let views = settings.chains.into_iter().map(|(chain, finality)| {
            let (finalized, settled) = (0, 0);
            (
                chain,
                ChainView {
                    finality,
                    finalized,
                    settled,
                },
            )
        });
        Ok(Self {
            network: settings.network,
            domain: Domain::new(settings.network),
            peers: Peers::new(&settings.peers, &settings.set, now),
            set: settings.set,
            chains: views.collect(),
            collection: Collection::default(),
            evidence: BTreeMap::new(),
            reobserved: BTreeMap::new(),
            catch_up: CatchUp::new(now),
            beaten: None,
            counters: Counters::default(),
            actions: Vec::new(),
        })
    }

    /// Takes an event and says what is to be done.
    pub fn handle(&mut self, event: Event, now: UnixMillis) -> Vec<Action> {
        match event {
            Event::Connected(peer) => self.set_connected(peer, true),
            Event::Disconnected(peer) => self.set_connected(peer, false),
            Event::Gossip {
                topic,
                from,
                id,
                bytes,
            } => self.on_gossip(topic, from, id, &bytes, now),
            Event::Judged { from, id, judgement } => self.on_judged(from, id, judgement, now),
            Event::Own(body) => self.on_own(body, now),
            Event::Question { from, id, bytes } => self.on_question(from, id, &bytes, now),
            Event::Answer { from, bytes } => self.on_answer(from, &bytes, now),
            Event::Unanswered { from } => self.catch_up.close(from),
            Event::Finalized { chain, height } => self.on_finalized(chain, height, now),
            Event::Settled { chain, height } => self.on_settled(chain, height),
            Event::Rotated(set) => self.on_rotated(set, now),
            Event::Tick => self.on_tick(now),
        }
        core::mem::take(&mut self.actions)
    }

    /// What happened since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How much of its bounds it uses.
    pub fn footprint(&self) -> Footprint {
        let mut footprint = Footprint {
            evidence: self.evidence.len(),
            reobserved: self.reobserved.len(),
            ..Footprint::default()
        };
        self.collection.measure(&mut footprint);
        footprint
    }

    fn set_connected(&mut self, peer: Peer, connected: bool) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.connected = connected;
        }
        match connected {
            // Who is new hears a heartbeat at the next tick.
            true => self.beaten = None,
            false => self.catch_up.close(peer),
        }
    }

    fn publish(&mut self, body: Body) {
        let topic = body.topic();
        let envelope = Envelope {
            network: self.network,
            set_id: self.set.id(),
            body,
        };
        let bytes = envelope.encode();
        self.actions.push(Action::Publish { topic, bytes });
    }

    /// Counts a rejection.
    fn note(&mut self, rejection: &Rejection) {
        let count = self.counters.rejected.entry(rejection.into()).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts a rejection and lowers the sender's score by what it costs.
    fn refuse(&mut self, from: Peer, rejection: &Rejection, now: UnixMillis) {
        self.note(rejection);
        let penalty = rejection.penalty();
        if penalty > 0
            && let Some(peer) = self.peers.get_mut(from)
        {
            let score = peer.penalise(penalty, now);
            self.actions.push(Action::Score { peer: from, score });
        }
    }

    fn on_finalized(&mut self, chain: ChainId, height: u64, now: UnixMillis) {
        let Some(view) = self.chains.get_mut(&chain) else {
            return;
        };
        view.finalized = view.finalized.max(height);
        for (place, vouched) in self.collection.unpark(chain, height) {
            if let Err(rejection) = self.collect(place, vouched, now) {
                self.note(&rejection);
            }
        }
    }

    fn on_settled(&mut self, chain: ChainId, height: u64) {
        if let Some(view) = self.chains.get_mut(&chain) {
            view.settled = view.settled.max(height);
            self.collection.settle(chain, height);
        }
    }

    fn on_rotated(&mut self, set: AttesterSet, now: UnixMillis) {
        let chains = &self.chains;
        let is_settled = |said: &Said| match said {
            Said::Attestation(said) => chains
                .get(&said.chain)
                .is_some_and(|view| said.height <= view.settled),
            _ => false,
        };
        let opened = self.collection.rotate(&set, is_settled);
        self.peers.rotate(&set, now);
        self.evidence
            .retain(|(offender, _), _| set.weight_of(*offender).is_some());
        self.set = set;
        opened.into_iter().for_each(|place| self.certify(place));
    }

    fn on_tick(&mut self, now: UnixMillis) {
        if self.beaten.is_none_or(|last| now.since(last) >= HEARTBEAT_MS) {
            self.beaten = Some(now);
            self.actions.push(Action::Beat);
        }
        for (peer, score) in self.peers.bad_scores(now) {
            self.actions.push(Action::Score { peer, score });
        }
        self.collection.expire(now);
        self.ask_for_more(now);
    }
}

#[cfg(test)]
mod tests;
