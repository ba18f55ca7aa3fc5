//! Laws over time at their ends, and what they refuse.

use alloc::vec;

use super::{
    aggregation::{AggregationError, Report, aggregate, weighted_median},
    auction::{AuctionTerms, Standing},
    funding::{FundingTerms, TimeWeighted, hourly_index_step, payment, premium},
    interest::{RateModel, utilisation},
};
use crate::math::Fixed;

fn fixed(text: &str) -> Fixed {
    text.parse().unwrap()
}

#[test]
fn stake_decides_a_price_and_votes_without_it_do_not() {
    let report = |price, weight| Report {
        price: Fixed::from_int(price),
        confidence: Fixed::ONE,
        weight,
    };
    let found = aggregate(&[report(100, 1), report(200, 5), report(900, 0)]).unwrap();
    assert_eq!(found.price, fixed("200"));
    assert_eq!(aggregate(&[report(100, 0)]), Err(AggregationError::NoReports));
    let many = vec![report(100, 1); 65];
    assert_eq!(
        aggregate(&many),
        Err(AggregationError::TooManyReports { got: 65, most: 64 })
    );
    let far = Report {
        price: Fixed::MAX,
        confidence: Fixed::ONE,
        weight: 1,
    };
    assert!(matches!(aggregate(&[far]), Err(AggregationError::Arithmetic(_))));
    assert_eq!(weighted_median(&mut []), Err(AggregationError::NoReports));
}

#[test]
fn the_discount_falls_fast_then_slowly_to_nothing() {
    let terms = AuctionTerms::default();
    let at = |minutes: u64| terms.discount(minutes * 60_000).unwrap();
    assert_eq!(
        (at(0), at(15), at(15 + 720)),
        (fixed("0.95"), fixed("0.7"), Fixed::ZERO)
    );
    assert_eq!(at(15 + 360), fixed("0.35"));
}

#[test]
fn an_insolvent_payout_grows_to_the_maintenance_requirement() {
    let terms = AuctionTerms::default();
    let standing = Standing {
        value: fixed("-10"),
        margin: fixed("-110"),
        reserved: Fixed::ZERO,
    };
    let at = |ms| terms.insolvent_payout(&standing, ms).unwrap();
    assert_eq!(
        (at(0), at(1_800_000), at(u64::MAX)),
        (fixed("10"), fixed("60"), fixed("110"))
    );
}

#[test]
fn payers_pay_at_least_what_receivers_get() {
    let terms = FundingTerms::default();
    assert_eq!(terms.hourly_rate(fixed("1")).unwrap(), fixed("0.0075"));
    assert_eq!(terms.hourly_rate(fixed("-1")).unwrap(), fixed("-0.0075"));
    assert_eq!(terms.hourly_rate(Fixed::ZERO).unwrap(), fixed("0.0000125"));
    assert_eq!(premium(fixed("101"), fixed("100")).unwrap(), fixed("0.01"));
    let index = hourly_index_step(fixed("2000"), fixed("0.0000125"), 1_800_001).unwrap();
    let third = fixed("0.333333333333333333");
    let long = payment(third, index, Fixed::ZERO).unwrap();
    let short = payment(third.negate(), index, Fixed::ZERO).unwrap();
    assert!(long.is_negative() && short.is_positive());
    assert!(!long.add(short).unwrap().is_positive());
}

#[test]
fn a_mean_weighs_values_by_how_long_they_held() {
    assert_eq!(TimeWeighted::default().mean().unwrap(), None);
    let mean = TimeWeighted::default()
        .push(fixed("10"), 1)
        .unwrap()
        .push(fixed("20"), 3)
        .unwrap();
    assert_eq!(
        (mean.mean().unwrap(), mean.covered_ms()),
        (Some(fixed("17.5")), 4)
    );
}

#[test]
fn interest_turns_steep_at_the_kink() {
    let model = RateModel::default();
    let rate = |used| model.rate(fixed(used)).unwrap();
    assert_eq!(
        (rate("0"), rate("0.85"), rate("1")),
        (fixed("0.02"), fixed("0.088"), fixed("0.223"))
    );
    assert_eq!(utilisation(fixed("2"), fixed("1")).unwrap(), Fixed::ONE);
    assert_eq!(utilisation(Fixed::ZERO, Fixed::ZERO).unwrap(), Fixed::ZERO);
    assert_eq!(model.growth(Fixed::ONE, 0).unwrap(), Fixed::ONE);
}
