//! A portfolio case: positions, market data and parameters in one JSON document, margined as a whole.
//!
//! Two shapes are read, told apart by the top-level key `Scenario`: [`public`], that of Derive's published cases, whose
//! results are the same signed quantities as its `IM` and `MM`; and [`own`], with this ledger's words and rules.
//! Numbers are read from their text, never through a float; digits beyond the eighteenth place are dropped.
//!
//! Lists are bounded while they are read. Errors name the field by its path.

mod number;
pub mod own;
pub mod public;

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{
    MarginError, Requirement,
    arrays::{ExpiryMarket, OptionTerms, RiskArrays},
    parameters::{ParameterError, PortfolioParameters},
    portfolio::{
        Collateral, Evaluation, Linear, OptionPosition, Portfolio, evaluate, portfolio_greeks, requirement,
    },
};
use crate::{
    math::{ArithmeticError, Fixed},
    pricing::{Greeks, OptionKind, PricingError},
};

/// Why a case has no result.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum CaseError {
    /// The document is not JSON of either shape.
    #[error("field {path}: {problem}")]
    Malformed {
        /// Where, from the top: `Scenario.Options[3].Strike`.
        path: String,
        /// What is wrong there.
        problem: String,
    },
    /// An option's expiry has no market data, or an expiry has it twice.
    #[error("field {path}: {count} feeds for expiry {seconds}, expected one")]
    Feeds {
        /// The list of feeds.
        path: &'static str,
        /// Seconds to the expiry.
        seconds: u64,
        /// How many there are.
        count: usize,
    },
    /// The parameters break the model.
    #[error("field parameters: {0}")]
    Parameters(#[from] ParameterError),
    /// The surface gives no volatility.
    #[error("field {path}: {problem}")]
    Surface {
        /// The list of surfaces.
        path: &'static str,
        /// Why.
        problem: PricingError,
    },
    /// The margin cannot be calculated.
    #[error("the case's {0}")]
    Margin(#[from] MarginError),
}

impl From<ArithmeticError> for CaseError {
    fn from(error: ArithmeticError) -> Self {
        Self::Margin(error.into())
    }
}

/// Everything a margin is calculated from, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Spot of the underlying.
    pub spot: Fixed,
    /// Score of spot.
    pub spot_confidence: Fixed,
    /// Price of the settlement cash.
    pub stable: Fixed,
    /// Cash.
    pub cash: Fixed,
    /// Perpetuals and futures.
    pub linear: Vec<Linear>,
    /// Collateral.
    pub collateral: Vec<Collateral>,
    /// Expiries, ascending.
    pub expiries: Vec<ExpiryMarket>,
    /// Options, ascending.
    pub options: Vec<OptionTerms>,
    /// Amount of each option.
    pub quantities: Vec<Fixed>,
    /// Latency factor of the initial requirement.
    pub phi: Fixed,
    /// Latency factor of maintenance.
    pub maintenance_phi: Fixed,
    /// Parameters.
    pub parameters: PortfolioParameters,
}

/// A case's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Value and requirements.
    pub requirement: Requirement,
    /// Result in each scenario.
    pub evaluation: Evaluation,
    /// Sensitivities of the whole portfolio.
    pub greeks: Greeks,
    /// The scenarios as run.
    pub arrays: RiskArrays,
}

impl Case {
    /// Reads a case of either shape.
    pub fn parse(json: &[u8]) -> Result<Self, CaseError> {
        #[derive(Deserialize)]
        struct Probe<'a> {
            #[serde(rename = "Scenario", borrow)]
            scenario: Option<&'a RawValue>,
        }
        let probe: Probe<'_> = serde_json::from_slice(json).map_err(|error| CaseError::Malformed {
            path: String::from("."),
            problem: error.to_string(),
        })?;
        match probe.scenario {
            Some(_) => public::case(read(json)?),
            None => own::case(read(json)?),
        }
    }

    /// Margins the case.
    pub fn calculate(&self) -> Result<Outcome, CaseError> {
        let arrays = RiskArrays::price(&self.expiries, &self.options, self.phi, &self.parameters)?;
        let slower;
        let maintenance = if self.phi == self.maintenance_phi {
            &arrays
        } else {
            slower = RiskArrays::price(
                &self.expiries,
                &self.options,
                self.maintenance_phi,
                &self.parameters,
            )?;
            &slower
        };
        let positions = self.quantities.iter().enumerate();
        let positions: Vec<_> = positions
            .map(|(option, quantity)| OptionPosition {
                option,
                quantity: *quantity,
            })
            .collect();
        let portfolio = Portfolio {
            spot: self.spot,
            spot_confidence: self.spot_confidence,
            stable: self.stable,
            cash: self.cash,
            linear: &self.linear,
            options: &positions,
            collateral: &self.collateral,
        };
        let requirement = requirement(&portfolio, &arrays, maintenance, &self.parameters)?;
        let evaluation = evaluate(&portfolio, &arrays)?;
        let greeks = portfolio_greeks(&portfolio, &arrays)?;
        Ok(Outcome {
            requirement,
            evaluation,
            greeks,
            arrays,
        })
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, CaseError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let parsed = serde_path_to_error::deserialize(&mut deserializer);
    let parsed = parsed.map_err(|error| CaseError::Malformed {
        path: error.path().to_string(),
        problem: error.inner().to_string(),
    })?;
    let rest = deserializer.end();
    rest.map_err(|error| CaseError::Malformed {
        path: String::from("."),
        problem: error.to_string(),
    })?;
    Ok(parsed)
}

/// One held option, before ordering.
struct Held {
    seconds: u64,
    strike: Fixed,
    kind: OptionKind,
    volatility: Fixed,
    quantity: Fixed,
}

/// Orders options and adds up those held twice.
fn ordered(
    mut held: Vec<Held>,
    expiries: &[ExpiryMarket],
) -> Result<(Vec<OptionTerms>, Vec<Fixed>), CaseError> {
    held.sort_by_key(|option| (option.seconds, option.strike, option.kind));
    let mut options: Vec<OptionTerms> = Vec::with_capacity(held.len());
    let mut quantities: Vec<Fixed> = Vec::with_capacity(held.len());
    for Held {
        seconds,
        strike,
        kind,
        volatility,
        quantity,
    } in held
    {
        let missing = CaseError::Feeds {
            path: "expiries",
            seconds,
            count: 0,
        };
        let expiry = expiries
            .binary_search_by_key(&seconds, |market| market.seconds)
            .map_err(|_| missing)?;
        let terms = OptionTerms {
            expiry,
            strike,
            kind,
            volatility,
        };
        match (options.last(), quantities.last_mut()) {
            (Some(last), Some(sum)) if *last == terms => *sum = sum.add(quantity)?,
            _ => {
                options.push(terms);
                quantities.push(quantity);
            }
        }
    }
    Ok((options, quantities))
}

/// Refuses an expiry that is listed twice in an ascending list.
fn check_distinct(expiries: &[ExpiryMarket], path: &'static str) -> Result<(), CaseError> {
    for pair in expiries.windows(2) {
        if let [before, after] = pair
            && before.seconds == after.seconds
        {
            return Err(CaseError::Feeds {
                path,
                seconds: after.seconds,
                count: 2,
            });
        }
    }
    Ok(())
}
