//! Each check of a gossiped message, and what a failure costs.

use wire::{
    command::{Command, Flag},
    evidence::ConflictingAttestations,
    types::Account,
};

use super::*;

fn item() -> Body {
    let target = Account {
        owner: Address([9; 20]),
        sub: 0,
    };
    Body::Item(Item::Command(Box::new(Command::Flag(Flag { target }))))
}

#[test]
fn accepts_an_attestation_of_a_member_from_a_bound_peer() {
    assert_eq!(Bench::new().vouch(0, attestation(FINALISING, 1)), Ok(()));
}

#[test]
fn rejects_a_peer_that_is_not_listed() {
    let mut bench = Bench::new();
    let vouched = bench.keys[0].vouch(attestation(FINALISING, 1));
    assert_eq!(
        bench.gossip(peer(9), Body::Vouched(vouched), NOW),
        ignored("UnknownPeer")
    );
}

#[test]
fn rejects_oversize_and_malformed_messages() {
    let mut bench = Bench::new();
    let mut send = |topic, length| bench.gossip_raw(topic, peer(1), vec![0xff; length], NOW);
    assert_eq!(
        send(Topic::Heartbeats, limits::HEARTBEAT_BYTES + 1),
        rejected("Oversize")
    );
    assert_eq!(
        send(Topic::Heartbeats, limits::HEARTBEAT_BYTES),
        rejected("Malformed")
    );
    assert_eq!(send(Topic::Attestations, 0), rejected("Malformed"));
}

#[test]
fn rejects_leftover_bytes() {
    let mut bench = Bench::new();
    let body = Body::Vouched(bench.keys[0].vouch(attestation(FINALISING, 1)));
    let (topic, mut bytes) = Bench::bytes(body);
    bytes.push(0);
    assert_eq!(
        bench.gossip_raw(topic, peer(1), bytes, NOW),
        rejected("Malformed")
    );
}

#[test]
fn rejects_another_network_another_topic_and_another_set() {
    let mut bench = Bench::new();
    let body = Body::Vouched(bench.keys[0].vouch(attestation(FINALISING, 1)));
    let envelope = |network, set_id| Envelope {
        network,
        set_id,
        body: body.clone(),
    };
    let cases = [
        (
            envelope(NetworkId(Hash([1; 32])), 1),
            Topic::Attestations,
            rejected("WrongNetwork"),
        ),
        (envelope(NETWORK, 1), Topic::Commands, rejected("WrongTopic")),
        (envelope(NETWORK, 3), Topic::Attestations, ignored("WrongSet")),
        (envelope(NETWORK, 2), Topic::Attestations, Ok(())),
    ];
    for (envelope, topic, expected) in cases {
        assert_eq!(bench.gossip_raw(topic, peer(1), envelope.encode(), NOW), expected);
    }
}

#[test]
fn rejects_an_author_outside_the_set() {
    let mut bench = Bench::new();
    let vouched = Key::new(77).vouch(attestation(FINALISING, 1));
    assert_eq!(
        bench.gossip(peer(1), Body::Vouched(vouched), NOW),
        ignored("NotAMember")
    );
}

#[test]
fn rejects_a_peer_that_no_fresh_heartbeat_names() {
    let mut bench = Bench::unbound();
    let body = Body::Vouched(bench.keys[0].vouch(attestation(FINALISING, 1)));
    assert_eq!(bench.gossip(peer(1), body.clone(), NOW), ignored("UnboundPeer"));
    let heartbeat = bench.keys[0].heartbeat(peer(1), NOW);
    assert_eq!(
        bench.gossip(peer(2), heartbeat, NOW),
        Ok(()),
        "relayed by an unbound peer"
    );
    assert_eq!(
        bench.gossip(peer(1), body.clone(), later(limits::FRESH_MS + 1)),
        ignored("UnboundPeer")
    );
    bench.mesh.handle(
        Event::Finalized {
            chain: FINALISING,
            height: 1,
        },
        NOW,
    );
    assert_eq!(bench.gossip(peer(1), body, later(limits::FRESH_MS)), Ok(()));
}

#[test]
fn a_newer_heartbeat_unbinds_the_old_peer() {
    let mut bench = Bench::new();
    let moved = bench.keys[0].heartbeat(peer(2), later(1));
    assert_eq!(bench.gossip(peer(3), moved, NOW), Ok(()));
    let vouched = Body::Vouched(bench.keys[0].vouch(attestation(FINALISING, 1)));
    assert_eq!(bench.gossip(peer(1), vouched, NOW), ignored("UnboundPeer"));
}

#[test]
fn rejects_stale_replayed_and_forged_heartbeats() {
    let mut bench = Bench::new();
    let beat = |time| Key::new(1).heartbeat(peer(1), time);
    let early = later(limits::FRESH_MS + 1);
    assert_eq!(bench.gossip(peer(1), beat(early), NOW), ignored("NotFresh"));
    assert_eq!(bench.gossip(peer(1), beat(NOW), NOW), ignored("OldHeartbeat"));
    let Body::Heartbeat(mut forged) = beat(later(1)) else {
        unreachable!()
    };
    forged.statement.peer = peer(3).0;
    assert_eq!(
        bench.gossip(peer(1), Body::Heartbeat(forged), NOW),
        rejected("BadSignature")
    );
    let outsider = Key::new(77).heartbeat(peer(1), NOW);
    assert_eq!(bench.gossip(peer(1), outsider, NOW), ignored("NotAMember"));
}

#[test]
fn rejects_what_it_has_seen_whoever_sends_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.vouch(0, attestation(FINALISING, 1)), Ok(()));
    let again = Body::Vouched(bench.keys[0].vouch(attestation(FINALISING, 1)));
    assert_eq!(bench.gossip(peer(2), again, NOW), ignored("Duplicate"));
}

#[test]
fn rejects_unknown_chains_and_settled_heights() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.vouch(0, attestation(ChainId(9), 1)),
        rejected("UnknownChain")
    );
    bench.mesh.handle(
        Event::Settled {
            chain: FINALISING,
            height: 5,
        },
        NOW,
    );
    assert_eq!(bench.vouch(0, attestation(FINALISING, 5)), ignored("Settled"));
    assert_eq!(bench.vouch(0, attestation(FINALISING, 6)), Ok(()));
}

#[test]
fn rejects_wrong_signatures_and_listens_no_longer_after_four() {
    let mut bench = Bench::new();
    let forged = |height| {
        let mut vouched = Key::new(2).vouch(attestation(FINALISING, height));
        vouched.author = Key::new(1).address();
        Body::Vouched(vouched)
    };
    for height in 1..=4 {
        assert_eq!(
            bench.gossip(peer(1), forged(height), NOW),
            rejected("BadSignature")
        );
    }
    assert_eq!(bench.vouch(0, attestation(FINALISING, 1)), ignored("Graylisted"));
    let honest = Body::Vouched(bench.keys[0].vouch(attestation(FINALISING, 1)));
    assert_eq!(
        bench.gossip(peer(2), honest.clone(), NOW),
        Ok(()),
        "the author is not to blame"
    );
    let recovered = later(limits::RECOVERY_MS * 400);
    assert_eq!(bench.gossip(peer(1), honest, recovered), ignored("Duplicate"));
}

#[test]
fn scores_are_told_when_they_fall_and_while_they_recover() {
    let mut bench = Bench::new();
    let actions = bench.raw(Topic::Attestations, peer(1), vec![0xff], NOW);
    let fallen = Action::Score {
        peer: peer(1),
        score: -50,
    };
    assert!(actions.contains(&fallen));
    let actions = bench.mesh.handle(Event::Tick, later(20_000));
    assert!(actions.contains(&Action::Score {
        peer: peer(1),
        score: -30
    }));
    let actions = bench.mesh.handle(Event::Tick, later(60_000));
    assert!(actions.contains(&Action::Score {
        peer: peer(1),
        score: 0
    }));
}

#[test]
fn an_author_runs_out_of_budget_and_others_do_not() {
    let mut bench = Bench::new();
    let first = (1..=limits::AUTHOR_BURST + 10)
        .find(|serial| bench.vouch(0, halt(*serial)) == ignored("OverBudget"))
        .unwrap();
    // The heartbeat took one.
    assert_eq!(first, limits::AUTHOR_BURST);
    assert_eq!(bench.vouch(1, halt(first)), Ok(()));
    let heartbeat = bench.keys[0].heartbeat(peer(1), later(1));
    assert_eq!(bench.gossip(peer(1), heartbeat, NOW), ignored("OverBudget"));
}

#[test]
fn a_forger_does_not_spend_the_budget_of_whom_it_names() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        let mut vouched = Key::new(2).vouch(attestation(FINALISING, 1));
        vouched.author = Key::new(1).address();
        assert_eq!(
            bench.gossip(peer(1), Body::Vouched(vouched), NOW),
            rejected("BadSignature")
        );
    }
    let accepted = (1..=limits::AUTHOR_BURST).filter(|serial| bench.vouch(0, halt(*serial)) == Ok(()));
    assert_eq!(
        accepted.count(),
        usize::try_from(limits::AUTHOR_BURST).unwrap() - 1
    );
}

#[test]
fn requests_to_observe_again_are_signed_fresh_and_deduplicated() {
    let mut bench = Bench::new();
    let key = bench.keys[0].clone();
    assert_eq!(bench.gossip(peer(1), key.reobserve(5, NOW), NOW), Ok(()));
    assert_eq!(
        bench.gossip(peer(2), bench.keys[1].reobserve(5, NOW), NOW),
        ignored("JustObserved")
    );
    let again = later(limits::REOBSERVE_MS);
    assert_eq!(bench.gossip(peer(2), key.reobserve(5, NOW), again), Ok(()));
    let stale = later(limits::FRESH_MS + 1);
    assert_eq!(
        bench.gossip(peer(1), key.reobserve(6, stale), NOW),
        ignored("NotFresh")
    );
    let Body::Reobserve(mut forged) = key.reobserve(7, NOW) else {
        unreachable!()
    };
    forged.statement.height = 8;
    assert_eq!(
        bench.gossip(peer(1), Body::Reobserve(forged), NOW),
        rejected("BadSignature")
    );
}

#[test]
fn the_mempool_has_the_last_word_on_an_item() {
    let mut bench = Bench::new();
    let actions = bench.act(peer(1), item(), NOW);
    assert!(matches!(actions[..], [Action::Judge { from, id: ID, .. }] if from == peer(1)));
    let mut judge = |judgement| {
        let (from, id) = (peer(1), ID);
        verdict(&bench.mesh.handle(Event::Judged { from, id, judgement }, NOW)).unwrap()
    };
    assert_eq!(judge(Judgement::Taken), Acceptance::Accept);
    assert_eq!(judge(Judgement::Unneeded), Acceptance::Ignore);
    assert_eq!(judge(Judgement::Invalid), Acceptance::Reject);
    assert_eq!(bench.rejections(), ["Duplicate", "Refused"]);
}

#[test]
fn a_peer_forwards_only_so_many_items() {
    let mut bench = Bench::new();
    let judged = |actions: Vec<Action>| matches!(actions[..], [Action::Judge { .. }]);
    let taken = (0..=limits::ITEM_BURST).filter(|_| judged(bench.act(peer(1), item(), NOW)));
    assert_eq!(u64::try_from(taken.count()), Ok(limits::ITEM_BURST));
    assert_eq!(bench.gossip(peer(1), item(), NOW), ignored("OverBudget"));
}

#[test]
fn evidence_that_convicts_nobody_is_rejected() {
    let mut bench = Bench::new();
    let first = bench.keys[0].signed(attestation(FINALISING, 1));
    let evidence = Evidence::Attestations(ConflictingAttestations { first, second: first });
    assert_eq!(
        bench.gossip(peer(1), Body::Evidence(evidence), NOW),
        rejected("BadEvidence")
    );
}

#[test]
fn a_peer_forwards_only_so_much_evidence() {
    let mut bench = Bench::new();
    let outsider = Key::new(77);
    let pair = |height| ConflictingAttestations {
        first: outsider.signed(attestation(FINALISING, height)),
        second: outsider.signed(attestation_with_other_events(height)),
    };
    let mut answers = (0..=limits::EVIDENCE_BURST)
        .map(|height| bench.gossip(peer(1), Body::Evidence(Evidence::Attestations(pair(height))), NOW));
    assert!(
        answers
            .by_ref()
            .take(64)
            .all(|answer| answer == ignored("NotAMember"))
    );
    assert_eq!(answers.next(), Some(ignored("OverBudget")));
}

fn attestation_with_other_events(height: u64) -> wire::attestation::Attestation {
    wire::attestation::Attestation {
        events_root: Hash([3; 32]),
        ..attestation(FINALISING, height)
    }
}

#[test]
fn settings_without_network_or_with_too_many_peers_make_no_mesh() {
    let keys: Vec<_> = (1..=4).map(Key::new).collect();
    let settings = |network, peers: u32| Settings {
        network: NetworkId(Hash([network; 32])),
        set: set_of(1, &keys),
        chains: BTreeMap::new(),
        peers: (0..peers).map(numbered).collect(),
    };
    let error = |network, peers| Mesh::new(settings(network, peers), NOW).err();
    assert_eq!(error(0, 1), Some(SettingsError::ZeroNetwork));
    assert_eq!(error(1, 129), Some(SettingsError::TooManyPeers { got: 129 }));
    assert_eq!(error(1, 128), None);
}

fn numbered(number: u32) -> Peer {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Peer(Hash(bytes))
}
