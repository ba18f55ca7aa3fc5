//! This ledger's own shape: its words, its rules, its default parameters.
//!
//! ```json
//! {
//!   "spot": "2000", "spot_confidence": "1", "stable": "1", "cash": "1500.25",
//!   "phi": "1.05", "maintenance_phi": "1",
//!   "linear": [{ "quantity": "-2", "price": "2001", "value": "12.5", "confidence": "1" }],
//!   "collateral": [{ "amount": "3", "price": "2000", "moves_with_spot": true,
//!                    "initial_haircut": "0.05", "maintenance_haircut": "0.05", "confidence": "1" }],
//!   "expiries": [{ "seconds": 604800, "forward": "2010", "rate": "0.05", "confidence": "0.95",
//!                  "surface": { "a": "0.01", "b": "0.02", "rho": "0", "m": "0", "sigma": "0.1",
//!                               "forward": "2010", "tau": "0.019" },
//!                  "options": [{ "kind": "call", "strike": "2100", "quantity": "-1.5" }] }]
//! }
//! ```
//! Numbers are strings or JSON numbers. `spot` is required; confidences, `stable` and the factors are 1, everything else
//! nothing, when absent. Unknown fields are refused. Parameters are the defaults of `spec/parameters.md`.

use alloc::vec::Vec;

use serde::Deserialize;

use super::{
    Case, CaseError, Held, check_distinct,
    number::{Bounded, Flag, Number},
    ordered,
};
use crate::{
    margin::{
        arrays::ExpiryMarket,
        parameters::PortfolioParameters,
        portfolio::{Collateral, Linear, MAX_POSITIONS},
    },
    math::Fixed,
    pricing::{OptionKind, Svi},
};

/// Settlement averages over this long before expiry.
const AVERAGING_SECONDS: u64 = 1_800;

/// The document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    spot: Number,
    #[serde(default = "one")]
    spot_confidence: Number,
    #[serde(default = "one")]
    stable: Number,
    #[serde(default = "zero")]
    cash: Number,
    #[serde(default = "one")]
    phi: Number,
    #[serde(default = "one")]
    maintenance_phi: Number,
    #[serde(default)]
    linear: Bounded<LinearEntry, MAX_POSITIONS>,
    #[serde(default)]
    collateral: Bounded<CollateralEntry, MAX_POSITIONS>,
    #[serde(default)]
    expiries: Bounded<ExpiryEntry, MAX_POSITIONS>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinearEntry {
    quantity: Number,
    price: Number,
    #[serde(default = "zero")]
    value: Number,
    #[serde(default = "one")]
    confidence: Number,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollateralEntry {
    amount: Number,
    price: Number,
    moves_with_spot: Flag,
    initial_haircut: Number,
    maintenance_haircut: Number,
    #[serde(default = "one")]
    confidence: Number,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpiryEntry {
    seconds: u64,
    forward: Number,
    #[serde(default = "zero")]
    rate: Number,
    #[serde(default = "one")]
    confidence: Number,
    surface: SurfaceEntry,
    #[serde(default)]
    options: Bounded<OptionEntry, MAX_POSITIONS>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SurfaceEntry {
    a: Number,
    b: Number,
    rho: Number,
    m: Number,
    sigma: Number,
    forward: Number,
    tau: Number,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionEntry {
    kind: Kind,
    strike: Number,
    quantity: Number,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Call,
    Put,
}

fn one() -> Number {
    Number(Fixed::ONE)
}

fn zero() -> Number {
    Number(Fixed::ZERO)
}

/// Orders a document into a case.
pub(super) fn case(document: Document) -> Result<Case, CaseError> {
    let mut entries = document.expiries.0;
    entries.sort_by_key(|entry| entry.seconds);
    let expiries = entries
        .iter()
        .map(ExpiryEntry::market)
        .collect::<Result<Vec<_>, _>>()?;
    check_distinct(&expiries, "expiries")?;
    let mut held = Vec::new();
    for entry in &entries {
        entry.add_options(&mut held)?;
    }
    let (options, quantities) = ordered(held, &expiries)?;
    let (spot_confidence, stable) = (document.spot_confidence.0, document.stable.0);
    let collateral = document
        .collateral
        .0
        .iter()
        .map(|entry| entry.held(spot_confidence, stable));
    let parameters = PortfolioParameters::default();
    parameters.check()?;
    Ok(Case {
        spot: document.spot.0,
        spot_confidence,
        stable,
        cash: document.cash.0,
        linear: document.linear.0.iter().map(LinearEntry::held).collect(),
        collateral: collateral.collect::<Result<Vec<_>, _>>()?,
        expiries,
        options,
        quantities,
        phi: document.phi.0,
        maintenance_phi: document.maintenance_phi.0.min(document.phi.0),
        parameters,
    })
}

impl LinearEntry {
    fn held(&self) -> Linear {
        Linear {
            quantity: self.quantity.0,
            price: self.price.0,
            value: self.value.0,
            confidence: self.confidence.0,
        }
    }
}

impl CollateralEntry {
    fn held(&self, spot_confidence: Fixed, stable: Fixed) -> Result<Collateral, CaseError> {
        Ok(Collateral {
            value: self.amount.0.mul_div_floor(self.price.0, stable)?,
            moves_with_spot: self.moves_with_spot.0,
            initial_haircut: self.initial_haircut.0,
            maintenance_haircut: self.maintenance_haircut.0,
            confidence: self.confidence.0.min(spot_confidence),
        })
    }
}

impl ExpiryEntry {
    fn market(&self) -> Result<ExpiryMarket, CaseError> {
        let (forward, rate) = (self.forward.0, self.rate.0.max_zero());
        Ok(ExpiryMarket::averaging(
            self.seconds,
            forward,
            AVERAGING_SECONDS,
            rate,
            self.confidence.0,
        )?)
    }

    fn add_options(&self, held: &mut Vec<Held>) -> Result<(), CaseError> {
        let SurfaceEntry {
            a,
            b,
            rho,
            m,
            sigma,
            forward,
            tau,
        } = &self.surface;
        let surface = Svi {
            a: a.0,
            b: b.0,
            rho: rho.0,
            m: m.0,
            sigma: sigma.0,
            forward: forward.0,
            tau: tau.0,
        };
        for option in &self.options.0 {
            let volatility = surface.volatility(option.strike.0);
            held.push(Held {
                seconds: self.seconds,
                strike: option.strike.0,
                kind: match option.kind {
                    Kind::Call => OptionKind::Call,
                    Kind::Put => OptionKind::Put,
                },
                volatility: volatility.map_err(|problem| CaseError::Surface {
                    path: "expiries",
                    problem,
                })?,
                quantity: option.quantity.0,
            });
        }
        Ok(())
    }
}
