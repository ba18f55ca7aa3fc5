//! What waits to be put into a block: authentic, each thing once, no more than a node can hold.
//!
//! ```text
//! attestations  by (chain, height)      events  by (chain, seq)      evidence, reports, commands  as they came
//! ```
//! A block takes from each in this order until it is full. Attestations and events are named by what they are about, so that a second
//! certificate of one attestation replaces nothing; the others by their bytes.
//!
//! Specification: `spec/relayer.md`, Replica; `spec/parameters.md`, block.

use std::collections::BTreeMap;

use wire::{
    attestation::Attestation,
    block::{Body, MAX_BLOCK_BYTES, MAX_ITEMS, ProvenEvent},
    certificate::Certified,
    command::{Command, Report},
    encoding::{Canonical, Listed as _},
    evidence::Evidence,
    types::{Hash, keccak256},
};

/// Most submissions that wait.
pub(super) const MAX_WAITING: usize = 50_000;
/// Most bytes of those that wait: 64 blocks.
pub(super) const MAX_WAITING_BYTES: usize = 64 * MAX_BLOCK_BYTES;
/// What a block's header and the five counts take of its bytes, generously.
const FRAME_BYTES: usize = 1_024;

/// Something to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submission {
    /// A certified attestation.
    Attestation(Certified<Attestation>),
    /// An event of an attested block.
    Event(ProvenEvent),
    /// Against an attester.
    Evidence(Evidence),
    /// Of an attester.
    Report(Report),
    /// Signed by an owner, an attester or a quorum.
    Command(Box<Command>),
}

/// There is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} submissions of {bytes} bytes are waiting")]
pub struct TooMany {
    /// How many wait.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Place of a submission: its section, then where it stands in it.
type Place = (u8, u64, u64);

impl Submission {
    fn section(&self) -> u8 {
        match self {
            Self::Attestation(_) => 0,
            Self::Event(_) => 1,
            Self::Evidence(_) => 2,
            Self::Report(_) => 3,
            Self::Command(_) => 4,
        }
    }

    fn encoded(&self) -> Vec<u8> {
        match self {
            Self::Attestation(one) => one.encode(),
            Self::Event(one) => one.encode(),
            Self::Evidence(one) => one.encode(),
            Self::Report(one) => one.encode(),
            Self::Command(one) => one.encode(),
        }
    }

    /// What names it.
    fn name(&self) -> Hash {
        let subject = match self {
            Self::Attestation(one) => (one.statement.chain, one.statement.height).encode(),
            Self::Event(one) => (one.chain, one.event.seq()).encode(),
            _ => self.encoded(),
        };
        keccak256(&[&[self.section()], &subject])
    }

    fn put_into(self, body: &mut Body) {
        match self {
            Self::Attestation(one) => body.attestations.push(one),
            Self::Event(one) => body.events.push(one),
            Self::Evidence(one) => body.evidence.push(one),
            Self::Report(one) => body.reports.push(one),
            Self::Command(one) => body.commands.push(*one),
        }
    }
}

#[derive(Clone, Debug)]
struct Waiting {
    submission: Submission,
    bytes: usize,
}

/// See the module's head.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    waiting: BTreeMap<Place, Waiting>,
    names: BTreeMap<Hash, Place>,
    bytes: usize,
    arrived: u64,
}

impl Pool {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn holds(&self, submission: &Submission) -> bool {
        self.names.contains_key(&submission.name())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Submission> {
        self.waiting.values().map(|one| &one.submission)
    }

    /// Takes one in.
    pub(super) fn insert(&mut self, submission: Submission) -> Result<(), TooMany> {
        let bytes = submission.encoded().len();
        if self.waiting.len() >= MAX_WAITING || self.bytes + bytes > MAX_WAITING_BYTES {
            return Err(TooMany {
                count: self.waiting.len(),
                bytes: self.bytes,
            });
        }
        self.arrived += 1;
        let place = match &submission {
            Submission::Attestation(one) => (0, u64::from(one.statement.chain.0), one.statement.height),
            Submission::Event(one) => (1, u64::from(one.chain.0), one.event.seq()),
            other => (other.section(), self.arrived, 0),
        };
        self.bytes += bytes;
        self.names.insert(submission.name(), place);
        self.waiting.insert(place, Waiting { submission, bytes });
        Ok(())
    }

    /// A body of one submission, and of its attestation if that waits as well.
    pub(super) fn alone(&self, submission: &Submission) -> Body {
        let mut body = empty();
        if let Submission::Event(one) = submission {
            let place = (0, u64::from(one.chain.0), one.height);
            let attestation = self.waiting.get(&place);
            attestation
                .into_iter()
                .for_each(|one| one.submission.clone().put_into(&mut body));
        }
        submission.clone().put_into(&mut body);
        body
    }

    /// As much as a block takes.
    pub(super) fn body(&self) -> Body {
        let (mut body, mut bytes) = (empty(), FRAME_BYTES);
        let mut of_section = [0_u32; 5];
        for one in self.waiting.values() {
            let section = usize::from(one.submission.section());
            let is_full = of_section[section] >= section_limit(section) || body.len() >= MAX_ITEMS as usize;
            if is_full || bytes + one.bytes > MAX_BLOCK_BYTES {
                continue;
            }
            of_section[section] += 1;
            bytes += one.bytes;
            one.submission.clone().put_into(&mut body);
        }
        body
    }

    /// Keeps those whose verdict, in the order of [`Pool::iter`], is good.
    pub(super) fn keep(&mut self, judged: &[bool]) {
        let places: Vec<Place> = self.waiting.keys().copied().collect();
        let bad = places.iter().zip(judged).filter(|(_, is_good)| !**is_good);
        bad.for_each(|(place, _)| self.remove(place));
    }

    /// Forgets what a block has settled.
    pub(super) fn forget(&mut self, body: &Body) {
        let mut names: Vec<Hash> = Vec::with_capacity(body.len());
        let mut settled = |submission: Submission| names.push(submission.name());
        body.attestations
            .iter()
            .cloned()
            .map(Submission::Attestation)
            .for_each(&mut settled);
        body.events
            .iter()
            .cloned()
            .map(Submission::Event)
            .for_each(&mut settled);
        body.evidence
            .iter()
            .cloned()
            .map(Submission::Evidence)
            .for_each(&mut settled);
        body.reports
            .iter()
            .cloned()
            .map(Submission::Report)
            .for_each(&mut settled);
        let commands = body.commands.iter().cloned().map(Box::new);
        commands.map(Submission::Command).for_each(&mut settled);
        for name in names {
            if let Some(place) = self.names.remove(&name) {
                self.remove(&place);
            }
        }
    }

    fn remove(&mut self, place: &Place) {
        if let Some(one) = self.waiting.remove(place) {
            self.bytes -= one.bytes;
            self.names.remove(&one.submission.name());
        }
    }
}

fn section_limit(section: usize) -> u32 {
    [
        Certified::<Attestation>::LIMIT,
        ProvenEvent::LIMIT,
        Evidence::LIMIT,
        Report::LIMIT,
        Command::LIMIT,
    ][section]
}

fn empty() -> Body {
    Body {
        attestations: Vec::new(),
        events: Vec::new(),
        evidence: Vec::new(),
        reports: Vec::new(),
        commands: Vec::new(),
    }
}

#[cfg(test)]
impl Pool {
    /// Leaves no room.
    pub(super) fn fill(&mut self) {
        self.bytes = MAX_WAITING_BYTES;
    }

    /// Breaks the signature of every command that waits.
    pub(super) fn spoil(&mut self) {
        for one in self.waiting.values_mut() {
            if let Submission::Command(command) = &mut one.submission
                && let Command::CancelIntents(signed) = command.as_mut()
            {
                signed.signature.0[7] ^= 1;
            }
        }
    }
}
