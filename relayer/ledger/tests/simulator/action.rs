//! What a simulation does, one step at a time: drawn from the seed, carried out against the world as it then is.
//!
//! An action holds choices, not finished commands, so that a list of them can be shortened and still mean something.

use ledger::{
    command::{Block, Fact, Offender, Report},
    ids::{AssetId, ChainId},
    math::Fixed,
};
use wire::{
    command::{ChainHealth, HealthReport},
    event::{Burned, Deposited, ReleaseFailed, Released, VaultEvent},
    types::Hash,
};

use crate::world::{ASSETS, ATTESTERS, CHAINS, World, account, attester, units};

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
        scope: u8,
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
            Self::Deposit { .. } | Self::EventOutOfTurn { .. } | Self::Release { .. } | Self::Burn { .. } => {
                block.facts = self.facts(world);
            }
            Self::Accuse { attester: number } => {
                block.offenders = vec![Offender {
                    attester: attester(number),
                    falsified: None,
                }];
            }
            _ => block.commands = self.command(world).into_iter().collect(),
        }
        block
    }

    fn facts(&self, world: &mut World) -> Vec<Fact> {
        match *self {
            Self::Deposit { asset, sub, amount } => {
                let (id, _, _, feed) = ASSETS[asset];
                let worth = Fixed::from_int(amount)
                    .div_floor(world.prices[&feed])
                    .expect("in range");
                let amount = units(&id, worth);
                world.attested(id.chain, |vault| {
                    let holdings = vault.holdings.entry(id.asset).or_default();
                    *holdings += amount;
                    let (holdings, seq) = (*holdings, next(&mut vault.seq));
                    let account = account(sub);
                    vec![VaultEvent::from(Deposited {
                        seq,
                        asset: id.asset,
                        account,
                        amount,
                        holdings,
                    })]
                })
            }
            Self::EventOutOfTurn { chain } => {
                let (chain, _) = CHAINS[chain];
                let event = ReleaseFailed {
                    seq: world.vaults[&chain].seq + 7,
                    id: 0,
                };
                vec![Fact::Event(chain, VaultEvent::from(event))]
            }
            Self::Release { pick, pays } => {
                let payable = world.payable();
                let Some((entry, row)) = payable.get(pick as usize % payable.len().max(1)).cloned() else {
                    return Vec::new();
                };
                let amount = units(&row.asset, row.amount);
                world.attested(row.destination, |vault| {
                    if !pays {
                        return vec![VaultEvent::from(ReleaseFailed {
                            seq: next(&mut vault.seq),
                            id: entry.0,
                        })];
                    }
                    let is_home = row.destination == row.asset.chain;
                    let asset = if is_home {
                        row.asset.asset
                    } else {
                        bridged(&row.asset)
                    };
                    let counter = vault.holdings.entry(asset).or_default();
                    *counter = if is_home {
                        *counter - amount
                    } else {
                        *counter + amount
                    };
                    let (holdings, seq) = (*counter, next(&mut vault.seq));
                    let (recipient, submitter) = (row.recipient, account(0).owner);
                    vec![VaultEvent::from(Released {
                        seq,
                        id: entry.0,
                        asset,
                        recipient,
                        amount,
                        submitter,
                        holdings,
                    })]
                })
            }
            Self::Burn {
                asset,
                chain,
                sub,
                part_bp,
            } => {
                let ((home, ..), (chain, _)) = (ASSETS[asset], CHAINS[chain]);
                let supply = world.vaults[&chain]
                    .holdings
                    .get(&bridged(&home))
                    .copied()
                    .unwrap_or_default();
                let amount = (supply * units_of(part_bp) / units_of(10_000)).min(supply);
                if amount.is_zero() || chain == home.chain {
                    return Vec::new();
                }
                world.attested(chain, |vault| {
                    let counter = vault.holdings.entry(bridged(&home)).or_default();
                    *counter -= amount;
                    let (holdings, seq) = (*counter, next(&mut vault.seq));
                    vec![VaultEvent::from(Burned {
                        seq,
                        home,
                        account: account(sub),
                        amount,
                        holdings,
                    })]
                })
            }
            _ => Vec::new(),
        }
    }
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
/// The name under which a chain's vault counts the bridged token of a foreign asset.
fn bridged(asset: &AssetId) -> Hash {
    asset.bridged()
}

fn units_of(count: i64) -> wire::U256 {
    wire::U256::from(count.unsigned_abs())
}

fn next(seq: &mut u64) -> u64 {
    let now = *seq;
    *seq += 1;
    now
}
