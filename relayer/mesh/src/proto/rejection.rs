//! Why a message, a request or an answer is not taken, and what that costs the peer that sent it.
//!
//! | acceptance | gossip forwards it | the sender is at fault | examples |
//! |---|---|---|---|
//! | accept | yes | no | |
//! | ignore | no | no: news may cross on the way, clocks differ, budgets run out | seen, ahead of our light client, over budget |
//! | reject | no | yes: it forwarded without validating | malformed, wrong signature |

use wire::{
    encoding::DecodeError,
    evidence::EvidenceError,
    signature::SignatureError,
    types::{Address, ChainId, NetworkId},
};

use super::{Peer, Topic, UnixMillis};

/// What becomes of a gossiped message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acceptance {
    /// It is forwarded.
    Accept,
    /// It is dropped.
    Ignore,
    /// It is dropped, and the sender is at fault.
    Reject,
}

/// Why something that a peer sent is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection {
    /// The peer is not on the list.
    #[error("peer {from} is not on the list")]
    UnknownPeer {
        /// Who sent it.
        from: Peer,
    },
    /// The peer's score is too low.
    #[error("the peer's score {score} is too low")]
    Graylisted {
        /// Its score.
        score: i64,
    },
    /// It is longer than its kind may be.
    #[error("{got} bytes exceed the limit of {limit}")]
    Oversize {
        /// Its length.
        got: usize,
        /// The largest length.
        limit: usize,
    },
    /// It does not decode.
    #[error("malformed: {0}")]
    Malformed(DecodeError),
    /// It is of another network.
    #[error("of network {}", got.0)]
    WrongNetwork {
        /// Which.
        got: NetworkId,
    },
    /// Its kind does not belong on the topic.
    #[error("a message of another topic on {topic}")]
    WrongTopic {
        /// Where it was sent.
        topic: Topic,
    },
    /// Its sender counts another attester set, further away than a rotation in progress explains.
    #[error("of set {got}, ours is {current}")]
    WrongSet {
        /// The sender's set.
        got: u32,
        /// Ours.
        current: u32,
    },
    /// Its author is not in the set.
    #[error("{author} is not an attester")]
    NotAMember {
        /// The author.
        author: Address,
    },
    /// No attester's fresh heartbeat names the peer.
    #[error("no fresh heartbeat names peer {from}")]
    UnboundPeer {
        /// Who sent it.
        from: Peer,
    },
    /// We have it.
    #[error("seen before")]
    Duplicate,
    /// The network has no such chain.
    #[error("chain {chain} is not of this network")]
    UnknownChain {
        /// The chain.
        chain: ChainId,
    },
    /// The ledger is past it.
    #[error("height {height} is settled, up to {settled}")]
    Settled {
        /// Its height.
        height: u64,
        /// The newest settled height.
        settled: u64,
    },
    /// Its author, or for what has none the sender, says too much.
    #[error("over the budget")]
    OverBudget,
    /// The author did not sign it.
    #[error("bad signature: {0}")]
    BadSignature(SignatureError),
    /// Our light client is not there yet; it waits.
    #[error("height {height} is ahead of our final height {finalized}")]
    Ahead {
        /// Its height.
        height: u64,
        /// The newest height that our light client verified as final.
        finalized: u64,
    },
    /// Too much of its author waits for our light client.
    #[error("too much of {author} is parked")]
    ParkingFull {
        /// The author.
        author: Address,
    },
    /// Too much of its author waits for a quorum.
    #[error("too much of {author} is open")]
    TooMuchOpen {
        /// The author.
        author: Address,
    },
    /// Its time is too far from ours.
    #[error("its time {} is not fresh", time.0)]
    NotFresh {
        /// Its time.
        time: UnixMillis,
    },
    /// Its author has sent a newer heartbeat.
    #[error("its time {} is not above {}", time.0, newest.0)]
    OldHeartbeat {
        /// Its time.
        time: UnixMillis,
        /// The newest heartbeat's.
        newest: UnixMillis,
    },
    /// The block was looked at again a moment ago.
    #[error("observed again a moment ago")]
    JustObserved,
    /// The evidence convicts nobody.
    #[error("bad evidence: {0}")]
    BadEvidence(EvidenceError),
    /// The offender is convicted of this already.
    #[error("{offender} is convicted already")]
    Convicted {
        /// Who.
        offender: Address,
    },
    /// The node refused the command, intent or report.
    #[error("refused by the node")]
    Refused,
    /// A range without heights.
    #[error("the range from {from} to {to} is empty")]
    EmptyRange {
        /// Its first height.
        from: u64,
        /// Its last.
        to: u64,
    },
    /// A range beyond any answer.
    #[error("the range from {from} to {to} is too wide")]
    RangeTooWide {
        /// Its first height.
        from: u64,
        /// Its last.
        to: u64,
    },
    /// Nobody asked for the answer, or not any more.
    #[error("an answer that nobody waits for")]
    Unrequested,
    /// The answer holds something else than was asked for.
    #[error("an answer beside the question")]
    BesideTheQuestion,
    /// The answer holds more signatures than one may.
    #[error("an answer with {got} signatures")]
    TooManySignatures {
        /// How many.
        got: usize,
    },
}

impl Rejection {
    /// What gossip does with the message.
    pub fn acceptance(&self) -> Acceptance {
        match self.penalty() {
            0 => Acceptance::Ignore,
            _ => Acceptance::Reject,
        }
    }

    /// What it costs the peer that sent it; nothing for what honest peers cannot avoid.
    pub fn penalty(&self) -> i64 {
        match self {
            Self::BadSignature(_) | Self::BadEvidence(_) | Self::BesideTheQuestion => 100,
            Self::Oversize { .. }
            | Self::Malformed(_)
            | Self::WrongNetwork { .. }
            | Self::WrongTopic { .. }
            | Self::UnknownChain { .. }
            | Self::EmptyRange { .. }
            | Self::RangeTooWide { .. }
            | Self::TooManySignatures { .. } => 50,
            Self::Refused => 10,
            Self::UnknownPeer { .. }
            | Self::Graylisted { .. }
            | Self::WrongSet { .. }
            | Self::NotAMember { .. }
            | Self::UnboundPeer { .. }
            | Self::Duplicate
            | Self::Settled { .. }
            | Self::OverBudget
            | Self::Ahead { .. }
            | Self::ParkingFull { .. }
            | Self::TooMuchOpen { .. }
            | Self::NotFresh { .. }
            | Self::OldHeartbeat { .. }
            | Self::JustObserved
            | Self::Convicted { .. }
            | Self::Unrequested => 0,
        }
    }
}
