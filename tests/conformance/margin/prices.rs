//! Prices: votes of many reporters, Black-Scholes values and greeks, volatility surfaces, fixed-point functions.

use ledger::{
    math::{Fixed, exp, ln, normal_cdf, sqrt},
    pricing::{Greeks, OptionKind, Side, Svi, greeks, price, years},
    rates::aggregation::{Report, aggregate},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tests::Files;

use super::{decimal, fixed, integer};
use crate::conformance::rows;

rows! {
    run aggregates ["margin/pyth-aggregation/*"];
    run values ["margin/quantlib/european_values_haug1998.csv"];
    run sensitivities ["margin/quantlib/european_greeks_haug1998.csv"];
    run functions ["margin/derive-math/math.json"];
}

#[derive(Deserialize)]
struct Quotes<'a> {
    #[serde(borrow)]
    quotes: Vec<Quote<'a>>,
}

#[derive(Deserialize)]
struct Quote<'a> {
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    conf: &'a RawValue,
    status: u8,
    slot_diff: Option<i64>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    conf: &'a RawValue,
    status: &'a str,
}

/// Ours differs: weights are stake (equal here), and age is the ledger's own rule; too few reports are no price.
fn aggregates(files: &Files) {
    let mut count = 0;
    for path in files.paths().filter(|path| path.ends_with(".json")) {
        let text = files.text(path);
        let expected = files.text(&path.replace(".json", ".result"));
        let quotes: Quotes = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let expected: Outcome =
            serde_json::from_str(&expected).unwrap_or_else(|error| panic!("{path}: {error}"));
        let counted = quotes.quotes.iter().filter(|quote| {
            quote.status == 1 && integer(quote.conf) > 0 && quote.slot_diff.unwrap_or(0).abs() <= 25
        });
        let reports: Vec<_> = counted
            .map(|quote| Report {
                price: Fixed::from_raw(integer(quote.price)),
                confidence: Fixed::from_raw(integer(quote.conf)),
                weight: 1,
            })
            .collect();
        match aggregate(&reports) {
            Ok(found) => {
                assert_eq!(expected.status, "trading", "{path}");
                assert_eq!(found.price.raw(), integer(expected.price), "{path}: price");
                assert_eq!(
                    found.confidence.raw(),
                    integer(expected.conf),
                    "{path}: confidence"
                );
            }
            Err(_) => assert_eq!(expected.status, "unknown", "{path}"),
        }
        count += 1;
    }
    assert!(count >= 19, "only {count} aggregations");
}

/// A Black-Scholes-Merton option as Black-76 on the forward `S·e^((r-q)t)`.
struct Stock {
    kind: OptionKind,
    forward: Side,
    strike: Side,
    volatility: Fixed,
    root: Fixed,
    rate: Fixed,
    carry: Fixed,
    years: Fixed,
    spot: Fixed,
    discount: Fixed,
}

impl Stock {
    /// Columns: type, strike, spot, q, r, t, vol.
    fn read(columns: &[&str]) -> Self {
        let number = |index: usize| Fixed::parse_trunc(columns[index]).expect("a decimal");
        let (spot, yields, rate, years) = (number(2), number(3), number(4), number(5));
        let carry = rate.sub(yields).expect("in range");
        let growth = exp(times(carry, years)).expect("in range");
        let discount = exp(times(rate, years).negate()).expect("in range");
        let side = |price| Side::new(price, discount).expect("a price");
        Self {
            kind: if columns[0] == "Call" {
                OptionKind::Call
            } else {
                OptionKind::Put
            },
            forward: side(times(spot, growth)),
            strike: side(number(1)),
            volatility: number(6),
            root: sqrt(years).expect("a root"),
            rate,
            carry,
            years,
            spot,
            discount,
        }
    }

    fn value(&self) -> Fixed {
        price(
            self.kind,
            &self.forward,
            &self.strike,
            times(self.volatility, self.root),
        )
        .expect("a price")
    }

    fn greeks(&self) -> Greeks {
        greeks(
            self.kind,
            &self.forward,
            &self.strike,
            self.volatility,
            self.root,
            self.rate,
            self.discount,
        )
        .expect("greeks")
    }
}

fn times(a: Fixed, b: Fixed) -> Fixed {
    a.mul_floor(b).expect("in range")
}

fn over(a: Fixed, b: Fixed) -> Fixed {
    a.div_floor(b).expect("in range")
}

fn near(ours: Fixed, theirs: Fixed, tolerance: &str, what: &str) {
    let off = ours.sub(theirs).expect("near numbers").abs();
    let tolerance = Fixed::parse_trunc(tolerance).expect("a decimal");
    assert!(off <= tolerance, "{what}: {ours}, expected {theirs}");
}

fn lines(files: &Files) -> Vec<String> {
    let path = files.paths().next().expect("one file").to_owned();
    files.text(&path).lines().skip(1).map(str::to_owned).collect()
}

fn values(files: &Files) {
    let lines = lines(files);
    for line in &lines {
        let columns: Vec<_> = line.split(',').collect();
        let expected = Fixed::parse_trunc(columns[7]).expect("a decimal");
        near(Stock::read(&columns).value(), expected, columns[8], line);
    }
    assert_eq!(lines.len(), 43);
}

/// Ours are of the forward, at a forward that stays; the published ones are of spot, which drifts.
fn sensitivities(files: &Files) {
    let lines = lines(files);
    for line in &lines {
        let (name, rest) = line.split_once(',').expect("columns");
        let columns: Vec<_> = rest.split(',').collect();
        let stock = Stock::read(&columns);
        let greeks = stock.greeks();
        let growth = over(stock.forward.price(), stock.spot);
        let delta = times(greeks.delta, growth);
        let reach = times(times(greeks.delta, stock.forward.price()), stock.years);
        let found = match name {
            "delta" => delta,
            "elasticity" => over(times(delta, stock.spot), stock.value()),
            "gamma" => times(times(greeks.gamma, growth), growth),
            "vega" => greeks.vega,
            "theta" => {
                let drift = times(times(stock.carry, stock.forward.price()), greeks.delta);
                greeks.theta.sub(drift).expect("in range")
            }
            "rho" => reach.sub(times(stock.value(), stock.years)).expect("in range"),
            "dividendRho" => reach.negate(),
            other => panic!("unknown greek {other}"),
        };
        near(found, fixed(columns[7]), "0.0001", line);
    }
    assert_eq!(lines.len(), 10);
}

#[derive(Deserialize)]
struct Functions<'a> {
    #[serde(borrow)]
    black76: Vec<Black<'a>>,
    #[serde(borrow)]
    svi: Vec<Smile<'a>>,
    #[serde(borrow)]
    fixedpoint_1e18: Points<'a>,
}

#[derive(Deserialize)]
struct Black<'a> {
    sec: u64,
    #[serde(borrow)]
    vol: &'a RawValue,
    #[serde(rename = "F", borrow)]
    forward: &'a RawValue,
    #[serde(rename = "K", borrow)]
    strike: &'a RawValue,
    #[serde(borrow)]
    disc: &'a RawValue,
    #[serde(borrow)]
    call: &'a RawValue,
    #[serde(borrow)]
    put: &'a RawValue,
    #[serde(borrow)]
    delta: &'a RawValue,
}

#[derive(Deserialize)]
struct Smile<'a> {
    #[serde(borrow)]
    tau: &'a RawValue,
    #[serde(borrow)]
    a: &'a RawValue,
    #[serde(borrow)]
    b: &'a RawValue,
    #[serde(borrow)]
    rho: &'a RawValue,
    #[serde(borrow)]
    m: &'a RawValue,
    #[serde(borrow)]
    sigma: &'a RawValue,
    #[serde(rename = "F", borrow)]
    forward: &'a RawValue,
    #[serde(rename = "K", borrow)]
    strikes: Vec<&'a RawValue>,
    #[serde(borrow)]
    vol: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Points<'a> {
    #[serde(borrow)]
    ln_1000: &'a RawValue,
    #[serde(borrow)]
    ln_half: &'a RawValue,
    #[serde(borrow)]
    exp_10: &'a RawValue,
    #[serde(borrow)]
    exp_half: &'a RawValue,
    #[serde(borrow)]
    exp_1: &'a RawValue,
    #[serde(borrow)]
    exp_m1: &'a RawValue,
    #[serde(borrow)]
    sqrt_half: &'a RawValue,
    #[serde(borrow)]
    cdf_1: &'a RawValue,
    #[serde(borrow)]
    cdf_2: &'a RawValue,
}

/// Ours differs: `exp(0)` is 1 exactly, and delta is discounted.
fn functions(files: &Files) {
    let path = files.paths().next().expect("one file").to_owned();
    let text = files.text(&path);
    let functions: Functions = serde_json::from_str(&text).expect("functions");
    for case in &functions.black76 {
        check_black(case);
    }
    for smile in &functions.svi {
        check_smile(smile);
    }
    check_points(&functions.fixedpoint_1e18);
    assert_eq!((functions.black76.len(), functions.svi.len()), (7, 2));
}

fn check_black(case: &Black<'_>) {
    let discount = decimal(case.disc);
    let side = |value| Side::new(decimal(value), discount).expect("a price");
    let (forward, strike, volatility) = (side(case.forward), side(case.strike), decimal(case.vol));
    let root = sqrt(years(case.sec).expect("years")).expect("a root");
    let deviation = times(volatility, root);
    for (kind, expected) in [(OptionKind::Call, case.call), (OptionKind::Put, case.put)] {
        let found = price(kind, &forward, &strike, deviation).expect("a price");
        near(found, decimal(expected), "0.000000000001", "price");
    }
    let found = greeks(
        OptionKind::Call,
        &forward,
        &strike,
        volatility,
        root,
        Fixed::ZERO,
        discount,
    );
    let delta = over(found.expect("greeks").delta, discount);
    near(delta, decimal(case.delta), "0.000000000001", "delta");
}

fn check_smile(smile: &Smile<'_>) {
    let svi = Svi {
        a: decimal(smile.a),
        b: decimal(smile.b),
        rho: decimal(smile.rho),
        m: decimal(smile.m),
        sigma: decimal(smile.sigma),
        forward: decimal(smile.forward),
        tau: decimal(smile.tau),
    };
    assert_eq!((smile.strikes.len(), smile.vol.len()), (4, 4));
    for (strike, expected) in smile.strikes.iter().zip(&smile.vol) {
        let found = svi.volatility(decimal(strike)).expect("a volatility");
        near(found, decimal(expected), "0.000000000001", "volatility");
    }
}

fn check_points(points: &Points<'_>) {
    let half = fixed("0.5");
    let of = |value: i64| Fixed::from_int(value);
    let pairs = [
        ("ln 1000", ln(of(1_000)), points.ln_1000),
        ("ln 1/2", ln(half), points.ln_half),
        ("exp 10", exp(of(10)), points.exp_10),
        ("exp 1/2", exp(half), points.exp_half),
        ("exp 1", exp(of(1)), points.exp_1),
        ("exp -1", exp(of(-1)), points.exp_m1),
        ("sqrt 1/2", sqrt(half), points.sqrt_half),
        ("cdf 1", Ok(normal_cdf(of(1))), points.cdf_1),
        ("cdf 2", Ok(normal_cdf(of(2))), points.cdf_2),
    ];
    for (what, found, expected) in pairs {
        near(
            found.expect("in range"),
            super::raw(expected),
            "0.000000000001",
            what,
        );
    }
    assert_eq!(
        exp(Fixed::ZERO),
        Ok(Fixed::ONE),
        "the published 0.999..9 is a defect"
    );
}
