//! Who pays for what a market lost, over whole blocks: the order of losses as it is posted. Spec: `spec/ledger.md`, Liquidation and losses.

mod posted;

use super::*;
use crate::state::{Class, Status};

pub(super) const DAVE: Account = Account {
    owner: Address([0xd; 20]),
    sub: 1,
};
pub(super) const ERIN: Account = Account {
    owner: Address([0xe1; 20]),
    sub: 1,
};
/// A second cash, and a perpetual that settles in it.
pub(super) const EURO: AssetId = AssetId {
    chain: HOME,
    asset: Hash([4; 32]),
};
pub(super) const IN_EURO: Instrument = Instrument::Perpetual {
    underlying: BTC,
    cash: EURO,
};

/// Blocks of five seconds until `minutes` have passed on every clock.
pub(super) fn run(world: &mut World, minutes: u64) {
    for _ in 0..minutes * 12 {
        world.block_after(5_000, vec![]);
    }
}

/// Blocks until the accepted price is `price`.
pub(super) fn converge(world: &mut World, price: i64) {
    world.price = price;
    for _ in 0..8 {
        world.block(vec![]);
    }
}

fn value(state: &State, account: Account) -> Fixed {
    state.risk(account).unwrap().requirement.value
}

fn rich(accounts: &[Account]) -> World {
    let mut world = World::funded();
    for account in accounts {
        world.deposit(*account, CASH, 10_000);
        world.block(vec![]);
    }
    world
}

/// A raw quantity from `seller` to `buyer`.
pub(super) fn deal(
    world: &mut World,
    instrument: Instrument,
    [buyer, seller]: [Account; 2],
    quantity: Fixed,
    price: i64,
) -> Outcome {
    let mut fill = world.meet(buyer, seller, 1, price);
    fill.quantity = quantity.raw();
    for intent in [&mut fill.post, &mut fill.take] {
        (intent.quantity, intent.instrument) = (quantity.raw(), instrument);
    }
    world.one(Command::Fill(fill))
}

/// Alice has lost more than she has to Bob, who is out with his profit; Carol holds the other side and has neither won nor lost.
fn profit_has_gone_home() -> World {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_500, 100);
    converge(&mut world, 93);
    world.trade(BOB, CAROL, 1_500, 93);
    assert_eq!(world.claim(BOB, CASH), int(20_500));
    assert!(value(&world.state, ALICE).is_negative());
    world
}

#[test]
fn profit_that_has_left_its_sub_is_not_taken_from_the_empty_sub() {
    let mut world = profit_has_gone_home();
    run(&mut world, 35);
    let away = world.claim(BOB, CASH);
    let transfer = world.transfer(BOB, 2, CASH, away);
    world.one(transfer).unwrap();
    run(&mut world, 40);
    assert!(world.state.auctions.is_empty(), "closed by force");
    assert_eq!(world.state.subs[&BOB].shares(&CASH), Fixed::ZERO, "owes nothing");
    let saver = Account { sub: 2, ..BOB };
    assert!(world.claim(saver, CASH) < away, "what is gone falls on the rate");
    assert!(world.state.assets[&CASH].rate < Fixed::ONE);
    assert!(!value(&world.state, ALICE).is_negative());
}

#[test]
fn matured_profit_that_is_still_there_is_taken_before_the_rate() {
    let mut world = profit_has_gone_home();
    run(&mut world, 75);
    assert!(world.state.auctions.is_empty(), "closed by force");
    assert_eq!(world.state.assets[&CASH].rate, Fixed::ONE);
    let left = world.claim(BOB, CASH);
    assert!(left < int(20_500) && left > int(19_500), "{left}");
    assert!(value(&world.state, CAROL) >= int(9_900), "funding apart");
}

#[test]
fn a_market_loss_that_nobody_has_to_give_back_cuts_all_claims_alike() {
    let mut world = profit_has_gone_home();
    run(&mut world, 35);
    for sub in [2, 3] {
        let half = int(10_250);
        let transfer = world.transfer(BOB, sub, CASH, half);
        world.one(transfer).unwrap();
    }
    let saver = |sub| Account { sub, ..BOB };
    let mut before = world.state.clone();
    while world.state.auctions.contains_key(&ALICE) {
        before = world.state.clone();
        world.block_after(5_000, vec![]);
    }
    let after = world.state.assets[&CASH].clone();
    assert!(after.rate < Fixed::ONE);
    let left = |account| {
        let (then, now) = (before.claim(account, CASH).unwrap(), world.claim(account, CASH));
        now.div_floor(then).unwrap()
    };
    for account in [saver(2), saver(3)] {
        let gap = left(account).sub(after.rate).unwrap().abs();
        assert!(gap < decimal("0.000000000000001"), "{account:?}");
    }
    assert_eq!(after.gap(), Ok(Fixed::ZERO));
    assert_eq!(
        world.state.listings[&Series::of(&PERPETUAL)].insurance_paid,
        before.assets[&CASH].insurance,
        "insurance was emptied first"
    );
}

/// A funded world with a second cash of the same price, of which nobody has any.
pub(super) fn with_euro() -> World {
    let mut world = World::funded();
    let mut books = world.state.assets[&CASH].clone();
    books = Asset::new(books.terms, books.risk);
    books.interest_ms = world.state.time_ms;
    assert_eq!(books.terms.class, Class::Cash);
    world.state.assets.insert(EURO, books);
    world
        .state
        .listings
        .insert(Series::of(&IN_EURO), Listing::default());
    world
}

#[test]
fn a_deficit_is_split_over_the_markets_by_their_maintenance_and_paid_in_the_cash_of_each() {
    let mut world = with_euro();
    world.trade(ALICE, BOB, 1_000, 100);
    deal(&mut world, IN_EURO, [ALICE, CAROL], int(500), 100).unwrap();
    converge(&mut world, 88);
    let mut before = world.state.clone();
    while world.state.auctions.contains_key(&ALICE) {
        before = world.state.clone();
        world.block_after(5_000, vec![]);
    }
    for account in [ALICE, BOB, CAROL] {
        before.touch(account).unwrap();
    }
    let hole = value(&before, ALICE).negate();
    assert!(hole > int(7_000), "{hole}");
    let lost = |account| value(&before, account).sub(value(&world.state, account)).unwrap();
    // The auction's fee was taken in euro, in which Alice was most negative.
    let (insured, no_fund) = (before.assets[&EURO].insurance, before.assets[&CASH].insurance);
    assert!(insured.is_positive() && no_fund.is_zero());
    // Two thirds of the requirement are the first market's: Bob pays them; the rest is paid in euro, by the fund and by Carol.
    let third = hole.div_floor(int(3)).unwrap();
    let is_near = |a: Fixed, b: Fixed| a.sub(b).unwrap().abs() < decimal("0.00001");
    assert!(
        is_near(lost(CAROL).add(insured).unwrap(), third),
        "{}",
        lost(CAROL)
    );
    assert!(is_near(lost(BOB), hole.sub(third).unwrap()), "{}", lost(BOB));
    let euro = &world.state.assets[&EURO];
    assert_eq!((euro.rate, euro.gap()), (Fixed::ONE, Ok(Fixed::ZERO)));
    let paid = |instrument| world.state.listings[&Series::of(&instrument)].insurance_paid;
    assert_eq!(
        paid(PERPETUAL),
        Fixed::ZERO,
        "a fund of one cash pays no loss in another"
    );
    assert!(is_near(paid(IN_EURO), insured));
    // The last units of a loan are rounded up.
    assert!(is_near(value(&world.state, ALICE), Fixed::ZERO));
}

/// Alice has cash and owes euro when the part of her deficit that falls on cash cuts its rate, her own claim's too.
#[test]
fn a_debtors_own_claim_does_not_pay_what_the_rate_is_cut_for() {
    let mut world = with_euro();
    world.trade(ALICE, BOB, 500, 100);
    deal(&mut world, IN_EURO, [ALICE, CAROL], int(1_000), 100).unwrap();
    converge(&mut world, 92);
    world.deposit(DAVE, CASH, 10_000);
    world.block(vec![]);
    world.trade(BOB, DAVE, 500, 92);
    run(&mut world, 35);
    let away = world.claim(BOB, CASH);
    let transfer = world.transfer(BOB, 2, CASH, away);
    world.one(transfer).unwrap();
    while !world.state.subs[&ALICE].positions.is_empty() {
        world.block_after(5_000, vec![]);
    }
    assert!(world.state.assets[&CASH].rate < Fixed::ONE);
    assert!(world.claim(ALICE, CASH) > int(5_000));
    assert!(world.state.subs[&ALICE].shares(&EURO) < int(-5_000));
    let left = value(&world.state, ALICE);
    assert!(left.abs() < decimal("0.000000001"), "{left}");
    assert_eq!(world.state.assets[&CASH].gap(), Ok(Fixed::ZERO));
}

#[test]
fn a_forced_close_takes_the_profitable_first_and_gives_the_unit_left_to_the_lower_sub() {
    let mut world = rich(&[DAVE, ERIN]);
    let half = int(1_000);
    deal(&mut world, PERPETUAL, [ALICE, BOB], half, 100).unwrap();
    let odd = decimal("0.001000000000000001");
    deal(&mut world, PERPETUAL, [ALICE, CAROL], odd, 100).unwrap();
    deal(&mut world, PERPETUAL, [DAVE, CAROL], half.sub(odd).unwrap(), 100).unwrap();
    // Dave would be as far under water as Alice.
    world.deposit(DAVE, CASH, 20_000);
    converge(&mut world, 90);
    deal(&mut world, PERPETUAL, [DAVE, ERIN], int(100), 90).unwrap();
    let short = |world: &World, account: Account| {
        let held = world.state.subs[&account].positions.get(&PERPETUAL);
        held.map_or(Fixed::ZERO, |position| position.quantity.abs())
    };
    assert_eq!((short(&world, BOB), short(&world, CAROL)), (half, half));
    while short(&world, ALICE).is_positive() {
        world.block_after(5_000, vec![]);
        assert_eq!(world.state.subs[&DAVE].status, Status::Open);
    }
    // 1,000.001 and a unit of two equal winners: half of each, and the unit from Bob, whose name comes first.
    assert_eq!(short(&world, BOB), decimal("499.999499999999999999"));
    assert_eq!(short(&world, CAROL), decimal("499.9995"));
    assert_eq!(
        short(&world, ERIN),
        int(100),
        "no winner, so not before the winners"
    );
}
