//! Questions and answers.

use super::*;

fn question(ask: Ask) -> Vec<u8> {
    let network = NETWORK;
    Question { network, ask }.encode()
}

fn heights(from: u64, to: u64) -> Ask {
    Ask::Attestations(Heights {
        chain: FINALISING,
        from,
        to,
    })
}

/// The answer, or the rejection.
fn ask(bench: &mut Bench, bytes: Vec<u8>) -> Result<Answer, &'static str> {
    let before = bench.mesh.counters().clone();
    let (from, id) = (peer(1), RequestId(3));
    let actions = bench.mesh.handle(Event::Question { from, id, bytes }, NOW);
    let answer = actions.iter().find_map(|action| match action {
        Action::Answer {
            to,
            id: RequestId(3),
            bytes,
        } if *to == from => Some(bytes.clone()),
        _ => None,
    });
    match answer.expect("every question is answered or refused") {
        Some(bytes) => Ok(Answer::decode(&bytes).unwrap()),
        None => Err(bench.newly_rejected(&before)),
    }
}

/// A mesh that has asked peer 1 for height 1, which only attester 1 has signed.
fn waiting() -> (Bench, UnixMillis) {
    let mut bench = Bench::new();
    bench.mesh.handle(Event::Connected(peer(1)), NOW);
    bench.vouch(0, attestation(FINALISING, 1)).unwrap();
    let asked = later(limits::CATCH_UP_MS);
    let actions = bench.mesh.handle(Event::Tick, asked);
    let bytes = question(heights(1, 1));
    assert!(actions.contains(&Action::Ask { to: peer(1), bytes }));
    (bench, asked)
}

fn answer(bench: &mut Bench, statements: Vec<Gathered>, now: UnixMillis) -> Vec<Action> {
    let (from, bytes) = (peer(1), Answer { statements }.encode());
    bench.mesh.handle(Event::Answer { from, bytes }, now)
}

fn gathered(said: impl Into<Said>, keys: &[Key]) -> Gathered {
    let said = said.into();
    let signatures = keys.iter().map(|key| key.vouch(said.clone()).signature);
    Gathered {
        signatures: signatures.collect(),
        said,
    }
}

#[test]
fn an_overdue_statement_is_asked_for_and_the_answer_certifies_it() {
    let (mut bench, now) = waiting();
    let keys = bench.keys.clone();
    let actions = answer(
        &mut bench,
        vec![gathered(attestation(FINALISING, 1), &keys[1..3])],
        now,
    );
    assert_eq!(certificates(&actions).len(), 1);
    assert_eq!(bench.rejections(), [] as [&str; 0]);
}

#[test]
fn what_is_known_or_of_outsiders_is_passed_over() {
    let (mut bench, now) = waiting();
    let keys = [Key::new(77), Key::new(1), Key::new(2), Key::new(3)];
    let actions = answer(&mut bench, vec![gathered(attestation(FINALISING, 1), &keys)], now);
    assert_eq!(certificates(&actions).len(), 1);
    assert_eq!(bench.rejections(), ["Duplicate", "NotAMember"]);
}

#[test]
fn an_answer_to_no_question_is_refused() {
    let (mut bench, now) = waiting();
    bench.mesh.handle(Event::Disconnected(peer(1)), now);
    answer(&mut bench, Vec::new(), now);
    assert_eq!(bench.rejections(), ["Unrequested"]);
}

#[test]
fn a_question_is_given_up_when_it_is_not_answered() {
    let (mut bench, now) = waiting();
    bench.mesh.handle(Event::Unanswered { from: peer(1) }, now);
    let again = later(2 * limits::CATCH_UP_MS);
    let actions = bench.mesh.handle(Event::Tick, again);
    assert!(actions.iter().any(|action| matches!(action, Action::Ask { .. })));
    let late = UnixMillis(again.0 + limits::ANSWER_MS);
    bench.mesh.handle(Event::Tick, late);
    bench.mesh.handle(Event::Unanswered { from: peer(1) }, late);
    answer(&mut bench, Vec::new(), late);
    assert_eq!(bench.rejections(), ["Unrequested"]);
}

#[test]
fn peers_are_asked_in_turn() {
    let mut bench = Bench::new();
    (1..=3).for_each(|number| drop(bench.mesh.handle(Event::Connected(peer(number)), NOW)));
    bench.vouch(0, attestation(FINALISING, 1)).unwrap();
    let asked = (1..=6).map(|round| {
        let actions = bench.mesh.handle(Event::Tick, later(round * limits::ANSWER_MS));
        actions.into_iter().find_map(|action| match action {
            Action::Ask { to, .. } => Some(to),
            _ => None,
        })
    });
    let asked: Vec<_> = asked.flatten().collect();
    assert_eq!(asked[..3], [peer(1), peer(2), peer(3)]);
}

#[test]
fn answers_beside_the_question_malformed_or_too_long_are_refused() {
    type Make = fn(&[Key]) -> Vec<Gathered>;
    let cases: [(Make, &str); 5] = [
        (
            |keys| vec![gathered(attestation(FINALISING, 2), &keys[1..2])],
            "BesideTheQuestion",
        ),
        (|keys| vec![gathered(halt(1), &keys[1..2])], "BesideTheQuestion"),
        (
            |keys| {
                let mut broken = gathered(attestation(FINALISING, 1), &keys[1..2]);
                broken.signatures[0].0[64] = 0;
                vec![broken]
            },
            "BadSignature",
        ),
        (
            |keys| {
                let one = gathered(attestation(FINALISING, 1), &keys[1..2]);
                let signatures = vec![one.signatures[0]; 64];
                vec![Gathered { signatures, ..one }; 17]
            },
            "TooManySignatures",
        ),
        (
            |_| vec![gathered(attestation(FINALISING, 1), &[]); 257],
            "Malformed",
        ),
    ];
    for (make, expected) in cases {
        let (mut bench, now) = waiting();
        let keys = bench.keys.clone();
        answer(&mut bench, make(&keys), now);
        assert_eq!(bench.rejections(), [expected]);
    }
    let (mut bench, now) = waiting();
    let (from, bytes) = (peer(1), vec![0; limits::ANSWER_BYTES + 1]);
    bench.mesh.handle(Event::Answer { from, bytes }, now);
    assert_eq!(bench.rejections(), ["Oversize"]);
}

#[test]
fn a_contradiction_in_an_answer_convicts() {
    let (mut bench, now) = waiting();
    let other = wire::attestation::Attestation {
        first_seq: 1,
        ..attestation(FINALISING, 1)
    };
    let keys = bench.keys.clone();
    let actions = answer(&mut bench, vec![gathered(other, &keys[..1])], now);
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Convicted { .. }))
    );
}

#[test]
fn a_question_is_answered_with_all_signatures_in_the_range() {
    let mut bench = Bench::new();
    for height in 1..=5 {
        bench.vouch(0, attestation(FINALISING, height)).unwrap();
        bench.vouch(1, attestation(FINALISING, height)).unwrap();
    }
    let answer = ask(&mut bench, question(heights(2, 4))).unwrap();
    let shape = answer.statements.iter().map(|gathered| match &gathered.said {
        Said::Attestation(said) => (said.height, gathered.signatures.len()),
        other => panic!("not asked for: {other:?}"),
    });
    assert_eq!(shape.collect::<Vec<_>>(), [(2, 2), (3, 2), (4, 2)]);
}

#[test]
fn statements_that_are_not_about_a_block_are_asked_for_every_minute() {
    let mut bench = Bench::new();
    bench.mesh.handle(Event::Connected(peer(2)), NOW);
    let actions = bench.mesh.handle(Event::Tick, later(limits::STATEMENTS_MS));
    let bytes = question(Ask::Statements(()));
    assert!(actions.contains(&Action::Ask {
        to: peer(2),
        bytes: bytes.clone()
    }));
    bench.vouch(0, halt(1)).unwrap();
    bench.vouch(0, attestation(FINALISING, 1)).unwrap();
    let statements = ask(&mut bench, bytes).unwrap().statements;
    assert!(matches!(
        statements[..],
        [Gathered {
            said: Said::Halt(_),
            ..
        }]
    ));
}

#[test]
fn ranges_are_clamped_and_beyond_bounds_refused() {
    let mut bench = Bench::new();
    let (chain, height) = (FINALISING, 1_000);
    bench.mesh.handle(Event::Finalized { chain, height }, NOW);
    (1..=300).for_each(|height| bench.vouch(0, attestation(FINALISING, height)).unwrap());
    let clamped = ask(&mut bench, question(heights(1, 300))).unwrap();
    assert_eq!(clamped.statements.len(), 256);
    let cases = [
        (question(heights(5, 4)), "EmptyRange"),
        (question(heights(0, limits::RANGE_REFUSED)), "RangeTooWide"),
        (vec![0; limits::REQUEST_BYTES + 1], "Oversize"),
        (vec![0; 3], "Malformed"),
        (
            Question {
                network: NetworkId(Hash([1; 32])),
                ask: Ask::Statements(()),
            }
            .encode(),
            "WrongNetwork",
        ),
        (
            question(Ask::Attestations(Heights {
                chain: ChainId(9),
                from: 0,
                to: 0,
            })),
            "UnknownChain",
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(ask(&mut bench, bytes).unwrap_err(), expected);
    }
}

#[test]
fn an_answer_holds_no_more_signatures_than_one_may() {
    let keys: Vec<_> = (1..=64).map(Key::new).collect();
    let mut bench = Bench::new();
    bench.mesh.handle(Event::Rotated(set_of(2, &keys)), NOW);
    let heartbeat = keys[0].heartbeat(peer(1), later(1));
    bench.act(peer(1), heartbeat, NOW);
    for height in 1..=20 {
        for key in &keys {
            let vouched = key.vouch(attestation(FINALISING, height));
            bench.gossip(peer(1), Body::Vouched(vouched), NOW).unwrap();
        }
    }
    let answer = ask(&mut bench, question(heights(1, 20))).unwrap();
    assert_eq!(answer.statements.len(), 16);
}

#[test]
fn a_peer_asks_only_so_often() {
    let mut bench = Bench::new();
    let answered = (0..100).take_while(|_| ask(&mut bench, question(heights(1, 1))).is_ok());
    assert_eq!(u64::try_from(answered.count()), Ok(limits::REQUEST_BURST));
    assert_eq!(bench.rejections(), ["OverBudget"]);
}
