//! A network for benches of fills: one chain, one cash, many funded subs, prices that stand still.
//!
//! Every sub has plenty of cash, so that no fill is refused and what is measured is the work of accepting one; and every sub holds
//! a position in each instrument throughout, long or short by turns, so that each fill is judged over all of them.

use ledger::{
    block::apply_block,
    command::{Block, Command, Fact, Match, Report},
    ids::{Account, Address, AssetId, ChainId, Hash, Instrument, OptionKind, Series, Side, Underlying},
    math::Fixed,
    state::{Asset, AssetTerms, Attester, AttesterSet, Chain, Class, Custody, Feed, Health, Listing, State},
};
use wire::{
    U256,
    attestation::Attestation,
    command::{AssetPrice, ExpiryPrice, Intent, IntentKind, MarginModel, PriceReport, Quote, Svi},
    event::{Deposited, VaultEvent},
};

const CHAIN: ChainId = ChainId(1);
const CASH: AssetId = AssetId {
    chain: CHAIN,
    asset: Hash([1; 32]),
};
const CASH_FEED: Underlying = Underlying(1);
const START_MS: u64 = 1_800_000_000_000;
const EXPIRY: u64 = START_MS / 1_000 + 604_800;
const PRICE: i64 = 50_000;
/// Time from batch to batch, and how many batches an intent lives.
const STEP_MS: u64 = 200;
const LIFE: u64 = 3;
/// Prices come every so many batches.
const PRICES_EVERY: u64 = 10;

/// What each sub holds of each instrument, and what a fill trades.
const HELD: Fixed = Fixed::from_ppm(150_000);
const TRADED: Fixed = Fixed::from_ppm(1_000);

/// A perpetual on each of the feeds 2 to 5.
pub(crate) fn perpetuals() -> Vec<Instrument> {
    let of = |feed| Instrument::Perpetual {
        underlying: Underlying(feed),
        cash: CASH,
    };
    (2..6).map(of).collect()
}

/// Ten strikes, calls and puts, of one expiry of feed 2.
pub(crate) fn options() -> Vec<Instrument> {
    let of = |strike: i64, kind| Instrument::Option {
        underlying: Underlying(2),
        cash: CASH,
        expiry: EXPIRY,
        strike: Fixed::from_int(45_000 + 1_000 * strike).raw(),
        kind,
    };
    (0..10)
        .flat_map(|strike| [OptionKind::Call, OptionKind::Put].map(|kind| of(strike, kind)))
        .collect()
}

/// The ledger and what makes its batches.
pub(crate) struct Market {
    pub(crate) state: State,
    instruments: Vec<Instrument>,
    subs: u32,
    batches: u64,
    nonce: u64,
}

impl Market {
    /// `subs` funded subs under `model` that hold each of `instruments` and will trade them.
    pub(crate) fn new(subs: u32, model: MarginModel, instruments: Vec<Instrument>) -> Self {
        let mut market = Self {
            state: genesis(&instruments),
            instruments,
            subs,
            batches: 0,
            nonce: 0,
        };
        market.accepts(&market.priced(START_MS + 1_000));
        let deposits = market.deposits();
        market.accepts(&deposits);
        for number in 0..subs {
            market.state.subs.row(&account(number)).expect("funded").model = model;
        }
        for number in 0..market.instruments.len() {
            let opened = market.opening(number);
            market.accepts(&opened);
        }
        market
    }

    /// Applies a block of which nothing is refused.
    pub(crate) fn accepts(&mut self, block: &Block) {
        let refused = apply_block(&mut self.state, block)
            .into_iter()
            .find_map(Result::err);
        assert!(refused.is_none(), "{refused:?}");
    }

    /// The next batch: each sub in turn buys from its neighbour, instrument after instrument.
    pub(crate) fn batch(&mut self, fills: u32) -> Block {
        self.batches += 1;
        let time_ms = self.state.time_ms + STEP_MS;
        let prices = if self.batches % PRICES_EVERY == 1 {
            reports(time_ms)
        } else {
            Vec::new()
        };
        let round = (self.batches * 7) as usize;
        let fill = |number: u32| {
            let instrument =
                self.instruments[(round + (number / self.subs) as usize) % self.instruments.len()];
            let sides = (number % self.subs, (number + 1) % self.subs);
            self.fill(instrument, sides, TRADED)
        };
        let commands = (0..fills).map(fill).collect();
        Block {
            height: self.state.height + 1,
            time_ms,
            reports: prices,
            commands,
            ..Block::default()
        }
    }

    /// Every even sub buys an instrument from the odd one after it.
    fn opening(&mut self, instrument: usize) -> Block {
        let instrument = self.instruments[instrument];
        let evens = (0..self.subs).step_by(2);
        let commands = evens
            .map(|even| self.fill(instrument, (even, even + 1), HELD))
            .collect();
        Block {
            height: self.state.height + 1,
            time_ms: self.state.time_ms,
            commands,
            ..Block::default()
        }
    }

    fn fill(&mut self, instrument: Instrument, (buyer, seller): (u32, u32), quantity: Fixed) -> Command {
        let mark = self.state.mark(&instrument).expect("priced");
        self.nonce += 2;
        let quantity = quantity.raw();
        let post = Intent {
            account: account(buyer),
            nonce: self.nonce,
            expiry_ms: self.state.time_ms + LIFE * STEP_MS,
            instrument,
            side: Side::Buy,
            quantity,
            limit: mark.raw(),
            max_fee: 0,
            venue: Address::ZERO,
            kind: IntentKind::Post,
            reduce_only: false,
            counterparty: None,
        };
        let take = Intent {
            account: account(seller),
            nonce: self.nonce + 1,
            side: Side::Sell,
            kind: IntentKind::Take,
            ..post
        };
        Command::Fill(Match { post, take, quantity })
    }

    fn priced(&self, time_ms: u64) -> Block {
        Block {
            height: self.state.height + 1,
            time_ms,
            reports: reports(time_ms),
            ..Block::default()
        }
    }

    fn deposits(&self) -> Block {
        let amount = U256::from(1_000_000_000_000_u64);
        let attestation = Attestation {
            chain: CHAIN,
            height: 1,
            block_hash: Hash([7; 32]),
            timestamp: START_MS / 1_000,
            previous: 0,
            first_seq: 0,
            event_count: self.subs,
            events_root: Hash([8; 32]),
        };
        let deposit = |number: u32| {
            let event = Deposited {
                seq: u64::from(number),
                asset: CASH.asset,
                account: account(number),
                amount,
                holdings: amount * U256::from(number + 1),
            };
            Fact::Event(CHAIN, VaultEvent::Deposited(event))
        };
        let facts = std::iter::once(Fact::Attestation(attestation)).chain((0..self.subs).map(deposit));
        Block {
            facts: facts.collect(),
            ..self.priced(START_MS + 2_000)
        }
    }
}

fn account(number: u32) -> Account {
    let mut owner = [0xaa; 20];
    owner[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    Account {
        owner: Address(owner),
        sub: number,
    }
}

fn attester(number: u8) -> Address {
    Address([0xf0 + number; 20])
}

fn reports(time_ms: u64) -> Vec<Report> {
    let quote = |value: Fixed| Quote {
        value: value.raw(),
        confidence: 0,
    };
    let asset = |feed: u32, price: i64| AssetPrice {
        underlying: Underlying(feed),
        spot: quote(Fixed::from_int(price)),
        mark: Some(quote(Fixed::from_int(price))),
        stable: Some(quote(Fixed::ONE)),
    };
    let assets: Vec<_> = (1..6)
        .map(|feed| asset(feed, if feed == 1 { 1 } else { PRICE }))
        .collect();
    let expiry = ExpiryPrice {
        underlying: Underlying(2),
        expiry: EXPIRY,
        forward: quote(Fixed::from_int(PRICE)),
        rate: quote(Fixed::ZERO),
        svi: Some(smile()),
    };
    let report = |number: u8| PriceReport {
        attester: attester(number),
        time_ms,
        assets: assets.clone(),
        expiries: vec![expiry],
    };
    (0..4).map(|number| Report::Price(report(number))).collect()
}

/// About 60 % a year over the week.
fn smile() -> Svi {
    let part = |ppm: i64| Fixed::from_ppm(ppm).raw();
    Svi {
        a: part(4_900),
        b: part(20_000),
        rho: 0,
        m: 0,
        sigma: part(100_000),
        fwd: Fixed::from_int(PRICE).raw(),
        tau: part(19_178),
        confidence: part(1_000),
    }
}

fn genesis(instruments: &[Instrument]) -> State {
    let mut state = State {
        time_ms: START_MS,
        ..State::default()
    };
    let terms = AssetTerms {
        class: Class::Cash,
        decimals: 6,
        feed: CASH_FEED,
    };
    let books = Asset::new(terms, Default::default());
    state.assets.insert(
        CASH,
        Asset {
            interest_ms: START_MS,
            ..books
        },
    );
    (1..6).for_each(|feed| drop(state.feeds.insert(Underlying(feed), Feed::default())));
    let mut chain = Chain {
        vault: Some(Hash([9; 32])),
        ..Chain::new(Custody::Contract, Default::default(), CASH_FEED)
    };
    chain.risk.source_risk_minimum = Fixed::from_int(1_000_000_000_000);
    state.chains.insert(CHAIN, chain);
    state.health.insert(CHAIN, Health::new(900_000));
    for instrument in instruments {
        state.listings.insert(Series::of(instrument), Listing::default());
    }
    let members: std::collections::BTreeMap<Address, u32> =
        (0..4).map(|number| (attester(number), 1)).collect();
    for address in members.keys() {
        let row = Attester {
            weight: 1,
            stake: Fixed::from_int(1_000_000_000_000),
            ..Attester::default()
        };
        state.attesters.insert(*address, row);
    }
    state.sets.current = AttesterSet { id: 1, members };
    state.sets.epoch_ms = START_MS;
    state.staking.asset = Some(CASH);
    state
}
