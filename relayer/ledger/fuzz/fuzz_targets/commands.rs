//! Any sequence of commands, deposits and prices on a small network: nothing panics and the books of every asset balance.
#![no_main]

use ledger::{
    block::apply_block,
    command::{Block, Command, Fact, Match, Report},
    ids::{Account, Address, AssetId, ChainId, Hash, Instrument, Side, Underlying},
    math::Fixed,
    parameters::genesis,
    state::State,
};
use libfuzzer_sys::{
    arbitrary::{self, Unstructured},
    fuzz_target,
};
use wire::{
    U256,
    attestation::Attestation,
    command::{
        AssetPrice, Batch, CancelIntents, CancelScope, CancelWithdraw, ClaimSuspense, Flag, Intent,
        IntentKind, LiquidationBid, MarginModel, PriceReport, Quote, RequestWithdraw, SetModel, Step,
        TransferSub,
    },
    event::{Deposited, VaultEvent},
};

const CHAIN: ChainId = ChainId(1);
const CASH: AssetId = AssetId {
    chain: CHAIN,
    asset: Hash([1; 32]),
};
const COIN: AssetId = AssetId {
    chain: CHAIN,
    asset: Hash([2; 32]),
};
const BLOCKS: usize = 64;
/// One, at the scale of the ledger's numbers.
const ONE: i128 = Fixed::ONE.raw();

const GENESIS: &str = r#"
[parameters]
[[chain]]
id = 1
custody = "contract"
native = 2
normal_lag_ms = "15min"
[[feed]]
id = 1
[[feed]]
id = 2
[[asset]]
chain = 1
token = "0x0101010101010101010101010101010101010101010101010101010101010101"
class = "cash"
decimals = 6
feed = 1
[[asset]]
chain = 1
token = "0x0202020202020202020202020202020202020202020202020202020202020202"
class = "collateral"
decimals = 6
feed = 2
[[listing]]
kind = "perpetual"
underlying = 2
cash = 0
[[listing]]
kind = "spot"
base = 1
cash = 0
[staking]
asset = 0
[[attester]]
address = "0x0101010101010101010101010101010101010101"
weight = 1
[[attester]]
address = "0x0202020202020202020202020202020202020202"
weight = 1
[[attester]]
address = "0x0303030303030303030303030303030303030303"
weight = 1
[[attester]]
address = "0x0404040404040404040404040404040404040404"
weight = 1
"#;

/// The ledger, and its one vault as its chain has it.
struct Network {
    state: State,
    height: u64,
    seq: u64,
    holdings: [U256; 2],
    price: i128,
    nonce: u64,
}

impl Network {
    fn new() -> Self {
        let mut state = genesis(GENESIS).expect("a genesis file");
        state.chains.row(&CHAIN).expect("listed").vault = Some(Hash([9; 32]));
        for number in 1..=4 {
            let attester = state.attesters.row(&Address([number; 20])).expect("listed");
            attester.stake = Fixed::from_int(1_000_000);
        }
        let price = Fixed::from_int(100).raw();
        Self {
            state,
            height: 0,
            seq: 0,
            holdings: [U256::ZERO; 2],
            price,
            nonce: 0,
        }
    }

    fn block(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let elapsed: u64 = *input.choose(&[0, 1_000, 5_000, 40_000, 3_600_000])?;
        let mut block = Block {
            height: self.state.height + 1,
            time_ms: self.state.time_ms + elapsed,
            ..Block::default()
        };
        if input.ratio(1, 3)? {
            block.facts = self.deposit(input, block.time_ms)?;
        }
        if input.ratio(2, 3)? {
            block.reports = self.reports(input, block.time_ms)?;
        }
        for _ in 0..input.int_in_range(0..=4)? {
            block.commands.push(self.command(input)?);
        }
        apply_block(&mut self.state, &block);
        self.books_balance();
        Ok(())
    }

    fn books_balance(&self) {
        for (asset, books) in self.state.assets.iter() {
            assert_eq!(books.gap(), Ok(Fixed::ZERO), "{asset:?}");
            assert!(
                !books.dust.is_negative() && !books.insurance.is_negative(),
                "{asset:?}: {books:?}"
            );
        }
        for (account, sub) in self.state.subs.iter() {
            assert!(
                sub.positions
                    .values()
                    .all(|position| !position.quantity.is_zero()),
                "{account:?}"
            );
        }
    }

    fn deposit(&mut self, input: &mut Unstructured<'_>, time_ms: u64) -> arbitrary::Result<Vec<Fact>> {
        let place = usize::from(input.ratio(1, 3)?);
        let amount = U256::from(input.int_in_range(0..=1_000_000_u64)?) * U256::from(1_000_000);
        self.holdings[place] += amount;
        let deposited = Deposited {
            seq: self.seq,
            asset: [CASH, COIN][place].asset,
            account: account(input)?,
            amount,
            holdings: self.holdings[place],
        };
        let attestation = Attestation {
            chain: CHAIN,
            height: self.height + 1,
            block_hash: Hash([7; 32]),
            timestamp: time_ms / 1_000,
            previous: self.height,
            first_seq: self.seq,
            event_count: 1,
            events_root: Hash([8; 32]),
        };
        (self.height, self.seq) = (self.height + 1, self.seq + 1);
        Ok(vec![
            Fact::Attestation(attestation),
            Fact::Event(CHAIN, VaultEvent::Deposited(deposited)),
        ])
    }

    fn reports(&mut self, input: &mut Unstructured<'_>, time_ms: u64) -> arbitrary::Result<Vec<Report>> {
        let move_bp = i128::from(input.int_in_range(-900_i32..=900)?);
        self.price = (self.price / 10_000 * (10_000 + move_bp)).clamp(ONE, ONE * 1_000_000);
        let confidence = i128::from(input.arbitrary::<u32>()?);
        let asset = |underlying, value| AssetPrice {
            underlying: Underlying(underlying),
            spot: Quote { value, confidence },
            mark: Some(Quote { value, confidence }),
            stable: None,
        };
        let assets = vec![asset(1, ONE), asset(2, self.price)];
        let report = |number| PriceReport {
            attester: Address([number; 20]),
            time_ms,
            assets: assets.clone(),
            expiries: vec![],
        };
        Ok((1..=input.int_in_range(0..=4)?)
            .map(|number| Report::Price(report(number)))
            .collect())
    }

    fn command(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<Command> {
        Ok(match input.int_in_range(0..=9)? {
            0..=3 => Command::Fill(self.fill(input)?),
            4 => Command::Flag(Flag {
                target: account(input)?,
            }),
            5 => Command::Batch(self.batch(input)?),
            _ => Command::Owner(self.step(input)?),
        })
    }

    fn batch(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<Batch> {
        let count = input.int_in_range(0..=3)?;
        let steps = (0..count).map(|_| self.step(input)).collect::<Result<_, _>>()?;
        Ok(Batch {
            owner: account(input)?.owner,
            steps,
        })
    }

    /// Mostly a new nonce, sometimes any.
    fn nonce(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
        self.nonce += 1;
        if input.ratio(1, 8)? {
            input.int_in_range(0..=self.nonce)
        } else {
            Ok(self.nonce)
        }
    }

    fn expiry_ms(&self, input: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
        let later = if input.ratio(1, 10)? {
            input.arbitrary()?
        } else {
            86_400_000
        };
        Ok(self.state.time_ms.saturating_add(later))
    }

    fn step(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<Step> {
        let (account, nonce, expiry_ms) = (account(input)?, self.nonce(input)?, self.expiry_ms(input)?);
        let asset = *input.choose(&[CASH, CASH, COIN])?;
        Ok(match input.int_in_range(0..=6)? {
            0 => Step::ClaimSuspense(ClaimSuspense {
                account,
                nonce,
                expiry_ms,
                chain: CHAIN,
                seq: input.int_in_range(0..=self.seq)?,
            }),
            1 => Step::RequestWithdraw(RequestWithdraw {
                account,
                nonce,
                expiry_ms,
                asset,
                amount: amount(input)?,
                destination: CHAIN,
                recipient: Hash([7; 32]),
                max_fee: amount(input)?,
            }),
            2 => Step::CancelWithdraw(CancelWithdraw {
                account,
                nonce,
                expiry_ms,
                withdrawal: input.int_in_range(0..=self.nonce)?,
            }),
            3 => Step::CancelIntents(CancelIntents {
                account,
                nonce,
                expiry_ms,
                scope: *input.choose(&[CancelScope::One, CancelScope::AllBelow])?,
                intent: input.int_in_range(0..=self.nonce)?,
            }),
            4 => Step::TransferSub(TransferSub {
                account,
                nonce,
                expiry_ms,
                to: input.int_in_range(0..=2)?,
                asset,
                amount: amount(input)?,
            }),
            5 => Step::SetModel(SetModel {
                account,
                nonce,
                expiry_ms,
                model: *input.choose(&[MarginModel::Standard, MarginModel::Portfolio])?,
            }),
            _ => Step::LiquidationBid(self.bid(input, account, nonce, expiry_ms)?),
        })
    }

    fn bid(
        &self,
        input: &mut Unstructured<'_>,
        bidder: Account,
        nonce: u64,
        expiry_ms: u64,
    ) -> arbitrary::Result<LiquidationBid> {
        Ok(LiquidationBid {
            account: bidder,
            nonce,
            expiry_ms,
            target: account(input)?,
            fraction: Fixed::from_ppm(input.int_in_range(0..=1_000_000)?).raw(),
            price_limit: Fixed::from_int(1_000_000_000).raw(),
            epoch: self.state.feeds.get(&Underlying(2)).map_or(0, |feed| feed.epoch),
        })
    }

    fn fill(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<Match> {
        let perpetual = Instrument::Perpetual {
            underlying: Underlying(2),
            cash: CASH,
        };
        let spot = Instrument::Spot {
            base: COIN,
            quote: CASH,
        };
        let limit = self.price + amount(input)? % (self.price / 10);
        let quantity = amount(input)?;
        let post = Intent {
            account: account(input)?,
            nonce: self.nonce(input)?,
            expiry_ms: self.expiry_ms(input)?,
            instrument: *input.choose(&[perpetual, perpetual, spot])?,
            side: *input.choose(&[Side::Buy, Side::Sell])?,
            quantity: quantity.saturating_mul(2),
            limit,
            max_fee: input.int_in_range(0..=ONE)?,
            venue: *input.choose(&[Address::ZERO, Address([0xee; 20])])?,
            kind: IntentKind::Post,
            reduce_only: input.ratio(1, 8)?,
            counterparty: None,
        };
        let side = if post.side == Side::Buy {
            Side::Sell
        } else {
            Side::Buy
        };
        let (account, nonce) = (account(input)?, self.nonce(input)?);
        let take = Intent {
            account,
            nonce,
            side,
            quantity,
            kind: IntentKind::Take,
            ..post
        };
        Ok(Match { post, take, quantity })
    }
}

/// One of three owners' two subs.
fn account(input: &mut Unstructured<'_>) -> arbitrary::Result<Account> {
    let owner = Address([input.int_in_range(0x10..=0x12)?; 20]);
    Ok(Account {
        owner,
        sub: input.int_in_range(0..=1)?,
    })
}

/// Mostly within what subs have, sometimes anything.
fn amount(input: &mut Unstructured<'_>) -> arbitrary::Result<i128> {
    if input.ratio(1, 16)? {
        return input.arbitrary();
    }
    Ok(i128::from(input.int_in_range(0..=50_000_000_u32)?) * (ONE / 1_000))
}

fuzz_target!(|bytes: &[u8]| {
    let (mut network, mut input) = (Network::new(), Unstructured::new(bytes));
    for _ in 0..BLOCKS {
        if input.is_empty() || network.block(&mut input).is_err() {
            return;
        }
    }
});
