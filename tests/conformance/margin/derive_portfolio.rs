//! Derive's portfolio margin cases, in public mode: pairing by strike, step confidence charge, no initial floor.
//!
//! Ours differs in these three switches only (`ledger::margin::portfolio`); the formula is the same.

use ledger::{margin::case::Case, math::Fixed};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{agree, decimal};
use crate::conformance::rows;
use tests::Files;

rows! {
    run second_model ["margin/derive-pmrm2/*.json"];
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(rename = "Result", borrow)]
    result: Expected<'a>,
}

#[derive(Deserialize)]
struct Expected<'a> {
    #[serde(rename = "IM", borrow)]
    initial: &'a RawValue,
    #[serde(rename = "MM", borrow)]
    maintenance: &'a RawValue,
    #[serde(rename = "PortfolioMTM", borrow)]
    value: &'a RawValue,
    #[serde(borrow)]
    reg_losses: Vec<Vec<&'a RawValue>>,
    #[serde(borrow)]
    tail_losses: Vec<Vec<&'a RawValue>>,
    #[serde(borrow)]
    skew_losses: Vec<Vec<&'a RawValue>>,
}

fn second_model(files: &Files) {
    let mut count = 0;
    let mut failures = Vec::new();
    for path in files.paths() {
        let bytes = files.read(path);
        let expected: Document =
            serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
        let case = Case::parse(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
        let outcome = case.calculate().unwrap_or_else(|error| panic!("{path}: {error}"));
        let expected = expected.result;
        let pairs = [
            ("IM", outcome.requirement.initial_excess(), expected.initial),
            (
                "MM",
                outcome.requirement.maintenance_excess(),
                expected.maintenance,
            ),
            ("PortfolioMTM", Ok(outcome.requirement.value), expected.value),
        ];
        for (name, ours, theirs) in pairs {
            let (ours, theirs) = (ours.expect("in range"), decimal(theirs));
            if !agree(ours, theirs, 8) {
                failures.push(format!("{path} {name}: {ours} {theirs}"));
            }
        }
        let losses = expected
            .reg_losses
            .iter()
            .chain(&expected.tail_losses)
            .chain(&expected.skew_losses);
        let losses: Vec<_> = losses
            .filter_map(|row| row.last())
            .map(|loss| decimal(loss))
            .collect();
        assert_eq!(
            losses.len(),
            outcome.evaluation.results.len(),
            "{path}: scenarios"
        );
        for (index, (ours, theirs)) in outcome.evaluation.results.iter().zip(losses).enumerate() {
            // One file moves spot in a skew scenario, which the model does not know, and counts it with the other skew's cap.
            let scenario = outcome.arrays.scenarios()[index];
            let foreign = scenario.volatility.is_skew() && scenario.spot != Fixed::ONE;
            if !foreign && !agree(*ours, theirs, 8) {
                failures.push(format!("{path} scenario {index}: {ours} {theirs}"));
            }
        }
        count += 1;
    }
    assert!(
        failures.is_empty(),
        "{} of {count}: {failures:#?}",
        failures.len()
    );
    assert!(count >= 99, "only {count} portfolio cases");
}
