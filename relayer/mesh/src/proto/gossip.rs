//! Validation of what arrives by gossip, from cheap to dear, and what our own node says.

use wire::{
    encoding::Canonical as _,
    evidence::{ConflictingAttestations, Evidence, attestations_conflict},
    gossip::{Heartbeat, Reobserve},
    signature::{Signature, SignatureError, Signed},
    types::{Address, Hash},
};

use super::{
    Acceptance, Action, Judgement, Mesh, MessageId, Peer, Rejection, Topic, UnixMillis,
    collection::Place,
    limits::{ATTESTATION_BYTES, COMMAND_BYTES, FRESH_MS, HEARTBEAT_BYTES, REOBSERVE_MS, REOBSERVED_KEPT},
    message::{Body, Envelope, Item, Said, Vouched},
};

/// What became of a message that broke no rule.
enum Taken {
    Accepted,
    /// The mempool has the last word.
    Pending,
}

impl Topic {
    /// Largest message.
    pub fn limit(self) -> usize {
        match self {
            Self::Attestations => ATTESTATION_BYTES,
            Self::Commands => COMMAND_BYTES,
            Self::Heartbeats => HEARTBEAT_BYTES,
        }
    }
}

impl Mesh {
    pub(super) fn on_gossip(
        &mut self,
        topic: Topic,
        from: Peer,
        id: MessageId,
        bytes: &[u8],
        now: UnixMillis,
    ) {
        match self.take(topic, from, id, bytes, now) {
            Ok(Taken::Pending) => {}
            Ok(Taken::Accepted) => self.accept(from, id),
            Err(rejection) => self.reject(from, id, &rejection, now),
        }
    }

    pub(super) fn on_judged(&mut self, from: Peer, id: MessageId, judgement: Judgement, now: UnixMillis) {
        match judgement {
            Judgement::Taken => self.accept(from, id),
            Judgement::Unneeded => self.reject(from, id, &Rejection::Duplicate, now),
            Judgement::Invalid => self.reject(from, id, &Rejection::Refused, now),
        }
    }

    fn accept(&mut self, from: Peer, id: MessageId) {
        self.counters.accepted = self.counters.accepted.saturating_add(1);
        let acceptance = Acceptance::Accept;
        self.actions.push(Action::Verdict { id, from, acceptance });
    }

    fn reject(&mut self, from: Peer, id: MessageId, rejection: &Rejection, now: UnixMillis) {
        let acceptance = rejection.acceptance();
        self.actions.push(Action::Verdict { id, from, acceptance });
        self.refuse(from, rejection, now);
    }

    fn take(
        &mut self,
        topic: Topic,
        from: Peer,
        id: MessageId,
        bytes: &[u8],
        now: UnixMillis,
    ) -> Result<Taken, Rejection> {
        self.check_heard(from, now)?;
        check_size(bytes, topic.limit())?;
        let envelope = Envelope::decode(bytes).map_err(Rejection::Malformed)?;
        self.check_envelope(&envelope, topic)?;
        match envelope.body {
            Body::Heartbeat(heartbeat) => self.take_heartbeat(&heartbeat, now)?,
            Body::Vouched(vouched) => self.take_vouched(from, vouched, now)?,
            Body::Evidence(evidence) => self.take_evidence(from, evidence, now)?,
            Body::Reobserve(request) => self.take_reobserve(from, &request, now)?,
            Body::Item(item) => return self.take_item(from, id, item, now),
        }
        Ok(Taken::Accepted)
    }

    /// The peer is listed, and its score is not too low.
    pub(super) fn check_heard(&mut self, from: Peer, now: UnixMillis) -> Result<(), Rejection> {
        let peer = self.peers.get_mut(from).ok_or(Rejection::UnknownPeer { from })?;
        match peer.is_heard(now) {
            true => Ok(()),
            false => Err(Rejection::Graylisted {
                score: peer.score(now),
            }),
        }
    }

    fn check_envelope(&self, envelope: &Envelope, topic: Topic) -> Result<(), Rejection> {
        if envelope.network != self.network {
            return Err(Rejection::WrongNetwork {
                got: envelope.network,
            });
        }
        if envelope.body.topic() != topic {
            return Err(Rejection::WrongTopic { topic });
        }
        let (got, current) = (envelope.set_id, self.set.id());
        match got.abs_diff(current) > 1 {
            true => Err(Rejection::WrongSet { got, current }),
            false => Ok(()),
        }
    }

    fn check_member(&self, author: Address) -> Result<(), Rejection> {
        match self.set.weight_of(author) {
            Some(_) => Ok(()),
            None => Err(Rejection::NotAMember { author }),
        }
    }

    fn check_bound(&self, from: Peer, now: UnixMillis) -> Result<(), Rejection> {
        match self.peers.is_bound(from, now) {
            true => Ok(()),
            false => Err(Rejection::UnboundPeer { from }),
        }
    }

    fn check_budget(&mut self, author: Address, now: UnixMillis) -> Result<(), Rejection> {
        let author = self
            .peers
            .author_mut(author)
            .ok_or(Rejection::NotAMember { author })?;
        match author.budget.allows(now) {
            true => Ok(()),
            false => Err(Rejection::OverBudget),
        }
    }

    fn spend_budget(&mut self, author: Address) {
        if let Some(author) = self.peers.author_mut(author) {
            author.budget.spend();
        }
    }

    fn take_vouched(&mut self, from: Peer, vouched: Vouched, now: UnixMillis) -> Result<(), Rejection> {
        let author = vouched.author;
        self.check_member(author)?;
        self.check_bound(from, now)?;
        let digest = vouched.said.digest(&self.domain);
        let place = Place::of(&vouched.said, digest);
        self.check_new(place, author)?;
        self.check_subject(author, &vouched.said)?;
        self.check_budget(author, now)?;
        check_signer(vouched.signature.recover(digest), author)?;
        self.spend_budget(author);
        self.collect(place, vouched, now)
    }

    fn check_new(&self, place: Place, author: Address) -> Result<(), Rejection> {
        match self.collection.holds(place, author) {
            true => Err(Rejection::Duplicate),
            false => Ok(()),
        }
    }

    /// Its chain is ours, and the ledger is not past it; unless the author has said something else there, which it may contradict.
    pub(super) fn check_subject(&self, author: Address, said: &Said) -> Result<(), Rejection> {
        let Said::Attestation(said) = said else {
            return Ok(());
        };
        let (chain, height) = (said.chain, said.height);
        let view = self.chains.get(&chain).ok_or(Rejection::UnknownChain { chain })?;
        let settled = view.settled;
        if height <= settled && self.collection.said_at(author, chain, height).is_empty() {
            return Err(Rejection::Settled { height, settled });
        }
        Ok(())
    }

    /// Parks or counts a statement whose author has signed it. One that contradicts an earlier one convicts its author and counts all
    /// the same: others may need it for a certificate that exists, and two certificates that conflict need a third of the weight to lie.
    pub(super) fn collect(
        &mut self,
        place: Place,
        vouched: Vouched,
        now: UnixMillis,
    ) -> Result<(), Rejection> {
        let convicted = match self.contradiction(&vouched) {
            Some(evidence) => self.convict(evidence),
            None => Ok(()),
        };
        self.park_if_ahead(place, &vouched)?;
        let author = vouched.author;
        if !self.collection.count(place, vouched, now) {
            return Err(Rejection::TooMuchOpen { author });
        }
        self.certify(place);
        convicted
    }

    fn park_if_ahead(&mut self, place: Place, vouched: &Vouched) -> Result<(), Rejection> {
        let Said::Attestation(said) = &vouched.said else {
            return Ok(());
        };
        let finalized = self.chains.get(&said.chain).map_or(0, |view| view.finalized);
        if said.height <= finalized {
            return Ok(());
        }
        let (height, author) = (said.height, vouched.author);
        match self.collection.park(place, vouched.clone()) {
            true => Err(Rejection::Ahead { height, finalized }),
            false => Err(Rejection::ParkingFull { author }),
        }
    }

    pub(super) fn certify(&mut self, place: Place) {
        if let Some(gathered) = self.collection.certify(place, &self.set) {
            self.counters.certified = self.counters.certified.saturating_add(1);
            self.actions.push(Action::Certified {
                said: gathered.said,
                signatures: gathered.signatures,
                set_id: self.set.id(),
            });
        }
    }

    /// Evidence, if the author has said something before that the statement contradicts.
    fn contradiction(&self, vouched: &Vouched) -> Option<Evidence> {
        let Said::Attestation(second) = vouched.said else {
            return None;
        };
        let finality = self.chains.get(&second.chain)?.finality;
        let earlier = self
            .collection
            .said_at(vouched.author, second.chain, second.height);
        earlier.into_iter().find_map(|(said, signature)| match said {
            Said::Attestation(first) if attestations_conflict(&first, &second, finality).is_some() => {
                Some(Evidence::Attestations(ConflictingAttestations {
                    first: signed(first, signature),
                    second: signed(second, vouched.signature),
                }))
            }
            _ => None,
        })
    }

    /// Keeps, delivers and gossips evidence, once per offender and rule.
    fn convict(&mut self, evidence: Evidence) -> Result<(), Rejection> {
        self.keep_evidence(evidence.clone())?;
        self.publish(Body::Evidence(evidence));
        Ok(())
    }

    fn keep_evidence(&mut self, evidence: Evidence) -> Result<(), Rejection> {
        let finality_of = |chain| self.chains.get(&chain).map(|view| view.finality);
        let offence = evidence
            .judge(&self.domain, finality_of)
            .map_err(Rejection::BadEvidence)?;
        let offender = offence.offender();
        self.check_member(offender)?;
        let key = (offender, offence.conflict());
        if self.evidence.contains_key(&key) {
            return Err(Rejection::Convicted { offender });
        }
        self.evidence.insert(key, evidence.clone());
        self.actions.push(Action::Convicted { evidence, offence });
        Ok(())
    }

    fn take_evidence(&mut self, from: Peer, evidence: Evidence, now: UnixMillis) -> Result<(), Rejection> {
        self.check_bound(from, now)?;
        let peer = self.peers.get_mut(from).ok_or(Rejection::UnknownPeer { from })?;
        if !peer.evidence.take(now) {
            return Err(Rejection::OverBudget);
        }
        self.keep_evidence(evidence)
    }

    fn take_heartbeat(&mut self, signed: &Signed<Heartbeat>, now: UnixMillis) -> Result<(), Rejection> {
        let heartbeat = &signed.statement;
        self.check_member(heartbeat.attester)?;
        check_fresh(UnixMillis(heartbeat.time_ms), now)?;
        self.check_newest(heartbeat)?;
        self.check_budget(heartbeat.attester, now)?;
        let verified = signed.verify(&self.domain).map_err(Rejection::BadSignature)?;
        self.spend_budget(verified.attester);
        self.remember_heartbeat(&verified);
        self.actions.push(Action::Alive(verified));
        Ok(())
    }

    fn remember_heartbeat(&mut self, heartbeat: &Heartbeat) {
        if let Some(author) = self.peers.author_mut(heartbeat.attester) {
            author.heartbeat = Some(heartbeat.clone());
        }
    }

    fn check_newest(&mut self, heartbeat: &Heartbeat) -> Result<(), Rejection> {
        let author = self.peers.author_mut(heartbeat.attester);
        let newest = author.and_then(|author| author.heartbeat.as_ref());
        match newest.map(|newest| newest.time_ms) {
            Some(newest) if heartbeat.time_ms <= newest => Err(Rejection::OldHeartbeat {
                time: UnixMillis(heartbeat.time_ms),
                newest: UnixMillis(newest),
            }),
            _ => Ok(()),
        }
    }

    fn take_reobserve(
        &mut self,
        from: Peer,
        signed: &Signed<Reobserve>,
        now: UnixMillis,
    ) -> Result<(), Rejection> {
        let request = signed.statement;
        self.check_member(request.attester)?;
        self.check_bound(from, now)?;
        check_fresh(UnixMillis(request.time_ms), now)?;
        let (chain, block) = (request.chain, (request.chain, request.height));
        self.chains.get(&chain).ok_or(Rejection::UnknownChain { chain })?;
        self.check_not_just_observed(block, now)?;
        self.check_budget(request.attester, now)?;
        let verified = signed.verify(&self.domain).map_err(Rejection::BadSignature)?;
        self.spend_budget(request.attester);
        self.remember_observed(block, now);
        self.actions.push(Action::Observe(verified));
        Ok(())
    }

    fn check_not_just_observed(
        &self,
        block: (wire::types::ChainId, u64),
        now: UnixMillis,
    ) -> Result<(), Rejection> {
        match self.reobserved.get(&block) {
            Some(last) if now.since(*last) < REOBSERVE_MS => Err(Rejection::JustObserved),
            _ => Ok(()),
        }
    }

    /// Remembers the block, and forgets what is old; a full memory forgets everything, which costs a second look at most.
    fn remember_observed(&mut self, block: (wire::types::ChainId, u64), now: UnixMillis) {
        self.reobserved.retain(|_, last| now.since(*last) < REOBSERVE_MS);
        if self.reobserved.len() >= REOBSERVED_KEPT {
            self.reobserved.clear();
        }
        self.reobserved.insert(block, now);
    }

    fn take_item(
        &mut self,
        from: Peer,
        id: MessageId,
        item: Item,
        now: UnixMillis,
    ) -> Result<Taken, Rejection> {
        self.check_bound(from, now)?;
        let peer = self.peers.get_mut(from).ok_or(Rejection::UnknownPeer { from })?;
        if !peer.items.take(now) {
            return Err(Rejection::OverBudget);
        }
        self.actions.push(Action::Judge { from, id, item });
        Ok(Taken::Pending)
    }

    /// Takes what our own node says and gossips it. A statement that is here already is gossiped again.
    pub(super) fn on_own(&mut self, body: Body, now: UnixMillis) {
        match self.take_own(&body, now) {
            Ok(()) | Err(Rejection::Duplicate | Rejection::Ahead { .. }) => self.publish(body),
            Err(rejection) => self.note(&rejection),
        }
    }

    fn take_own(&mut self, body: &Body, now: UnixMillis) -> Result<(), Rejection> {
        match body {
            Body::Vouched(vouched) => self.take_own_vouched(vouched, now),
            Body::Heartbeat(heartbeat) => {
                self.remember_heartbeat(&heartbeat.statement);
                Ok(())
            }
            Body::Evidence(evidence) => self.keep_evidence(evidence.clone()),
            Body::Reobserve(_) | Body::Item(_) => Ok(()),
        }
    }

    fn take_own_vouched(&mut self, vouched: &Vouched, now: UnixMillis) -> Result<(), Rejection> {
        let author = vouched.author;
        self.check_member(author)?;
        let digest = vouched.said.digest(&self.domain);
        let place = Place::of(&vouched.said, digest);
        self.check_new(place, author)?;
        self.check_subject(author, &vouched.said)?;
        check_signer(vouched.signature.recover(digest), author)?;
        self.collect(place, vouched.clone(), now)
    }
}

fn signed<T>(statement: T, signature: Signature) -> Signed<T> {
    Signed { statement, signature }
}

pub(super) fn check_size(bytes: &[u8], limit: usize) -> Result<(), Rejection> {
    match bytes.len() > limit {
        true => Err(Rejection::Oversize {
            got: bytes.len(),
            limit,
        }),
        false => Ok(()),
    }
}

fn check_signer(recovered: Result<Address, SignatureError>, expected: Address) -> Result<(), Rejection> {
    let got = recovered.map_err(Rejection::BadSignature)?;
    match got == expected {
        true => Ok(()),
        false => Err(Rejection::BadSignature(SignatureError::WrongSigner {
            got,
            expected,
        })),
    }
}

fn check_fresh(time: UnixMillis, now: UnixMillis) -> Result<(), Rejection> {
    match now.distance(time) <= FRESH_MS {
        true => Ok(()),
        false => Err(Rejection::NotFresh { time }),
    }
}

/// A message's id: keccak256 of its topic's name and its content.
pub fn gossip_id(topic: &str, content: &[u8]) -> MessageId {
    let hash: Hash = wire::types::keccak256(&[topic.as_bytes(), &[0], content]);
    MessageId(hash)
}
