//! Derive's first portfolio model: 44 portfolios to the whole dollar, 21 with every number.
//!
//! Ours differs: the first model scales its charges by the initial factor too, prices without discounting, has no skew and
//! no tails, and discounts long value by four times the rate. The risk arrays, the scenario results, the basis move and the
//! naked shorts are ours; the sum is the public rule, computed here.

use std::collections::BTreeMap;

use ledger::{margin::portfolio::Linear, math::Fixed, pricing::OptionKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use tests::Files;

use super::{
    agree,
    derive_first_model::{Chain, First, Law, sum, times},
    fixed, raw,
};
use crate::conformance::rows;

rows! {
    run portfolios ["margin/derive-pmrm1/test-cases-portfolio-pm.json"];
    run verified ["margin/derive-pmrm1/testAndVerifyScenarios.json"];
    run inputs ["margin/derive-pmrm1/testScenarios.json"];
}

#[derive(Deserialize)]
struct Case<'a> {
    #[serde(borrow)]
    cash: &'a RawValue,
    #[serde(borrow)]
    bases: Vec<Base<'a>>,
    #[serde(borrow)]
    options: Vec<Held<'a>>,
    #[serde(borrow)]
    perps: Vec<Perpetual<'a>>,
    #[serde(alias = "result")]
    results: Whole,
}

#[derive(Deserialize)]
struct Base<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
}

#[derive(Deserialize)]
struct Held<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
    expiry: &'a str,
    #[serde(borrow)]
    strike: &'a RawValue,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Perpetual<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
    #[serde(borrow)]
    entry_price: &'a RawValue,
}

#[derive(Deserialize)]
struct Whole {
    im: i128,
    mm: i128,
}

/// An amount in units of 1e-8.
pub(super) fn eighths(value: &RawValue) -> Fixed {
    Fixed::from_raw(super::integer(value) * 10_000_000_000)
}

/// Dates of the published portfolios: days from the start (and eight hours), and what the ETH forward adds to spot.
pub(super) const DATES: [(&str, u64, &str, &str); 8] = [
    ("20230104", 3, "0.91345", "12.7883"),
    ("20230111", 10, "2.83305", "39.66276"),
    ("20230118", 17, "4.7545", "66.56301"),
    ("20230227", 57, "15.7696", "220.77451"),
    ("20230804", 215, "59.87416", "838.23835"),
    ("20230811", 222, "61.85933", "865.90472"),
    ("20230818", 229, "63.8284", "893.59763"),
    ("20230825", 238, "66.3744", "929.24184"),
];

/// Numbers that a case replaces.
#[derive(Default)]
struct Changes {
    stable: Option<&'static str>,
    spot: Option<&'static str>,
    spot_confidence: Option<&'static str>,
    perpetual: Option<(&'static str, &'static str)>,
    forwards: &'static [(&'static str, &'static str, &'static str)],
    volatilities: &'static [(&'static str, i64, &'static str, &'static str)],
}

fn changes(name: &str) -> Changes {
    const LOW_FORWARD: &[(&str, &str, &str)] = &[("20230118", "2004.75", "0.02")];
    match name {
        "test_depeg_contingency_pm" => Changes {
            stable: Some("0.2"),
            ..Changes::default()
        },
        "test_oracle_cont_long_call_pm" => Changes {
            spot_confidence: Some("0.1"),
            forwards: &[("20230118", "2004.75", "0.4")],
            volatilities: &[("20230118", 1_700, "0.5", "0.3")],
            ..Changes::default()
        },
        "test_oracle_cont_short_call_pm" => Changes {
            spot_confidence: Some("0.1"),
            forwards: &[("20230118", "2004.75", "0.4")],
            volatilities: &[("20230118", 1_700, "0.5", "0.1")],
            ..Changes::default()
        },
        "test_oracle_cont_base_asset_pm" => Changes {
            spot_confidence: Some("0.1"),
            forwards: LOW_FORWARD,
            volatilities: &[("20230118", 1_700, "0.01", "0.1")],
            ..Changes::default()
        },
        "test_oracle_cont_long_perp_asset_pm" => Changes {
            spot_confidence: Some("0.3"),
            perpetual: Some(("2001", "0.1")),
            forwards: LOW_FORWARD,
            volatilities: &[("20230118", 1_700, "0.5", "0.1")],
            ..Changes::default()
        },
        "test_general_portfolio_pm" => Changes {
            spot: Some("2004"),
            spot_confidence: Some("0.3"),
            perpetual: Some(("2017", "0.3")),
            forwards: &[("20230227", "2014.7545", "0.2")],
            volatilities: &[
                ("20230118", 1_700, "0.15", "0.1"),
                ("20230118", 2_100, "1.01", "0.1"),
                ("20230118", 1_000, "0.33", "0.1"),
            ],
            ..Changes::default()
        },
        _ => Changes::default(),
    }
}

fn first(case: &Case<'_>, changes: &Changes) -> First {
    let (mark, confidence) = changes.perpetual.unwrap_or(("2001", "1"));
    let (mark, confidence) = (fixed(mark), fixed(confidence));
    let mut chains = Vec::new();
    for (date, days, add, _) in DATES {
        let mut options = BTreeMap::new();
        let mut lowest = Fixed::ONE;
        for (at, _, _, confidence) in changes.volatilities {
            if *at == date {
                lowest = lowest.min(fixed(confidence));
            }
        }
        for held in case.options.iter().filter(|held| held.expiry == date) {
            let strike = super::decimal(held.strike);
            let changed = changes
                .volatilities
                .iter()
                .find(|(at, at_strike, ..)| *at == date && Fixed::from_int(*at_strike) == strike);
            let volatility = changed.map_or(fixed("0.5"), |(_, _, volatility, _)| fixed(volatility));
            let kind = if held.kind == "call" {
                OptionKind::Call
            } else {
                OptionKind::Put
            };
            options.insert((strike, kind), (volatility, eighths(held.amount)));
        }
        let changed = changes.forwards.iter().find(|(at, ..)| *at == date);
        let usual = fixed("2000").add(fixed(add)).expect("in range");
        let (forward, score) = changed.map_or((usual, Fixed::ONE), |(_, forward, score)| {
            (fixed(forward), fixed(score))
        });
        if !options.is_empty() {
            chains.push(Chain {
                seconds: days * 86_400 + 28_800,
                fixed: Fixed::ZERO,
                variable: forward,
                rate: fixed("0.02"),
                confidence: lowest.min(score),
                options,
            });
        }
    }
    let perpetual = case.perps.first();
    let quantity = perpetual.map_or(Fixed::ZERO, |held| eighths(held.amount));
    let gained = perpetual.map_or(Fixed::ZERO, |held| {
        mark.sub(eighths(held.entry_price)).expect("in range")
    });
    First {
        spot: fixed(changes.spot.unwrap_or("2000")),
        spot_confidence: fixed(changes.spot_confidence.unwrap_or("1")),
        stable: fixed(changes.stable.unwrap_or("1")),
        cash: eighths(case.cash),
        base: sum(case.bases.iter().map(|base| eighths(base.amount))),
        perpetual: Linear {
            quantity,
            price: mark,
            value: times(gained, quantity),
            confidence,
        },
        chains,
    }
}

fn portfolios(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let cases: BTreeMap<String, Case> = serde_json::from_str(&text).expect("cases");
    let law = Law {
        linear_and_base: fixed("0.025"),
        confidence: fixed("0.4"),
        rate_add: fixed("0.12"),
    };
    let mut failures = Vec::new();
    for (name, case) in &cases {
        let margins = first(case, &changes(name)).margins(law);
        let whole = |margin: Fixed| margin.raw() / i128::from(Fixed::SCALE);
        let ours = (whole(margins.initial), whole(margins.maintenance));
        if ours != (case.results.im, case.results.mm) {
            failures.push(format!(
                "{name}: {ours:?} {:?}",
                (case.results.im, case.results.mm)
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(cases.len(), 44);
}

#[derive(Deserialize)]
struct Detailed<'a> {
    #[serde(rename = "Scenario", borrow)]
    scenario: Feeds<'a>,
    #[serde(rename = "Result", borrow)]
    result: Option<Expected<'a>>,
}

/// Portfolio and market as lists, one entry per option.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Feeds<'a> {
    feed_expiries: Vec<u64>,
    #[serde(borrow)]
    option_strikes: Vec<&'a RawValue>,
    option_is_call: Vec<u8>,
    #[serde(borrow)]
    option_amounts: Vec<&'a RawValue>,
    #[serde(borrow)]
    option_vols: Vec<&'a RawValue>,
    #[serde(borrow)]
    option_vol_confidences: Vec<&'a RawValue>,
    #[serde(borrow)]
    forwards: Vec<&'a RawValue>,
    #[serde(borrow)]
    forwards_fixed: Vec<&'a RawValue>,
    #[serde(borrow)]
    forwards_variable: Vec<&'a RawValue>,
    #[serde(borrow)]
    forward_confidences: Vec<&'a RawValue>,
    #[serde(borrow)]
    rates: Vec<&'a RawValue>,
    #[serde(borrow)]
    rate_confidences: Vec<&'a RawValue>,
    #[serde(borrow)]
    cash: &'a RawValue,
    #[serde(borrow)]
    perps: &'a RawValue,
    #[serde(borrow)]
    base: &'a RawValue,
    #[serde(borrow)]
    spot_price: &'a RawValue,
    #[serde(borrow)]
    spot_confidence: &'a RawValue,
    #[serde(borrow)]
    perp_price: &'a RawValue,
    #[serde(borrow)]
    perp_confidence: &'a RawValue,
    #[serde(borrow)]
    stable_price: &'a RawValue,
    #[serde(rename = "UnrealisedPerpPNL", borrow)]
    unrealised: &'a RawValue,
    #[serde(borrow)]
    unrealised_funding: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Expected<'a> {
    #[serde(borrow)]
    initial_margin_calc: &'a RawValue,
    #[serde(borrow)]
    maintenance_margin_calc: &'a RawValue,
    #[serde(rename = "PortfolioMTM", borrow)]
    value: &'a RawValue,
    #[serde(borrow)]
    min_span: &'a RawValue,
    #[serde(borrow)]
    forward_contingency: &'a RawValue,
}

impl Feeds<'_> {
    /// The portfolio `elapsed` seconds after the file's expiries were counted.
    pub(super) fn portfolio(&self, elapsed: u64) -> First {
        let mut chains = BTreeMap::<u64, Chain>::new();
        for (index, seconds) in self.feed_expiries.iter().enumerate() {
            let score = [
                &self.option_vol_confidences,
                &self.forward_confidences,
                &self.rate_confidences,
            ]
            .map(|list| raw(list[index]));
            let chain = chains.entry(*seconds).or_insert_with(|| Chain {
                seconds: *seconds - elapsed,
                // Without a split the whole forward moves.
                fixed: self
                    .forwards_fixed
                    .get(index)
                    .map_or(Fixed::ZERO, |fixed| raw(fixed)),
                variable: raw(self.forwards_variable.get(index).unwrap_or(&self.forwards[index])),
                rate: raw(self.rates[index]).max_zero(),
                confidence: Fixed::ONE,
                options: BTreeMap::new(),
            });
            chain.confidence = score.into_iter().fold(chain.confidence, Fixed::min);
            let kind = if self.option_is_call[index] == 1 {
                OptionKind::Call
            } else {
                OptionKind::Put
            };
            let held = chain
                .options
                .entry((raw(self.option_strikes[index]), kind))
                .or_default();
            held.0 = raw(self.option_vols[index]);
            held.1 = held.1.add(raw(self.option_amounts[index])).expect("in range");
        }
        First {
            spot: raw(self.spot_price),
            spot_confidence: raw(self.spot_confidence),
            stable: raw(self.stable_price),
            cash: raw(self.cash),
            base: raw(self.base),
            perpetual: Linear {
                quantity: raw(self.perps),
                price: raw(self.perp_price),
                value: sum([raw(self.unrealised), raw(self.unrealised_funding)]),
                confidence: raw(self.perp_confidence),
            },
            chains: chains.into_values().collect(),
        }
    }
}

const DETAILED: fn() -> Law = || Law {
    linear_and_base: fixed("0.02"),
    confidence: fixed("0.5"),
    rate_add: fixed("0.05"),
};

fn verified(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let cases: BTreeMap<String, Detailed> = serde_json::from_str(&text).expect("cases");
    let mut failures = Vec::new();
    for (name, case) in &cases {
        let margins = case.scenario.portfolio(0).margins(DETAILED());
        let expected = case.result.as_ref().expect("a result");
        let pairs = [
            ("initial", margins.initial, expected.initial_margin_calc),
            (
                "maintenance",
                margins.maintenance,
                expected.maintenance_margin_calc,
            ),
            ("value", margins.value, expected.value),
            ("worst scenario", margins.worst_scenario, expected.min_span),
            ("basis", margins.basis, expected.forward_contingency),
        ];
        for (what, ours, theirs) in pairs {
            if !agree(ours, raw(theirs), 10) {
                failures.push(format!("{name} {what}: {ours} {}", raw(theirs)));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(cases.len(), 21);
}

/// No results are published: margins must exist, and the initial one must not be above maintenance.
fn inputs(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let cases: BTreeMap<String, Detailed> = serde_json::from_str(&text).expect("cases");
    for (name, case) in &cases {
        assert!(case.result.is_none(), "{name} has a result now");
        let margins = case.scenario.portfolio(0).margins(DETAILED());
        assert!(margins.initial <= margins.maintenance, "{name}");
        assert!(margins.maintenance <= margins.value, "{name}");
    }
    assert_eq!(cases.len(), 7);
}
