//! What travels: envelopes on the topics, and the question and answer of catch-up.
//!
//! ```text
//! envelope   network ‖ set id ‖ tag ‖ body      tag 0 vouched  1 evidence  2 reobserve │ 3 heartbeat │ 4 item
//!                                                   attestations                        heartbeats    commands
//! vouched    author ‖ said ‖ signature          said: tag 0 attestation, 1..7 the quorum statements
//! question   network ‖ tag ‖ body               0 attestations of a chain, from, to   1 the other statements
//! answer     list of said ‖ list of signatures
//! ```
//! The envelope's set id is what its sender counts, for a cheap refusal; no signature covers it. Everything a decision rests on is
//! signed. A certificate and a single signature travel alike in an answer: as signatures over one statement, each of which is checked.
//!
//! Encoding: [`wire::encoding`].

use wire::{
    attestation::Attestation,
    command::{
        Checkpoint, Command, CustodyLoss, Halt, Intent, Propose, RegisterVault, ReorgStatement, Report,
        Resume,
    },
    eip712::{Digest, Domain, Statement as _},
    encoding::{Canonical, DecodeError, Listed, Reader},
    evidence::Evidence,
    gossip::{Heartbeat, Reobserve},
    signature::{Signature, Signed},
    types::{Address, ChainId, NetworkId},
};

use super::{Topic, limits::ANSWER_STATEMENTS};

macro_rules! record {
    ($( $(#[$meta:meta])* pub struct $name:ident { $( $(#[$fmeta:meta])* pub $field:ident : $ty:ty, )* } )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[$fmeta])* pub $field: $ty, )* }

        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                $( self.$field.encode_to(out); )*
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $( $field: Canonical::decode_from(input)?, )* })
            }
        }
    )+};
}

macro_rules! choice {
    ($( $(#[$meta:meta])* pub enum $name:ident { $( $(#[$vmeta:meta])* $tag:literal => $variant:ident($inner:ty), )+ } )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$vmeta])* $variant($inner), )+ }

        $( impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self::$variant(value)
            }
        } )+

        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                match self { $( Self::$variant(value) => {
                    out.push($tag);
                    value.encode_to(out);
                } )+ }
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match u8::decode_from(input)? {
                    $( $tag => Canonical::decode_from(input).map(Self::$variant), )+
                    code => Err(DecodeError::UnknownCode { code, of: stringify!($name) }),
                }
            }
        }
    )+};
}

choice! {
    /// A statement that takes effect when a quorum says it.
    pub enum Said {
        /// What was proved about a block.
        0 => Attestation(Attestation),
        /// See [`RegisterVault`].
        1 => RegisterVault(RegisterVault),
        /// See [`Propose`].
        2 => Propose(Propose),
        /// See [`Halt`].
        3 => Halt(Halt),
        /// See [`Resume`].
        4 => Resume(Resume),
        /// See [`Checkpoint`].
        5 => Checkpoint(Checkpoint),
        /// See [`CustodyLoss`].
        6 => CustodyLoss(CustodyLoss),
        /// See [`ReorgStatement`].
        7 => Reorg(ReorgStatement),
    }

    /// What the node's mempool judges.
    pub enum Item {
        /// A command with what authorises it.
        0 => Command(Box<Command>),
        /// A post or a take that waits for its other side.
        1 => Intent(Signed<Intent>),
        /// Prices, or the health of chains.
        2 => Report(Report),
    }

    /// What an envelope holds.
    pub enum Body {
        /// A statement of one attester.
        0 => Vouched(Vouched),
        /// Two statements that convict one.
        1 => Evidence(Evidence),
        /// A request to look at a block again.
        2 => Reobserve(Signed<Reobserve>),
        /// A sign of life.
        3 => Heartbeat(Signed<Heartbeat>),
        /// For the mempool.
        4 => Item(Item),
    }

    /// What is asked for.
    pub enum Ask {
        /// Attestations of a chain.
        0 => Attestations(Heights),
        /// All statements that are not about a block.
        1 => Statements(()),
    }
}

record! {
    /// A statement, who says it, and the signature, which nothing has checked yet.
    pub struct Vouched {
        /// Who must have signed.
        pub author: Address,
        /// What is said.
        pub said: Said,
        /// Over the statement's digest.
        pub signature: Signature,
    }

    /// One gossiped message.
    pub struct Envelope {
        /// The network.
        pub network: NetworkId,
        /// The attester set that the sender counts.
        pub set_id: u32,
        /// The content.
        pub body: Body,
    }

    /// Heights of a chain, both ends included.
    #[derive(Copy)]
    pub struct Heights {
        /// The chain.
        pub chain: ChainId,
        /// First height.
        pub from: u64,
        /// Last height.
        pub to: u64,
    }

    /// A request for statements.
    pub struct Question {
        /// The network.
        pub network: NetworkId,
        /// What is asked for.
        pub ask: Ask,
    }

    /// A statement and the signatures that a peer holds over it: of a quorum, or of fewer.
    pub struct Gathered {
        /// What is said.
        pub said: Said,
        /// One per signer, in any order.
        pub signatures: Vec<Signature>,
    }

    /// The answer to a [`Question`].
    pub struct Answer {
        /// Ascending by height and digest.
        pub statements: Vec<Gathered>,
    }
}

impl Listed for Gathered {
    const LIMIT: u32 = ANSWER_STATEMENTS;
}

impl Body {
    /// Where it belongs.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Vouched(_) | Self::Evidence(_) | Self::Reobserve(_) => Topic::Attestations,
            Self::Heartbeat(_) => Topic::Heartbeats,
            Self::Item(_) => Topic::Commands,
        }
    }
}

impl Said {
    /// What an attester signs to say it.
    pub fn digest(&self, domain: &Domain) -> Digest {
        match self {
            Self::Attestation(said) => said.digest(domain),
            Self::RegisterVault(said) => said.digest(domain),
            Self::Propose(said) => said.digest(domain),
            Self::Halt(said) => said.digest(domain),
            Self::Resume(said) => said.digest(domain),
            Self::Checkpoint(said) => said.digest(domain),
            Self::CustodyLoss(said) => said.digest(domain),
            Self::Reorg(said) => said.digest(domain),
        }
    }
}
