//! The fee of a release follows what attesters report, never below what is governed.

use super::*;
use wire::command::{ChainHealth, HealthReport};

/// Attesters report these costs of a release at home, in hundredths of the native coin.
fn report(world: &mut World, costs: [i64; 4]) {
    let time_ms = world.state.time_ms + 1_000;
    let report = |(number, cost): (u8, i64)| {
        let health = ChainHealth {
            chain: HOME,
            lag_ms: 1,
            latency_ms: 1,
            release_cost: Fixed::from_ppm(cost * 10_000).raw(),
        };
        Report::Health(HealthReport {
            attester: attester(number),
            time_ms,
            chains: vec![health],
        })
    };
    let reports = (0..).zip(costs).map(report).collect();
    let block = Block {
        height: world.state.height + 1,
        time_ms,
        reports,
        ..Block::default()
    };
    let outcomes = apply_block(&mut world.state, &block);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

/// Fee and minimum of cash at home; the native coin is worth 100.
fn terms(world: &World) -> (Fixed, Fixed) {
    let terms = world.state.release_terms(CASH, HOME).unwrap();
    (terms.fee, terms.minimum)
}

#[test]
fn the_fee_is_the_median_cost_at_the_coins_price_times_one_and_a_fifth() {
    let mut world = World::funded();
    assert_eq!(
        terms(&world),
        (int(1), int(10)),
        "nobody has reported: the floors"
    );
    // The median of 3, 4, 5 and 90 hundredths is 4.5 of them: 4.5 of cash, times 1.2.
    report(&mut world, [3, 4, 5, 90]);
    assert_eq!(terms(&world), (decimal("5.4"), int(10)));
    report(&mut world, [20, 20, 20, 20]);
    assert_eq!(
        terms(&world),
        (int(24), int(24)),
        "no release pays out less than it costs"
    );
    report(&mut world, [1, 1, 1, 1]);
    assert_eq!(terms(&world), (decimal("1.2"), int(10)));
    world.state.chains.row(&HOME).unwrap().risk.release_fee = int(2);
    assert_eq!(terms(&world), (int(2), int(10)), "the governed value is a floor");
}

#[test]
fn the_fee_rounds_up_whatever_the_prices() {
    let mut world = World::funded();
    report(&mut world, [7, 7, 7, 7]);
    let feeds = &mut world.state.feeds;
    feeds.row(&BTC).unwrap().spot.as_mut().unwrap().price = Fixed::from_raw(int(33).raw() + 1);
    feeds.row(&USD).unwrap().spot.as_mut().unwrap().price = decimal("1.1");
    // 0.07 · (33 + 1e-18) = 2.31 + 1 ulp, · 1.2 = 2.772 + 2 ulp, / 1.1 = 2.52 + 1.8 ulp.
    assert_eq!(terms(&world).0, Fixed::from_raw(decimal("2.52").raw() + 2));
}

#[test]
fn an_attester_that_does_not_know_the_cost_has_no_vote_on_it() {
    let mut world = World::funded();
    report(&mut world, [5, 5, 5, 0]);
    assert_eq!(terms(&world).0, int(6));
    report(&mut world, [90, 90, 0, 0]);
    assert_eq!(terms(&world).0, int(6), "two of four are no quorum");
}

#[test]
fn stale_reports_leave_the_last_accepted_cost() {
    let mut world = World::funded();
    report(&mut world, [5, 5, 5, 5]);
    world.block_after(DAY_MS, vec![]);
    world.block(vec![]);
    assert_eq!(terms(&world).0, int(6));
    report(&mut world, [8, 8, 0, 0]);
    assert_eq!(terms(&world).0, int(6), "and two fresh ones do not replace it");
    report(&mut world, [8, 8, 8, 0]);
    assert_eq!(terms(&world).0, decimal("9.6"));
}

#[test]
fn without_a_price_of_the_coin_the_floors_hold() {
    let mut world = World::funded();
    report(&mut world, [5, 5, 5, 5]);
    world.state.feeds.row(&BTC).unwrap().spot = None;
    assert_eq!(terms(&world), (int(1), int(10)));
}

#[test]
fn nobody_pays_more_than_signed_nor_withdraws_less_than_the_fee() {
    let mut world = World::funded();
    report(&mut world, [20, 20, 20, 20]);
    let Command::Owner(Step::RequestWithdraw(mut request)) = world.withdraw(ALICE, CASH, int(100), HOME)
    else {
        panic!()
    };
    request.max_fee = int(23).raw();
    assert_eq!(
        world.refused(Command::Owner(Step::RequestWithdraw(request))),
        Refusal::FeeTooHigh {
            fee: int(24),
            most: int(23)
        }
    );
    let small = world.withdraw(ALICE, CASH, decimal("47.9"), HOME);
    assert_eq!(
        world.refused(small),
        Refusal::BelowMinimum {
            amount: decimal("47.9"),
            minimum: int(48)
        }
    );
    let least = world.withdraw(ALICE, CASH, int(48), HOME);
    assert!(matches!(effect(world.one(least)), Effect::Withdrawing { fee, .. } if fee == int(24)));
    assert_eq!(world.state.assets[&CASH].fees, int(24));
}

#[test]
fn refuses_costs_out_of_range() {
    let mut world = World::funded();
    for release_cost in [-1, (1 << 90) + 1] {
        let health = ChainHealth {
            chain: HOME,
            lag_ms: 1,
            latency_ms: 1,
            release_cost,
        };
        let (height, time_ms) = (world.state.height + 1, world.state.time_ms + 1_000);
        let report = HealthReport {
            attester: attester(0),
            time_ms,
            chains: vec![health],
        };
        let block = Block {
            height,
            time_ms,
            reports: vec![Report::Health(report)],
            ..Block::default()
        };
        let outcome = apply_block(&mut world.state, &block).pop().unwrap();
        assert_eq!(
            outcome,
            Err(Refusal::BadReport {
                field: "release_cost"
            })
        );
    }
}
