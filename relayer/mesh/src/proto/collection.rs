//! Statements on their way to a quorum, and statements that wait for our light client.
//!
//! Terms: *place*, where a statement stands: by chain, height and digest, or by digest alone when it is not about a block; *tally*,
//! the signatures over one statement; *open*, short of a quorum; *parked*, ahead of our light client; *cost*, the encoded length.
//!
//! ```text
//!             ┌─ ahead ─► parked ── our light client arrives ─┐
//! vouched ────┴──────────────────────────────────────────────►┴► open tally ── > 2/3 of weight ─► certified ─► forgotten, oldest first
//! ```
//! Each signature costs its author, and nobody else, until the tally is certified: a flood fills its author's share only. A full
//! share takes nothing more, so that nobody loses a statement that was taken; certification, settlement and time give room back.

use std::collections::{BTreeMap, VecDeque};

use wire::{
    attesters::AttesterSet,
    certificate::assemble,
    eip712::Digest,
    encoding::Canonical as _,
    signature::Signature,
    types::{Address, ChainId},
};

use super::{
    Footprint, UnixMillis,
    limits::{CERTIFIED_KEPT, OPEN_BYTES, PARKED_BYTES, STATEMENT_MS},
    message::{Gathered, Said, Vouched},
};

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Attestation {
        chain: ChainId,
        height: u64,
        digest: Digest,
    },
    Statement {
        digest: Digest,
    },
}

impl Place {
    pub(super) fn of(said: &Said, digest: Digest) -> Self {
        match said {
            Said::Attestation(attestation) => Self::Attestation {
                chain: attestation.chain,
                height: attestation.height,
                digest,
            },
            _ => Self::Statement { digest },
        }
    }

    fn first_at(chain: ChainId, height: u64) -> Self {
        let digest = Digest([0; 32]);
        Self::Attestation {
            chain,
            height,
            digest,
        }
    }

    fn last_at(chain: ChainId, height: u64) -> Self {
        let digest = Digest([0xff; 32]);
        Self::Attestation {
            chain,
            height,
            digest,
        }
    }

    fn first_statement() -> Self {
        Self::Statement {
            digest: Digest([0; 32]),
        }
    }
}

/// The signatures over one statement.
#[derive(Debug)]
struct Tally {
    said: Said,
    signatures: BTreeMap<Address, Signature>,
    cost: usize,
    since: UnixMillis,
    certified: bool,
}

impl Tally {
    fn gathered(&self) -> Gathered {
        Gathered {
            said: self.said.clone(),
            signatures: self.signatures.values().copied().collect(),
        }
    }
}

/// Bytes per author.
#[derive(Debug, Default)]
struct Shares(BTreeMap<Address, usize>);

impl Shares {
    fn of(&self, author: Address) -> usize {
        self.0.get(&author).copied().unwrap_or(0)
    }

    fn charge(&mut self, author: Address, cost: usize) {
        let share = self.0.entry(author).or_default();
        *share = share.saturating_add(cost);
    }

    fn refund(&mut self, author: Address, cost: usize) {
        let left = self.of(author).saturating_sub(cost);
        match left {
            0 => self.0.remove(&author),
            left => self.0.insert(author, left),
        };
    }

    fn total(&self) -> usize {
        self.0.values().fold(0, |sum, share| sum.saturating_add(*share))
    }
}

/// See the module's head.
#[derive(Debug, Default)]
pub(super) struct Collection {
    tallies: BTreeMap<Place, Tally>,
    parked: BTreeMap<(Place, Address), Vouched>,
    open: Shares,
    waiting: Shares,
    certified: VecDeque<Place>,
}

impl Collection {
    /// Whether the author's signature over the statement is here.
    pub(super) fn holds(&self, place: Place, author: Address) -> bool {
        let counted = self.tallies.get(&place);
        counted.is_some_and(|tally| tally.signatures.contains_key(&author))
            || self.parked.contains_key(&(place, author))
    }

    /// What the author said about a height.
    pub(super) fn said_at(&self, author: Address, chain: ChainId, height: u64) -> Vec<(Said, Signature)> {
        let (first, last) = (Place::first_at(chain, height), Place::last_at(chain, height));
        let counted = self.tallies.range(first..=last).filter_map(|(_, tally)| {
            let signature = tally.signatures.get(&author)?;
            Some((tally.said.clone(), *signature))
        });
        let ends = (first, Address::ZERO)..=(last, Address([0xff; 20]));
        let parked = self.parked.range(ends).map(|(_, vouched)| vouched);
        let parked = parked.filter(|vouched| vouched.author == author);
        counted
            .chain(parked.map(|vouched| (vouched.said.clone(), vouched.signature)))
            .collect()
    }

    /// Parks a statement, if its author's share has room.
    pub(super) fn park(&mut self, place: Place, vouched: Vouched) -> bool {
        let cost = vouched.encode().len();
        if self.waiting.of(vouched.author).saturating_add(cost) > PARKED_BYTES {
            return false;
        }
        self.waiting.charge(vouched.author, cost);
        self.parked.insert((place, vouched.author), vouched);
        true
    }

    /// Takes out what was parked up to a height.
    pub(super) fn unpark(&mut self, chain: ChainId, height: u64) -> Vec<(Place, Vouched)> {
        let first = (Place::first_at(chain, 0), Address::ZERO);
        let last = (Place::last_at(chain, height), Address([0xff; 20]));
        let keys: Vec<_> = self.parked.range(first..=last).map(|(key, _)| *key).collect();
        keys.into_iter()
            .filter_map(|key| Some((key.0, self.remove_parked(key)?)))
            .collect()
    }

    fn remove_parked(&mut self, key: (Place, Address)) -> Option<Vouched> {
        let vouched = self.parked.remove(&key)?;
        self.waiting.refund(vouched.author, vouched.encode().len());
        Some(vouched)
    }

    /// Counts a checked signature, if its author's share has room or the statement is certified already.
    pub(super) fn count(&mut self, place: Place, vouched: Vouched, now: UnixMillis) -> bool {
        let author = vouched.author;
        let certified = self.tallies.get(&place).is_some_and(|tally| tally.certified);
        let cost = vouched.encode().len();
        if !certified && self.open.of(author).saturating_add(cost) > OPEN_BYTES {
            return false;
        }
        let tally = self.tallies.entry(place).or_insert_with(|| Tally {
            said: vouched.said,
            signatures: BTreeMap::new(),
            cost,
            since: now,
            certified: false,
        });
        let new = tally.signatures.insert(author, vouched.signature).is_none();
        if new && !certified {
            self.open.charge(author, cost);
        }
        true
    }

    /// The statement and a quorum's signatures, the first time they suffice.
    pub(super) fn certify(&mut self, place: Place, set: &AttesterSet) -> Option<Gathered> {
        let tally = self.tallies.get_mut(&place).filter(|tally| !tally.certified)?;
        let signatures = assemble(&tally.signatures, set)?;
        tally.certified = true;
        for author in tally.signatures.keys() {
            self.open.refund(*author, tally.cost);
        }
        let said = tally.said.clone();
        self.keep_certified(place);
        Some(Gathered { said, signatures })
    }

    fn keep_certified(&mut self, place: Place) {
        self.certified.push_back(place);
        if self.certified.len() > CERTIFIED_KEPT
            && let Some(oldest) = self.certified.pop_front()
        {
            self.tallies.remove(&oldest);
        }
    }

    /// Forgets what is open or parked up to a settled height. What was certified stays, to convict who contradicts it.
    pub(super) fn settle(&mut self, chain: ChainId, height: u64) {
        self.unpark(chain, height);
        let ends = Place::first_at(chain, 0)..=Place::last_at(chain, height);
        let open = self.tallies.range(ends).filter(|(_, tally)| !tally.certified);
        let open: Vec<_> = open.map(|(place, _)| *place).collect();
        open.into_iter().for_each(|place| self.forget_open(place));
    }

    /// Forgets statements that found no quorum for too long.
    pub(super) fn expire(&mut self, now: UnixMillis) {
        let statements = self.tallies.range(Place::first_statement()..);
        let old = statements.filter(|(_, tally)| !tally.certified && now.since(tally.since) > STATEMENT_MS);
        let old: Vec<_> = old.map(|(place, _)| *place).collect();
        old.into_iter().for_each(|place| self.forget_open(place));
    }

    fn forget_open(&mut self, place: Place) {
        if let Some(tally) = self.tallies.remove(&place) {
            for author in tally.signatures.keys() {
                self.open.refund(*author, tally.cost);
            }
        }
    }

    /// Drops whom the new set does not know, and opens again what is not settled: another set must certify it anew.
    pub(super) fn rotate(&mut self, set: &AttesterSet, is_settled: impl Fn(&Said) -> bool) -> Vec<Place> {
        let is_member = |author: &Address| set.weight_of(*author).is_some();
        self.parked.retain(|(_, author), _| is_member(author));
        self.waiting.0.retain(|author, _| is_member(author));
        for tally in self.tallies.values_mut().filter(|tally| !is_settled(&tally.said)) {
            tally.signatures.retain(|author, _| is_member(author));
            tally.certified = false;
        }
        self.tallies.retain(|_, tally| !tally.signatures.is_empty());
        self.recount_open();
        self.tallies
            .iter()
            .filter(|(_, tally)| !tally.certified)
            .map(|(place, _)| *place)
            .collect()
    }

    fn recount_open(&mut self) {
        self.open = Shares::default();
        for tally in self.tallies.values().filter(|tally| !tally.certified) {
            for author in tally.signatures.keys() {
                self.open.charge(*author, tally.cost);
            }
        }
        let tallies = &self.tallies;
        let is_certified = |place: &Place| tallies.get(place).is_some_and(|tally| tally.certified);
        self.certified.retain(is_certified);
    }

    /// First and last height of a chain that are open for longer than `age`.
    pub(super) fn overdue(&self, chain: ChainId, now: UnixMillis, age: u64) -> Option<(u64, u64)> {
        let ends = Place::first_at(chain, 0)..=Place::last_at(chain, u64::MAX);
        let mut heights = self.tallies.range(ends).filter_map(|(place, tally)| match place {
            Place::Attestation { height, .. } if !tally.certified && now.since(tally.since) >= age => {
                Some(*height)
            }
            _ => None,
        });
        let first = heights.next()?;
        Some((first, heights.next_back().unwrap_or(first)))
    }

    /// What is held about heights of a chain.
    pub(super) fn about(&self, chain: ChainId, from: u64, to: u64) -> impl Iterator<Item = Gathered> {
        let tallies = self
            .tallies
            .range(Place::first_at(chain, from)..=Place::last_at(chain, to));
        tallies.map(|(_, tally)| tally.gathered())
    }

    /// What is held that is not about a block.
    pub(super) fn statements(&self) -> impl Iterator<Item = Gathered> {
        let tallies = self.tallies.range(Place::first_statement()..);
        tallies.map(|(_, tally)| tally.gathered())
    }

    /// Whether the statement at the place is certified.
    pub(super) fn is_certified(&self, place: Place) -> bool {
        self.tallies.get(&place).is_some_and(|tally| tally.certified)
    }

    /// Adds what it takes to a footprint.
    pub(super) fn measure(&self, footprint: &mut Footprint) {
        footprint.tallies = self.tallies.len();
        footprint.signatures = self.tallies.values().map(|tally| tally.signatures.len()).sum();
        footprint.certified = self.certified.len();
        footprint.parked = self.parked.len();
        footprint.open_bytes = self.open.total();
        footprint.parked_bytes = self.waiting.total();
    }

    /// Counts the shares again from what is held, for tests.
    #[cfg(test)]
    pub(super) fn shares_add_up(&self) -> bool {
        let mut open = Shares::default();
        for tally in self.tallies.values().filter(|tally| !tally.certified) {
            tally
                .signatures
                .keys()
                .for_each(|author| open.charge(*author, tally.cost));
        }
        let mut waiting = Shares::default();
        for vouched in self.parked.values() {
            waiting.charge(vouched.author, vouched.encode().len());
        }
        open.0 == self.open.0 && waiting.0 == self.waiting.0
    }
}
