//! Limits driven by whole blocks.

use crate::ids::{AssetId, ChainId};
use crate::limits::{Bound, Staking};
use crate::math::Fixed;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Class, Stage};
use crate::tests::{ALICE, AWAY, BOB, CAROL, CASH, COIN, DAY_MS, HOME, World, attester, decimal, int};
use std::{vec, vec::Vec};

const HOUR_MS: u64 = 3_600_000;

/// Four millions of cash in the vault, a day old; windows have just begun.
fn rich() -> World {
    let mut world = World::new();
    world.state.chains.row(&HOME).unwrap().risk.source_risk_minimum = int(10_000_000);
    for account in [ALICE, BOB] {
        world.deposit(account, CASH, 2_000_000);
    }
    world.block(vec![]);
    let midnight_ms = DAY_MS - world.state.time_ms % DAY_MS;
    world.block_after(DAY_MS + midnight_ms, vec![]);
    world.block(vec![]);
    world
}

fn queued(world: &World) -> Vec<Fixed> {
    let rows = world.state.withdrawals.values();
    rows.filter(|row| matches!(row.stage, Stage::Queued { .. }))
        .map(|row| row.amount)
        .collect()
}

fn in_outbox(world: &World) -> Fixed {
    let rows = world
        .state
        .withdrawals
        .values()
        .filter(|row| matches!(row.stage, Stage::InOutbox { .. }));
    Fixed::sum(rows.map(|row| row.amount)).unwrap()
}

#[test]
fn what_exceeds_the_hour_waits_and_is_not_lost() {
    let mut world = rich();
    // 1 % of four million an hour, in entries of at most a quarter of it.
    assert_eq!(world.state.entry_cap(CASH).unwrap(), int(10_000));
    let request = world.withdraw(ALICE, CASH, int(60_006), HOME);
    world.one(request).unwrap();
    world.block(vec![]);
    assert_eq!(in_outbox(&world), int(40_000));
    assert_eq!(queued(&world), [int(10_000); 2]);
    world.block_after(HOUR_MS, vec![]);
    assert_eq!(in_outbox(&world), int(60_000));
    assert!(queued(&world).is_empty());
}

#[test]
fn a_window_is_shared_round_robin_over_accounts() {
    let mut world = rich();
    for account in [ALICE, BOB] {
        let request = world.withdraw(account, CASH, int(50_005), HOME);
        world.one(request).unwrap();
    }
    world.block(vec![]);
    let left = |account| {
        world
            .state
            .queue
            .range((CASH, account, crate::ids::EntryId(0))..)
            .filter(|(key, ())| key.1 == account)
            .count()
    };
    assert_eq!(in_outbox(&world), int(40_000));
    assert!(left(ALICE) >= 1 && left(BOB) >= 1);
}

#[test]
fn flash_deposit_lifts_no_cap() {
    let mut world = rich();
    let (cap, hour) = (
        world.state.entry_cap(CASH).unwrap(),
        world.state.outflow_available(CASH).unwrap(),
    );
    world.deposit(CAROL, CASH, 3_000_000);
    world.block(vec![]);
    assert_eq!(world.state.entry_cap(CASH).unwrap(), cap);
    assert_eq!(world.state.outflow_available(CASH).unwrap(), hour);
    let request = world.withdraw(CAROL, CASH, int(200_000), HOME);
    world.one(request).unwrap();
    world.block(vec![]);
    assert_eq!(in_outbox(&world), hour);
    // Its inflow does not offset the outflow of this window, nor of the next.
    world.block_after(HOUR_MS, vec![]);
    let second = in_outbox(&world).sub(hour).unwrap();
    assert!(second <= int(70_000), "1 % of seven million");
    // Nor does it lift what its chain may bring in today.
    let room = world.state.source_part(CASH, HOME, int(9_000_000)).unwrap();
    assert_eq!(room, int(10_000_000 - 3_000_000));
}

#[test]
fn a_large_request_waits_a_day() {
    let mut world = rich();
    let request = world.withdraw(ALICE, CASH, int(300_000), HOME);
    world.one(request).unwrap();
    world.block(vec![]);
    assert_eq!(in_outbox(&world), Fixed::ZERO);
    world.block_after(DAY_MS - 2_000, vec![]);
    assert_eq!(in_outbox(&world), Fixed::ZERO);
    world.block(vec![]);
    world.block(vec![]);
    assert!(in_outbox(&world).is_positive());
}

#[test]
fn a_source_chain_brings_in_no_more_than_its_cap_and_the_rest_is_claimed_in_parts() {
    let mut world = World::new();
    world.deposit(ALICE, CASH, 60_000);
    world.deposit(BOB, CASH, 70_000);
    world.block(vec![]);
    assert_eq!(world.claim(ALICE, CASH), int(60_000));
    assert_eq!(
        world.claim(BOB, CASH),
        Fixed::ZERO,
        "130,000 would be above 100,000"
    );
    let claim = world.claim_suspense(BOB, 1);
    assert!(
        matches!(world.one(claim).unwrap().effect, Effect::Credited { amount, .. } if amount == int(40_000))
    );
    let claim = world.claim_suspense(BOB, 1);
    let refusal = world.refused(claim);
    assert!(
        matches!(refusal, Refusal::Limit { limit: "source risk", available, .. } if available.is_zero()),
        "{refusal}"
    );
    world.block_after(DAY_MS, vec![]);
    world.block(vec![]);
    let claim = world.claim_suspense(BOB, 1);
    world.one(claim).unwrap();
    assert_eq!(world.claim(BOB, CASH), int(70_000));
    assert!(world.state.suspense.is_empty());
}

#[test]
fn without_stake_nothing_leaves_and_nothing_opens() {
    let mut world = World::funded();
    for index in 0..4 {
        world.state.attesters.row(&attester(index)).unwrap().stake = Fixed::ZERO;
    }
    world.block(vec![]);
    assert_eq!(world.state.outflow_available(CASH).unwrap(), Fixed::ZERO);
    let fill = world.meet(ALICE, BOB, 10, 100);
    let refusal = world.refused(crate::command::Command::Fill(fill));
    assert!(
        matches!(refusal, Refusal::Limit { limit: "economic budget", required, available } if required > available)
    );
}

#[test]
pub(crate) fn a_falling_budget_stops_what_is_new_and_lets_close() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 100, 100);
    for index in 0..4 {
        world.state.attesters.row(&attester(index)).unwrap().stake = int(10);
    }
    world.block(vec![]);
    assert_eq!(world.state.budget[&Bound::OpenInterest], Fixed::ZERO);
    let fill = world.meet(ALICE, BOB, 1, 100);
    assert!(world.one(crate::command::Command::Fill(fill)).is_err());
    world.trade(BOB, ALICE, 100, 100);
}

#[test]
fn outflow_stays_within_half_the_budget_per_day() {
    let mut world = rich();
    // The cheapest third of four equal attesters is two of them: B = 0.5 · 2 · 4,000, half of it per day.
    for index in 0..4 {
        world.state.attesters.row(&attester(index)).unwrap().stake = int(40_000);
    }
    world.block(vec![]);
    assert_eq!(world.state.budget_bound().unwrap(), int(40_000));
    let request = world.withdraw(ALICE, CASH, int(60_006), HOME);
    world.one(request).unwrap();
    for _ in 0..5 {
        world.block_after(HOUR_MS, vec![]);
    }
    assert_eq!(in_outbox(&world), int(20_000));
    world.block_after(DAY_MS, vec![]);
    world.block(vec![]);
    assert_eq!(in_outbox(&world), int(40_000));
}

#[test]
fn volatile_stake_counts_at_half_its_low_of_thirty_days() {
    let mut world = World::new();
    world.state.staking = Staking {
        asset: Some(COIN),
        ..Staking::default()
    };
    world.block(vec![]);
    let bound = world.state.budget_bound().unwrap();
    world.price = 96;
    world.block(vec![]);
    let low = world.state.budget_bound().unwrap();
    assert_eq!(low, bound.mul_floor(decimal("0.96")).unwrap());
    world.price = 100;
    world.block(vec![]);
    assert_eq!(world.state.budget_bound().unwrap(), low);
    for _ in 0..31 {
        world.block_after(DAY_MS, vec![]);
    }
    assert_eq!(world.state.budget_bound().unwrap(), bound);
}

#[test]
fn what_a_refused_part_took_of_the_budget_is_given_back() {
    let mut world = World::funded();
    let before = (world.state.budget.clone(), world.state.outflows.clone());
    let refused = world.state.isolated(|state| {
        state.record_outflow(CASH, int(100))?;
        assert_eq!(state.budget[&Bound::Spent], int(100));
        Err(Refusal::ZeroAmount)
    });
    assert_eq!(refused, Err(Refusal::ZeroAmount));
    assert_eq!((world.state.budget.clone(), world.state.outflows.clone()), before);
}

#[test]
fn a_stake_in_cash_counts_at_one_at_most() {
    let world = World::new();
    assert_eq!(world.state.assets[&CASH].terms.class, Class::Cash);
    assert_eq!(world.state.budget_bound().unwrap(), int(1_000_000_000));
}

#[test]
fn limits_of_unknown_things_are_refused() {
    let world = World::new();
    let asset = AssetId {
        chain: ChainId(9),
        asset: CASH.asset,
    };
    assert_eq!(
        world.state.outflow_available(asset),
        Err(Refusal::UnknownAsset { asset })
    );
    assert_eq!(
        world.state.source_part(CASH, ChainId(9), int(1)),
        Err(Refusal::UnknownChain { chain: ChainId(9) })
    );
    assert!(world.state.require_open(CASH, AWAY).is_ok());
}
