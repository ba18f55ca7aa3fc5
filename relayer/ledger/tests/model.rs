//! The ledger against a slow, obvious model of balances and positions (`proptest-state-machine`).
//!
//! The model knows whole numbers of one cash and one perpetual: who deposited what, who transferred what to whom, who bought
//! from whom at which price. It keeps every trade and adds them up anew each time. No funding, interest or liquidation happens
//! within the run, so that the ledger must agree to the last digit.

#[path = "simulator/random.rs"]
#[allow(dead_code, reason = "the model draws with proptest")]
mod random;
#[path = "simulator/world.rs"]
#[allow(dead_code, reason = "the model needs a part of the world")]
mod world;

use std::collections::BTreeMap;

use ledger::{
    command::{Block, Command, Match},
    ids::{Account, Instrument, Side},
    math::Fixed,
};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use wire::{
    U256,
    command::{Intent, IntentKind, Step, TransferSub},
    event::{Deposited, VaultEvent},
    types::Address,
};
use world::{BTC_FEED, USD, World, account, unit};

/// What may happen; amounts in whole cash, quantities in thousandths, prices in whole cash.
#[derive(Clone, Debug)]
enum Transition {
    Deposit {
        who: u8,
        whole: u16,
    },
    Transfer {
        who: u8,
        whole: u16,
    },
    Trade {
        buyer: u8,
        seller: u8,
        thousandths: u8,
        price: u16,
    },
}

/// Everything that happened, in order.
#[derive(Clone, Debug, Default)]
struct History {
    done: Vec<Transition>,
}

const MARK: i128 = 50_000;

impl History {
    /// Net cash paid in and over, in whole units; by sub.
    fn deposits(&self) -> BTreeMap<u8, i128> {
        let mut cash = BTreeMap::new();
        for step in &self.done {
            match *step {
                Transition::Deposit { who, whole } => *cash.entry(who).or_default() += i128::from(whole),
                Transition::Transfer { who, whole } => {
                    *cash.entry(who).or_default() -= i128::from(whole);
                    *cash.entry(who ^ 1).or_default() += i128::from(whole);
                }
                Transition::Trade { .. } => {}
            }
        }
        cash
    }

    /// Thousandths held, by sub.
    fn positions(&self) -> BTreeMap<u8, i128> {
        let mut held = BTreeMap::new();
        for (buyer, seller, thousandths, _) in self.trades() {
            *held.entry(buyer).or_default() += thousandths;
            *held.entry(seller).or_default() -= thousandths;
        }
        held
    }

    /// Thousandths of cash paid for all trades less those received, by sub.
    fn paid(&self) -> BTreeMap<u8, i128> {
        let mut paid = BTreeMap::new();
        for (buyer, seller, thousandths, price) in self.trades() {
            *paid.entry(buyer).or_default() += thousandths * price;
            *paid.entry(seller).or_default() -= thousandths * price;
        }
        paid
    }

    fn trades(&self) -> impl Iterator<Item = (u8, u8, i128, i128)> {
        self.done.iter().filter_map(|step| match *step {
            Transition::Trade {
                buyer,
                seller,
                thousandths,
                price,
            } => Some((buyer, seller, i128::from(thousandths), i128::from(price))),
            _ => None,
        })
    }

    /// Cash and unrealised profit at the mark, in thousandths; by sub.
    fn equity(&self, who: u8) -> i128 {
        let of = |parts: BTreeMap<u8, i128>| parts.get(&who).copied().unwrap_or(0);
        of(self.deposits()) * 1_000 + of(self.positions()) * MARK - of(self.paid())
    }

    /// Five percent of the position at the mark, in thousandths.
    fn required(&self, who: u8) -> i128 {
        self.positions().get(&who).copied().unwrap_or(0).abs() * MARK / 20
    }

    fn with(&self, step: &Transition) -> Self {
        let mut next = self.clone();
        next.done.push(step.clone());
        next
    }
}

impl ReferenceStateMachine for History {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        let each = (0_u8..6).map(|who| Transition::Deposit { who, whole: 5_000 });
        Just(Self { done: each.collect() }).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Transition> {
        prop_oneof![
            1 => (0_u8..6, 1_u16..2_000).prop_map(|(who, whole)| Transition::Deposit { who, whole }),
            1 => (0_u8..6, 1_u16..2_000).prop_map(|(who, whole)| Transition::Transfer { who, whole }),
            4 => (0_u8..6, 0_u8..6, 1_u8..200, 49_000_u16..51_000).prop_map(|(buyer, seller, thousandths, price)| {
                Transition::Trade { buyer, seller, thousandths, price }
            }),
        ]
        .boxed()
    }

    /// Only what leaves everybody with twice the requirement, so that the ledger must accept it.
    fn preconditions(history: &Self, step: &Transition) -> bool {
        if matches!(step, Transition::Trade { buyer, seller, .. } if buyer == seller) {
            return false;
        }
        let next = history.with(step);
        let paid = next.paid();
        (0..6).all(|who| {
            let cash = next.deposits().get(&who).copied().unwrap_or(0) * 1_000;
            let worst = cash - paid.get(&who).map_or(0, |_| 200_000);
            cash >= 0 && next.equity(who) >= 2 * next.required(who) + 200_000 && worst >= 0
        })
    }

    fn apply(history: Self, step: &Transition) -> Self {
        history.with(step)
    }
}

struct Ledger(World);

fn perpetual() -> Instrument {
    Instrument::Perpetual {
        underlying: BTC_FEED,
        cash: USD,
    }
}

fn whole(amount: i128) -> i128 {
    Fixed::ONE.raw() * amount
}

fn block_of(world: &mut World, step: &Transition) -> Block {
    let mut block = world.block_at(world.state.time_ms);
    let expiry_ms = world.state.time_ms + 1_000_000;
    match *step {
        Transition::Deposit { who, whole } => {
            let amount = U256::from(whole) * unit(&USD);
            block.facts = world.attested(USD.chain, |vault| {
                let holdings = vault.holdings.entry(USD.asset).or_default();
                *holdings += amount;
                let (holdings, seq) = (*holdings, vault.seq);
                vault.seq += 1;
                vec![VaultEvent::from(Deposited {
                    seq,
                    asset: USD.asset,
                    account: account(who),
                    amount,
                    holdings,
                })]
            });
        }
        Transition::Transfer { who, whole: amount } => {
            let (from, nonce) = (account(who), world.next_nonce());
            let amount = whole(i128::from(amount));
            let transfer = TransferSub {
                account: from,
                nonce,
                expiry_ms,
                to: 1 - from.sub,
                asset: USD,
                amount,
            };
            block.commands = vec![Command::Owner(Step::from(transfer))];
        }
        Transition::Trade {
            buyer,
            seller,
            thousandths,
            price,
        } => {
            let quantity = whole(i128::from(thousandths)) / 1_000;
            let post = Intent {
                account: account(buyer),
                nonce: world.next_nonce(),
                expiry_ms,
                instrument: perpetual(),
                side: Side::Buy,
                quantity,
                limit: whole(i128::from(price)),
                max_fee: 0,
                venue: Address::ZERO,
                kind: IntentKind::Post,
                reduce_only: false,
                counterparty: None,
            };
            let nonce = world.next_nonce();
            let take = Intent {
                account: account(seller),
                nonce,
                side: Side::Sell,
                kind: IntentKind::Take,
                ..post
            };
            block.commands = vec![Command::Fill(Match { post, take, quantity })];
        }
    }
    block
}

impl Ledger {
    fn apply_one(&mut self, step: &Transition) {
        let block = block_of(&mut self.0, step);
        for outcome in self.0.apply(block) {
            assert!(outcome.is_ok(), "{step:?}: {outcome:?}");
        }
    }

    fn held(&self, who: Account) -> (Fixed, Fixed) {
        let sub = self.0.state.subs.get(&who);
        let position = sub.and_then(|sub| sub.positions.get(&perpetual()));
        position.map_or((Fixed::ZERO, Fixed::ZERO), |position| {
            (position.quantity, position.cost)
        })
    }
}

impl StateMachineTest for Ledger {
    type SystemUnderTest = Self;
    type Reference = History;

    fn init_test(history: &History) -> Self {
        let mut ledger = Self(World::new());
        history.done.iter().for_each(|step| ledger.apply_one(step));
        ledger
    }

    fn apply(mut ledger: Self, _: &History, step: Transition) -> Self {
        ledger.apply_one(&step);
        ledger
    }

    /// Positions are equal; cash less cost is equal, however much of a trade was realised already.
    fn check_invariants(ledger: &Self, history: &History) {
        for who in 0..6 {
            let of = |parts: BTreeMap<u8, i128>| parts.get(&who).copied().unwrap_or(0);
            let (quantity, cost) = ledger.held(account(who));
            assert_eq!(
                quantity.raw(),
                whole(of(history.positions())) / 1_000,
                "position of {who}"
            );
            let shares = ledger
                .0
                .state
                .subs
                .get(&account(who))
                .map_or(Fixed::ZERO, |sub| sub.shares(&USD));
            let cash = ledger
                .0
                .state
                .asset(USD)
                .expect("listed")
                .value(shares)
                .expect("in range");
            let expected = whole(of(history.deposits()) * 1_000 - of(history.paid())) / 1_000;
            assert_eq!(
                cash.sub(cost).expect("in range").raw(),
                expected,
                "cash less cost of {who}"
            );
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_agrees_with_the_obvious_model(sequential 1..60 => Ledger);
}
