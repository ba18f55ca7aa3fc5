//! Refusals that only a state at its limits gives, and the list of all: each is reached by a test that names it.

use super::*;
use crate::posting::Place;
use crate::state::{Accepted, Expiry, Position, Status};
use strum::VariantNames;
use wire::command::{Batch, Svi};
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
fn refuses_instruments_without_feed_or_price() {
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
fn refuses_an_option_that_the_surface_gives_no_price() {
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
fn refuses_one_instrument_more_than_a_family_may_have() {
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
fn refuses_one_position_more_than_a_sub_may_have() {
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
fn deposits_that_do_not_fit_wait() {
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
}

#[test]
fn deposits_of_what_is_worth_nothing_wait() {
    let mut world = World::funded();
    world.state.assets.row(&COIN).unwrap().rate = Fixed::ZERO;
    assert_eq!(
        suspended(&mut world, U256::from(1_000_000)),
        Refusal::WorthlessShares
    );
}

#[test]
fn an_event_of_an_unknown_entry_is_refused_and_halts_its_chain() {
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
fn refuses_a_reduction_that_leaves_less_for_what_is_held() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_900, 100);
    world.price = 97;
    world.block(vec![]);
    let cheap = world.meet(BOB, ALICE, 1, 93);
    let refusal = world.refused(Command::Fill(cheap));
    assert!(matches!(refusal, Refusal::RiskGrows { .. }), "{refusal}");
}

#[test]
fn refuses_to_move_the_money_of_a_sub_in_liquidation() {
    let mut world = World::funded();
    world.state.subs.row(&ALICE).unwrap().status = Status::InAuction;
    let transfer = world.transfer(ALICE, 2, CASH, int(1));
    assert_eq!(world.refused(transfer), Refusal::NotOpen { account: ALICE });
}

#[test]
fn refuses_batches_of_nothing_or_of_one_id_twice() {
    let mut world = World::funded();
    let batch = |steps| {
        Command::Batch(Batch {
            owner: ALICE.owner,
            steps,
        })
    };
    assert!(matches!(world.refused(batch(vec![])), Refusal::BadBatch(_)));
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

/// Every test of the crate that drives blocks.
const SOURCES: &[&str] = &[
    include_str!("attacks.rs"),
    include_str!("deposits.rs"),
    include_str!("fills.rs"),
    include_str!("idempotency.rs"),
    include_str!("limits.rs"),
    include_str!("prices.rs"),
    include_str!("refusals.rs"),
    include_str!("withdrawals.rs"),
    include_str!("../authenticate/tests.rs"),
    include_str!("../limits/tests.rs"),
    include_str!("../risk/tests.rs"),
    include_str!("../governance/tests/mod.rs"),
];

/// Whether `name` stands in `source` as a whole word.
fn names(source: &str, name: &str) -> bool {
    let is_word = |before: &str, after: &str| {
        !before.ends_with(|c: char| c.is_alphanumeric()) && !after.starts_with(|c: char| c.is_alphanumeric())
    };
    let places = source.match_indices(name);
    places
        .map(|(at, _)| (&source[..at], &source[at + name.len()..]))
        .any(|(before, after)| is_word(before, after))
}

#[test]
fn every_refusal_is_reached() {
    for variant in Refusal::VARIANTS {
        let name = std::format!("Refusal::{variant}");
        // The models refuse only inputs that the state's own limits rule out.
        let is_named = SOURCES.iter().any(|source| names(source, &name));
        assert!(is_named || *variant == "Margin", "{variant}");
    }
}
