//! The grid of market moves that a portfolio must survive.
//!
//! A *scenario* multiplies spot, moves volatility and counts its loss by a *dampening* factor (1 for the regular grid, less
//! for tails). The set is a governed parameter.

use alloc::vec::Vec;

use strum::IntoStaticStr;

use crate::math::{ArithmeticError, Fixed};

/// Rows up to this distance from the present price widen with the latency factor; tails do not.
pub const WIDENED_UP_TO: Fixed = Fixed::from_ppm(180_000);

/// What a scenario does to volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum VolatilityShock {
    /// Nothing.
    None,
    /// Up, and at least to the floor.
    Up,
    /// Down.
    Down,
    /// The smile is tilted: strikes above the forward up, below down.
    Linear,
    /// Both wings are raised.
    Absolute,
}

impl VolatilityShock {
    /// Whether only the shape of the smile moves; such a scenario counts each expiry's worse direction.
    pub const fn is_skew(self) -> bool {
        matches!(self, Self::Linear | Self::Absolute)
    }
}

/// One move of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Factor on spot, forwards and collateral that moves with spot: 1.045 is up 4.5 %.
    pub spot: Fixed,
    /// Change of the smile.
    pub volatility: VolatilityShock,
    /// Share of the loss that counts, 0 to 1.
    pub dampening: Fixed,
}

impl Scenario {
    /// A move of `ppm` parts per million, volatility shock and dampening in ppm.
    pub const fn new(move_ppm: i64, volatility: VolatilityShock, dampening_ppm: i64) -> Self {
        Self {
            spot: Fixed::from_ppm(1_000_000_i64.saturating_add(move_ppm)),
            volatility,
            dampening: Fixed::from_ppm(dampening_ppm),
        }
    }

    /// The relative move: -0.045 for down 4.5 %.
    pub const fn relative(&self) -> Result<Fixed, ArithmeticError> {
        self.spot.sub(Fixed::ONE)
    }

    /// The same row of the grid under latency factor `phi`. Spot never falls below zero.
    pub fn widened(self, phi: Fixed) -> Result<Self, ArithmeticError> {
        let relative = self.relative()?;
        if relative.abs() > WIDENED_UP_TO {
            return Ok(self);
        }
        let wider = if relative.is_negative() {
            relative.mul_floor(phi)?
        } else {
            relative.mul_ceil(phi)?
        };
        let spot = Fixed::ONE.add(wider)?.max_zero();
        Ok(Self { spot, ..self })
    }
}

/// The whole set under latency factor `phi`.
pub fn widened(scenarios: &[Scenario], phi: Fixed) -> Result<Vec<Scenario>, ArithmeticError> {
    scenarios.iter().map(|scenario| scenario.widened(phi)).collect()
}

/// The 31 rows of the public BTC and ETH sets: ±4.5, ±9, ±13.5 % with every volatility move, ±18 % with volatility up,
/// six tails, two skews.
pub fn default_set() -> Vec<Scenario> {
    use VolatilityShock::{Absolute, Down, Linear, None, Up};
    const WHOLE: i64 = 1_000_000;
    let grid = [135_000, 90_000, 45_000, 0, -45_000, -90_000, -135_000]
        .into_iter()
        .flat_map(|spot| [Down, None, Up].map(|volatility| Scenario::new(spot, volatility, WHOLE)));
    let edges = [180_000, -180_000].map(|spot| Scenario::new(spot, Up, WHOLE));
    // Counted: 0.2 · 0.18 / |move|, the law of the public set's tails.
    let tails = [
        (-660_000, 54_545),
        (-330_000, 109_091),
        (500_000, 72_000),
        (1_000_000, 36_000),
        (2_000_000, 18_000),
        (3_000_000, 12_000),
    ]
    .map(|(spot, dampening)| Scenario::new(spot, Up, dampening));
    let skews = [Linear, Absolute].map(|volatility| Scenario::new(0, volatility, WHOLE));
    edges.into_iter().chain(grid).chain(tails).chain(skews).collect()
}
