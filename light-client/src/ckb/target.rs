//! Proof-of-work targets: the compact form in headers, difficulty, and work in 256 bits.
//!
//! ```text
//! compact 0xEEMMMMMM = mantissa * 256^(exponent - 3)        difficulty = floor(2^256 / target)
//! ```
//! The work of a block is its difficulty: the expected number of hashes. Deviation from RFC 20's code: difficulty 2^256 of target 1
//! is 2^256 - 1, as in the reference implementation.

use core::fmt;

use ruint::Uint;
use ruint::aliases::U256;

type U512 = Uint<512, 8>;

/// A target as headers carry it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CompactTarget(pub u32);

/// The largest hash that is a proof of work; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(U256);

/// A compact target that no hash can meet, or that does not fit 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum InvalidTarget {
    /// The target is zero.
    #[error("the target {0} is zero")]
    Zero(CompactTarget),
    /// The target is above 2^256 - 1.
    #[error("the target {0} overflows 256 bits")]
    Overflow(CompactTarget),
}

impl CompactTarget {
    /// The target that the compact form stands for.
    pub fn target(self) -> Result<Target, InvalidTarget> {
        let exponent = usize::try_from(self.0 >> 24).unwrap_or(usize::MAX);
        let mantissa = U256::from(self.0 & 0x00ff_ffff);
        let value = if exponent <= 3 {
            mantissa.wrapping_shr(3_usize.saturating_sub(exponent).saturating_mul(8))
        } else if exponent > 32 && !mantissa.is_zero() {
            return Err(InvalidTarget::Overflow(self));
        } else {
            mantissa.wrapping_shl(exponent.saturating_sub(3).saturating_mul(8))
        };
        if value.is_zero() {
            Err(InvalidTarget::Zero(self))
        } else {
            Ok(Target(value))
        }
    }

    /// The work of one block with this target.
    pub fn difficulty(self) -> Result<U256, InvalidTarget> {
        self.target().map(Target::difficulty)
    }
}

impl Target {
    /// Whether the hash, read as a big-endian number, is small enough.
    pub fn is_met_by(self, hash: &[u8; 32]) -> bool {
        U256::from_be_bytes(*hash) <= self.0
    }

    /// Expected hashes for one block.
    pub fn difficulty(self) -> U256 {
        reciprocal(self.0)
    }

    /// The target of a difficulty; difficulty zero counts as one.
    pub fn of_difficulty(difficulty: U256) -> Self {
        Self(reciprocal(difficulty.max(U256::ONE)))
    }

    /// The compact form: the three leading bytes, the rest truncated.
    pub fn compact(self) -> CompactTarget {
        let bytes = self.0.bit_len().div_ceil(8);
        let mantissa = if bytes <= 3 {
            self.0
                .wrapping_shl(3_usize.saturating_sub(bytes).saturating_mul(8))
        } else {
            self.0.wrapping_shr(bytes.saturating_sub(3).saturating_mul(8))
        };
        let exponent = u32::try_from(bytes).unwrap_or(u32::MAX).wrapping_shl(24);
        CompactTarget(exponent | mantissa.wrapping_to::<u32>())
    }
}

/// floor(2^256 / value), at most 2^256 - 1. `value` is not zero.
fn reciprocal(value: U256) -> U256 {
    let space = U512::ONE.wrapping_shl(256);
    space
        .checked_div(U512::from(value))
        .map_or(U256::MAX, U256::saturating_from)
}

impl fmt::Display for CompactTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#010x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use ckb_types::utilities as reference;
    use proptest::prelude::*;
    use strum::VariantNames as _;

    use super::*;

    #[test]
    fn rejects_zero_and_overflow() {
        for zero in [0, 0x0100_0000, 0x0000_ffff, 0x0200_00ff, 0xff00_0000, 0x2000_0000] {
            let compact = CompactTarget(zero);
            assert_eq!(compact.target(), Err(InvalidTarget::Zero(compact)), "{compact}");
        }
        for overflow in [0x2100_0001, 0xffff_ffff, 0x2110_0000] {
            let compact = CompactTarget(overflow);
            assert_eq!(
                compact.target(),
                Err(InvalidTarget::Overflow(compact)),
                "{compact}"
            );
        }
        assert_eq!(InvalidTarget::VARIANTS, ["Zero", "Overflow"]);
    }

    #[test]
    fn a_hash_equal_to_the_target_meets_it() {
        let target = CompactTarget(0x2001_0000).target().unwrap();
        let mut hash = [0; 32];
        hash[1] = 1;
        hash[0] = 0;
        let mut limit = [0; 32];
        limit[0] = 1;
        assert!(target.is_met_by(&hash));
        assert!(target.is_met_by(&limit));
        limit[31] = 1;
        assert!(!target.is_met_by(&limit));
    }

    #[test]
    fn the_smallest_target_has_the_largest_difficulty() {
        assert_eq!(CompactTarget(0x0101_0000).difficulty(), Ok(U256::MAX));
    }

    proptest! {
        #[test]
        fn difficulty_is_that_of_the_reference(compact: u32) {
            let expected = U256::from_be_bytes(reference::compact_to_difficulty(compact).to_be_bytes());
            let ours = CompactTarget(compact).difficulty().unwrap_or(U256::ZERO);
            prop_assert_eq!(ours, expected);
        }

        #[test]
        fn compact_form_is_that_of_the_reference(limbs: [u64; 4], shift in 0_usize..256) {
            let difficulty = U256::from_limbs(limbs).wrapping_shr(shift).max(U256::ONE);
            let expected = reference::difficulty_to_compact(
                ckb_types::U256::from_big_endian(&difficulty.to_be_bytes::<32>()).unwrap(),
            );
            prop_assert_eq!(Target::of_difficulty(difficulty).compact(), CompactTarget(expected));
        }
    }
}
