//! Losses posted over many blocks, each step of their order compared with what the rows before it say.
//!
//! Three subs are short of Alice; how much each has, who of them has closed, and how much of it is gone, is drawn.

use super::*;
use crate::posting::Place;
use proptest::{prelude::*, strategy::ValueTree as _};
use std::collections::BTreeMap;

const WINNERS: [Account; 3] = [BOB, CAROL, DAVE];

/// What the specification lets a market's loss take from a sub, computed from its rows.
fn entitlement(state: &State, account: Account) -> (Fixed, Fixed) {
    let sub = &state.subs[&account];
    let held = sub.positions.get(&PERPETUAL);
    let mark = state.mark(&PERPETUAL).unwrap();
    let unrealised = held.map_or(Fixed::ZERO, |held| {
        held.quantity.mul_floor(mark).unwrap().sub(held.cost).unwrap()
    });
    let realised = sub.realised.get(&PERPETUAL).copied().unwrap_or_default();
    let maturing = sub
        .unmatured
        .get(&PERPETUAL)
        .map_or(Fixed::ZERO, |row| row.at(state.time_ms).unwrap());
    let equity = value(state, account);
    let deposits = sub.net_deposits.get(&CASH).copied().unwrap_or_default();
    let profit = realised.add(unrealised).unwrap();
    let whole = profit.min(equity.sub(deposits).unwrap()).min(equity).max_zero();
    let unmatured = maturing.add(unrealised.max_zero()).unwrap().min(whole).max_zero();
    (unmatured, whole.sub(unmatured).unwrap())
}

fn sum(parts: impl Iterator<Item = Fixed>) -> Fixed {
    Fixed::sum(parts).unwrap()
}

/// Profit made in the market so far, realised or not.
fn profit(state: &State, account: Account) -> Fixed {
    let sub = &state.subs[&account];
    let held = sub.positions.get(&PERPETUAL);
    let mark = state.mark(&PERPETUAL).unwrap();
    let realised = sub.realised.get(&PERPETUAL).copied().unwrap_or_default();
    held.map_or(realised, |held| {
        let worth = held.quantity.mul_floor(mark).unwrap();
        realised.add(worth.sub(held.cost).unwrap()).unwrap()
    })
}

/// Which steps of the order of losses paid.
#[derive(Default)]
struct Paid(BTreeMap<&'static str, usize>);

/// Compares the block that closed Alice by force with what the rows before it say.
fn check(before: &State, after: &State, paid: &mut Paid) {
    let hole = value(before, ALICE).negate().max_zero();
    let entitled: Vec<(Fixed, Fixed)> = WINNERS.map(|account| entitlement(before, account)).to_vec();
    let (books, now) = (&before.assets[&CASH], &after.assets[&CASH]);
    let series = Series::of(&PERPETUAL);
    let cap = before.listings[&series].risk.insurance_cap;
    let counted = before.listings[&series].insurance_paid;
    let insured = hole
        .min(books.insurance)
        .min(cap.sub(counted).unwrap().max_zero());
    let paid_by_fund = after.listings[&series].insurance_paid.sub(counted).unwrap();
    assert_eq!(paid_by_fund, insured, "insurance, up to the cap");

    let left = hole.sub(insured).unwrap();
    let unmatured = left.min(sum(entitled.iter().map(|of| of.0)));
    let matured = left
        .sub(unmatured)
        .unwrap()
        .min(sum(entitled.iter().map(|of| of.1)));
    let rate = left.sub(unmatured).unwrap().sub(matured).unwrap();
    let mut given = Vec::new();
    for (account, of) in WINNERS.into_iter().zip(&entitled) {
        let lost = profit(before, account).sub(profit(after, account)).unwrap();
        let share = |total: Fixed, part: Fixed, all: Fixed| match all.is_positive() {
            true => total.mul_div_floor(part, all).unwrap(),
            false => Fixed::ZERO,
        };
        let fair = share(unmatured, of.0, sum(entitled.iter().map(|of| of.0)))
            .add(share(matured, of.1, sum(entitled.iter().map(|of| of.1))))
            .unwrap();
        let beyond = lost.sub(fair).unwrap();
        assert!(
            !beyond.is_negative() && beyond <= Fixed::from_raw(2),
            "{account:?} lost {lost}, fair {fair}"
        );
        assert!(lost <= of.0.add(of.1).unwrap(), "no more than it had won");
        given.push(lost);
    }
    assert_eq!(
        sum(given.into_iter()),
        unmatured.add(matured).unwrap(),
        "profits, to the unit"
    );
    if rate.is_zero() {
        assert_eq!(now.rate, books.rate, "the rate falls only for profit that left");
        assert_eq!(value(after, ALICE), Fixed::ZERO.max(value(before, ALICE)));
    } else {
        assert!(now.rate < books.rate);
        // What the cut freed beyond the loss is insurance's.
        let kept = now.insurance.sub(books.insurance.sub(insured).unwrap()).unwrap();
        assert!(!kept.is_negative() && kept < decimal("0.000000000001"), "{kept}");
    }
    for (step, amount) in [
        ("insurance", insured),
        ("unmatured", unmatured),
        ("matured", matured),
        ("rate", rate),
    ] {
        *paid.0.entry(step).or_default() += usize::from(amount.is_positive());
    }
}

/// What is drawn of a world in which Alice will have lost more than she has.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// What each winner is short of.
    sizes: [u64; 3],
    /// Price to which it falls.
    fall: i64,
    /// Who closes there.
    closes: [bool; 3],
    /// Whether profit matures before the loss is posted.
    matures: bool,
    /// Percent of its claim that each then moves away.
    leaves: [u64; 3],
    insurance: i64,
    /// Most that insurance pays for the market.
    cap: i64,
}

impl Case {
    fn strategy() -> impl Strategy<Value = Self> {
        let leaves = prop_oneof![1 => Just(0_u64), 3 => Just(100), 1 => 0_u64..=100];
        let drawn = (
            prop::array::uniform3(250_u64..550),
            83_i64..93,
            prop::array::uniform3(prop::bool::weighted(0.8)),
            any::<bool>(),
            prop::array::uniform3(leaves),
            0_i64..3_000,
            0_i64..4_000,
        );
        drawn.prop_map(|(sizes, fall, closes, matures, leaves, insurance, cap)| Self {
            sizes,
            fall,
            closes,
            matures,
            leaves,
            insurance,
            cap,
        })
    }

    /// Alice long of everybody, at a price where her auction will soon be insolvent.
    fn world(&self) -> World {
        let donor = Account { sub: 2, ..ERIN };
        let mut world = rich(&[DAVE, ERIN, donor]);
        world.state.parameters.auction_ramp_ms = 240_000;
        world.state.parameters.maturing_ms = if self.matures { 60_000 } else { 600_000 };
        let listing = world.state.listings.row(&Series::of(&PERPETUAL)).unwrap();
        listing.risk.insurance_cap = int(self.cap);
        let (from, to) = (Place::Sub(donor), Place::Insurance);
        world.state.post(CASH, from, to, int(self.insurance)).unwrap();
        for (winner, size) in WINNERS.into_iter().zip(self.sizes) {
            let quantity = Fixed::from_raw(i128::from(size) * 1_000_000_000_000_000_007);
            deal(&mut world, PERPETUAL, [ALICE, winner], quantity, 100).unwrap();
        }
        converge(&mut world, self.fall);
        world
    }

    /// Some close, some leave as far as they may; then the deficit is posted, and checked in its block.
    fn run(&self, paid: &mut Paid) {
        let mut world = self.world();
        for (winner, closes) in WINNERS.into_iter().zip(self.closes) {
            let held = world.state.subs[&winner].positions[&PERPETUAL].quantity.abs();
            if closes {
                drop(deal(&mut world, PERPETUAL, [winner, ERIN], held, self.fall));
            }
        }
        run(&mut world, 2);
        for (winner, percent) in WINNERS.into_iter().zip(self.leaves) {
            let part = Fixed::from_raw(i128::from(percent) * Fixed::ONE.raw() / 100);
            let amount = world.claim(winner, CASH).mul_floor(part).unwrap();
            let away = world.transfer(winner, 2, CASH, amount);
            drop(world.block(vec![away]));
        }
        for _ in 0..200 {
            let mut before = world.state.clone();
            world.block_after(5_000, vec![]);
            before.time_ms = world.state.time_ms;
            let is_forced =
                before.auctions.contains_key(&ALICE) && !world.state.auctions.contains_key(&ALICE);
            if is_forced && before.assets[&CASH].loan_shares.is_zero() {
                check(&before, &world.state, paid);
            }
        }
    }
}

#[test]
fn every_step_of_the_order_of_losses_pays_exactly_what_it_has_to() {
    let mut paid = Paid::default();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..150 {
        let case = Case::strategy().new_tree(&mut runner).unwrap().current();
        case.run(&mut paid);
    }
    std::println!("{:?}", paid.0);
    for step in ["insurance", "unmatured", "matured", "rate"] {
        assert!(
            paid.0.get(step).is_some_and(|count| *count >= 3),
            "{step}: {:?}",
            paid.0
        );
    }
}
