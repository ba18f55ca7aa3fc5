//! Blocks: a header and the body that it commits to.
//!
//! ```text
//! Block = Header ‖ Body
//! Body  = attestations   certificates, ascending by (chain, height); each once, in the block that first needs it
//!         events         proved against an attestation of this or an earlier block, ascending by (chain, seq)
//!         evidence
//!         reports
//!         commands
//! leaf  = keccak256(0x00 ‖ section ‖ encoding of the item, signatures included)     section = 0 ..= 4 in the order above
//! ```
//! `commandsRoot` is the root over the leaves of all sections in that order, and `commandCount` their number, so that the header
//! commits to the whole body. The sections stand in the order in which the ledger applies them (cancels and forced commands are its
//! business).
//!
//! Guarantees: a block that [`Block::from_bytes`] returns is canonical, within the limits, in order, and is the one its header names.
//! Not guaranteed: signatures, proofs, roots of state and outbox, which need the set and the state.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/ledger.md`, A block applies; `spec/parameters.md`, block.

use alloc::vec::Vec;

use crate::{
    attestation::Attestation,
    certificate::Certified,
    command::{Command, Report},
    consensus::Header,
    encoding::{Canonical, DecodeError, Listed, records},
    event::VaultEvent,
    evidence::Evidence,
    tree::{ProofError, RootError, Tree, TreeRoot, leaf_of_bytes},
    types::{ChainId, Hash},
};

/// Longest encoding of a block: 1 MiB.
pub const MAX_BLOCK_BYTES: usize = 1 << 20;
/// Most items of a body, all sections together.
pub const MAX_ITEMS: u32 = 10_000;

records! {
    /// A vault event with the proof that an attested block holds it.
    pub struct ProvenEvent {
        /// The chain.
        pub chain: ChainId,
        /// Height of the attestation.
        pub height: u64,
        /// The event.
        pub event: VaultEvent,
        /// From the event's leaf upward.
        pub lemmas: Vec<Hash>,
    }

    /// What a block holds, in the order in which it applies.
    pub struct Body {
        /// Newly certified attestations.
        pub attestations: Vec<Certified<Attestation>>,
        /// Their events, and those of earlier blocks' attestations.
        pub events: Vec<ProvenEvent>,
        /// Evidence against attesters.
        pub evidence: Vec<Evidence>,
        /// Reports of attesters.
        pub reports: Vec<Report>,
        /// Everything else.
        pub commands: Vec<Command>,
    }

    /// A header and its body.
    pub struct Block {
        /// The header.
        pub header: Header,
        /// The body.
        pub body: Body,
    }
}

impl Listed for ProvenEvent {
    /// Events of one block.
    const LIMIT: u32 = MAX_ITEMS;
}

/// Why an event is not of an attested block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum EventError {
    /// The attestation is of another chain or height.
    #[error(
        "the event is of chain {chain} height {height}, the attestation of chain {attested_chain} height {attested_height}"
    )]
    WrongAttestation {
        /// The event's chain.
        chain: ChainId,
        /// The event's height.
        height: u64,
        /// The attestation's chain.
        attested_chain: ChainId,
        /// The attestation's height.
        attested_height: u64,
    },
    /// The attested block holds no event with the number.
    #[error("event {seq} is not among the {count} from {first_seq}")]
    SeqOutOfRange {
        /// The event's number.
        seq: u64,
        /// The block's first number.
        first_seq: u64,
        /// Events of the block.
        count: u32,
    },
    /// The attestation's root and count contradict each other.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The proof is refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl ProvenEvent {
    /// Checks that the attested block holds the event at the place that its number gives it, and returns the event.
    ///
    /// # Errors
    /// [`EventError`].
    pub fn verify(&self, attestation: &Attestation) -> Result<&VaultEvent, EventError> {
        if (self.chain, self.height) != (attestation.chain, attestation.height) {
            return Err(EventError::WrongAttestation {
                chain: self.chain,
                height: self.height,
                attested_chain: attestation.chain,
                attested_height: attestation.height,
            });
        }
        let seq = self.event.seq();
        let index = attestation.index_of(seq).ok_or(EventError::SeqOutOfRange {
            seq,
            first_seq: attestation.first_seq,
            count: attestation.event_count,
        })?;
        attestation
            .events()?
            .verify(index, self.event.leaf(), &self.lemmas)?;
        Ok(&self.event)
    }
}

/// Why bytes are no block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum BlockError {
    /// The bytes are not canonical, or too many.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The sections hold too many items together.
    #[error("{got} items exceed the limit of {MAX_ITEMS}")]
    TooManyItems {
        /// The count.
        got: usize,
    },
    /// Attestations are not strictly ascending by (chain, height).
    #[error("the attestation of chain {chain} height {height} is out of order")]
    UnsortedAttestations {
        /// Its chain.
        chain: ChainId,
        /// Its height.
        height: u64,
    },
    /// Events are not strictly ascending by (chain, seq).
    #[error("event {seq} of chain {chain} is out of order")]
    UnsortedEvents {
        /// Its chain.
        chain: ChainId,
        /// Its number.
        seq: u64,
    },
    /// The header counts other items than the body holds.
    #[error("the body holds {got} items, the header counts {expected}")]
    CountMismatch {
        /// Items of the body.
        got: u32,
        /// The header's count.
        expected: u32,
    },
    /// The header commits to another body.
    #[error("the body's root is {got}, the header names {expected}")]
    RootMismatch {
        /// The body's root.
        got: Hash,
        /// The header's root.
        expected: Hash,
    },
}

impl Body {
    /// How many items all sections hold together.
    pub fn len(&self) -> usize {
        [
            self.attestations.len(),
            self.events.len(),
            self.evidence.len(),
            self.reports.len(),
            self.commands.len(),
        ]
        .iter()
        .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The leaves of all items, in order.
    pub fn leaves(&self) -> Vec<Hash> {
        let mut leaves = Vec::with_capacity(self.len());
        leaves.extend(section(0, &self.attestations));
        leaves.extend(section(1, &self.events));
        leaves.extend(section(2, &self.evidence));
        leaves.extend(section(3, &self.reports));
        leaves.extend(section(4, &self.commands));
        leaves
    }

    /// Count and root that a header must name.
    ///
    /// # Errors
    /// [`BlockError::TooManyItems`].
    pub fn commands_root(&self) -> Result<TreeRoot, BlockError> {
        let got = self.len();
        match u32::try_from(got) {
            Ok(count) if count <= MAX_ITEMS => {}
            _ => return Err(BlockError::TooManyItems { got }),
        }
        Tree::new(&self.leaves())
            .map(|tree| tree.root())
            .map_err(|_| BlockError::TooManyItems { got })
    }

    fn check_order(&self) -> Result<(), BlockError> {
        let heights = self
            .attestations
            .iter()
            .map(|one| (one.statement.chain, one.statement.height));
        if let Some((chain, height)) = first_unsorted(heights) {
            return Err(BlockError::UnsortedAttestations { chain, height });
        }
        let numbers = self.events.iter().map(|one| (one.chain, one.event.seq()));
        if let Some((chain, seq)) = first_unsorted(numbers) {
            return Err(BlockError::UnsortedEvents { chain, seq });
        }
        Ok(())
    }
}

fn section<T: Canonical>(section: u8, items: &[T]) -> impl Iterator<Item = Hash> {
    items.iter().map(move |item| {
        let mut bytes = Vec::from([section]);
        item.encode_to(&mut bytes);
        leaf_of_bytes(&bytes)
    })
}

/// The first key that is not above the one before it.
fn first_unsorted<K: Ord + Copy>(keys: impl Iterator<Item = K> + Clone) -> Option<K> {
    keys.clone()
        .zip(keys.skip(1))
        .find(|(before, after)| after <= before)
        .map(|(_, after)| after)
}

impl Block {
    /// Reads a block from untrusted bytes and checks it against its own header.
    ///
    /// # Errors
    /// [`BlockError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlockError> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(DecodeError::InputTooLong {
                got: bytes.len(),
                limit: MAX_BLOCK_BYTES,
            }
            .into());
        }
        let block = Self::decode(bytes)?;
        block.check()?;
        Ok(block)
    }

    /// Checks order and limits of the body and that the header commits to it.
    ///
    /// # Errors
    /// [`BlockError`]; never [`BlockError::Decode`].
    pub fn check(&self) -> Result<(), BlockError> {
        self.body.check_order()?;
        let root = self.body.commands_root()?;
        if root.count() != self.header.command_count {
            return Err(BlockError::CountMismatch {
                got: root.count(),
                expected: self.header.command_count,
            });
        }
        if root.root() != self.header.commands_root {
            return Err(BlockError::RootMismatch {
                got: root.root(),
                expected: self.header.commands_root,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
