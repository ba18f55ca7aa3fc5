//! Interest on loans, and losses that claims share.

use super::*;
use crate::posting::Place;

/// Bob owes 1,000; the pool has it.
fn with_loan() -> World {
    let mut world = World::funded();
    world.trade(ALICE, CAROL, 1, 100);
    world
        .state
        .post(CASH, Place::Margin(BOB), Place::Insurance, int(11_000))
        .unwrap();
    world
}

#[test]
fn lenders_and_insurance_share_the_interest() {
    let mut world = with_loan();
    let insurance = world.state.assets[&CASH].insurance;
    let before = (
        world.state.assets[&CASH].claims().unwrap(),
        world.state.assets[&CASH].loans().unwrap(),
    );
    world.block_after(DAY_MS, vec![]);
    let books = &world.state.assets[&CASH];
    let (earned, paid) = (
        books.claims().unwrap().sub(before.0).unwrap(),
        books.loans().unwrap().sub(before.1).unwrap(),
    );
    let insured = books.insurance.sub(insurance).unwrap();
    assert!(paid.is_positive());
    assert_eq!(earned.add(insured).unwrap(), paid);
    assert!(insured >= paid.mul_floor(decimal("0.2")).unwrap());
}

#[test]
fn a_cut_rate_takes_from_everybody_alike_and_a_new_deposit_is_whole() {
    let mut world = World::funded();
    world.state.cut_rate(CASH, int(3_000), Place::Vault).unwrap();
    world.books_balance();
    let nine = world.claim(ALICE, CASH);
    assert!(nine <= int(9_000) && nine > decimal("8999.999"));
    assert_eq!(nine, world.claim(BOB, CASH));
    world.deposit(CAROL, CASH, 100);
    world.block(vec![]);
    assert!(world.claim(CAROL, CASH) > decimal("9099.999"));
    let over = world.state.clone().cut_rate(CASH, int(1_000_000), Place::Vault);
    assert!(matches!(over, Err(Refusal::Overdrawn { .. })));
}

#[test]
fn a_repaid_loan_becomes_a_claim_again() {
    let mut world = with_loan();
    assert_eq!(world.claim(BOB, CASH), Fixed::ZERO);
    world.deposit(BOB, CASH, 2_000);
    world.block(vec![]);
    assert!(world.claim(BOB, CASH) > int(999));
    assert_eq!(world.state.assets[&CASH].loan_shares, Fixed::ZERO);
}
