//! dYdX's tables: margin by open interest, funding, rate limit, risk order, bankruptcy and fillable price, medians.
//!
//! An integer of the tables is a raw unit here, so that their rounding is ours. Ours differs: fractions are not cut to parts
//! per million, maintenance is a fraction of notional and not of initial, an even median is floored and not rounded away
//! from zero, the open-interest factor never stops at a part per million. There is no order book to liquidate into, so that
//! bankruptcy and fillable price have no counterpart: the public rule is computed from our requirement and comparison.

use core::cmp::Ordering;

use ledger::{
    margin::{Requirement, margin_required_up, standard::Tier},
    math::{Fixed, compare_ratios},
    rates::{aggregation::weighted_median, funding::index_step, outflow::OutflowWindow},
};
use serde_json::Value;
use tests::Files;

use crate::conformance::rows;

rows! {
    run scaled_fraction ["margin/dydx/oimf_adjusted_ppm.json"];
    run initial_requirement ["margin/dydx/oimf_initial_margin.json"];
    run requirements ["margin/dydx/margin_requirements.json"];
    run maintenance_fraction ["margin/dydx/maintenance_ppm.json"];
    run funding_clamp ["margin/dydx/funding_clamp.json"];
    run funding_index ["margin/dydx/funding_index_delta.json"];
    run risk_order ["margin/dydx/risk_cmp.json"];
    run collateralised ["margin/dydx/risk_initial.json", "margin/dydx/risk_liquidatable.json"];
    run baselines ["margin/dydx/ratelimit_baseline.json"];
    run capacities ["margin/dydx/ratelimit_capacity.json"];
    run medians ["margin/dydx/median_i32.json", "margin/dydx/median_u64.json"];
    run bankruptcy ["margin/dydx/bankruptcy_price.json"];
    run fillable ["margin/dydx/fillable_price.json"];
}

fn raw(value: i128) -> Fixed {
    Fixed::from_raw(value)
}

/// The tables' integers fit 64 bits.
fn int(value: &Value) -> i128 {
    let signed = value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from));
    signed.unwrap_or_else(|| panic!("{value} is not an integer"))
}

fn ppm(value: &Value) -> Fixed {
    Fixed::from_ppm(i64::try_from(int(value)).expect("parts per million"))
}

/// Parts per million of a fraction, cut.
fn in_ppm(fraction: Fixed) -> i128 {
    fraction.raw().div_euclid(1_000_000_000_000)
}

fn document(files: &Files) -> Value {
    let path = files.paths().next().expect("one file").to_owned();
    files.json(&path)
}

fn cases(files: &Files, count: usize, check: impl Fn(&str, &Value)) {
    let document = document(files);
    let cases = document["cases"].as_array().expect("cases");
    for case in cases {
        check(case["name"].as_str().unwrap_or("unnamed"), case);
    }
    assert_eq!(cases.len(), count);
}

fn tier(case: &Value, initial: &str, lower: &str, upper: &str) -> Tier {
    let cap = |key: &str| raw(case.get(key).map_or(0, int));
    Tier {
        initial: ppm(&case[initial]),
        maintenance: Fixed::ZERO,
        lower: cap(lower),
        upper: cap(upper),
    }
}

fn scaled_fraction(files: &Files) {
    cases(files, 7, |name, case| {
        let tier = tier(
            case,
            "initialMarginPpm",
            "openInterestLowerCap",
            "openInterestUpperCap",
        );
        let fraction = tier
            .initial_at(raw(int(&case["openInterestNotional"])))
            .expect("in range");
        assert_eq!(in_ppm(fraction), int(&case["expectedPpm"]), "{name}");
    });
}

fn initial_requirement(files: &Files) {
    cases(files, 9, |name, case| {
        let tier = tier(
            case,
            "initialMarginPpm",
            "openInterestLowerCap",
            "openInterestUpperCap",
        );
        let open_interest = raw(case.get("openInterestNotional").map_or(0, int));
        let notional = raw(int(&case["bigQuoteQuantums"]));
        // Their fraction is cut to parts per million first.
        let fraction = in_ppm(tier.initial_at(open_interest).expect("in range"));
        let fraction = Fixed::from_ppm(i64::try_from(fraction).expect("parts per million"));
        let required = margin_required_up(notional, fraction).expect("in range");
        assert_eq!(
            required.raw(),
            int(&case["expectedInitialMarginQuoteQuantums"]),
            "{name}"
        );
        let (ours, _) = tier.requirement_up(notional, open_interest).expect("in range");
        assert!(
            ours >= required && ours.raw() <= required.raw() + 1,
            "{name}: ours {ours}"
        );
    });
}

fn requirements(files: &Files) {
    let document = document(files);
    // price · 10^(exponent + atomic resolution - quote resolution): -5 + 4 + 6.
    let price = int(&document["price"]) * 100_000;
    for case in document["cases"].as_array().expect("cases") {
        let notional = raw(int(&case["q"]).abs() * price);
        let open_interest = raw(int(&document["openInterest"]) * price);
        let tier = tier(case, "imf", "lo", "up");
        let (initial, _) = tier.requirement_up(notional, open_interest).expect("in range");
        let base = margin_required_up(notional, tier.initial).expect("in range");
        let maintenance = margin_required_up(base, ppm(&case["mmf"])).expect("in range");
        assert_eq!(
            initial.raw().to_string(),
            case["imr"].as_str().expect("text"),
            "{case}"
        );
        assert_eq!(
            maintenance.raw().to_string(),
            case["mmr"].as_str().expect("text"),
            "{case}"
        );
    }
    assert_eq!(document["cases"].as_array().map(Vec::len), Some(5));
}

fn maintenance_fraction(files: &Files) {
    cases(files, 7, |name, case| {
        let fraction = ppm(&case["initialMarginPpm"]).mul_floor(ppm(&case["maintenanceFractionPpm"]));
        let fraction = fraction.expect("in range");
        assert_eq!(
            in_ppm(fraction),
            int(&case["expectedMaintenanceMarginPpm"]),
            "{name}"
        );
    });
}

/// Their clamp is a factor of the distance between initial and maintenance; ours is a parameter.
fn funding_clamp(files: &Files) {
    cases(files, 7, |name, case| {
        let initial = ppm(&case["initialMarginPpm"]);
        let kept = initial
            .mul_floor(ppm(&case["maintenanceFractionPpm"]))
            .expect("in range");
        // Their maintenance is cut to parts per million first.
        let kept = Fixed::from_ppm(i64::try_from(in_ppm(kept)).expect("parts per million"));
        let distance = initial.sub(kept).expect("in range");
        let clamp = ppm(&case["clampFactorPpm"])
            .mul_floor(distance)
            .expect("in range");
        assert_eq!(in_ppm(clamp), int(&case["expectedUpperBoundPpm"]), "{name}");
    });
}

fn funding_index(files: &Files) {
    cases(files, 4, |name, case| {
        // price · 10^(exponent + atomic resolution - quote resolution), the quote resolution being -6.
        let power = int(&case["exponent"]) + int(&case["atomicResolution"]) + 6;
        let ten = 10_i128.pow(u32::try_from(power.abs()).expect("small"));
        // Per part per million: a million more digits, so that a negative power stays whole.
        let scaled = int(&case["price"]) * 1_000_000;
        let price = raw(if power < 0 { scaled / ten } else { scaled * ten });
        let seconds = u64::try_from(int(&case["seconds"])).expect("positive");
        let step = index_step(price, ppm(&case["rate8h_ppm"]), seconds, 28_800).expect("in range");
        assert_eq!(step.raw(), int(&case["expected"]), "{name}");
    });
}

/// Less risk first: by ratio of margin to value, ties by the smaller requirement; without any requirement by value.
fn risk(first: (Fixed, Fixed), second: (Fixed, Fixed)) -> Ordering {
    let tie = first.1.cmp(&second.1);
    match (first.1.is_positive(), second.1.is_positive()) {
        (true, true) => compare_ratios(second, first)
            .expect("positive requirements")
            .then(tie),
        (false, false) => second.0.cmp(&first.0).then(tie),
        _ => tie,
    }
}

fn risk_order(files: &Files) {
    let document = document(files);
    let cases = document["cases"].as_array().expect("cases");
    for case in cases {
        let pair = |value: &str, margin: &str| (raw(int(&case[value])), raw(int(&case[margin])));
        let (first, second) = (pair("firstNC", "firstMMR"), pair("secondNC", "secondMMR"));
        let expected = int(&case["expected"]).cmp(&0);
        let without = first.1.is_zero() && second.1.is_zero();
        // Without requirements theirs calls the one of less value less risky; no such account is ever ranked here.
        let ours = if without {
            risk(first, second).reverse()
        } else {
            risk(first, second)
        };
        assert_eq!(
            if without { ours.reverse() } else { ours },
            expected,
            "{}",
            case["name"]
        );
    }
    assert_eq!(cases.len(), 16);
}

fn collateralised(files: &Files) {
    let mut count = 0;
    for path in files.paths() {
        let document = files.json(path);
        for case in document["cases"].as_array().expect("cases") {
            let number = |key: &str| raw(case.get(key).map_or(0, int));
            let standing = Requirement {
                value: number("NC"),
                initial: number("IMR"),
                maintenance: number("MMR"),
            };
            let ours = if case.get("IMR").is_some() {
                !standing.initial_excess().expect("in range").is_negative()
            } else {
                // Theirs never liquidates without positions; ours then has debt without assets, which is insolvent.
                standing.maintenance.is_positive()
                    && standing.maintenance_excess().expect("in range").is_negative()
            };
            assert_eq!(Some(ours), case["expected"].as_bool(), "{}", case["name"]);
            count += 1;
        }
    }
    assert_eq!(count, 5 + 8);
}

/// A number in a Go literal: `BaselineTvlPpm: 10_000`, `dtypes.NewInt(100_000_000_000)`.
fn literal(text: &str, before: &str) -> i128 {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    let digits: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '_')
        .collect();
    digits.replace('_', "").parse().expect("digits")
}

fn baselines(files: &Files) {
    cases(files, 5, |name, case| {
        let text = case["limiter"].as_str().expect("text");
        let share = i64::try_from(literal(text, "BaselineTvlPpm: ")).expect("parts per million");
        let window = OutflowWindow {
            window_ms: 3_600_000,
            share: Fixed::from_ppm(share),
            minimum: raw(literal(text, "dtypes.NewInt(")),
        };
        let baseline = window.baseline(raw(int(&case["supply"]))).expect("in range");
        assert_eq!(baseline.raw(), int(&case["expectedBaseline"]), "{name}");
    });
}

fn capacities(files: &Files) {
    cases(files, 7, |name, case| {
        let limiters = case["limiters"].as_array().expect("limiters");
        let expected = case["expected"].as_array().expect("capacities");
        assert_eq!(limiters.len(), expected.len());
        for (limiter, expected) in limiters.iter().zip(expected) {
            let window = OutflowWindow {
                window_ms: u64::try_from(int(&limiter["period_s"])).expect("positive") * 1_000,
                share: ppm(&limiter["tvl_ppm"]),
                minimum: raw(int(&limiter["baseline_min"])),
            };
            let elapsed = u64::try_from(int(&case["elapsed_ms"])).expect("positive");
            let before = raw(int(&limiter["capacity"]));
            let after = window
                .capacity(before, raw(int(&case["tvl"])), elapsed)
                .expect("in range");
            assert_eq!(after.raw(), int(expected), "{name}");
        }
    });
}

fn medians(files: &Files) {
    let mut count = 0;
    for path in files.paths() {
        let document = files.json(path);
        for case in document["cases"].as_array().expect("cases") {
            let text = case["input"].as_str().expect("text");
            let inside = text
                .split_once('{')
                .and_then(|(_, rest)| rest.strip_suffix('}'))
                .expect("a list");
            let numbers = inside.split(", ").filter(|number| !number.is_empty());
            // Doubled, so that the mean of two is whole and their rounding, away from zero, can be applied.
            let mut doubled: Vec<_> = numbers
                .map(|number| (raw(2 * number.parse::<i128>().expect("a number")), 1))
                .collect();
            let median = weighted_median(&mut doubled);
            assert_eq!(
                Some(median.is_err()),
                case["expectedError"].as_bool(),
                "{}",
                case["name"]
            );
            if let Ok(median) = median {
                let twice = median.raw();
                let rounded = (twice + twice.signum() * (twice & 1)) / 2;
                assert_eq!(rounded, int(&case["expectedResult"]), "{}", case["name"]);
            }
            count += 1;
        }
    }
    assert_eq!(count, 19 + 6);
}

/// An account of the liquidation tables, in quote units.
struct Liquidated {
    value: i128,
    margin: i128,
    position: i128,
    delta: i128,
    price: i128,
}

impl Liquidated {
    fn new(case: &Value) -> Self {
        let price = |id: i128| if id == 0 { 500 } else { 3 };
        let (mut value, mut margin) = (int(&case["usdcQuantums"]), 0);
        let id = int(&case["perpetualId"]);
        let mut position = 0;
        for held in case["positions"].as_array().expect("positions") {
            let (held_id, quantity) = (int(&held[0]), int(&held[1]));
            value += quantity * price(held_id);
            margin += maintenance(quantity * price(held_id));
            if held_id == id {
                position = quantity;
            }
        }
        Self {
            value,
            margin,
            position,
            delta: int(&case["deltaQuantums"]),
            price: price(id),
        }
    }
}

/// 20 % initial, half of it for maintenance.
fn maintenance(notional: i128) -> i128 {
    let initial = margin_required_up(raw(notional.abs()), Fixed::from_ppm(200_000)).expect("in range");
    margin_required_up(initial, Fixed::from_ppm(500_000))
        .expect("in range")
        .raw()
}

fn bankruptcy(files: &Files) {
    cases(files, 14, |name, case| {
        let account = Liquidated::new(case);
        let after = maintenance((account.position + account.delta) * account.price);
        let freed = maintenance(account.position * account.price) - after;
        let share = raw(account.value)
            .mul_div_floor(raw(freed), raw(account.margin))
            .expect("in range");
        let quote = -account.delta * account.price - share.raw();
        assert_eq!(quote, int(&case["expected"]), "{name}");
    });
}

fn fillable(files: &Files) {
    cases(files, 15, |name, case| {
        let account = Liquidated::new(case);
        let million = 1_000_000_i128;
        let adjustment = case.get("bankruptcyAdjustmentPpm").map_or(million, int);
        let spread = case.get("spreadToMaintenanceMarginRatioPpm").map_or(100_000, int);
        let whole = million * account.margin;
        let rating = (adjustment * (account.margin - account.value)).clamp(0, whole);
        let notional = account.position * account.price;
        let numerator = notional * whole * million - rating * spread * maintenance(notional);
        let denominator = whole * million * account.position;
        let (expected, over) = (int(&case["expected"][0]), int(&case["expected"][1]));
        let sign = denominator.signum();
        let ours = (raw(numerator * sign), raw(denominator * sign));
        let order = compare_ratios(ours, (raw(expected), raw(over))).expect("positive denominators");
        assert_eq!(order, Ordering::Equal, "{name}");
    });
}
