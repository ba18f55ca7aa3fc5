//! Black-76 prices and greeks.
//!
//! ```text
//!   d1 = ln(F/K)/v + v/2    d2 = d1 - v    v = σ√τ    D = e^(-rτ)
//!   call = D·(F·Φ(d1) - K·Φ(d2))           put = D·(K·Φ(-d2) - F·Φ(-d1))
//! ```
//! The two logarithms are taken once per forward and strike ([`Side`]), so that a grid of scenarios costs one division and
//! two `Φ` per price. Guarantees: `0 <= call <= D·F`, `0 <= put <= D·K`; at `v = 0` the intrinsic value.

use super::PricingError;
use crate::math::{Fixed, Wide, ln, normal_cdf, normal_pdf};

/// The right to buy or to sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptionKind {
    /// To buy at the strike.
    Call,
    /// To sell at the strike.
    Put,
}

/// A forward or a strike with what a price needs of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    price: Fixed,
    logarithm: Fixed,
    discounted: Fixed,
}

impl Side {
    /// Prepares a price of zero or above under a discount.
    pub fn new(price: Fixed, discount: Fixed) -> Result<Self, PricingError> {
        if price.is_negative() {
            return Err(PricingError::NegativePrice { got: price });
        }
        let logarithm = if price.is_zero() { Fixed::ZERO } else { ln(price)? };
        let discounted = price.mul_floor(discount)?;
        Ok(Self {
            price,
            logarithm,
            discounted,
        })
    }

    /// The price, not discounted.
    pub const fn price(&self) -> Fixed {
        self.price
    }
}

/// The discounted price of one option.
#[inline]
pub fn price(
    kind: OptionKind,
    forward: &Side,
    strike: &Side,
    deviation: Fixed,
) -> Result<Fixed, PricingError> {
    if forward.price.is_zero() || strike.price.is_zero() || !deviation.is_positive() {
        return intrinsic(kind, forward, strike);
    }
    let (d1, d2) = moments(forward, strike, deviation)?;
    let (gets, gives, gets_odds, gives_odds) = match kind {
        OptionKind::Call => (forward, strike, normal_cdf(d1), normal_cdf(d2)),
        OptionKind::Put => (strike, forward, normal_cdf(d2.negate()), normal_cdf(d1.negate())),
    };
    let value = Wide::product(gets.discounted, gets_odds)
        .add_product(gives.discounted.negate(), gives_odds)?
        .floor()?;
    Ok(value.max_zero().min(gets.discounted))
}

/// How an option's value moves with what it depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greeks {
    /// Value per unit of forward.
    pub delta: Fixed,
    /// Delta per unit of forward.
    pub gamma: Fixed,
    /// Value per 1.00 of volatility.
    pub vega: Fixed,
    /// Value per year that passes at an unchanged forward.
    pub theta: Fixed,
}

impl Greeks {
    /// The greeks of `quantity` options, each rounded down.
    pub fn times(self, quantity: Fixed) -> Result<Self, PricingError> {
        Ok(Self {
            delta: self.delta.mul_floor(quantity)?,
            gamma: self.gamma.mul_floor(quantity)?,
            vega: self.vega.mul_floor(quantity)?,
            theta: self.theta.mul_floor(quantity)?,
        })
    }

    /// The greeks of two positions together.
    pub fn plus(self, other: Self) -> Result<Self, PricingError> {
        Ok(Self {
            delta: self.delta.add(other.delta)?,
            gamma: self.gamma.add(other.gamma)?,
            vega: self.vega.add(other.vega)?,
            theta: self.theta.add(other.theta)?,
        })
    }
}

/// Greeks of one option with `root` = √τ, `volatility`, discount `rate` and the discount it gives.
///
/// Without time or volatility, or at a price of zero, only the delta of the intrinsic value is left.
pub fn greeks(
    kind: OptionKind,
    forward: &Side,
    strike: &Side,
    volatility: Fixed,
    root: Fixed,
    rate: Fixed,
    discount: Fixed,
) -> Result<Greeks, PricingError> {
    let deviation = volatility.mul_floor(root)?;
    if forward.price.is_zero() || strike.price.is_zero() || !deviation.is_positive() {
        return intrinsic_greeks(kind, forward, strike, discount);
    }
    let (d1, _) = moments(forward, strike, deviation)?;
    let odds = match kind {
        OptionKind::Call => normal_cdf(d1),
        OptionKind::Put => normal_cdf(d1.negate()).negate(),
    };
    let density = discount.mul_floor(normal_pdf(d1)?)?;
    let vega = forward.price.mul_floor(density)?.mul_floor(root)?;
    let decay = vega
        .mul_floor(volatility)?
        .div_floor(root.mul_floor(root)?.add(root.mul_floor(root)?)?)?;
    let carry = rate.mul_floor(price(kind, forward, strike, deviation)?)?;
    Ok(Greeks {
        delta: discount.mul_floor(odds)?,
        gamma: density.div_floor(forward.price)?.div_floor(deviation)?,
        vega,
        theta: carry.sub(decay)?,
    })
}

fn moments(forward: &Side, strike: &Side, deviation: Fixed) -> Result<(Fixed, Fixed), PricingError> {
    let half = Fixed::from_raw(deviation.raw().wrapping_shr(1));
    let moneyness = forward.logarithm.sub(strike.logarithm)?;
    let d1 = moneyness.div_floor(deviation)?.add(half)?;
    Ok((d1, d1.sub(deviation)?))
}

fn intrinsic(kind: OptionKind, forward: &Side, strike: &Side) -> Result<Fixed, PricingError> {
    let gain = match kind {
        OptionKind::Call => forward.discounted.sub(strike.discounted)?,
        OptionKind::Put => strike.discounted.sub(forward.discounted)?,
    };
    Ok(gain.max_zero())
}

fn intrinsic_greeks(
    kind: OptionKind,
    forward: &Side,
    strike: &Side,
    discount: Fixed,
) -> Result<Greeks, PricingError> {
    let delta = match kind {
        OptionKind::Call if forward.price > strike.price => discount,
        OptionKind::Put if forward.price < strike.price => discount.negate(),
        _ => Fixed::ZERO,
    };
    Ok(Greeks {
        delta,
        ..Greeks::default()
    })
}
