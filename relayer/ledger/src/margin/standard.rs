//! The standard model: each position on its own, options netted within an expiry by their greatest loss.
//!
//! ```text
//!   perpetual, future   initial = ⌈N · max(tier, scaled)⌉       scaled = tier + (1 - tier)·(OI - lower)/(upper - lower)
//!                       maintenance = ⌈N · tier_m⌉
//!   short call          initial = max(0.15 - OTM/S, 0.13)·S·q + mark      maintenance = 0.09·S·q + mark
//!   short put           maintenance = max(0.09·S·q, 0.09·mark) + mark     initial = max(as the call, 1.05·maintenance)
//!   an expiry           the lesser of Σ shorts and the greatest loss over {0} ∪ strikes + unpaired·F·net short calls
//! ```
//! Long options carry no requirement and no credit beyond their part in the greatest loss. Depeg and confidence are charged
//! on the initial side. Sources: dYdX for the tiers, Derive's standard manager for options (`reference/margin.md` 2.1, 2.2).

use super::{
    MarginError, Requirement,
    contingency::{ConfidenceLaw, confidence_share, depeg},
    margin_required_up,
    portfolio::{Collateral, MAX_POSITIONS},
};
use crate::{
    math::{ArithmeticError, Fixed},
    pricing::OptionKind,
};

/// Requirement of a perpetual or future by its market's open interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Initial fraction of notional while open interest is low.
    pub initial: Fixed,
    /// Maintenance fraction of notional, at any open interest.
    pub maintenance: Fixed,
    /// Open interest, in cash, from which the initial fraction rises; nothing rises when `upper` is zero.
    pub lower: Fixed,
    /// Open interest at which it reaches 1.
    pub upper: Fixed,
}

impl Default for Tier {
    fn default() -> Self {
        Self {
            initial: Fixed::from_ppm(50_000),
            maintenance: Fixed::from_ppm(30_000),
            lower: Fixed::from_int(25_000_000),
            upper: Fixed::from_int(50_000_000),
        }
    }
}

impl Tier {
    /// The initial fraction at an open interest, rounded up.
    pub fn initial_at(&self, open_interest: Fixed) -> Result<Fixed, ArithmeticError> {
        if self.upper.is_zero() || open_interest <= self.lower {
            return Ok(self.initial);
        }
        if open_interest >= self.upper {
            return Ok(Fixed::ONE.max(self.initial));
        }
        let room = Fixed::ONE.sub(self.initial)?.max_zero();
        let over = open_interest.sub(self.lower)?;
        self.initial
            .add(room.mul_div_ceil(over, self.upper.sub(self.lower)?)?)
    }

    /// Initial and maintenance requirement of a notional.
    pub fn requirement_up(
        &self,
        notional: Fixed,
        open_interest: Fixed,
    ) -> Result<(Fixed, Fixed), ArithmeticError> {
        let initial = margin_required_up(notional, self.initial_at(open_interest)?)?;
        let maintenance = margin_required_up(notional, self.maintenance)?;
        Ok((initial, maintenance))
    }
}

/// Fractions of spot and of value for short options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionFractions {
    /// Of spot, at the money, initial.
    pub most: Fixed,
    /// Of spot, far out of the money, initial.
    pub least: Fixed,
    /// Of spot, calls, maintenance.
    pub call_maintenance: Fixed,
    /// Of spot, puts, maintenance.
    pub put_maintenance: Fixed,
    /// Of value, puts, maintenance.
    pub put_mark_maintenance: Fixed,
    /// A put's initial requirement over its maintenance, at least.
    pub put_initial_over_maintenance: Fixed,
    /// Of the forward per net short call, initial.
    pub unpaired_initial: Fixed,
    /// Of the forward per net short call, maintenance.
    pub unpaired_maintenance: Fixed,
}

/// Everything the standard model is governed by, but for the tiers of each market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardParameters {
    /// Options.
    pub options: OptionFractions,
    /// Below this price of the settlement cash perpetuals and shorts cost more.
    pub peg_threshold: Fixed,
    /// By this much of spot per unit below.
    pub peg_factor: Fixed,
    /// Below this score a price costs margin.
    pub confidence_threshold: Fixed,
    /// This factor of the charged share of notional.
    pub confidence_factor: Fixed,
    /// How the share follows the score.
    pub confidence_law: ConfidenceLaw,
}

impl Default for StandardParameters {
    fn default() -> Self {
        let ppm = Fixed::from_ppm;
        Self {
            options: OptionFractions {
                most: ppm(150_000),
                least: ppm(130_000),
                call_maintenance: ppm(90_000),
                put_maintenance: ppm(90_000),
                put_mark_maintenance: ppm(90_000),
                put_initial_over_maintenance: ppm(1_050_000),
                unpaired_initial: ppm(1_200_000),
                unpaired_maintenance: ppm(1_100_000),
            },
            peg_threshold: ppm(990_000),
            peg_factor: Fixed::from_int(2),
            confidence_threshold: ppm(550_000),
            confidence_factor: Fixed::ONE,
            confidence_law: ConfidenceLaw::Continuous,
        }
    }
}

/// A perpetual or future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearHolding {
    /// Amount, negative when short.
    pub quantity: Fixed,
    /// Mark, or forward.
    pub mark: Fixed,
    /// Unrealised profit or loss and funding.
    pub value: Fixed,
    /// Score of its price.
    pub confidence: Fixed,
    /// Its market's tier.
    pub tier: Tier,
    /// Its market's open interest in cash.
    pub open_interest: Fixed,
}

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionHolding {
    /// Strike.
    pub strike: Fixed,
    /// Call or put.
    pub kind: OptionKind,
    /// Amount, negative when short.
    pub quantity: Fixed,
    /// Price of one.
    pub mark: Fixed,
}

/// Options of one expiry.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryHoldings<'a> {
    /// Forward.
    pub forward: Fixed,
    /// Lowest score of forward and surface.
    pub confidence: Fixed,
    /// Options held, in any order.
    pub options: &'a [OptionHolding],
}

/// One sub's holdings in one underlying.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// Spot.
    pub spot: Fixed,
    /// Score of spot.
    pub spot_confidence: Fixed,
    /// Price of the settlement cash in its peg.
    pub stable: Fixed,
    /// Cash in the settlement currency. Give it to one underlying only.
    pub cash: Fixed,
    /// Perpetuals and futures.
    pub linear: &'a [LinearHolding],
    /// Options by expiry.
    pub expiries: &'a [ExpiryHoldings<'a>],
    /// Collateral. Give each piece to one underlying only.
    pub collateral: &'a [Collateral],
}

/// Value and requirements of one underlying's positions.
pub fn requirement(market: &Market<'_>, parameters: &StandardParameters) -> Result<Requirement, MarginError> {
    check(market)?;
    let mut total = Requirement {
        value: market.cash,
        ..Requirement::default()
    };
    let mut exposed = Fixed::ZERO;
    for linear in market.linear {
        total = total.plus(linear_requirement(linear, market, parameters)?)?;
        exposed = exposed.add(linear.quantity.abs())?;
    }
    for expiry in market.expiries {
        total = total.plus(expiry_requirement(expiry, market, parameters)?)?;
        exposed = exposed.add(shorts(expiry.options)?)?;
    }
    for collateral in market.collateral {
        total = total.plus(collateral_requirement(collateral, parameters)?)?;
    }
    let depeg = depeg(market.stable, parameters.peg_threshold, parameters.peg_factor)?;
    total.initial = total
        .initial
        .add(exposed.mul_ceil(market.spot)?.mul_ceil(depeg)?)?;
    Ok(total.with_initial_at_least_maintenance())
}

/// The sub's greatest loss at expiry over prices 0 and every strike, zero or above.
pub fn greatest_loss(options: &[OptionHolding]) -> Result<Fixed, ArithmeticError> {
    let strikes = options.iter().map(|option| option.strike);
    let prices = core::iter::once(Fixed::ZERO).chain(strikes);
    prices
        .map(|price| payoff(options, price))
        .try_fold(Fixed::ZERO, |loss, payoff| Ok(loss.max(payoff?.negate())))
}

fn check(market: &Market<'_>) -> Result<(), MarginError> {
    let options = market.expiries.iter().map(|expiry| expiry.options.len());
    let got = options.fold(market.linear.len(), usize::saturating_add);
    if got > MAX_POSITIONS {
        return Err(MarginError::TooManyPositions {
            got,
            most: MAX_POSITIONS,
        });
    }
    match market
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

fn charged_share(parameters: &StandardParameters, score: Fixed) -> Result<Fixed, ArithmeticError> {
    confidence_share(parameters.confidence_law, score, parameters.confidence_threshold)?
        .mul_ceil(parameters.confidence_factor)
}

fn linear_requirement(
    linear: &LinearHolding,
    market: &Market<'_>,
    parameters: &StandardParameters,
) -> Result<Requirement, ArithmeticError> {
    let size = linear.quantity.abs();
    let (initial, maintenance) = linear
        .tier
        .requirement_up(size.mul_ceil(linear.mark)?, linear.open_interest)?;
    let share = charged_share(parameters, linear.confidence.min(market.spot_confidence))?;
    let charge = size.mul_ceil(market.spot)?.mul_ceil(share)?;
    Ok(Requirement {
        value: linear.value,
        initial: initial.add(charge)?,
        maintenance,
    })
}

fn collateral_requirement(
    collateral: &Collateral,
    parameters: &StandardParameters,
) -> Result<Requirement, ArithmeticError> {
    let charge = collateral
        .value
        .mul_ceil(charged_share(parameters, collateral.confidence)?)?;
    Ok(Requirement {
        value: collateral.value,
        initial: collateral
            .value
            .mul_ceil(collateral.initial_haircut)?
            .add(charge)?,
        maintenance: collateral.value.mul_ceil(collateral.maintenance_haircut)?,
    })
}

/// Requirement on top of the options' value: what their worth must be exceeded by.
fn expiry_requirement(
    expiry: &ExpiryHoldings<'_>,
    market: &Market<'_>,
    parameters: &StandardParameters,
) -> Result<Requirement, ArithmeticError> {
    let fractions = &parameters.options;
    let marks = expiry
        .options
        .iter()
        .map(|option| option.quantity.mul_floor(option.mark));
    let value = marks
        .into_iter()
        .try_fold(Fixed::ZERO, |sum, mark| sum.add(mark?))?;
    let mut isolated = Requirement::default();
    for option in expiry
        .options
        .iter()
        .filter(|option| option.quantity.is_negative())
    {
        isolated = isolated.plus(short_requirement(option, market.spot, fractions)?)?;
    }
    let loss = greatest_loss(expiry.options)?;
    let calls = expiry
        .options
        .iter()
        .filter(|option| option.kind == OptionKind::Call);
    let net_calls = Fixed::sum(calls.map(|option| option.quantity))?;
    let unpaired = net_calls.min_zero().negate().mul_ceil(expiry.forward)?;
    let share = charged_share(parameters, expiry.confidence.min(market.spot_confidence))?;
    let charge = shorts(expiry.options)?.mul_ceil(market.spot)?.mul_ceil(share)?;
    let netted = |scale: Fixed| loss.add(unpaired.mul_ceil(scale)?);
    let initial = isolated.initial.min(netted(fractions.unpaired_initial)?);
    let maintenance = isolated.maintenance.min(netted(fractions.unpaired_maintenance)?);
    Ok(Requirement {
        value,
        initial: value.add(initial)?.add(charge)?,
        maintenance: value.add(maintenance)?,
    })
}

/// What a short option must be backed with, its own value included.
fn short_requirement(
    option: &OptionHolding,
    spot: Fixed,
    fractions: &OptionFractions,
) -> Result<Requirement, ArithmeticError> {
    let size = option.quantity.negate();
    let (mark, notional) = (size.mul_ceil(option.mark)?, size.mul_ceil(spot)?);
    let out_of_the_money = match option.kind {
        OptionKind::Call => option.strike.sub(spot)?,
        OptionKind::Put => spot.sub(option.strike)?,
    };
    let ratio = if spot.is_positive() {
        out_of_the_money.max_zero().div_floor(spot)?
    } else {
        Fixed::ZERO
    };
    let fraction = fractions.most.sub(ratio)?.max(fractions.least);
    let at_least = notional.mul_ceil(fraction)?.add(mark)?;
    let maintenance = match option.kind {
        OptionKind::Call => notional.mul_ceil(fractions.call_maintenance)?,
        OptionKind::Put => notional
            .mul_ceil(fractions.put_maintenance)?
            .max(mark.mul_ceil(fractions.put_mark_maintenance)?),
    };
    let maintenance = maintenance.add(mark)?;
    let initial = match option.kind {
        OptionKind::Call => at_least,
        OptionKind::Put => at_least.max(maintenance.mul_ceil(fractions.put_initial_over_maintenance)?),
    };
    Ok(Requirement {
        value: Fixed::ZERO,
        initial,
        maintenance,
    })
}

fn shorts(options: &[OptionHolding]) -> Result<Fixed, ArithmeticError> {
    Fixed::sum(options.iter().map(|option| option.quantity.min_zero().negate()))
}

fn payoff(options: &[OptionHolding], price: Fixed) -> Result<Fixed, ArithmeticError> {
    options.iter().try_fold(Fixed::ZERO, |sum, option| {
        let gain = match option.kind {
            OptionKind::Call => price.sub(option.strike)?,
            OptionKind::Put => option.strike.sub(price)?,
        };
        sum.add(option.quantity.mul_floor(gain.max_zero())?)
    })
}
