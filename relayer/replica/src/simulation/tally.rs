//! A small application: attested heights of one chain, each counted once, under a root that hashes all blocks in a row.

use std::collections::BTreeSet;

use wire::{
    attestation::Attestation,
    attesters::AttesterSet,
    block::{Block, Body},
    certificate::Certified,
    consensus::Header,
    encoding::Canonical as _,
    evidence::Evidence,
    tree::EMPTY_ROOT,
    types::{ChainId, Hash, keccak256},
};

use crate::application::{Application, ApplicationFault, Applied, Tip, Write};

/// Why a block is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("state root {got}, {expected} here")]
    StateRoot { got: Hash, expected: Hash },
    #[error("next set {got}, {expected} here")]
    NextSet { got: Hash, expected: Hash },
    #[error("height {0} is counted already")]
    Twice(u64),
}

/// What the application does wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    None,
    /// Proposes blocks with another state root.
    StateRoot,
}

pub(crate) struct Tally {
    tip: Tip,
    state: Hash,
    counted: BTreeSet<u64>,
    waiting: BTreeSet<u64>,
    /// Sets by epoch; the last one stays.
    sets: Vec<AttesterSet>,
    epoch_blocks: u64,
    lie: Lie,
    pub(crate) accused: std::sync::Arc<std::sync::Mutex<Vec<Evidence>>>,
}

impl Tally {
    pub(crate) fn new(genesis: Tip, sets: Vec<AttesterSet>, epoch_blocks: u64, lie: Lie) -> Self {
        Self {
            tip: genesis,
            state: Hash::ZERO,
            counted: BTreeSet::new(),
            waiting: BTreeSet::new(),
            sets,
            epoch_blocks,
            lie,
            accused: std::sync::Arc::default(),
        }
    }

    /// The set that decides a height.
    fn set_of(&self, height: u64) -> &AttesterSet {
        let epoch = usize::try_from((height - 1) / self.epoch_blocks).unwrap();
        self.sets.get(epoch).unwrap_or(self.sets.last().unwrap())
    }

    fn next_set(&self, height: u64) -> Hash {
        self.set_of(height + 1).hash()
    }
}

fn attested(height: u64) -> Certified<Attestation> {
    Certified {
        statement: Attestation {
            chain: ChainId(1),
            height,
            block_hash: Hash([9; 32]),
            timestamp: 0,
            previous: 0,
            first_seq: 0,
            event_count: 0,
            events_root: EMPTY_ROOT,
        },
        signatures: Vec::new(),
    }
}

impl Application for Tally {
    type Submission = u64;
    type Refusal = Refusal;

    fn tip(&self) -> Tip {
        self.tip
    }

    fn attester_set(&self) -> &AttesterSet {
        self.set_of(self.tip.height + 1)
    }

    fn submit(&mut self, height: u64) -> Result<(), Refusal> {
        if self.counted.contains(&height) {
            return Err(Refusal::Twice(height));
        }
        self.waiting.insert(height);
        Ok(())
    }

    fn accuse(&mut self, evidence: Evidence) {
        self.accused.lock().unwrap().push(evidence);
    }

    fn has_pending(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn prepare(&mut self, time_ms: u64) -> Result<Block, ApplicationFault> {
        let height = self.tip.height + 1;
        let body = Body {
            attestations: self.waiting.iter().take(100).copied().map(attested).collect(),
            events: Vec::new(),
            evidence: Vec::new(),
            reports: Vec::new(),
            commands: Vec::new(),
        };
        let root = body.commands_root().unwrap();
        let mut header = Header {
            height,
            parent: self.tip.block_id,
            time_ms,
            set_id: self.attester_set().id(),
            command_count: root.count(),
            commands_root: root.root(),
            state_root: self.state,
            outbox_count: 0,
            outbox_root: EMPTY_ROOT,
            next_set: self.next_set(height),
        };
        if self.lie == Lie::StateRoot {
            header.state_root.0[0] ^= 1;
        }
        Ok(Block { header, body })
    }

    fn validate(&mut self, block: &Block) -> Result<(), Refusal> {
        let (got, expected) = (block.header.state_root, self.state);
        if got != expected && self.lie == Lie::None {
            return Err(Refusal::StateRoot { got, expected });
        }
        let (got, expected) = (block.header.next_set, self.next_set(block.header.height));
        if got != expected {
            return Err(Refusal::NextSet { got, expected });
        }
        let heights = block.body.attestations.iter().map(|one| one.statement.height);
        match heights.clone().find(|height| self.counted.contains(height)) {
            Some(height) => Err(Refusal::Twice(height)),
            None => Ok(()),
        }
    }

    fn apply(&mut self, block: &Block) -> Result<Applied, ApplicationFault> {
        for one in &block.body.attestations {
            let height = one.statement.height;
            assert!(self.counted.insert(height), "height {height} is counted twice");
            self.waiting.remove(&height);
        }
        self.tip = Tip {
            height: block.header.height,
            block_id: block.header.block_id(),
            time_ms: block.header.time_ms,
        };
        self.state = keccak256(&[&self.state.0, &block.encode()]);
        Ok(Applied {
            writes: vec![Write {
                key: b"state".to_vec(),
                value: Some(self.state.0.to_vec()),
            }],
            outbox_changed: false,
        })
    }
}
