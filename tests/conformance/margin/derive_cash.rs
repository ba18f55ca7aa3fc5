//! Derive's interest: supply, loans and use of one cash over a sequence of trades, settlements and an insolvency.
//!
//! Ours differs: settlement never prints cash here, so that use is loans over claims. The curve and its growth are ours; the
//! public bookkeeping around them is computed here.

use std::collections::BTreeMap;

use ledger::{
    math::Fixed,
    rates::interest::{RateModel, utilisation},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tests::Files;

use super::{agree, fixed, raw};
use crate::conformance::rows;

rows! {
    run sequence ["margin/derive-cash/sequence.json"];
    run high_use ["margin/derive-cash/testInterestPaidForHighUtil.json"];
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sequence<'a> {
    #[serde(rename = "totalSupplys", borrow)]
    supplies: Vec<&'a RawValue>,
    #[serde(rename = "totalBorrows", borrow)]
    borrows: Vec<&'a RawValue>,
    #[serde(rename = "utilizations", borrow)]
    utilisations: Vec<&'a RawValue>,
    #[serde(borrow)]
    events_vec: Vec<Event<'a>>,
    #[serde(borrow)]
    starting_balances: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Event<'a> {
    key1: &'a str,
    key2: &'a str,
    key3: &'a str,
    #[serde(borrow)]
    key4: &'a RawValue,
    #[serde(borrow)]
    key5: &'a RawValue,
}

/// The public bookkeeping: balances that grow with interest, and settled cash that is not yet backed.
struct Bank {
    balances: BTreeMap<String, Fixed>,
    settled: Fixed,
}

fn plus(a: Fixed, b: Fixed) -> Fixed {
    a.add(b).expect("in range")
}

impl Bank {
    fn supply(&self) -> Fixed {
        Fixed::sum(self.balances.values().map(|balance| balance.max_zero())).expect("in range")
    }

    fn borrow(&self) -> Fixed {
        Fixed::sum(self.balances.values().map(|balance| balance.min_zero().negate())).expect("in range")
    }

    fn used(&self) -> Fixed {
        let supply = plus(self.supply(), self.settled.min_zero().negate());
        utilisation(self.borrow(), supply).expect("in range")
    }

    fn credit(&mut self, who: &str, amount: Fixed) {
        let balance = self.balances.entry(who.to_owned()).or_default();
        *balance = plus(*balance, amount);
    }

    /// Loans grow; a fifth goes to the module, the rest to the suppliers by their balance.
    fn accrue(&mut self, model: &RateModel, days: Fixed) {
        let ms = days.raw() / 1_000_000_000_000_000_000 * 86_400_000;
        let growth = model
            .growth(self.used(), u64::try_from(ms).expect("days"))
            .expect("in range");
        let (supply, borrow) = (self.supply(), self.borrow());
        let interest = borrow
            .mul_floor(growth)
            .expect("in range")
            .sub(borrow)
            .expect("in range");
        let cut = interest.mul_floor(fixed("0.2")).expect("in range");
        let shared = interest.sub(cut).expect("in range");
        for balance in self.balances.values_mut() {
            *balance = if balance.is_negative() {
                balance.mul_floor(growth).expect("in range")
            } else {
                plus(*balance, balance.mul_div_floor(shared, supply).expect("in range"))
            };
        }
        self.credit("SM", cut);
    }

    fn apply(&mut self, event: &Event<'_>) {
        let amount = raw(event.key4);
        self.credit(event.key2, amount);
        match event.key1 {
            "TRADE" => self.credit(event.key3, amount.negate()),
            "SETTLEMENT" => self.settled = plus(self.settled, amount),
            "INSOLVENCY" => self.credit("SM", amount.negate()),
            "BORROW" => {}
            other => panic!("unknown event {other}"),
        }
    }
}

fn sequence(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let sequence: Sequence = serde_json::from_str(&text).expect("a sequence");
    let names = ["Alice", "Bob", "Charlie", "David", "Eric", "SM"];
    let balances = names.iter().zip(&sequence.starting_balances);
    let balances = balances
        .map(|(name, balance)| ((*name).to_owned(), raw(balance)))
        .collect();
    let mut bank = Bank {
        balances,
        settled: Fixed::ZERO,
    };
    let model = RateModel {
        base: fixed("0.05"),
        slope: fixed("0.3"),
        kink: fixed("0.6"),
        steep: fixed("2"),
    };
    // The published check ends with step 8.
    for (step, event) in sequence.events_vec.iter().enumerate().take(9) {
        if step > 0 {
            bank.accrue(&model, raw(event.key5));
            bank.apply(event);
        }
        let pairs = [
            ("supply", bank.supply(), sequence.supplies[step]),
            ("borrow", bank.borrow(), sequence.borrows[step]),
            ("use", bank.used(), sequence.utilisations[step]),
        ];
        for (what, ours, theirs) in pairs {
            assert!(
                agree(ours, raw(theirs), 8),
                "step {step} {what}: {ours} {}",
                raw(theirs)
            );
        }
    }
    assert_eq!(sequence.events_vec.len(), 10);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HighUse<'a> {
    #[serde(borrow)]
    total_borrow: Vec<&'a RawValue>,
    #[serde(borrow)]
    total_supply: Vec<&'a RawValue>,
    #[serde(rename = "Utilization", borrow)]
    utilisation: Vec<&'a RawValue>,
    #[serde(borrow)]
    borrow_rate: Vec<&'a RawValue>,
    #[serde(rename = "Time")]
    time: Vec<u64>,
}

/// Two weeks of interest at high use, then 10 repaid; the published percentages are of use.
fn high_use(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let rows: HighUse = serde_json::from_str(&text).expect("rows");
    let model = RateModel {
        base: fixed("0.06"),
        slope: fixed("0.2"),
        kink: fixed("0.6"),
        steep: fixed("0.4"),
    };
    let used =
        |row: usize| utilisation(raw(rows.total_borrow[row]), raw(rows.total_supply[row])).expect("in range");
    for row in 0..2 {
        let percent = used(row).mul_floor(Fixed::from_int(100)).expect("in range");
        assert!(
            agree(percent, raw(rows.utilisation[row]), 9),
            "row {row}: {percent}"
        );
        let rate = model.rate(used(row)).expect("in range");
        assert!(agree(rate, raw(rows.borrow_rate[row]), 9), "row {row}: {rate}");
    }
    let elapsed_ms = (rows.time[1] - rows.time[0]) * 1_000;
    let growth = model.growth(used(0), elapsed_ms).expect("in range");
    let grown = raw(rows.total_borrow[0]).mul_floor(growth).expect("in range");
    let interest = grown.sub(raw(rows.total_borrow[0])).expect("in range");
    assert!(
        agree(plus(grown, Fixed::from_int(-10)), raw(rows.total_borrow[1]), 9),
        "borrow {grown}"
    );
    assert!(
        agree(
            plus(raw(rows.total_supply[0]), interest),
            raw(rows.total_supply[1]),
            9
        ),
        "interest {interest}"
    );
}
