//! The listed peers, what each may still do, and what each has done wrong; and the attesters that name them.
//!
//! A heartbeat names the ed25519 key of its attester's node. A peer is *bound* while some attester's newest heartbeat names it and
//! is fresh. Naming another's node gives nothing: it is bound already, and the own one then is not.

use std::collections::{BTreeMap, BTreeSet};

use wire::{attesters::AttesterSet, gossip::Heartbeat, types::Address};

use super::{
    Peer, UnixMillis,
    budget::Bucket,
    limits::{
        AUTHOR_BURST, AUTHOR_RATE, EVIDENCE_BURST, EVIDENCE_RATE, FRESH_MS, GRAYLIST, ITEM_BURST, ITEM_RATE,
        RECOVERY_MS, REQUEST_BURST, REQUEST_RATE, SCORE_FLOOR,
    },
};

/// A listed peer.
#[derive(Debug)]
pub(super) struct PeerState {
    pub(super) connected: bool,
    score: i64,
    scored: UnixMillis,
    pub(super) items: Bucket,
    pub(super) evidence: Bucket,
    pub(super) requests: Bucket,
}

impl PeerState {
    fn new(now: UnixMillis) -> Self {
        Self {
            connected: false,
            score: 0,
            scored: now,
            items: Bucket::new(ITEM_RATE, ITEM_BURST, now),
            evidence: Bucket::new(EVIDENCE_RATE, EVIDENCE_BURST, now),
            requests: Bucket::new(REQUEST_RATE, REQUEST_BURST, now),
        }
    }

    /// Zero or below; recovers with time.
    pub(super) fn score(&mut self, now: UnixMillis) -> i64 {
        let points = now.since(self.scored).checked_div(RECOVERY_MS).unwrap_or(0);
        if points > 0 {
            let points = i64::try_from(points).unwrap_or(i64::MAX);
            self.score = self.score.saturating_add(points).min(0);
            self.scored = now;
        }
        self.score
    }

    /// The score after a penalty.
    pub(super) fn penalise(&mut self, penalty: i64, now: UnixMillis) -> i64 {
        let score = self.score(now).saturating_sub(penalty);
        self.score = score.max(SCORE_FLOOR);
        self.score
    }

    /// Whether it is listened to.
    pub(super) fn is_heard(&mut self, now: UnixMillis) -> bool {
        self.score(now) > GRAYLIST
    }
}

/// An attester as the mesh sees it.
#[derive(Debug)]
pub(super) struct Author {
    pub(super) budget: Bucket,
    pub(super) heartbeat: Option<Heartbeat>,
}

/// The listed peers and the members of the set.
#[derive(Debug)]
pub(super) struct Peers {
    peers: BTreeMap<Peer, PeerState>,
    authors: BTreeMap<Address, Author>,
    /// The peer that was asked last.
    asked: Option<Peer>,
}

impl Peers {
    pub(super) fn new(listed: &BTreeSet<Peer>, set: &AttesterSet, now: UnixMillis) -> Self {
        let mut peers = Self {
            peers: listed.iter().map(|peer| (*peer, PeerState::new(now))).collect(),
            authors: BTreeMap::new(),
            asked: None,
        };
        peers.rotate(set, now);
        peers
    }

    /// Knows the members of a set, and forgets all others.
    pub(super) fn rotate(&mut self, set: &AttesterSet, now: UnixMillis) {
        self.authors.retain(|author, _| set.weight_of(*author).is_some());
        for member in set.members() {
            self.authors.entry(member.attester).or_insert_with(|| Author {
                budget: Bucket::new(AUTHOR_RATE, AUTHOR_BURST, now),
                heartbeat: None,
            });
        }
    }

    pub(super) fn get_mut(&mut self, peer: Peer) -> Option<&mut PeerState> {
        self.peers.get_mut(&peer)
    }

    pub(super) fn author_mut(&mut self, author: Address) -> Option<&mut Author> {
        self.authors.get_mut(&author)
    }

    /// Whether a fresh heartbeat names the peer.
    pub(super) fn is_bound(&self, peer: Peer, now: UnixMillis) -> bool {
        let mut heartbeats = self
            .authors
            .values()
            .filter_map(|author| author.heartbeat.as_ref());
        heartbeats.any(|heartbeat| {
            heartbeat.peer == peer.0 && now.distance(UnixMillis(heartbeat.time_ms)) <= FRESH_MS
        })
    }

    /// The next connected peer that is heard, in turn.
    pub(super) fn next_to_ask(&mut self, now: UnixMillis) -> Option<Peer> {
        let after = self.asked;
        let mut able: Vec<Peer> = Vec::new();
        for (peer, state) in &mut self.peers {
            if state.connected && state.is_heard(now) {
                able.push(*peer);
            }
        }
        let next = able.iter().find(|peer| Some(**peer) > after).or(able.first());
        self.asked = next.copied();
        self.asked
    }

    /// Peers with a bad score, and the score.
    pub(super) fn bad_scores(&mut self, now: UnixMillis) -> Vec<(Peer, i64)> {
        let mut bad = Vec::new();
        for (peer, state) in &mut self.peers {
            if state.score < 0 {
                bad.push((*peer, state.score(now)));
            }
        }
        bad
    }
}
