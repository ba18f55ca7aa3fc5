//! What surrounds the ledger in a simulation: three chains with their vaults, prices, attesters, sixteen subs.
//!
//! ```text
//! chain 1 (contract)   USD cash, 6 decimals · ETH collateral, 18      chain 2 (multisig)   BTC collateral, 8
//! chain 3 (contract)   EUR cash, 6 decimals                            feeds 1 BTC, 2 ETH, 3 USD, 4 EUR
//! ```
//! The vaults keep their own counters and pay what the outbox tells them, so that the books can be compared with them.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    block::{Outcome, apply_block},
    command::{Block, Command, Fact, Report},
    ids::{Account, Address, AssetId, ChainId, EntryId, Hash, Instrument, OptionKind, Series, Underlying},
    math::Fixed,
    posting::Place,
    refusal::Refusal,
    root::{Roots, seal},
    state::{
        Asset, AssetTerms, Attester, AttesterSet, Chain, Class, Custody, Feed, Health, Listing, Stage, State,
        Withdrawal,
    },
};
use wire::{
    U256,
    attestation::Attestation,
    command::{AssetPrice, ExpiryPrice, PriceReport, Quote, Svi},
    event::{Deposited, VaultEvent},
};

pub(crate) const START_MS: u64 = 1_800_000_000_000;
pub(crate) const ATTESTERS: u8 = 5;
/// A chain whose vault is not registered yet.
pub(crate) const NEW_CHAIN: ChainId = ChainId(4);
pub(crate) const SUBS: u8 = 16;
/// Those of them that hold cash alone, to bid with.
pub(crate) const BIDDERS: u8 = 4;
/// Days over which subs and funds come by their first money: a chain may bring in so much per day.
const FIRST_DAYS: u64 = 4;
/// Expiry of the dated instruments, in unix seconds: six hours into the run.
pub(crate) const EXPIRY: u64 = START_MS / 1_000 + FIRST_DAYS * 86_400 + 6 * 3_600;

pub(crate) const BTC_FEED: Underlying = Underlying(1);
pub(crate) const ETH_FEED: Underlying = Underlying(2);
pub(crate) const USD_FEED: Underlying = Underlying(3);
pub(crate) const EUR_FEED: Underlying = Underlying(4);

/// Feed of the coin that every chain's fees are paid in.
pub(crate) const NATIVE: Underlying = ETH_FEED;

const fn asset(chain: u32, name: u8) -> AssetId {
    AssetId {
        chain: ChainId(chain),
        asset: Hash([name; 32]),
    }
}

pub(crate) const USD: AssetId = asset(1, 0x11);
pub(crate) const ETH: AssetId = asset(1, 0x12);
pub(crate) const BTC: AssetId = asset(2, 0x21);
pub(crate) const EUR: AssetId = asset(3, 0x31);
pub(crate) const ASSETS: [(AssetId, u8, Class, Underlying); 4] = [
    (USD, 6, Class::Cash, USD_FEED),
    (ETH, 18, Class::Collateral, ETH_FEED),
    (BTC, 8, Class::Collateral, BTC_FEED),
    (EUR, 6, Class::Cash, EUR_FEED),
];
pub(crate) const CHAINS: [(ChainId, Custody); 3] = [
    (ChainId(1), Custody::Contract),
    (ChainId(2), Custody::Multisig),
    (ChainId(3), Custody::Contract),
];

pub(crate) fn instruments() -> Vec<Instrument> {
    let strike = |thousands: i64| Fixed::from_int(thousands * 1_000).raw();
    let option = |thousands, kind| Instrument::Option {
        underlying: BTC_FEED,
        cash: USD,
        expiry: EXPIRY,
        strike: strike(thousands),
        kind,
    };
    vec![
        Instrument::Perpetual {
            underlying: BTC_FEED,
            cash: USD,
        },
        Instrument::Perpetual {
            underlying: ETH_FEED,
            cash: EUR,
        },
        Instrument::Future {
            underlying: BTC_FEED,
            cash: USD,
            expiry: EXPIRY,
        },
        option(50, OptionKind::Call),
        option(45, OptionKind::Put),
        Instrument::Spot {
            base: ETH,
            quote: USD,
        },
    ]
}

pub(crate) fn attester(number: u8) -> Address {
    Address([0xa0 + number; 20])
}

/// Eight owners with two subs each.
pub(crate) fn account(number: u8) -> Account {
    Account {
        owner: Address([1 + number / 2; 20]),
        sub: u32::from(number % 2),
    }
}

/// A vault as its chain has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct VaultSide {
    pub(crate) height: u64,
    pub(crate) seq: u64,
    /// Counter per asset, in the chain's units.
    pub(crate) holdings: BTreeMap<Hash, U256>,
}

/// The ledger and everything that speaks to it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) state: State,
    /// The trees that follow block by block; none where only the state is asked for.
    pub(crate) roots: Option<Roots>,
    pub(crate) vaults: BTreeMap<ChainId, VaultSide>,
    /// True prices in whole units at 1e18.
    pub(crate) prices: BTreeMap<Underlying, Fixed>,
    pub(crate) nonce: u64,
    pub(crate) ended: BTreeSet<EntryId>,
    /// The newest event of a chain where it is a deposit: number, sub, asset, units.
    pub(crate) deposits: BTreeMap<ChainId, (u64, Account, AssetId, U256)>,
    /// Exits that a vault has paid, and the chains that have paid any.
    pub(crate) exits: BTreeSet<(Account, AssetId)>,
    pub(crate) paid_exits: BTreeSet<ChainId>,
    /// Every block so far, for the replay.
    pub(crate) blocks: Vec<Block>,
}

impl World {
    pub(crate) fn new() -> Self {
        let state = genesis();
        let vaults = CHAINS
            .iter()
            .map(|(chain, _)| (*chain, VaultSide::default()))
            .collect();
        let price = |feed, whole| (feed, Fixed::from_int(whole));
        let prices = [
            price(BTC_FEED, 50_000),
            price(ETH_FEED, 2_500),
            price(USD_FEED, 1),
            price(EUR_FEED, 1),
        ]
        .into();
        let (nonce, ended, blocks) = (0, BTreeSet::new(), Vec::new());
        let mut world = Self {
            state,
            roots: None,
            vaults,
            prices,
            nonce,
            ended,
            deposits: BTreeMap::new(),
            exits: BTreeSet::new(),
            paid_exits: BTreeSet::new(),
            blocks,
        };
        world.report(START_MS + 1_000);
        world.blocks.clear();
        world
    }

    /// With money: of every sub, and in the funds.
    pub(crate) fn endowed() -> Self {
        let mut world = Self::new();
        for day in 1..=FIRST_DAYS {
            world.first_money();
            world.report(START_MS + day * 86_400_000);
        }
        world.endow(USD);
        world.endow(EUR);
        world.blocks.clear();
        world
    }

    fn report(&mut self, time_ms: u64) {
        let reports = self.price_reports(time_ms, ATTESTERS, 1);
        self.apply(Block {
            reports,
            ..self.block_at(time_ms)
        });
    }

    /// A deposit of each asset for every sub, of cash alone for those that bid; all of a day's within what a chain may bring in.
    fn first_money(&mut self) {
        for (id, _, class, feed) in ASSETS {
            let subs = if class == Class::Cash {
                SUBS
            } else {
                SUBS - BIDDERS
            };
            for number in 0..subs {
                let worth = Fixed::from_int(3_000).div_floor(self.prices[&feed]);
                let facts = self.deposit(id, number, worth.expect("in range"));
                self.apply(Block {
                    facts,
                    ..self.block_at(self.state.time_ms)
                });
            }
        }
    }

    /// The first fund of a cash, given by a bidder.
    fn endow(&mut self, cash: AssetId) {
        let from = Place::Sub(account(SUBS - 1));
        let given = self
            .state
            .post(cash, from, Place::Insurance, Fixed::from_int(4_000));
        given.expect("it was deposited");
    }

    /// Certified facts: a deposit of an amount at 1e18.
    pub(crate) fn deposit(&mut self, id: AssetId, sub: u8, amount: Fixed) -> Vec<Fact> {
        let amount = units(&id, amount);
        let seq = self.vaults[&id.chain].seq;
        let facts = self.attested(id.chain, |vault| {
            let holdings = vault.holdings.entry(id.asset).or_default();
            *holdings += amount;
            vault.seq += 1;
            vec![VaultEvent::from(Deposited {
                seq,
                asset: id.asset,
                account: account(sub),
                amount,
                holdings: *holdings,
            })]
        });
        self.deposits.insert(id.chain, (seq, account(sub), id, amount));
        facts
    }

    /// Lets the roots follow from here on.
    pub(crate) fn rooted(mut self) -> Self {
        self.roots = Some(Roots::of(&self.state).expect("in range").0);
        self
    }

    /// The next block, empty, at a time.
    pub(crate) fn block_at(&self, time_ms: u64) -> Block {
        Block {
            height: self.state.height + 1,
            time_ms,
            ..Block::default()
        }
    }

    /// Applies a block and lets the roots follow.
    pub(crate) fn apply(&mut self, block: Block) -> Vec<Outcome> {
        let outcomes = apply_block(&mut self.state, &block);
        let changes = seal(&mut self.state).expect("in range");
        if let Some(roots) = &mut self.roots {
            roots.apply(changes).expect("in range");
        }
        self.blocks.push(block);
        outcomes
    }

    pub(crate) fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }

    /// Certified facts: an attestation of the chain's next block with these events.
    pub(crate) fn attested(
        &mut self,
        chain: ChainId,
        events: impl FnOnce(&mut VaultSide) -> Vec<VaultEvent>,
    ) -> Vec<Fact> {
        let timestamp = self.state.time_ms / 1_000;
        self.deposits.remove(&chain);
        let vault = self.vaults.get_mut(&chain).expect("a chain of this world");
        let (previous, first_seq) = (vault.height, vault.seq);
        vault.height += 1;
        let events = events(vault);
        let attestation = Attestation {
            chain,
            height: vault.height,
            block_hash: Hash([7; 32]),
            timestamp,
            previous,
            first_seq,
            event_count: u32::try_from(events.len()).expect("few"),
            events_root: Hash([8; 32]),
        };
        let events = events.into_iter().map(|event| Fact::Event(chain, event));
        std::iter::once(Fact::Attestation(attestation))
            .chain(events)
            .collect()
    }

    /// Certified facts: an attestation of the chain's next block, whose only event is a forced command.
    pub(crate) fn forced(&mut self, chain: ChainId, command: Result<Box<Command>, Refusal>) -> Vec<Fact> {
        let mut facts = self.attested(chain, |_| Vec::new());
        let vault = self.vaults.get_mut(&chain).expect("a chain of this world");
        let seq = vault.seq;
        vault.seq += 1;
        for fact in &mut facts {
            if let Fact::Attestation(attestation) = fact {
                attestation.event_count = 1;
            }
        }
        facts.push(Fact::Forced { chain, seq, command });
        facts
    }

    /// Reports of the first `reporters` attesters, their prices `spread_bp` apart.
    pub(crate) fn price_reports(&self, time_ms: u64, reporters: u8, spread_bp: i64) -> Vec<Report> {
        (0..reporters)
            .map(|number| self.price_report(number, time_ms, spread_bp))
            .map(Report::Price)
            .collect()
    }

    fn price_report(&self, number: u8, time_ms: u64, spread_bp: i64) -> PriceReport {
        let shift = Fixed::from_ppm(1_000_000 + i64::from(number) * spread_bp * 100);
        let quote = |price: Fixed| {
            let value = price.mul_floor(shift).expect("in range");
            let confidence = value.mul_floor(Fixed::from_ppm(500)).expect("in range");
            Quote {
                value: value.raw(),
                confidence: confidence.raw(),
            }
        };
        let asset = |(underlying, price): (&Underlying, &Fixed)| AssetPrice {
            underlying: *underlying,
            spot: quote(*price),
            mark: Some(quote(*price)),
            stable: Some(quote(Fixed::ONE)),
        };
        let forward = self.prices[&BTC_FEED];
        let expiry = ExpiryPrice {
            underlying: BTC_FEED,
            expiry: EXPIRY,
            forward: quote(forward),
            rate: Quote {
                value: 0,
                confidence: 0,
            },
            svi: Some(smile(forward)),
        };
        PriceReport {
            attester: attester(number),
            time_ms,
            assets: self.prices.iter().map(asset).collect(),
            expiries: vec![expiry],
        }
    }

    /// Entries that the vault of their destination pays or fails now: certified, and still valid by its chain's clock.
    pub(crate) fn payable(&self) -> Vec<(EntryId, Withdrawal)> {
        let now = self.state.time_ms / 1_000;
        let is_payable = |row: &Withdrawal| match row.stage {
            Stage::InOutbox { valid_until, .. } => valid_until.is_none_or(|until| now <= until),
            Stage::Failed { valid_until } => now <= valid_until,
            Stage::Queued { .. } => false,
        };
        let rows = self.state.withdrawals.iter().filter(|(_, row)| is_payable(row));
        rows.map(|(entry, row)| (*entry, row.clone())).collect()
    }
}

/// A flat smile of about 60 % for the six hours of the run.
fn smile(forward: Fixed) -> Svi {
    let part = |ppm: i64| Fixed::from_ppm(ppm).raw();
    Svi {
        a: part(240),
        b: part(100),
        rho: 0,
        m: 0,
        sigma: part(100_000),
        fwd: forward.raw(),
        tau: part(685),
        confidence: part(1_000),
    }
}

/// Units of the chain in one whole.
pub(crate) fn unit(asset: &AssetId) -> U256 {
    let (_, decimals, _, _) = ASSETS
        .iter()
        .find(|(id, ..)| id == asset)
        .expect("an asset of this world");
    U256::from(10).pow(U256::from(*decimals))
}

/// An amount at 1e18 in the chain's units, floored.
pub(crate) fn units(asset: &AssetId, amount: Fixed) -> U256 {
    U256::from(amount.raw().unsigned_abs()) * unit(asset) / U256::from(Fixed::SCALE)
}

fn genesis() -> State {
    let mut state = State {
        time_ms: START_MS,
        ..State::default()
    };
    for (id, decimals, class, feed) in ASSETS {
        let books = Asset::new(
            AssetTerms {
                class,
                decimals,
                feed,
            },
            Default::default(),
        );
        state.assets.insert(
            id,
            Asset {
                interest_ms: START_MS,
                ..books
            },
        );
        state.feeds.insert(feed, Feed::default());
    }
    for (chain, custody) in CHAINS.into_iter().chain([(NEW_CHAIN, Custody::Contract)]) {
        let row = Chain {
            vault: (chain != NEW_CHAIN).then_some(Hash([9; 32])),
            ..Chain::new(custody, Default::default(), NATIVE)
        };
        state.chains.insert(chain, row);
        state.health.insert(chain, Health::new(60_000));
    }
    for instrument in instruments() {
        state.listings.insert(Series::of(&instrument), Listing::default());
    }
    let mut members = BTreeMap::new();
    for number in 0..ATTESTERS {
        let row = Attester {
            weight: 1,
            stake: Fixed::from_int(1_000_000),
            ..Attester::default()
        };
        state.attesters.insert(attester(number), row);
        members.insert(attester(number), 1);
    }
    state.sets.current = AttesterSet { id: 1, members };
    state.sets.epoch_ms = START_MS;
    state.staking.asset = Some(ETH);
    state
}
