//! Authentication against real keys: four attesters, an owner, and a stranger.

use super::{Inauthentic, authenticate};
use crate::command::{Command, Fact, Offender, QuorumOrder};
use crate::ids::{Account, Address, ChainHeight, ChainId, Hash};
use crate::receipt::{Effect, Receipt};
use crate::refusal::Refusal;
use crate::state::{AttesterSet, Cursor, State};
use crate::tests::{ALICE, CASH, HOME, genesis, int};
use secp256k1::{
    Message, SecretKey,
    ecdsa::{RecoverableSignature, RecoveryId},
};
use std::{cell::RefCell, collections::BTreeSet, vec, vec::Vec};
use strum::VariantNames;
use wire::{
    U256,
    attestation::Attestation,
    block::{Body, ProvenEvent},
    certificate::Certified,
    command::{Command as Wire, ReorgStatement, Step, TransferSub},
    consensus::Header,
    eip712::{Domain, Statement},
    encoding::Canonical,
    event::{Deposited, ForcedBytes, ForcedCommand, VaultEvent},
    evidence::{ConflictingAttestations, Finality},
    signature::{Signature, Signed, SignedBy, address_of},
    tree::Tree,
    types::{BlockRef, NetworkId},
};

fn domain() -> Domain {
    Domain::new(NetworkId(Hash([1; 32])))
}

fn key(index: u8) -> SecretKey {
    SecretKey::from_secret_bytes([index; 32]).unwrap()
}

fn address(index: u8) -> Address {
    address_of(&key(index).public_key())
}

fn sign(index: u8, statement: &impl Statement) -> Signature {
    let digest = statement.digest(&domain());
    let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), &key(index));
    let (id, bytes) = signature.serialize_compact();
    Signature::from_parts(bytes, id == RecoveryId::One)
}

fn signed<T: SignedBy>(index: u8, statement: T) -> Signed<T> {
    let signature = sign(index, &statement);
    Signed { statement, signature }
}

/// Attesters are keys 1 to 4.
fn state() -> State {
    let mut state = genesis();
    let members = (1..=4).map(|index| (address(index), 1)).collect();
    state.sets.current = AttesterSet { id: 0, members };
    state
}

fn certified(statement: Attestation, signers: &[u8]) -> Certified<Attestation> {
    let mut signers: Vec<u8> = signers.to_vec();
    signers.sort_by_key(|index| address(*index));
    let signatures = signers.iter().map(|index| sign(*index, &statement)).collect();
    Certified {
        statement,
        signatures,
    }
}

fn header(state: &State) -> Header {
    Header {
        height: state.height + 1,
        parent: Hash::ZERO,
        time_ms: state.time_ms + 1,
        set_id: 0,
        command_count: 0,
        commands_root: Hash::ZERO,
        state_root: Hash::ZERO,
        outbox_count: 0,
        outbox_root: Hash::ZERO,
        next_set: Hash::ZERO,
    }
}

fn empty() -> Body {
    Body {
        attestations: vec![],
        events: vec![],
        evidence: vec![],
        reports: vec![],
        commands: vec![],
    }
}

fn transfer(owner: Address) -> TransferSub {
    let account = Account { owner, sub: 1 };
    TransferSub {
        account,
        nonce: 1,
        expiry_ms: u64::MAX,
        to: 2,
        asset: CASH,
        amount: int(1).raw(),
    }
}

/// A block of the chain that holds `event` alone.
fn attested(event: &VaultEvent) -> Attestation {
    let root = Tree::new(&[event.leaf()]).unwrap().root();
    Attestation {
        chain: HOME,
        height: 7,
        block_hash: Hash([3; 32]),
        timestamp: 1,
        previous: 0,
        first_seq: 0,
        event_count: 1,
        events_root: root.root(),
    }
}

fn deposit() -> VaultEvent {
    let (amount, holdings) = (U256::from(1), U256::from(1));
    VaultEvent::Deposited(Deposited {
        seq: 0,
        asset: CASH.asset,
        account: ALICE,
        amount,
        holdings,
    })
}

std::thread_local! {
    /// Reasons that this thread was given.
    static SEEN: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// The chain at home finalises; no other is known.
fn judged(state: &State, header: &Header, body: &Body) -> Result<crate::command::Block, Inauthentic> {
    let finality = |chain| (chain == HOME).then_some(Finality::Finalising);
    let outcome = authenticate(state, header, body, &domain(), finality);
    if let Err(reason) = &outcome {
        SEEN.with_borrow_mut(|seen| seen.insert(reason.into()));
    }
    outcome
}

fn run(state: &State, body: &Body) -> Result<crate::command::Block, Inauthentic> {
    judged(state, &header(state), body)
}

#[test]
fn accepts_what_the_owner_signed_and_nobody_else() {
    let body = |signer| Body {
        commands: vec![Wire::TransferSub(signed(signer, transfer(address(9))))],
        ..empty()
    };
    let block = run(&state(), &body(9)).unwrap();
    assert_eq!(
        block.commands,
        [Command::Owner(Step::TransferSub(transfer(address(9))))]
    );
    assert!(matches!(run(&state(), &body(8)), Err(Inauthentic::Signature(_))));
}

#[test]
fn an_event_stands_under_a_quorums_attestation() {
    let event = deposit();
    let proven = ProvenEvent {
        chain: HOME,
        height: 7,
        event: event.clone(),
        lemmas: vec![],
    };
    let body = |signers: &[u8]| Body {
        attestations: vec![certified(attested(&event), signers)],
        events: vec![proven.clone()],
        ..empty()
    };
    let block = run(&state(), &body(&[1, 2, 3])).unwrap();
    assert_eq!(
        block.facts,
        [
            Fact::Attestation(attested(&event)),
            Fact::Event(HOME, event.clone())
        ]
    );
    assert!(matches!(
        run(&state(), &body(&[1, 2])),
        Err(Inauthentic::Certificate(_))
    ));

    let other = ProvenEvent {
        height: 8,
        ..proven.clone()
    };
    let unattested = Body {
        events: vec![other],
        ..empty()
    };
    let expected = Inauthentic::Unattested {
        chain: HOME,
        height: 8,
        seq: 0,
    };
    assert_eq!(run(&state(), &unattested), Err(expected));

    let forged = ProvenEvent {
        lemmas: vec![Hash([1; 32])],
        ..proven
    };
    let forged = Body {
        attestations: vec![certified(attested(&event), &[1, 2, 3])],
        events: vec![forged],
        ..empty()
    };
    assert!(matches!(run(&state(), &forged), Err(Inauthentic::Event(_))));
}

#[test]
fn events_may_follow_their_attestation_in_a_later_block() {
    let event = deposit();
    let mut state = state();
    let cursor = Cursor {
        attestation: Some(attested(&event)),
        remaining: 1,
        ..Cursor::default()
    };
    state.chains.row(&HOME).unwrap().cursor = cursor;
    let proven = ProvenEvent {
        chain: HOME,
        height: 7,
        event: event.clone(),
        lemmas: vec![],
    };
    let block = run(
        &state,
        &Body {
            events: vec![proven],
            ..empty()
        },
    )
    .unwrap();
    assert_eq!(block.facts, [Fact::Event(HOME, event)]);
}

/// A chain without finality goes on at the height of the block that was orphaned, attestation and events in one block of the ledger.
#[test]
fn another_block_may_come_at_the_height_of_an_orphaned_one() {
    let event = deposit();
    let orphaned = Attestation {
        events_root: Hash([8; 32]),
        block_hash: Hash([4; 32]),
        ..attested(&event)
    };
    let mut state = state();
    let cursor = Cursor {
        height: 7,
        next_seq: 1,
        attestation: Some(orphaned),
        ..Cursor::default()
    };
    state.chains.row(&HOME).unwrap().cursor = cursor;
    let at = |height, hash| BlockRef { height, hash };
    let order = QuorumOrder::Reorg(ReorgStatement {
        serial: 1,
        expiry_ms: state.time_ms + 60_000,
        chain: HOME,
        old: at(6, Hash([5; 32])),
        new: at(6, Hash([6; 32])),
        first_seq: 0,
        reversals: vec![],
    });
    let block = crate::command::Block {
        height: 1,
        time_ms: state.time_ms + 1_000,
        commands: vec![Command::Quorum(order)],
        ..Default::default()
    };
    crate::block::apply_block(&mut state, &block)
        .pop()
        .unwrap()
        .unwrap();
    let proven = ProvenEvent {
        chain: HOME,
        height: 7,
        event: event.clone(),
        lemmas: vec![],
    };
    let body = Body {
        attestations: vec![certified(attested(&event), &[1, 2, 3])],
        events: vec![proven],
        ..empty()
    };
    let block = run(&state, &body).unwrap();
    assert_eq!(
        block.facts,
        [Fact::Attestation(attested(&event)), Fact::Event(HOME, event)]
    );
}

#[test]
pub(crate) fn a_forced_command_needs_its_owners_signature_like_any_other() {
    let forced = |bytes: Vec<u8>| {
        let command = ForcedBytes::new(bytes).unwrap();
        let event = VaultEvent::ForcedCommand(ForcedCommand {
            seq: 0,
            submitter: address(8),
            command,
        });
        let attestation = certified(attested(&event), &[1, 2, 3]);
        let proven = ProvenEvent {
            chain: HOME,
            height: 7,
            event,
            lemmas: vec![],
        };
        let body = Body {
            attestations: vec![attestation],
            events: vec![proven],
            ..empty()
        };
        run(&state(), &body).unwrap()
    };
    let outcome = |bytes| match forced(bytes).facts.pop() {
        Some(Fact::Forced {
            chain: ChainId(1),
            seq: 0,
            command,
        }) => command,
        other => panic!("{other:?}"),
    };
    let applied = |bytes| match crate::block::apply_block(&mut state(), &forced(bytes)).pop() {
        Some(Ok(Receipt {
            effect: Effect::Forced(outcome),
            ..
        })) => *outcome,
        other => panic!("{other:?}"),
    };
    let good = Wire::TransferSub(signed(9, transfer(address(9)))).encode();
    assert_eq!(
        outcome(good).map(|command| *command),
        Ok(Command::Owner(Step::TransferSub(transfer(address(9)))))
    );
    let stolen = Wire::TransferSub(signed(8, transfer(address(9)))).encode();
    assert!(matches!(applied(stolen), Err(Refusal::Unauthorised { .. })));
    assert!(matches!(applied(vec![255]), Err(Refusal::Unreadable(_))));
}

#[test]
fn a_block_follows_the_state_in_height_and_time() {
    let state = state();
    let wrong = Header {
        height: 3,
        ..header(&state)
    };
    let outcome = judged(&state, &wrong, &empty());
    assert_eq!(outcome, Err(Inauthentic::WrongHeight { got: 3, height: 0 }));
    let wrong = Header {
        time_ms: state.time_ms,
        ..header(&state)
    };
    let outcome = judged(&state, &wrong, &empty());
    assert_eq!(
        outcome,
        Err(Inauthentic::WrongTime {
            got: state.time_ms,
            time_ms: state.time_ms
        })
    );
}

/// Key 1 signed both.
fn evidence(first: Attestation, second: Attestation) -> Body {
    let pair = ConflictingAttestations {
        first: Signed {
            signature: sign(1, &first),
            statement: first,
        },
        second: Signed {
            signature: sign(1, &second),
            statement: second,
        },
    };
    Body {
        evidence: vec![pair.into()],
        ..empty()
    }
}

#[test]
fn evidence_names_the_offender_and_what_it_falsified() {
    let one = attested(&deposit());
    let fork = Attestation {
        block_hash: Hash([4; 32]),
        ..one
    };
    let block = run(&state(), &evidence(one, fork)).unwrap();
    let falsified = Some(ChainHeight {
        chain: HOME,
        height: 7,
    });
    let offender = Offender {
        attester: address(1),
        falsified,
    };
    assert_eq!(block.offenders, [offender]);
    let mut state = state();
    state.attesters.insert(address(1), Default::default());
    crate::block::apply_block(&mut state, &block)
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
    assert!(state.attesters[&address(1)].accused);
    assert_eq!(
        state.falsified.keys().next(),
        falsified.map(|place| (address(1), place)).as_ref()
    );

    let twice = run(&state, &evidence(one, one));
    assert!(matches!(twice, Err(Inauthentic::Evidence(_))), "{twice:?}");
}

#[test]
fn a_state_without_a_set_authenticates_nothing() {
    let mut state = state();
    state.sets.current.members.clear();
    assert!(matches!(run(&state, &empty()), Err(Inauthentic::Set(_))));
}

#[test]
fn every_reason_is_reached() {
    let scenarios = [
        accepts_what_the_owner_signed_and_nobody_else,
        an_event_stands_under_a_quorums_attestation,
        a_block_follows_the_state_in_height_and_time,
        a_state_without_a_set_authenticates_nothing,
        evidence_names_the_offender_and_what_it_falsified,
    ];
    scenarios.iter().for_each(|scenario| scenario());
    let all = Inauthentic::VARIANTS.iter().copied().collect();
    assert_eq!(SEEN.with_borrow(BTreeSet::clone), all);
}
