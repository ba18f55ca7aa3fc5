//! Rules of other venues, computed from our parts: Drift, Deribit, Paradex, SPAN, Vega, Dango.
//!
//! None of them is ours; each test says what ours does instead.

use std::collections::BTreeMap;

use ledger::{
    margin::{
        margin_required_up,
        scenario::{Scenario, VolatilityShock},
    },
    math::{Fixed, Wide},
    rates::aggregation::weighted_median,
};
use serde_json::value::RawValue;
use tests::Files;

use super::fixed;
use crate::conformance::rows;

rows! {
    run drift ["margin/drift/liquidation.json"];
    run deribit ["margin/deribit/margin_examples.json"];
    run paradex ["margin/deribit/paradex_grid.json"];
    run span_example ["margin/span/mcmillan_covered_write.json"];
    run span_grid ["margin/span/span16_definition.json"];
    run vega ["margin/vega/spec_numbers.json"];
    run dango ["margin/dango-adl/liquidation_spec.json"];
    left_out ["margin/MANIFEST.md", "margin/SHA256SUMS"] "says where the cases come from, and their hashes";
}

/// A JSON document whose numbers are kept as their text.
#[derive(Clone)]
struct Exact(Box<RawValue>);

impl Exact {
    fn read(files: &Files) -> Self {
        let path = files.paths().next().expect("one file").to_owned();
        Self(RawValue::from_string(files.text(&path)).expect("JSON"))
    }

    fn get(&self, key: &str) -> Self {
        self.find(key)
            .unwrap_or_else(|| panic!("no {key} in {}", self.0.get()))
    }

    fn find(&self, key: &str) -> Option<Self> {
        let mut object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(self.0.get()).ok()?;
        object.remove(key).map(Self)
    }

    fn list(&self) -> Vec<Self> {
        let list: Vec<Box<RawValue>> = serde_json::from_str(self.0.get()).expect("a list");
        list.into_iter().map(Self).collect()
    }

    fn number(&self) -> Fixed {
        super::decimal(&self.0)
    }

    fn at(&self, key: &str) -> Fixed {
        self.get(key).number()
    }

    fn text(&self) -> String {
        serde_json::from_str(self.0.get()).expect("text")
    }
}

fn times(a: Fixed, b: Fixed) -> Fixed {
    a.mul_trunc(b).expect("in range")
}

fn plus(a: Fixed, b: Fixed) -> Fixed {
    a.add(b).expect("in range")
}

fn minus(a: Fixed, b: Fixed) -> Fixed {
    a.sub(b).expect("in range")
}

/// Sells the amount that lifts the account to maintenance. Ours sells a fraction of everything at a discount.
fn drift(files: &Files) {
    let document = Exact::read(files);
    let margin = fixed("10000");
    let fee_unit = fixed("1000000");
    let mut count = 0;
    for case in document.get("base_to_cover").list() {
        // Fees in 1e6 to the margin's 1e4; price in cash times the cash's own price.
        let fee = |key: &str| case.at(key).div_trunc(fixed("100")).expect("in range");
        let kept = minus(case.at("margin_ratio"), fee("liq_fee"));
        let per_price = times(case.at("oracle"), case.at("quote"))
            .div_trunc(fee_unit)
            .expect("in range");
        let freed = minus(
            times(per_price, kept).div_trunc(margin).expect("in range"),
            times(per_price, case.at("if_fee"))
                .div_trunc(fee_unit)
                .expect("in range"),
        );
        let sold = case
            .at("shortage")
            .mul_div_trunc(fixed("1000000000"), freed)
            .expect("in range");
        assert_eq!(whole(sold), case.at("expected"), "base");
        count += 1;
    }
    for case in document.get("liability_to_cover").list() {
        // Weights in 1e5; the insurance fee is on the weighted liability.
        let ten = Fixed::from_int(10);
        let owed = times(case.at("liab_w"), ten);
        let held = times(case.at("asset_w"), ten);
        let got = held
            .mul_div_trunc(case.at("asset_mult"), case.at("liab_mult"))
            .expect("in range");
        let fee = owed.mul_div_trunc(case.at("if_fee"), fee_unit).expect("in range");
        assert_eq!(case.at("dec"), Fixed::from_int(9));
        let per_unit = minus(minus(owed, whole(got)), fee);
        // A shortage of 10 in cash of six decimals, a price in the same.
        let covered = fixed("10000000")
            .mul_div_trunc(fixed("100000"), per_unit)
            .expect("in range");
        let covered = covered
            .mul_div_trunc(fixed("1000000000"), case.at("px"))
            .expect("in range");
        assert_eq!(whole(covered), case.at("expected"), "liability");
        count += 1;
    }
    assert_eq!(count, 9);
}

/// Without what an integer division drops.
fn whole(value: Fixed) -> Fixed {
    let scale = i128::from(Fixed::SCALE);
    Fixed::from_raw(value.raw() / scale * scale)
}

/// Fractions that grow with the account's own size; ours grow with the market's open interest.
fn deribit(files: &Files) {
    let document = Exact::read(files);
    let examples = document.get("linear_perp").list();
    for example in &examples {
        let bitcoin = example.get("inst").text().starts_with("BTC");
        let (base, kept, slope) = if bitcoin {
            ("0.02", "0.01", "0.00005")
        } else {
            ("0.04", "0.02", "0.000005")
        };
        let growth = times(fixed(slope), example.at("pos"));
        let notional = times(example.at("px"), example.at("pos"));
        let rate = plus(fixed(base), growth);
        assert_eq!(rate, example.at("im_rate"));
        assert_eq!(
            margin_required_up(notional, rate).expect("in range"),
            example.at("im_usdc")
        );
        if let Some(expected) = example.find("mm_usdc") {
            let rate = plus(fixed(kept), growth);
            assert_eq!(rate, example.at("mm_rate"));
            assert_eq!(
                margin_required_up(notional, rate).expect("in range"),
                expected.number()
            );
        }
    }
    assert_eq!(examples.len(), 4);
    let index = document.get("index_example");
    let sources: Vec<_> = index
        .get("sources")
        .list()
        .iter()
        .map(|source| source.list()[0].number())
        .collect();
    let mut votes: Vec<_> = sources.iter().map(|price| (*price, 1)).collect();
    let median = weighted_median(&mut votes).expect("a median");
    assert_eq!(median, index.at("median"));
    let band = times(median, index.at("band"));
    let capped = sources
        .iter()
        .map(|price| (*price).clamp(minus(median, band), plus(median, band)));
    let expected: Vec<_> = index.get("capped").list().iter().map(Exact::number).collect();
    assert_eq!(capped.collect::<Vec<_>>(), expected);
}

/// The grid in our words; its tails count 0.16 over the move, rounded.
fn paradex(files: &Files) {
    let document = Exact::read(files);
    let rows = document.get("scenarios").list();
    for row in &rows {
        let row: Vec<_> = row.list().iter().map(Exact::number).collect();
        let relative = row[0].div_trunc(Fixed::from_int(100)).expect("in range");
        let volatility = if row[1].is_positive() {
            VolatilityShock::Up
        } else {
            VolatilityShock::Down
        };
        let scenario = Scenario {
            spot: plus(Fixed::ONE, relative),
            volatility,
            dampening: row[2],
        };
        assert_eq!(scenario.relative().expect("in range"), relative);
        let wide = relative.abs() > fixed("0.16");
        let counted = if wide {
            fixed("0.16").div_trunc(relative.abs()).expect("in range")
        } else {
            Fixed::ONE
        };
        assert!(
            minus(counted, scenario.dampening).abs() <= fixed("0.005"),
            "{relative}"
        );
    }
    assert_eq!(rows.len(), 24);
}

/// A portfolio's loss by published arrays: amounts times rows, the worst. Ours adds dampening, discounts and charges.
fn span_example(files: &Files) {
    let document = Exact::read(files);
    let rows = document.get("scenarios").list();
    let mut worst = Fixed::ZERO;
    for row in &rows {
        let row = row.list();
        // One future and one short call: the columns are results of one each.
        let sum = Wide::product(Fixed::ONE, row[2].number()).add_product(Fixed::ONE, row[3].number());
        let result = sum.and_then(Wide::floor).expect("in range");
        assert_eq!(result, row[4].number());
        worst = worst.min(result);
    }
    assert_eq!(worst.negate(), document.at("scan_risk"));
    assert_eq!(rows.len(), 16);
}

fn span_grid(files: &Files) {
    let document = Exact::read(files);
    let rows = document.get("definition").list();
    let mut sides = BTreeMap::<Fixed, usize>::new();
    for row in &rows {
        let row = row.list();
        let text = row[1].0.get().trim_matches('"').to_owned();
        let moved = match text.split_once('/') {
            Some((top, bottom)) => fixed(top).div_trunc(fixed(bottom)).expect("in range"),
            None => fixed(&text),
        };
        *sides.entry(moved.abs()).or_default() += 1;
        // Tails, beyond one range, count in part; the regular grid counts whole.
        let counted = row[3].number();
        assert_eq!(moved.abs() > Fixed::ONE, counted < Fixed::ONE);
    }
    assert_eq!(sides.values().copied().collect::<Vec<_>>(), [2, 4, 4, 4, 2]);
}

fn vega(files: &Files) {
    let document = Exact::read(files);
    let mut seen = 0;
    for case in document.get("cases").list() {
        let id = case.get("id").text();
        match id.as_str() {
            "0019-MCAL-210" => vega_maintenance(&case),
            "0012-POSR-013" => vega_disposal(&case),
            "0012-POSR-016" => vega_profit(&case),
            "0019-MCAL-026 funding piece" => {
                let interest = times(case.at("delta_t"), case.at("interest"));
                assert_eq!(times(case.at("s_twap"), interest), case.at("funding_payment"));
            }
            "0009-MRKP median" => {
                let mut votes = [(fixed("1"), 1), (fixed("4"), 1)];
                assert_eq!(
                    weighted_median(&mut votes),
                    Ok(fixed("2.5")),
                    "{}",
                    case.get("rule").text()
                );
            }
            "0053-PERP-029" | "0053-PERP-030" | "0053-PERP-031" => vega_funding(&case),
            other => panic!("unknown case {other}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 8);
}

/// Slippage and risk factor on the mark; ours is one fraction by open interest.
fn vega_maintenance(case: &Exact) {
    let size = times(case.at("mark"), case.at("pos").abs());
    let fraction = plus(case.at("linSlip"), case.at("rf"));
    assert_eq!(
        margin_required_up(size, fraction).expect("in range"),
        case.at("maintenance")
    );
}

/// Half of what is left each step, bounded by the book, all of it when little is left. Ours is an auction.
fn vega_disposal(case: &Exact) {
    let mut left = case.at("position");
    for expected in case.get("expected_volumes").list() {
        let bound = times(case.at("max_frac_book"), case.at("book"));
        let wanted = if left <= case.at("full_disposal") {
            left
        } else {
            times(left, case.at("fraction"))
        };
        let volume = wanted.min(bound);
        assert_eq!(volume, expected.number());
        left = minus(left, volume);
    }
    assert!(left.is_zero());
}

/// Realised and unrealised profit through a reversal.
fn vega_profit(case: &Exact) {
    let (mut held, mut entry, mut realised) = (Fixed::ZERO, Fixed::ZERO, Fixed::ZERO);
    for step in case.get("steps").list() {
        let (mark, position) = (step.at("mark"), step.at("pos"));
        if position != held {
            realised = plus(realised, times(minus(mark, entry), held));
            entry = mark;
            held = position;
        }
        assert_eq!(realised, step.at("realised"));
        assert_eq!(times(minus(mark, entry), held), step.at("unrealised"));
    }
}

/// Difference of the averages over spot's, scaled and bounded; ours is clamped per hour with an interest part.
fn vega_funding(case: &Exact) {
    let (future, spot) = (case.at("f_twap"), case.at("s_twap"));
    let rate = minus(future, spot)
        .mul_div_trunc(case.at("scaling_factor"), spot)
        .expect("in range");
    let bounds = case.get("rate_bounds").list();
    let bound = |index: usize| (bounds[index].0.get() != "null").then(|| bounds[index].number());
    let rate = bound(0).map_or(rate, |low| rate.max(low));
    let rate = bound(1).map_or(rate, |high| rate.min(high));
    assert_eq!(rate, case.at("expected_funding_rate"));
}

/// Closes what lifts the account to maintenance, against the book at its price and then against profit at the bankruptcy
/// price. Ours auctions the account and closes by force at mark.
fn dango(files: &Files) {
    let document = Exact::read(files);
    let params = document.get("params");
    let singles = document.get("single").list();
    for case in &singles {
        dango_single(case, &params);
    }
    let doubles = document.get("double").list();
    for case in &doubles {
        dango_double(case);
    }
    dango_edge(&document.get("edge"), &params);
    assert_eq!((singles.len(), doubles.len()), (6, 2));
}

/// What must be closed so that equity covers maintenance of the rest.
fn dango_close(equity: Fixed, notional: Fixed, price: Fixed, mmr: Fixed) -> Fixed {
    let deficit = minus(margin_required_up(notional, mmr).expect("in range"), equity);
    let freed = times(price, mmr);
    deficit
        .max_zero()
        .mul_div_ceil(Fixed::ONE, freed)
        .expect("in range")
}

fn dango_single(case: &Exact, params: &Exact) {
    let name = case.get("name").text();
    let (size, entry, oracle) = (case.at("alice_pos"), case.at("entry"), case.at("oracle"));
    let profit = times(minus(oracle, entry), size);
    let equity = plus(case.at("alice_margin"), profit);
    let close = dango_close(equity, times(oracle, size), oracle, params.at("mmr")).min(size);
    // The counterparty's price in the forced part leaves the account nothing.
    let bankruptcy = minus(oracle, equity.div_trunc(size).expect("in range"));
    let by_book = case.at("carol_bid_size").min(close);
    let forced = minus(close, by_book);
    if let Some(adl) = case.find("adl").filter(|adl| adl.0.get() != "null") {
        assert_eq!((forced, bankruptcy), (adl.at("size"), adl.at("price")), "{name}");
    }
    let settled = plus(
        times(minus(case.at("carol_price"), entry), by_book),
        times(minus(bankruptcy, entry), forced),
    );
    let left = plus(case.at("alice_margin"), settled);
    let fee = times(times(close, oracle), params.at("liq_fee"));
    let rest = plus(left, times(minus(oracle, entry), minus(size, close)));
    let fee = fee.min(rest.max_zero());
    let bad = if close == size {
        left.min_zero().negate()
    } else {
        Fixed::ZERO
    };
    let expected = case.get("expected");
    assert_eq!(plus(minus(left, fee), bad), expected.at("alice_margin"), "{name}");
    assert_eq!(minus(size, close), expected.at("alice_pos"), "{name}");
    let bob = minus(case.at("bob_margin"), times(minus(bankruptcy, entry), forced));
    assert_eq!(bob, expected.at("bob_margin"), "{name}");
    assert_eq!(minus(fee, bad), expected.at("insurance_delta"), "{name}");
    assert_eq!(bad, expected.at("bad_debt"), "{name}");
}

/// Two markets: the larger requirement is closed first. Checked is what both sides' cash adds up to.
fn dango_double(case: &Exact) {
    let name = case.get("name").text();
    let (mut alice, mut bob) = (case.at("alice_margin"), case.at("bob_margin"));
    let mut closed = Fixed::ZERO;
    for (market, key) in [("BTC", "btc_adl"), ("ETH", "eth_adl")] {
        let Some(adl) = case.find(key).filter(|adl| adl.0.get() != "null") else {
            continue;
        };
        let entry = case.get("positions").get(market).list()[1].number();
        let settled = times(minus(adl.at("price"), entry), adl.at("size"));
        alice = plus(alice, settled);
        bob = minus(bob, settled);
        closed = plus(closed, times(case.get("oracle").at(market), adl.at("size")));
    }
    let expected = case.get("expected");
    assert_eq!(bob, expected.at("bob_margin"), "{name}");
    let fee = times(closed, fixed("0.001")).min(alice.max_zero());
    assert_eq!(minus(alice, fee), expected.at("alice_margin"), "{name}");
    assert_eq!(fee, expected.at("insurance_delta"), "{name}");
}

fn dango_edge(case: &Exact, params: &Exact) {
    let (size, entry, oracle) = (case.at("alice_pos"), case.at("entry"), case.at("oracle"));
    let equity = plus(case.at("alice_margin"), times(minus(oracle, entry), size));
    let close = dango_close(equity, times(oracle, size), oracle, params.at("mmr"));
    assert_eq!(minus(size, close), case.get("expected").at("alice_pos"));
    let fee = times(times(close, oracle), params.at("liq_fee"));
    let left = plus(case.at("alice_margin"), times(minus(oracle, entry), close));
    assert_eq!(minus(left, fee), case.get("expected").at("alice_margin"));
    assert_eq!(fee, case.get("expected").at("insurance_delta"));
}
