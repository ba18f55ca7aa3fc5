//! Deposits, suspense, bridged tokens and the order of events.

use super::*;
use crate::state::{Authority, Halt};
use wire::command::{HaltReason, Scope};
use wire::event::Burned;

fn halt(world: &mut World) {
    let row = Halt {
        authority: Authority::Quorum,
        reason: HaltReason::ChainFault,
        until_ms: None,
    };
    world.state.halts.insert(Scope::Chain(HOME), row);
}

#[test]
fn a_deposit_is_worth_what_was_deposited() {
    let world = World::funded();
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    assert_eq!(world.state.assets[&CASH].vault.posted(), int(30_000));
}

#[test]
pub(crate) fn deposit_survives_halt_in_suspense() {
    let mut world = World::new();
    halt(&mut world);
    world.deposit(ALICE, CASH, 500);
    world.block(vec![]);
    assert_eq!(world.claim(ALICE, CASH), Fixed::ZERO);
    assert_eq!(world.state.assets[&CASH].suspense, int(500));

    let claim = world.claim_suspense(ALICE, 0);
    assert!(matches!(
        world.refused(claim),
        Refusal::Halted {
            scope: Scope::Chain(HOME),
            ..
        }
    ));
    world.state.halts.remove(&Scope::Chain(HOME));
    let claim = world.claim_suspense(ALICE, 0);
    assert_eq!(
        effect(world.one(claim)),
        Effect::Credited {
            account: ALICE,
            asset: CASH,
            amount: int(500)
        }
    );
    assert_eq!(world.claim(ALICE, CASH), int(500));
    let again = world.claim_suspense(ALICE, 0);
    assert_eq!(
        world.refused(again),
        Refusal::NothingInSuspense {
            account: ALICE,
            chain: HOME,
            seq: 0
        }
    );
}

#[test]
fn suspense_is_claimed_by_its_owner_only() {
    let mut world = World::new();
    halt(&mut world);
    world.deposit(ALICE, CASH, 500);
    world.block(vec![]);
    let theft = world.claim_suspense(BOB, 0);
    assert_eq!(
        world.refused(theft),
        Refusal::NothingInSuspense {
            account: BOB,
            chain: HOME,
            seq: 0
        }
    );
}

#[test]
fn a_deposit_of_an_unknown_asset_waits_outside_the_books() {
    let mut world = World::new();
    let unknown = AssetId {
        chain: HOME,
        asset: Hash([3; 32]),
    };
    world.deposit(ALICE, unknown, 5);
    world.block(vec![]);
    let suspended = world.state.suspense[&(HOME, 0)];
    assert!(!suspended.booked);
    assert_eq!(suspended.units, U256::from(5_000_000));
}

#[test]
fn a_replayed_event_is_refused() {
    let mut world = World::funded();
    let event = Deposited {
        seq: 0,
        asset: CASH.asset,
        account: ALICE,
        amount: U256::from(1),
        holdings: U256::from(1),
    };
    let attestation = Fact::Attestation(world.attestation(HOME, 1, 1));
    let replay = Fact::Event(HOME, VaultEvent::Deposited(event));
    let outcomes = world.facts(vec![attestation, replay]);
    assert_eq!(
        outcomes[1],
        Err(Refusal::EventOutOfOrder {
            chain: HOME,
            seq: 0,
            expected: 3
        })
    );
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
}

#[test]
pub(crate) fn attestations_link_by_height_and_wait_for_their_events() {
    let mut world = World::funded();
    let skipped = Attestation {
        previous: 7,
        ..world.attestation(HOME, 1, 0)
    };
    let outcomes = world.facts(vec![Fact::Attestation(skipped)]);
    assert_eq!(
        outcomes[0],
        Err(Refusal::AttestationOutOfOrder {
            chain: HOME,
            previous: 7,
            expected: 1
        })
    );

    let open = world.attestation(HOME, 1, 2);
    world.facts(vec![Fact::Attestation(open)]);
    let next = world.attestation(HOME, 2, 0);
    let outcomes = world.facts(vec![Fact::Attestation(next)]);
    assert_eq!(
        outcomes[0],
        Err(Refusal::AttestationOutOfOrder {
            chain: HOME,
            previous: 2,
            expected: 2
        })
    );
}

#[test]
fn a_gap_to_the_vaults_counter_halts_the_asset() {
    let mut world = World::funded();
    let seq = world.next_seq(HOME);
    let amount = U256::from(1_000_000);
    let event = Deposited {
        seq,
        asset: CASH.asset,
        account: ALICE,
        amount,
        holdings: amount,
    };
    world.event(HOME, VaultEvent::Deposited(event));
    world.block(vec![]);
    assert_eq!(world.claim(ALICE, CASH), int(10_001));
    assert!(world.state.halt(Scope::Asset(CASH)).is_some());
}

#[test]
pub(crate) fn more_bridged_tokens_than_were_minted_burn_nothing() {
    let mut world = World::funded();
    let burn = Burned {
        seq: 0,
        home: CASH,
        account: BOB,
        amount: U256::from(1),
        holdings: U256::from(0),
    };
    let facts = vec![
        Fact::Attestation(world.attestation(AWAY, 1, 1)),
        Fact::Event(AWAY, VaultEvent::Burned(burn)),
    ];
    let outcomes = world.facts(facts);
    assert!(matches!(outcomes[1], Err(Refusal::Overdrawn { .. })));
    assert!(world.state.halt(Scope::Chain(AWAY)).is_some());
    assert_eq!(world.state.chains[&AWAY].cursor.next_seq, 1);
}
