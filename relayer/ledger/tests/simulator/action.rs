//! What a simulation does, one step at a time: drawn from the seed, carried out against the world as it then is.
//!
//! An action holds choices, not finished commands, so that a list of them can be shortened and still mean something.

use ledger::{
    command::{Block, Offender, Report},
    ids::{ChainId, Instrument, expiry},
    math::Fixed,
    state::{AuctionKind, Life},
};
use wire::command::{ChainHealth, HealthReport};

use crate::world::{ATTESTERS, CHAINS, World, attester};

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Wait {
        ms: u64,
    },
    Prices {
        moves_bp: [i64; 4],
        reporters: u8,
        spread_bp: i64,
        wait_ms: u64,
    },
    Crash {
        feed: usize,
        move_bp: i64,
    },
    Health {
        lag_s: u64,
    },
    Deposit {
        asset: usize,
        sub: u8,
        amount: i64,
    },
    EventOutOfTurn {
        chain: usize,
    },
    Attest {
        chain: usize,
        wait_ms: u64,
    },
    Release {
        pick: u64,
        pays: bool,
    },
    Burn {
        asset: usize,
        chain: usize,
        sub: u8,
        part_bp: i64,
    },
    Withdraw {
        sub: u8,
        asset: usize,
        part_bp: i64,
        destination: usize,
        max_fee: i64,
    },
    CancelWithdraw {
        sub: u8,
        back: u64,
    },
    Fill {
        instrument: usize,
        buyer: u8,
        seller: u8,
        milli: i64,
        offset_bp: i64,
        reduce_only: bool,
        fault: u8,
    },
    Lever {
        instrument: usize,
        buyer: u8,
        seller: u8,
        part_bp: i64,
    },
    Transfer {
        sub: u8,
        asset: usize,
        part_bp: i64,
    },
    SetModel {
        sub: u8,
        portfolio: bool,
    },
    CancelIntents {
        sub: u8,
    },
    ClaimSuspense {
        pick: u64,
        sub: u8,
    },
    Batch {
        sub: u8,
        asset: usize,
        parts_bp: [i64; 2],
    },
    Bid {
        bidder: u8,
        target: u8,
        part_bp: i64,
        stale_epoch: bool,
    },
    Flag {
        target: u8,
    },
    Halt {
        scope: u8,
    },
    Resume {
        pick: u64,
    },
    HaltByOne {
        attester: u8,
        chain: usize,
    },
    CustodyLoss {
        asset: usize,
        part_bp: i64,
        sub: Option<u8>,
    },
    Propose {
        id: u64,
        value_ppm: i64,
    },
    Enact {
        attester: u8,
        proposal: u64,
    },
    Unstake {
        attester: u8,
        whole: i64,
    },
    Accuse {
        attester: u8,
    },
    /// Blocks of five seconds at prices that stand still, until the clock of an insolvent auction has run out, or a part of that, and
    /// what has expired has settled.
    RunOut {
        part: u64,
    },
    /// Whoever has won most in a market closes there against another.
    CashOut {
        instrument: usize,
        other: u8,
    },
    /// Another action's command by way of a vault; bytes that are none where it has none.
    Force {
        inner: Box<Action>,
    },
    Rotate {
        chain: usize,
    },
    Stake {
        attester: u8,
        whole: i64,
    },
    Slash {
        attester: u8,
    },
    BalanceReport {
        asset: usize,
        short: bool,
    },
    DeclareExit {
        chain: usize,
    },
    CancelExit,
    PayExit {
        pick: u64,
    },
    Governed,
    Reorganise {
        chain: usize,
    },
    RegisterVault {
        chain: u32,
    },
    Checkpoint {
        chain: usize,
        rises: u64,
    },
}
impl Action {
    /// The block that this action comes to in the world as it is.
    pub(crate) fn block(&self, world: &mut World) -> Block {
        let now = world.state.time_ms;
        let mut block = world.block_at(now);
        match *self {
            Self::Wait { ms } => block.time_ms = now + ms,
            Self::Prices {
                moves_bp,
                reporters,
                spread_bp,
                wait_ms,
            } => {
                move_prices(world, moves_bp);
                block.time_ms = now + wait_ms;
                // A report is from before its block.
                block.reports = world.price_reports(block.time_ms, reporters, spread_bp);
            }
            Self::Crash { feed, move_bp } => {
                let mut moves_bp = [0; 4];
                moves_bp[feed] = move_bp;
                move_prices(world, moves_bp);
                block.time_ms = now + 1_000;
                block.reports = world.price_reports(block.time_ms, ATTESTERS, 1);
            }
            Self::Health { lag_s } => block.reports = health_reports(now, lag_s),
            Self::Attest { chain, wait_ms } => {
                block.time_ms = now + wait_ms;
                world.state.time_ms = block.time_ms;
                block.facts = world.attested(CHAINS[chain].0, |_| Vec::new());
                world.state.time_ms = now;
            }
            Self::RunOut { part } => block = run_out(world, part),
            Self::Accuse { attester: number } => {
                block.offenders = vec![Offender {
                    attester: attester(number),
                    falsified: None,
                }];
            }
            _ => match self.command(world) {
                Some(command) => block.commands = vec![command],
                None => block.facts = self.facts(world),
            },
        }
        block
    }
}

/// Time between the blocks of a run-out: as far as an auction's clock goes per block.
const STEP_MS: u64 = 5_000;

/// Blocks in which an expiry whose average covers nothing yet settles: a quarter of an hour.
const AVERAGING_BLOCKS: u64 = 182;

/// The last block of a run-out; those before it are applied here.
fn run_out(world: &mut World, part: u64) -> Block {
    let ramp_ms = world.state.parameters.auction_ramp_ms;
    let running = world
        .state
        .auctions
        .values()
        .filter(|auction| auction.closed_ms.is_none());
    let clocks = running
        .filter(|auction| auction.kind == AuctionKind::Insolvent)
        .map(|auction| auction.clock_ms);
    let left = clocks
        .max()
        .map_or(0, |clock_ms| ramp_ms.saturating_sub(clock_ms) / STEP_MS);
    let now = world.state.time_ms;
    let is_over = |instrument: &Instrument| expiry(instrument).is_some_and(|expiry| now >= expiry * 1_000);
    let settles = world
        .state
        .markets
        .iter()
        .any(|(id, market)| market.life == Life::Live && is_over(id));
    let averaging = if settles { AVERAGING_BLOCKS } else { 0 };
    for place in 0..(left / part).max(averaging) {
        let block = quiet(world, place % 4 == 0);
        world.apply(block);
    }
    quiet(world, true)
}

/// A block in which nobody does anything but, every now and then, report the same prices.
fn quiet(world: &World, reports: bool) -> Block {
    let mut block = world.block_at(world.state.time_ms + STEP_MS);
    if reports {
        block.reports = world.price_reports(block.time_ms, ATTESTERS, 1);
    }
    block
}

fn move_prices(world: &mut World, moves_bp: [i64; 4]) {
    for ((_, price), bp) in world.prices.iter_mut().zip(moves_bp) {
        let moved = price
            .mul_floor(Fixed::from_ppm(1_000_000 + bp * 100))
            .expect("in range");
        *price = moved.clamp(Fixed::from_ppm(500_000), Fixed::from_int(10_000_000));
    }
}

fn health_reports(now: u64, lag_s: u64) -> Vec<Report> {
    let report = |number: u8| {
        let row = |(chain, _): &(ChainId, _)| ChainHealth {
            chain: *chain,
            lag_ms: lag_s * 1_000,
            latency_ms: lag_s * 1_000,
            // More where the chain is slow, and unknown to the last attester.
            release_cost: if number + 1 == ATTESTERS {
                0
            } else {
                i128::from(lag_s) * 1_000_000_000_000
            },
        };
        Report::Health(HealthReport {
            attester: attester(number),
            time_ms: now,
            chains: CHAINS.iter().map(row).collect(),
        })
    };
    (0..ATTESTERS).map(report).collect()
}
