//! Each business refusal of owner commands and fills, with its numbers; subs and books stay as they were.

use super::*;
use crate::commands::PRICE_MAX;
use crate::facts::AMOUNT_MAX;

/// A fill changed in one way, and what it must be refused for.
fn refuses(change: impl FnOnce(&mut Match), expected: impl FnOnce(&Match) -> Refusal) {
    let mut world = World::funded();
    let mut fill = world.meet(ALICE, BOB, 10, 100);
    change(&mut fill);
    let expected = expected(&fill);
    assert_eq!(world.refused(Command::Fill(fill)), expected);
}

#[test]
pub(crate) fn refuses_fills_without_size() {
    refuses(|fill| fill.quantity = 0, |_| Refusal::ZeroQuantity);
    refuses(
        |fill| fill.quantity = -1,
        |_| Refusal::NegativeAmount {
            amount: Fixed::from_raw(-1),
        },
    );
    refuses(|fill| fill.post.quantity = 0, |_| Refusal::ZeroQuantity);
}

#[test]
pub(crate) fn refuses_fills_beyond_the_proved_range() {
    let most = AMOUNT_MAX;
    let got = Fixed::from_raw(most.raw() + 1);
    refuses(
        |fill| fill.quantity = got.raw(),
        |_| Refusal::TooLarge {
            what: "quantity",
            got,
            most,
        },
    );
    let got = Fixed::from_raw(PRICE_MAX.raw() + 1);
    refuses(
        |fill| fill.post.limit = got.raw(),
        |_| Refusal::TooLarge {
            what: "price",
            got,
            most: PRICE_MAX,
        },
    );
}

#[test]
fn refuses_options_whose_strike_is_no_price() {
    let of = |strike: Fixed| Instrument::Option {
        underlying: BTC,
        cash: CASH,
        expiry: START_MS / 1_000 + 86_400,
        strike: strike.raw(),
        kind: wire::instrument::OptionKind::Put,
    };
    let refused = |strike, refusal: Refusal| {
        let change =
            |fill: &mut Match| (fill.post.instrument, fill.take.instrument) = (of(strike), of(strike));
        refuses(change, |_| refusal);
    };
    refused(Fixed::ZERO, Refusal::ZeroAmount);
    let amount = Fixed::from_raw(-1);
    refused(amount, Refusal::NegativeAmount { amount });
    let got = Fixed::from_raw(PRICE_MAX.raw() + 1);
    let (what, most) = ("strike", PRICE_MAX);
    refused(got, Refusal::TooLarge { what, got, most });
}

#[test]
pub(crate) fn refuses_intents_that_do_not_meet() {
    refuses(
        |fill| fill.post.kind = IntentKind::Take,
        |_| Refusal::WrongRole { place: "post" },
    );
    refuses(
        |fill| fill.take.kind = IntentKind::Post,
        |_| Refusal::WrongRole { place: "take" },
    );
    refuses(|fill| fill.take.side = Side::Buy, |_| Refusal::SameSide);
    refuses(
        |fill| fill.take.account = ALICE,
        |_| Refusal::SelfTrade { account: ALICE },
    );
    refuses(
        |fill| fill.take.limit = int(101).raw(),
        |_| Refusal::NotCrossing {
            post: int(100),
            take: int(101),
        },
    );
    refuses(
        |fill| {
            fill.take.instrument = Instrument::Spot {
                base: COIN,
                quote: CASH,
            }
        },
        |_| Refusal::IntentsDiffer { field: "instrument" },
    );
    let got = BOB.owner;
    refuses(
        |fill| fill.post.counterparty = Some(CAROL.owner),
        |_| Refusal::WrongCounterparty {
            wanted: CAROL.owner,
            got,
        },
    );
}

#[test]
pub(crate) fn refuses_fills_outside_the_band() {
    refuses(
        |fill| (fill.post.limit, fill.take.limit) = (int(106).raw(), int(106).raw()),
        |_| Refusal::OutsideBand {
            price: int(106),
            low: int(95),
            high: int(105),
        },
    );
}

#[test]
pub(crate) fn refuses_an_unlisted_instrument() {
    let unlisted = Instrument::Perpetual {
        underlying: USD,
        cash: CASH,
    };
    refuses(
        |fill| (fill.post.instrument, fill.take.instrument) = (unlisted, unlisted),
        |_| Refusal::UnknownInstrument { instrument: unlisted },
    );
}

#[test]
pub(crate) fn refuses_an_expired_instrument() {
    let mut world = World::funded();
    let past = Instrument::Future {
        underlying: BTC,
        cash: CASH,
        expiry: START_MS / 1_000,
    };
    world.state.listings.insert(Series::of(&past), Listing::default());
    let mut fill = world.meet(ALICE, BOB, 1, 100);
    (fill.post.instrument, fill.take.instrument) = (past, past);
    assert_eq!(
        world.refused(Command::Fill(fill)),
        Refusal::Settled { instrument: past }
    );
}

#[test]
pub(crate) fn refuses_fills_that_leave_dust() {
    let least = decimal("0.001");
    let quantity = Fixed::from_raw(least.raw() - 1);
    refuses(
        |fill| fill.quantity = quantity.raw(),
        |_| Refusal::Dust {
            account: ALICE,
            quantity,
            least,
        },
    );
    let mut world = World::funded();
    world.trade(ALICE, BOB, 10, 100);
    let mut close = world.meet(BOB, ALICE, 10, 100);
    close.quantity = int(10).raw() - 1;
    let quantity = Fixed::ULP.negate();
    assert_eq!(
        world.refused(Command::Fill(close.clone())),
        Refusal::Dust {
            account: BOB,
            quantity,
            least
        }
    );
    close.quantity = int(10).sub(least).unwrap().raw();
    world.one(Command::Fill(close)).unwrap();
    let mut rest = world.meet(BOB, ALICE, 1, 100);
    rest.quantity = least.raw();
    world.one(Command::Fill(rest)).unwrap();
    assert!(
        world.state.subs[&ALICE].positions.is_empty(),
        "what is left closes whole"
    );
}

#[test]
pub(crate) fn refuses_reduce_only_that_opens() {
    refuses(
        |fill| fill.post.reduce_only = true,
        |_| Refusal::ReduceOnly { account: ALICE },
    );
}

#[test]
pub(crate) fn refuses_what_initial_margin_does_not_carry() {
    let mut world = World::funded();
    let fill = world.meet(ALICE, BOB, 2_001, 100);
    let refusal = world.refused(Command::Fill(fill));
    assert_eq!(
        refusal,
        Refusal::InitialMargin {
            required: int(10_005),
            available: int(10_000)
        }
    );
}

#[test]
fn refuses_a_withdrawal_that_positions_need() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 1_000, 100);
    let request = world.withdraw(ALICE, CASH, int(5_100), HOME);
    let refusal = world.refused(request);
    assert_eq!(
        refusal,
        Refusal::InitialMargin {
            required: int(5_000),
            available: int(4_900)
        }
    );
}

#[test]
fn unmatured_profit_is_not_withdrawn() {
    let mut world = World::funded();
    world.trade(ALICE, BOB, 100, 100);
    world.price = 104;
    world.block(vec![]);
    world.trade(BOB, ALICE, 100, 104);
    assert_eq!(world.claim(ALICE, CASH), int(10_400));
    let early = world.withdraw(ALICE, CASH, int(10_400), HOME);
    assert!(matches!(world.refused(early), Refusal::InitialMargin { .. }));
    for _ in 0..61 {
        world.block_after(30_000, vec![]);
    }
    let ripe = world.withdraw(ALICE, CASH, int(10_400), HOME);
    world.one(ripe).unwrap();
}

#[test]
pub(crate) fn refuses_withdrawals_that_cannot_be_paid() {
    let mut world = World::funded();
    let small = world.withdraw(ALICE, CASH, int(10), HOME);
    assert_eq!(
        world.refused(small),
        Refusal::BelowMinimum {
            amount: int(10),
            minimum: int(11)
        }
    );
    let poor = world.withdraw(ALICE, CASH, int(10_500), HOME);
    assert!(matches!(
        world.refused(poor),
        Refusal::InsufficientClaim { asset: CASH, .. }
    ));
    let nowhere = world.withdraw(ALICE, CASH, int(100), ChainId(9));
    assert_eq!(
        world.refused(nowhere),
        Refusal::UnknownChain { chain: ChainId(9) }
    );
    let nothing = AssetId {
        asset: Hash([8; 32]),
        ..CASH
    };
    let unknown = world.withdraw(ALICE, nothing, int(100), HOME);
    assert_eq!(world.refused(unknown), Refusal::UnknownAsset { asset: nothing });
    let nobody = Account { sub: 7, ..ALICE };
    let request = world.withdraw(nobody, CASH, int(100), HOME);
    assert_eq!(world.refused(request), Refusal::UnknownSub { account: nobody });
    let request = world.withdraw(ALICE, CASH, int(100_000), HOME);
    assert_eq!(world.refused(request), Refusal::TooManyEntries { most: 32 });
    let Command::Owner(Step::RequestWithdraw(mut cheap)) = world.withdraw(ALICE, CASH, int(100), HOME) else {
        panic!()
    };
    cheap.max_fee = 0;
    let refusal = world.refused(Command::Owner(Step::RequestWithdraw(cheap)));
    assert_eq!(
        refusal,
        Refusal::FeeTooHigh {
            fee: int(1),
            most: Fixed::ZERO
        }
    );
}

#[test]
pub(crate) fn refuses_a_transfer_to_itself() {
    let mut world = World::funded();
    let transfer = world.transfer(ALICE, ALICE.sub, CASH, int(1));
    assert_eq!(world.refused(transfer), Refusal::SameSub { account: ALICE });
}

#[test]
pub(crate) fn refuses_reports_out_of_turn() {
    let mut world = World::funded();
    let mut outcomes = |attester, time_ms| {
        let report = PriceReport {
            attester,
            time_ms,
            assets: vec![],
            expiries: vec![],
        };
        let time_ms = world.state.time_ms;
        let block = Block {
            height: 1,
            time_ms,
            reports: vec![Report::Price(report)],
            ..Block::default()
        };
        apply_block(&mut world.state, &block).pop().unwrap().unwrap_err()
    };
    let stranger = Address([1; 20]);
    assert_eq!(outcomes(stranger, 1), Refusal::NotAnAttester { signer: stranger });
    assert!(matches!(
        outcomes(attester(0), 1),
        Refusal::StaleReport { time_ms: 1, .. }
    ));
    assert!(matches!(
        outcomes(attester(0), u64::MAX),
        Refusal::FutureReport {
            time_ms: u64::MAX,
            ..
        }
    ));
}
