//! `viaduct margin FILE`: margins one portfolio from a file.
//!
//! The file is a JSON document in the shape of Derive's published `PMRM_2` cases (its `Result` is ignored) or in this
//! ledger's own shape; both are documented in `ledger::margin::case`. Printed are initial and maintenance margin (signed:
//! value less requirement, below zero is a shortfall), the result of each scenario and the greeks.

use std::{fmt, path::PathBuf};

use clap::Args;
use ledger::{
    margin::{
        case::{Case, CaseError, Outcome},
        scenario::Scenario,
    },
    math::{ArithmeticError, Fixed},
};
use serde::Serialize;

use super::{Failure, Output, input};

/// Margin a portfolio: initial and maintenance margin, scenario results, greeks
#[derive(Args)]
pub(crate) struct Margin {
    /// JSON file with positions, market data and parameters
    file: PathBuf,
}

/// What a portfolio's margin is.
#[derive(Serialize)]
struct Margined {
    fact: &'static str,
    initial_margin: Fixed,
    maintenance_margin: Fixed,
    value: Fixed,
    initial_requirement: Fixed,
    maintenance_requirement: Fixed,
    basis: Fixed,
    worst_scenario: Option<usize>,
    scenarios: Vec<Fixed>,
    grid: Vec<Move>,
    greeks: Sensitivities,
}

#[derive(Serialize)]
struct Move {
    spot: Fixed,
    volatility: &'static str,
    dampening: Fixed,
}

#[derive(Serialize)]
struct Sensitivities {
    delta: Fixed,
    gamma: Fixed,
    vega: Fixed,
    theta: Fixed,
}

/// Reads the file, margins it and prints the result.
pub(crate) fn run(arguments: &Margin, output: &mut Output) -> Result<(), Failure> {
    let json = input::read(&arguments.file)?;
    let refused = |error: CaseError| {
        let hint = "the shapes are documented in the crate `ledger`, module `margin::case`";
        Failure::input(arguments.file.display(), error).with_hint(hint)
    };
    let outcome = Case::parse(&json)
        .and_then(|case| case.calculate())
        .map_err(refused)?;
    let margined = Margined::new(outcome).map_err(|error| refused(error.into()))?;
    output.fact(&margined)
}

impl Margined {
    fn new(outcome: Outcome) -> Result<Self, ArithmeticError> {
        let Outcome {
            requirement,
            evaluation,
            greeks,
            arrays,
        } = outcome;
        let (_, worst_scenario) = evaluation.worst();
        Ok(Self {
            fact: "margin",
            initial_margin: requirement.initial_excess()?,
            maintenance_margin: requirement.maintenance_excess()?,
            value: requirement.value,
            initial_requirement: requirement.initial,
            maintenance_requirement: requirement.maintenance,
            basis: evaluation.basis,
            worst_scenario,
            scenarios: evaluation.results,
            grid: arrays.scenarios().iter().map(Move::new).collect(),
            greeks: Sensitivities {
                delta: greeks.delta,
                gamma: greeks.gamma,
                vega: greeks.vega,
                theta: greeks.theta,
            },
        })
    }
}

impl Move {
    fn new(scenario: &Scenario) -> Self {
        Self {
            spot: scenario.spot,
            volatility: scenario.volatility.into(),
            dampening: scenario.dampening,
        }
    }
}

impl fmt::Display for Margined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "initial margin      {}", self.initial_margin)?;
        writeln!(f, "maintenance margin  {}", self.maintenance_margin)?;
        writeln!(f, "value               {}", self.value)?;
        writeln!(
            f,
            "requirement         {} initial, {} maintenance",
            self.initial_requirement, self.maintenance_requirement
        )?;
        let Sensitivities {
            delta,
            gamma,
            vega,
            theta,
        } = &self.greeks;
        writeln!(
            f,
            "greeks              delta {delta}, gamma {gamma}, vega {vega}, theta {theta} a year"
        )?;
        writeln!(f, "basis               {}", self.basis)?;
        for (index, (result, at)) in self.scenarios.iter().zip(&self.grid).enumerate() {
            let mark = if self.worst_scenario == Some(index) {
                "  worst"
            } else {
                ""
            };
            let Move {
                spot,
                volatility,
                dampening,
            } = at;
            write!(
                f,
                "\nscenario {index:2}  spot x {spot}, volatility {volatility}, dampening {dampening}: {result}{mark}"
            )?;
        }
        Ok(())
    }
}
