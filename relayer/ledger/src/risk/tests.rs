//! Liquidation driven by whole blocks; the books of every asset are compared after each.

use crate::command::{Command, QuorumOrder};
use crate::ids::{Account, Series};
use crate::math::Fixed;
use crate::posting::Place;
use crate::refusal::Refusal;
use crate::risk::BidRefusal;
use crate::state::{Auction, AuctionKind, Status};
use crate::tests::{ALICE, BOB, CAROL, CASH, COIN, HOME, PERPETUAL, World, decimal, int};
use std::vec;
use wire::command::{Flag, Halt, HaltReason, LiquidationBid, Scope, Step};

const MINUTE_MS: u64 = 60_000;

/// Alice is long 1,500 at 100 with ten thousand of cash, Bob is short; both are as far as initial margin goes to be hurt by a tenth.
fn leveraged() -> World {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_500, 100);
    world
}

/// Alice at 95: worth 2,500 and required to have 4,275.
fn under_maintenance() -> World {
    let mut world = leveraged();
    world.price = 95;
    world.block(vec![]);
    world.block(vec![]);
    world
}

fn auction(world: &World, account: Account) -> Auction {
    world.state.auctions[&account]
}

fn equity(world: &World, account: Account) -> Fixed {
    world.state.standing(account).unwrap().value
}

fn bid(world: &mut World, bidder: Account, fraction: &str, limit: i64) -> Command {
    let epoch = world.state.oracle_epoch(ALICE).unwrap();
    Command::Owner(Step::LiquidationBid(LiquidationBid {
        account: bidder,
        nonce: world.next_nonce(),
        expiry_ms: world.expiry_ms(),
        target: ALICE,
        fraction: decimal(fraction).raw(),
        price_limit: int(limit).raw(),
        epoch,
    }))
}

fn with(command: Command, change: impl FnOnce(&mut LiquidationBid)) -> Command {
    let Command::Owner(Step::LiquidationBid(mut bid)) = command else {
        unreachable!()
    };
    change(&mut bid);
    Command::Owner(Step::LiquidationBid(bid))
}

fn refused(world: &mut World, command: Command) -> BidRefusal {
    match world.refused(command) {
        Refusal::Bid(refusal) => refusal,
        other => unreachable!("{other}"),
    }
}

/// Blocks of five seconds until `minutes` of an auction's clock have passed.
fn run(world: &mut World, minutes: u64) {
    for _ in 0..minutes * 12 {
        world.block_after(5_000, vec![]);
    }
}

#[test]
fn an_auction_opens_below_maintenance_and_pays_its_fee() {
    let world = under_maintenance();
    let auction = auction(&world, ALICE);
    assert_eq!(
        (auction.kind, auction.closed_ms, auction.cash),
        (AuctionKind::Solvent, None, Some(CASH))
    );
    assert_eq!(world.state.subs[&ALICE].status, Status::InAuction);
    assert!(auction.fee_paid.is_positive());
    assert_eq!(world.state.assets[&CASH].insurance, auction.fee_paid);
    assert!(!world.state.auctions.contains_key(&BOB));
}

#[test]
fn a_bid_takes_its_fraction_of_everything_and_pays_for_it() {
    let mut world = under_maintenance();
    let (value, cash) = (equity(&world, ALICE), world.claim(CAROL, CASH));
    let command = bid(&mut world, CAROL, "0.2", 10_000);
    world.one(command).unwrap();
    let carol = &world.state.subs[&CAROL];
    assert_eq!(carol.positions[&PERPETUAL].quantity, int(300));
    assert_eq!(
        world.state.subs[&ALICE].positions[&PERPETUAL].quantity,
        int(1_200)
    );
    let paid = auction(&world, ALICE).reserved;
    // About 95 % of a fifth of the value, so that the bidder gained the discount and nobody else anything.
    assert!(
        paid > value.mul_floor(decimal("0.189")).unwrap()
            && paid < value.mul_floor(decimal("0.191")).unwrap()
    );
    let gained = equity(&world, CAROL).sub(cash).unwrap();
    assert!(gained.is_positive() && gained < value.mul_floor(decimal("0.011")).unwrap());
    let sum = equity(&world, ALICE).add(equity(&world, CAROL)).unwrap();
    assert!(sum.sub(value.add(cash).unwrap()).unwrap().abs() < decimal("0.000000001"));
}

#[test]
fn the_largest_bid_restores_the_sub_and_closes_the_auction() {
    let mut world = under_maintenance();
    let command = bid(&mut world, CAROL, "1", 10_000);
    world.one(command).unwrap();
    assert!(auction(&world, ALICE).closed_ms.is_some());
    assert_eq!(world.state.subs[&ALICE].status, Status::Open);
    assert!(!world.state.standing(ALICE).unwrap().margin.is_negative());
    assert!(
        !world.state.subs[&ALICE].positions.is_empty(),
        "not more was sold than had to be"
    );
}

#[test]
pub(crate) fn dust_bid_is_refused() {
    let mut world = under_maintenance();
    let command = bid(&mut world, CAROL, "0.005", 10_000);
    let refusal = refused(&mut world, command);
    assert!(
        matches!(refusal, BidRefusal::FractionTooSmall { got, least, .. } if got < least),
        "{refusal}"
    );
    // A hundredth is worth less than a hundred of cash.
    let command = bid(&mut world, CAROL, "0.02", 10_000);
    assert!(matches!(
        refused(&mut world, command),
        BidRefusal::FractionTooSmall { .. }
    ));
}

#[test]
pub(crate) fn bids_out_of_place_are_refused() {
    let mut world = under_maintenance();
    let command = with(bid(&mut world, CAROL, "0.2", 10_000), |bid| bid.target = BOB);
    assert_eq!(
        refused(&mut world, command),
        BidRefusal::NoAuction { target: BOB }
    );
    let command = with(bid(&mut world, CAROL, "0.2", 10_000), |bid| bid.epoch += 100);
    assert!(matches!(refused(&mut world, command), BidRefusal::OtherEpoch { got, now } if got > now));
    let command = with(bid(&mut world, CAROL, "0.2", 10_000), |bid| bid.epoch = 0);
    run(&mut world, 4);
    assert!(matches!(
        refused(&mut world, command),
        BidRefusal::OtherEpoch { got: 0, .. }
    ));
    let command = bid(&mut world, BOB, "0.2", 10_000);
    assert_eq!(
        refused(&mut world, command),
        BidRefusal::NotOnlyCash { bidder: BOB }
    );
    let command = bid(&mut world, CAROL, "0", 10_000);
    assert_eq!(
        refused(&mut world, command),
        BidRefusal::BadFraction { got: Fixed::ZERO }
    );
    let command = bid(&mut world, CAROL, "1.1", 10_000);
    assert_eq!(
        refused(&mut world, command),
        BidRefusal::BadFraction { got: decimal("1.1") }
    );
    let command = bid(&mut world, CAROL, "0.2", 1);
    assert!(
        matches!(refused(&mut world, command), BidRefusal::AbovePriceLimit { price, limit } if price > limit)
    );
    let poor = Account { sub: 2, ..CAROL };
    let transfer = world.transfer(CAROL, 2, CASH, int(500));
    world.one(transfer).unwrap();
    let command = bid(&mut world, poor, "0.2", 10_000);
    assert!(
        matches!(refused(&mut world, command), BidRefusal::TooLittleCash { required, available, .. } if required > available)
    );
}

#[test]
fn a_collateral_holder_may_not_bid() {
    let mut world = under_maintenance();
    world.deposit(CAROL, COIN, 10);
    world.block(vec![]);
    let command = bid(&mut world, CAROL, "0.2", 10_000);
    assert_eq!(
        refused(&mut world, command),
        BidRefusal::NotOnlyCash { bidder: CAROL }
    );
}

#[test]
fn stalled_blocks_do_not_age_auctions() {
    let mut world = under_maintenance();
    let before = auction(&world, ALICE).clock_ms;
    world.block_after(3 * 60 * MINUTE_MS, vec![]);
    assert_eq!(
        auction(&world, ALICE).clock_ms,
        before + 5_000,
        "one block adds five seconds at most"
    );
    world.reporting = false;
    world.block_after(31_000, vec![]);
    let before = auction(&world, ALICE).clock_ms;
    run(&mut world, 2);
    assert_eq!(
        auction(&world, ALICE).clock_ms,
        before,
        "no clock without fresh prices"
    );
}

#[test]
fn no_auction_opens_on_the_first_price_after_a_gap() {
    let mut world = leveraged();
    world.reporting = false;
    world.block_after(MINUTE_MS, vec![]);
    (world.reporting, world.price) = (true, 95);
    world.block(vec![]);
    assert!(world.state.auctions.is_empty(), "the first epoch after the gap");
    world.block(vec![]);
    assert!(!world.state.auctions.is_empty());
}

#[test]
fn a_clamped_price_opens_an_auction_only_if_the_median_does_too() {
    let mut world = leveraged();
    world.price = 60;
    world.block(vec![]);
    assert!(world.state.auctions.contains_key(&ALICE), "under at 95 and at 60");
    // Up again to 100 by the median; the accepted price is held at 95 for an epoch, at which Bob's counterpart is under.
    let mut world = leveraged();
    world.price = 95;
    world.state.flagged.insert(CAROL, ());
    world.state.subs.row(&ALICE).unwrap().status = Status::Open;
    let feed = world.state.feeds.row(&crate::tests::BTC).unwrap();
    for accepted in [&mut feed.spot, &mut feed.perpetual] {
        let accepted = accepted.as_mut().unwrap();
        (accepted.price, accepted.median) = (int(95), int(100));
    }
    world.reporting = false;
    world.state.price_reports = Default::default();
    world.block(vec![]);
    assert!(world.state.auctions.is_empty(), "under at 95, not at 100");
}

#[test]
fn an_auction_that_opens_again_within_the_hour_keeps_its_clock_and_fee() {
    let mut world = under_maintenance();
    run(&mut world, 5);
    let (clock_ms, fee) = (auction(&world, ALICE).clock_ms, auction(&world, ALICE).fee_paid);
    world.price = 100;
    world.block(vec![]);
    world.block(vec![]);
    assert!(auction(&world, ALICE).closed_ms.is_some());
    world.price = 95;
    world.block(vec![]);
    world.block(vec![]);
    let again = auction(&world, ALICE);
    assert_eq!(again.closed_ms, None);
    assert!(again.clock_ms >= clock_ms);
    assert!(again.fee_paid >= fee && again.fee_paid < fee.mul_ceil(decimal("1.2")).unwrap());
}

#[test]
fn an_auction_closed_for_an_hour_is_forgotten() {
    let mut world = under_maintenance();
    world.price = 100;
    world.block(vec![]);
    world.block(vec![]);
    world.block_after(61 * MINUTE_MS, vec![]);
    assert!(world.state.auctions.is_empty());
}

#[test]
fn price_gap_of_ten_percent_converges() {
    let mut world = leveraged();
    world.price = 90;
    for _ in 0..4 {
        world.block(vec![]);
    }
    assert_eq!(
        auction(&world, ALICE).kind,
        AuctionKind::Insolvent,
        "worth less than nothing at 90"
    );
    assert!(equity(&world, ALICE).is_negative());
    run(&mut world, 61);
    assert!(world.state.auctions.is_empty(), "no bidder came, and it ended");
    assert!(world.state.subs[&ALICE].positions.is_empty());
    assert_eq!(world.market().open_interest, Fixed::ZERO);
    assert!(!equity(&world, ALICE).is_negative());
    assert!(equity(&world, BOB) >= int(10_000), "principal is untouched");
    assert_eq!(equity(&world, CAROL), int(10_000));
    assert_eq!(world.state.assets[&CASH].rate, Fixed::ONE);
}

#[test]
fn a_deficit_is_paid_by_insurance_first_then_by_the_winner() {
    let mut world = leveraged();
    world.state.books(CASH).unwrap().insurance = Fixed::ZERO;
    world.deposit(CAROL, CASH, 1_000);
    world.block(vec![]);
    world
        .state
        .post(CASH, Place::Sub(CAROL), Place::Insurance, int(1_000))
        .unwrap();
    world.price = 88;
    for _ in 0..6 {
        world.block(vec![]);
    }
    let (hole, fund, winner) = (
        equity(&world, ALICE),
        world.state.assets[&CASH].insurance,
        equity(&world, BOB),
    );
    let insured = hole.abs().min(fund);
    run(&mut world, 61);
    let lost = winner.sub(equity(&world, BOB)).unwrap();
    let paid = fund.sub(world.state.assets[&CASH].insurance).unwrap();
    assert!(lost.is_positive() && paid.is_positive());
    let difference = hole.abs().sub(insured).unwrap().sub(lost).unwrap();
    // Funding of the hour is the difference.
    assert!(difference.abs() < int(800), "{difference}");
    assert_eq!(world.state.listings[&Series::of(&PERPETUAL)].insurance_paid, paid);
}

#[test]
pub(crate) fn insurance_pays_bidders_for_an_insolvent_sub_as_far_as_it_goes() {
    let mut world = leveraged();
    world.price = 88;
    for _ in 0..6 {
        world.block(vec![]);
    }
    world.deposit(CAROL, CASH, 30_000);
    world.block(vec![]);
    let command = bid(&mut world, CAROL, "1", 0);
    assert!(
        matches!(refused(&mut world, command), BidRefusal::InsuranceExhausted { required, available } if required > available)
    );
    world
        .state
        .post(CASH, Place::Sub(CAROL), Place::Insurance, int(20_000))
        .unwrap();
    let before = equity(&world, CAROL);
    let command = bid(&mut world, CAROL, "1", 0);
    world.one(command).unwrap();
    assert_eq!(
        world.state.subs[&CAROL].positions[&PERPETUAL].quantity,
        int(1_500)
    );
    assert!(equity(&world, CAROL) >= before, "the hole was paid");
    assert!(!equity(&world, ALICE).is_negative());
}

#[test]
fn withdrawals_wait_while_insolvency_exceeds_insurance() {
    let mut world = leveraged();
    world.price = 88;
    for _ in 0..6 {
        world.block(vec![]);
    }
    assert!(auction(&world, ALICE).shortfall.is_positive());
    assert_eq!(world.state.outflow_available(CASH).unwrap(), Fixed::ZERO);
    run(&mut world, 61);
    assert!(world.state.outflow_available(CASH).unwrap().is_positive());
}

#[test]
fn halted_chain_liquidates_nobody_solvent() {
    let mut world = World::funded();
    world.deposit(BOB, COIN, 150);
    world.block(vec![]);
    world.trade(ALICE, BOB, 1_200, 100);
    let halt = Halt {
        serial: 1,
        expiry_ms: world.expiry_ms(),
        scope: Scope::Chain(HOME),
        reason: HaltReason::ChainFault,
    };
    world.one(Command::Quorum(QuorumOrder::Halt(halt))).unwrap();
    for _ in 0..200 {
        world.block_after(20_000, vec![]);
    }
    assert!(world.state.auctions.is_empty());
    assert!(
        [ALICE, BOB]
            .iter()
            .all(|account| world.state.subs[account].status == Status::Open)
    );
}

#[test]
pub(crate) fn a_flag_is_looked_at_and_an_unknown_sub_is_refused() {
    let mut world = leveraged();
    for healthy in [ALICE, CAROL] {
        let refusal = world.refused(Command::Flag(Flag { target: healthy }));
        assert!(
            matches!(refusal, Refusal::Healthy { value, maintenance } if value >= maintenance),
            "{refusal}"
        );
    }
    let mut world = under_maintenance();
    world.one(Command::Flag(Flag { target: ALICE })).unwrap();
    assert_eq!(world.state.flagged.len(), 1);
    world.block(vec![]);
    assert!(world.state.flagged.is_empty());
    world.state.auctions.remove(&ALICE);
    world.state.set_status(ALICE, Status::Open);
    world.state.flag(ALICE).unwrap();
    assert_eq!(
        world.state.flagged.len(),
        1,
        "under maintenance, and no auction runs yet"
    );
    let nobody = Account { sub: 9, ..ALICE };
    assert_eq!(
        world.refused(Command::Flag(Flag { target: nobody })),
        Refusal::UnknownSub { account: nobody }
    );
    world.state.flagged = (0..4_160).map(|sub| (Account { sub, ..CAROL }, ())).collect();
    let command = Command::Flag(Flag { target: ALICE });
    assert_eq!(world.one(command), Err(Refusal::TooManyFlagged { most: 4_096 }));
}
