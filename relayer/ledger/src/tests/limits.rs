//! Refusals that only a state at its limits gives.

use super::*;
use crate::command::QuorumOrder;
use crate::posting::Place;
use crate::state::{Accepted, Expiry, Position, Status};
use wire::command::{Batch, CustodyLoss, Svi};
use wire::event::ReleaseFailed;

/// A perpetual on a feed that reports nothing.
fn on_feed(feed: Underlying) -> Instrument {
    Instrument::Perpetual {
        underlying: feed,
        cash: CASH,
    }
}

/// What a fill of one `instrument` at `price` is refused for, once it is listed.
fn fill_refused(world: &mut World, instrument: Instrument, price: i64) -> Refusal {
    let listing = Listing::default();
    world.state.listings.insert(Series::of(&instrument), listing);
    let mut fill = world.meet(ALICE, BOB, 1, price);
    (fill.post.instrument, fill.take.instrument) = (instrument, instrument);
    world.refused(Command::Fill(fill))
}

#[test]
pub(crate) fn refuses_instruments_without_feed_or_price() {
    let mut world = World::funded();
    let feed = Underlying(9);
    assert_eq!(
        fill_refused(&mut world, on_feed(feed), 100),
        Refusal::UnknownFeed { feed }
    );
    world.state.feeds.insert(feed, Feed::default());
    assert_eq!(
        fill_refused(&mut world, on_feed(feed), 100),
        Refusal::NoPrice { feed }
    );
}

#[test]
pub(crate) fn refuses_an_option_that_the_surface_gives_no_price() {
    let mut world = World::funded();
    let expiry = world.state.time_ms / 1_000 + 86_400;
    let accepted = Accepted {
        price: int(100),
        median: int(100),
        time_ms: world.state.time_ms,
        ..Accepted::default()
    };
    let surface = Svi {
        a: int(-1).raw(),
        b: 0,
        rho: 0,
        m: 0,
        sigma: int(1).raw(),
        fwd: int(100).raw(),
        tau: int(1).raw(),
        confidence: 0,
    };
    let row = Expiry {
        forward: Some(accepted),
        smile: Some((surface, accepted)),
        ..Expiry::default()
    };
    let feed = world.state.feeds.row(&BTC).unwrap();
    feed.expiries.insert(expiry, row);
    let option = Instrument::Option {
        underlying: BTC,
        cash: CASH,
        expiry,
        strike: int(100).raw(),
        kind: wire::instrument::OptionKind::Call,
    };
    let refusal = fill_refused(&mut world, option, 1);
    assert!(matches!(refusal, Refusal::Pricing(_)), "{refusal}");
}

#[test]
pub(crate) fn refuses_one_instrument_more_than_a_family_may_have() {
    let mut world = World::funded();
    let listing = world.state.listings.row(&Series::of(&PERPETUAL)).unwrap();
    listing.live = 1_024;
    let fill = world.meet(ALICE, BOB, 1, 100);
    assert_eq!(
        world.refused(Command::Fill(fill)),
        Refusal::TooManyInstruments { most: 1_024 }
    );
}

#[test]
pub(crate) fn refuses_one_position_more_than_a_sub_may_have() {
    let mut world = World::funded();
    let future = |expiry| Instrument::Future {
        underlying: BTC,
        cash: CASH,
        expiry,
    };
    let sub = world.state.subs.row(&ALICE).unwrap();
    let held = Position {
        quantity: int(1),
        ..Position::default()
    };
    sub.positions = (0..128).map(|expiry| (future(expiry), held)).collect();
    let fill = world.meet(ALICE, BOB, 1, 100);
    assert_eq!(
        world.refused(Command::Fill(fill)),
        Refusal::TooManyPositions { most: 128 }
    );
}

/// Why the deposit of the next block waits in suspense.
fn suspended(world: &mut World, amount: U256) -> Refusal {
    let seq = world.next_seq(HOME);
    let attestation = world.attestation(HOME, world.state.time_ms / 1_000, 1);
    let deposit = VaultEvent::Deposited(Deposited {
        seq,
        asset: COIN.asset,
        account: ALICE,
        amount,
        holdings: amount,
    });
    let outcome = world
        .facts(vec![Fact::Attestation(attestation), Fact::Event(HOME, deposit)])
        .pop();
    match effect(outcome.unwrap()) {
        Effect::Suspended { reason, .. } => *reason,
        other => panic!("{other:?}"),
    }
}

#[test]
pub(crate) fn deposits_that_do_not_fit_wait() {
    let mut world = World::funded();
    assert_eq!(
        suspended(&mut world, U256::MAX),
        Refusal::TooManyUnits { units: U256::MAX }
    );
    let sub = world.state.subs.row(&ALICE).unwrap();
    let other = |byte| AssetId {
        asset: Hash([byte; 32]),
        ..CASH
    };
    sub.balances = (100..132).map(|byte| (other(byte), Default::default())).collect();
    let books = world.state.assets.row(&CASH).unwrap();
    books.claim_shares = books.claim_shares.sub(int(10_000)).unwrap();
    books.dust = books.dust.add(int(10_000)).unwrap();
    assert_eq!(
        suspended(&mut world, U256::from(1_000_000)),
        Refusal::TooManyAssets { most: 32 }
    );
    let seqs: Vec<u64> = world.state.suspense.keys().map(|(_, seq)| *seq).collect();
    let whole = world.claim_suspense(ALICE, seqs[0]);
    assert_eq!(world.refused(whole), Refusal::TooManyUnits { units: U256::MAX });
    let late = world.claim_suspense(ALICE, seqs[1]);
    assert_eq!(world.refused(late), Refusal::TooManyAssets { most: 32 });
}

#[test]
pub(crate) fn deposits_of_what_is_worth_nothing_wait() {
    let mut world = World::funded();
    world.state.assets.row(&COIN).unwrap().rate = Fixed::ZERO;
    assert_eq!(
        suspended(&mut world, U256::from(1_000_000)),
        Refusal::WorthlessShares
    );
    let seq = world.state.suspense.keys().next().unwrap().1;
    let claim = world.claim_suspense(ALICE, seq);
    assert_eq!(world.refused(claim), Refusal::WorthlessShares);
}

#[test]
pub(crate) fn an_event_of_an_unknown_entry_is_refused_and_halts_its_chain() {
    let mut world = World::funded();
    let seq = world.next_seq(HOME);
    let attestation = world.attestation(HOME, world.state.time_ms / 1_000, 1);
    let failed = VaultEvent::ReleaseFailed(ReleaseFailed { seq, id: 9 });
    let outcomes = world.facts(vec![Fact::Attestation(attestation), Fact::Event(HOME, failed)]);
    let entry = crate::ids::EntryId(9);
    assert_eq!(outcomes[1], Err(Refusal::UnknownWithdrawal { entry }));
    assert!(!world.state.halts.is_empty());
}

#[test]
pub(crate) fn refuses_a_reduction_that_leaves_less_for_what_is_held() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_900, 100);
    world.price = 97;
    world.block(vec![]);
    let cheap = world.meet(BOB, ALICE, 1, 93);
    let refusal = world.refused(Command::Fill(cheap));
    assert!(matches!(refusal, Refusal::RiskGrows { .. }), "{refusal}");
}

/// What a reduction costs a sub that is worth less than nothing is the insurance's: at mark it may, below it it may not, and no venue earns.
#[test]
fn a_sub_worth_less_than_nothing_reduces_at_mark_and_pays_nobody_for_it() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_900, 100);
    world.price = 94;
    for _ in 0..6 {
        world.block(vec![]);
    }
    let before = world.state.risk(ALICE).unwrap().requirement;
    assert!(before.value.is_negative());
    let cheap = world.meet(CAROL, ALICE, 100, 93);
    let refusal = world.refused(Command::Fill(cheap));
    assert!(
        matches!(refusal, Refusal::RiskGrows { value, value_before, .. } if value < value_before),
        "{refusal}"
    );
    let mut paid = world.meet(CAROL, ALICE, 100, 94);
    paid.take.max_fee = decimal("0.5").raw();
    paid.take.venue = VENUE;
    let fees = [Fixed::ZERO; 2];
    assert!(
        matches!(effect(world.one(Command::Fill(paid))), Effect::Filled { fees: charged, .. } if charged == fees)
    );
    assert_eq!(world.state.risk(ALICE).unwrap().requirement.value, before.value);
    let opening = world.meet(ALICE, CAROL, 1, 94);
    let refusal = world.refused(Command::Fill(opening));
    assert_eq!(refusal, Refusal::ReduceOnly { account: ALICE });
    let fair = world.meet(CAROL, ALICE, 100, 94);
    world.one(Command::Fill(fair)).unwrap();
    let after = world.state.risk(ALICE).unwrap().requirement;
    assert_eq!(after.value, before.value);
    assert!(after.maintenance < before.maintenance);
    let dear = world.meet(CAROL, ALICE, 100, 95);
    world.one(Command::Fill(dear)).unwrap();
    assert!(world.state.risk(ALICE).unwrap().requirement.value > before.value);
}

#[test]
pub(crate) fn refuses_to_move_the_money_of_a_sub_in_liquidation() {
    let mut world = World::funded();
    world.state.subs.row(&ALICE).unwrap().status = Status::InAuction;
    let transfer = world.transfer(ALICE, 2, CASH, int(1));
    assert_eq!(world.refused(transfer), Refusal::NotOpen { account: ALICE });
}

#[test]
pub(crate) fn refuses_batches_of_nothing_or_of_one_id_twice() {
    let mut world = World::funded();
    let batch = |steps| {
        Command::Batch(Batch {
            owner: ALICE.owner,
            steps,
        })
    };
    assert!(matches!(world.refused(batch(vec![])), Refusal::BadBatch(_)));
    let Command::Owner(foreign) = world.transfer(BOB, 2, CASH, int(1)) else {
        panic!()
    };
    assert!(matches!(
        world.refused(batch(vec![foreign])),
        Refusal::BadBatch(_)
    ));
    let Command::Owner(step) = world.transfer(ALICE, 2, CASH, int(1)) else {
        panic!()
    };
    assert_eq!(
        world.refused(batch(vec![step.clone(), step])),
        Refusal::RepeatedId { steps: 2, ids: 1 }
    );
}

#[test]
fn postings_beyond_what_is_there_are_refused() {
    let mut state = genesis();
    let refused = state.post(CASH, Place::Bearer, Place::Insurance, int(1));
    assert!(matches!(refused, Err(Refusal::Vault(_))), "{refused:?}");
    state
        .post(CASH, Place::Vault, Place::Insurance, Fixed::MAX)
        .unwrap();
    let refused = state.post(CASH, Place::Vault, Place::Insurance, Fixed::MAX);
    assert!(matches!(refused, Err(Refusal::Arithmetic(_))), "{refused:?}");
}

#[test]
pub(crate) fn a_loss_of_more_than_the_vault_owes_is_refused_even_where_claims_are_larger() {
    let mut world = World::funded();
    // Carol owes 10,000: claims of 40,000 stand against what the vault holds.
    let (carol, rest) = (Place::Margin(CAROL), int(20_000));
    world.state.post(CASH, carol, Place::Sub(ALICE), rest).unwrap();
    let (serial, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    let loss = CustodyLoss {
        serial,
        expiry_ms,
        asset: CASH,
        amount: int(30_001).raw(),
        account: None,
        cause: None,
    };
    let refusal = world.refused(Command::Quorum(QuorumOrder::CustodyLoss(loss)));
    assert!(matches!(refusal, Refusal::Vault(_)), "{refusal}");
}

#[test]
pub(crate) fn a_fee_that_no_number_holds_is_refused() {
    let mut world = World::funded();
    world.reporting = false;
    world.state.chains.row(&HOME).unwrap().risk.release_fee = int(10_000);
    let feed = world.state.feeds.row(&USD).unwrap();
    feed.spot.as_mut().unwrap().price = Fixed::from_raw(1);
    let request = world.withdraw(ALICE, CASH, int(100), HOME);
    let refusal = world.refused(request);
    assert!(matches!(refusal, Refusal::Arithmetic(_)), "{refusal}");
}

#[test]
pub(crate) fn a_sub_beyond_what_the_models_take_moves_nothing() {
    let mut world = World::funded();
    // Trading never gets there: a position beyond the limit is refused before.
    let expiry = world.state.time_ms / 1_000 + 7 * 86_400;
    world.expiries = vec![expiry];
    world.block(vec![]);
    let held = Position {
        quantity: int(1),
        ..Position::default()
    };
    let sub = world.state.subs.row(&ALICE).unwrap();
    sub.positions = (1..130)
        .map(|strike| (derivatives::call(expiry, strike), held))
        .collect();
    let transfer = world.transfer(ALICE, 2, CASH, int(1));
    let refusal = world.refused(transfer);
    assert!(matches!(refusal, Refusal::Margin(_)), "{refusal}");
}
