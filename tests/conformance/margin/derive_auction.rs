//! Derive's auctions: what each solvent bid may take and pays, and the margins of every step.
//!
//! Ours differs in its numbers only (`ledger::rates::auction`). The insolvent steps publish no bid; their margins are run.

use std::collections::BTreeMap;

use ledger::{
    math::Fixed,
    rates::auction::{AuctionTerms, Standing},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tests::Files;

use super::{agree, derive_first::Feeds, derive_first_model::Law, fixed, raw};
use crate::conformance::rows;

rows! {
    run bids ["margin/derive-liquidation/liquidationTests.json"];
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simulation<'a> {
    #[serde(borrow)]
    actions: Vec<Action<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Action<'a> {
    time: u64,
    #[serde(borrow)]
    portfolio_and_feeds: Feeds<'a>,
    #[serde(borrow)]
    liquidator: Liquidator<'a>,
    #[serde(borrow)]
    results: Expected<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Liquidator<'a> {
    #[serde(borrow)]
    percent_want: &'a RawValue,
}

#[derive(Deserialize)]
struct Expected<'a> {
    #[serde(rename = "PreMtM", borrow)]
    value: &'a RawValue,
    #[serde(rename = "PreMM", borrow)]
    margin: &'a RawValue,
    #[serde(rename = "PreBM", borrow)]
    target: &'a RawValue,
    #[serde(rename = "PreFMax", borrow)]
    largest: &'a RawValue,
    #[serde(rename = "ExpectedBidPrice", borrow)]
    bid: &'a RawValue,
}

fn bids(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let simulations: BTreeMap<String, Simulation> = serde_json::from_str(&text).expect("simulations");
    let terms = AuctionTerms {
        start: fixed("0.98"),
        cutoff: fixed("0.8"),
        fast_ms: 100_000,
        slow_ms: 14_400_000,
        buffer: fixed("0.2"),
        fee: fixed("0.02"),
        insolvent_ms: 600_000,
        whole_below: Fixed::ZERO,
    };
    let (mut solvent, mut insolvent) = (0, 0);
    for (name, simulation) in &simulations {
        let mut reserved = Fixed::ZERO;
        for action in &simulation.actions {
            let standing = Standing {
                value: raw(action.results.value),
                margin: raw(action.results.margin),
                reserved,
            };
            check_margins(name, action, &standing, &terms);
            if standing.value.is_positive() {
                reserved = reserved
                    .add(check_bid(name, action, &standing, &terms))
                    .expect("in range");
                solvent += 1;
            } else {
                let payout = terms
                    .insolvent_payout(&standing, action.time * 1_000)
                    .expect("in range");
                assert!(
                    payout >= standing.value.negate() && payout <= standing.margin.negate(),
                    "{name}"
                );
                insolvent += 1;
            }
        }
    }
    assert_eq!((simulations.len(), solvent, insolvent), (8, 10, 3));
}

/// Value and margin from the portfolio, target from both.
fn check_margins(name: &str, action: &Action<'_>, standing: &Standing, terms: &AuctionTerms) {
    let law = Law {
        linear_and_base: fixed("0.02"),
        confidence: fixed("0.5"),
        rate_add: fixed("0.05"),
    };
    let margins = action.portfolio_and_feeds.portfolio(action.time).margins(law);
    assert!(
        agree(margins.value, standing.value, 10),
        "{name} value: {} {}",
        margins.value,
        standing.value
    );
    let maintenance = margins.maintenance;
    assert!(
        agree(maintenance, standing.margin, 10),
        "{name} margin: {maintenance} {}",
        standing.margin
    );
    let target = terms.target(standing).expect("in range");
    assert!(
        agree(target, raw(action.results.target), 13),
        "{name} target: {target}"
    );
}

fn check_bid(name: &str, action: &Action<'_>, standing: &Standing, terms: &AuctionTerms) -> Fixed {
    let discount = terms.discount(action.time * 1_000).expect("in range");
    let largest = terms.largest_fraction(standing, discount).expect("in range");
    let expected = raw(action.results.largest);
    assert!(
        agree(largest, expected, 13),
        "{name} largest fraction: {largest} {expected}"
    );
    let fraction = raw(action.liquidator.percent_want).min(largest);
    let bid = terms.bid_up(standing, discount, fraction).expect("in range");
    let expected = raw(action.results.bid);
    assert!(agree(bid, expected, 13), "{name} bid: {bid} {expected}");
    bid
}
