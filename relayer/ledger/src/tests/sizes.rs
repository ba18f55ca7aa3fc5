//! Every result of Tick at the limits of sizes: price 2^90, quantity and notional 2^110, 128 positions, sums below 2^126.
//!
//! Whatever leaves its range is noted where a command or a part of Tick is rolled back ([`super::witness`]); none may be. The tails are the
//! pairs of prices that are furthest apart. Spec: `spec/ledger.md`, Limits (Sizes).

use super::witness::overflows;
use super::*;
use crate::commands::PRICE_MAX;
use crate::ids::OptionKind;
use crate::posting::Place;
use crate::rates::aggregation::{self, aggregate, weighted_median};
use crate::state::{AuctionKind, Unmatured};
use std::cmp::Ordering;
use wire::command::{ExpiryPrice, Svi};

/// Largest quantity and notional.
const LARGEST: Fixed = Fixed::from_raw(1 << 110);
/// Least price.
const LEAST: Fixed = Fixed::ULP;
/// What each side is worth.
const WEALTH: Fixed = Fixed::from_raw(1 << 112);
/// Sums stay below.
const SUM: u128 = 1 << 126;

/// Prices of the underlying that attesters report.
#[derive(Clone, Copy)]
struct Prices {
    spot: Fixed,
    mark: Fixed,
}

const fn raw(value: i128) -> Fixed {
    Fixed::from_raw(value)
}

fn quote(value: Fixed) -> Quote {
    Quote {
        value: value.raw(),
        confidence: 0,
    }
}

/// A network whose first accepted prices are these; Alice and Bob are as rich as the limits let them.
fn world(prices: Prices) -> World {
    let mut world = World {
        state: genesis(),
        price: 0,
        reporting: false,
        nonce: 0,
        mark: None,
        others: vec![],
        expiries: vec![],
        facts: vec![],
    };
    for index in 0..4 {
        world.state.attesters.row(&attester(index)).unwrap().stake = raw(1 << 120);
    }
    for account in [ALICE, BOB] {
        world
            .state
            .post(CASH, Place::Vault, Place::Sub(account), WEALTH)
            .unwrap();
    }
    run(&mut world, prices, 2, 1_000);
    world
}

/// Blocks with reports, `step_ms` apart.
fn run(world: &mut World, prices: Prices, blocks: u32, step_ms: u64) {
    for _ in 0..blocks {
        let time_ms = world.state.time_ms + step_ms;
        let block = Block {
            height: world.state.height + 1,
            time_ms,
            reports: (0..4)
                .map(|index| report(world, prices, index, time_ms))
                .collect(),
            ..Block::default()
        };
        let outcomes = apply_block(&mut world.state, &block);
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        world.books_balance();
    }
}

fn report(world: &World, Prices { spot, mark }: Prices, index: u8, time_ms: u64) -> Report {
    let price = |underlying, spot, mark| AssetPrice {
        underlying,
        spot: quote(spot),
        mark,
        stable: None,
    };
    let expiry = |expiry: &u64| ExpiryPrice {
        underlying: BTC,
        expiry: *expiry,
        forward: quote(spot),
        rate: quote(Fixed::ZERO),
        svi: Some(Svi {
            a: decimal("0.04").raw(),
            b: 0,
            rho: 0,
            m: 0,
            sigma: Fixed::ONE.raw(),
            fwd: spot.raw(),
            tau: decimal("0.01").raw(),
            confidence: 0,
        }),
    };
    Report::Price(PriceReport {
        attester: attester(index),
        time_ms,
        assets: vec![price(USD, Fixed::ONE, None), price(BTC, spot, Some(quote(mark)))],
        expiries: world.expiries.iter().map(expiry).collect(),
    })
}

/// Alice buys from Bob at mark, whatever margin says.
fn open(world: &mut World, instrument: Instrument, quantity: Fixed) {
    let now = world.state.time_ms;
    let notional = quantity
        .mul_floor(world.state.mark(&instrument).unwrap())
        .unwrap();
    assert!(quantity <= LARGEST && notional <= LARGEST);
    let mut market = Market::default();
    (market.funding.start_ms, market.funding.until_ms) = (now, now);
    world.state.markets.insert(instrument, market);
    world.state.listings.row(&Series::of(&instrument)).unwrap().live += 1;
    world.state.trade(ALICE, instrument, quantity, notional).unwrap();
    let (short, received) = (quantity.negate(), notional.negate());
    world.state.trade(BOB, instrument, short, received).unwrap();
}

fn sums_fit(world: &World) {
    for books in world.state.assets.values() {
        let sums = [
            books.claim_shares,
            books.loan_shares,
            books.claims().unwrap(),
            books.loans().unwrap(),
            books.insurance,
            books.pools,
            books.dust,
        ];
        assert!(sums.iter().all(|sum| sum.raw().unsigned_abs() < SUM), "{sums:?}");
    }
    assert_eq!(overflows(), []);
}

/// The prices at which quantity, notional and their ratio are extreme, with the largest quantity there.
fn corners() -> [(Prices, Fixed); 5] {
    let at = |spot, mark| Prices { spot, mark };
    [
        (at(PRICE_MAX, PRICE_MAX), raw(1 << 79)),
        (at(Fixed::ONE, Fixed::ONE), LARGEST),
        (at(LEAST, LEAST), LARGEST),
        (at(LEAST, PRICE_MAX), raw(1 << 79)),
        (at(PRICE_MAX, LEAST), raw(1 << 79)),
    ]
}

#[test]
fn prices_average_and_medians_fit() {
    let vote = |price, confidence| aggregation::Report {
        price,
        confidence,
        weight: u32::MAX / 64,
    };
    let widest: Vec<_> = (0..64).map(|_| vote(PRICE_MAX, PRICE_MAX)).collect();
    assert_eq!(aggregate(&widest).unwrap().price, PRICE_MAX);
    let mut split: Vec<_> = (0..64_i128)
        .map(|index| (raw((index & 1) << 90), 1 << 26))
        .collect();
    assert_eq!(weighted_median(&mut split).unwrap(), raw(1 << 89));
    let mut world = world(Prices {
        spot: PRICE_MAX,
        mark: PRICE_MAX,
    });
    let before = world.state.feeds[&BTC].spot.unwrap();
    assert_eq!(before.price, PRICE_MAX);
    // A fall to nothing is clamped to its bound, and so is the way back up.
    run(
        &mut world,
        Prices {
            spot: LEAST,
            mark: LEAST,
        },
        3,
        1_000,
    );
    assert!(world.state.feeds[&BTC].spot.unwrap().is_clamped());
    run(
        &mut world,
        Prices {
            spot: PRICE_MAX,
            mark: PRICE_MAX,
        },
        6,
        1_000,
    );
    assert_eq!(world.state.feeds[&BTC].spot.unwrap().price, PRICE_MAX);
    sums_fit(&world);
}

#[test]
fn funding_fits_at_every_corner() {
    for (prices, quantity) in corners() {
        let mut world = world(prices);
        open(&mut world, PERPETUAL, quantity);
        run(&mut world, prices, 185, 20_000);
        let Market {
            funding_index,
            funding,
            ..
        } = world.market();
        assert!(funding.start_ms > START_MS + 3_600_000, "the step was taken");
        let clamp = world.state.parameters.funding_clamp;
        let most = prices.spot.mul_floor(clamp).unwrap();
        assert!(funding_index.abs() <= most);
        match prices.mark.cmp(&prices.spot) {
            Ordering::Less => assert_eq!(funding_index, most.negate(), "shorts pay longs, at the clamp"),
            _ => assert!(!funding_index.is_negative()),
        }
        world.state.touch(ALICE).unwrap();
        world.state.touch(BOB).unwrap();
        world.books_balance();
        // Ten years at the clamp before anybody looks.
        let years = most.raw() * 24 * 3_652;
        for years in [years, -years] {
            let market = world.state.markets.row(&PERPETUAL).unwrap();
            market.funding_index = market.funding_index.add(raw(years)).unwrap();
            world.state.touch(ALICE).unwrap();
            world.state.touch(BOB).unwrap();
            world.books_balance();
        }
        sums_fit(&world);
    }
}

#[test]
fn a_premium_of_any_two_prices_is_bounded() {
    use crate::rates::funding::{PREMIUM_MAX, premium};
    assert_eq!(premium(PRICE_MAX, LEAST), Ok(PREMIUM_MAX));
    assert_eq!(premium(int(1_001), int(1)), Ok(int(1_000)));
    assert_eq!(premium(int(1_000), int(1)), Ok(int(999)));
    assert_eq!(premium(LEAST, PRICE_MAX), Ok(raw(-Fixed::ONE.raw() + 1)));
    assert_eq!(premium(PRICE_MAX, PRICE_MAX), Ok(Fixed::ZERO));
}

#[test]
fn interest_fits_for_decades_at_full_use() {
    let mut world = world(Prices {
        spot: Fixed::ONE,
        mark: Fixed::ONE,
    });
    // Bob owes the largest amount, and all that is owed is lent.
    world
        .state
        .post(CASH, Place::Sub(ALICE), Place::Vault, WEALTH)
        .unwrap();
    world
        .state
        .post(
            CASH,
            Place::Margin(BOB),
            Place::Sub(ALICE),
            WEALTH.add(LARGEST).unwrap(),
        )
        .unwrap();
    let before = world.state.assets[&CASH].borrow_index;
    for _ in 0..20 * 365 {
        world.state.time_ms += DAY_MS;
        world.state.accrue_interest(CASH).unwrap();
    }
    world.books_balance();
    let books = &world.state.assets[&CASH];
    assert!(books.borrow_index > before && books.supply_index > Fixed::ONE);
    sums_fit(&world);
}

/// A future and options of the extreme strikes.
fn dated(expiry: u64) -> [Instrument; 5] {
    let option = |strike: Fixed, kind| Instrument::Option {
        underlying: BTC,
        cash: CASH,
        expiry,
        strike: strike.raw(),
        kind,
    };
    [
        derivatives::future(expiry),
        option(LEAST, OptionKind::Call),
        option(LEAST, OptionKind::Put),
        option(PRICE_MAX, OptionKind::Call),
        option(PRICE_MAX, OptionKind::Put),
    ]
}

/// What a unit of it is worth once its underlying has stood at `spot` for half an hour.
fn settled_at(instrument: &Instrument, spot: Fixed) -> Fixed {
    match *instrument {
        Instrument::Option {
            strike,
            kind: OptionKind::Call,
            ..
        } => raw(spot.raw() - strike).max_zero(),
        Instrument::Option { strike, .. } => raw(strike - spot.raw()).max_zero(),
        _ => spot,
    }
}

/// Opens everything dated, waits for the expiry, and answers what Alice made by the settlement prices.
fn expire(world: &mut World, prices: Prices, quantity: Fixed) -> Fixed {
    let expiry = world.state.time_ms / 1_000 + 3_600;
    world.expiries = vec![expiry];
    run(world, prices, 1, 1_000);
    let mut made = Fixed::ZERO;
    for instrument in dated(expiry) {
        open(world, instrument, quantity);
        let cost = world.state.subs[&ALICE].positions[&instrument].cost;
        let worth = quantity.mul_floor(settled_at(&instrument, prices.spot)).unwrap();
        made = made.add(worth).unwrap().sub(cost).unwrap();
    }
    run(world, prices, 62, 60_000);
    world.state.touch(ALICE).unwrap();
    world.state.touch(BOB).unwrap();
    assert!(world.state.markets.is_empty(), "settled and forgotten");
    made
}

#[test]
fn expiries_settle_at_every_corner() {
    for (prices, _) in corners() {
        let mut largest = world(prices);
        expire(&mut largest, prices, raw(1 << 79));
        sums_fit(&largest);
        let mut small = world(prices);
        let made = expire(&mut small, prices, raw(1 << 70));
        assert!(small.state.auctions.is_empty());
        assert_eq!(small.claim(ALICE, CASH), WEALTH.add(made).unwrap());
        sums_fit(&small);
    }
}

/// Alice is long, Bob short of 128 calls, each of the largest notional.
fn filled_up() -> (World, Prices) {
    let prices = Prices {
        spot: PRICE_MAX,
        mark: PRICE_MAX,
    };
    let mut world = world(prices);
    let expiry = world.state.time_ms / 1_000 + 3 * 86_400;
    world.expiries = vec![expiry];
    run(&mut world, prices, 1, 1_000);
    for place in 1..=128 {
        let call = Instrument::Option {
            underlying: BTC,
            cash: CASH,
            expiry,
            strike: place,
            kind: OptionKind::Call,
        };
        open(&mut world, call, raw(1 << 79));
    }
    (world, prices)
}

#[test]
fn subs_with_all_their_positions_are_valued_sold_and_closed() {
    let (mut world, prices) = filled_up();
    run(&mut world, prices, 2, 1_000);
    for account in [ALICE, BOB] {
        let risk = world.state.risk(account).unwrap();
        assert!(risk.requirement.maintenance.raw().unsigned_abs() < SUM);
        assert_eq!(world.state.auctions[&account].kind, AuctionKind::Solvent);
    }
    // Alice's options are worth a hundredth: she owes far more than she has.
    let fallen = Prices {
        spot: raw(PRICE_MAX.raw() / 100),
        mark: raw(PRICE_MAX.raw() / 100),
    };
    let feed = world.state.feeds.row(&BTC).unwrap();
    feed.spot.as_mut().unwrap().price = fallen.spot;
    feed.perpetual.as_mut().unwrap().price = fallen.spot;
    feed.expiries
        .values_mut()
        .for_each(|row| row.forward.as_mut().unwrap().price = fallen.spot);
    run(&mut world, fallen, 3, 1_000);
    assert_eq!(world.state.auctions[&ALICE].kind, AuctionKind::Insolvent);
    assert!(world.state.auctions[&ALICE].shortfall.is_positive());
    world.state.auctions.row(&ALICE).unwrap().clock_ms = u64::MAX / 2;
    run(&mut world, fallen, 3, 1_000);
    let alice = &world.state.subs[&ALICE];
    assert!(
        alice.positions.is_empty(),
        "closed by force, and the deficit covered"
    );
    assert!(!world.state.risk(ALICE).unwrap().requirement.value.is_negative());
    sums_fit(&world);
}

#[test]
fn profit_of_any_size_matures() {
    let largest = raw(1 << 125);
    let day = 86_400_000;
    let profit = Unmatured::default().with(largest, 1, day).unwrap().unwrap();
    assert_eq!(profit.at(1).unwrap(), largest);
    assert_eq!(profit.at(1 + day / 2).unwrap(), raw(1 << 124));
    assert_eq!(profit.at(1 + day).unwrap(), Fixed::ZERO);
    let more = profit.with(LEAST, 2, day).unwrap().unwrap();
    assert!(more.end_ms > profit.end_ms - 2 && more.end_ms <= 2 + day);
}
