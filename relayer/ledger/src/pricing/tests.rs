//! Prices against identities that any arbitrage-free model keeps.

use proptest::prelude::*;

use super::*;

fn fixed(text: &str) -> Fixed {
    text.parse().unwrap()
}

fn side(price: Fixed) -> Side {
    Side::new(price, fixed("0.97")).unwrap()
}

fn amount() -> impl Strategy<Value = Fixed> {
    (1_i64..100_000_000).prop_map(|cents| Fixed::from_ppm(cents * 10_000))
}

proptest! {
    #[test]
    fn calls_less_puts_are_the_forward(forward in amount(), strike in amount(), volatility in 0_i64..5_000_000) {
        let (f, k, v) = (side(forward), side(strike), Fixed::from_ppm(volatility));
        let call = price(OptionKind::Call, &f, &k, v).unwrap();
        let put = price(OptionKind::Put, &f, &k, v).unwrap();
        let expected = forward.sub(strike).unwrap().mul_floor(fixed("0.97")).unwrap();
        let off = call.sub(put).unwrap().sub(expected).unwrap().abs();
        let scale = forward.raw().max(strike.raw()) / 200_000_000_000_000_000;
        prop_assert!(off.raw() <= 4 + scale, "{off}");
    }

    #[test]
    fn prices_rise_with_volatility_and_stay_within_bounds(forward in amount(), strike in amount(), volatility in 0_i64..3_000_000, more in 1_i64..1_000_000) {
        let (f, k) = (side(forward), side(strike));
        for kind in [OptionKind::Call, OptionKind::Put] {
            let low = price(kind, &f, &k, Fixed::from_ppm(volatility)).unwrap();
            let high = price(kind, &f, &k, Fixed::from_ppm(volatility + more)).unwrap();
            let slack = Fixed::from_raw(4 + forward.raw().max(strike.raw()) / 200_000_000_000_000_000);
            prop_assert!(low <= high.add(slack).unwrap());
            let most = if kind == OptionKind::Call { forward } else { strike };
            prop_assert!(!low.is_negative() && high <= most);
        }
    }

    #[test]
    fn calls_fall_with_the_strike(forward in amount(), strike in amount(), volatility in 1_i64..3_000_000) {
        let higher = side(strike.add(Fixed::ONE).unwrap());
        let v = Fixed::from_ppm(volatility);
        let low = price(OptionKind::Call, &side(forward), &side(strike), v).unwrap();
        let high = price(OptionKind::Call, &side(forward), &higher, v).unwrap();
        let slack = Fixed::from_raw(4 + forward.raw().max(strike.raw()) / 200_000_000_000_000_000);
        prop_assert!(high <= low.add(slack).unwrap());
    }
}

#[test]
fn an_expired_option_is_worth_what_it_pays() {
    let (f, k) = (side(Fixed::from_int(110)), side(Fixed::from_int(100)));
    assert_eq!(
        price(OptionKind::Call, &f, &k, Fixed::ZERO).unwrap(),
        fixed("9.7")
    );
    assert_eq!(price(OptionKind::Put, &f, &k, Fixed::ZERO).unwrap(), Fixed::ZERO);
    let delta = |kind| {
        greeks(kind, &f, &k, Fixed::ZERO, Fixed::ZERO, Fixed::ZERO, fixed("0.97"))
            .unwrap()
            .delta
    };
    assert_eq!(delta(OptionKind::Call), fixed("0.97"));
    assert_eq!(delta(OptionKind::Put), Fixed::ZERO);
}

#[test]
fn greeks_are_the_slopes_of_the_price() {
    let (rate, tau) = (fixed("0.05"), fixed("0.25"));
    let discount = discount(rate, tau).unwrap();
    let root = crate::math::sqrt(tau).unwrap();
    let volatility = fixed("0.8");
    let strike = Side::new(Fixed::from_int(2_100), discount).unwrap();
    let at = |forward: Fixed, volatility: Fixed| {
        let forward = Side::new(forward, discount).unwrap();
        price(
            OptionKind::Put,
            &forward,
            &strike,
            volatility.mul_floor(root).unwrap(),
        )
        .unwrap()
    };
    let forward = Fixed::from_int(2_000);
    let step = fixed("0.01");
    let up = at(forward.add(step).unwrap(), volatility);
    let down = at(forward.sub(step).unwrap(), volatility);
    let here = at(forward, volatility);
    let double = step.add(step).unwrap();
    let delta = up.sub(down).unwrap().div_floor(double).unwrap();
    let bend = up.add(down).unwrap().sub(here).unwrap().sub(here).unwrap();
    let gamma = bend.div_floor(step.mul_floor(step).unwrap()).unwrap();
    let wider = at(forward, volatility.add(fixed("0.0001")).unwrap());
    let vega = wider.sub(here).unwrap().div_floor(fixed("0.0001")).unwrap();
    let found = greeks(
        OptionKind::Put,
        &Side::new(forward, discount).unwrap(),
        &strike,
        volatility,
        root,
        rate,
        discount,
    )
    .unwrap();
    let near = |a: Fixed, b: Fixed, tolerance: &str| {
        assert!(a.sub(b).unwrap().abs() < fixed(tolerance), "{a} is not near {b}");
    };
    near(found.delta, delta, "0.000001");
    near(found.gamma, gamma, "0.000001");
    near(found.vega, vega, "0.01");
    assert!(found.theta.is_negative());
    assert_eq!(
        found
            .times(Fixed::from_int(-2))
            .unwrap()
            .plus(found)
            .unwrap()
            .plus(found)
            .unwrap(),
        Greeks::default()
    );
}

#[test]
fn a_surface_without_sense_is_refused() {
    let svi = Svi {
        a: fixed("-1"),
        b: Fixed::ZERO,
        rho: Fixed::ZERO,
        m: Fixed::ZERO,
        sigma: Fixed::ZERO,
        forward: Fixed::from_int(100),
        tau: fixed("0.1"),
    };
    let strike = Fixed::from_int(100);
    assert_eq!(
        svi.volatility(strike),
        Err(PricingError::NegativeVariance {
            strike,
            variance: fixed("-1")
        })
    );
    let flat = Svi {
        forward: Fixed::ZERO,
        ..svi
    };
    assert_eq!(
        flat.at_the_money(),
        Err(PricingError::NoForward { got: Fixed::ZERO })
    );
    let expired = Svi {
        tau: Fixed::ZERO,
        ..svi
    };
    assert_eq!(
        expired.volatility(strike),
        Err(PricingError::NoTime { got: Fixed::ZERO })
    );
    let below = Fixed::from_int(-1);
    assert_eq!(
        Side::new(below, Fixed::ONE),
        Err(PricingError::NegativePrice { got: below })
    );
    let overflow = Side::new(Fixed::MAX, Fixed::from_int(2));
    assert!(matches!(overflow, Err(PricingError::Arithmetic(_))));
}
