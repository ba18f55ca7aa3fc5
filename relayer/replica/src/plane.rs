//! The network as the replica needs it: bytes to everybody, bytes asked of one peer. Who carries them is not its business.
//!
//! ```text
//! engine ─ votes, blocks, status ─► Outgoing::Publish ─► swarm ─► peers' swarms ─► Incoming::Published ─► engine
//! engine ─ range request ─────────► Outgoing::Ask ─────────────────────────────► Incoming::Asked ─► engine ─► Outgoing::Answer
//!        ◄──────────────────────────── Incoming::Answered ◄──────────────────────────────────────────────────────┘
//! ```
//! Terms: *plane*, the pair of queues between replica and swarm; *peer*, the bytes of a libp2p peer id, which the swarm has authenticated.
//!
//! Both queues are bounded and neither side waits for the other: what does not fit is dropped and counted, since consensus sends again
//! what matters. Bytes that do not decode are dropped, and the swarm is told whose they were ([`Outgoing::Malformed`]).
//!
//! Specification: `spec/relayer.md`, Replica (consensus traffic runs over the project's own swarm) and Mesh.

use tokio::sync::mpsc;

use crate::codec::limit;

/// A peer's libp2p id, as bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub Vec<u8>);

/// What is published; the swarm keeps the topics apart and admits members only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Votes and proposals.
    Consensus,
    /// Votes and certificates sent again.
    Liveness,
    /// Proposed blocks.
    Blocks,
    /// Heights.
    Status,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 4] = [Self::Consensus, Self::Liveness, Self::Blocks, Self::Status];

    /// Most bytes of one message; the swarm refuses longer ones before they are read.
    pub fn limit(self) -> usize {
        match self {
            Self::Consensus => limit::CONSENSUS,
            Self::Liveness => limit::LIVENESS,
            Self::Blocks => limit::BLOCK,
            Self::Status => limit::STATUS,
        }
    }
}

/// From the replica to the swarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// To everybody.
    Publish {
        /// Which topic.
        topic: Topic,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A question to one peer; answered by [`Incoming::Answered`] with the same number.
    Ask {
        /// Whom.
        peer: Peer,
        /// Which question.
        id: u64,
        /// The question, at most [`limit::REQUEST`] bytes.
        bytes: Vec<u8>,
    },
    /// The answer to [`Incoming::Asked`]; none refuses.
    Answer {
        /// Which question.
        id: u64,
        /// The answer, at most [`limit::RESPONSE`] bytes.
        bytes: Option<Vec<u8>>,
    },
    /// A peer sent what no honest one sends.
    Malformed {
        /// Who.
        peer: Peer,
        /// What was wrong.
        reason: String,
    },
}

/// From the swarm to the replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// An admitted peer is there.
    Connected(Peer),
    /// It is gone.
    Disconnected(Peer),
    /// A message.
    Published {
        /// Who passed it on.
        from: Peer,
        /// Which topic.
        topic: Topic,
        /// The message.
        bytes: Vec<u8>,
    },
    /// A question of a peer, under a number of the swarm's own.
    Asked {
        /// Who.
        from: Peer,
        /// Which question.
        id: u64,
        /// The question.
        bytes: Vec<u8>,
    },
    /// What became of [`Outgoing::Ask`].
    Answered {
        /// Who.
        from: Peer,
        /// Which question.
        id: u64,
        /// The answer; none when the peer refused, was lost, or took too long.
        bytes: Option<Vec<u8>>,
    },
}

/// The replica's end.
#[derive(Debug)]
pub struct Plane {
    /// To the swarm.
    pub outgoing: mpsc::Sender<Outgoing>,
    /// From the swarm.
    pub incoming: mpsc::Receiver<Incoming>,
}

/// The swarm's end.
#[derive(Debug)]
pub struct SwarmEnd {
    /// From the replica.
    pub outgoing: mpsc::Receiver<Outgoing>,
    /// To the replica.
    pub incoming: mpsc::Sender<Incoming>,
}

/// Two ends that belong together, with room for `capacity` messages each way.
pub fn pair(capacity: usize) -> (Plane, SwarmEnd) {
    let (to_swarm, outgoing) = mpsc::channel(capacity);
    let (to_replica, incoming) = mpsc::channel(capacity);
    (
        Plane {
            outgoing: to_swarm,
            incoming,
        },
        SwarmEnd {
            outgoing,
            incoming: to_replica,
        },
    )
}
