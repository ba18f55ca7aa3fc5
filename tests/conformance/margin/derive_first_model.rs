//! The public rule of Derive's first portfolio model, from our parts: risk arrays, scenarios, basis move and naked shorts are ours, the
//! sum is computed here.

use std::collections::BTreeMap;

use ledger::{
    margin::{
        arrays::{ExpiryMarket, OptionTerms, RiskArrays},
        parameters::{PortfolioParameters, StaticDiscount},
        portfolio::{Collateral, Linear, OptionPosition, Portfolio, evaluate},
        scenario::{Scenario, VolatilityShock},
    },
    math::Fixed,
    pricing::OptionKind,
};

use super::fixed;

/// The model's numbers that differ between the sets.
#[derive(Clone, Copy)]
pub(super) struct Law {
    pub(super) linear_and_base: Fixed,
    pub(super) confidence: Fixed,
    pub(super) rate_add: Fixed,
}

/// One expiry's market and options.
#[derive(Default, Clone)]
pub(super) struct Chain {
    pub(super) seconds: u64,
    pub(super) fixed: Fixed,
    pub(super) variable: Fixed,
    pub(super) rate: Fixed,
    pub(super) confidence: Fixed,
    pub(super) options: BTreeMap<(Fixed, OptionKind), (Fixed, Fixed)>,
}

/// A portfolio of the first model.
pub(super) struct First {
    pub(super) spot: Fixed,
    pub(super) spot_confidence: Fixed,
    pub(super) stable: Fixed,
    pub(super) cash: Fixed,
    pub(super) base: Fixed,
    pub(super) perpetual: Linear,
    pub(super) chains: Vec<Chain>,
}

/// What the model says.
pub(super) struct Margins {
    pub(super) value: Fixed,
    pub(super) initial: Fixed,
    pub(super) maintenance: Fixed,
    pub(super) worst_scenario: Fixed,
    pub(super) basis: Fixed,
}

/// `a · b` where both are exact enough for a public case.
pub(super) fn times(a: Fixed, b: Fixed) -> Fixed {
    a.mul_floor(b).expect("in range")
}

/// The exact sum.
pub(super) fn sum(terms: impl IntoIterator<Item = Fixed>) -> Fixed {
    Fixed::sum(terms).expect("in range")
}

fn scenarios() -> Vec<Scenario> {
    let moves = [150_000, 100_000, 50_000, 0, -50_000, -100_000, -150_000];
    let shocks = [VolatilityShock::Up, VolatilityShock::None, VolatilityShock::Down];
    moves
        .iter()
        .flat_map(|spot| shocks.map(|shock| Scenario::new(*spot, shock, 1_000_000)))
        .collect()
}

fn parameters(law: Law, rate: Fixed) -> PortfolioParameters {
    let mut parameters = PortfolioParameters {
        scenarios: scenarios(),
        ..PortfolioParameters::default()
    };
    parameters.volatility.up = fixed("0.45");
    parameters.volatility.down = fixed("0.3");
    parameters.volatility.floor = Fixed::ZERO;
    parameters.basis.up = fixed("1.05");
    parameters.basis.down = fixed("0.95");
    parameters.basis.base = fixed("0.25");
    parameters.basis.per_year = fixed("0.01");
    parameters.discount = StaticDiscount {
        long: fixed("0.95"),
        short: Fixed::ONE,
        long_rate_multiple: Fixed::ZERO,
        long_rate: times(rate, Fixed::from_int(4))
            .add(law.rate_add)
            .expect("in range"),
        short_rate_multiple: Fixed::ZERO,
        short_rate: Fixed::ZERO,
    };
    parameters
}

/// The shorts at each strike that the other kind does not cover.
fn naked(chain: &Chain) -> Fixed {
    let mut strikes = BTreeMap::<Fixed, Fixed>::new();
    for ((strike, _), (_, quantity)) in &chain.options {
        let net = strikes.entry(*strike).or_default();
        *net = net.add(*quantity).expect("in range");
    }
    sum(strikes.values().map(|net| net.min_zero().negate()))
}

impl First {
    pub(super) fn margins(&self, law: Law) -> Margins {
        let base_value = times(self.base, self.spot)
            .div_floor(self.stable)
            .expect("in range");
        let collateral = Collateral {
            value: base_value,
            moves_with_spot: true,
            initial_haircut: Fixed::ZERO,
            maintenance_haircut: Fixed::ZERO,
            confidence: Fixed::ONE,
        };
        let mut results = vec![Fixed::ZERO; scenarios().len()];
        let (mut basis, mut value) = (Fixed::ZERO, self.cash);
        let mut add = |chain: &Chain, linear: &[Linear], collateral: &[Collateral]| {
            let market = ExpiryMarket {
                seconds: chain.seconds,
                forward_fixed: chain.fixed,
                forward_variable: chain.variable,
                rate: Fixed::ZERO,
                confidence: Fixed::ONE,
            };
            let options: Vec<_> = chain
                .options
                .iter()
                .map(|((strike, kind), (volatility, _))| OptionTerms {
                    expiry: 0,
                    strike: *strike,
                    kind: *kind,
                    volatility: *volatility,
                })
                .collect();
            let positions: Vec<_> = chain
                .options
                .values()
                .enumerate()
                .map(|(option, (_, quantity))| OptionPosition {
                    option,
                    quantity: *quantity,
                })
                .collect();
            let arrays = RiskArrays::price(&[market], &options, Fixed::ONE, &parameters(law, chain.rate));
            let arrays = arrays.expect("arrays");
            let portfolio = Portfolio {
                spot: self.spot,
                spot_confidence: Fixed::ONE,
                stable: Fixed::ONE,
                cash: Fixed::ZERO,
                linear,
                options: &positions,
                collateral,
            };
            let evaluation = evaluate(&portfolio, &arrays).expect("an evaluation");
            for (total, result) in results.iter_mut().zip(&evaluation.results) {
                *total = total.add(*result).expect("in range");
            }
            basis = basis.add(evaluation.basis).expect("in range");
            value = value.add(evaluation.options_value).expect("in range");
        };
        for chain in &self.chains {
            add(chain, &[], &[]);
        }
        add(&Chain::default(), &[self.perpetual], &[collateral]);
        let value = sum([value, base_value, self.perpetual.value]);
        let worst = results.into_iter().min().expect("scenarios");
        self.sum_up(law, value, worst, basis)
    }

    /// The public rule's last step: charges inside the initial factor, confidence outside.
    fn sum_up(&self, law: Law, value: Fixed, worst_scenario: Fixed, basis: Fixed) -> Margins {
        let size = self.perpetual.quantity.abs().add(self.base).expect("in range");
        let mut charge = times(times(size, law.linear_and_base), self.spot);
        let share = |score: Fixed| {
            let low = score < fixed("0.6");
            if low {
                times(Fixed::ONE.sub(score).expect("in range"), law.confidence)
            } else {
                Fixed::ZERO
            }
        };
        let own = if self.perpetual.quantity.is_zero() {
            Fixed::ONE
        } else {
            self.perpetual.confidence
        };
        let score = self.spot_confidence.min(own);
        let mut uncertain = times(times(share(score), size), self.spot);
        for chain in &self.chains {
            charge = charge
                .add(times(times(naked(chain), fixed("0.01")), self.spot))
                .expect("in range");
            let held = sum(chain.options.values().map(|(_, quantity)| quantity.abs()));
            let more = times(times(share(score.min(chain.confidence)), held), self.spot);
            uncertain = uncertain.add(more).expect("in range");
        }
        let depeg = fixed("0.98").sub(self.stable).expect("in range").max_zero();
        let factor = fixed("1.3")
            .add(times(depeg, Fixed::from_int(2)))
            .expect("in range");
        let loss = worst_scenario.min(basis).sub(charge).expect("in range");
        let initial = times(loss, factor).sub(uncertain).expect("in range");
        Margins {
            value,
            initial: initial.add(value).expect("in range"),
            maintenance: loss.add(value).expect("in range"),
            worst_scenario,
            basis,
        }
    }
}
