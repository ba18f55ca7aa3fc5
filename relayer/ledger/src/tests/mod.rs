//! The state machine driven by whole blocks: a small network with one cash, one collateral, a bridged chain and a perpetual.
//!
//! [`World`] builds blocks the way nodes do: attestations with their events, reports of all attesters, then commands. After every block the
//! books of every asset are compared, so that no test can leave them unbalanced.

mod attacks;
mod batches;
mod bids;
mod deposits;
mod derivatives;
mod exits;
mod fills;
mod forced;
mod funding;
mod idempotency;
mod interest;
mod limits;
mod losses;
mod orders;
mod prices;
mod refusals;
mod release_fee;
mod resume;
mod sizes;
mod withdrawals;
pub(crate) mod witness;

use crate::block::{Outcome, apply_block};
use crate::command::{Block, Command, Fact, Match, Report};
use crate::ids::{Account, Address, AssetId, ChainId, Hash, Instrument, Series, Side, Underlying};
use crate::limits::Staking;
use crate::math::Fixed;
use crate::parameters::{AssetRisk, ChainRisk, FeedRisk, MarketRisk};
use crate::receipt::{Effect, Receipt};
use crate::refusal::Refusal;
use crate::state::{
    Asset, AssetTerms, Attester, AttesterSet, Chain, Class, Custody, Feed, Health, Listing, Market, Sets,
    State,
};
use std::{vec, vec::Vec};
use wire::{
    U256,
    attestation::Attestation,
    command::{
        AssetPrice, CancelIntents, CancelScope, CancelWithdraw, ClaimSuspense, Intent, IntentKind,
        PriceReport, Quote, RequestWithdraw, Step, TransferSub,
    },
    event::{Deposited, VaultEvent},
};

pub(crate) const HOME: ChainId = ChainId(1);
pub(crate) const AWAY: ChainId = ChainId(2);
pub(crate) const CASH: AssetId = AssetId {
    chain: HOME,
    asset: Hash([1; 32]),
};
pub(crate) const COIN: AssetId = AssetId {
    chain: HOME,
    asset: Hash([2; 32]),
};
pub(crate) const USD: Underlying = Underlying(1);
pub(crate) const BTC: Underlying = Underlying(2);
pub(crate) const PERPETUAL: Instrument = Instrument::Perpetual {
    underlying: BTC,
    cash: CASH,
};
pub(crate) const ALICE: Account = Account {
    owner: Address([0xa; 20]),
    sub: 1,
};
pub(crate) const BOB: Account = Account {
    owner: Address([0xb; 20]),
    sub: 1,
};
pub(crate) const CAROL: Account = Account {
    owner: Address([0xc; 20]),
    sub: 1,
};
pub(crate) const VENUE: Address = Address([0xe; 20]);
pub(crate) const START_MS: u64 = 1_700_000_000_000;
pub(crate) const DAY_MS: u64 = 86_400_000;

pub(crate) fn int(value: i64) -> Fixed {
    Fixed::from_int(value)
}

pub(crate) fn decimal(text: &str) -> Fixed {
    text.parse().unwrap()
}

pub(crate) fn attester(index: u8) -> Address {
    Address([0xf0 + index; 20])
}

/// A network under test, and what a node needs to build its next block.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) price: i64,
    pub(crate) reporting: bool,
    pub(crate) nonce: u64,
    /// Mark of the perpetual; none: as the price.
    pub(crate) mark: Option<i64>,
    /// Prices of underlyings beside the cash and the coin, ascending.
    pub(crate) others: Vec<(Underlying, i64)>,
    /// Expiries that attesters report, at a flat volatility of one half.
    pub(crate) expiries: Vec<u64>,
    facts: Vec<Fact>,
}

impl World {
    /// Prices accepted twice, so that nothing follows a gap; nobody has any money.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            state: genesis(),
            price: 100,
            reporting: true,
            nonce: 0,
            mark: None,
            others: Vec::new(),
            expiries: Vec::new(),
            facts: Vec::new(),
        };
        world.block(vec![]);
        world.block(vec![]);
        world
    }

    /// Alice, Bob and Carol with ten thousand of cash each.
    pub(crate) fn funded() -> Self {
        let mut world = Self::new();
        for account in [ALICE, BOB, CAROL] {
            world.deposit(account, CASH, 10_000);
        }
        world.block(vec![]);
        world
    }

    /// Adds a deposit to the next block.
    pub(crate) fn deposit(&mut self, account: Account, asset: AssetId, amount: u64) {
        let seq = self.next_seq(asset.chain);
        let pending: u64 = self.facts.iter().map(|fact| deposited(fact, asset)).sum();
        let books = self.state.assets.get(&asset);
        let posted = books.map_or(Fixed::ZERO, |books| books.vault.posted());
        let holdings = crate::facts::to_units(posted, 6) + U256::from((pending + amount) * 1_000_000);
        let amount = U256::from(amount * 1_000_000);
        self.event(
            asset.chain,
            VaultEvent::Deposited(Deposited {
                seq,
                asset: asset.asset,
                account,
                amount,
                holdings,
            }),
        );
    }

    pub(crate) fn next_seq(&self, chain: ChainId) -> u64 {
        let queued = self
            .facts
            .iter()
            .filter(|fact| chain_of(fact) == Some(chain))
            .count();
        self.state.chains[&chain].cursor.next_seq + u64::try_from(queued).unwrap()
    }

    /// Adds an event to the next block, with the attestation that commits to it.
    pub(crate) fn event(&mut self, chain: ChainId, event: VaultEvent) {
        self.facts.push(Fact::Event(chain, event));
    }

    /// Adds a command that its user gave to the home vault.
    pub(crate) fn force(&mut self, command: Result<Command, Refusal>) {
        let (chain, seq) = (HOME, self.next_seq(HOME));
        let command = command.map(std::boxed::Box::new);
        self.facts.push(Fact::Forced { chain, seq, command });
    }

    /// Applies a block a second later; answers the outcomes of its commands.
    pub(crate) fn block(&mut self, commands: Vec<Command>) -> Vec<Outcome> {
        self.block_after(1_000, commands)
    }

    pub(crate) fn block_after(&mut self, elapsed_ms: u64, commands: Vec<Command>) -> Vec<Outcome> {
        let time_ms = self.state.time_ms + elapsed_ms;
        let facts = self.attested(time_ms / 1_000);
        let reports = if self.reporting {
            self.reports(time_ms)
        } else {
            vec![]
        };
        let before = facts.len() + reports.len();
        let block = Block {
            height: self.state.height + 1,
            time_ms,
            facts,
            offenders: vec![],
            reports,
            commands,
        };
        let mut outcomes = apply_block(&mut self.state, &block);
        self.books_balance();
        outcomes.drain(..before).for_each(|outcome| {
            outcome.unwrap();
        });
        outcomes
    }

    /// The queued events behind one attestation per chain that has any.
    pub(crate) fn attested(&mut self, timestamp: u64) -> Vec<Fact> {
        let events = std::mem::take(&mut self.facts);
        let mut facts = Vec::new();
        for chain in [HOME, AWAY] {
            let of_chain: Vec<Fact> = events
                .iter()
                .filter(|fact| chain_of(fact) == Some(chain))
                .cloned()
                .collect();
            if !of_chain.is_empty() {
                facts.push(Fact::Attestation(self.attestation(
                    chain,
                    timestamp,
                    of_chain.len(),
                )));
                facts.extend(of_chain);
            }
        }
        facts
    }

    pub(crate) fn attestation(&self, chain: ChainId, timestamp: u64, events: usize) -> Attestation {
        let cursor = self.state.chains[&chain].cursor;
        Attestation {
            chain,
            height: cursor.height + 1,
            block_hash: Hash([9; 32]),
            timestamp,
            previous: cursor.height,
            first_seq: cursor.next_seq,
            event_count: u32::try_from(events).unwrap(),
            events_root: Hash([9; 32]),
        }
    }

    /// Applies facts alone and answers their outcomes.
    pub(crate) fn facts(&mut self, facts: Vec<Fact>) -> Vec<Outcome> {
        let block = Block {
            height: self.state.height + 1,
            time_ms: self.state.time_ms + 1_000,
            facts,
            ..Block::default()
        };
        let outcomes = apply_block(&mut self.state, &block);
        self.books_balance();
        outcomes
    }

    fn reports(&self, time_ms: u64) -> Vec<Report> {
        let quote = |value: i64| Quote {
            value: int(value).raw(),
            confidence: 0,
        };
        let mut assets = vec![
            AssetPrice {
                underlying: USD,
                spot: quote(1),
                mark: None,
                stable: None,
            },
            AssetPrice {
                underlying: BTC,
                spot: quote(self.price),
                mark: Some(quote(self.mark.unwrap_or(self.price))),
                stable: None,
            },
        ];
        assets.extend(self.others.iter().map(|(underlying, price)| AssetPrice {
            underlying: *underlying,
            spot: quote(*price),
            mark: None,
            stable: None,
        }));
        let report = |index| PriceReport {
            attester: attester(index),
            time_ms,
            assets: assets.clone(),
            expiries: derivatives::curve(self),
        };
        (0..4).map(|index| Report::Price(report(index))).collect()
    }

    /// Applies one command in a block of its own.
    pub(crate) fn one(&mut self, command: Command) -> Outcome {
        self.block(vec![command]).pop().unwrap()
    }

    /// As [`World::one`], and a refusal must leave subs and books as they were.
    pub(crate) fn refused(&mut self, command: Command) -> Refusal {
        self.block(vec![]);
        let mut without = State::clone(&self.state);
        let refusal = self.one(command).unwrap_err();
        let empty = Block {
            height: without.height + 1,
            time_ms: without.time_ms + 1_000,
            ..Block::default()
        };
        apply_block(&mut without, &empty);
        assert_eq!(without.subs, self.state.subs, "{refusal} touched a sub");
        assert_eq!(without.assets, self.state.assets, "{refusal} touched the books");
        refusal
    }

    pub(crate) fn claim(&self, account: Account, asset: AssetId) -> Fixed {
        self.state.claim(account, asset).unwrap()
    }

    pub(crate) fn expiry_ms(&self) -> u64 {
        self.state.time_ms + DAY_MS
    }

    pub(crate) fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }

    pub(crate) fn market(&self) -> Market {
        self.state.markets[&PERPETUAL]
    }

    /// Every identity that must hold after every block.
    pub(crate) fn books_balance(&self) {
        for (asset, books) in self.state.assets.iter() {
            assert_eq!(books.gap(), Ok(Fixed::ZERO), "{asset:?}");
            assert!(!books.dust.is_negative(), "dust of {asset:?} is {}", books.dust);
            let shares = self.state.subs.values().map(|sub| sub.shares(asset));
            let (claims, loans) = shares.fold((0, 0), |(claims, loans), shares| {
                (claims + shares.max_zero().raw(), loans - shares.min_zero().raw())
            });
            assert_eq!(
                (claims, loans),
                (books.claim_shares.raw(), books.loan_shares.raw()),
                "shares of {asset:?}"
            );
        }
        for (instrument, market) in self.state.markets.iter() {
            let held = self
                .state
                .subs
                .values()
                .filter_map(|sub| sub.positions.get(instrument));
            let (sum, long) = held.fold((0, 0), |(sum, long), position| {
                (
                    sum + position.quantity.raw(),
                    long + position.quantity.max_zero().raw(),
                )
            });
            assert_eq!(
                (sum, long),
                (0, market.open_interest.raw()),
                "positions in {instrument:?}"
            );
            assert!(
                !self.pool_dust(instrument, market).is_negative(),
                "pool of {instrument:?}"
            );
        }
    }

    /// Pool less everything unrealised at the mark, funding included.
    fn pool_dust(&self, instrument: &Instrument, market: &Market) -> Fixed {
        let mark = self.state.mark(instrument).unwrap();
        let held = self
            .state
            .subs
            .values()
            .filter_map(|sub| sub.positions.get(instrument));
        let unrealised = held.map(|position| {
            let funding = position
                .quantity
                .negate()
                .mul_floor(market.funding_index.sub(position.funding_index).unwrap());
            position
                .quantity
                .mul_floor(mark)
                .unwrap()
                .sub(position.cost)
                .unwrap()
                .add(funding.unwrap())
                .unwrap()
        });
        market.pool.sub(Fixed::sum(unrealised).unwrap()).unwrap()
    }
}

/// The chain whose vault numbered the fact.
fn chain_of(fact: &Fact) -> Option<ChainId> {
    match fact {
        Fact::Event(chain, _) | Fact::Forced { chain, .. } => Some(*chain),
        Fact::Attestation(_) => None,
    }
}

fn deposited(fact: &Fact, asset: AssetId) -> u64 {
    match fact {
        Fact::Event(_, VaultEvent::Deposited(event)) if event.asset == asset.asset => {
            u64::try_from(event.amount).unwrap() / 1_000_000
        }
        _ => 0,
    }
}

/// The state before the first block.
pub(crate) fn genesis() -> State {
    let members: std::collections::BTreeMap<Address, u32> =
        (0..4).map(|index| (attester(index), 1)).collect();
    let terms = |class, feed| AssetTerms {
        class,
        decimals: 6,
        feed,
    };
    let risk = ChainRisk {
        release_fee: int(1),
        release_minimum: int(10),
        ..ChainRisk::default()
    };
    let chain = || Chain {
        vault: Some(Hash([5; 32])),
        code_hash: Hash([6; 32]),
        ..Chain::new(Custody::Contract, risk, BTC)
    };
    let listing = Listing {
        risk: MarketRisk::default(),
        ..Listing::default()
    };
    State {
        time_ms: START_MS,
        assets: [
            (CASH, Asset::new(terms(Class::Cash, USD), AssetRisk::default())),
            (
                COIN,
                Asset::new(terms(Class::Collateral, BTC), AssetRisk::default()),
            ),
        ]
        .into_iter()
        .collect(),
        chains: [(HOME, chain()), (AWAY, chain())].into_iter().collect(),
        feeds: [USD, BTC]
            .map(|id| {
                (
                    id,
                    Feed {
                        risk: FeedRisk {
                            price_bound: decimal("0.05"),
                        },
                        ..Feed::default()
                    },
                )
            })
            .into_iter()
            .collect(),
        health: [HOME, AWAY]
            .map(|id| (id, Health::new(900_000)))
            .into_iter()
            .collect(),
        listings: [
            (Series::of(&PERPETUAL), listing),
            (Series::of(&derivatives::future(0)), listing),
            (Series::of(&derivatives::call(0, 1)), listing),
            (
                Series::Spot {
                    base: COIN,
                    quote: CASH,
                },
                listing,
            ),
        ]
        .into_iter()
        .collect(),
        attesters: members
            .keys()
            .map(|address| {
                (
                    *address,
                    Attester {
                        weight: 1,
                        stake: int(1_000_000_000),
                        ..Attester::default()
                    },
                )
            })
            .collect(),
        sets: Sets {
            current: AttesterSet { id: 0, members },
            next: None,
            epoch_ms: START_MS,
            epoch: 0,
        },
        staking: Staking {
            asset: Some(CASH),
            ..Staking::default()
        },
        ..State::default()
    }
}

/// The effect of a receipt.
pub(crate) fn effect(outcome: Outcome) -> Effect {
    outcome.unwrap().effect
}
