//! Bids on a sub whose positions settle in two cashes. Spec: `spec/ledger.md`, Liquidation and losses.

use super::losses::{EURO, IN_EURO, converge, deal, with_euro};
use super::*;
use wire::command::LiquidationBid;

/// Alice under auction with losses in cash and in euro; Carol with both to bid with.
fn in_two_cashes() -> World {
    let mut world = with_euro();
    world.deposit(CAROL, EURO, 10_000);
    world.block(vec![]);
    world.trade(ALICE, BOB, 1_000, 100);
    deal(&mut world, IN_EURO, [ALICE, BOB], int(500), 100).unwrap();
    converge(&mut world, 95);
    assert!(world.state.auctions[&ALICE].closed_ms.is_none());
    world
}

fn bid(world: &mut World) -> Outcome {
    let (nonce, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    let epoch = world.state.oracle_epoch(ALICE).unwrap();
    world.one(Command::Owner(Step::LiquidationBid(LiquidationBid {
        account: CAROL,
        nonce,
        expiry_ms,
        target: ALICE,
        fraction: decimal("0.1").raw(),
        price_limit: int(10_000).raw(),
        epoch,
    })))
}

#[test]
fn a_bid_is_paid_in_the_cash_in_which_the_sub_is_most_negative() {
    let mut world = in_two_cashes();
    let Effect::Liquidated { cash, price, .. } = effect(bid(&mut world)) else {
        panic!()
    };
    assert_eq!(cash, EURO);
    let auction = world.state.auctions[&ALICE];
    assert_eq!((auction.cash, auction.reserved), (Some(EURO), price));
}

/// What earlier bids paid is an amount of their cash: counted in another, some of it would be sold again.
#[test]
fn later_bids_are_paid_in_the_cash_of_those_whose_proceeds_are_kept_out() {
    let mut world = in_two_cashes();
    let auction = world.state.auctions.row(&ALICE).unwrap();
    (auction.cash, auction.reserved) = (Some(CASH), int(300));
    let before = world.claim(ALICE, CASH);
    let Effect::Liquidated {
        cash,
        price,
        fraction,
        ..
    } = effect(bid(&mut world))
    else {
        panic!()
    };
    assert_eq!(cash, CASH);
    let reserved = int(300).add(price).unwrap();
    assert_eq!(world.state.auctions[&ALICE].reserved, reserved);
    // A part of all but the 300, and the price on top.
    let sold = before.sub(int(300)).unwrap().mul_floor(fraction).unwrap();
    let expected = before.sub(sold).unwrap().add(price).unwrap();
    let gap = world.claim(ALICE, CASH).sub(expected).unwrap().abs();
    assert!(gap < decimal("0.000000001"), "{gap}");
}
