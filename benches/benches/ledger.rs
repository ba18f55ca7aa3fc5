//! The ledger's throughput beside its raw limits (`spec/ledger.md`, Speed): transfers in memory, and fills applied, logged with
//! one synced write per batch, and followed by the root on a second thread. Signatures are excluded: batches are authenticated.
//!
//! Prices stand still and come every ten batches; intents expire after three, so that old ids are forgotten as fast as new ones
//! come. The raw limit writes and syncs the same bytes and hashes what the batch touched, both with nothing else.
//! Run with `cargo bench --profile dev -p benches --bench ledger`.

mod market;

use std::{
    collections::BTreeMap,
    fs::File,
    hint::black_box,
    io::Write as _,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use benches::{Operation, Table, Target, print_table};
use ledger::{
    command::{Block, Command},
    root::{Changes, Roots, seal},
    transfer::{Book, NewAccount, Phase, Transfer, UserData},
};
use market::{Market, options, perpetuals};
use wire::{command::MarginModel, encoding::Canonical, types::keccak256};

const ACCOUNTS: u64 = 10_000;
const TRANSFERS: u64 = 10_000;

fn main() {
    let mut rates = Vec::new();
    print_table(|table| {
        rates.push(("posted transfers", transfers(table), TRANSFERS, 1_000_000));
        let standard = Market::new(10_000, MarginModel::Standard, perpetuals());
        let took = fills(
            table,
            "10,000 fills, standard model, 10,000 subs",
            standard,
            10_000,
        );
        rates.push(("fills, standard model", took, 10_000, 100_000));
        let portfolio = Market::new(200, MarginModel::Portfolio, options());
        let took = fills(
            table,
            "2,000 fills, portfolio model, 20 options",
            portfolio,
            2_000,
        );
        rates.push(("fills, portfolio model", took, 2_000, 30_000));
    });
    println!("\n| rate | per second | target | |\n|---|---|---|---|");
    for (name, took, count, target) in rates {
        let rate = count as f64 / took.as_secs_f64();
        let verdict = if rate >= f64::from(target) {
            "met"
        } else {
            "missed"
        };
        println!("| {name} | {rate:.0} | >= {target} | {verdict} |");
    }
}

/// Batches of transfers with ids of their own between accounts far apart; the peer adds to the two balances of each.
fn transfers(table: &mut Table) -> Duration {
    let pair = |number: u64| (number % ACCOUNTS + 1, (number * 7_919 + 13) % ACCOUNTS + 1);
    let mut book = Book::default();
    let account = |number: u64| NewAccount {
        id: number.into(),
        ledger: 1,
        code: 1,
        ..NewAccount::default()
    };
    let accounts: Vec<_> = (1..=ACCOUNTS).map(account).collect();
    assert!(book.create_accounts(&accounts).iter().all(Result::is_ok));
    let mut next = 0;
    let mut batch = move || -> Vec<Transfer> {
        next += TRANSFERS;
        (next..next + TRANSFERS)
            .map(|id| transfer(id, pair(id)))
            .collect()
    };
    let ours = || book.create_transfers(&batch()).iter().all(Result::is_ok);
    let mut balances: BTreeMap<u128, (u128, u128)> =
        (1..=ACCOUNTS).map(|number| (number.into(), (0, 0))).collect();
    let raw = || {
        for (debit, credit) in (0..TRANSFERS).map(pair).filter(|(debit, credit)| debit != credit) {
            balances.entry(debit.into()).or_default().0 += black_box(1);
            balances.entry(credit.into()).or_default().1 += black_box(1);
        }
    };
    let operation = Operation {
        name: "10,000 posted transfers",
        peer: "two balances of a BTreeMap each",
        target: Target::Speed,
    };
    table.row(operation, ours, raw)
}

fn transfer(id: u64, (debit, credit): (u64, u64)) -> Transfer {
    Transfer {
        id: id.into(),
        debit_account_id: debit.into(),
        credit_account_id: if debit == credit {
            u128::from(debit % ACCOUNTS + 1)
        } else {
            credit.into()
        },
        amount: 1,
        phase: Phase::Single,
        user_data: UserData::default(),
        ledger: 1,
        code: 1,
        linked: false,
    }
}

/// One batch after the other; the root of a batch is computed while the next one is applied.
fn fills(table: &mut Table, name: &str, mut market: Market, count: u32) -> Duration {
    let (roots, _) = Roots::of(&market.state).expect("in range");
    let mut log = Log::new();
    let (hashed, raw_hashed) = (follower(roots), hasher());
    let bytes = logged(&market.batch(count));
    let touched: usize = market.state.subs.values().map(|sub| sub.encode().len()).sum();
    let touched = vec![0x5a; touched];
    let ours = || {
        let block = market.batch(count);
        log.append(&logged(&block));
        market.accepts(&block);
        hashed
            .send(seal(&mut market.state).expect("in range"))
            .expect("runs");
    };
    let mut raw_log = Log::new();
    let raw = || {
        raw_log.append(&bytes);
        raw_hashed.send(touched.clone()).expect("runs");
    };
    let operation = Operation {
        name,
        peer: "their synced write and hashes",
        target: Target::Speed,
    };
    table.row(operation, ours, raw)
}

/// What a replay reads.
fn logged(block: &Block) -> Vec<u8> {
    let mut bytes = Vec::new();
    for command in &block.commands {
        let Command::Fill(fill) = command else { continue };
        fill.post.encode_to(&mut bytes);
        fill.take.encode_to(&mut bytes);
        fill.quantity.encode_to(&mut bytes);
    }
    bytes
}

/// Follows blocks on a thread of its own; at most one block waits, so that the slower of the two sides sets the pace.
fn follower(mut roots: Roots) -> SyncSender<Changes> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        for changes in receiver {
            black_box(roots.apply(changes).expect("in range"));
        }
    });
    sender
}

fn hasher() -> SyncSender<Vec<u8>> {
    let (sender, receiver) = sync_channel::<Vec<u8>>(1);
    thread::spawn(move || {
        for bytes in receiver {
            black_box(keccak256(&[&bytes]));
        }
    });
    sender
}

/// A file that grows by synced writes.
struct Log(File);

impl Log {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("ledger-bench-{}", std::process::id()));
        let file = File::create(&path).expect("a writable directory for temporary files");
        // It lives as long as it is open.
        std::fs::remove_file(path).expect("the file just made");
        Self(file)
    }

    fn append(&mut self, bytes: &[u8]) {
        self.0
            .write_all(bytes)
            .and_then(|()| self.0.sync_data())
            .expect("room on the disk");
    }
}
