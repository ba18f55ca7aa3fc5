//! The order of losses: who pays for a deficit that its owner cannot.
//!
//! ```text
//!   deficit ─► insurance, up to the tier cap
//!           ─► slashed stake (false attestation proved, else nothing)
//!           ─► that market's profits: unmatured, pro rata
//!           ─► that market's profits: matured and still there, pro rata
//!           ─► rate of the settlement cash: what is left is profit that has gone
//! ```
//! *Entitlement* of a sub in a market is what its loss may take back: `min(profit in that market, max(0, equity - net deposits))`, so that
//! principal is never touched, and never more than the equity: who has taken out more than was put in has the rest of the profit elsewhere. Pure arithmetic; `losses` posts the result.
//!
//! Guarantees: the five parts sum to the deficit exactly; none exceeds its source; a later source pays only when every earlier one is
//! empty. Spec: `spec/ledger.md`, Liquidation and losses.

use super::allocation::by_largest_remainder;
use crate::math::{ArithmeticError, Fixed};
use alloc::vec::Vec;

/// What one sub may lose of its profit in the market that the deficit comes from; all in the settlement cash and not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entitlement {
    /// Not yet matured.
    pub unmatured: Fixed,
    /// Matured and not yet withdrawn.
    pub matured: Fixed,
}

impl Entitlement {
    /// Of a sub with this `profit` in the market, of which `unmatured` has not matured, and this `gain` of equity over net deposits.
    ///
    /// # Errors
    /// A difference does not fit.
    pub fn new(profit: Fixed, unmatured: Fixed, gain: Fixed) -> Result<Self, ArithmeticError> {
        let whole = profit.min(gain).max_zero();
        let unmatured = unmatured.max_zero().min(whole);
        Ok(Self {
            unmatured,
            matured: whole.sub(unmatured)?,
        })
    }
}

/// What there is to pay with, in the settlement cash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The fund, or what the tier cap leaves of it.
    pub insurance: Fixed,
    /// Slashed stake that may pay for this deficit.
    pub slashed: Fixed,
    /// Entitlements, in the order in which ties are broken.
    pub profits: Vec<Entitlement>,
}

/// Who pays what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// From insurance.
    pub insurance: Fixed,
    /// From slashed stake.
    pub slashed: Fixed,
    /// From each sub, in the order of the sources.
    pub profits: Vec<Entitlement>,
    /// From the rate of the settlement cash.
    pub rate: Fixed,
}

impl Split {
    /// Sum of all parts: the deficit.
    ///
    /// # Errors
    /// The sum does not fit.
    pub fn total(&self) -> Result<Fixed, ArithmeticError> {
        let profits = self
            .profits
            .iter()
            .flat_map(|profit| [profit.unmatured, profit.matured]);
        Fixed::sum(
            [self.insurance, self.slashed, self.rate]
                .into_iter()
                .chain(profits),
        )
    }
}

/// Splits `deficit >= 0` over `sources` in order.
///
/// # Errors
/// A sum does not fit.
pub fn cover(deficit: Fixed, sources: &Sources) -> Result<Split, ArithmeticError> {
    let insurance = deficit.min(sources.insurance).max_zero();
    let left = deficit.sub(insurance)?;
    let slashed = left.min(sources.slashed).max_zero();
    let left = left.sub(slashed)?;
    let (unmatured, left) = take_pro_rata(left, sources.profits.iter().map(|profit| profit.unmatured))?;
    let (matured, rate) = take_pro_rata(left, sources.profits.iter().map(|profit| profit.matured))?;
    let profits = unmatured.into_iter().zip(matured);
    let profits = profits
        .map(|(unmatured, matured)| Entitlement { unmatured, matured })
        .collect();
    Ok(Split {
        insurance,
        slashed,
        profits,
        rate,
    })
}

/// Takes as much of `loss` as there is, pro rata; answers the parts and what is left of the loss.
fn take_pro_rata(
    loss: Fixed,
    purses: impl Iterator<Item = Fixed>,
) -> Result<(Vec<Fixed>, Fixed), ArithmeticError> {
    let purses: Vec<Fixed> = purses.collect();
    let taken = loss.min(Fixed::sum(purses.iter().copied())?);
    Ok((by_largest_remainder(taken, &purses)?, loss.sub(taken)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(units: i64) -> Fixed {
        Fixed::from_int(units)
    }

    fn sources() -> Sources {
        let profits = [(10, 20), (30, 40)];
        let profits = profits.map(|(unmatured, matured)| Entitlement {
            unmatured: of(unmatured),
            matured: of(matured),
        });
        Sources {
            insurance: of(5),
            slashed: of(7),
            profits: profits.to_vec(),
        }
    }

    fn parts(deficit: i64) -> (Fixed, Fixed, Fixed, Fixed, Fixed) {
        let split = cover(of(deficit), &sources()).unwrap();
        assert_eq!(split.total().unwrap(), of(deficit));
        let sum = |part: fn(&Entitlement) -> Fixed| Fixed::sum(split.profits.iter().map(part)).unwrap();
        (
            split.insurance,
            split.slashed,
            sum(|profit| profit.unmatured),
            sum(|profit| profit.matured),
            split.rate,
        )
    }

    #[test]
    fn each_source_pays_only_when_the_earlier_ones_are_empty() {
        assert_eq!(parts(4), (of(4), of(0), of(0), of(0), of(0)));
        assert_eq!(parts(11), (of(5), of(6), of(0), of(0), of(0)));
        assert_eq!(parts(50), (of(5), of(7), of(38), of(0), of(0)));
        assert_eq!(parts(112), (of(5), of(7), of(40), of(60), of(0)));
        assert_eq!(parts(120), (of(5), of(7), of(40), of(60), of(8)));
    }

    #[test]
    fn profits_pay_pro_rata() {
        let split = cover(of(32), &sources()).unwrap();
        assert_eq!(split.profits[0].unmatured, of(5));
        assert_eq!(split.profits[1].unmatured, of(15));
    }

    #[test]
    fn principal_is_no_entitlement() {
        let entitled =
            |profit, unmatured, gain| Entitlement::new(of(profit), of(unmatured), of(gain)).unwrap();
        assert_eq!(entitled(100, 30, -1), Entitlement::default());
        assert_eq!(entitled(-100, 30, 50), Entitlement::default());
        assert_eq!(
            entitled(100, 30, 20),
            Entitlement {
                unmatured: of(20),
                matured: of(0)
            }
        );
        assert_eq!(
            entitled(100, 30, 200),
            Entitlement {
                unmatured: of(30),
                matured: of(70)
            }
        );
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_deficit_and_stay_within_their_sources(
            deficit in 0_i128..1 << 110,
            insurance in 0_i128..1 << 100,
            slashed in 0_i128..1 << 100,
            purses in prop::collection::vec((0_i128..1 << 100, 0_i128..1 << 100), 0..20),
        ) {
            let purse = |(unmatured, matured)| Entitlement {
                unmatured: Fixed::from_raw(unmatured),
                matured: Fixed::from_raw(matured),
            };
            let sources = Sources {
                insurance: Fixed::from_raw(insurance),
                slashed: Fixed::from_raw(slashed),
                profits: purses.into_iter().map(purse).collect(),
            };
            let split = cover(Fixed::from_raw(deficit), &sources).unwrap();
            prop_assert_eq!(split.total().unwrap(), Fixed::from_raw(deficit));
            prop_assert!(split.insurance <= sources.insurance && split.slashed <= sources.slashed);
            for (paid, purse) in split.profits.iter().zip(&sources.profits) {
                prop_assert!(paid.unmatured <= purse.unmatured && paid.matured <= purse.matured);
                prop_assert!(!paid.unmatured.is_negative() && !paid.matured.is_negative());
            }
            if split.rate.is_positive() {
                prop_assert_eq!(&split.profits, &sources.profits);
            }
        }
    }
}
