//! Fills, positions, pools, cancellation.

use super::*;
use wire::command::{Batch, SetModel};

#[test]
fn a_round_trip_moves_the_loss_to_the_winner_and_empties_the_pool() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    world.price = 104;
    world.block(vec![]);
    world.trade(BOB, ALICE, 10, 104);
    assert_eq!(world.claim(ALICE, CASH), int(10_040));
    assert_eq!(world.claim(BOB, CASH), int(9_960));
    assert_eq!(world.market().pool, Fixed::ZERO);
    assert_eq!(world.market().open_interest, Fixed::ZERO);
    assert_eq!(world.market().holders, 0);
}

#[test]
fn a_realised_gain_waits_for_its_loss_in_the_pool() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    world.price = 104;
    world.block(vec![]);
    world.trade(CAROL, ALICE, 10, 104);
    assert_eq!(world.claim(ALICE, CASH), int(10_040));
    assert_eq!(world.market().pool, int(-40));
    assert_eq!(world.state.subs[&ALICE].realised[&PERPETUAL], int(40));
}

#[test]
fn books_balance_with_loans_open() {
    let mut world = World::funded();
    world.deposit(BOB, COIN, 100);
    world.block(vec![]);
    world.trade(ALICE, BOB, 900, 100);
    for price in [104, 108, 112] {
        world.price = price;
        world.block(vec![]);
    }
    world.trade(BOB, ALICE, 900, 112);
    assert_eq!(world.claim(ALICE, CASH), int(20_800));
    assert_eq!(
        world.state.assets[&CASH].loan_shares,
        int(800),
        "Bob's loss of 10,800 is above his claim"
    );
    world.block_after(DAY_MS, vec![]);
    assert!(world.state.assets[&CASH].loans().unwrap() > int(800));
}

#[test]
pub(crate) fn stale_quote_is_cancellable() {
    let mut world = World::funded();
    let stale = world.meet(ALICE, BOB, 10, 100);
    let cancel = world.cancel(ALICE, CancelScope::One, stale.post.nonce);
    let outcomes = world.block(vec![Command::Fill(stale.clone()), cancel]);
    let cancelled = Refusal::IntentCancelled {
        account: ALICE,
        nonce: stale.post.nonce,
    };
    assert_eq!(
        outcomes[0],
        Err(cancelled.clone()),
        "cancels go first, wherever they stand in the block"
    );
    assert!(outcomes[1].is_ok());
    assert_eq!(world.refused(Command::Fill(stale)), cancelled);

    let other = world.meet(ALICE, BOB, 10, 100);
    let cancel = world.cancel(ALICE, CancelScope::AllBelow, other.post.nonce + 1);
    world.one(cancel).unwrap();
    let refusal = world.refused(Command::Fill(other.clone()));
    assert_eq!(
        refusal,
        Refusal::IntentCancelled {
            account: ALICE,
            nonce: other.post.nonce
        }
    );
}

#[test]
pub(crate) fn an_intent_fills_up_to_its_quantity() {
    let mut world = World::funded();
    let mut fill = world.meet(ALICE, BOB, 10, 100);
    fill.quantity = int(6).raw();
    world.one(Command::Fill(fill.clone())).unwrap();
    let refusal = world.refused(Command::Fill(fill.clone()));
    assert_eq!(
        refusal,
        Refusal::Overfilled {
            quantity: int(6),
            left: int(4)
        }
    );
    fill.quantity = int(4).raw();
    world.one(Command::Fill(fill)).unwrap();
    assert_eq!(world.market().open_interest, int(10));
}

#[test]
fn the_venue_gets_what_was_signed_up_to_the_cap() {
    let mut world = World::funded();
    let mut fill = world.meet(ALICE, BOB, 10, 100);
    (fill.post.venue, fill.post.max_fee) = (VENUE, decimal("0.5").raw());
    (fill.take.venue, fill.take.max_fee) = (VENUE, int(50).raw());
    let Effect::Filled { fees, .. } = effect(world.one(Command::Fill(fill))) else {
        panic!()
    };
    assert_eq!(
        fees,
        [decimal("0.5"), int(1)],
        "ten basis points of 1,000 at most"
    );
    assert_eq!(
        world.claim(Account { owner: VENUE, sub: 0 }, CASH),
        decimal("1.5")
    );
}

#[test]
fn spot_exchanges_claims_and_never_borrows() {
    let mut world = World::funded();
    world.deposit(BOB, COIN, 5);
    world.block(vec![]);
    let mut fill = world.meet(ALICE, BOB, 5, 100);
    fill.post.instrument = Instrument::Spot {
        base: COIN,
        quote: CASH,
    };
    fill.take.instrument = fill.post.instrument;
    world.one(Command::Fill(fill.clone())).unwrap();
    assert_eq!(
        (world.claim(ALICE, COIN), world.claim(BOB, CASH)),
        (int(5), int(10_500))
    );
    let mut short = world.meet(ALICE, BOB, 1, 100);
    short.post.instrument = fill.post.instrument;
    short.take.instrument = fill.post.instrument;
    let refusal = world.refused(Command::Fill(short));
    assert_eq!(
        refusal,
        Refusal::InsufficientClaim {
            asset: COIN,
            required: int(1),
            available: Fixed::ZERO
        }
    );
}

#[test]
fn funding_flows_from_longs_to_shorts_and_its_dust_stays_in_the_pool() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    for _ in 0..121 {
        world.block_after(30_000, vec![]);
    }
    assert!(
        world.market().funding_index.is_positive(),
        "interest of 0.01 % per eight hours"
    );
    world.trade(BOB, ALICE, 10, 100);
    assert!(world.claim(ALICE, CASH) < int(10_000));
    assert!(world.claim(BOB, CASH) > int(10_000));
}

#[test]
pub(crate) fn a_batch_applies_whole_or_not_at_all() {
    let mut world = World::funded();
    let step = |command| {
        if let Command::Owner(step) = command {
            step
        } else {
            panic!()
        }
    };
    let good = step(world.transfer(ALICE, 2, CASH, int(10)));
    let bad = step(world.transfer(ALICE, 2, CASH, int(1_000_000)));
    let batch = |steps| {
        Command::Batch(Batch {
            owner: ALICE.owner,
            steps,
        })
    };
    let refusal = world.refused(batch(vec![good.clone(), bad.clone()]));
    assert!(matches!(refusal, Refusal::InsufficientClaim { .. }));
    assert!(matches!(
        world.refused(Command::Owner(good)),
        Refusal::Exists { .. }
    ));
    let good = step(world.transfer(ALICE, 2, CASH, int(10)));
    assert!(matches!(effect(world.one(batch(vec![good]))), Effect::Batch(effects) if effects.len() == 1));
    assert_eq!(world.claim(Account { sub: 2, ..ALICE }, CASH), int(10));
}

#[test]
fn the_portfolio_model_needs_initial_margin_under_both() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    let (nonce, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    let set = SetModel {
        account: ALICE,
        nonce,
        expiry_ms,
        model: wire::command::MarginModel::Portfolio,
    };
    world.one(Command::Owner(Step::SetModel(set))).unwrap();
    let risk = world.state.risk(ALICE).unwrap();
    assert!(risk.requirement.initial >= risk.requirement.maintenance);
    assert!(risk.requirement.maintenance.is_positive());
}

#[test]
fn no_venue_is_paid_out_of_profit_that_could_not_be_withdrawn() {
    let mut world = World::funded();
    // Alice keeps 5,100 for an initial margin of 5,000; what she gains at 104 is unrealised.
    world.trade(ALICE, BOB, 1_000, 100);
    let all = world.withdraw(ALICE, CASH, int(4_900), HOME);
    world.one(all).unwrap();
    world.price = 104;
    world.block(vec![]);
    let spare = world.state.spare(ALICE, CASH).unwrap();
    assert_eq!(spare, Fixed::ZERO, "5,100 of cash, 5,200 required");
    let mut fill = world.meet(ALICE, CAROL, 10, 104);
    (fill.post.venue, fill.post.max_fee) = (VENUE, int(1).raw());
    let Effect::Filled { fees, .. } = effect(world.one(Command::Fill(fill))) else {
        panic!()
    };
    assert_eq!(fees[0], Fixed::ZERO);
    assert!(!world.state.subs.contains_key(&crate::state::fee_sub(VENUE)));
}
