//! The state-machine tables that TigerBeetle publishes, run on the ledger's transfer core.
//!
//! One file holds every table. A line is an event with its expected result, a commit, a tick or a look-up; `-n` is the
//! greatest 128-bit number less n, `_` is nothing. Tables about features that the ledger does not have are left out below,
//! each with its reason; so are single rows whose fault can not be written down in our types.

use ledger::transfer::{AccountRefusal, Book, Limit, NewAccount, Phase, Transfer, TransferRefusal, UserData};
use tests::Files;

use super::rows;

rows! {
    run state_machine_tables ["margin/tigerbeetle/state_machine_tables.txt"];
}

/// Tables left out: how their names begin, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "create_transfers: balancing_debit",
        "balancing transfers have no counterpart",
    ),
    (
        "create_transfers: multiple debits",
        "balancing transfers have no counterpart",
    ),
    (
        "create_transfers: per-transfer balance invariant",
        "balancing transfers have no counterpart",
    ),
    (
        "imported events",
        "nothing is imported: the state starts from a genesis file or a snapshot",
    ),
    ("create_accounts: closed accounts", "accounts are never closed"),
    ("create_transfers: closing accounts", "accounts are never closed"),
    ("get_account_transfers", "queries belong to the node's index"),
    ("get_account_balances", "queries belong to the node's index"),
    ("query_accounts", "queries belong to the node's index"),
    ("query_transfers", "queries belong to the node's index"),
];

/// Results of rows that our types can not express, and why.
const INEXPRESSIBLE: &[(&str, &str)] = &[
    ("timestamp_must_be_zero", "an event carries no time"),
    ("reserved_field", "there are no reserved fields"),
    ("reserved_flag", "there are no reserved flags"),
    (
        "flags_are_mutually_exclusive",
        "a limit and a phase are one of their kinds",
    ),
    ("pending_id_must_be_zero", "only a post or void has a pending id"),
    (
        "timeout_reserved_for_pending_transfer",
        "only a pending transfer has a time-out",
    ),
    ("closing_transfer_must_be_pending", "accounts are never closed"),
    ("debits_pending_must_be_zero", "a new account has no balances"),
    ("debits_posted_must_be_zero", "a new account has no balances"),
    ("credits_pending_must_be_zero", "a new account has no balances"),
    ("credits_posted_must_be_zero", "a new account has no balances"),
];

fn state_machine_tables(files: &Files) {
    for path in files.paths() {
        let text = files.text(path);
        let (mut run, mut left_out, mut checks) = (0, 0, 0);
        for table in text.split("test \"").skip(1) {
            let (name, body) = table.split_once("\" {").expect("a table has a name");
            if LEFT_OUT.iter().any(|(start, _)| name.starts_with(start)) {
                left_out += 1;
                continue;
            }
            let mut runner = Runner {
                name,
                ..Runner::default()
            };
            body.lines().for_each(|line| runner.line(line));
            run += 1;
            checks += runner.checks;
        }
        assert_eq!((run, left_out), (14, 23), "tables run and left out");
        assert!(checks > 180, "only {checks} facts were compared");
    }
}

/// One table on one book.
#[derive(Default)]
struct Runner<'a> {
    name: &'a str,
    book: Book,
    accounts: Vec<(NewAccount, &'a str)>,
    transfers: Vec<(Transfer, &'a str)>,
    now_ms: u64,
    helpers: u128,
    looked_up: bool,
    checks: usize,
}

impl<'a> Runner<'a> {
    fn line(&mut self, line: &'a str) {
        let facts = line.split("//").next().expect("a split has a first part");
        let words: Vec<&str> = facts.split_whitespace().collect();
        let Some((kind, words)) = words.split_first() else {
            return;
        };
        match *kind {
            "account" => self.account(words),
            "transfer" => self.transfer(words),
            "commit" => self.commit(),
            "setup" => self.set_up(words),
            "tick" => self.tick(words),
            "lookup_account" => self.look_up_account(words),
            "lookup_transfer" => self.look_up_transfer(words),
            other => panic!("{}: {other} is no event of a table that is run", self.name),
        }
    }

    fn account(&mut self, words: &[&'a str]) {
        if self.looked_up {
            // One test of the source checks two independent tables; accounts after a look-up start the second.
            (self.book, self.looked_up, self.now_ms) = (Book::default(), false, 0);
        }
        let [
            id,
            _,
            _,
            _,
            _,
            data_128,
            data_64,
            data_32,
            _,
            ledger,
            code,
            linked,
            debits,
            credits,
            ..,
            result,
        ] = words
        else {
            panic!("{}: {words:?} is no account", self.name);
        };
        let limit = match (*debits, *credits) {
            ("_", "_") => Limit::None,
            ("_", _) => Limit::CreditsMustNotExceedDebits,
            (_, _) => Limit::DebitsMustNotExceedCredits,
        };
        let account = NewAccount {
            id: number(id),
            user_data: user_data(data_128, data_64, data_32),
            ledger: small(ledger),
            code: small(code),
            limit,
            linked: *linked != "_",
        };
        self.accounts.push((account, result));
    }

    fn transfer(&mut self, words: &[&'a str]) {
        let [
            id,
            debit,
            credit,
            amount,
            pending_id,
            data_128,
            data_64,
            data_32,
            timeout,
            ledger,
            code,
            linked,
            pending,
            posted,
            voided,
            ..,
            result,
        ] = words
        else {
            panic!("{}: {words:?} is no transfer", self.name);
        };
        let phase = match (*pending, *posted, *voided) {
            ("_", "_", "_") => Phase::Single,
            (_, "_", "_") => Phase::Pending {
                timeout_s: small(timeout),
            },
            ("_", _, "_") => Phase::Post {
                pending_id: number(pending_id),
            },
            _ => Phase::Void {
                pending_id: number(pending_id),
            },
        };
        let transfer = Transfer {
            id: number(id),
            debit_account_id: number(debit),
            credit_account_id: number(credit),
            amount: number(amount),
            user_data: user_data(data_128, data_64, data_32),
            ledger: small(ledger),
            code: small(code),
            phase,
            linked: *linked != "_",
        };
        self.transfers.push((transfer, result));
    }

    fn commit(&mut self) {
        let accounts = expressible(std::mem::take(&mut self.accounts));
        let events: Vec<NewAccount> = accounts.iter().map(|(event, _)| *event).collect();
        let answers = self.book.create_accounts(&events);
        for ((event, expected), answer) in accounts.into_iter().zip(answers) {
            self.compare(
                &event,
                &answer.map_or_else(account_result, |()| "created".into()),
                expected,
            );
        }
        let transfers = expressible(std::mem::take(&mut self.transfers));
        let events: Vec<Transfer> = transfers.iter().map(|(event, _)| *event).collect();
        let answers = self.book.create_transfers(&events);
        for ((event, expected), answer) in transfers.into_iter().zip(answers) {
            self.compare(
                &event,
                &answer.map_or_else(transfer_result, |()| "created".into()),
                expected,
            );
        }
    }

    /// Gives an account its balances by transfers with accounts that no table names.
    fn set_up(&mut self, words: &[&str]) {
        let [id, debits_pending, debits_posted, credits_pending, credits_posted] = words else {
            panic!("{}: {words:?} is no set-up", self.name);
        };
        let pending = Phase::Pending { timeout_s: 0 };
        let debits = [(debits_posted, Phase::Single), (debits_pending, pending)];
        let credits = [(credits_posted, Phase::Single), (credits_pending, pending)];
        let debits = debits.map(|(amount, phase)| (true, number(amount), phase));
        let credits = credits.map(|(amount, phase)| (false, number(amount), phase));
        // The side that limits the other comes first.
        let debits_first = number(credits_posted) < number(debits_posted);
        let order = if debits_first {
            [debits, credits]
        } else {
            [credits, debits]
        };
        for (is_debit, amount, phase) in order.into_iter().flatten().filter(|(_, amount, _)| *amount > 0) {
            self.move_with_helper(number(id), is_debit, amount, phase);
        }
    }

    fn move_with_helper(&mut self, id: u128, is_debit: bool, amount: u128, phase: Phase) {
        self.helpers += 1;
        let helper = (1 << 64) + self.helpers;
        // The tables set up accounts of ledgers 1 and 2; an account of another ledger refuses and nothing is set up.
        let account = NewAccount {
            id: helper,
            ledger: 1,
            code: 1,
            limit: Limit::None,
            ..NewAccount::default()
        };
        assert_eq!(self.book.create_accounts(&[account]), [Ok(())]);
        let (debit, credit) = if is_debit { (id, helper) } else { (helper, id) };
        let transfer = Transfer {
            id: helper,
            debit_account_id: debit,
            credit_account_id: credit,
            amount,
            user_data: UserData::default(),
            ledger: 1,
            code: 1,
            phase,
            linked: false,
        };
        assert_eq!(
            self.book.create_transfers(&[transfer]),
            [Ok(())],
            "{}: set-up of {id}",
            self.name
        );
    }

    fn tick(&mut self, words: &[&str]) {
        let [seconds, "seconds"] = words else {
            panic!("{}: {words:?} is no tick", self.name)
        };
        self.now_ms = match seconds.strip_prefix('-') {
            Some(before_the_end) => u64::MAX - before_the_end.parse::<u64>().expect("a number") * 1000,
            None => self.now_ms + seconds.parse::<u64>().expect("a number") * 1000,
        };
        self.book.advance(self.now_ms);
    }

    fn look_up_account(&mut self, words: &[&str]) {
        self.looked_up = true;
        let found = self.book.account(number(words[0]));
        let found = found.map(|account| {
            [
                account.debits_pending,
                account.debits_posted,
                account.credits_pending,
                account.credits_posted,
            ]
        });
        let expected = match words {
            [_, "_"] => None,
            [_, balances @ .., "_"] => Some(<[u128; 4]>::try_from(
                balances.iter().map(|word| number(word)).collect::<Vec<_>>(),
            )),
            _ => panic!("{}: {words:?} is no look-up", self.name),
        };
        let expected = expected.map(|balances| balances.expect("four balances"));
        assert_eq!(found, expected, "{}: account {}", self.name, words[0]);
        self.checks += 1;
    }

    fn look_up_transfer(&mut self, words: &[&str]) {
        let found = self.book.lookup(number(words[0]));
        match words {
            [_, "exists", expected] => assert_eq!(found.is_some().to_string(), *expected, "{}", self.name),
            [_, "amount", expected] => {
                let (transfer, _) = found.unwrap_or_else(|| panic!("{}: {} is missing", self.name, words[0]));
                assert_eq!(transfer.amount, number(expected), "{}: {}", self.name, words[0]);
            }
            _ => panic!("{}: {words:?} is no look-up", self.name),
        }
        self.checks += 1;
    }

    fn compare(&mut self, event: &dyn std::fmt::Debug, got: &str, expected: &str) {
        assert_eq!(got, expected, "{}: {event:?}", self.name);
        self.checks += 1;
    }
}

fn expressible<T>(rows: Vec<(T, &str)>) -> Vec<(T, &str)> {
    let is_expressible = |result: &str| INEXPRESSIBLE.iter().all(|(name, _)| *name != result);
    rows.into_iter()
        .filter(|(_, result)| is_expressible(result))
        .collect()
}

fn account_result(refusal: AccountRefusal) -> String {
    match refusal {
        AccountRefusal::ExistsWithDifferent { field, .. } => format!("exists_with_different_{field}"),
        other => snake_case(other.into()),
    }
}

fn transfer_result(refusal: TransferRefusal) -> String {
    match refusal {
        TransferRefusal::ExistsWithDifferent { field, .. } => format!("exists_with_different_{field}"),
        TransferRefusal::PendingTransferHasDifferent { field, .. } => {
            format!("pending_transfer_has_different_{field}")
        }
        TransferRefusal::Unposted(unposted) => snake_case(unposted.into()),
        other => snake_case(other.into()),
    }
}

fn snake_case(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// A number with or without its kind's letter; `-n` counts down from the greatest.
fn number(word: &str) -> u128 {
    let digits = word.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    match digits.strip_prefix('-') {
        Some(below) => u128::MAX - below.parse::<u128>().expect("a number"),
        None if digits == "_" => 0,
        None => digits.parse().unwrap_or_else(|error| panic!("{word}: {error}")),
    }
}

fn small<T: TryFrom<u128>>(word: &str) -> T {
    number(word)
        .try_into()
        .unwrap_or_else(|_| panic!("{word} is too large for its field"))
}

fn user_data(data_128: &str, data_64: &str, data_32: &str) -> UserData {
    UserData {
        user_data_128: number(data_128),
        user_data_64: small(data_64),
        user_data_32: small(data_32),
    }
}
