//! What actions ask of the ledger: each as one command, fitted to the world as it is.

use ledger::{
    block::apply_block,
    command::{AttesterOrder, Block, Command, Match, QuorumOrder},
    governance::{of_address, of_number, padded},
    ids::{Account, AssetId, ChainId, Instrument, Side, Underlying, expiry},
    math::Fixed,
    state::State,
};
use wire::{
    U256,
    command::{
        Batch, CancelIntents, CancelScope, CancelWithdraw, Checkpoint, ClaimSuspense, CustodyLoss, Enact,
        Flag, Halt, HaltByOne, HaltReason, Intent, IntentKind, LiquidationBid, MarginModel, Propose,
        RegisterVault, ReorgStatement, RequestWithdraw, Resume, Reversal, Scope, SetModel, Step, TransferSub,
        Unstake,
    },
    types::{Address, BlockRef, Hash},
};

use crate::{
    action::Action,
    world::{ASSETS, CHAINS, SUBS, World, account, attester, instruments, unit},
};

impl Action {
    /// The command that this action gives, if it gives one.
    pub(crate) fn command(&self, world: &mut World) -> Option<Command> {
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
                let mut rows = state.withdrawals.values().filter(|row| row.sub == account(sub));
                let withdrawal = rows.next_back().map_or(back, |row| row.nonce);
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
            Self::Lever {
                instrument,
                buyer,
                seller,
                part_bp,
            } => {
                let milli = largest(state, instrument, [buyer, seller], part_bp);
                let fill = Self::Fill {
                    instrument,
                    buyer,
                    seller,
                    milli,
                    offset_bp: 0,
                    reduce_only: false,
                    fault: u8::MAX,
                };
                fill.fill(world, nonce, expiry_ms).map(Command::Fill)
            }
            Self::Flag { target } => Some(Command::Flag(Flag {
                target: account(target),
            })),
            Self::Halt { scope } => Some(Command::Quorum(QuorumOrder::Halt(Halt {
                serial,
                expiry_ms,
                scope: scope_of(scope),
                reason: HaltReason::PriceFault,
            }))),
            Self::Resume { pick } => {
                let scopes: Vec<Scope> = state.halts.keys().copied().collect();
                let scope = scopes.get(pick as usize % scopes.len().max(1));
                Some(Command::Quorum(QuorumOrder::Resume(Resume {
                    serial,
                    expiry_ms,
                    scope: scope.copied().unwrap_or(Scope::Everything),
                })))
            }
            Self::CashOut { instrument, other } => {
                let fill = cash_out(state, instrument, other)?;
                fill.fill(world, nonce, expiry_ms).map(Command::Fill)
            }
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
                    cause: None,
                };
                Some(Command::Quorum(QuorumOrder::CustodyLoss(loss)))
            }
            Self::Propose { id, value_ppm } => {
                let value = Fixed::from_ppm(value_ppm / 200).raw();
                let (name, subject, value) = match id {
                    0 => ("vault.limit", of_number(1), value),
                    1 => (
                        "weight",
                        of_address(attester((value_ppm % 6) as u8)),
                        i128::from(value_ppm % 2),
                    ),
                    2 => ("no_such_value", Hash::ZERO, value),
                    _ => ("venue_fee_cap", Hash::ZERO, value),
                };
                Some(Command::Quorum(QuorumOrder::Propose(Propose {
                    id: state.scans.next_proposal,
                    expiry_ms: state.time_ms + 6 * 86_400_000,
                    parameter: padded(name.as_bytes()),
                    subject,
                    value,
                })))
            }
            Self::Enact {
                attester: number,
                proposal,
            } => Some(Command::Attester(AttesterOrder::Enact(Enact {
                attester: attester(number),
                nonce,
                expiry_ms,
                proposal: state
                    .proposals
                    .keys()
                    .nth(proposal as usize % 3)
                    .copied()
                    .unwrap_or(proposal),
            }))),
            Self::Reorganise { chain } => reorganised(world, CHAINS[chain].0, serial, expiry_ms),
            Self::RegisterVault { chain } => {
                Some(Command::Quorum(QuorumOrder::RegisterVault(RegisterVault {
                    chain: ChainId(chain),
                    evm_chain_id: u64::from(chain),
                    address: Hash([9; 32]),
                    code_hash: Hash([1; 32]),
                    from_height: 1,
                })))
            }
            Self::Checkpoint { chain, rises } => {
                let chain = CHAINS[chain].0;
                let height = state.checkpoints.get(&chain).map_or(0, |last| last.height) + rises;
                Some(Command::Quorum(QuorumOrder::Checkpoint(Checkpoint {
                    chain,
                    height,
                    hash: Hash([2; 32]),
                    not_after: state.time_ms / 1_000 + 86_400,
                })))
            }
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
        let instrument = open_instrument(&world.state, instrument);
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
/// The statement that the newest block of a chain, which held one deposit, is orphaned; where it is taken the vault forgets it as well.
fn reorganised(world: &mut World, chain: ChainId, serial: u64, expiry_ms: u64) -> Option<Command> {
    let (seq, account, asset, units) = world.deposits.remove(&chain)?;
    let height = world.vaults.get(&chain)?.height;
    let at = |byte| BlockRef {
        height,
        hash: Hash([byte; 32]),
    };
    let amount = i128::try_from(units * U256::from(Fixed::ONE.raw().unsigned_abs()) / unit(&asset)).ok()?;
    let reversals = vec![Reversal {
        seq,
        account,
        asset,
        amount,
    }];
    let command = Command::Quorum(QuorumOrder::Reorg(ReorgStatement {
        serial,
        expiry_ms,
        chain,
        old: at(1),
        new: at(2),
        first_seq: seq,
        reversals,
    }));
    let block = Block {
        commands: vec![command.clone()],
        ..world.block_at(world.state.time_ms)
    };
    if matches!(apply_block(&mut world.state.clone(), &block).pop(), Some(Ok(_))) {
        let vault = world.vaults.get_mut(&chain)?;
        vault.seq = seq;
        *vault.holdings.entry(asset.asset).or_default() -= units;
    }
    Some(command)
}

/// Thousandths of a position that take `part_bp` of what the poorer of two subs has free.
fn largest(state: &State, instrument: usize, subs: [u8; 2], part_bp: i64) -> i64 {
    let instrument = open_instrument(state, instrument);
    let free = |sub: u8| {
        let risk = state.risk(account(sub)).ok()?;
        risk.value_free().ok()?.sub(risk.requirement.initial).ok()
    };
    let free = subs.into_iter().map(free).min().flatten().unwrap_or(Fixed::ZERO);
    let each = state.mark(&instrument).and_then(|mark| {
        let initial = state.listing(instrument)?.risk.initial;
        Ok(mark.mul_ceil(initial)?)
    });
    let Ok(each) = each else { return 1 };
    let quantity = free.max_zero().mul_floor(Fixed::from_ppm(part_bp * 100));
    let quantity = quantity.and_then(|quantity| quantity.div_floor(each.max(Fixed::ULP)));
    quantity.map_or(1, |quantity| {
        (quantity.raw() / (Fixed::ONE.raw() / 1_000)).clamp(1, 1_000_000) as i64
    })
}

/// The instrument of that number, or a perpetual once it has expired.
fn open_instrument(state: &State, number: usize) -> Instrument {
    let all = instruments();
    let is_over = expiry(&all[number]).is_some_and(|expiry| state.time_ms >= expiry * 1_000);
    all[if is_over { number % 2 } else { number }]
}

/// The fill by which the sub that has won most in a market closes there.
fn cash_out(state: &State, instrument: usize, other: u8) -> Option<Action> {
    let id = open_instrument(state, instrument);
    let mark = state.mark(&id).ok()?;
    let profit = |number: u8| {
        let held = *state.subs.get(&account(number))?.positions.get(&id)?;
        let profit = held.quantity.mul_floor(mark).ok()?.sub(held.cost).ok()?;
        Some((profit, number, held.quantity))
    };
    let (_, winner, quantity) = (0..SUBS)
        .filter(|number| *number != other)
        .filter_map(profit)
        .max()?;
    let (buyer, seller) = if quantity.is_negative() {
        (winner, other)
    } else {
        (other, winner)
    };
    Some(Action::Fill {
        instrument,
        buyer,
        seller,
        milli: i64::try_from(quantity.abs().raw() / (Fixed::ONE.raw() / 1_000)).ok()?,
        offset_bp: 0,
        reduce_only: false,
        fault: u8::MAX,
    })
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
fn scope_of(number: u8) -> Scope {
    match number {
        0 => Scope::Everything,
        4 => Scope::Asset(ASSETS[0].0),
        chain => Scope::Chain(CHAINS[usize::from(chain) - 1].0),
    }
}
