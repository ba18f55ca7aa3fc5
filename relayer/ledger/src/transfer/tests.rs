//! Behaviour and properties of the transfer core; the published tables run in package `tests`.

use alloc::{collections::BTreeSet, vec, vec::Vec};

use proptest::prelude::*;
use strum::VariantNames;

use super::*;

const HOLDS: u128 = 1;
const OWES: u128 = 2;
const OTHER: u128 = 3;

fn account(id: u128, limit: Limit) -> NewAccount {
    NewAccount {
        id,
        ledger: 1,
        code: 1,
        limit,
        ..NewAccount::default()
    }
}

fn transfer(id: u128, debit: u128, credit: u128, amount: u128, phase: Phase) -> Transfer {
    Transfer {
        id,
        debit_account_id: debit,
        credit_account_id: credit,
        amount,
        user_data: UserData::default(),
        ledger: 1,
        code: 1,
        phase,
        linked: false,
    }
}

fn vault() -> Book {
    let mut book = Book::default();
    let accounts = [
        account(HOLDS, Limit::CreditsMustNotExceedDebits),
        account(OWES, Limit::DebitsMustNotExceedCredits),
        account(OTHER, Limit::None),
        NewAccount {
            ledger: 2,
            ..account(4, Limit::None)
        },
    ];
    assert!(book.create_accounts(&accounts).iter().all(Result::is_ok));
    assert_eq!(
        book.create_transfers(&[transfer(100, HOLDS, OWES, 50, Phase::Single)]),
        [Ok(())]
    );
    book
}

#[test]
fn a_withdrawal_reserves_and_then_pays_what_the_vault_holds() {
    let mut book = vault();
    let pending = Phase::Pending { timeout_s: 0 };
    assert_eq!(
        book.create_transfers(&[transfer(101, OWES, HOLDS, 30, pending)]),
        [Ok(())]
    );
    let too_much = book.create_transfers(&[transfer(102, OWES, HOLDS, 21, pending)]);
    assert_eq!(
        too_much,
        [Err(TransferRefusal::Unposted(Unposted::ExceedsCredits {
            debits: 51,
            credits_posted: 50
        }))]
    );
    let paid = Phase::Post { pending_id: 101 };
    assert_eq!(
        book.create_transfers(&[transfer(103, 0, 0, u128::MAX, paid)]),
        [Ok(())]
    );
    let holds = book.account(HOLDS).expect("created");
    assert_eq!((holds.credits_posted, holds.credits_pending), (30, 0));
    assert_eq!(book.lookup(101).map(|(_, status)| status), Some(Status::Posted));
}

#[test]
fn a_posted_withdrawal_is_never_voided_and_a_voided_one_never_posted() {
    for (first, second) in [
        (Phase::Post { pending_id: 101 }, Phase::Void { pending_id: 101 }),
        (Phase::Void { pending_id: 101 }, Phase::Post { pending_id: 101 }),
    ] {
        let mut book = vault();
        let pending = transfer(101, OWES, HOLDS, 30, Phase::Pending { timeout_s: 0 });
        assert_eq!(book.create_transfers(&[pending]), [Ok(())]);
        assert_eq!(book.create_transfers(&[transfer(102, 0, 0, 30, first)]), [Ok(())]);
        let again = book.create_transfers(&[transfer(103, 0, 0, 30, second)]);
        assert!(matches!(
            again[..],
            [Err(TransferRefusal::PendingTransferAlreadyPosted { id: 101 }
                | TransferRefusal::PendingTransferAlreadyVoided { id: 101 })]
        ));
    }
}

#[test]
fn a_chain_that_breaks_leaves_no_trace_but_its_burnt_id() {
    let mut book = vault();
    let accounts: Vec<_> = book.accounts().map(|(id, account)| (id, *account)).collect();
    let chain = [
        Transfer {
            linked: true,
            ..transfer(101, OWES, HOLDS, 10, Phase::Pending { timeout_s: 9 })
        },
        Transfer {
            linked: true,
            ..transfer(102, 0, 0, 10, Phase::Post { pending_id: 101 })
        },
        transfer(103, OWES, HOLDS, 99, Phase::Single),
    ];
    let answers = book.create_transfers(&chain);
    assert_eq!(answers[0], Err(TransferRefusal::LinkedEventFailed));
    assert_eq!(answers[1], Err(TransferRefusal::LinkedEventFailed));
    assert!(matches!(
        answers[2],
        Err(TransferRefusal::Unposted(Unposted::ExceedsCredits { .. }))
    ));
    assert_eq!(
        book.accounts()
            .map(|(id, account)| (id, *account))
            .collect::<Vec<_>>(),
        accounts
    );
    assert!(book.lookup(101).is_none());
    book.advance(u64::MAX);
    assert_eq!(
        book.accounts()
            .map(|(id, account)| (id, *account))
            .collect::<Vec<_>>(),
        accounts
    );
    let retried = book.create_transfers(&[transfer(103, OWES, HOLDS, 1, Phase::Single)]);
    assert_eq!(retried, [Err(TransferRefusal::IdAlreadyFailed { id: 103 })]);
}

#[test]
fn every_refusal_is_reached() {
    let mut book = vault();
    let pending = Phase::Pending { timeout_s: 0 };
    let post = |pending_id| Phase::Post { pending_id };
    let void = |pending_id| Phase::Void { pending_id };
    let expiring = transfer(104, OTHER, OWES, 5, Phase::Pending { timeout_s: 1 });
    let ready = [
        transfer(101, OTHER, OWES, 5, pending),
        transfer(102, 0, 0, 5, post(101)),
        transfer(103, OTHER, OWES, 5, pending),
        expiring,
        transfer(105, 0, 0, 0, void(103)),
        transfer(106, OTHER, OWES, 5, pending),
        transfer(107, OTHER, OWES, 1 << 127, pending),
    ];
    assert!(book.create_transfers(&ready).iter().all(Result::is_ok));
    book.advance(1000);
    let max = u128::MAX;
    let refused = [
        Transfer {
            linked: true,
            ..transfer(201, OTHER, OWES, 1, Phase::Single)
        },
        transfer(0, OTHER, OWES, 1, Phase::Single),
        transfer(max, OTHER, OWES, 1, Phase::Single),
        transfer(101, OTHER, OWES, 5, pending),
        transfer(101, OTHER, OWES, 6, pending),
        transfer(202, 9, OWES, 1, Phase::Single),
        transfer(202, OTHER, OWES, 1, Phase::Single),
        transfer(203, OTHER, 9, 1, Phase::Single),
        transfer(204, 0, OWES, 1, Phase::Single),
        transfer(204, max, OWES, 1, Phase::Single),
        transfer(204, OTHER, 0, 1, Phase::Single),
        transfer(204, OTHER, max, 1, Phase::Single),
        transfer(204, OTHER, OTHER, 1, Phase::Single),
        transfer(204, 0, 0, 1, post(0)),
        transfer(204, 0, 0, 1, post(max)),
        transfer(204, 0, 0, 1, post(204)),
        Transfer {
            ledger: 0,
            ..transfer(204, OTHER, OWES, 1, Phase::Single)
        },
        Transfer {
            code: 0,
            ..transfer(204, OTHER, OWES, 1, Phase::Single)
        },
        transfer(204, OTHER, 4, 1, Phase::Single),
        Transfer {
            ledger: 2,
            ..transfer(204, OTHER, OWES, 1, Phase::Single)
        },
        transfer(205, 0, 0, 1, post(999)),
        transfer(206, 0, 0, 1, post(100)),
        transfer(206, OWES, 0, 1, post(106)),
        transfer(206, 0, 0, 6, post(106)),
        transfer(206, 0, 0, 1, post(101)),
        transfer(206, 0, 0, 0, void(103)),
        transfer(206, 0, 0, 0, void(104)),
        transfer(206, OTHER, OWES, 1 << 127, Phase::Single),
        Transfer {
            linked: true,
            ..transfer(206, OTHER, OWES, 1, Phase::Single)
        },
    ];
    let mut answers = book.create_transfers(&refused);
    book.advance(u64::MAX - 1);
    answers.extend(book.create_transfers(&[transfer(207, OTHER, OWES, 1, Phase::Pending { timeout_s: 1 })]));
    let reached: BTreeSet<&str> = answers
        .into_iter()
        .filter_map(Result::err)
        .map(<&str>::from)
        .collect();
    // The first event of the batch is linked to the second, which is refused.
    assert_eq!(reached, TransferRefusal::VARIANTS.iter().copied().collect());
}

#[test]
fn every_refusal_of_an_account_is_reached() {
    let refused = [
        NewAccount {
            linked: true,
            ..account(7, Limit::None)
        },
        account(0, Limit::None),
        account(u128::MAX, Limit::None),
        account(HOLDS, Limit::CreditsMustNotExceedDebits),
        account(HOLDS, Limit::None),
        NewAccount {
            ledger: 0,
            ..account(8, Limit::None)
        },
        NewAccount {
            code: 0,
            ..account(8, Limit::None)
        },
        NewAccount {
            linked: true,
            ..account(9, Limit::None)
        },
    ];
    let answers = vault().create_accounts(&refused);
    let reached: BTreeSet<&str> = answers
        .into_iter()
        .filter_map(Result::err)
        .map(<&str>::from)
        .collect();
    assert_eq!(reached, AccountRefusal::VARIANTS.iter().copied().collect());
}

#[test]
fn every_reason_not_to_post_is_reached_and_changes_nothing() {
    let near = u128::MAX - 5;
    let none = Account::default();
    let holds = Account {
        limit: Limit::CreditsMustNotExceedDebits,
        ..none
    };
    let owes = Account {
        limit: Limit::DebitsMustNotExceedCredits,
        ..none
    };
    type Posting = fn(&mut Account, &mut Account) -> Result<(), Unposted>;
    let cases: Vec<(Account, Account, Posting)> = vec![
        (
            Account {
                debits_pending: near,
                ..none
            },
            none,
            |debit, credit| reserve(debit, credit, 6),
        ),
        (
            none,
            Account {
                credits_pending: near,
                ..none
            },
            |debit, credit| reserve(debit, credit, 6),
        ),
        (
            Account {
                debits_posted: near,
                ..none
            },
            none,
            |debit, credit| post(debit, credit, 6),
        ),
        (
            none,
            Account {
                credits_posted: near,
                ..none
            },
            |debit, credit| post(debit, credit, 6),
        ),
        (
            Account {
                debits_pending: near,
                ..none
            },
            none,
            |debit, credit| post(debit, credit, 6),
        ),
        (
            none,
            Account {
                credits_pending: near,
                ..none
            },
            |debit, credit| post(debit, credit, 6),
        ),
        (owes, none, |debit, credit| post(debit, credit, 1)),
        (none, holds, |debit, credit| reserve(debit, credit, 1)),
        (none, none, |debit, credit| post_pending(debit, credit, 1, 2)),
        (none, none, |debit, credit| void_pending(debit, credit, 1)),
    ];
    let mut reached = BTreeSet::new();
    for (debit, credit, action) in cases {
        let (mut debited, mut credited) = (debit, credit);
        let unposted = action(&mut debited, &mut credited).expect_err("does not fit");
        assert_eq!((debited, credited), (debit, credit));
        reached.insert(<&str>::from(unposted));
    }
    assert_eq!(reached, Unposted::VARIANTS.iter().copied().collect());
}

fn any_phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        Just(Phase::Single),
        (0_u32..3).prop_map(|timeout_s| Phase::Pending { timeout_s }),
        (1_u128..40).prop_map(|pending_id| Phase::Post { pending_id }),
        (1_u128..40).prop_map(|pending_id| Phase::Void { pending_id }),
    ]
}

fn any_transfer() -> impl Strategy<Value = Transfer> {
    let amount = prop_oneof![0_u128..20, Just(u128::MAX)];
    (
        1_u128..40,
        0_u128..4,
        0_u128..4,
        amount,
        any_phase(),
        any::<bool>(),
    )
        .prop_map(|(id, debit, credit, amount, phase, linked)| Transfer {
            linked,
            ..transfer(id, debit, credit, amount, phase)
        })
}

proptest! {
    /// Debits equal credits, posted and pending alike, the limits hold, and what is pending is what open transfers reserve.
    #[test]
    fn books_balance_after_any_batches(
        batches in prop::collection::vec(prop::collection::vec(any_transfer(), 0..6), 0..30)
    ) {
        let mut book = vault();
        for (second, batch) in batches.iter().enumerate() {
            book.create_transfers(batch);
            book.advance(u64::try_from(second).expect("small") * 500);
            let total = |part: fn(&Account) -> u128| book.accounts().map(|(_, account)| part(account)).sum::<u128>();
            prop_assert_eq!(total(|account| account.debits_posted), total(|account| account.credits_posted));
            prop_assert_eq!(total(|account| account.debits_pending), total(|account| account.credits_pending));
            let open: u128 = (1..40)
                .filter_map(|id| book.lookup(id))
                .filter(|(_, status)| matches!(status, Status::Pending { .. }))
                .map(|(transfer, _)| transfer.amount)
                .sum();
            prop_assert_eq!(total(|account| account.debits_pending), open);
            let holds = book.account(HOLDS).expect("created");
            prop_assert!(holds.credits_posted + holds.credits_pending <= holds.debits_posted);
        }
    }
}

#[test]
fn a_transfer_applies_once() {
    let mut book = vault();
    let deposit = transfer(101, HOLDS, OWES, 7, Phase::Single);
    let answers = book.create_transfers(&[deposit, deposit, Transfer { amount: 8, ..deposit }]);
    let (id, field) = (101, "amount");
    assert_eq!(
        answers[1..],
        [
            Err(TransferRefusal::Exists { id }),
            Err(TransferRefusal::ExistsWithDifferent { id, field })
        ]
    );
    assert_eq!(book.account(HOLDS).map(|account| account.debits_posted), Some(57));
}
