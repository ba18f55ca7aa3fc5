//! The logs bloom: a 2048-bit filter over a block's, or a receipt's, log emitters and topics.
//!
//! Each entry sets three bits, taken from its Keccak-256 hash `h`: bits `(h[2i] << 8 | h[2i+1]) mod 2048` for i = 0, 1, 2,
//! counted from the end of the 256 bytes.
//!
//! # Guarantees
//! No false negative: what was accrued is contained. A positive says nothing; only all receipts settle it (`events`).

use core::fmt;

use crate::{Hash32, proof::keccak256};

/// The filter, in the byte order of headers and receipts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Bloom(pub [u8; 256]);

impl Bloom {
    /// Contains nothing.
    pub const EMPTY: Self = Self([0; 256]);

    /// Adds an emitter's address or a topic.
    pub fn accrue(&mut self, entry: &[u8]) {
        for (byte, bit) in places(&keccak256(entry)) {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    /// Whether the entry may have been added. `false` is certain.
    pub fn may_contain(&self, entry: &[u8]) -> bool {
        places(&keccak256(entry))
            .into_iter()
            .all(|(byte, bit)| self.0.get(byte).is_some_and(|byte| byte & bit != 0))
    }

    /// Adds everything that the other contains.
    pub fn unite(&mut self, other: &Self) {
        for (byte, added) in self.0.iter_mut().zip(&other.0) {
            *byte |= added;
        }
    }
}

/// Index of the byte and bit in it, three times.
fn places(hash: &Hash32) -> [(usize, u8); 3] {
    let [a, b, c, d, e, f, ..] = hash.0;
    [[a, b], [c, d], [e, f]].map(|[high, low]| {
        let byte_from_the_end = (usize::from(high & 0x07) << 5) | usize::from(low >> 3);
        (255_usize.saturating_sub(byte_from_the_end), 1 << (low & 0x07))
    })
}

impl fmt::Display for Bloom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Bloom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::BloomInput;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sets_the_bits_that_the_peer_sets(entries in proptest::collection::vec(any::<[u8; 20]>(), 0..20), absent: [u8; 20]) {
            let mut ours = Bloom::EMPTY;
            let mut peer = alloy_primitives::Bloom::ZERO;
            for entry in &entries {
                ours.accrue(entry);
                peer.accrue(BloomInput::Raw(entry));
                prop_assert!(ours.may_contain(entry));
            }
            prop_assert_eq!(ours.0, peer.0.0);
            prop_assert_eq!(ours.may_contain(&absent), peer.contains_input(BloomInput::Raw(&absent)));
        }
    }
}
