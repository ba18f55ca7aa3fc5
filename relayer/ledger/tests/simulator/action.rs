//! What a simulation does, one step at a time: drawn from the seed, carried out against the world as it then is.
//!
//! An action holds choices, not finished commands, so that a list of them can be shortened and still mean something.

use ledger::{
    command::{AttesterOrder, Block, Command, Fact, Match, QuorumOrder, Report},
    ids::{Account, AssetId, ChainId, Instrument, Side, Underlying},
    math::Fixed,
};
use wire::{
    command::{
        Batch, CancelIntents, CancelScope, CancelWithdraw, ChainHealth, ClaimSuspense, CustodyLoss, Enact,
        Flag, Halt, HaltByOne, HaltReason, HealthReport, Intent, IntentKind, LiquidationBid, MarginModel,
        Propose, RequestWithdraw, Resume, Scope, SetModel, Step, TransferSub, Unstake,
    },
    event::{Burned, Deposited, ReleaseFailed, Released, VaultEvent},
    types::{Address, Hash},
};

use crate::{
    random::Random,
    world::{ASSETS, ATTESTERS, CHAINS, SUBS, World, account, attester, instruments, units},
};

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
    pub(crate) fn draw(random: &mut Random) -> Self {
        let sub = |random: &mut Random| random.below(u64::from(SUBS)) as u8;
        let asset = |random: &mut Random| random.below(ASSETS.len() as u64) as usize;
        let chain = |random: &mut Random| random.below(CHAINS.len() as u64) as usize;
        match random.below(1000) {
            0..60 => Self::Wait {
                ms: [200, 1_000, 5_000, 31_000, 600_000][random.below(5) as usize],
            },
            60..260 => Self::draw_prices(random),
            260..275 => Self::Health {
                lag_s: random.below(7_200),
            },
            275..390 => Self::Deposit {
                asset: asset(random),
                sub: sub(random),
                amount: random.between(1, 200_000),
            },
            390..395 => Self::EventOutOfTurn { chain: chain(random) },
            395..415 => Self::Attest {
                chain: chain(random),
                wait_ms: [1_000, 90_000_000][usize::from(random.once_in(20))],
            },
            415..450 => Self::Release {
                pick: random.next(),
                pays: !random.once_in(5),
            },
            450..460 => Self::Burn {
                asset: asset(random),
                chain: chain(random),
                sub: sub(random),
                part_bp: random.between(1, 11_000),
            },
            460..510 => Self::Withdraw {
                sub: sub(random),
                asset: asset(random),
                part_bp: random.between(0, 12_000),
                destination: chain(random),
                max_fee: random.between(0, 100),
            },
            510..520 => Self::CancelWithdraw {
                sub: sub(random),
                back: random.below(20),
            },
            520..800 => Self::Fill {
                instrument: random.below(instruments().len() as u64) as usize,
                buyer: sub(random),
                seller: sub(random),
                milli: random.between(0, 3_000),
                offset_bp: random.between(-300, 300),
                reduce_only: random.once_in(10),
                fault: random.below(40) as u8,
            },
            800..840 => Self::Transfer {
                sub: sub(random),
                asset: asset(random),
                part_bp: random.between(-10, 12_000),
            },
            840..850 => Self::SetModel {
                sub: sub(random),
                portfolio: random.once_in(2),
            },
            850..860 => Self::CancelIntents { sub: sub(random) },
            860..870 => Self::ClaimSuspense {
                pick: random.next(),
                sub: sub(random),
            },
            870..885 => Self::Batch {
                sub: sub(random),
                asset: asset(random),
                parts_bp: [random.between(1, 6_000), random.between(1, 6_000)],
            },
            885..935 => Self::Bid {
                bidder: sub(random),
                target: sub(random),
                part_bp: random.between(0, 10_000),
                stale_epoch: random.once_in(8),
            },
            935..950 => Self::Flag { target: sub(random) },
            950..958 => Self::Halt {
                scope: random.below(5) as u8,
            },
            958..974 => Self::Resume {
                scope: random.below(5) as u8,
            },
            974..978 => Self::HaltByOne {
                attester: random.below(5) as u8,
                chain: chain(random),
            },
            978..982 => Self::CustodyLoss {
                asset: asset(random),
                part_bp: random.between(0, 1_500),
                sub: random.once_in(2).then_some(sub(random)),
            },
            982..988 => Self::Propose {
                id: random.below(6),
                value_ppm: random.between(0, 1_000_000),
            },
            988..994 => Self::Enact {
                attester: random.below(5) as u8,
                proposal: random.below(6),
            },
            994..998 => Self::Unstake {
                attester: random.below(5) as u8,
                whole: random.between(0, 1_000_000),
            },
            998 if random.once_in(20) => Self::Accuse {
                attester: random.below(5) as u8,
            },
            _ => Self::Wait { ms: 3_600_000 },
        }
    }

    fn draw_prices(random: &mut Random) -> Self {
        // Mostly small steps, now and then a jump or a collapse.
        let reach = match random.below(60) {
            0 => 4_000,
            1..5 => 900,
            _ => 60,
        };
        let stable = if random.once_in(200) { 300 } else { 5 };
        Self::Prices {
            moves_bp: [
                random.between(-reach, reach),
                random.between(-reach, reach),
                random.between(-stable, stable),
                random.between(-stable, stable),
            ],
            reporters: if random.once_in(15) {
                random.below(4) as u8
            } else {
                ATTESTERS
            },
            spread_bp: if random.once_in(25) {
                random.between(0, 400)
            } else {
                1
            },
            wait_ms: [1_000, 1_000, 1_000, 4_000, 20_000][random.below(5) as usize],
        }
    }

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
            Self::Accuse { attester: number } => block.offenders = vec![attester(number)],
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

    fn command(&self, world: &mut World) -> Option<Command> {
        let nonce = world.next_nonce();
        let state = &world.state;
        let expiry_ms = state.time_ms + 86_400_000;
        let claim = |who: Account, asset: AssetId| state.claim(who, asset).unwrap_or(Fixed::ZERO);
        let part = |who: Account, asset: AssetId, bp: i64| {
            claim(who, asset)
                .mul_floor(Fixed::from_ppm(bp * 100))
                .map_or(0, Fixed::raw)
        };
        let owner = |step: Step| Some(Command::Owner(step));
        let serial = nonce;
        match *self {
            Self::Withdraw {
                sub,
                asset,
                part_bp,
                destination,
                max_fee,
            } => {
                let (account, asset) = (account(sub), ASSETS[asset].0);
                let amount = part(account, asset, part_bp);
                let (destination, recipient) = (CHAINS[destination].0, Hash([5; 32]));
                let max_fee = Fixed::from_int(max_fee).raw();
                owner(Step::from(RequestWithdraw {
                    account,
                    nonce,
                    expiry_ms,
                    asset,
                    amount,
                    destination,
                    recipient,
                    max_fee,
                }))
            }
            Self::CancelWithdraw { sub, back } => {
                let rows = state.withdrawals.values().filter(|row| row.sub == account(sub));
                let withdrawal = rows.last().map_or(back, |row| row.nonce);
                owner(Step::from(CancelWithdraw {
                    account: account(sub),
                    nonce,
                    expiry_ms,
                    withdrawal,
                }))
            }
            Self::Transfer { sub, asset, part_bp } => owner(Step::from(transfer(
                sub,
                nonce,
                expiry_ms,
                ASSETS[asset].0,
                |who, asset| part(who, asset, part_bp),
            ))),
            Self::Batch { sub, asset, parts_bp } => {
                let asset = ASSETS[asset].0;
                let step = |place: usize| {
                    let nonce = nonce + ((place as u64) << 40);
                    Step::from(transfer(sub, nonce, expiry_ms, asset, |who, asset| {
                        part(who, asset, parts_bp[place])
                    }))
                };
                Some(Command::Batch(Batch {
                    owner: account(sub).owner,
                    steps: vec![step(0), step(1)],
                }))
            }
            Self::SetModel { sub, portfolio } => {
                let model = if portfolio {
                    MarginModel::Portfolio
                } else {
                    MarginModel::Standard
                };
                owner(Step::from(SetModel {
                    account: account(sub),
                    nonce,
                    expiry_ms,
                    model,
                }))
            }
            Self::CancelIntents { sub } => owner(Step::from(CancelIntents {
                account: account(sub),
                nonce,
                expiry_ms,
                scope: CancelScope::AllBelow,
                intent: nonce / 2,
            })),
            Self::ClaimSuspense { pick, sub } => {
                let rows: Vec<_> = state.suspense.iter().collect();
                let row = rows.get(pick as usize % rows.len().max(1));
                let (who, chain, seq) = row
                    .map_or((account(sub), ChainId(1), pick), |((chain, seq), row)| {
                        (row.account, *chain, *seq)
                    });
                owner(Step::from(ClaimSuspense {
                    account: who,
                    nonce,
                    expiry_ms,
                    chain,
                    seq,
                }))
            }
            Self::Bid {
                bidder,
                target,
                part_bp,
                stale_epoch,
            } => {
                let targets: Vec<Account> = state.auctions.keys().copied().collect();
                let target = targets
                    .get(usize::from(target) % targets.len().max(1))
                    .copied()
                    .unwrap_or(account(target));
                let epoch =
                    state.feeds.get(&Underlying(1)).map_or(0, |feed| feed.epoch) + u64::from(stale_epoch);
                let (fraction, limit) = (
                    Fixed::from_ppm(part_bp * 100).raw(),
                    Fixed::from_int(1_000_000).raw(),
                );
                owner(Step::from(bid(
                    account(bidder),
                    nonce,
                    expiry_ms,
                    target,
                    fraction,
                    limit,
                    epoch,
                )))
            }
            Self::Fill { .. } => self.fill(world, nonce, expiry_ms).map(Command::Fill),
            Self::Flag { target } => Some(Command::Flag(Flag {
                target: account(target),
            })),
            Self::Halt { scope } => Some(Command::Quorum(QuorumOrder::Halt(Halt {
                serial,
                expiry_ms,
                scope: scope_of(scope),
                reason: HaltReason::PriceFault,
            }))),
            Self::Resume { scope } => Some(Command::Quorum(QuorumOrder::Resume(Resume {
                serial,
                expiry_ms,
                scope: scope_of(scope),
            }))),
            Self::HaltByOne {
                attester: number,
                chain,
            } => Some(Command::Attester(AttesterOrder::Halt(HaltByOne {
                attester: attester(number),
                nonce,
                expiry_ms,
                chain: CHAINS[chain].0,
                reason: HaltReason::ChainFault,
            }))),
            Self::CustodyLoss { asset, part_bp, sub } => {
                let asset = ASSETS[asset].0;
                let posted = state.assets.get(&asset)?.vault.posted();
                let amount = posted.mul_floor(Fixed::from_ppm(part_bp * 100)).ok()?.raw();
                let loss = CustodyLoss {
                    serial,
                    expiry_ms,
                    asset,
                    amount,
                    account: sub.map(account),
                };
                Some(Command::Quorum(QuorumOrder::CustodyLoss(loss)))
            }
            Self::Propose { id, value_ppm } => Some(Command::Quorum(QuorumOrder::Propose(Propose {
                id,
                expiry_ms: state.time_ms + 5 * 86_400_000,
                parameter: Hash([id as u8; 32]),
                subject: Hash::ZERO,
                value: Fixed::from_ppm(value_ppm).raw(),
            }))),
            Self::Enact {
                attester: number,
                proposal,
            } => Some(Command::Attester(AttesterOrder::Enact(Enact {
                attester: attester(number),
                nonce,
                expiry_ms,
                proposal,
            }))),
            Self::Unstake {
                attester: number,
                whole,
            } => Some(Command::Attester(AttesterOrder::Unstake(Unstake {
                attester: attester(number),
                nonce,
                expiry_ms,
                amount: Fixed::from_int(whole).raw(),
            }))),
            _ => None,
        }
    }

    fn fill(&self, world: &mut World, nonce: u64, expiry_ms: u64) -> Option<Match> {
        let Self::Fill {
            instrument,
            buyer,
            seller,
            milli,
            offset_bp,
            reduce_only,
            fault,
        } = *self
        else {
            return None;
        };
        let instrument = instruments()[instrument];
        let mark = world.state.mark(&instrument).unwrap_or(Fixed::ONE);
        let limit = mark
            .mul_floor(Fixed::from_ppm(1_000_000 + offset_bp * 100))
            .ok()?
            .raw();
        let quantity = Fixed::from_ppm(milli * 1_000).raw();
        let post = Intent {
            account: account(buyer),
            nonce,
            expiry_ms,
            instrument,
            side: Side::Buy,
            quantity: quantity * 2,
            limit,
            max_fee: Fixed::from_int(1).raw(),
            venue: Address([0xee; 20]),
            kind: IntentKind::Post,
            reduce_only: false,
            counterparty: None,
        };
        let mut take = Intent {
            account: account(seller),
            nonce: world.next_nonce(),
            side: Side::Sell,
            quantity,
            kind: IntentKind::Take,
            reduce_only,
            ..post
        };
        match fault {
            0 => take.side = Side::Buy,
            1 => take.limit += 1,
            2 => take.kind = IntentKind::Post,
            3 => take.expiry_ms = world.state.time_ms,
            4 => {
                take.instrument = Instrument::Perpetual {
                    underlying: Underlying(9),
                    cash: ASSETS[0].0,
                }
            }
            5 => take.counterparty = Some(Address([0xcc; 20])),
            _ => {}
        }
        let quantity = if fault == 6 { quantity + 1 } else { quantity };
        Some(Match { post, take, quantity })
    }
}

fn bid(
    account: Account,
    nonce: u64,
    expiry_ms: u64,
    target: Account,
    fraction: i128,
    price_limit: i128,
    epoch: u64,
) -> LiquidationBid {
    LiquidationBid {
        account,
        nonce,
        expiry_ms,
        target,
        fraction,
        price_limit,
        epoch,
    }
}

fn transfer(
    sub: u8,
    nonce: u64,
    expiry_ms: u64,
    asset: AssetId,
    part: impl Fn(Account, AssetId) -> i128,
) -> TransferSub {
    let from = account(sub);
    TransferSub {
        account: from,
        nonce,
        expiry_ms,
        to: 1 - from.sub,
        asset,
        amount: part(from, asset),
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
            release_cost: 0,
        };
        Report::Health(HealthReport {
            attester: attester(number),
            time_ms: now,
            chains: CHAINS.iter().map(row).collect(),
        })
    };
    (0..ATTESTERS).map(report).collect()
}

fn scope_of(number: u8) -> Scope {
    match number {
        0 => Scope::Everything,
        4 => Scope::Asset(ASSETS[0].0),
        chain => Scope::Chain(CHAINS[usize::from(chain) - 1].0),
    }
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
