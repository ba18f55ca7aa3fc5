//! Catch-up: what is short of a quorum is asked for, from one peer after the other, until it is not.
//!
//! ```text
//! open for 5 s ─► Question { chain, from, to } ─► any connected peer ─► Answer: statements with all signatures it holds ─► collect
//! ```
//! An answer certifies itself: each signature is checked as if it had been gossiped, so any peer can serve. Quorum statements are
//! asked for once a minute whatever we hold, because a node that missed one holds nothing that would tell it so.
//!
//! Guarantees: one question per peer is under way, an answer to none is refused; ranges are clamped to [`RANGE`] heights and answers
//! to [`ANSWER_STATEMENTS`] and [`ANSWER_SIGNATURES`]; each peer has a token bucket. Not guaranteed: that an answer is complete.

use std::collections::BTreeMap;

use wire::encoding::Canonical as _;

use super::{
    Action, Mesh, Peer, Rejection, RequestId, UnixMillis,
    collection::Place,
    gossip::check_size,
    limits::{
        ANSWER_BYTES, ANSWER_MS, ANSWER_SIGNATURES, ANSWER_STATEMENTS, CATCH_UP_MS, RANGE, RANGE_REFUSED,
        REQUEST_BYTES, STATEMENTS_MS,
    },
    message::{Answer, Ask, Gathered, Heights, Question, Said, Vouched},
};

/// Questions under way.
#[derive(Debug)]
pub(super) struct CatchUp {
    open: BTreeMap<Peer, (Ask, UnixMillis)>,
    attestations: UnixMillis,
    statements: UnixMillis,
}

impl CatchUp {
    pub(super) fn new(now: UnixMillis) -> Self {
        Self {
            open: BTreeMap::new(),
            attestations: now,
            statements: now,
        }
    }

    /// Ends the question to a peer.
    pub(super) fn close(&mut self, peer: Peer) {
        self.open.remove(&peer);
    }

    fn drop_unanswered(&mut self, now: UnixMillis) {
        self.open.retain(|_, (_, asked)| now.since(*asked) < ANSWER_MS);
    }
}

impl Mesh {
    /// Asks for what is overdue.
    pub(super) fn ask_for_more(&mut self, now: UnixMillis) {
        self.catch_up.drop_unanswered(now);
        if now.since(self.catch_up.attestations) >= CATCH_UP_MS {
            self.catch_up.attestations = now;
            self.overdue(now).into_iter().for_each(|ask| self.ask(ask, now));
        }
        if now.since(self.catch_up.statements) >= STATEMENTS_MS {
            self.catch_up.statements = now;
            self.ask(Ask::Statements(()), now);
        }
    }

    fn overdue(&self, now: UnixMillis) -> Vec<Ask> {
        let chains = self.chains.keys().filter_map(|chain| {
            let (from, last) = self.collection.overdue(*chain, now, CATCH_UP_MS)?;
            let to = last.min(from.saturating_add(RANGE.saturating_sub(1)));
            let chain = *chain;
            Some(Ask::Attestations(Heights { chain, from, to }))
        });
        chains.collect()
    }

    /// Asks the next peer, unless a question to it is under way.
    fn ask(&mut self, ask: Ask, now: UnixMillis) {
        let Some(to) = self.peers.next_to_ask(now) else {
            return;
        };
        if self.catch_up.open.contains_key(&to) {
            return;
        }
        self.catch_up.open.insert(to, (ask.clone(), now));
        let network = self.network;
        let bytes = Question { network, ask }.encode();
        self.actions.push(Action::Ask { to, bytes });
    }

    pub(super) fn on_question(&mut self, from: Peer, id: RequestId, bytes: &[u8], now: UnixMillis) {
        let answer = self.answer(from, bytes, now);
        if let Err(rejection) = &answer {
            self.refuse(from, rejection, now);
        }
        let bytes = answer.ok().map(|answer| answer.encode());
        self.actions.push(Action::Answer { to: from, id, bytes });
    }

    fn answer(&mut self, from: Peer, bytes: &[u8], now: UnixMillis) -> Result<Answer, Rejection> {
        self.check_heard(from, now)?;
        let peer = self.peers.get_mut(from).ok_or(Rejection::UnknownPeer { from })?;
        if !peer.requests.take(now) {
            return Err(Rejection::OverBudget);
        }
        check_size(bytes, REQUEST_BYTES)?;
        let question = Question::decode(bytes).map_err(Rejection::Malformed)?;
        if question.network != self.network {
            return Err(Rejection::WrongNetwork {
                got: question.network,
            });
        }
        match question.ask {
            Ask::Attestations(heights) => self.answer_heights(heights),
            Ask::Statements(_) => Ok(clamp(self.collection.statements())),
        }
    }

    fn answer_heights(&self, Heights { chain, from, to }: Heights) -> Result<Answer, Rejection> {
        if !self.chains.contains_key(&chain) {
            return Err(Rejection::UnknownChain { chain });
        }
        let Some(span) = to.checked_sub(from) else {
            return Err(Rejection::EmptyRange { from, to });
        };
        if span >= RANGE_REFUSED {
            return Err(Rejection::RangeTooWide { from, to });
        }
        let last = to.min(from.saturating_add(RANGE.saturating_sub(1)));
        Ok(clamp(self.collection.about(chain, from, last)))
    }

    pub(super) fn on_answer(&mut self, from: Peer, bytes: &[u8], now: UnixMillis) {
        let taken = match self.catch_up.open.remove(&from) {
            Some((ask, _)) => self.take_answer(&ask, bytes, now),
            None => Err(Rejection::Unrequested),
        };
        if let Err(rejection) = taken {
            self.refuse(from, &rejection, now);
        }
    }

    fn take_answer(&mut self, ask: &Ask, bytes: &[u8], now: UnixMillis) -> Result<(), Rejection> {
        check_size(bytes, ANSWER_BYTES)?;
        let answer = Answer::decode(bytes).map_err(Rejection::Malformed)?;
        let got = answer.statements.iter().map(|gathered| gathered.signatures.len());
        let got = got.fold(0_usize, usize::saturating_add);
        if got > ANSWER_SIGNATURES {
            return Err(Rejection::TooManySignatures { got });
        }
        for gathered in answer.statements {
            check_asked(ask, &gathered.said)?;
            self.take_gathered(&gathered, now)?;
        }
        Ok(())
    }

    /// Takes each signature as if it had been gossiped; what honest peers may send in vain is counted and passed over.
    fn take_gathered(&mut self, gathered: &Gathered, now: UnixMillis) -> Result<(), Rejection> {
        let said = &gathered.said;
        let digest = said.digest(&self.domain);
        let place = Place::of(said, digest);
        if self.collection.is_certified(place) {
            return Ok(());
        }
        for signature in &gathered.signatures {
            let author = signature.recover(digest).map_err(Rejection::BadSignature)?;
            let (said, signature) = (said.clone(), *signature);
            match self.take_gathered_one(
                place,
                Vouched {
                    author,
                    said,
                    signature,
                },
                now,
            ) {
                Err(rejection) if rejection.penalty() > 0 => return Err(rejection),
                Err(rejection) => self.note(&rejection),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn take_gathered_one(
        &mut self,
        place: Place,
        vouched: Vouched,
        now: UnixMillis,
    ) -> Result<(), Rejection> {
        let author = vouched.author;
        if self.set.weight_of(author).is_none() {
            return Err(Rejection::NotAMember { author });
        }
        if self.collection.holds(place, author) {
            return Err(Rejection::Duplicate);
        }
        self.check_subject(author, &vouched.said)?;
        self.collect(place, vouched, now)
    }
}

fn check_asked(ask: &Ask, said: &Said) -> Result<(), Rejection> {
    let is_asked = match (ask, said) {
        (Ask::Attestations(heights), Said::Attestation(said)) => {
            said.chain == heights.chain && (heights.from..=heights.to).contains(&said.height)
        }
        (Ask::Statements(_), said) => !matches!(said, Said::Attestation(_)),
        (Ask::Attestations(_), _) => false,
    };
    match is_asked {
        true => Ok(()),
        false => Err(Rejection::BesideTheQuestion),
    }
}

/// As many as one answer may hold.
fn clamp(held: impl Iterator<Item = Gathered>) -> Answer {
    let mut signatures = 0_usize;
    let mut bytes = 0_usize;
    let most = usize::try_from(ANSWER_STATEMENTS).unwrap_or(usize::MAX);
    let statements = held.take(most).take_while(|gathered| {
        signatures = signatures.saturating_add(gathered.signatures.len());
        bytes = bytes.saturating_add(gathered.encode().len());
        // The count of the list takes four bytes itself.
        signatures <= ANSWER_SIGNATURES && bytes <= ANSWER_BYTES.saturating_sub(4)
    });
    Answer {
        statements: statements.collect(),
    }
}
