//! What happens to the mesh, and what it wants done.

use wire::{
    attesters::AttesterSet,
    evidence::{Evidence, Offence},
    gossip::{Heartbeat, Reobserve},
    signature::{Signature, Verified},
    types::{ChainId, Hash},
};

use super::{
    Acceptance,
    message::{Body, Item, Said},
};

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// Milliseconds from `earlier` to here; none when it is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds between the two.
    pub fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// A node on the mesh: its ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub Hash);

impl core::fmt::Display for Peer {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A gossiped message: keccak256 of topic and content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub Hash);

/// A question or the answer to it, as the network part numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What gossip is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Topic {
    /// Attestations, quorum statements, evidence, requests to observe again.
    Attestations,
    /// Commands, intents, reports.
    Commands,
    /// Signs of life.
    Heartbeats,
}

/// What the node's mempool says of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is taken.
    Taken,
    /// It is of no use now: known, too early, no room.
    Unneeded,
    /// An honest peer would not have forwarded it.
    Invalid,
}

/// What happens to the mesh.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "events are handled one by one and never kept"
)]
pub enum Event {
    /// A listed peer is connected.
    Connected(Peer),
    /// It is so no longer.
    Disconnected(Peer),
    /// A message arrives by gossip.
    Gossip {
        /// Where.
        topic: Topic,
        /// Who forwarded it.
        from: Peer,
        /// Which.
        id: MessageId,
        /// The content.
        bytes: Vec<u8>,
    },
    /// The mempool's answer to [`Action::Judge`].
    Judged {
        /// Who forwarded the item.
        from: Peer,
        /// The message that held it.
        id: MessageId,
        /// What the mempool says.
        judgement: Judgement,
    },
    /// Our own node says something; it is signed.
    Own(Body),
    /// A peer asks.
    Question {
        /// Who.
        from: Peer,
        /// Which question.
        id: RequestId,
        /// The content.
        bytes: Vec<u8>,
    },
    /// A peer answers.
    Answer {
        /// Who.
        from: Peer,
        /// The content.
        bytes: Vec<u8>,
    },
    /// A peer does not answer.
    Unanswered {
        /// Who.
        from: Peer,
    },
    /// Our light client verified a height as final.
    Finalized {
        /// The chain.
        chain: ChainId,
        /// The height.
        height: u64,
    },
    /// The ledger has settled a chain up to a height.
    Settled {
        /// The chain.
        chain: ChainId,
        /// The height.
        height: u64,
    },
    /// The ledger counts another set.
    Rotated(AttesterSet),
    /// Time has passed; at least once a second.
    Tick,
}

/// What the mesh wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Tell gossip what becomes of a message.
    Verdict {
        /// Which.
        id: MessageId,
        /// Who forwarded it.
        from: Peer,
        /// What becomes of it.
        acceptance: Acceptance,
    },
    /// Gossip something of our own.
    Publish {
        /// Where.
        topic: Topic,
        /// The content.
        bytes: Vec<u8>,
    },
    /// Ask the mempool; it answers by [`Event::Judged`].
    Judge {
        /// Who forwarded the item.
        from: Peer,
        /// The message that held it.
        id: MessageId,
        /// The item.
        item: Item,
    },
    /// Compose, sign and hand in a heartbeat.
    Beat,
    /// A quorum has said something.
    Certified {
        /// What.
        said: Said,
        /// Strictly ascending by signer, none more than the quorum needs.
        signatures: Vec<Signature>,
        /// The set.
        set_id: u32,
    },
    /// Somebody is convicted.
    Convicted {
        /// By what.
        evidence: Evidence,
        /// Who, of what.
        offence: Offence,
    },
    /// An attester gave a sign of life.
    Alive(Verified<Heartbeat>),
    /// An attester asks for another look at a block.
    Observe(Verified<Reobserve>),
    /// Ask a peer.
    Ask {
        /// Whom.
        to: Peer,
        /// The content.
        bytes: Vec<u8>,
    },
    /// Answer a peer.
    Answer {
        /// Whom.
        to: Peer,
        /// Which question.
        id: RequestId,
        /// The content; none: the question is refused.
        bytes: Option<Vec<u8>>,
    },
    /// A peer's score is now this.
    Score {
        /// Whose.
        peer: Peer,
        /// Zero or below.
        score: i64,
    },
}
