//! Authentication against real keys: four attesters, an owner, and a stranger.

use super::{Inauthentic, authenticate};
use crate::command::{Command, Fact};
use crate::ids::{Account, Address, ChainId, Hash};
use crate::refusal::Refusal;
use crate::state::{AttesterSet, Cursor, State};
use crate::tests::{ALICE, CASH, HOME, genesis, int};
use secp256k1::{
    Message, SecretKey,
    ecdsa::{RecoverableSignature, RecoveryId},
};
use std::{vec, vec::Vec};
use wire::{
    U256,
    attestation::Attestation,
    block::{Body, ProvenEvent},
    certificate::Certified,
    command::{Command as Wire, Step, TransferSub},
    consensus::Header,
    eip712::{Domain, Statement},
    encoding::Canonical,
    event::{Deposited, ForcedBytes, ForcedCommand, VaultEvent},
    signature::{Signature, Signed, SignedBy, address_of},
    tree::Tree,
    types::NetworkId,
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

fn run(state: &State, body: &Body) -> Result<crate::command::Block, Inauthentic> {
    authenticate(state, &header(state), body, &domain(), |_| None)
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

#[test]
fn a_forced_command_needs_its_owners_signature_like_any_other() {
    let outcome = |bytes: Vec<u8>| {
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
        let block = run(
            &state(),
            &Body {
                attestations: vec![attestation],
                events: vec![proven],
                ..empty()
            },
        )
        .unwrap();
        let Some(Fact::Forced {
            chain: ChainId(1),
            seq: 0,
            command,
        }) = block.facts.last().cloned()
        else {
            panic!()
        };
        command
    };
    let good = Wire::TransferSub(signed(9, transfer(address(9)))).encode();
    assert_eq!(
        outcome(good).map(|command| *command),
        Ok(Command::Owner(Step::TransferSub(transfer(address(9)))))
    );
    let stolen = Wire::TransferSub(signed(8, transfer(address(9)))).encode();
    assert!(matches!(outcome(stolen), Err(Refusal::Unauthorised { .. })));
    assert!(matches!(outcome(vec![255]), Err(Refusal::Unreadable(_))));
}

#[test]
fn a_block_follows_the_state_in_height_and_time() {
    let state = state();
    let wrong = Header {
        height: 3,
        ..header(&state)
    };
    let outcome = authenticate(&state, &wrong, &empty(), &domain(), |_| None);
    assert_eq!(outcome, Err(Inauthentic::WrongHeight { got: 3, height: 0 }));
    let wrong = Header {
        time_ms: state.time_ms,
        ..header(&state)
    };
    let outcome = authenticate(&state, &wrong, &empty(), &domain(), |_| None);
    assert_eq!(
        outcome,
        Err(Inauthentic::WrongTime {
            got: state.time_ms,
            time_ms: state.time_ms
        })
    );
}
