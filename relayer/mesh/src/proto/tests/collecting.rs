//! From signatures to certificates and evidence.

use wire::{attestation::Attestation, certificate::Certified};

use super::*;

fn other_block(height: u64, chain: ChainId) -> Attestation {
    Attestation {
        block_hash: Hash([8; 32]),
        ..attestation(chain, height)
    }
}

fn vouch(bench: &mut Bench, author: usize, said: impl Into<Said>) -> Vec<Action> {
    let vouched = bench.keys[author].vouch(said);
    bench.act(peer(1), Body::Vouched(vouched), NOW)
}

#[test]
fn three_of_four_certify_and_the_fourth_changes_nothing() {
    let mut bench = Bench::new();
    let said = attestation(FINALISING, 1);
    for author in 0..2 {
        assert_eq!(certificates(&vouch(&mut bench, author, said)), [] as [&Said; 0]);
    }
    let actions = vouch(&mut bench, 2, said);
    let Some(Action::Certified {
        signatures, set_id, ..
    }) = actions
        .iter()
        .find(|action| matches!(action, Action::Certified { .. }))
    else {
        panic!("no certificate in {actions:?}");
    };
    assert_eq!(*set_id, 1);
    let certified = Certified {
        statement: said,
        signatures: signatures.clone(),
    };
    assert!(
        certified
            .verify(&Domain::new(NETWORK), &set_of(1, &bench.keys))
            .is_ok()
    );
    let actions = vouch(&mut bench, 3, said);
    assert_eq!(verdict(&actions), Some(Acceptance::Accept));
    assert_eq!(certificates(&actions).len(), 0);
}

#[test]
fn our_own_statement_is_gossiped_and_counts() {
    let mut bench = Bench::new();
    let said = attestation(FINALISING, 1);
    vouch(&mut bench, 0, said);
    vouch(&mut bench, 1, said);
    let own = Body::Vouched(bench.keys[3].vouch(said));
    let actions = bench.mesh.handle(Event::Own(own.clone()), NOW);
    assert_eq!(certificates(&actions), [&Said::Attestation(said)]);
    let (topic, bytes) = Bench::bytes(own.clone());
    assert!(actions.contains(&Action::Publish { topic, bytes }));
    let again = bench.mesh.handle(Event::Own(own), NOW);
    assert!(
        matches!(again[..], [Action::Publish { .. }]),
        "gossiped again, counted once"
    );
}

#[test]
fn our_own_statement_with_a_wrong_signature_stays_here() {
    let mut bench = Bench::new();
    let mut vouched = bench.keys[2].vouch(attestation(FINALISING, 1));
    vouched.author = bench.keys[3].address();
    assert_eq!(bench.mesh.handle(Event::Own(Body::Vouched(vouched)), NOW), []);
    assert_eq!(bench.rejections(), ["BadSignature"]);
}

#[test]
fn quorum_statements_are_collected_like_attestations() {
    let mut bench = Bench::new();
    vouch(&mut bench, 0, halt(1));
    vouch(&mut bench, 1, halt(2));
    vouch(&mut bench, 2, halt(1));
    assert_eq!(
        certificates(&vouch(&mut bench, 3, halt(1))),
        [&Said::Halt(halt(1))]
    );
}

#[test]
fn a_quorum_statement_without_quorum_is_forgotten_after_a_day() {
    let mut bench = Bench::new();
    vouch(&mut bench, 0, halt(1));
    bench.mesh.handle(Event::Tick, later(limits::STATEMENT_MS));
    assert_eq!(bench.mesh.footprint().tallies, 1);
    bench.mesh.handle(Event::Tick, later(limits::STATEMENT_MS + 1));
    assert_eq!(bench.mesh.footprint(), Footprint::default());
}

#[test]
fn what_is_ahead_waits_for_our_light_client() {
    let mut bench = Bench::new();
    for author in 0..3 {
        assert_eq!(
            bench.vouch(author, attestation(FINALISING, 101)),
            ignored("Ahead")
        );
    }
    assert_eq!(bench.vouch(0, attestation(FINALISING, 101)), ignored("Duplicate"));
    let (chain, height) = (FINALISING, 101);
    let actions = bench.mesh.handle(Event::Finalized { chain, height }, NOW);
    assert_eq!(certificates(&actions).len(), 1);
    assert_eq!(bench.mesh.footprint().parked, 0);
}

#[test]
fn parking_is_bounded_per_author() {
    let mut bench = Bench::new();
    let full = (101..2_000)
        .find(|height| bench.vouch(0, attestation(FINALISING, *height)) == ignored("ParkingFull"))
        .unwrap();
    assert!(full > 300, "{full}");
    assert_eq!(bench.vouch(1, attestation(FINALISING, full)), ignored("Ahead"));
    bench.mesh.handle(
        Event::Settled {
            chain: FINALISING,
            height: full,
        },
        NOW,
    );
    assert_eq!(bench.mesh.footprint().parked_bytes, 0);
}

#[test]
fn open_statements_are_bounded_per_author_and_settling_gives_room() {
    let mut bench = Bench::new();
    let (chain, height) = (FINALISING, 100_000);
    bench.mesh.handle(Event::Finalized { chain, height }, NOW);
    let mut time = NOW;
    let mut send = |bench: &mut Bench, height| {
        time.0 += 20;
        let vouched = bench.keys[0].vouch(attestation(FINALISING, height));
        bench.gossip(peer(1), Body::Vouched(vouched), time)
    };
    let full = (1..5_000)
        .find(|height| send(&mut bench, *height) == ignored("TooMuchOpen"))
        .unwrap();
    assert!(full > 1_000, "{full}");
    assert_eq!(bench.vouch(1, attestation(FINALISING, full)), Ok(()));
    bench.mesh.handle(Event::Settled { chain, height: 10 }, NOW);
    assert_eq!(send(&mut bench, full), Ok(()));
}

#[test]
fn two_contents_of_one_block_are_evidence_kept_delivered_and_gossiped() {
    let mut bench = Bench::new();
    let first = attestation(PROBABILISTIC, 1);
    vouch(&mut bench, 0, first);
    let actions = vouch(
        &mut bench,
        0,
        Attestation {
            event_count: 1,
            ..first
        },
    );
    assert_eq!(verdict(&actions), Some(Acceptance::Accept));
    let convicted = actions.iter().find_map(|action| match action {
        Action::Convicted { offence, .. } => Some((offence.offender(), offence.conflict())),
        _ => None,
    });
    assert_eq!(
        convicted,
        Some((bench.keys[0].address(), Conflict::AttestationContent))
    );
    assert!(
        actions
            .iter()
            .any(|action| matches!(action, Action::Publish { .. }))
    );
    assert_eq!(bench.mesh.footprint().evidence, 1);
    assert_eq!(
        bench.vouch(
            0,
            Attestation {
                event_count: 2,
                ..first
            }
        ),
        ignored("Convicted")
    );
}

#[test]
fn two_blocks_at_one_height_are_evidence_on_finalising_chains_only() {
    for (chain, convictions) in [(FINALISING, 1), (PROBABILISTIC, 0)] {
        let mut bench = Bench::new();
        vouch(&mut bench, 0, attestation(chain, 1));
        vouch(&mut bench, 0, other_block(1, chain));
        assert_eq!(bench.mesh.footprint().evidence, convictions);
    }
}

#[test]
fn a_contradiction_convicts_while_it_is_parked_or_settled() {
    let mut bench = Bench::new();
    vouch(&mut bench, 0, attestation(FINALISING, 101));
    assert_eq!(vouch(&mut bench, 0, other_block(101, FINALISING)).len(), 3);
    assert_eq!(bench.mesh.footprint().evidence, 1);

    let mut bench = Bench::new();
    for author in 0..3 {
        vouch(&mut bench, author, attestation(FINALISING, 1));
    }
    bench.mesh.handle(
        Event::Settled {
            chain: FINALISING,
            height: 1,
        },
        NOW,
    );
    assert_eq!(bench.vouch(1, other_block(1, FINALISING)), Ok(()));
    assert_eq!(bench.mesh.footprint().evidence, 1);
}

#[test]
fn evidence_of_others_is_kept_once_and_forwarded() {
    let mut bench = Bench::new();
    let evidence = Evidence::Attestations(wire::evidence::ConflictingAttestations {
        first: bench.keys[1].signed(attestation(FINALISING, 1)),
        second: bench.keys[1].signed(other_block(1, FINALISING)),
    });
    assert_eq!(
        bench.gossip(peer(1), Body::Evidence(evidence.clone()), NOW),
        Ok(())
    );
    assert_eq!(
        bench.gossip(peer(2), Body::Evidence(evidence), NOW),
        ignored("Convicted")
    );
}

#[test]
fn a_new_set_certifies_again_with_its_own_members() {
    let mut bench = Bench::new();
    let said = attestation(FINALISING, 1);
    for author in 0..4 {
        vouch(&mut bench, author, said);
    }
    let mut keys = bench.keys.clone();
    keys[0] = Key::new(5);
    let actions = bench.mesh.handle(Event::Rotated(set_of(2, &keys)), NOW);
    assert_eq!(
        certificates(&actions),
        [&Said::Attestation(said)],
        "three of the four are left"
    );
    keys[1] = Key::new(6);
    let actions = bench.mesh.handle(Event::Rotated(set_of(3, &keys)), NOW);
    assert_eq!(certificates(&actions).len(), 0, "two are left");
    assert!(bench.mesh.collection.shares_add_up());
    assert!(bench.mesh.footprint().open_bytes > 0);
}

#[test]
fn a_heartbeat_is_asked_for_every_fifteen_seconds() {
    let mut bench = Bench::new();
    let mut beats = |ms| bench.mesh.handle(Event::Tick, later(ms)).contains(&Action::Beat);
    assert!(beats(0));
    assert!(!beats(14_999));
    assert!(beats(15_000));
}
