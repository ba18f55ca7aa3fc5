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

/// Bob has lost 12,000 and had 10,000: he owes 2,000 against his coins.
fn borrowed_to_pay() -> World {
    let mut world = World::funded();
    world.deposit(BOB, COIN, 200);
    world.block(vec![]);
    world.trade(BOB, ALICE, 1_500, 100);
    world.price = 92;
    for _ in 0..8 {
        world.block(vec![]);
    }
    world.trade(ALICE, BOB, 1_500, 92);
    let owed = world.state.assets[&CASH].loans().unwrap();
    assert_eq!(owed, int(2_000));
    world
}

/// Growth of a loan over `ms` at the published curve, computed the plain way.
fn growth(loans: f64, claims: f64, ms: f64) -> f64 {
    let used = (loans / claims).min(1.0);
    let rate = 0.02 + 0.08 * used.min(0.85) + 0.9 * (used - 0.85).max(0.0);
    (rate * ms / 31_536_000_000.0).exp()
}

fn approximately(fixed: Fixed) -> f64 {
    std::format!("{fixed}").parse().unwrap()
}

#[test]
fn days_of_interest_follow_the_curve_and_a_fifth_is_insurances() {
    let mut world = borrowed_to_pay();
    for _ in 0..10 * 24 {
        let before = world.state.assets[&CASH].clone();
        world.block_after(3_600_000, vec![]);
        let after = &world.state.assets[&CASH];
        let (loans, claims) = (before.loans().unwrap(), before.claims().unwrap());
        let expected = growth(approximately(loans), approximately(claims), 3_600_000.0);
        let grown = approximately(after.borrow_index) / approximately(before.borrow_index);
        assert!(
            (grown - expected).abs() < 1e-12,
            "{grown}, by the curve {expected}"
        );
        let paid = after.loans().unwrap().sub(loans).unwrap();
        let earned = after.claims().unwrap().sub(claims).unwrap();
        let insured = after.insurance.sub(before.insurance).unwrap();
        assert_eq!(
            earned.add(insured).unwrap(),
            paid,
            "every unit paid is somebody's"
        );
        let fifth = paid.mul_floor(decimal("0.2")).unwrap();
        let rounding = insured.sub(fifth).unwrap();
        assert!(
            !rounding.is_negative() && rounding < decimal("0.000000000001"),
            "{rounding}"
        );
    }
    // About 0.8 of 2,000 · (2 % + 8 % · u) · 10 / 365 with u about a fifteenth.
    let lent = approximately(world.state.assets[&CASH].supply_index) - 1.0;
    assert!((3e-5..5e-5).contains(&lent), "{lent}");
}

#[test]
fn lenders_gain_in_proportion_and_the_loan_is_repaid_with_what_it_cost() {
    let mut world = borrowed_to_pay();
    let before = (world.claim(ALICE, CASH), world.claim(CAROL, CASH));
    for _ in 0..72 {
        world.block_after(3_600_000, vec![]);
    }
    let gained = |now: Fixed, then: Fixed| approximately(now) / approximately(then);
    let (alice, carol) = (world.claim(ALICE, CASH), world.claim(CAROL, CASH));
    assert!(alice > before.0);
    assert!((gained(alice, before.0) - gained(carol, before.1)).abs() < 1e-15);
    let owed = world.state.assets[&CASH].loans().unwrap();
    assert!(owed > int(2_000));
    world.deposit(BOB, CASH, 3_000);
    world.block_after(1, vec![]);
    assert_eq!(world.state.assets[&CASH].loan_shares, Fixed::ZERO);
    let left = world.claim(BOB, CASH);
    let cost = int(3_000).sub(left).unwrap();
    assert!(cost >= owed && cost < owed.add(decimal("0.0001")).unwrap());
    let index = world.state.assets[&CASH].borrow_index;
    world.block_after(DAY_MS, vec![]);
    assert_eq!(world.state.assets[&CASH].borrow_index, index, "nobody owes");
}
