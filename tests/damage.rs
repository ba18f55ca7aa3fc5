//! Damages valid bytes: flipped, truncated and extended.
//!
//! The default run takes a bounded sample spread over the whole length; `VIADUCT_EXHAUSTIVE=1` takes every position.

use std::env;

/// Positions of each kind in the default run.
const SAMPLE: usize = 48;

/// Damaged copies of `bytes`, each unlike the original.
pub fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let flipped = sample(bytes.len()).map(|position| {
        let mut copy = bytes.to_vec();
        copy[position] ^= 1 << (position % 8);
        copy
    });
    let truncated = sample(bytes.len()).map(|length| bytes[..length].to_vec());
    let extended = [0x00, 0x20, 0x80, 0xff].map(|byte| [bytes, &[byte]].concat());
    flipped.chain(truncated).chain(extended)
}

/// Checks that each damaged copy of `bytes` is refused, or decided exactly like the original: the damage hit nothing that
/// matters (white space, a member that is not read).
///
/// # Panics
/// When a damaged copy is accepted with another outcome.
pub fn refuses_damage<T: PartialEq + std::fmt::Debug, E>(
    name: &str,
    bytes: &[u8],
    outcome: impl Fn(&[u8]) -> Result<T, E>,
) {
    let Ok(original) = outcome(bytes) else {
        panic!("{name}: the undamaged original is refused");
    };
    for copy in damaged(bytes) {
        if let Ok(accepted) = outcome(&copy) {
            let at = bytes.iter().zip(&copy).position(|(a, b)| a != b);
            assert!(
                accepted == original,
                "{name}: damage at {at:?} (length {}) is accepted as {accepted:?}",
                copy.len()
            );
        }
    }
}

/// As [`refuses_damage`], for bytes of which every one matters.
///
/// # Panics
/// When a damaged copy is accepted.
pub fn refuses_all_damage<T, E>(name: &str, bytes: &[u8], outcome: impl Fn(&[u8]) -> Result<T, E>) {
    assert!(
        outcome(bytes).is_ok(),
        "{name}: the undamaged original is refused"
    );
    for copy in damaged(bytes) {
        let at = bytes.iter().zip(&copy).position(|(a, b)| a != b);
        assert!(outcome(&copy).is_err(), "{name}: damage at {at:?} is accepted");
    }
}

fn sample(length: usize) -> impl Iterator<Item = usize> {
    let step = if env::var_os("VIADUCT_EXHAUSTIVE").is_some() {
        1
    } else {
        (length / SAMPLE).max(1)
    };
    // An odd offset, so that hexadecimal text is hit in digits of both halves.
    (0..length)
        .step_by(step)
        .map(move |start| (start + start / step % step).min(length.saturating_sub(1)))
}
