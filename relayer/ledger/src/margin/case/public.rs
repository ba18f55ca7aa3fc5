//! The shape of Derive's published `PMRM_2` cases: `Scenario`, `Parameters`, and a `Result` that is ignored.
//!
//! Its rules are followed to the letter: calls and puts of one strike pair, the confidence charge is a step, initial may be
//! below maintenance, bounds on parameters are not checked. Times are seconds from now; in the last half hour the forward's
//! averaged part is fixed. A negative rate counts as zero. Perpetual fields count only where a perpetual is held.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, de::Error as _};

use super::{
    Case, CaseError, Held, check_distinct,
    number::{Bounded, Flag, Number},
    ordered,
};
use crate::{
    margin::{
        arrays::ExpiryMarket,
        contingency::{ConfidenceLaw, Pairing},
        parameters::{
            BasisContingency, Charges, InitialFloor, LossFactors, MAX_SCENARIOS, PortfolioParameters,
            SkewShock, StaticDiscount, VolatilityRange,
        },
        portfolio::{Collateral, Linear, MAX_POSITIONS},
        scenario::{Scenario, VolatilityShock},
    },
    math::Fixed,
    pricing::{OptionKind, Svi},
};

/// Settlement averages over this long before expiry.
const AVERAGING_SECONDS: u64 = 1_800;
const SECONDS_PER_DAY: Fixed = Fixed::from_int(86_400);

/// The document.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(rename = "Scenario")]
    scenario: Holdings,
    #[serde(rename = "Parameters")]
    parameters: Parameters,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Holdings {
    cash: Number,
    collaterals: Bounded<CollateralEntry, MAX_POSITIONS>,
    spot_price: Number,
    spot_confidence: Number,
    num_perps: Number,
    perp_price: Number,
    perp_confidence: Number,
    #[serde(rename = "UnrealisedPerpPNL")]
    unrealised_profit: Number,
    unrealised_funding: Number,
    stable_price: Number,
    options: Bounded<OptionEntry, MAX_POSITIONS>,
    option_feeds: Bounded<Feed, MAX_POSITIONS>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CollateralEntry {
    amount: Number,
    price: Number,
    confidence: Number,
    is_risk_cancelling: Flag,
    #[serde(rename = "IMHaircut")]
    initial_haircut: Number,
    #[serde(rename = "MMHaircut")]
    maintenance_haircut: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionEntry {
    expiry: u64,
    strike: Number,
    is_call: Flag,
    amount: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Feed {
    feed_expiry: u64,
    forward: Number,
    forward_confidence: Number,
    rate: Number,
    rate_confidence: Number,
    #[serde(rename = "SVIparam")]
    surface: [Number; 7],
    option_vol_confidences: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters {
    scenarios: Bounded<ScenarioEntry, MAX_SCENARIOS>,
    skew_shock: SkewEntry,
    vol_shock: VolatilityEntry,
    margin: MarginEntry,
    basis_contingency: BasisEntry,
    other_contingency: ContingencyEntry,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScenarioEntry {
    spot_shock: Number,
    vol_shock_direction: Direction,
    dampening_factor: Number,
}

#[derive(Clone, Copy, Debug)]
struct Direction(VolatilityShock);

impl<'de> Deserialize<'de> for Direction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self(match name.as_str() {
            "None" => VolatilityShock::None,
            "Up" => VolatilityShock::Up,
            "Down" => VolatilityShock::Down,
            "LINEAR" => VolatilityShock::Linear,
            "ABS" => VolatilityShock::Absolute,
            _ => return Err(D::Error::custom("expected None, Up, Down, LINEAR or ABS")),
        }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct SkewEntry {
    linear_scale_cap: Number,
    linear_cbase: Number,
    abs_scale_cap: Number,
    abs_cbase: Number,
    min_k_star: Number,
    min_width_scale: Number,
    vol_param_static: Number,
    vol_param_scale: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct VolatilityEntry {
    volrangeup: Number,
    volrangedown: Number,
    min_vol_eval_shocked: Number,
    shorttermpower: Number,
    longtermpower: Number,
    dte_floor: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct MarginEntry {
    mm_loss_factor: Number,
    im_loss_factor: Number,
    short_rate_multscale: Number,
    long_rate_multscale: Number,
    short_rate_addscale: Number,
    long_rate_addscale: Number,
    base_static_discount: Number,
    base_static_discount_neg: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct BasisEntry {
    scenario_spot_up: Number,
    scenario_spot_down: Number,
    basis_cont_add_factor: Number,
    basis_cont_mult_factor: Number,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct ContingencyEntry {
    peg_loss_threshold: Number,
    peg_loss_factor: Number,
    conf_threshold: Number,
    conf_margin: Number,
    mm_perp_percent: Number,
    im_perp_percent: Number,
    mm_option_percent: Number,
    im_option_percent: Number,
}

/// Orders a document into a case.
pub(super) fn case(document: Document) -> Result<Case, CaseError> {
    let Document {
        scenario: holdings,
        parameters,
    } = document;
    let mut feeds = holdings.option_feeds.0;
    feeds.sort_by_key(|feed| feed.feed_expiry);
    let expiries = feeds.iter().map(market).collect::<Result<Vec<_>, _>>()?;
    check_distinct(&expiries, "Scenario.OptionFeeds")?;
    let held = holdings
        .options
        .0
        .iter()
        .map(|option| held(option, &feeds))
        .collect::<Result<Vec<_>, _>>()?;
    let (options, quantities) = ordered(held, &expiries)?;
    let linear = Linear {
        quantity: holdings.num_perps.0,
        price: holdings.perp_price.0,
        value: holdings.unrealised_profit.0.add(holdings.unrealised_funding.0)?,
        confidence: holdings.perp_confidence.0,
    };
    let collateral = holdings.collaterals.0.iter();
    let collateral = collateral.map(|entry| entry.held(holdings.spot_confidence.0, holdings.stable_price.0));
    Ok(Case {
        spot: holdings.spot_price.0,
        spot_confidence: holdings.spot_confidence.0,
        stable: holdings.stable_price.0,
        cash: holdings.cash.0,
        linear: Some(linear)
            .filter(|linear| !linear.quantity.is_zero())
            .into_iter()
            .collect(),
        collateral: collateral.collect::<Result<Vec<_>, _>>()?,
        expiries,
        options,
        quantities,
        phi: Fixed::ONE,
        maintenance_phi: Fixed::ONE,
        parameters: parameters.into_ours()?,
    })
}

fn market(feed: &Feed) -> Result<ExpiryMarket, CaseError> {
    let confidence = feed
        .forward_confidence
        .0
        .min(feed.rate_confidence.0)
        .min(feed.option_vol_confidences.0);
    let rate = feed.rate.0.max_zero();
    Ok(ExpiryMarket::averaging(
        feed.feed_expiry,
        feed.forward.0,
        AVERAGING_SECONDS,
        rate,
        confidence,
    )?)
}

fn held(option: &OptionEntry, feeds: &[Feed]) -> Result<Held, CaseError> {
    const PATH: &str = "Scenario.OptionFeeds";
    let feed = feeds.iter().find(|feed| feed.feed_expiry == option.expiry);
    let feed = feed.ok_or(CaseError::Feeds {
        path: PATH,
        seconds: option.expiry,
        count: 0,
    })?;
    let [a, b, rho, m, sigma, forward, tau] = feed.surface.map(|number| number.0);
    let surface = Svi {
        a,
        b,
        rho,
        m,
        sigma,
        forward,
        tau,
    };
    let volatility = surface.volatility(option.strike.0);
    Ok(Held {
        seconds: option.expiry,
        strike: option.strike.0,
        kind: if option.is_call.0 {
            OptionKind::Call
        } else {
            OptionKind::Put
        },
        volatility: volatility.map_err(|problem| CaseError::Surface { path: PATH, problem })?,
        quantity: option.amount.0,
    })
}

impl CollateralEntry {
    fn held(&self, spot_confidence: Fixed, stable: Fixed) -> Result<Collateral, CaseError> {
        Ok(Collateral {
            value: self.amount.0.mul_div_floor(self.price.0, stable)?,
            moves_with_spot: self.is_risk_cancelling.0,
            // The published initial haircut comes on top of maintenance's.
            initial_haircut: self.maintenance_haircut.0.add(self.initial_haircut.0)?,
            maintenance_haircut: self.maintenance_haircut.0,
            confidence: self.confidence.0.min(spot_confidence),
        })
    }
}

impl Parameters {
    fn into_ours(self) -> Result<PortfolioParameters, CaseError> {
        let scenario = |entry: &ScenarioEntry| Scenario {
            spot: entry.spot_shock.0,
            volatility: entry.vol_shock_direction.0,
            dampening: entry.dampening_factor.0,
        };
        Ok(PortfolioParameters {
            scenarios: self.scenarios.0.iter().map(scenario).collect(),
            skew: self.skew_shock.into_ours(),
            volatility: self.vol_shock.into_ours()?,
            loss: LossFactors {
                initial: self.margin.im_loss_factor.0,
                maintenance: self.margin.mm_loss_factor.0,
            },
            discount: self.margin.into_ours(),
            basis: BasisContingency {
                up: self.basis_contingency.scenario_spot_up.0,
                down: self.basis_contingency.scenario_spot_down.0,
                base: self.basis_contingency.basis_cont_add_factor.0,
                per_year: self.basis_contingency.basis_cont_mult_factor.0,
            },
            charges: self.other_contingency.into_ours(),
            initial_floor: InitialFloor::Absent,
        })
    }
}

impl SkewEntry {
    fn into_ours(self) -> SkewShock {
        SkewShock {
            linear_cap: self.linear_scale_cap.0,
            linear_slope: self.linear_cbase.0,
            absolute_cap: self.abs_scale_cap.0,
            absolute_slope: self.abs_cbase.0,
            min_width: self.min_k_star.0,
            width_scale: self.min_width_scale.0,
            volatility: self.vol_param_static.0,
            volatility_slope: self.vol_param_scale.0,
        }
    }
}

impl VolatilityEntry {
    fn into_ours(self) -> Result<VolatilityRange, CaseError> {
        let seconds = self.dte_floor.0.max_zero().mul_floor(SECONDS_PER_DAY)?;
        let seconds = seconds
            .raw()
            .unsigned_abs()
            .checked_div(u128::from(Fixed::SCALE))
            .unwrap_or(0);
        Ok(VolatilityRange {
            up: self.volrangeup.0,
            down: self.volrangedown.0,
            floor: self.min_vol_eval_shocked.0,
            short_power: self.shorttermpower.0,
            long_power: self.longtermpower.0,
            min_seconds: u64::try_from(seconds).unwrap_or(u64::MAX),
        })
    }
}

impl MarginEntry {
    fn into_ours(self) -> StaticDiscount {
        StaticDiscount {
            long: self.base_static_discount.0,
            short: self.base_static_discount_neg.0,
            long_rate_multiple: self.long_rate_multscale.0,
            long_rate: self.long_rate_addscale.0,
            short_rate_multiple: self.short_rate_multscale.0,
            short_rate: self.short_rate_addscale.0,
        }
    }
}

impl ContingencyEntry {
    fn into_ours(self) -> Charges {
        Charges {
            peg_threshold: self.peg_loss_threshold.0,
            peg_factor: self.peg_loss_factor.0,
            confidence_threshold: self.conf_threshold.0,
            confidence_factor: self.conf_margin.0,
            confidence_law: ConfidenceLaw::Step,
            linear_maintenance: self.mm_perp_percent.0,
            linear_initial: self.im_perp_percent.0,
            naked_maintenance: self.mm_option_percent.0,
            naked_initial: self.im_option_percent.0,
            pairing: Pairing::SameStrike,
        }
    }
}
