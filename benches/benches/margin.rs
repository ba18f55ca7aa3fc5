//! Margin beside its raw limit: the same number of 256-bit multiply-adds and nothing else.
//!
//! Targets (`spec/ledger.md`, Speed): portfolio check of 20 options 10 µs, arrays of 1,024 options 100 ms, 10,000 portfolios
//! 0.2 s. Run with `cargo bench --profile dev -p benches --bench margin`.

use std::hint::black_box;

use benches::{Operation, Target, print_table};
use ledger::{
    margin::{
        arrays::{ExpiryMarket, OptionTerms, RiskArrays},
        parameters::PortfolioParameters,
        portfolio::{OptionPosition, Portfolio, requirement},
    },
    math::{Fixed, Wide},
    pricing::OptionKind,
};

/// Expiries of the priced set, 128 options each.
const EXPIRIES: usize = 8;
/// Options that a portfolio holds, over four expiries.
const HELD: usize = 20;
const PORTFOLIOS: usize = 10_000;

fn expiries() -> Vec<ExpiryMarket> {
    (1..=EXPIRIES as u64)
        .map(|week| ExpiryMarket {
            seconds: week * 604_800,
            forward_fixed: Fixed::ZERO,
            forward_variable: Fixed::from_int(60_000 + 100 * week as i64),
            rate: Fixed::from_ppm(50_000),
            confidence: Fixed::ONE,
        })
        .collect()
}

fn options() -> Vec<OptionTerms> {
    let strikes = (0..64).map(|step| Fixed::from_int(30_000 + 1_000 * step));
    let chain: Vec<_> = strikes
        .flat_map(|strike| [OptionKind::Call, OptionKind::Put].map(|kind| (strike, kind)))
        .collect();
    (0..EXPIRIES)
        .flat_map(|expiry| {
            chain.iter().map(move |(strike, kind)| OptionTerms {
                expiry,
                strike: *strike,
                kind: *kind,
                volatility: Fixed::from_ppm(650_000),
            })
        })
        .collect()
}

/// Twenty positions over four expiries, of mixed sign, different for each portfolio.
fn positions(number: usize) -> Vec<OptionPosition> {
    (0..HELD)
        .map(|index| OptionPosition {
            option: index / 5 * 256 + index % 5 * 25 + number % 20,
            quantity: Fixed::from_ppm(1_234_567 * if (index + number).is_multiple_of(3) { -1 } else { 1 }),
        })
        .collect()
}

fn portfolio(options: &[OptionPosition]) -> Portfolio<'_> {
    Portfolio {
        spot: Fixed::from_int(60_000),
        spot_confidence: Fixed::ONE,
        stable: Fixed::ONE,
        cash: Fixed::from_int(100_000),
        linear: &[],
        options,
        collateral: &[],
    }
}

/// As many multiply-adds as `options` rows have columns, each sum divided once.
fn multiply_adds(options: usize, columns: usize, operand: Fixed) -> Fixed {
    (0..columns).fold(Fixed::ZERO, |last, _| {
        let operand = black_box(operand);
        let sum = (0..options).try_fold(Wide::ZERO, |sum, _| sum.add_product(operand, black_box(operand)));
        sum.and_then(Wide::floor).unwrap_or(last)
    })
}

fn main() {
    let parameters = PortfolioParameters::default();
    let (expiries, options) = (expiries(), options());
    let price = || RiskArrays::price(&expiries, &options, Fixed::ONE, &parameters).expect("arrays");
    let arrays = price();
    let held: Vec<_> = (0..PORTFOLIOS).map(positions).collect();
    let check = |held: &[OptionPosition]| {
        requirement(&portfolio(held), &arrays, &arrays, &parameters).expect("a requirement")
    };
    let operand = Fixed::from_ppm(1_234_567_890);
    let columns = arrays.stride();
    print_table(|table| {
        let at_most = |name, peer| Operation {
            name,
            peer,
            target: Target::TimeAtMost(10.0),
        };
        table.row(
            at_most(
                "margin: portfolio of 20 options (<= 10 µs)",
                "its 680 multiply-adds",
            ),
            || check(black_box(&held[7])),
            || multiply_adds(HELD, columns, operand),
        );
        table.row(
            Operation {
                name: "margin: arrays of 1,024 options (<= 100 ms)",
                peer: "one multiply-add per price",
                target: Target::Speed,
            },
            price,
            || multiply_adds(options.len(), columns, operand),
        );
        table.row(
            at_most(
                "margin: 10,000 portfolios of 20 options (<= 0.2 s)",
                "their multiply-adds",
            ),
            || held.iter().map(|held| check(held).initial).max(),
            || {
                (0..PORTFOLIOS)
                    .map(|_| multiply_adds(HELD, columns, operand))
                    .max()
            },
        );
    });
}
