//! Funding over hours: both directions, odd quantities, and where the dust goes. Spec: `spec/ledger.md`, Prices, Rounding.

use super::*;

/// Blocks of half a minute until `hours` have passed.
fn run(world: &mut World, hours: u64) {
    for _ in 0..hours * 120 {
        world.block_after(30_000, vec![]);
    }
}

/// `buyer` buys a raw quantity from `seller` at 100.
fn deal(world: &mut World, buyer: Account, seller: Account, quantity: Fixed) {
    let mut fill = world.meet(buyer, seller, 1, 100);
    fill.quantity = quantity.raw();
    (fill.post.quantity, fill.take.quantity) = (quantity.raw(), quantity.raw());
    world.one(Command::Fill(fill)).unwrap();
}

/// What a sub has beyond its deposit, at marks and with its funding settled.
fn gained(world: &World, account: Account) -> Fixed {
    let mut state = world.state.clone();
    state.touch(account).unwrap();
    let value = state.risk(account).unwrap().requirement.value;
    value.sub(int(10_000)).unwrap()
}

/// Alice long, Bob and Carol short of her, in quantities that nothing divides.
fn odd_positions() -> World {
    let mut world = World::funded();
    world.mark = Some(100);
    deal(&mut world, ALICE, BOB, decimal("7.000000000000000001"));
    deal(&mut world, ALICE, CAROL, decimal("3.333333333333333333"));
    world
}

#[test]
fn each_hour_pays_the_average_premium_and_interest_over_eight_hours() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    world.mark = Some(101);
    run(&mut world, 1);
    let before = world.market().funding_index;
    run(&mut world, 3);
    // (1 % + 0.01 %) / 8 of 100, three times.
    let moved = world.market().funding_index.sub(before).unwrap();
    assert_eq!(moved, decimal("0.37875"));
    world.mark = Some(99);
    run(&mut world, 1);
    let before = world.market().funding_index;
    run(&mut world, 2);
    // (-1 % + 0.01 %) / 8 of 100, twice.
    let moved = world.market().funding_index.sub(before).unwrap();
    assert_eq!(moved, decimal("-0.2475"));
}

#[test]
fn who_is_touched_often_pays_no_less_and_the_pool_keeps_the_difference() {
    let mut world = odd_positions();
    for (mark, hours) in [(102, 3), (97, 4), (103, 2)] {
        world.mark = Some(mark);
        for _ in 0..hours {
            run(&mut world, 1);
            let touch = world.transfer(ALICE, 2, CASH, Fixed::ULP);
            world.one(touch).unwrap();
            let back = world.transfer(Account { sub: 2, ..ALICE }, 1, CASH, Fixed::ULP);
            world.one(back).unwrap();
        }
    }
    let index = world.market().funding_index;
    assert!(!index.is_zero());
    for (account, quantity) in [
        (ALICE, "10.333333333333333334"),
        (BOB, "-7.000000000000000001"),
        (CAROL, "-3.333333333333333333"),
    ] {
        let held = world.state.subs[&account].positions[&PERPETUAL];
        assert_eq!(held.quantity, decimal(quantity));
        let mark = world.state.mark(&PERPETUAL).unwrap();
        let unrealised = held.quantity.mul_floor(mark).unwrap().sub(held.cost).unwrap();
        let funding = gained(&world, account).sub(unrealised).unwrap();
        let exact = held.quantity.negate().mul_floor(index).unwrap();
        let short = exact.sub(funding).unwrap();
        assert!(
            !short.is_negative() && short < Fixed::from_raw(50),
            "{account:?}: {funding}, exactly {exact}"
        );
    }
}

#[test]
fn what_funding_rounds_away_is_insurances_once_all_have_left() {
    let mut world = odd_positions();
    for mark in [103, 96, 101] {
        world.mark = Some(mark);
        run(&mut world, 3);
    }
    world.mark = Some(100);
    run(&mut world, 1);
    let insurance = world.state.assets[&CASH].insurance;
    deal(&mut world, BOB, ALICE, decimal("7.000000000000000001"));
    deal(&mut world, CAROL, ALICE, decimal("3.333333333333333333"));
    assert_eq!(world.market().open_interest, Fixed::ZERO);
    assert_eq!(world.market().pool, Fixed::ZERO);
    let claims = [ALICE, BOB, CAROL].map(|account| world.claim(account, CASH));
    let dust = int(30_000).sub(Fixed::sum(claims).unwrap()).unwrap();
    assert!(dust.is_positive() && dust < Fixed::from_raw(100), "{dust}");
    let books = &world.state.assets[&CASH];
    let kept = books.insurance.sub(insurance).unwrap().add(books.dust).unwrap();
    assert_eq!(kept, dust, "nothing was made and nothing lost");
}

#[test]
fn funding_holds_while_prices_are_stale() {
    let mut world = odd_positions();
    world.mark = Some(104);
    run(&mut world, 2);
    world.reporting = false;
    world.block_after(120_000, vec![]);
    let before = world.market();
    run(&mut world, 3);
    let after = world.market();
    assert!(after.funding.covered_ms <= before.funding.covered_ms);
    // At most what the hour that ran had covered while prices were fresh.
    let moved = after.funding_index.sub(before.funding_index).unwrap();
    assert!(moved <= decimal("0.50125"), "{moved}");
    let still = world.market().funding_index;
    run(&mut world, 2);
    assert_eq!(world.market().funding_index, still);
}
