//! Arithmetic against exact integers, mathematical identities and published digits.

use alloc::string::{String, ToString as _};
use core::cmp::Ordering;

use proptest::prelude::*;
use ruint::aliases::U512;

use super::*;

fn fixed(text: &str) -> Fixed {
    text.parse().unwrap()
}

fn raw(value: i128) -> Fixed {
    Fixed::from_raw(value)
}

fn within(got: Fixed, expected: &str, tolerance: i128) {
    let off = got.sub(Fixed::parse_trunc(expected).unwrap()).unwrap().abs();
    assert!(off <= raw(tolerance), "{got} is {off} away from {expected}");
}

/// A number of any magnitude, both signs.
fn any_fixed() -> impl Strategy<Value = Fixed> {
    (any::<i128>(), 0_u32..127).prop_map(|(value, shift)| raw(value >> shift))
}

/// `floor`, `ceil` and `trunc` of `a · b / c` in 512 bits, as magnitudes with a sign.
fn oracle(a: Fixed, b: Fixed, c: Fixed) -> [Option<i128>; 3] {
    let wide = |x: Fixed| U512::from(x.raw().unsigned_abs());
    let (quotient, remainder) = (wide(a) * wide(b)).div_rem(wide(c));
    let negative = a.is_negative() ^ b.is_negative() ^ c.is_negative();
    let away = quotient + U512::from(u8::from(!remainder.is_zero()));
    let signed = |magnitude: U512| {
        i128::try_from(magnitude)
            .ok()
            .map(|value| if negative { -value } else { value })
    };
    let (floor, ceil) = if negative {
        (away, quotient)
    } else {
        (quotient, away)
    };
    [signed(floor), signed(ceil), signed(quotient)]
}

proptest! {
    #[test]
    fn products_and_quotients_round_as_their_names_say(a in any_fixed(), b in any_fixed(), c in any_fixed()) {
        prop_assume!(!c.is_zero());
        let [floor, ceil, trunc] = oracle(a, b, c).map(|value| value.map(raw));
        prop_assert_eq!(a.mul_div_floor(b, c).ok(), floor);
        prop_assert_eq!(a.mul_div_ceil(b, c).ok(), ceil);
        prop_assert_eq!(a.mul_div_trunc(b, c).ok(), trunc);
        let [floor, ceil, trunc] = oracle(a, b, Fixed::ONE).map(|value| value.map(raw));
        prop_assert_eq!(a.mul_floor(b).ok(), floor);
        prop_assert_eq!(a.mul_ceil(b).ok(), ceil);
        prop_assert_eq!(a.mul_trunc(b).ok(), trunc);
        let [floor, ceil, trunc] = oracle(a, Fixed::ONE, c).map(|value| value.map(raw));
        prop_assert_eq!(a.div_floor(c).ok(), floor);
        prop_assert_eq!(a.div_ceil(c).ok(), ceil);
        prop_assert_eq!(a.div_trunc(c).ok(), trunc);
    }

    #[test]
    fn sums_of_products_lose_nothing(terms in prop::collection::vec((any_fixed(), any_fixed()), 0..20)) {
        let forward = terms.iter().try_fold(Wide::ZERO, |sum, (a, b)| sum.add_product(*a, *b));
        let undone = terms.iter().try_fold(forward.unwrap_or_default(), |sum, (a, b)| sum.add_product(a.negate(), *b));
        if forward.is_ok() {
            prop_assert_eq!(undone.unwrap(), Wide::ZERO);
        }
    }

    #[test]
    fn ratios_compare_like_fractions(a in -999_i64..999, b in 1_i64..999, c in -999_i64..999, d in 1_i64..999) {
        let pair = |n, d| (Fixed::from_int(n), Fixed::from_int(d));
        prop_assert_eq!(compare_ratios(pair(a, b), pair(c, d)).unwrap(), (a * d).cmp(&(c * b)));
    }

    #[test]
    fn decimals_survive_printing(value in any_fixed()) {
        prop_assert_eq!(value.to_string().parse::<Fixed>().unwrap(), value);
    }

    #[test]
    fn a_root_is_the_largest_whose_square_fits(x in any_fixed()) {
        let root = sqrt(x.abs()).unwrap();
        let square = |value: Fixed| Wide::product(value, value);
        prop_assert!(square(root) <= Wide::product(x.abs(), Fixed::ONE));
        prop_assert!(square(raw(root.raw() + 1)) > Wide::product(x.abs(), Fixed::ONE));
    }

    #[test]
    fn exp_is_monotone_to_the_last_digit(x in -43_000_000_000_000_000_000_i128..46_400_000_000_000_000_000, step in 1_i128..3) {
        prop_assert!(exp(raw(x)).unwrap() <= exp(raw(x + step)).unwrap());
    }

    #[test]
    fn ln_is_monotone_to_the_last_digit(x in any_fixed(), step in 1_i128..3) {
        let x = raw(x.raw().unsigned_abs().clamp(1, i128::MAX as u128 - 3) as i128);
        prop_assert!(ln(x).unwrap() <= ln(raw(x.raw() + step)).unwrap());
    }

    #[test]
    fn cdf_is_monotone_to_the_last_digit_and_symmetric(x in -9_000_000_000_000_000_000_i128..9_000_000_000_000_000_000, step in 1_i128..3) {
        prop_assert!(normal_cdf(raw(x)) <= normal_cdf(raw(x + step)));
        prop_assert_eq!(normal_cdf(raw(x)).add(normal_cdf(raw(-x))).unwrap(), Fixed::ONE);
    }

    #[test]
    fn exp_undoes_ln(x in 1_i128..1_000_000_000_000_000_000_000_000) {
        let back = exp(ln(raw(x)).unwrap()).unwrap();
        let off = back.sub(raw(x)).unwrap().abs().raw();
        prop_assert!(off <= 2 + x / 500_000_000_000_000_000, "{back} for {}", raw(x));
    }

    #[test]
    fn exp_of_a_sum_is_the_product(a in -20_000_000_000_000_000_000_i128..20_000_000_000_000_000_000, b in -20_000_000_000_000_000_000_i128..20_000_000_000_000_000_000) {
        let sum = exp(raw(a + b)).unwrap();
        let product = exp(raw(a)).unwrap().mul_floor(exp(raw(b)).unwrap()).unwrap();
        let tolerance = 2 + exp(raw(a)).unwrap().raw() / 500_000_000_000_000_000 + exp(raw(b)).unwrap().raw() / 500_000_000_000_000_000;
        prop_assert!(sum.sub(product).unwrap().abs().raw() <= tolerance, "{sum} {product}");
    }

    #[test]
    fn no_text_panics(text in "[-+0-9.eE ]{0,24}") {
        let _ = text.parse::<Fixed>();
    }
}

#[test]
fn fixed_points_are_exact() {
    assert_eq!(exp(Fixed::ZERO).unwrap(), Fixed::ONE);
    assert_eq!(ln(Fixed::ONE).unwrap(), Fixed::ZERO);
    assert_eq!(normal_cdf(Fixed::ZERO), fixed("0.5"));
    assert_eq!(sqrt(Fixed::from_int(144)).unwrap(), Fixed::from_int(12));
    assert_eq!(pow(fixed("0.3"), Fixed::ZERO).unwrap(), Fixed::ONE);
}

#[test]
fn functions_agree_with_published_digits() {
    within(exp(Fixed::ONE).unwrap(), "2.718281828459045235360287", 1);
    within(exp(fixed("-1")).unwrap(), "0.367879441171442321595523", 1);
    within(exp(fixed("0.5")).unwrap(), "1.648721270700128146848650", 1);
    within(
        exp(fixed("40")).unwrap(),
        "235385266837019985.407899910749034804",
        2_400_000_000,
    );
    within(exp(fixed("-41")).unwrap(), "0.000000000000000001562882189", 1);
    within(
        ln(Fixed::from_int(1000)).unwrap(),
        "6.907755278982137052053974364",
        1,
    );
    within(ln(fixed("0.5")).unwrap(), "-0.693147180559945309417232", 1);
    within(ln(raw(1)).unwrap(), "-41.446531673892822312323846", 1);
    within(ln(Fixed::MAX).unwrap(), "46.583160257220231984663", 1);
    within(sqrt(fixed("2")).unwrap(), "1.414213562373095048801688", 1);
    within(
        sqrt(fixed("123456789012")).unwrap(),
        "351364.182881522515608773",
        1,
    );
    for (x, expected) in [
        ("1", "0.841344746068542948585232545632"),
        ("2", "0.977249868051820792799717362833"),
        ("0.05", "0.519938805838372461596321"),
        ("3.7", "0.999892200266522611663063"),
        ("6", "0.999999999013412354962302"),
        ("8.7", "0.999999999999999998340579"),
        ("-5", "0.000000286651571879193911673752"),
        ("11", "1"),
    ] {
        within(normal_cdf(fixed(x)), expected, 2);
    }
    within(normal_pdf(Fixed::ZERO).unwrap(), "0.398942280401432677939946", 1);
    within(normal_pdf(fixed("-2.5")).unwrap(), "0.017528300493568539", 2);
    assert_eq!(normal_pdf(fixed("-12")).unwrap(), Fixed::ZERO);
}

#[test]
fn every_boundary_of_the_cdf_table_is_seamless() {
    for eighth in 1..=71_i128 {
        let edge = eighth * 125_000_000_000_000_000;
        for step in -4..4 {
            assert!(
                normal_cdf(raw(edge + step)) <= normal_cdf(raw(edge + step + 1)),
                "at {}",
                raw(edge + step)
            );
        }
    }
}

#[test]
fn decimals_are_read_exactly_or_refused() {
    assert_eq!(fixed("1e-05"), Fixed::from_ppm(10));
    assert_eq!(fixed("-2.50E+2"), Fixed::from_int(-250));
    assert_eq!(fixed("0.000000000000000001"), Fixed::ULP);
    assert_eq!(fixed("1.0000000000000000000000"), Fixed::ONE);
    assert_eq!(fixed("0e999"), Fixed::ZERO);
    assert_eq!(fixed("-0").to_string(), "0");
    assert_eq!(fixed("-.25"), fixed("-0.25"));
    assert_eq!(Fixed::parse_trunc("-0.0000000000000000019").unwrap(), raw(-1));
    assert_eq!(Fixed::parse_trunc("1e-40").unwrap(), Fixed::ZERO);
    for malformed in [
        "", "-", ".", "5.", "1e", "+1", "1_0", " 1", "0x1", "1e5000", "--1", "1.2.3", "NaN",
    ] {
        assert_eq!(
            malformed.parse::<Fixed>(),
            Err(DecimalError::Malformed {
                got: malformed.into()
            })
        );
    }
    let too_precise = "0.0000000000000000001";
    assert_eq!(
        too_precise.parse::<Fixed>(),
        Err(DecimalError::TooPrecise {
            got: too_precise.into()
        })
    );
    for far in ["1e21", "1e38", "170141183460469231732", "-1e999"] {
        assert_eq!(
            far.parse::<Fixed>(),
            Err(DecimalError::OutOfRange { got: far.into() })
        );
    }
    assert!(matches!(
        "1".repeat(200).parse::<Fixed>(),
        Err(DecimalError::Malformed { .. })
    ));
}

#[test]
fn decimals_are_strings_outside() {
    assert_eq!(serde_json::to_string(&fixed("-0.5")).unwrap(), "\"-0.5\"");
    assert_eq!(serde_json::from_str::<Fixed>("\"2.5\"").unwrap(), fixed("2.5"));
    assert!(serde_json::from_str::<Fixed>("2.5").is_err());
    assert_eq!(String::from("3"), Fixed::from_int(3).to_string());
}

#[test]
fn what_does_not_fit_is_an_error_with_its_operands() {
    let max = Fixed::MAX;
    assert_eq!(
        max.add(Fixed::ULP),
        Err(ArithmeticError::Overflow {
            left: max,
            operation: "+",
            right: Fixed::ULP
        })
    );
    assert_eq!(
        Fixed::MIN.sub(Fixed::ULP),
        Err(ArithmeticError::Overflow {
            left: Fixed::MIN,
            operation: "-",
            right: Fixed::ULP
        })
    );
    assert!(matches!(
        max.mul_floor(max),
        Err(ArithmeticError::ProductOverflow { .. })
    ));
    assert!(matches!(
        max.div_floor(Fixed::ULP),
        Err(ArithmeticError::ProductOverflow { .. })
    ));
    let largest = Wide::product(max, max);
    let twice = largest.checked_add(largest).unwrap();
    assert!(matches!(
        twice.checked_add(twice),
        Err(ArithmeticError::ProductOverflow { .. })
    ));
    assert_eq!(max.div_ceil(Fixed::ZERO), Err(ArithmeticError::DivisionByZero));
    assert_eq!(
        compare_ratios((max, max), (max, Fixed::ZERO)),
        Err(ArithmeticError::DivisionByZero)
    );
    assert_eq!(
        ln(Fixed::ZERO),
        Err(ArithmeticError::NonPositiveLogarithm { got: Fixed::ZERO })
    );
    assert_eq!(sqrt(raw(-1)), Err(ArithmeticError::NegativeRoot { got: raw(-1) }));
    assert_eq!(
        exp(fixed("46.6")),
        Err(ArithmeticError::ExponentTooLarge { got: fixed("46.6") })
    );
    assert_eq!(Fixed::from_raw(i128::MIN), Fixed::MIN);
}

#[test]
fn large_equal_ratios_are_equal() {
    let huge = (Fixed::MAX, Fixed::MAX);
    assert_eq!(
        compare_ratios(huge, (Fixed::ULP, Fixed::ULP)).unwrap(),
        Ordering::Equal
    );
}
