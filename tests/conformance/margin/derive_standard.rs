//! Derive's standard margin: 42 portfolios over ETH and BTC, to the whole dollar.
//!
//! Ours differs: the tiers of perpetuals grow with open interest (not here), the confidence charge is continuous (a step
//! here), collateral is valued in the settlement currency (spot here), and initial is never below maintenance.

use std::collections::BTreeMap;

use ledger::{
    margin::{
        arrays::{ExpiryMarket, OptionTerms, RiskArrays},
        contingency::ConfidenceLaw,
        parameters::PortfolioParameters,
        portfolio::Collateral,
        standard::{
            ExpiryHoldings, LinearHolding, Market, OptionFractions, OptionHolding, StandardParameters, Tier,
            requirement,
        },
    },
    math::Fixed,
    pricing::OptionKind,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tests::Files;

use super::{
    derive_first::{DATES, eighths},
    fixed,
};
use crate::conformance::rows;

rows! {
    run portfolios ["margin/derive-srm/test-cases-portfolio.json"];
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
    underlying: &'a str,
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
    underlying: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Perpetual<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
    #[serde(borrow)]
    entry_price: &'a RawValue,
    underlying: &'a str,
}

#[derive(Deserialize)]
struct Whole {
    im: i128,
    mm: i128,
}

/// What a case changes: the stable price, ETH's scores of spot and perpetual, and of the forward of 20230118 and its smile.
struct Changes {
    stable: &'static str,
    spot: &'static str,
    perpetual: &'static str,
    january: Option<(&'static str, &'static str)>,
}

fn changes(name: &str) -> Changes {
    let usual = Changes {
        stable: "1",
        spot: "1",
        perpetual: "1",
        january: None,
    };
    match name {
        "test_USDC_depeg" | "test_long_perp_and_USDC_depeg" => Changes {
            stable: "0.1",
            ..usual
        },
        "test_short_call_low_vol_conf" => Changes {
            january: Some(("2004.7545", "0.1")),
            ..usual
        },
        "test_short_call_low_vol_and_fwd_confidence" => Changes {
            january: Some(("2004.75", "0.399999999999999999")),
            ..usual
        },
        "test_short_call_low_spot_vol_fwd_confidence" | "test_long_call_low_spot_vol_fwd_confidence" => {
            Changes {
                spot: "0.2",
                january: Some(("2004.75", "0.4")),
                ..usual
            }
        }
        "test_short_options_two_expiries_low_conf_one_expiry" => Changes {
            spot: "0.9",
            january: Some(("2004.75", "0.3")),
            ..usual
        },
        "test_long_eth_perp_low_perp_confidence" => Changes {
            perpetual: "0.1",
            ..usual
        },
        "test_base_asset_low_spot_confidence" => Changes { spot: "0.1", ..usual },
        "test_general_portfolio" => {
            let january = Some(("2004.75", "0.399999999999999999"));
            Changes {
                stable: "0.97",
                spot: "0.2",
                january,
                ..usual
            }
        }
        _ => usual,
    }
}

fn parameters() -> StandardParameters {
    StandardParameters {
        options: OptionFractions {
            most: fixed("0.15"),
            least: fixed("0.1"),
            call_maintenance: fixed("0.075"),
            put_maintenance: fixed("0.075"),
            put_mark_maintenance: fixed("0.075"),
            put_initial_over_maintenance: fixed("1.05"),
            unpaired_initial: fixed("1.2"),
            unpaired_maintenance: fixed("1.1"),
        },
        peg_threshold: fixed("0.98"),
        peg_factor: fixed("1.2"),
        confidence_threshold: fixed("0.4"),
        confidence_factor: fixed("0.4"),
        confidence_law: ConfidenceLaw::Step,
    }
}

/// Undiscounted price of one option at volatility 0.5, by the arrays.
fn mark(seconds: u64, forward: Fixed, strike: Fixed, kind: OptionKind) -> Fixed {
    let market = ExpiryMarket {
        seconds,
        forward_fixed: Fixed::ZERO,
        forward_variable: forward,
        rate: Fixed::ZERO,
        confidence: Fixed::ONE,
    };
    let terms = OptionTerms {
        expiry: 0,
        strike,
        kind,
        volatility: fixed("0.5"),
    };
    let arrays = RiskArrays::price(&[market], &[terms], Fixed::ONE, &PortfolioParameters::default());
    arrays.expect("arrays").mark(0).expect("one option")
}

/// Signed initial and maintenance margin of one market.
fn margins(case: &Case<'_>, changes: &Changes, underlying: &str) -> (Fixed, Fixed) {
    let eth = underlying == "eth";
    let (spot, perpetual) = if eth { ("2000", "2001") } else { ("28000", "28020") };
    let (spot, perpetual) = (fixed(spot), fixed(perpetual));
    let score = |text: &str| if eth { fixed(text) } else { Fixed::ONE };
    let mut chains: Vec<(Fixed, Fixed, Vec<OptionHolding>)> = Vec::new();
    for (date, days, eth_add, btc_add) in DATES {
        let january = changes.january.filter(|_| eth && date == "20230118");
        let usual = spot
            .add(fixed(if eth { eth_add } else { btc_add }))
            .expect("in range");
        let (forward, confidence) = january.map_or((usual, Fixed::ONE), |(forward, score)| {
            (fixed(forward), fixed(score))
        });
        let held = case
            .options
            .iter()
            .filter(|held| held.underlying == underlying && held.expiry == date);
        let options: Vec<_> = held
            .map(|held| {
                let kind = if held.kind == "call" {
                    OptionKind::Call
                } else {
                    OptionKind::Put
                };
                let strike = super::decimal(held.strike);
                let mark = mark(days * 86_400 + 28_800, forward, strike, kind);
                OptionHolding {
                    strike,
                    kind,
                    quantity: eighths(held.amount),
                    mark,
                }
            })
            .collect();
        chains.push((forward, confidence, options));
    }
    let expiries: Vec<_> = chains
        .iter()
        .filter(|(_, _, options)| !options.is_empty())
        .map(|(forward, confidence, options)| ExpiryHoldings {
            forward: *forward,
            confidence: *confidence,
            options,
        })
        .collect();
    let tier = Tier {
        initial: fixed("0.065"),
        maintenance: fixed("0.05"),
        lower: Fixed::ZERO,
        upper: Fixed::ZERO,
    };
    let linear: Vec<_> = case
        .perps
        .iter()
        .filter(|held| held.underlying == underlying)
        .map(|held| {
            let gained = perpetual.sub(eighths(held.entry_price)).expect("in range");
            LinearHolding {
                quantity: eighths(held.amount),
                mark: perpetual,
                value: gained.mul_floor(eighths(held.amount)).expect("in range"),
                confidence: score(changes.perpetual),
                tier,
                open_interest: Fixed::ZERO,
            }
        })
        .collect();
    let collateral: Vec<_> = case
        .bases
        .iter()
        .filter(|held| held.underlying == underlying)
        .map(|held| Collateral {
            value: eighths(held.amount).mul_floor(spot).expect("in range"),
            moves_with_spot: true,
            initial_haircut: fixed("0.2"),
            maintenance_haircut: fixed("0.2"),
            confidence: score(changes.spot),
        })
        .collect();
    let market = Market {
        spot,
        spot_confidence: score(changes.spot),
        stable: fixed(changes.stable),
        cash: if eth { eighths(case.cash) } else { Fixed::ZERO },
        linear: &linear,
        expiries: &expiries,
        collateral: &collateral,
    };
    let requirement = requirement(&market, &parameters()).expect("a requirement");
    let initial = requirement.initial_excess().expect("in range");
    (initial, requirement.maintenance_excess().expect("in range"))
}

fn portfolios(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let cases: BTreeMap<String, Case> = serde_json::from_str(&text).expect("cases");
    let mut failures = Vec::new();
    for (name, case) in &cases {
        let changes = changes(name);
        let (eth, btc) = (margins(case, &changes, "eth"), margins(case, &changes, "btc"));
        // Whole dollars, toward zero.
        let whole = |a: Fixed, b: Fixed| a.add(b).expect("in range").raw() / i128::from(Fixed::SCALE);
        let ours = (whole(eth.0, btc.0), whole(eth.1, btc.1));
        if ours != (case.results.im, case.results.mm) {
            failures.push(format!(
                "{name}: {ours:?} {:?}",
                (case.results.im, case.results.mm)
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(cases.len(), 42);
}
