//! Properties that margin keeps whatever the portfolio, and its behaviour at the limits of size.

use alloc::{vec, vec::Vec};

use proptest::prelude::*;

use super::{
    arrays::{ExpiryMarket, MAX_OPTIONS, OptionTerms, RiskArrays},
    case::{Case, CaseError},
    contingency::{ConfidenceLaw, confidence_score, confidence_share},
    latency::{
        ChainTier, H0_MS, Ramp, concentration, falling_slowly, initial_haircut, latency_factor,
        maintenance_haircut, phi,
    },
    parameters::{ParameterError, PortfolioParameters},
    portfolio::{
        Collateral, Linear, MAX_POSITIONS, OptionPosition, Portfolio, portfolio_greeks, requirement,
    },
    scenario::widened,
    standard::{self, ExpiryHoldings, LinearHolding, Market, OptionHolding, StandardParameters, Tier},
    view::{liquidation_prices, unmatured},
    *,
};
use crate::pricing::OptionKind;

fn fixed(text: &str) -> Fixed {
    text.parse().unwrap()
}

fn market(week: u64, forward: Fixed) -> ExpiryMarket {
    ExpiryMarket {
        seconds: week * 604_800,
        forward_fixed: Fixed::ZERO,
        forward_variable: forward,
        rate: fixed("0.05"),
        confidence: Fixed::ONE,
    }
}

/// Two expiries of eight strikes, calls and puts.
fn arrays(phi: Fixed) -> RiskArrays {
    let expiries = [market(1, fixed("2010")), market(8, fixed("2080"))];
    let mut options = Vec::new();
    for expiry in 0..2 {
        for step in 0..8 {
            for kind in [OptionKind::Call, OptionKind::Put] {
                let strike = Fixed::from_int(1_300 + 200 * step);
                options.push(OptionTerms {
                    expiry,
                    strike,
                    kind,
                    volatility: fixed("0.7"),
                });
            }
        }
    }
    RiskArrays::price(&expiries, &options, phi, &PortfolioParameters::default()).unwrap()
}

fn portfolio<'a>(cash: Fixed, linear: &'a [Linear], options: &'a [OptionPosition]) -> Portfolio<'a> {
    Portfolio {
        spot: fixed("2000"),
        spot_confidence: Fixed::ONE,
        stable: Fixed::ONE,
        cash,
        linear,
        options,
        collateral: &[],
    }
}

fn linear(quantity: Fixed) -> Linear {
    Linear {
        quantity,
        price: fixed("2001"),
        value: Fixed::ZERO,
        confidence: Fixed::ONE,
    }
}

fn quantity() -> impl Strategy<Value = Fixed> {
    (-50_000_000_i64..50_000_000).prop_map(Fixed::from_ppm)
}

fn holdings() -> impl Strategy<Value = Vec<OptionPosition>> {
    prop::collection::btree_map(0_usize..32, quantity(), 0..12).prop_map(|held| {
        held.into_iter()
            .map(|(option, quantity)| OptionPosition { option, quantity })
            .collect()
    })
}

fn required(portfolio: &Portfolio<'_>, arrays: &RiskArrays) -> Requirement {
    requirement(portfolio, arrays, arrays, &PortfolioParameters::default()).unwrap()
}

proptest! {
    #[test]
    fn initial_is_at_least_maintenance_and_neither_is_negative(options in holdings(), size in quantity()) {
        let held = [linear(size)];
        let found = required(&portfolio(Fixed::ZERO, &held, &options), &arrays(Fixed::ONE));
        prop_assert!(found.initial >= found.maintenance);
        prop_assert!(!found.maintenance.is_negative());
    }

    #[test]
    fn cash_moves_value_and_no_requirement(options in holdings(), cash in quantity()) {
        let arrays = arrays(Fixed::ONE);
        let without = required(&portfolio(Fixed::ZERO, &[], &options), &arrays);
        let with = required(&portfolio(cash, &[], &options), &arrays);
        prop_assert_eq!(with.value.sub(without.value).unwrap(), cash);
        prop_assert_eq!((with.initial, with.maintenance), (without.initial, without.maintenance));
    }

    #[test]
    fn a_larger_position_of_one_kind_needs_more(size in 1_i64..50_000_000, more in 1_i64..50_000_000, option in 0_usize..32, short in any::<bool>()) {
        let arrays = arrays(Fixed::ONE);
        let of = |size: i64| {
            let size = Fixed::from_ppm(size);
            let quantity = if short { size.negate() } else { size };
            required(&portfolio(Fixed::ZERO, &[], &[OptionPosition { option, quantity }]), &arrays)
        };
        let (less, more) = (of(size), of(size + more));
        prop_assert!(less.maintenance <= more.maintenance && less.initial <= more.initial);
    }

    #[test]
    fn a_slower_network_never_needs_less_of_an_outright_position(size in quantity(), factor in 1_000_000_i64..3_000_000) {
        let held = [linear(size)];
        let usual = required(&portfolio(Fixed::ZERO, &held, &[]), &arrays(Fixed::ONE));
        let slow = required(&portfolio(Fixed::ZERO, &held, &[]), &arrays(Fixed::from_ppm(factor)));
        prop_assert!(slow.initial >= usual.initial);
    }

    #[test]
    fn two_accounts_need_no_less_than_one(a in holdings(), b in holdings()) {
        // Netting helps but for charges, which do not grow by joining: shorts and notionals add up at most.
        let arrays = arrays(Fixed::ONE);
        let mut joined = alloc::collections::BTreeMap::new();
        for position in a.iter().chain(&b) {
            let sum = joined.entry(position.option).or_insert(Fixed::ZERO);
            *sum = sum.add(position.quantity).unwrap();
        }
        let joined: Vec<_> = joined.into_iter().map(|(option, quantity)| OptionPosition { option, quantity }).collect();
        let of = |options: &[OptionPosition]| required(&portfolio(Fixed::ZERO, &[], options), &arrays);
        let (apart, together) = (of(&a).plus(of(&b)).unwrap(), of(&joined));
        // Discounts take the sign of an expiry's net value, so that a long and a short apart may be counted better.
        let slack = apart.maintenance.add(apart.value.abs()).unwrap().mul_ceil(fixed("0.2")).unwrap();
        prop_assert!(together.maintenance <= apart.maintenance.add(slack).unwrap().add(fixed("20000")).unwrap());
    }

    #[test]
    fn standard_initial_is_at_least_maintenance_and_no_more_than_the_greatest_loss(strikes in prop::collection::vec((1_i64..40, quantity(), any::<bool>()), 1..10)) {
        let options: Vec<_> = strikes
            .iter()
            .map(|(strike, quantity, call)| OptionHolding {
                strike: Fixed::from_int(100 * strike),
                kind: if *call { OptionKind::Call } else { OptionKind::Put },
                quantity: *quantity,
                mark: fixed("50"),
            })
            .collect();
        let of = |options: &[OptionHolding]| {
            let expiry = ExpiryHoldings { forward: fixed("2010"), confidence: Fixed::ONE, options };
            let market = Market {
                spot: fixed("2000"),
                spot_confidence: Fixed::ONE,
                stable: Fixed::ONE,
                cash: Fixed::ZERO,
                linear: &[],
                expiries: &[expiry],
                collateral: &[],
            };
            standard::requirement(&market, &StandardParameters::default()).unwrap()
        };
        let together = of(&options);
        prop_assert!(together.initial >= together.maintenance);
        // Over a positive price of calls the loss has no bound; puts lose at most their strikes.
        let puts: Vec<_> = options.iter().filter(|option| option.kind == OptionKind::Put).copied().collect();
        let shortfall = of(&puts).initial_excess().unwrap().negate();
        let bound = standard::greatest_loss(&puts).unwrap().add(Fixed::from_raw(100)).unwrap();
        prop_assert!(shortfall <= bound);
    }

    #[test]
    fn no_document_panics(text in "[\\[\\]{}:,\"a-zA-Z0-9.eE+-]{0,200}") {
        let _ = Case::parse(text.as_bytes());
    }
}

#[test]
fn margin_fits_at_the_limits_of_size() {
    // Price 2^90 raw, quantity 2^110 raw where notional stays within 2^110, 128 positions, 1,024 options, tails included.
    let price = Fixed::from_raw(1 << 90);
    let quantity = Fixed::from_raw((1 << 110) / ((1 << 90) / 1_000_000_000_000_000_000) / 128);
    let expiries: Vec<_> = (1..=8).map(|week| market(week, price)).collect();
    let mut options = Vec::new();
    for expiry in 0..8 {
        for step in 0..64 {
            for kind in [OptionKind::Call, OptionKind::Put] {
                let strike = Fixed::from_raw(((1 << 90) / 64) * (step + 1));
                options.push(OptionTerms {
                    expiry,
                    strike,
                    kind,
                    volatility: Fixed::from_int(5),
                });
            }
        }
    }
    let parameters = PortfolioParameters::default();
    assert_eq!(options.len(), MAX_OPTIONS);
    let arrays = RiskArrays::price(&expiries, &options, Fixed::from_int(3), &parameters).unwrap();
    for sign in [1, -1] {
        let quantity = Fixed::from_raw(quantity.raw() * sign);
        let held: Vec<_> = (0..MAX_POSITIONS)
            .map(|step| OptionPosition {
                option: step * 8,
                quantity,
            })
            .collect();
        let mut portfolio = portfolio(Fixed::ZERO, &[], &held);
        portfolio.spot = price;
        let found = requirement(&portfolio, &arrays, &arrays, &parameters).unwrap();
        assert!(found.maintenance.is_positive());
        portfolio_greeks(&portfolio, &arrays).unwrap();
    }
}

#[test]
fn futures_count_as_perpetuals_on_their_forward() {
    let arrays = arrays(Fixed::ONE);
    let one = required(&portfolio(Fixed::ZERO, &[linear(Fixed::ONE)], &[]), &arrays);
    let none = required(
        &portfolio(
            Fixed::ZERO,
            &[linear(Fixed::ONE), linear(Fixed::from_int(-1))],
            &[],
        ),
        &arrays,
    );
    // 18 % of the mark at maintenance's 0.8, and the charge of 1.5 % of spot.
    assert_eq!(one.maintenance, fixed("318.144"));
    assert_eq!(none.maintenance, fixed("60"));
}

#[test]
fn a_long_put_covers_no_short_call() {
    let arrays = arrays(Fixed::ONE);
    let call = arrays.find(0, fixed("2100"), OptionKind::Call).unwrap();
    let put = arrays.find(0, fixed("2100"), OptionKind::Put).unwrap();
    let held = [
        OptionPosition {
            option: call,
            quantity: Fixed::from_int(-1),
        },
        OptionPosition {
            option: put,
            quantity: Fixed::ONE,
        },
    ];
    let ours = required(&portfolio(Fixed::ZERO, &[], &held), &arrays);
    let mut parameters = PortfolioParameters::default();
    parameters.charges.pairing = super::contingency::Pairing::SameStrike;
    let portfolio = portfolio(Fixed::ZERO, &[], &held);
    let public = requirement(&portfolio, &arrays, &arrays, &parameters).unwrap();
    assert_eq!(ours.maintenance.sub(public.maintenance).unwrap(), fixed("6"));
}

#[test]
fn what_is_not_a_portfolio_is_refused_with_numbers() {
    let arrays = arrays(Fixed::ONE);
    let parameters = PortfolioParameters::default();
    let run = |portfolio: &Portfolio<'_>| requirement(portfolio, &arrays, &arrays, &parameters);
    let one = OptionPosition {
        option: 3,
        quantity: Fixed::ONE,
    };
    assert_eq!(
        run(&portfolio(Fixed::ZERO, &[], &[one, one])),
        Err(MarginError::UnorderedPositions { index: 3 })
    );
    let unknown = [OptionPosition { option: 99, ..one }];
    assert_eq!(
        run(&portfolio(Fixed::ZERO, &[], &unknown)),
        Err(MarginError::UnknownIndex { got: 99, count: 32 })
    );
    let many = vec![linear(Fixed::ONE); MAX_POSITIONS + 1];
    assert_eq!(
        run(&portfolio(Fixed::ZERO, &many, &[])),
        Err(MarginError::TooManyPositions { got: 129, most: 128 })
    );
    let collateral = [Collateral {
        value: Fixed::from_int(-1),
        moves_with_spot: false,
        initial_haircut: Fixed::ZERO,
        maintenance_haircut: Fixed::ZERO,
        confidence: Fixed::ONE,
    }];
    let negative = Portfolio {
        collateral: &collateral,
        ..portfolio(Fixed::ZERO, &[], &[])
    };
    assert_eq!(
        run(&negative),
        Err(MarginError::Negative {
            what: "collateral",
            got: Fixed::from_int(-1)
        })
    );
    let overflow = run(&portfolio(
        Fixed::MAX,
        &[Linear {
            value: Fixed::ONE,
            ..linear(Fixed::ONE)
        }],
        &[],
    ));
    assert!(matches!(overflow, Err(MarginError::Arithmetic(_))));
}

#[test]
fn what_cannot_be_priced_is_refused_with_numbers() {
    let parameters = PortfolioParameters::default();
    let terms = OptionTerms {
        expiry: 0,
        strike: Fixed::ONE,
        kind: OptionKind::Call,
        volatility: Fixed::ONE,
    };
    let run = |options: &[OptionTerms]| {
        RiskArrays::price(&[market(1, Fixed::ONE)], options, Fixed::ONE, &parameters).map(|_| ())
    };
    assert_eq!(
        run(&[terms, terms]),
        Err(MarginError::UnorderedOptions { index: 1 })
    );
    let elsewhere = OptionTerms { expiry: 7, ..terms };
    assert_eq!(
        run(&[elsewhere]),
        Err(MarginError::UnknownIndex { got: 7, count: 1 })
    );
    let negative = OptionTerms {
        volatility: Fixed::from_int(-1),
        ..terms
    };
    assert_eq!(
        run(&[negative]),
        Err(MarginError::Negative {
            what: "volatility",
            got: Fixed::from_int(-1)
        })
    );
    let below = OptionTerms {
        strike: Fixed::from_int(-1),
        ..terms
    };
    assert!(matches!(run(&[below]), Err(MarginError::Pricing(_))));
    let many: Vec<_> = (0..1_025)
        .map(|step| OptionTerms {
            strike: Fixed::from_int(step),
            ..terms
        })
        .collect();
    assert_eq!(
        run(&many),
        Err(MarginError::TooManyOptions {
            got: 1_025,
            most: 1_024
        })
    );
}

#[test]
fn parameters_that_break_the_model_are_refused() {
    assert_eq!(PortfolioParameters::default().check(), Ok(()));
    let mut lower = PortfolioParameters::default();
    lower.loss.initial = fixed("0.7");
    assert!(matches!(
        lower.check(),
        Err(ParameterError::OutOfBounds {
            name: "initial loss factor",
            ..
        })
    ));
    let mut generous = PortfolioParameters::default();
    generous.discount.long = fixed("1.01");
    assert!(matches!(
        generous.check(),
        Err(ParameterError::OutOfBounds {
            name: "long static discount",
            ..
        })
    ));
    let mut empty = PortfolioParameters::default();
    empty.scenarios.clear();
    assert_eq!(
        empty.check(),
        Err(ParameterError::ScenarioCount { got: 0, most: 64 })
    );
}

#[test]
fn a_case_names_what_is_wrong_with_it() {
    let parse = |text: &str| Case::parse(text.as_bytes()).and_then(|case| case.calculate().map(|_| ()));
    assert!(matches!(parse("{"), Err(CaseError::Malformed { .. })));
    let surface = r#""surface":{"a":-1,"b":0,"rho":0,"m":0,"sigma":0,"forward":1,"tau":1}"#;
    let expiry =
        |option: &str| alloc::format!(r#"{{"seconds":60,"forward":1,{surface},"options":[{option}]}}"#);
    let twice = alloc::format!(r#"{{"spot":1,"expiries":[{},{}]}}"#, expiry(""), expiry(""));
    assert_eq!(
        parse(&twice),
        Err(CaseError::Feeds {
            path: "expiries",
            seconds: 60,
            count: 2
        })
    );
    let option = r#"{"kind":"call","strike":1,"quantity":1}"#;
    let bent = alloc::format!(r#"{{"spot":1,"expiries":[{}]}}"#, expiry(option));
    assert!(matches!(parse(&bent), Err(CaseError::Surface { .. })));
    let large = r#"{"spot":1,"cash":"100000000000000000000","linear":[{"quantity":1,"price":1,"value":"100000000000000000000"}]}"#;
    assert!(matches!(parse(large), Err(CaseError::Margin(_))));
    let broken = CaseError::from(ParameterError::ScenarioCount { got: 0, most: 64 });
    assert_eq!(<&str>::from(broken), "Parameters");
}

#[test]
fn scores_fall_with_uncertainty_and_with_age() {
    let score = |confidence: &str, stale| confidence_score(fixed(confidence), fixed("100"), stale).unwrap();
    assert_eq!(score("0", 0), Fixed::ONE);
    assert_eq!(score("2", 0), fixed("0.55"));
    assert_eq!(score("2", 60), fixed("0.275"));
    assert_eq!(score("0", 120), Fixed::ZERO);
    assert_eq!(score("50", 0), Fixed::ZERO);
    let share = |law, score: &str| confidence_share(law, fixed(score), fixed("0.55")).unwrap();
    assert_eq!(share(ConfidenceLaw::Continuous, "0.55"), Fixed::ZERO);
    assert_eq!(share(ConfidenceLaw::Continuous, "0.11"), fixed("0.8"));
    assert_eq!(share(ConfidenceLaw::Step, "0.5"), fixed("0.5"));
}

#[test]
fn latency_widens_the_grid_in_steps_and_leaves_the_tails() {
    assert_eq!(phi(latency_factor(0, H0_MS).unwrap()).unwrap(), Fixed::ONE);
    // Fifteen minutes: 1.118, in steps of 5 %.
    assert_eq!(
        phi(latency_factor(900_000, H0_MS).unwrap()).unwrap(),
        fixed("1.15")
    );
    assert_eq!(
        phi(latency_factor(u64::MAX / 2, H0_MS).unwrap()).unwrap(),
        Fixed::from_int(3)
    );
    let usual = PortfolioParameters::default().scenarios;
    let wide = widened(&usual, Fixed::from_int(2)).unwrap();
    assert_eq!((usual[0].spot, wide[0].spot), (fixed("1.18"), fixed("1.36")));
    let tail = usual
        .iter()
        .position(|scenario| scenario.spot == fixed("0.34"))
        .unwrap();
    assert_eq!(usual[tail], wide[tail]);
}

#[test]
fn a_rise_reaches_maintenance_over_an_hour_and_a_fall_takes_minutes() {
    let ramp = Ramp::at(Fixed::ONE).toward(Fixed::from_int(2), 1_000).unwrap();
    assert_eq!(ramp.value(1_000).unwrap(), Fixed::ONE);
    assert_eq!(ramp.value(1_801_000).unwrap(), fixed("1.5"));
    assert_eq!(ramp.toward(Fixed::from_int(2), 1_801_000).unwrap(), ramp);
    assert_eq!(ramp.value(u64::MAX).unwrap(), Fixed::from_int(2));
    let back = ramp.toward(fixed("1.2"), 1_801_000).unwrap();
    assert_eq!(back.value(1_801_000).unwrap(), fixed("1.2"));
    let falling = |ms| falling_slowly(Fixed::from_int(2), Fixed::ONE, ms).unwrap();
    assert_eq!(
        (falling(0), falling(60_000), falling(600_000)),
        (Fixed::from_int(2), fixed("1.8"), Fixed::ONE)
    );
    assert_eq!(
        falling_slowly(Fixed::ONE, Fixed::from_int(2), 0).unwrap(),
        Fixed::from_int(2)
    );
}

#[test]
fn a_halted_chain_lowers_maintenance_value_by_one_tier_only() {
    let (base, start) = (fixed("0.05"), fixed("1000000"));
    let size = concentration(fixed("4000000"), start).unwrap();
    assert_eq!(concentration(start, start).unwrap(), Fixed::ZERO);
    assert!(size > fixed("0.083") && size < fixed("0.084"), "{size}");
    let none = Fixed::ZERO;
    assert_eq!(
        initial_haircut(base, Fixed::ONE, none, ChainTier::Halted).unwrap(),
        Fixed::ONE
    );
    assert_eq!(
        maintenance_haircut(base, Fixed::ONE, none, ChainTier::Halted).unwrap(),
        fixed("0.1")
    );
    assert_eq!(ChainTier::of_lag(20, 10), ChainTier::Healthy);
    assert_eq!(ChainTier::of_lag(21, 10), ChainTier::Degraded);
    assert_eq!(ChainTier::of_lag(61, 10), ChainTier::Unhealthy);
}

#[test]
fn the_initial_fraction_grows_with_open_interest() {
    let tier = Tier::default();
    let at = |millions: i64| tier.initial_at(Fixed::from_int(millions * 1_000_000)).unwrap();
    assert_eq!((at(25), at(50), at(60)), (fixed("0.05"), Fixed::ONE, Fixed::ONE));
    assert_eq!(at(30), fixed("0.24"));
    let holding = LinearHolding {
        quantity: Fixed::from_int(-2),
        mark: fixed("2000"),
        value: Fixed::ZERO,
        confidence: Fixed::ONE,
        tier,
        open_interest: Fixed::from_int(30_000_000),
    };
    let market = Market {
        spot: fixed("2000"),
        spot_confidence: Fixed::ONE,
        stable: Fixed::ONE,
        cash: Fixed::ZERO,
        linear: &[holding],
        expiries: &[],
        collateral: &[],
    };
    let found = standard::requirement(&market, &StandardParameters::default()).unwrap();
    assert_eq!((found.initial, found.maintenance), (fixed("960"), fixed("120")));
}

#[test]
fn profit_matures_and_only_then_leaves() {
    assert_eq!(unmatured(fixed("90"), 600_000, 1_800_000).unwrap(), fixed("60"));
    assert_eq!(unmatured(fixed("90"), 1_800_000, 1_800_000).unwrap(), Fixed::ZERO);
    assert_eq!(unmatured(fixed("-5"), 0, 1_800_000).unwrap(), Fixed::ZERO);
    let standing = Requirement {
        value: fixed("100"),
        initial: fixed("30"),
        maintenance: fixed("20"),
    };
    assert_eq!(standing.with_unmatured(fixed("50")).unwrap().initial, fixed("80"));
    assert_eq!(
        standing.withdrawable(fixed("1000"), fixed("50")).unwrap(),
        fixed("20")
    );
    assert_eq!(
        standing.withdrawable(fixed("10"), fixed("50")).unwrap(),
        fixed("10")
    );
    assert_eq!(
        standing.withdrawable(fixed("10"), fixed("90")).unwrap(),
        Fixed::ZERO
    );
}

#[test]
fn liquidation_waits_where_maintenance_ends() {
    // Long one at 2,000 with 500 of cash and 3 % maintenance: 500 + p - 2,000 = 0.03·p.
    let excess = |price: Fixed| -> Result<Fixed, ArithmeticError> {
        price
            .sub(fixed("1500"))?
            .sub(margin_required_up(price, fixed("0.03"))?)
    };
    let found = liquidation_prices(fixed("2000"), excess).unwrap();
    let expected = fixed("1500").div_floor(fixed("0.97")).unwrap();
    assert!(found.below.unwrap().sub(expected).unwrap().abs() < fixed("0.00000001"));
    assert_eq!(found.above, None);
    let under = liquidation_prices(fixed("1000"), excess).unwrap();
    assert_eq!(
        (under.below, under.above),
        (Some(fixed("1000")), Some(fixed("1000")))
    );
}
