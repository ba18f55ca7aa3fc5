//! The difficulty rule against a slow oracle in plain fractions, its limits, and a recorded chain of short epochs.

use proptest::prelude::*;

use super::super::chain;
use super::super::header::EpochFraction;
use super::*;

type Wide = Uint<1024, 16>;

const RULE: Rule = Rule {
    genesis_length: 1743,
    genesis_target: CompactTarget(0x1a08_a97e),
    duration_target_s: Rule::FOUR_HOURS_S,
    permanent: false,
};

/// A fraction, never reduced: slow and obvious.
#[derive(Clone, Copy)]
struct Fraction(Wide, Wide);

impl Fraction {
    fn of(n: u64) -> Self {
        Self(Wide::from(n), Wide::ONE)
    }

    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1)
    }

    fn over(self, other: Self) -> Self {
        Self(self.0 * other.1, self.1 * other.0)
    }

    fn plus_one(self) -> Self {
        Self(self.0 + self.1, self.1)
    }

    fn floor(self) -> Wide {
        self.0 / self.1
    }
}

/// RFC 20, step by step as its formulas stand.
fn oracle(progress: &Progress, last: &Header) -> (u64, CompactTarget, U256) {
    let (length, uncles) = (last.epoch.length(), progress.uncles);
    let seconds = ((last.timestamp_ms - progress.start_ms) / 1000).max(1);
    let difficulty = last.compact_target.difficulty().unwrap();
    let measured =
        U256::saturating_from(Wide::from(difficulty) * Wide::from(length + uncles) / Wide::from(seconds));
    let previous = progress.previous_hash_rate;
    let rate = measured
        .max(previous / U256::from(2))
        .min(previous * U256::from(2))
        .max(U256::ONE);
    let ideal = Fraction::of(1).over(Fraction::of(40));
    let orphans = Fraction::of(uncles).over(Fraction::of(length));
    let duration = Fraction::of(14_400);
    let (next, cut) = if uncles == 0 {
        (1800.min(length * 2), true)
    } else {
        let numerator = ideal
            .times(orphans.plus_one())
            .times(duration)
            .times(Fraction::of(length));
        let denominator = orphans.times(ideal.plus_one()).times(Fraction::of(seconds));
        let raw = numerator.over(denominator).floor().to::<u64>();
        let bounded = raw.max(300.max(length / 2)).min(1800.min(length * 2));
        (bounded, raw != bounded)
    };
    let mut expected = ideal.plus_one();
    if cut && uncles == 0 {
        expected = Fraction::of(1);
    } else if cut {
        let all = orphans.plus_one().times(duration).times(Fraction::of(length));
        let ratio = all.over(orphans.times(Fraction::of(seconds)).times(Fraction::of(next)));
        if ratio.0 > ratio.1 {
            expected = Fraction(ratio.1, ratio.0 - ratio.1).plus_one();
        }
    }
    let rate_per_epoch = Fraction(Wide::from(rate), Wide::ONE).times(duration);
    let difficulty = rate_per_epoch
        .over(expected.times(Fraction::of(next)))
        .floor()
        .max(Wide::ONE);
    (
        next,
        Target::of_difficulty(U256::saturating_from(difficulty)).compact(),
        rate,
    )
}

fn tail(length: u64, target: CompactTarget, timestamp_ms: u64) -> Header {
    Header {
        epoch: EpochFraction::new(5, length - 1, length),
        compact_target: target,
        timestamp_ms,
        ..Header::default()
    }
}

fn head(last: &Header, length: u64, target: CompactTarget) -> Header {
    Header {
        epoch: EpochFraction::new(6, 0, length),
        compact_target: target,
        number: 1,
        ..last.clone()
    }
}

proptest! {
    #[test]
    fn the_next_epoch_is_the_oracles(
        length in 300_u64..=1800,
        uncles in 0_u64..3600,
        seconds in 0_u64..60_000,
        mantissa in 0x01_0000_u32..0xff_ffff,
        exponent in 0x10_u32..0x20,
        factor in 1_u64..5000,
    ) {
        let last = tail(length, CompactTarget(exponent << 24 | mantissa), 1_000_000 + seconds * 1000 + 999);
        let estimate = last.compact_target.difficulty().unwrap() * U256::from(length) / U256::from(14_400);
        let previous_hash_rate = (estimate * U256::from(factor) / U256::from(1000)).max(U256::ONE);
        let progress = Progress { previous_hash_rate, start_ms: 1_000_000, uncles };
        let (shape, next) = progress.next_epoch(&RULE, &last).unwrap();
        let (length, target, rate) = oracle(&progress, &last);
        prop_assert_eq!((shape.length, shape.target), (length, target));
        prop_assert_eq!((next.previous_hash_rate, next.start_ms, next.uncles), (rate, last.timestamp_ms, 0));
    }
}

/// A recorded development chain: epochs of 10, 20, 40 and 80 blocks without uncles, mined far faster than its 80 seconds each.
#[test]
fn short_epochs_double_whatever_the_target_duration() {
    let rule = Rule {
        genesis_length: 10,
        genesis_target: CompactTarget(0x2001_0000),
        duration_target_s: 80,
        permanent: false,
    };
    let mut progress = Progress::at_genesis(&rule, &Header::default()).unwrap();
    let mut last = tail(10, rule.genesis_target, 1_795_194_474_900);
    for (length, end_ms) in [(20, 1_795_194_476_900), (40, 1_795_194_481_000), (80, 0)] {
        let (shape, next) = progress.next_epoch(&rule, &last).unwrap();
        let target = CompactTarget(0x2004_0000);
        assert_eq!(shape, Shape { length, target });
        assert_eq!(rule.bounds_hold(&last, &head(&last, length, target)), Ok(()));
        (progress, last) = (next, tail(length, target, end_ms));
    }
}

#[test]
fn lengths_stay_within_limits_and_a_factor_of_two() {
    assert_eq!(Rule::lengths_after(1743), (871, 1800));
    assert_eq!(Rule::lengths_after(300), (300, 600));
    assert_eq!(Rule::lengths_after(400), (300, 800));
    assert_eq!(Rule::lengths_after(10), (20, 300));
}

#[test]
fn bounds_refuse_lengths_and_work_beyond_tau() {
    let last = tail(1000, CompactTarget(0x2000_8000), 0);
    let hold = |length, target| RULE.bounds_hold(&last, &head(&last, length, CompactTarget(target)));
    assert_eq!(hold(1000, 0x2000_8000), Ok(()));
    for length in [499, 1801] {
        let expected = Rejection::EpochLength {
            number: 1,
            got: length,
            shortest: 500,
            longest: 1800,
        };
        assert_eq!(hold(length, 0x2000_8000), Err(expected));
    }
    assert_eq!(hold(1000, 0x2000_4000), Ok(()));
    assert_eq!(hold(1000, 0x2001_0000), Ok(()));
    for target in [0x2000_3c00, 0x2001_1500] {
        let refused = hold(1000, target).unwrap_err();
        assert!(
            matches!(refused, Rejection::EpochWork { number: 1, .. }),
            "{refused}"
        );
    }
    assert!(matches!(hold(500, 0x2001_0000), Err(Rejection::EpochWork { .. })));
}

#[test]
fn permanent_difficulty_keeps_every_epoch_alike() {
    let rule = chain::PARAMS.epoch;
    let last = tail(10, CompactTarget(0x2001_0000), 0);
    assert_eq!(
        rule.bounds_hold(&last, &head(&last, 10, CompactTarget(0x2001_0000))),
        Ok(())
    );
    let refused = rule.bounds_hold(&last, &head(&last, 9, CompactTarget(0x2001_0000)));
    assert!(matches!(refused, Err(Rejection::EpochShape { .. })));
    let progress = Progress {
        previous_hash_rate: U256::ONE,
        start_ms: 0,
        uncles: 3,
    };
    let (shape, next) = progress.next_epoch(&rule, &last).unwrap();
    assert_eq!(
        (shape.length, shape.target, next.uncles),
        (10, last.compact_target, 0)
    );
}
