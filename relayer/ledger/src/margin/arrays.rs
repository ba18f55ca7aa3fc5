//! Risk arrays: every live option of an underlying priced once per oracle epoch in every scenario.
//!
//! ```text
//!                 now  basis up  basis down  scenario 0  scenario 1  ..
//!   option 0     [ v      v          v           v           v        ]   one row per option, ascending by
//!   option 1     [ v      v          v           v           v        ]   expiry, strike, kind
//! ```
//! A sub's margin is then amounts times rows. Arrays belong to one set of prices and one latency factor; a ledger whose
//! initial and maintenance factors differ holds two.

use alloc::vec::Vec;

use super::{
    MarginError,
    parameters::{PortfolioParameters, SkewShock, StaticDiscount, VolatilityRange},
    scenario::{Scenario, VolatilityShock, widened},
};
use crate::{
    math::{ArithmeticError, Fixed, exp, ln, pow, sqrt},
    pricing::{OptionKind, PricingError, Side, discount, price, years},
};

/// More options than this in one set of arrays are refused.
pub const MAX_OPTIONS: usize = 1_024;
/// Columns before the first scenario: now, basis up, basis down.
pub const LEADING: usize = 3;
const THIRTY_DAYS: i64 = 2_592_000;

/// Market data of one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryMarket {
    /// Seconds until expiry; 0 once expired.
    pub seconds: u64,
    /// The part of the settlement price that the averaging has fixed already.
    pub forward_fixed: Fixed,
    /// The part that still moves.
    pub forward_variable: Fixed,
    /// Continuously compounded rate; a negative one counts as zero.
    pub rate: Fixed,
    /// Lowest score of forward, rate and surface.
    pub confidence: Fixed,
}

impl ExpiryMarket {
    /// Splits a forward by how much of the averaging window before expiry has passed.
    pub fn averaging(
        seconds: u64,
        forward: Fixed,
        window_seconds: u64,
        rate: Fixed,
        confidence: Fixed,
    ) -> Result<Self, ArithmeticError> {
        let whole = |seconds| Fixed::from_int(i64::try_from(seconds).unwrap_or(i64::MAX));
        let forward_variable = if seconds >= window_seconds {
            forward
        } else {
            forward.mul_div_floor(whole(seconds), whole(window_seconds))?
        };
        let forward_fixed = forward.sub(forward_variable)?;
        Ok(Self {
            seconds,
            forward_fixed,
            forward_variable,
            rate,
            confidence,
        })
    }

    /// The whole forward.
    pub const fn forward(&self) -> Result<Fixed, ArithmeticError> {
        self.forward_fixed.add(self.forward_variable)
    }
}

/// One live option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionTerms {
    /// Place of its expiry in the list of expiries.
    pub expiry: usize,
    /// Strike.
    pub strike: Fixed,
    /// Call or put.
    pub kind: OptionKind,
    /// Volatility from the expiry's surface.
    pub volatility: Fixed,
}

/// What all options of an expiry share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryRow {
    /// Market data.
    pub market: ExpiryMarket,
    /// Years to expiry.
    pub tau: Fixed,
    /// √tau.
    pub root: Fixed,
    /// `e^(-rate·tau)`.
    pub discount: Fixed,
    /// Rate, not below zero.
    pub rate: Fixed,
    /// Factor on net long value after a scenario.
    pub long_discount: Fixed,
    /// Factor on net short value after a scenario.
    pub short_discount: Fixed,
    /// Share of the basis loss that counts.
    pub basis_factor: Fixed,
}

/// The arrays of one underlying for one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskArrays {
    scenarios: Vec<Scenario>,
    expiries: Vec<ExpiryRow>,
    options: Vec<OptionTerms>,
    values: Vec<Fixed>,
}

impl RiskArrays {
    /// Prices `options` of `expiries` in every scenario, the regular grid widened by the latency factor `phi`.
    ///
    /// Options must ascend strictly by (expiry, strike, kind); at most [`MAX_OPTIONS`].
    pub fn price(
        expiries: &[ExpiryMarket],
        options: &[OptionTerms],
        phi: Fixed,
        parameters: &PortfolioParameters,
    ) -> Result<Self, MarginError> {
        check_order(options)?;
        let scenarios = widened(&parameters.scenarios, phi)?;
        let rows = expiries.iter().map(|market| ExpiryRow::new(*market, parameters));
        let expiries = rows.collect::<Result<Vec<_>, _>>()?;
        let grids = expiries.iter().map(|row| Grid::new(row, &scenarios, parameters));
        let grids = grids.collect::<Result<Vec<_>, _>>()?;
        let stride = scenarios.len().saturating_add(LEADING);
        let mut values = Vec::with_capacity(options.len().saturating_mul(stride));
        for option in options {
            let unknown = MarginError::UnknownIndex {
                got: option.expiry,
                count: expiries.len(),
            };
            let grid = grids.get(option.expiry).ok_or(unknown)?;
            let row = expiries.get(option.expiry).ok_or(unknown)?;
            grid.price(option, row, parameters, &mut values)?;
        }
        Ok(Self {
            scenarios,
            expiries,
            options: options.to_vec(),
            values,
        })
    }

    /// Prices one option more, in its place; one that is there already changes nothing.
    pub fn add(&mut self, option: OptionTerms, parameters: &PortfolioParameters) -> Result<(), MarginError> {
        let key = |option: &OptionTerms| (option.expiry, option.strike, option.kind);
        let Err(place) = self.options.binary_search_by_key(&key(&option), key) else {
            return Ok(());
        };
        if self.options.len() >= MAX_OPTIONS {
            return Err(MarginError::TooManyOptions {
                got: self.options.len().saturating_add(1),
                most: MAX_OPTIONS,
            });
        }
        let unknown = MarginError::UnknownIndex {
            got: option.expiry,
            count: self.expiries.len(),
        };
        let row = self.expiries.get(option.expiry).ok_or(unknown)?;
        let mut values = Vec::with_capacity(self.stride());
        Grid::new(row, &self.scenarios, parameters)?.price(&option, row, parameters, &mut values)?;
        let start = place.saturating_mul(self.stride()).min(self.values.len());
        self.values.splice(start..start, values);
        self.options.insert(place, option);
        Ok(())
    }

    /// Gives each expiry its score as of now.
    pub fn score(&mut self, scores: impl IntoIterator<Item = Fixed>) {
        for (expiry, score) in self.expiries.iter_mut().zip(scores) {
            expiry.market.confidence = score;
        }
    }

    /// The scenarios, as widened.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The expiries.
    pub fn expiries(&self) -> &[ExpiryRow] {
        &self.expiries
    }

    /// The options, in the order of their rows.
    pub fn options(&self) -> &[OptionTerms] {
        &self.options
    }

    /// Where an instrument's row is.
    pub fn find(&self, expiry: usize, strike: Fixed, kind: OptionKind) -> Option<usize> {
        self.options
            .binary_search_by_key(&(expiry, strike, kind), |option| {
                (option.expiry, option.strike, option.kind)
            })
            .ok()
    }

    /// The columns of one option: now, basis up, basis down, then each scenario.
    pub fn row(&self, option: usize) -> Option<&[Fixed]> {
        let stride = self.stride();
        let start = option.checked_mul(stride)?;
        self.values.get(start..start.checked_add(stride)?)
    }

    /// The present price of one option.
    pub fn mark(&self, option: usize) -> Option<Fixed> {
        self.row(option)?.first().copied()
    }

    /// Columns of a row.
    pub fn stride(&self) -> usize {
        self.scenarios.len().saturating_add(LEADING)
    }
}

fn check_order(options: &[OptionTerms]) -> Result<(), MarginError> {
    if options.len() > MAX_OPTIONS {
        return Err(MarginError::TooManyOptions {
            got: options.len(),
            most: MAX_OPTIONS,
        });
    }
    let key = |option: &OptionTerms| (option.expiry, option.strike, option.kind);
    for (index, pair) in options.windows(2).enumerate() {
        if let [before, after] = pair
            && key(before) >= key(after)
        {
            return Err(MarginError::UnorderedOptions {
                index: index.saturating_add(1),
            });
        }
    }
    Ok(())
}

impl ExpiryRow {
    fn new(market: ExpiryMarket, parameters: &PortfolioParameters) -> Result<Self, MarginError> {
        let tau = years(market.seconds)?;
        let rate = market.rate.max_zero();
        let discount = discount(rate, tau)?;
        let (long_discount, short_discount) = static_discounts(rate, tau, discount, &parameters.discount)?;
        let basis_factor = parameters
            .basis
            .base
            .add(parameters.basis.per_year.mul_ceil(tau)?)?;
        let root = sqrt(tau)?;
        Ok(Self {
            market,
            tau,
            root,
            discount,
            rate,
            long_discount,
            short_discount,
            basis_factor,
        })
    }
}

/// Long value decays with rate and time; short value grows, but not beyond its undiscounted payoff.
fn static_discounts(
    rate: Fixed,
    tau: Fixed,
    of_rate: Fixed,
    parameters: &StaticDiscount,
) -> Result<(Fixed, Fixed), ArithmeticError> {
    let growth = |multiple: Fixed, more: Fixed| -> Result<Fixed, ArithmeticError> {
        exp(rate.mul_ceil(multiple)?.add(more)?.mul_ceil(tau)?.negate())
    };
    let long = parameters
        .long
        .mul_floor(growth(parameters.long_rate_multiple, parameters.long_rate)?)?;
    let short = parameters
        .short
        .div_ceil(growth(parameters.short_rate_multiple, parameters.short_rate)?)?;
    Ok((long, short.min(Fixed::ONE.div_ceil(of_rate)?)))
}

/// One expiry's forwards, one per column, and the factors on its volatilities.
struct Grid {
    columns: Vec<(Side, VolatilityShock)>,
    up: Fixed,
    down: Fixed,
    skew: Skew,
}

/// The bend of one expiry's smile.
struct Skew {
    linear_cap: Fixed,
    absolute_cap: Fixed,
    width: Fixed,
}

/// Volatilities times √tau of one option, by shock.
struct Deviations {
    none: Fixed,
    up: Fixed,
    down: Fixed,
    linear: Fixed,
    absolute: Fixed,
}

impl Grid {
    fn new(
        row: &ExpiryRow,
        scenarios: &[Scenario],
        parameters: &PortfolioParameters,
    ) -> Result<Self, MarginError> {
        let column = |spot: Fixed, volatility: VolatilityShock| -> Result<_, MarginError> {
            // A skew scenario bends the smile around the present forward.
            let spot = if volatility.is_skew() { Fixed::ONE } else { spot };
            let forward = row
                .market
                .forward_variable
                .mul_floor(spot)?
                .add(row.market.forward_fixed)?;
            Ok((Side::new(forward, row.discount)?, volatility))
        };
        let leading = [Fixed::ONE, parameters.basis.up, parameters.basis.down];
        let moves = leading.map(|spot| (spot, VolatilityShock::None));
        let moves = moves.into_iter().chain(
            scenarios
                .iter()
                .map(|scenario| (scenario.spot, scenario.volatility)),
        );
        let columns = moves
            .map(|(spot, volatility)| column(spot, volatility))
            .collect::<Result<Vec<_>, _>>()?;
        let (up, down) = volatility_factors(row.market.seconds, &parameters.volatility)?;
        Ok(Self {
            columns,
            up,
            down,
            skew: Skew::new(row.root, &parameters.skew)?,
        })
    }

    fn price(
        &self,
        option: &OptionTerms,
        row: &ExpiryRow,
        parameters: &PortfolioParameters,
        values: &mut Vec<Fixed>,
    ) -> Result<(), MarginError> {
        let strike = Side::new(option.strike, row.discount)?;
        let deviations = self.deviations(option, row, parameters)?;
        for (forward, shock) in &self.columns {
            values.push(price(option.kind, forward, &strike, deviations.of(*shock))?);
        }
        Ok(())
    }

    fn deviations(
        &self,
        option: &OptionTerms,
        row: &ExpiryRow,
        parameters: &PortfolioParameters,
    ) -> Result<Deviations, MarginError> {
        let volatility = option.volatility;
        if volatility.is_negative() {
            return Err(MarginError::Negative {
                what: "volatility",
                got: volatility,
            });
        }
        let up = volatility.mul_floor(self.up)?.max(parameters.volatility.floor);
        let deviation = |volatility: Fixed| volatility.mul_floor(row.root);
        let moneyness = moneyness(option.strike, row.market.forward()?)?;
        let bent = |factor: Fixed| deviation(volatility.mul_floor(factor.max_zero())?);
        Ok(Deviations {
            none: deviation(volatility)?,
            up: deviation(up)?,
            down: deviation(volatility.mul_floor(self.down)?)?,
            linear: bent(self.skew.factor(moneyness, self.skew.linear_cap)?)?,
            absolute: bent(self.skew.factor(moneyness.abs(), self.skew.absolute_cap)?)?,
        })
    }
}

impl Deviations {
    const fn of(&self, shock: VolatilityShock) -> Fixed {
        match shock {
            VolatilityShock::None => self.none,
            VolatilityShock::Up => self.up,
            VolatilityShock::Down => self.down,
            VolatilityShock::Linear => self.linear,
            VolatilityShock::Absolute => self.absolute,
        }
    }
}

impl Skew {
    fn new(root: Fixed, parameters: &SkewShock) -> Result<Self, ArithmeticError> {
        let volatility = parameters
            .volatility
            .add(root.mul_trunc(parameters.volatility_slope)?)?;
        let width = root.mul_trunc(parameters.width_scale)?.mul_trunc(volatility)?;
        Ok(Self {
            linear_cap: parameters
                .linear_cap
                .add(root.mul_trunc(parameters.linear_slope)?)?,
            absolute_cap: parameters
                .absolute_cap
                .add(root.mul_trunc(parameters.absolute_slope)?)?,
            width: width.max(parameters.min_width).max(Fixed::ULP),
        })
    }

    /// `1 + k·cap/width`, the change held within the cap on the side of `k`.
    fn factor(&self, k: Fixed, cap: Fixed) -> Result<Fixed, ArithmeticError> {
        let change = k.mul_div_trunc(cap, self.width)?;
        let held = if k.is_negative() {
            change.max(cap.negate())
        } else {
            change.min(cap)
        };
        Fixed::ONE.add(held)
    }
}

/// Factors on volatility for a rise and a fall: both grow as expiry nears.
fn volatility_factors(seconds: u64, range: &VolatilityRange) -> Result<(Fixed, Fixed), ArithmeticError> {
    let whole = |seconds| Fixed::from_int(i64::try_from(seconds).unwrap_or(i64::MAX));
    let nearness = Fixed::from_int(THIRTY_DAYS).div_trunc(whole(seconds.max(range.min_seconds).max(1)))?;
    let near = whole(seconds) <= Fixed::from_int(THIRTY_DAYS);
    let multiple = pow(nearness, if near { range.short_power } else { range.long_power })?;
    let up = Fixed::ONE.add(range.up.mul_ceil(multiple)?)?;
    let down = Fixed::ONE.sub(range.down.mul_ceil(multiple)?)?;
    Ok((up, down.max_zero()))
}

/// `ln(K/F)`; zero where either is zero and no smile is needed.
fn moneyness(strike: Fixed, forward: Fixed) -> Result<Fixed, PricingError> {
    if !strike.is_positive() || !forward.is_positive() {
        return Ok(Fixed::ZERO);
    }
    Ok(ln(strike)?.sub(ln(forward)?)?)
}
