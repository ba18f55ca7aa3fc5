//! What one attester, one user or one stale row must not be able to do to everybody else.

use super::*;
use crate::command::QuorumOrder;
use crate::state::{Accepted, Authority, Halt, Status};
use wire::command::{CustodyLoss, HaltReason, ReorgStatement, Reversal, Scope};
use wire::event::ExitDeclared;
use wire::types::BlockRef;

/// A block with the reports of all attesters, the first one's as `change` leaves it; answers the outcomes.
fn reported(world: &mut World, change: impl FnOnce(&mut PriceReport)) -> Vec<Outcome> {
    let time_ms = world.state.time_ms + 1_000;
    let mut reports = world.reports(time_ms);
    if let Some(Report::Price(first)) = reports.first_mut() {
        change(first);
    }
    let height = world.state.height + 1;
    let block = Block {
        height,
        time_ms,
        reports,
        ..Block::default()
    };
    apply_block(&mut world.state, &block)
}

#[test]
fn one_attesters_absurd_quote_does_not_stop_the_prices() {
    let mut world = World::funded();
    world.price = 101;
    let absurd = Quote {
        value: i128::MAX,
        confidence: i128::MAX,
    };
    let outcomes = reported(&mut world, |report| report.assets[1].spot = absurd);
    assert_eq!(outcomes[0], Err(Refusal::BadReport { field: "spot" }));
    assert_eq!(world.state.feeds[&BTC].spot.unwrap().price, int(101));
}

#[test]
pub(crate) fn refuses_reports_with_numbers_out_of_range() {
    let mut world = World::funded();
    let quote = |value, confidence| Quote { value, confidence };
    for (spot, mark) in [
        (quote(0, 0), None),
        (quote(1, -1), None),
        (quote(1, 0), Some(quote(-1, 0))),
    ] {
        let outcomes = reported(&mut world, |report| {
            (report.assets[1].spot, report.assets[1].mark) = (spot, mark);
        });
        assert!(
            matches!(outcomes[0], Err(Refusal::BadReport { .. })),
            "{outcomes:?}"
        );
    }
}

fn halted(world: &mut World, authority: Authority) {
    let halt = Halt {
        authority,
        reason: HaltReason::ChainFault,
        until_ms: None,
    };
    world.state.halts.insert(Scope::Chain(HOME), halt);
}

#[test]
fn one_attesters_halt_stops_no_trading() {
    let mut world = World::funded();
    halted(&mut world, Authority::Attester);
    world.trade(ALICE, BOB, 10, 100);
}

#[test]
fn under_a_quorums_halt_accounts_only_reduce() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    halted(&mut world, Authority::Quorum);
    let opening = world.meet(ALICE, CAROL, 1, 100);
    assert!(matches!(
        world.refused(Command::Fill(opening)),
        Refusal::ReduceOnly { .. }
    ));
    world.trade(BOB, ALICE, 10, 100);
}

#[test]
fn a_gap_in_the_books_keeps_the_halt_of_a_quorum() {
    let mut world = World::funded();
    halted(&mut world, Authority::Quorum);
    world.state.halt_for_gap(Scope::Chain(HOME));
    let halt = world.state.halts[&Scope::Chain(HOME)];
    assert_eq!(
        (halt.authority, halt.reason, halt.until_ms),
        (Authority::Quorum, HaltReason::ChainFault, None)
    );
}

/// Whoever could move a claim after its vault's last root could be paid there and here.
#[test]
pub(crate) fn claims_on_an_exited_chain_do_not_change_hands() {
    let mut world = World::funded();
    world.deposit(ALICE, COIN, 10);
    world.block(vec![]);
    let seq = world.next_seq(HOME);
    let declared = ExitDeclared {
        seq,
        height: 0,
        final_at: 0,
    };
    world.event(HOME, VaultEvent::ExitDeclared(declared));
    world.block(vec![]);
    let exited = Refusal::Exited { chain: HOME };
    let transfer = world.transfer(ALICE, 2, CASH, int(10));
    assert_eq!(world.refused(transfer), exited);
    let mut spot = world.meet(BOB, ALICE, 1, 100);
    let instrument = Instrument::Spot {
        base: COIN,
        quote: CASH,
    };
    (spot.post.instrument, spot.take.instrument) = (instrument, instrument);
    assert_eq!(world.refused(Command::Fill(spot)), exited);
    let fill = world.meet(ALICE, BOB, 1, 100);
    assert_eq!(world.refused(Command::Fill(fill)), exited);
}

/// A use is a row of its own, and what it was forgotten with leaves nothing behind.
#[test]
pub(crate) fn live_nonces_are_counted_and_bounded() {
    let mut world = World::funded();
    for _ in 0..3 {
        let transfer = world.transfer(ALICE, 2, CASH, int(1));
        world.one(transfer).unwrap();
    }
    let rows = world.state.uses.keys().filter(|(account, _)| *account == ALICE);
    assert_eq!(rows.count(), 3);
    world.state.nonces.row(&ALICE).unwrap().live = crate::state::NONCES_MAX;
    let transfer = world.transfer(ALICE, 2, CASH, int(1));
    assert_eq!(
        world.refused(transfer),
        Refusal::TooManyNonces {
            live: 4_096,
            most: 4_096
        }
    );
}

/// A coin of Alice's whose price nobody reports any more.
fn dust_without_a_price(world: &mut World) {
    let feed = Underlying(3);
    let coin = AssetId {
        asset: Hash([3; 32]),
        ..CASH
    };
    let terms = AssetTerms {
        class: Class::Collateral,
        decimals: 6,
        feed,
    };
    world
        .state
        .assets
        .insert(coin, Asset::new(terms, AssetRisk::default()));
    let spot = Some(Accepted {
        price: int(1),
        median: int(1),
        ..Accepted::default()
    });
    world.state.feeds.insert(
        feed,
        Feed {
            spot,
            ..Feed::default()
        },
    );
    world.deposit(ALICE, coin, 1);
    world.block(vec![]);
    assert_eq!(world.claim(ALICE, coin), int(1));
}

#[test]
fn dust_with_a_dead_price_shields_nobody_from_liquidation() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_500, 100);
    dust_without_a_price(&mut world);
    world.price = 95;
    world.block(vec![]);
    world.block(vec![]);
    assert_eq!(world.state.subs[&ALICE].status, Status::InAuction);
    let clock = world.state.auctions[&ALICE].clock_ms;
    world.block(vec![]);
    assert!(world.state.auctions[&ALICE].clock_ms > clock);
}

#[test]
fn a_reversed_deposit_is_taken_back_whole_where_part_of_it_was_claimed() {
    let mut world = World::funded();
    let seq = world.next_seq(HOME);
    world.deposit(ALICE, CASH, 150_000);
    world.block(vec![]);
    let claim = world.claim_suspense(ALICE, seq);
    world.one(claim).unwrap();
    assert_eq!(world.claim(ALICE, CASH), int(80_000));
    let cursor = world.state.chains[&HOME].cursor;
    let block = |height, byte| BlockRef {
        height,
        hash: Hash([byte; 32]),
    };
    let statement = ReorgStatement {
        serial: 1,
        expiry_ms: world.expiry_ms(),
        chain: HOME,
        old: block(cursor.height, 1),
        new: block(cursor.height, 2),
        first_seq: seq,
        reversals: vec![Reversal {
            seq,
            account: ALICE,
            asset: CASH,
            amount: int(150_000).raw(),
        }],
    };
    world.one(Command::Quorum(QuorumOrder::Reorg(statement))).unwrap();
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    let books = &world.state.assets[&CASH];
    assert_eq!((books.suspense, books.vault.posted()), (Fixed::ZERO, int(30_000)));
}

/// The vault's own counter knows nothing of a certified loss: later deposits must not halt the asset for it.
#[test]
fn deposits_go_on_after_a_certified_loss() {
    let mut world = World::funded();
    let loss = CustodyLoss {
        serial: 1,
        expiry_ms: world.expiry_ms(),
        asset: CASH,
        amount: int(3_000).raw(),
        account: None,
        cause: None,
    };
    world
        .one(Command::Quorum(QuorumOrder::CustodyLoss(loss)))
        .unwrap();
    let before = world.state.assets[&CASH].clone();
    assert_eq!((before.vault.posted(), before.lost), (int(27_000), int(3_000)));
    let seq = world.next_seq(HOME);
    world.event(
        HOME,
        VaultEvent::Deposited(Deposited {
            seq,
            asset: CASH.asset,
            account: ALICE,
            amount: U256::from(100_000_000),
            holdings: U256::from(30_100_000_000_u64),
        }),
    );
    world.block(vec![]);
    assert!(world.state.halts.is_empty());
    assert_eq!(world.state.assets[&CASH].vault.posted(), int(27_100));
}

#[test]
pub(crate) fn a_forced_command_runs_only_when_its_event_is_applied() {
    let mut world = World::funded();
    let transfer = world.transfer(ALICE, 2, CASH, int(10));
    let forced = |seq| Fact::Forced {
        chain: HOME,
        seq,
        command: Ok(std::boxed::Box::new(transfer.clone())),
    };
    let seq = world.next_seq(HOME);
    let early = world.facts(vec![forced(seq + 1)]);
    assert!(matches!(early.as_slice(), [Err(Refusal::EventOutOfOrder { .. })]));
    assert_eq!(world.claim(ALICE, CASH), int(10_000));
    let attestation = world.attestation(HOME, world.state.time_ms / 1_000, 1);
    world.facts(vec![Fact::Attestation(attestation), forced(seq)]);
    assert_eq!(world.claim(ALICE, CASH), int(9_990));
}
