//! The difficulty rule: what the next epoch's length and target may be (CKB RFC 20).
//!
//! ```text
//! U uncles, L blocks, D seconds of the epoch; T its target duration; o = U / L; ideal o 1/40
//! (1) hash rate H = difficulty * (L + U) / D, within a factor TAU = 2 of the epoch before
//! (2) next length  = (L + U) * T * L / (41 * U * D), within 300 ..= 1800 and within a factor TAU of L; largest without uncles
//! (3) next difficulty = H * T / ((1 + o') * next length);   o' = 1/40, or what a cut length implies: B / (A - B)
//!                                                           A = (L + U) * T * L, B = U * D * next length
//! ```
//! **With uncles** ([`Progress`]) the next epoch is computed exactly. **Header-only**, uncles are unknown, so only
//! the bounds are checked: the length's, and TAU on the epoch's work (difficulty times length).
//!
//! Deviation: TAU limits H, which counts uncles; work alone may move a little more when the orphan rate moves too. The header-only
//! bound on work is therefore TAU plus 5 %, twice the ideal orphan rate.

use ruint::Uint;
use ruint::aliases::U256;

use super::header::Header;
use super::target::{CompactTarget, Target};
use super::verify::Rejection;

type U512 = Uint<512, 8>;

/// Largest factor between the hash rates, and between the lengths, of neighbouring epochs.
pub const TAU: u64 = 2;
/// TAU plus 5 %, in twentieths.
const WORK_BOUND_TWENTIETHS: u64 = 42;
/// Blocks of an epoch on every network: four hours of 48 and of 8 seconds each, whatever the network's own target duration is.
const SHORTEST_EPOCH: u64 = 300;
const LONGEST_EPOCH: u64 = 1800;
/// Ideal uncles per block: 1 in 40.
const IDEAL_BLOCKS_PER_UNCLE: u64 = 40;

/// A network's parameters of the difficulty rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Blocks of epoch 0.
    pub genesis_length: u64,
    /// Target of epoch 0.
    pub genesis_target: CompactTarget,
    /// How long an epoch should last, in seconds.
    pub duration_target_s: u64,
    /// Development chains without proof of work: every epoch is like the first.
    pub permanent: bool,
}

/// Length and target of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Blocks.
    pub length: u64,
    /// Target of each.
    pub target: CompactTarget,
}

/// What is needed to compute the next epoch, up to and including some block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Hash rate of the epoch before, after its bounds; hashes per second.
    pub previous_hash_rate: U256,
    /// Timestamp of the last block before this epoch; of genesis in epoch 0.
    pub start_ms: u64,
    /// Uncles in this epoch so far.
    pub uncles: u64,
}

impl Rule {
    /// Mainnet and testnet: epochs of four hours.
    pub const FOUR_HOURS_S: u64 = 14_400;

    /// Shortest and longest epoch that may follow one of `length` blocks, both inclusive.
    ///
    /// From epochs below 150 blocks, which development chains have, the limits exclude each other: the reference cuts to either, so both and all between are within.
    pub fn lengths_after(length: u64) -> (u64, u64) {
        let (longest, shortest) = Self::limits_after(length);
        (shortest.min(longest), shortest.max(longest))
    }

    fn limits_after(length: u64) -> (u64, u64) {
        (
            LONGEST_EPOCH.min(length.saturating_mul(TAU)),
            SHORTEST_EPOCH.max(length.wrapping_div(TAU)),
        )
    }

    /// Header-only mode: whether `first` may open the epoch after the one that `last` closes.
    pub(super) fn bounds_hold(&self, last: &Header, first: &Header) -> Result<(), Rejection> {
        let (got, length) = (first.epoch.length(), last.epoch.length());
        if self.permanent {
            return shape_is(
                first,
                Shape {
                    length,
                    target: last.compact_target,
                },
            );
        }
        let (shortest, longest) = Self::lengths_after(length);
        if got < shortest || got > longest {
            return Err(Rejection::EpochLength {
                number: first.number,
                got,
                shortest,
                longest,
            });
        }
        let (before, after) = (epoch_work(last)?, epoch_work(first)?);
        if exceeds(after, before) || exceeds(before, after) {
            return Err(Rejection::EpochWork {
                number: first.number,
                before,
                after,
            });
        }
        Ok(())
    }
}

impl Progress {
    /// Right after genesis. The hash rate is the one that finds the first epoch's blocks with ideal uncles in the target duration.
    pub fn at_genesis(rule: &Rule, genesis: &Header) -> Result<Self, Rejection> {
        let blocks = rule
            .genesis_length
            .saturating_add(rule.genesis_length.wrapping_div(IDEAL_BLOCKS_PER_UNCLE));
        let difficulty = rule.genesis_target.difficulty()?;
        Ok(Self {
            previous_hash_rate: hash_rate(difficulty, blocks, rule.duration_target_s),
            start_ms: genesis.timestamp_ms,
            uncles: 0,
        })
    }

    /// The next epoch's shape, and the progress with which it starts; `last` is this epoch's last block.
    pub fn next_epoch(&self, rule: &Rule, last: &Header) -> Result<(Shape, Self), Rejection> {
        let length = last.epoch.length();
        if rule.permanent {
            let next = Self {
                start_ms: last.timestamp_ms,
                uncles: 0,
                ..*self
            };
            return Ok((
                Shape {
                    length,
                    target: last.compact_target,
                },
                next,
            ));
        }
        let seconds = last
            .timestamp_ms
            .saturating_sub(self.start_ms)
            .wrapping_div(1000)
            .max(1);
        let epoch = Epoch {
            rule,
            length,
            uncles: self.uncles,
            seconds,
        };
        let hash_rate = self.bounded_hash_rate(epoch.hash_rate(last.compact_target.difficulty()?));
        let (next_length, cut) = epoch.next_length();
        let difficulty = epoch.next_difficulty(hash_rate, next_length, cut);
        let target = Target::of_difficulty(difficulty).compact();
        let next = Self {
            previous_hash_rate: hash_rate,
            start_ms: last.timestamp_ms,
            uncles: 0,
        };
        Ok((
            Shape {
                length: next_length,
                target,
            },
            next,
        ))
    }

    /// (1), the factor TAU. A chain without a previous estimate takes what it measured.
    fn bounded_hash_rate(&self, measured: U256) -> U256 {
        let previous = self.previous_hash_rate;
        if previous.is_zero() {
            return measured.max(U256::ONE);
        }
        let tau = U256::from(TAU);
        let lowest = previous.checked_div(tau).unwrap_or(previous);
        measured
            .clamp(lowest, previous.saturating_mul(tau))
            .max(U256::ONE)
    }
}

/// A finished epoch in the letters of the module's head.
struct Epoch<'a> {
    rule: &'a Rule,
    length: u64,
    uncles: u64,
    seconds: u64,
}

impl Epoch<'_> {
    fn hash_rate(&self, difficulty: U256) -> U256 {
        hash_rate(difficulty, self.length.saturating_add(self.uncles), self.seconds)
    }

    /// (L + U) * T * L: the numerator of (2), and A of (3).
    fn ideal(&self) -> U512 {
        let blocks = U512::from(self.length.saturating_add(self.uncles));
        blocks
            .wrapping_mul(U512::from(self.rule.duration_target_s))
            .wrapping_mul(U512::from(self.length))
    }

    /// U * D times a factor.
    fn observed(&self, factor: u64) -> U512 {
        U512::from(self.uncles)
            .wrapping_mul(U512::from(self.seconds))
            .wrapping_mul(U512::from(factor))
    }

    /// (2): the length, and whether a limit cut it.
    fn next_length(&self) -> (u64, bool) {
        let (longest, shortest) = Rule::limits_after(self.length);
        let divisor = self.observed(IDEAL_BLOCKS_PER_UNCLE.saturating_add(1));
        let Some(length) = self.ideal().checked_div(divisor) else {
            return (longest, true);
        };
        match length.wrapping_to::<u64>() {
            length if length > longest => (longest, true),
            length if length < shortest => (shortest, true),
            length => (length, false),
        }
    }

    /// (3), at least 1.
    fn next_difficulty(&self, hash_rate: U256, next_length: u64, cut: bool) -> U256 {
        let (numerator, denominator) = self.blocks_per_expected(next_length, cut);
        let hashes = U512::from(hash_rate).wrapping_mul(U512::from(self.rule.duration_target_s));
        let divisor = denominator.wrapping_mul(U512::from(next_length));
        let difficulty = hashes
            .wrapping_mul(numerator)
            .checked_div(divisor)
            .unwrap_or(U512::ONE);
        U256::saturating_from(difficulty).max(U256::ONE)
    }

    /// 1 / (1 + o') as numerator and denominator.
    fn blocks_per_expected(&self, next_length: u64, cut: bool) -> (U512, U512) {
        if cut && self.uncles == 0 {
            return (U512::ONE, U512::ONE);
        }
        let (ideal, observed) = (self.ideal(), self.observed(next_length));
        match ideal.checked_sub(observed) {
            Some(rest) if cut && !rest.is_zero() => (rest, ideal),
            _ => (
                U512::from(IDEAL_BLOCKS_PER_UNCLE),
                U512::from(IDEAL_BLOCKS_PER_UNCLE.saturating_add(1)),
            ),
        }
    }
}

/// Whether the header's epoch has exactly this shape.
pub(super) fn shape_is(header: &Header, expected: Shape) -> Result<(), Rejection> {
    let got = Shape {
        length: header.epoch.length(),
        target: header.compact_target,
    };
    if got == expected {
        return Ok(());
    }
    Err(Rejection::EpochShape {
        number: header.number,
        got_length: got.length,
        got_target: got.target,
        length: expected.length,
        target: expected.target,
    })
}

/// Difficulty times length.
pub(super) fn epoch_work(header: &Header) -> Result<U256, Rejection> {
    Ok(header
        .compact_target
        .difficulty()?
        .saturating_mul(U256::from(header.epoch.length())))
}

/// Whether `work` is more than the bound times `other`.
pub(super) fn exceeds(work: U256, other: U256) -> bool {
    let twenty = U512::from(20_u64);
    U512::from(work).wrapping_mul(twenty) > U512::from(other).wrapping_mul(U512::from(WORK_BOUND_TWENTIETHS))
}

fn hash_rate(difficulty: U256, blocks: u64, seconds: u64) -> U256 {
    let hashes = U512::from(difficulty).wrapping_mul(U512::from(blocks));
    U256::saturating_from(hashes.checked_div(U512::from(seconds)).unwrap_or(hashes))
}

#[cfg(test)]
mod tests;
