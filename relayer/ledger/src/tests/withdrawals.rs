//! Withdrawals from request to release, and what happens when they do not get there.

use super::*;
use crate::ids::EntryId;
use crate::posting::Route;
use crate::state::{Stage, fee_sub};
use wire::event::{Burned, ReleaseFailed, Released};
use wire::outbox::OutboxEntry;

fn first_entry(world: &World) -> (EntryId, Fixed) {
    let (id, row) = world.state.withdrawals.iter().next().unwrap();
    (*id, row.amount)
}

/// What the vault of a chain emits when it pays an entry, or mints the bridged token there.
fn release_event(world: &World, chain: ChainId, entry: EntryId, amount: Fixed) -> VaultEvent {
    let units = crate::facts::to_units(amount, 6);
    let vault = world.state.assets[&CASH].vault;
    let (asset, holdings) = if chain == HOME {
        (CASH.asset, crate::facts::to_units(vault.posted(), 6) - units)
    } else {
        (CASH.bridged(), crate::facts::to_units(vault.bearer(), 6) + units)
    };
    VaultEvent::Released(Released {
        seq: world.next_seq(chain),
        id: entry.0,
        asset,
        recipient: Hash([7; 32]),
        amount: units,
        submitter: VENUE,
        holdings,
    })
}

fn released(world: &mut World, chain: ChainId, entry: EntryId, amount: Fixed) {
    let event = release_event(world, chain, entry, amount);
    world.event(chain, event);
    world.block(vec![]);
}

/// `amount` of the bridged token is burned for `account`, of which `supply` is left.
fn burned(world: &mut World, account: Account, amount: u64, supply: u64) {
    let event = Burned {
        seq: world.next_seq(AWAY),
        home: CASH,
        account,
        amount: U256::from(amount * 1_000_000),
        holdings: U256::from(supply * 1_000_000),
    };
    world.event(AWAY, VaultEvent::Burned(event));
    world.block(vec![]);
}

#[test]
fn a_release_is_reserved_then_posted_and_pays_its_submitter() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(101), HOME);
    assert!(matches!(effect(world.one(request)), Effect::Withdrawing { fee, .. } if fee == int(1)));
    assert_eq!(world.claim(ALICE, CASH), int(9_899));
    world.block(vec![]);
    let (entry, amount) = first_entry(&world);
    assert_eq!(amount, int(100));
    assert!(matches!(
        world.state.withdrawals[&entry].stage,
        Stage::InOutbox { .. }
    ));
    assert_eq!(world.state.assets[&CASH].vault.pending(), int(100));
    assert_eq!(world.state.outbox().len(), 3);

    released(&mut world, HOME, entry, amount);
    assert_eq!(world.state.assets[&CASH].vault.posted(), int(29_900));
    assert_eq!(world.state.assets[&CASH].vault.pending(), Fixed::ZERO);
    assert_eq!(world.claim(fee_sub(VENUE), CASH), int(1));
    assert!(world.state.withdrawals.is_empty());
}

#[test]
fn a_bridged_token_is_a_bearer_claim_until_it_burns() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(101), AWAY);
    world.one(request).unwrap();
    world.block(vec![]);
    let (entry, amount) = first_entry(&world);
    assert_eq!(world.state.withdrawals[&entry].route(), Route::Bridged);
    released(&mut world, AWAY, entry, amount);
    assert_eq!(world.state.assets[&CASH].vault.bearer(), int(100));
    assert_eq!(world.state.assets[&CASH].vault.posted(), int(30_000));

    burned(&mut world, BOB, 40, 60);
    assert_eq!(world.claim(BOB, CASH), int(10_040));
    assert_eq!(world.state.assets[&CASH].vault.bearer(), int(60));
}

#[test]
fn a_bridged_round_trip_ends_where_it_began_but_for_the_fee() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(1_201), AWAY);
    world.one(request).unwrap();
    let posted = world.state.assets[&CASH].vault.posted();
    world.block(vec![]);
    assert!(world.state.outbox().iter().any(|entry| matches!(
        entry,
        OutboxEntry::Release(release) if release.chain == AWAY && release.asset == CASH.bridged()
    )));
    let (entry, amount) = first_entry(&world);
    released(&mut world, AWAY, entry, amount);
    assert_eq!(world.state.assets[&CASH].vault.bearer(), int(1_200));
    burned(&mut world, CAROL, 500, 700);
    burned(&mut world, ALICE, 700, 0);
    let vault = world.state.assets[&CASH].vault;
    assert_eq!((vault.bearer(), vault.pending()), (Fixed::ZERO, Fixed::ZERO));
    assert_eq!(world.state.bridged[&(CASH, AWAY)], Fixed::ZERO);
    assert_eq!(vault.posted(), posted, "nothing left the home vault");
    assert_eq!(world.claim(ALICE, CASH), int(9_499));
    assert_eq!(world.claim(CAROL, CASH), int(10_500));
    assert_eq!(world.claim(fee_sub(VENUE), CASH), int(1));
    assert!(world.state.halts.is_empty());
}

#[test]
fn a_bridged_supply_that_the_books_do_not_know_halts_its_asset() {
    for minted in [true, false] {
        let mut world = World::funded();
        let request = world.withdraw(ALICE, CASH, int(101), AWAY);
        world.one(request).unwrap();
        world.block(vec![]);
        let (entry, amount) = first_entry(&world);
        let mut event = release_event(&world, AWAY, entry, amount);
        if let VaultEvent::Released(event) = &mut event {
            event.holdings += U256::from(u8::from(minted));
        }
        world.event(AWAY, event);
        world.block(vec![]);
        if !minted {
            assert!(world.state.halts.is_empty());
            burned(&mut world, BOB, 40, 61);
        }
        let halted: Vec<_> = world.state.halts.keys().copied().collect();
        assert_eq!(halted, [wire::command::Scope::Asset(CASH)]);
    }
}

#[test]
fn a_release_that_is_proved_after_it_was_void_is_not_booked_and_halts_its_chain() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(101), HOME);
    world.one(request).unwrap();
    world.block(vec![]);
    let (entry, amount) = first_entry(&world);
    let late = release_event(&world, HOME, entry, amount);
    let beyond = world.attestation(HOME, u64::MAX / 2, 0);
    world.facts(vec![Fact::Attestation(beyond)]);
    assert_eq!(world.claim(ALICE, CASH), int(10_000), "void");
    let (before, seq) = (world.state.assets[&CASH].clone(), world.next_seq(HOME));
    let attestation = world.attestation(HOME, u64::MAX / 2 + 1, 1);
    let outcomes = world.facts(vec![Fact::Attestation(attestation), Fact::Event(HOME, late)]);
    assert_eq!(outcomes[1], Err(Refusal::UnknownWithdrawal { entry }));
    assert_eq!(world.state.assets[&CASH].vault, before.vault);
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    assert_eq!(world.next_seq(HOME), seq + 1, "the events go on");
    let halt = world.state.halt(wire::command::Scope::Chain(HOME)).unwrap();
    assert_eq!(halt.authority, crate::state::Authority::Books);
    let again = world.withdraw(ALICE, CASH, int(101), HOME);
    world.one(again).unwrap();
    world.block(vec![]);
    assert!(
        world
            .state
            .withdrawals
            .values()
            .all(|row| matches!(row.stage, Stage::Queued { .. })),
        "nothing leaves until people have looked"
    );
}

#[test]
fn void_needs_proof_of_non_release() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(101), HOME);
    world.one(request).unwrap();
    world.block(vec![]);
    let (entry, _) = first_entry(&world);
    let Stage::InOutbox {
        valid_until: Some(valid_until),
        ..
    } = world.state.withdrawals[&entry].stage
    else {
        panic!()
    };

    world.block_after(3 * DAY_MS, vec![]);
    assert!(
        world.state.withdrawals.contains_key(&entry),
        "time alone voids nothing"
    );
    let at_limit = world.attestation(HOME, valid_until, 0);
    world.facts(vec![Fact::Attestation(at_limit)]);
    assert!(
        world.state.withdrawals.contains_key(&entry),
        "the vault still pays at validUntil"
    );

    let open = world.attestation(HOME, valid_until, 1);
    world.facts(vec![Fact::Attestation(open)]);
    let beyond = Attestation {
        first_seq: open.first_seq + 1,
        ..world.attestation(HOME, valid_until + 1, 0)
    };
    let outcomes = world.facts(vec![Fact::Attestation(beyond)]);
    assert!(outcomes[0].is_err(), "an earlier event is not applied yet");
    let failed = ReleaseFailed {
        seq: open.first_seq,
        id: entry.0 + 1,
    };
    world.facts(vec![Fact::Event(HOME, VaultEvent::ReleaseFailed(failed))]);
    let beyond = world.attestation(HOME, valid_until + 1, 0);
    let outcomes = world.facts(vec![Fact::Attestation(beyond)]);
    assert!(
        matches!(&outcomes[0].as_ref().unwrap().effect, Effect::Attested { void, .. } if *void == [entry])
    );
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    assert_eq!(world.state.assets[&CASH].vault.pending(), Fixed::ZERO);
}

/// An entry whose release failed, and when it lapses.
fn failed_entry(world: &mut World) -> (EntryId, u64) {
    let request = world.withdraw(ALICE, CASH, int(101), HOME);
    world.one(request).unwrap();
    world.block(vec![]);
    let (entry, _) = first_entry(world);
    let Stage::InOutbox {
        valid_until: Some(valid_until),
        ..
    } = world.state.withdrawals[&entry].stage
    else {
        panic!()
    };
    for _ in 0..2 {
        let failed = ReleaseFailed {
            seq: world.next_seq(HOME),
            id: entry.0,
        };
        world.event(HOME, VaultEvent::ReleaseFailed(failed));
        world.block(vec![]);
    }
    (entry, valid_until)
}

#[test]
fn a_failed_release_returns_claim_and_fee_once_it_is_proved_impossible() {
    let mut world = World::funded();
    let (entry, valid_until) = failed_entry(&mut world);
    let in_outbox = |entry: &OutboxEntry| matches!(entry, OutboxEntry::Release(_));
    assert!(!world.state.outbox().iter().any(in_outbox), "certified no more");
    assert_eq!(world.claim(ALICE, CASH), int(9_899), "the vault may still pay it");

    world.block_after(3 * DAY_MS, vec![]);
    let beyond = world.attestation(HOME, valid_until + 1, 0);
    let outcomes = world.facts(vec![Fact::Attestation(beyond)]);
    assert!(
        matches!(&outcomes[0].as_ref().unwrap().effect, Effect::Attested { void, .. } if *void == [entry])
    );
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    assert!(world.state.subs[&ALICE].withdrawals.is_empty());
}

#[test]
fn a_failed_release_that_somebody_retries_is_paid_once() {
    let mut world = World::funded();
    let (entry, valid_until) = failed_entry(&mut world);
    let amount = world.state.withdrawals[&entry].amount;
    released(&mut world, HOME, entry, amount);
    assert_eq!(world.claim(ALICE, CASH), int(9_899));
    assert!(world.state.withdrawals.is_empty());
    assert!(
        world.state.halts.is_empty(),
        "the books knew that it could be paid"
    );

    world.block_after(3 * DAY_MS, vec![]);
    let beyond = world.attestation(HOME, valid_until + 1, 0);
    world.facts(vec![Fact::Attestation(beyond)]);
    assert_eq!(world.claim(ALICE, CASH), int(9_899));
}

#[test]
pub(crate) fn a_queued_withdrawal_can_be_taken_back_and_one_in_the_outbox_cannot() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(3_000), HOME);
    let nonce = world.nonce;
    world.one(request).unwrap();
    assert!(
        world
            .state
            .withdrawals
            .values()
            .all(|row| matches!(row.stage, Stage::Queued { .. })),
        "large ones wait"
    );
    let cancel = world.cancel_withdraw(ALICE, nonce);
    assert_eq!(
        effect(world.one(cancel)),
        Effect::WithdrawalCancelled { amount: int(3_000) }
    );
    assert_eq!(world.claim(ALICE, CASH), int(10_000));

    let request = world.withdraw(ALICE, CASH, int(101), HOME);
    let nonce = world.nonce;
    world.one(request).unwrap();
    world.block(vec![]);
    let cancel = world.cancel_withdraw(ALICE, nonce);
    let (entry, _) = first_entry(&world);
    assert_eq!(world.refused(cancel), Refusal::NotCancellable { entry });
    let unknown = world.cancel_withdraw(ALICE, 999);
    assert_eq!(world.refused(unknown), Refusal::UnknownRequest { nonce: 999 });
}

#[test]
fn of_a_request_that_left_in_part_only_the_rest_is_taken_back() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(6_000), HOME);
    let nonce = world.nonce;
    let other = world.withdraw(BOB, CASH, int(9_000), HOME);
    world.block(vec![request, other]);
    assert_eq!(world.state.assets[&CASH].vault.pending(), Fixed::ZERO);
    world.block_after(DAY_MS, vec![]);
    let of_alice = |world: &World, queued: bool| -> Vec<Fixed> {
        let rows = world.state.withdrawals.values().filter(|row| row.sub == ALICE);
        let rows = rows.filter(|row| matches!(row.stage, Stage::Queued { .. }) == queued);
        rows.map(|row| row.amount).collect()
    };
    let (waiting, gone) = (of_alice(&world, true), of_alice(&world, false));
    assert!(!waiting.is_empty() && !gone.is_empty(), "{waiting:?} {gone:?}");
    let cancel = world.cancel_withdraw(ALICE, nonce);
    let fees = int(i64::try_from(waiting.len()).unwrap());
    let amount = Fixed::sum(waiting).unwrap().add(fees).unwrap();
    // The block that carries the cancel could not let more out: the hour's window is spent.
    assert_eq!(effect(world.one(cancel)), Effect::WithdrawalCancelled { amount });
    assert_eq!(of_alice(&world, false), gone);
    assert!(of_alice(&world, true).is_empty());
    let again = world.cancel_withdraw(ALICE, nonce);
    assert!(matches!(world.refused(again), Refusal::NotCancellable { .. }));
}

#[test]
fn an_entry_that_enters_the_outbox_in_the_cancels_own_block_is_not_cancelled() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(101), HOME);
    let nonce = world.nonce;
    let cancel = world.cancel_withdraw(ALICE, nonce);
    world.one(request).unwrap();
    assert!(
        world
            .state
            .withdrawals
            .values()
            .all(|row| matches!(row.stage, Stage::Queued { .. }))
    );
    let outcome = world.one(cancel);
    assert!(
        matches!(outcome, Err(Refusal::NotCancellable { .. })),
        "{outcome:?}"
    );
}

#[test]
fn large_withdrawals_are_cut_into_entries() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, int(6_000), HOME);
    let Effect::Withdrawing { entries, fee } = effect(world.one(request)) else {
        panic!()
    };
    let amounts: Vec<Fixed> = world.state.withdrawals.values().map(|row| row.amount).collect();
    assert!(
        amounts.iter().all(|amount| *amount <= int(2_500)),
        "a quarter of the least hourly window"
    );
    assert_eq!(Fixed::sum(amounts).unwrap().add(fee).unwrap(), int(6_000));
    assert_eq!(entries.len(), 3);
}

#[test]
fn the_fraction_below_a_unit_stays_the_users() {
    let mut world = World::funded();
    let request = world.withdraw(ALICE, CASH, decimal("101.0000005"), HOME);
    world.one(request).unwrap();
    assert_eq!(world.claim(ALICE, CASH), int(9_899));
}
