//! The portfolio model: worst scenario of one underlying's positions by risk arrays, plus charges.
//!
//! ```text
//!   P_s   = damp_s · ( (shock_s - 1)·(Σ linear q·p + Σ moving collateral) + Σ_expiry (SD·V_s - V_now) )   skew: -|.| per expiry
//!   loss  = -min(basis, min_s P_s)        basis = Σ_expiry min(0, V_up - V_now, V_down - V_now)·(base + per_year·τ)
//!   maintenance = mF·loss + charges_m     initial = (iF + depeg)·loss + charges_m + charges_i + confidence
//!   value       = cash + Σ linear value + Σ V_now + Σ collateral
//! ```
//! `V_s` is amounts times arrays, summed in 256 bits and divided once per expiry and scenario. Sums over underlyings have no
//! offset. A future counts as a perpetual on its forward, without funding. Cash is not haircut.
//! Source of the formula: Derive `PMRM_2` (`reference/margin.md` 2.3). Deviations: naked shorts pair the same instrument
//! only, the confidence charge is continuous, initial is never below maintenance; each has a parameter for public cases.

use alloc::vec::Vec;

use super::{
    MarginError, Requirement,
    arrays::{ExpiryRow, LEADING, RiskArrays},
    contingency::{Pairing, confidence_share, depeg},
    parameters::{Charges, InitialFloor, PortfolioParameters},
    scenario::Scenario,
};
use crate::{
    math::{ArithmeticError, Fixed, Wide},
    pricing::{Greeks, Side, greeks},
};

/// More positions than this in one sub are refused.
pub const MAX_POSITIONS: usize = 128;

/// A perpetual, or a future on its forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// Amount, negative when short.
    pub quantity: Fixed,
    /// Mark, or the part of the forward that still moves.
    pub price: Fixed,
    /// Unrealised profit or loss and funding.
    pub value: Fixed,
    /// Score of its price.
    pub confidence: Fixed,
}

/// An amount of one option of the arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionPosition {
    /// Its row.
    pub option: usize,
    /// Amount, negative when short.
    pub quantity: Fixed,
}

/// Collateral that is not cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collateral {
    /// Amount times price, in the settlement currency; not negative.
    pub value: Fixed,
    /// Whether it moves with this underlying's spot and so offsets its positions.
    pub moves_with_spot: bool,
    /// Share that does not count for the initial requirement.
    pub initial_haircut: Fixed,
    /// Share that does not count for maintenance.
    pub maintenance_haircut: Fixed,
    /// Lower score of its own price and of spot.
    pub confidence: Fixed,
}

/// One sub's holdings in one underlying. Positions ascend strictly by option.
#[derive(Clone, Copy, Debug)]
pub struct Portfolio<'a> {
    /// Spot of the underlying.
    pub spot: Fixed,
    /// Score of spot.
    pub spot_confidence: Fixed,
    /// Price of the settlement cash in its peg.
    pub stable: Fixed,
    /// Cash in the settlement currency, already at `stable_c / stable_quote`. Give it to one underlying only.
    pub cash: Fixed,
    /// Perpetuals and futures.
    pub linear: &'a [Linear],
    /// Options.
    pub options: &'a [OptionPosition],
    /// Collateral. Give each piece to one underlying only.
    pub collateral: &'a [Collateral],
}

/// A portfolio's result in each scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Present value of the options.
    pub options_value: Fixed,
    /// Loss of the basis move, zero or below.
    pub basis: Fixed,
    /// Profit or loss in each scenario, dampened, in the order of the set.
    pub results: Vec<Fixed>,
}

impl Evaluation {
    /// The worst result and its scenario; `None` stands for the basis move.
    pub fn worst(&self) -> (Fixed, Option<usize>) {
        self.results
            .iter()
            .enumerate()
            .fold((self.basis, None), |worst, (index, result)| {
                if *result < worst.0 {
                    (*result, Some(index))
                } else {
                    worst
                }
            })
    }
}

/// Value and requirements of one underlying's positions.
///
/// `maintenance` are the arrays under maintenance's latency factor; pass the same reference twice when the factors agree,
/// and the scenarios are run once.
pub fn requirement(
    portfolio: &Portfolio<'_>,
    initial: &RiskArrays,
    maintenance: &RiskArrays,
    parameters: &PortfolioParameters,
) -> Result<Requirement, MarginError> {
    let evaluated = evaluate(portfolio, initial)?;
    let (worst_initial, _) = evaluated.worst();
    let worst_maintenance = if core::ptr::eq(initial, maintenance) {
        worst_initial
    } else {
        evaluate(portfolio, maintenance)?.worst().0
    };
    let charged = charges(portfolio, initial, &parameters.charges)?;
    let depeg = depeg(
        portfolio.stable,
        parameters.charges.peg_threshold,
        parameters.charges.peg_factor,
    )?;
    let loss = |worst: Fixed, factor: Fixed| worst.negate().mul_ceil(factor);
    let requirement = Requirement {
        value: value(portfolio, evaluated.options_value)?,
        initial: loss(worst_initial, parameters.loss.initial.add(depeg)?)?.add(charged.initial)?,
        maintenance: loss(worst_maintenance, parameters.loss.maintenance)?.add(charged.maintenance)?,
    };
    Ok(match parameters.initial_floor {
        InitialFloor::Maintenance => requirement.with_initial_at_least_maintenance(),
        InitialFloor::Absent => requirement,
    })
}

/// The portfolio's result in each scenario of the arrays.
pub fn evaluate(portfolio: &Portfolio<'_>, arrays: &RiskArrays) -> Result<Evaluation, MarginError> {
    check(portfolio)?;
    let moving = moving_value(portfolio)?;
    let scenarios = arrays.scenarios();
    let mut evaluation = Evaluation {
        options_value: Fixed::ZERO,
        basis: Fixed::ZERO,
        results: scenarios
            .iter()
            .map(|scenario| scenario.relative()?.mul_floor(moving))
            .collect::<Result<Vec<_>, ArithmeticError>>()?,
    };
    let mut sums = Vec::with_capacity(arrays.stride());
    for positions in expiries(portfolio.options, arrays) {
        let expiry = sum_products(positions, arrays, &mut sums)?;
        add_expiry(&mut evaluation, expiry, &sums, scenarios)?;
    }
    for (result, scenario) in evaluation.results.iter_mut().zip(scenarios) {
        *result = result.mul_floor(scenario.dampening)?;
    }
    Ok(evaluation)
}

/// Greeks of all positions, options by Black-76 at the arrays' volatilities; a linear position has delta 1.
pub fn portfolio_greeks(portfolio: &Portfolio<'_>, arrays: &RiskArrays) -> Result<Greeks, MarginError> {
    let delta = Fixed::sum(portfolio.linear.iter().map(|linear| linear.quantity))?;
    let mut total = Greeks {
        delta,
        ..Greeks::default()
    };
    for position in portfolio.options {
        let unknown = MarginError::UnknownIndex {
            got: position.option,
            count: arrays.options().len(),
        };
        let option = arrays.options().get(position.option).ok_or(unknown)?;
        let row = arrays.expiries().get(option.expiry).ok_or(unknown)?;
        let forward = Side::new(row.market.forward()?, row.discount)?;
        let strike = Side::new(option.strike, row.discount)?;
        let one = greeks(
            option.kind,
            &forward,
            &strike,
            option.volatility,
            row.root,
            row.rate,
            row.discount,
        )?;
        total = total.plus(one.times(position.quantity)?)?;
    }
    Ok(total)
}

fn check(portfolio: &Portfolio<'_>) -> Result<(), MarginError> {
    let got = portfolio
        .options
        .len()
        .saturating_add(portfolio.linear.len())
        .saturating_add(portfolio.collateral.len());
    if got > MAX_POSITIONS {
        return Err(MarginError::TooManyPositions {
            got,
            most: MAX_POSITIONS,
        });
    }
    for pair in portfolio.options.windows(2) {
        if let [before, after] = pair
            && before.option >= after.option
        {
            return Err(MarginError::UnorderedPositions { index: after.option });
        }
    }
    match portfolio
        .collateral
        .iter()
        .find(|collateral| collateral.value.is_negative())
    {
        Some(collateral) => Err(MarginError::Negative {
            what: "collateral",
            got: collateral.value,
        }),
        None => Ok(()),
    }
}

/// What a relative move of spot multiplies.
fn moving_value(portfolio: &Portfolio<'_>) -> Result<Fixed, ArithmeticError> {
    let linear = portfolio
        .linear
        .iter()
        .try_fold(Wide::ZERO, |sum, linear| {
            sum.add_product(linear.quantity, linear.price)
        })?
        .floor()?;
    let moving = portfolio
        .collateral
        .iter()
        .filter(|collateral| collateral.moves_with_spot);
    linear.add(Fixed::sum(moving.map(|collateral| collateral.value))?)
}

/// Runs of positions of one expiry; an unknown option is a run of its own that the summing refuses.
fn expiries<'a>(
    positions: &'a [OptionPosition],
    arrays: &'a RiskArrays,
) -> impl Iterator<Item = &'a [OptionPosition]> {
    let expiry =
        |position: &OptionPosition| arrays.options().get(position.option).map(|option| option.expiry);
    positions.chunk_by(move |before, after| expiry(before) == expiry(after))
}

/// Amounts times rows for positions of one expiry, column by column.
fn sum_products<'a>(
    positions: &[OptionPosition],
    arrays: &'a RiskArrays,
    sums: &mut Vec<Wide>,
) -> Result<&'a ExpiryRow, MarginError> {
    sums.clear();
    sums.resize(arrays.stride(), Wide::ZERO);
    let mut expiry = None;
    for position in positions {
        let unknown = MarginError::UnknownIndex {
            got: position.option,
            count: arrays.options().len(),
        };
        let row = arrays.row(position.option).ok_or(unknown)?;
        expiry = arrays.options().get(position.option).map(|option| option.expiry);
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum = sum.add_product(position.quantity, *value)?;
        }
    }
    let unknown = MarginError::UnknownIndex {
        got: 0,
        count: arrays.expiries().len(),
    };
    expiry
        .and_then(|expiry| arrays.expiries().get(expiry))
        .ok_or(unknown)
}

/// Adds one expiry's options to the evaluation, not yet dampened.
fn add_expiry(
    evaluation: &mut Evaluation,
    expiry: &ExpiryRow,
    sums: &[Wide],
    scenarios: &[Scenario],
) -> Result<(), MarginError> {
    let (leading, shocked) = sums.split_at_checked(LEADING).unwrap_or_default();
    let [now, up, down] = leading else {
        return Err(MarginError::UnknownIndex {
            got: LEADING,
            count: sums.len(),
        });
    };
    let now = now.floor()?;
    let basis = up.floor()?.min(down.floor()?).sub(now)?.min_zero();
    evaluation.options_value = evaluation.options_value.add(now)?;
    evaluation.basis = evaluation.basis.add(basis.mul_floor(expiry.basis_factor)?)?;
    for ((result, value), scenario) in evaluation.results.iter_mut().zip(shocked).zip(scenarios) {
        let value = value.floor()?;
        let factor = if value.is_negative() {
            expiry.short_discount
        } else {
            expiry.long_discount
        };
        let change = value.mul_floor(factor)?.sub(now)?;
        let counted = if scenario.volatility.is_skew() {
            change.abs().negate()
        } else {
            change
        };
        *result = result.add(counted)?;
    }
    Ok(())
}

fn value(portfolio: &Portfolio<'_>, options: Fixed) -> Result<Fixed, ArithmeticError> {
    let linear = Fixed::sum(portfolio.linear.iter().map(|linear| linear.value))?;
    let collateral = Fixed::sum(portfolio.collateral.iter().map(|collateral| collateral.value))?;
    portfolio.cash.add(linear)?.add(options)?.add(collateral)
}

/// Charges; `initial` includes those of maintenance, but for haircuts, which each side has of its own.
#[derive(Default)]
struct Charged {
    initial: Fixed,
    maintenance: Fixed,
}

impl Charged {
    fn add(&mut self, notional: Fixed, maintenance: Fixed, more: Fixed) -> Result<(), ArithmeticError> {
        let kept = notional.mul_ceil(maintenance)?;
        self.maintenance = self.maintenance.add(kept)?;
        self.initial = self.initial.add(kept)?.add(notional.mul_ceil(more)?)?;
        Ok(())
    }
}

fn charges(
    portfolio: &Portfolio<'_>,
    arrays: &RiskArrays,
    parameters: &Charges,
) -> Result<Charged, MarginError> {
    let mut charged = Charged::default();
    let share = |score: Fixed| -> Result<Fixed, ArithmeticError> {
        let share = confidence_share(parameters.confidence_law, score, parameters.confidence_threshold)?;
        share.mul_ceil(parameters.confidence_factor)
    };
    let mut score = portfolio.spot_confidence;
    for linear in portfolio
        .linear
        .iter()
        .filter(|linear| !linear.quantity.is_zero())
    {
        let notional = linear.quantity.abs().mul_ceil(portfolio.spot)?;
        let own = linear.confidence.min(portfolio.spot_confidence);
        charged.add(notional, parameters.linear_maintenance, parameters.linear_initial)?;
        charged.add(notional, Fixed::ZERO, share(own)?)?;
        score = score.min(own);
    }
    for positions in expiries(portfolio.options, arrays) {
        let row = positions
            .first()
            .and_then(|position| arrays.options().get(position.option));
        let own = row.and_then(|option| arrays.expiries().get(option.expiry));
        let score = own.map_or(Fixed::ZERO, |row| row.market.confidence).min(score);
        let notional = Fixed::sum(positions.iter().map(|position| position.quantity.abs()))?;
        charged.add(notional.mul_ceil(portfolio.spot)?, Fixed::ZERO, share(score)?)?;
        let naked = naked_shorts(positions, arrays, parameters.pairing)?.mul_ceil(portfolio.spot)?;
        charged.add(naked, parameters.naked_maintenance, parameters.naked_initial)?;
    }
    for collateral in portfolio.collateral {
        let lost = |haircut: Fixed| collateral.value.mul_ceil(haircut);
        charged.maintenance = charged.maintenance.add(lost(collateral.maintenance_haircut)?)?;
        charged.initial = charged.initial.add(lost(collateral.initial_haircut)?)?;
        charged.add(collateral.value, Fixed::ZERO, share(collateral.confidence)?)?;
    }
    Ok(charged)
}

/// Shorts that nothing held at the same strike covers.
fn naked_shorts(
    positions: &[OptionPosition],
    arrays: &RiskArrays,
    pairing: Pairing,
) -> Result<Fixed, ArithmeticError> {
    let strike =
        |position: &OptionPosition| arrays.options().get(position.option).map(|option| option.strike);
    let short = |net: Fixed| net.min_zero().negate();
    match pairing {
        Pairing::SameKind => Fixed::sum(positions.iter().map(|position| short(position.quantity))),
        Pairing::SameStrike => positions
            .chunk_by(|before, after| strike(before) == strike(after))
            .map(|pair| Fixed::sum(pair.iter().map(|position| position.quantity)).map(short))
            .try_fold(Fixed::ZERO, |sum, naked| sum.add(naked?)),
    }
}
