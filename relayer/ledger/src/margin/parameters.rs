//! Governed numbers of the portfolio model. Defaults are those of the public `PMRM_2` BTC set (`spec/parameters.md`).

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{
    contingency::{ConfidenceLaw, Pairing},
    scenario::{Scenario, default_set},
};
use crate::math::Fixed;

/// More scenarios than this are refused.
pub const MAX_SCENARIOS: usize = 64;

/// How the smile is bent in the two skew scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkewShock {
    /// Largest tilt at once.
    pub linear_cap: Fixed,
    /// Change of the tilt per √year.
    pub linear_slope: Fixed,
    /// Largest rise of both wings at once.
    pub absolute_cap: Fixed,
    /// Change of that rise per √year.
    pub absolute_slope: Fixed,
    /// Least log-moneyness at which the cap is reached.
    pub min_width: Fixed,
    /// Standard deviations at which the cap is reached.
    pub width_scale: Fixed,
    /// Volatility that the width assumes.
    pub volatility: Fixed,
    /// Change of that volatility per √year.
    pub volatility_slope: Fixed,
}

/// How far volatility moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityRange {
    /// Relative rise at 30 days.
    pub up: Fixed,
    /// Relative fall at 30 days.
    pub down: Fixed,
    /// Volatility after a rise is at least this.
    pub floor: Fixed,
    /// Power of 30 days over the time to expiry, up to 30 days.
    pub short_power: Fixed,
    /// The same beyond 30 days.
    pub long_power: Fixed,
    /// Shorter times to expiry count as this.
    pub min_seconds: u64,
}

/// Share of the worst loss that is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossFactors {
    /// For the initial requirement.
    pub initial: Fixed,
    /// For the maintenance requirement, not above initial.
    pub maintenance: Fixed,
}

/// Haircut on what options of one expiry are worth after a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticDiscount {
    /// Factor on net long value, at most 1.
    pub long: Fixed,
    /// Factor on net short value, at least 1.
    pub short: Fixed,
    /// Multiple of the rate added to the decay of long value.
    pub long_rate_multiple: Fixed,
    /// Rate added to the decay of long value.
    pub long_rate: Fixed,
    /// Multiple of the rate added to the growth of short value.
    pub short_rate_multiple: Fixed,
    /// Rate added to the growth of short value.
    pub short_rate: Fixed,
}

/// The move of forwards against spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasisContingency {
    /// Factor up.
    pub up: Fixed,
    /// Factor down.
    pub down: Fixed,
    /// Share of the loss at expiry.
    pub base: Fixed,
    /// More of it per year to expiry.
    pub per_year: Fixed,
}

/// Charges beside the scenarios, as fractions of notional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charges {
    /// Below this price of the settlement cash the initial factor rises.
    pub peg_threshold: Fixed,
    /// By this much per unit below.
    pub peg_factor: Fixed,
    /// Below this score a price costs margin.
    pub confidence_threshold: Fixed,
    /// This factor of the charged share of notional.
    pub confidence_factor: Fixed,
    /// How the share follows the score.
    pub confidence_law: ConfidenceLaw,
    /// Perpetuals and futures, maintenance.
    pub linear_maintenance: Fixed,
    /// Perpetuals and futures, added for initial.
    pub linear_initial: Fixed,
    /// Naked short options, maintenance.
    pub naked_maintenance: Fixed,
    /// Naked short options, added for initial.
    pub naked_initial: Fixed,
    /// Which shorts are naked.
    pub pairing: Pairing,
}

/// Whether the initial requirement is lifted to maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialFloor {
    /// It is: the ledger's rule.
    Maintenance,
    /// It is not: two public cases have it below.
    Absent,
}

/// Everything the portfolio model is governed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioParameters {
    /// The grid.
    pub scenarios: Vec<Scenario>,
    /// Shape of the skew scenarios.
    pub skew: SkewShock,
    /// Size of the volatility moves.
    pub volatility: VolatilityRange,
    /// Share of the worst loss.
    pub loss: LossFactors,
    /// Haircut on option value.
    pub discount: StaticDiscount,
    /// Forwards against spot.
    pub basis: BasisContingency,
    /// Charges.
    pub charges: Charges,
    /// Initial against maintenance.
    pub initial_floor: InitialFloor,
}

/// Why a set of parameters is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum ParameterError {
    /// The grid is empty or too large.
    #[error("{got} scenarios, expected 1 to {most}")]
    ScenarioCount {
        /// How many there are.
        got: usize,
        /// The limit.
        most: usize,
    },
    /// A number is outside its bounds.
    #[error("{name} is {got}, expected {low} to {high}")]
    OutOfBounds {
        /// Which number.
        name: &'static str,
        /// Its value.
        got: Fixed,
        /// The lowest allowed.
        low: Fixed,
        /// The highest allowed.
        high: Fixed,
    },
}

const ANY: Fixed = Fixed::from_int(1_000);

impl PortfolioParameters {
    /// Refuses what breaks the model: an initial factor below maintenance, a discount that rewards, a shock below zero.
    pub fn check(&self) -> Result<(), ParameterError> {
        let count = self.scenarios.len();
        if count == 0 || count > MAX_SCENARIOS {
            return Err(ParameterError::ScenarioCount {
                got: count,
                most: MAX_SCENARIOS,
            });
        }
        let (zero, one) = (Fixed::ZERO, Fixed::ONE);
        for scenario in &self.scenarios {
            within("spot shock", scenario.spot, zero, ANY)?;
            within("dampening", scenario.dampening, zero, one)?;
        }
        within("maintenance loss factor", self.loss.maintenance, zero, ANY)?;
        within(
            "initial loss factor",
            self.loss.initial,
            self.loss.maintenance,
            ANY,
        )?;
        within("long static discount", self.discount.long, zero, one)?;
        within("short static discount", self.discount.short, one, ANY)?;
        within("basis shock up", self.basis.up, one, ANY)?;
        within("basis shock down", self.basis.down, zero, one)?;
        for (name, value) in self.shares() {
            within(name, value, zero, ANY)?;
        }
        Ok(())
    }

    fn shares(&self) -> [(&'static str, Fixed); 18] {
        let (range, charges) = (&self.volatility, &self.charges);
        [
            ("volatility up", range.up),
            ("volatility down", range.down),
            ("volatility floor", range.floor),
            ("short power", range.short_power),
            ("long power", range.long_power),
            ("long rate multiple", self.discount.long_rate_multiple),
            ("long rate", self.discount.long_rate),
            ("short rate multiple", self.discount.short_rate_multiple),
            ("short rate", self.discount.short_rate),
            ("basis base", self.basis.base),
            ("basis per year", self.basis.per_year),
            ("peg factor", charges.peg_factor),
            ("confidence factor", charges.confidence_factor),
            ("linear maintenance charge", charges.linear_maintenance),
            ("linear initial charge", charges.linear_initial),
            ("naked maintenance charge", charges.naked_maintenance),
            ("naked initial charge", charges.naked_initial),
            ("least skew width", self.skew.min_width),
        ]
    }
}

fn within(name: &'static str, got: Fixed, low: Fixed, high: Fixed) -> Result<(), ParameterError> {
    if got < low || got > high {
        return Err(ParameterError::OutOfBounds { name, got, low, high });
    }
    Ok(())
}

impl Default for PortfolioParameters {
    fn default() -> Self {
        let ppm = Fixed::from_ppm;
        Self {
            scenarios: default_set(),
            skew: SkewShock {
                linear_cap: ppm(150_000),
                linear_slope: ppm(-50_000),
                absolute_cap: ppm(150_000),
                absolute_slope: ppm(-50_000),
                min_width: ppm(10_000),
                width_scale: Fixed::from_int(4),
                volatility: ppm(600_000),
                volatility_slope: ppm(-100_000),
            },
            volatility: VolatilityRange {
                up: ppm(500_000),
                down: ppm(275_000),
                floor: ppm(450_000),
                short_power: ppm(300_000),
                long_power: ppm(130_000),
                min_seconds: 86_400,
            },
            loss: LossFactors {
                initial: Fixed::ONE,
                maintenance: ppm(800_000),
            },
            discount: StaticDiscount {
                long: ppm(950_000),
                short: ppm(1_040_000),
                long_rate_multiple: Fixed::ONE,
                long_rate: ppm(80_000),
                short_rate_multiple: ppm(500_000),
                short_rate: ppm(80_000),
            },
            basis: BasisContingency {
                up: ppm(1_045_000),
                down: ppm(955_000),
                base: ppm(500_000),
                per_year: Fixed::from_int(2),
            },
            charges: Charges {
                peg_threshold: ppm(980_000),
                peg_factor: Fixed::from_int(2),
                confidence_threshold: ppm(550_000),
                confidence_factor: Fixed::ONE,
                confidence_law: ConfidenceLaw::Continuous,
                linear_maintenance: ppm(15_000),
                linear_initial: ppm(5_000),
                naked_maintenance: ppm(3_000),
                naked_initial: ppm(2_000),
                pairing: Pairing::SameKind,
            },
            initial_floor: InitialFloor::Maintenance,
        }
    }
}
