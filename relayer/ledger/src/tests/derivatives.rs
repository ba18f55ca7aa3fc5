//! Futures, options and the portfolio model over whole blocks, and the arrays behind them.

use super::*;
use crate::arrays::EpochArrays;
use crate::ids::OptionKind;
use crate::margin_check::Basis;
use wire::command::{ExpiryPrice, MarginModel, SetModel, Svi};

/// One day after the start.
const EXPIRY: u64 = (START_MS + DAY_MS) / 1_000;

pub(super) fn future(expiry: u64) -> Instrument {
    Instrument::Future {
        underlying: BTC,
        cash: CASH,
        expiry,
    }
}

pub(super) fn option(expiry: u64, strike: i64, kind: OptionKind) -> Instrument {
    Instrument::Option {
        underlying: BTC,
        cash: CASH,
        expiry,
        strike: int(strike).raw(),
        kind,
    }
}

pub(super) fn call(expiry: u64, strike: i64) -> Instrument {
    option(expiry, strike, OptionKind::Call)
}

/// What attesters report of the expiries of a world: forward at spot, total variance 0.04 whatever the strike.
pub(super) fn curve(world: &World) -> Vec<ExpiryPrice> {
    let price = |expiry: &u64| ExpiryPrice {
        underlying: BTC,
        expiry: *expiry,
        forward: Quote {
            value: int(world.price).raw(),
            confidence: 0,
        },
        rate: Quote {
            value: decimal("0.05").raw(),
            confidence: 0,
        },
        svi: Some(Svi {
            a: decimal("0.04").raw(),
            b: decimal("0.01").raw(),
            rho: 0,
            m: 0,
            sigma: decimal("0.1").raw(),
            fwd: int(world.price).raw(),
            tau: decimal("0.1").raw(),
            confidence: 0,
        }),
    };
    world.expiries.iter().map(price).collect()
}

/// A funded world with one expiry.
fn dated() -> World {
    let mut world = World::funded();
    world.expiries = vec![EXPIRY, EXPIRY + 86_400];
    world.block(vec![]);
    world.block(vec![]);
    world
}

impl World {
    pub(super) fn set_model(&mut self, account: Account, model: MarginModel) -> Command {
        let (nonce, expiry_ms) = (self.next_nonce(), self.expiry_ms());
        Command::Owner(Step::SetModel(SetModel {
            account,
            nonce,
            expiry_ms,
            model,
        }))
    }

    /// `buyer` buys `quantity` of `instrument` at `price` from `seller`.
    fn deal(
        &mut self,
        instrument: Instrument,
        buyer: Account,
        seller: Account,
        quantity: i64,
        price: Fixed,
    ) -> Outcome {
        let mut fill = self.meet(buyer, seller, quantity, 1);
        for intent in [&mut fill.post, &mut fill.take] {
            intent.instrument = instrument;
            intent.limit = price.raw();
        }
        self.one(Command::Fill(fill))
    }

    /// The mark that the next block will have if prices stay.
    fn next_mark(&self, instrument: Instrument) -> Fixed {
        let mut next = self.state.clone();
        next.time_ms += 1_000;
        next.mark(&instrument).unwrap()
    }
}

/// Alice long and Bob short of calls and puts of two expiries, Alice under the portfolio model.
fn with_options() -> World {
    let mut world = dated();
    let model = world.set_model(ALICE, MarginModel::Portfolio);
    world.one(model).unwrap();
    for expiry in [EXPIRY, EXPIRY + 86_400] {
        for strike in [90, 100, 110] {
            for kind in [OptionKind::Call, OptionKind::Put] {
                let instrument = option(expiry, strike, kind);
                let price = world.next_mark(instrument);
                world.deal(instrument, ALICE, BOB, 2, price).unwrap();
            }
        }
    }
    let (short, price) = (call(EXPIRY, 120), world.next_mark(call(EXPIRY, 120)));
    world.deal(short, BOB, ALICE, 3, price).unwrap();
    world
}

fn without_arrays(state: &State) -> State {
    State {
        arrays: EpochArrays::default(),
        ..state.clone()
    }
}

#[test]
fn arrays_give_what_pricing_alone_gives() {
    let mut world = with_options();
    for (price, elapsed_ms) in [(100, 1_000), (103, 400), (103, 700), (99, 20_000), (99, 90_000)] {
        world.price = price;
        world.reporting = elapsed_ms < 30_000;
        world.block_after(elapsed_ms, vec![]);
        let alone = without_arrays(&world.state);
        let arrays = world.state.family_arrays(BTC, CASH, Basis::Accepted);
        assert!(
            arrays
                .unwrap()
                .find(EXPIRY, int(120).raw(), OptionKind::Call)
                .is_some()
        );
        assert!(alone.family_arrays(BTC, CASH, Basis::Accepted).is_none());
        for account in [ALICE, BOB] {
            for basis in [Basis::Accepted, Basis::Median] {
                let (with, without) = (world.state.risk_at(account, basis), alone.risk_at(account, basis));
                assert_eq!(with.unwrap(), without.unwrap(), "{account:?} {basis:?}");
            }
        }
        for instrument in world.state.markets.keys() {
            assert_eq!(world.state.mark(instrument), alone.mark(instrument));
        }
    }
}

#[test]
fn arrays_of_old_prices_are_not_used() {
    let mut world = with_options();
    let mut feed = world.state.feeds[&BTC].clone();
    feed.spot.as_mut().unwrap().confidence = int(1);
    world.state.feeds.insert(BTC, feed);
    assert!(world.state.family_arrays(BTC, CASH, Basis::Accepted).is_none());
    world.block(vec![]);
    assert!(world.state.family_arrays(BTC, CASH, Basis::Accepted).is_some());
    world.state.parameters.discount_long = decimal("0.9");
    assert!(world.state.family_arrays(BTC, CASH, Basis::Accepted).is_none());
}

#[test]
fn a_state_from_a_snapshot_goes_on_as_the_one_that_wrote_it() {
    let mut world = with_options();
    let bytes = crate::snapshot::encode(&world.state);
    assert_eq!(bytes, crate::snapshot::encode(&without_arrays(&world.state)));
    let restored = crate::snapshot::decode(&bytes).unwrap();
    assert_eq!(restored.risk(ALICE), world.state.risk(ALICE));
    let mut other = dated();
    (other.state, other.nonce) = (restored, world.nonce);
    for world in [&mut world, &mut other] {
        world.price = 104;
        world.block(vec![]);
        let price = world.next_mark(call(EXPIRY, 95));
        world.deal(call(EXPIRY, 95), BOB, ALICE, 1, price).unwrap();
        world.block(vec![]);
    }
    assert_eq!(
        crate::snapshot::encode(&world.state),
        crate::snapshot::encode(&other.state)
    );
}

#[test]
fn a_change_of_model_needs_initial_margin_under_both() {
    let mut world = with_options();
    for model in [MarginModel::Standard, MarginModel::Portfolio] {
        let change = world.set_model(ALICE, model);
        world.one(change).unwrap();
    }
    let risk = world.state.risk(ALICE).unwrap();
    let spare = risk.value_free().unwrap().sub(risk.requirement.initial).unwrap();
    let away = world.transfer(ALICE, 9, CASH, spare.sub(int(1)).unwrap());
    world.one(away).unwrap();
    let change = world.set_model(ALICE, MarginModel::Standard);
    let refusal = world.refused(change);
    let Refusal::InitialMargin { required, available } = refusal else {
        panic!("{refusal}");
    };
    assert!(required > risk.requirement.initial && available < required);
    assert_eq!(world.state.subs[&ALICE].model, MarginModel::Portfolio);
}

#[test]
fn portfolio_margin_does_not_depend_on_cash() {
    let mut world = with_options();
    let before = world.state.risk(ALICE).unwrap();
    world.deposit(ALICE, CASH, 500);
    world.block(vec![]);
    let alone = world.state.risk(ALICE).unwrap();
    let mut without = with_options();
    without.block(vec![]);
    let other = without.state.risk(ALICE).unwrap();
    assert_eq!(alone.requirement.initial, other.requirement.initial);
    assert_eq!(alone.requirement.maintenance, other.requirement.maintenance);
    assert_eq!(
        alone.requirement.value,
        other.requirement.value.add(int(500)).unwrap()
    );
    assert!(before.requirement.initial.is_positive());
}

/// Blocks a minute apart until `until`, in seconds.
fn run_to(world: &mut World, until: u64) {
    while world.state.time_ms < until * 1_000 {
        let left = until * 1_000 - world.state.time_ms;
        world.block_after(left.min(50_000), vec![]);
    }
}

#[test]
fn a_future_settles_at_the_average_of_the_last_half_hour() {
    let mut world = dated();
    let instrument = future(EXPIRY);
    world.deal(instrument, ALICE, BOB, 10, int(100)).unwrap();
    run_to(&mut world, EXPIRY - 900);
    world.price = 104;
    run_to(&mut world, EXPIRY + 1);
    for account in [ALICE, BOB] {
        let touch = world.transfer(account, 9, CASH, int(1));
        world.one(touch).unwrap();
    }
    let won = world.claim(ALICE, CASH).sub(int(9_999)).unwrap();
    // 950 s at 100, the price that held up to the first block with another, then 850 s at 104.
    let each = int(4 * 850).div_floor(int(1_800)).unwrap();
    assert_eq!(won, each.mul_floor(int(10)).unwrap());
    assert!(!world.state.markets.contains_key(&instrument));
    assert_eq!(world.state.assets[&CASH].pools, Fixed::ZERO);
    let total = world.claim(ALICE, CASH).add(world.claim(BOB, CASH)).unwrap();
    let insured = world.state.assets[&CASH]
        .insurance
        .add(world.state.assets[&CASH].dust);
    assert_eq!(total.add(insured.unwrap()).unwrap(), int(19_998));
}

#[test]
fn options_settle_at_what_they_pay() {
    let mut world = dated();
    for (instrument, quantity) in [(call(EXPIRY, 90), 4), (option(EXPIRY, 90, OptionKind::Put), 5)] {
        let price = world.next_mark(instrument);
        world.deal(instrument, ALICE, BOB, quantity, price).unwrap();
    }
    let paid = world.state.subs[&ALICE].positions.values();
    let cost = Fixed::sum(paid.map(|position| position.cost)).unwrap();
    run_to(&mut world, EXPIRY + 1);
    for account in [ALICE, BOB] {
        let touch = world.transfer(account, 9, CASH, int(1));
        world.one(touch).unwrap();
    }
    let expected = int(9_999).add(int(40)).unwrap().sub(cost).unwrap();
    assert_eq!(
        world.claim(ALICE, CASH),
        expected,
        "calls of 90 pay ten each, puts nothing"
    );
    assert!(world.state.markets.is_empty());
    assert_eq!(world.state.assets[&CASH].pools, Fixed::ZERO);
}
