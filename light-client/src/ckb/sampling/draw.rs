//! Where to sample: FlyClient's distribution in fixed-point integers.
//!
//! With delta = N / blocks (the share that is asked for whole) and u uniform in [0, 1), a sample lies at the share 1 - delta^u of the
//! difficulty: its density is 1 / ((x - 1) ln delta), optimal against an adversary with half the work. The number of samples is
//! lambda / -log2(1 - 1/k), k = log2(1 / delta). All numbers are fractions of 2^32 or 2^64; rounding is down and costs less than 2^-30.

use ruint::Uint;
use ruint::aliases::U256;

type U512 = Uint<512, 8>;

const ONE: u64 = 1 << 32;

/// Samples for a failure probability of 2^-lambda when `blocks` blocks are covered and `last_n` of them are asked for whole.
pub(super) fn sample_count(blocks: u64, last_n: u64, lambda: u32) -> u64 {
    let Some(k) = log2_of_ratio(blocks, last_n) else {
        return 0;
    };
    // k <= 1: every second sample catches; then one bit per sample.
    let rest = k.checked_sub(ONE).filter(|rest| *rest > 0);
    let bits = rest
        .and_then(|rest| log2_of_ratio(k, rest))
        .map_or(ONE, |bits| bits.clamp(1, ONE));
    u64::from(lambda).saturating_mul(ONE).div_ceil(bits.max(1))
}

/// log2(a / b) in fractions of 2^32; nothing unless a > b > 0.
fn log2_of_ratio(a: u64, b: u64) -> Option<u64> {
    if b == 0 || a <= b {
        return None;
    }
    let mut whole = 0_u64;
    // ratio in [1, 2) as a fraction of 2^63
    let mut ratio = (u128::from(a) << 63).checked_div(u128::from(b))?;
    while ratio >> 64 != 0 {
        ratio >>= 1;
        whole = whole.saturating_add(1);
    }
    let mut log = whole;
    for _ in 0..32 {
        ratio = ratio.wrapping_mul(ratio) >> 63;
        let bit = ratio >> 64;
        ratio >>= u32::from(bit != 0);
        log = (log << 1) | u64::from(bit != 0);
    }
    Some(log)
}

/// Difficulty at the share 1 - delta^u of `range`; `u` is a fraction of 2^32, delta = last_n / blocks.
pub(super) fn difficulty_at(range: U256, u: u32, last_n: u64, blocks: u64) -> U256 {
    let rest = scaled(range, power(share(last_n, blocks), u));
    range.saturating_sub(rest)
}

/// The difficulty from which on everything is asked for: the share 1 - delta of `range`.
pub(super) fn boundary(range: U256, last_n: u64, blocks: u64) -> U256 {
    range.saturating_sub(scaled(range, share(last_n, blocks)))
}

/// a / b as a fraction of 2^64, at most 1.
fn share(a: u64, b: u64) -> u128 {
    (u128::from(a) << 64)
        .checked_div(u128::from(b))
        .unwrap_or(1 << 64)
        .min(1 << 64)
}

fn scaled(range: U256, share: u128) -> U256 {
    U256::saturating_from(U512::from(range).wrapping_mul(U512::from(share)).wrapping_shr(64))
}

/// delta^u: one square root of delta per bit of u.
fn power(delta: u128, u: u32) -> u128 {
    let mut root = delta;
    let mut power = 1_u128 << 64;
    for bit in (0..u32::BITS).rev() {
        root = square_root(root);
        if (u >> bit) & 1 == 1 {
            power = U256::from(power)
                .wrapping_mul(U256::from(root))
                .wrapping_shr(64)
                .saturating_to::<u128>();
        }
    }
    power
}

/// Square root of a share: the root of its 2^64-fold, which only the share 1 takes beyond 128 bits.
fn square_root(share: u128) -> u128 {
    share.checked_mul(1 << 64).map_or(1 << 64, u128::isqrt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(fixed: u64) -> f64 {
        fixed as f64 / ONE as f64
    }

    #[test]
    fn logarithms_are_those_of_floating_point() {
        for (a, b) in [
            (2_u64, 1_u64),
            (3, 2),
            (18_731_746, 100),
            (u64::MAX, 1),
            (u64::MAX, u64::MAX - 1),
            (1000, 999),
        ] {
            let expected = (a as f64).log2() - (b as f64).log2();
            let got = float(log2_of_ratio(a, b).unwrap());
            assert!((got - expected).abs() < 1e-6, "{a}/{b}: {got} {expected}");
        }
        assert_eq!(log2_of_ratio(1, 1), None);
        assert_eq!(log2_of_ratio(1, 0), None);
    }

    #[test]
    fn square_roots_are_the_largest_that_fit() {
        for fraction in [
            0_u128,
            1,
            2,
            3,
            0xffff,
            1 << 32,
            1 << 62,
            (1 << 63) + 12_345,
            (1 << 64) - 1,
            1 << 64,
        ] {
            let (root, square) = (U256::from(square_root(fraction)), U256::from(fraction) << 64);
            assert!(root * root <= square, "{fraction}");
            assert!((root + U256::ONE) * (root + U256::ONE) > square, "{fraction}");
        }
    }

    #[test]
    fn sample_counts_are_those_of_the_formula() {
        for (blocks, last_n) in [(18_731_746_u64, 100_u64), (100_000, 100), (500, 100)] {
            let k = (blocks as f64 / last_n as f64).log2();
            let expected = (50.0 / -(1.0 - 1.0 / k).log2()).ceil();
            let got = sample_count(blocks, last_n, 50) as f64;
            assert!((got - expected).abs() <= 1.0, "{blocks}: {got} {expected}");
        }
        assert_eq!(sample_count(100, 100, 50), 0);
        assert_eq!(sample_count(150, 100, 50), 50);
    }

    #[test]
    fn difficulties_follow_the_distribution() {
        let range = U256::from(1_u64 << 52);
        for (u, last_n, blocks) in [
            (0_u32, 100_u64, 10_000_u64),
            (1 << 31, 100, 10_000),
            (u32::MAX, 100, 10_000),
            (12_345_678, 7, 90),
        ] {
            let delta = last_n as f64 / blocks as f64;
            let expected = 1.0 - delta.powf(f64::from(u) / 2_f64.powi(32));
            let got = difficulty_at(range, u, last_n, blocks).saturating_to::<u64>() as f64 / 2_f64.powi(52);
            assert!((got - expected).abs() < 1e-8, "{u}: {got} {expected}");
            assert!(difficulty_at(range, u, last_n, blocks) <= boundary(range, last_n, blocks));
        }
    }
}
