//! Acceptance, clamping, staleness and what follows for commands.

use super::*;
use crate::prices::Condition;

#[test]
fn price_gap_of_ten_percent_converges() {
    let mut world = World::funded();
    world.price = 110;
    let mut seen = vec![];
    for _ in 0..3 {
        world.block(vec![]);
        seen.push(world.state.feeds[&BTC].spot.unwrap().price);
    }
    assert_eq!(seen, [int(105), int(110), int(110)]);
    assert_eq!(world.state.spot_condition(BTC), Ok(Condition::Fresh));
}

#[test]
pub(crate) fn a_clamped_price_allows_reducing_only() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    world.price = 120;
    let open = world.meet(ALICE, BOB, 1, 104);
    let refusal = world.block(vec![Command::Fill(open)]).pop().unwrap().unwrap_err();
    assert!(matches!(
        refusal,
        Refusal::Price {
            condition: Condition::Clamped,
            feed: BTC,
            ..
        }
    ));
    let close = world.meet(BOB, ALICE, 1, 108);
    world.block(vec![Command::Fill(close)]).pop().unwrap().unwrap();
}

#[test]
fn prices_age_from_fresh_to_stale_to_dead() {
    let mut world = World::funded();
    world.reporting = false;
    let mut seen = vec![];
    for elapsed_ms in [29_000, 32_000, 60_000, 60_000] {
        world.block_after(elapsed_ms, vec![]);
        seen.push(world.state.spot_condition(BTC).unwrap());
    }
    assert_eq!(
        seen,
        [
            Condition::Fresh,
            Condition::Stale,
            Condition::Stale,
            Condition::Dead
        ]
    );
    world.reporting = true;
    world.block(vec![]);
    assert!(world.state.feeds[&BTC].spot.unwrap().after_gap);
    world.block(vec![]);
    assert!(!world.state.feeds[&BTC].spot.unwrap().after_gap);
}

#[test]
fn no_withdrawal_from_a_sub_with_positions_while_prices_are_stale() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    world.reporting = false;
    world.block_after(61_000, vec![]);
    let request = world.withdraw(ALICE, CASH, int(100), HOME);
    assert!(matches!(
        world.refused(request),
        Refusal::Price {
            condition: Condition::Stale,
            ..
        }
    ));
    let request = world.withdraw(CAROL, CASH, int(100), HOME);
    world.one(request).unwrap();
}

#[test]
fn fewer_than_a_quorum_of_reporters_move_no_price() {
    let mut world = World::funded();
    world.reporting = false;
    world.price = 104;
    let reports = world.reports(world.state.time_ms + 1_000);
    let block = Block {
        height: world.state.height + 1,
        time_ms: world.state.time_ms + 40_000,
        reports: reports.into_iter().take(2).collect(),
        ..Block::default()
    };
    apply_block(&mut world.state, &block);
    assert_eq!(world.state.feeds[&BTC].spot.unwrap().price, int(100));
}
