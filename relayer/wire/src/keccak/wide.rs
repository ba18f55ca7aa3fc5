//! Chooses how many messages are hashed side by side, and with which instructions.
//!
//! The vector versions are safe functions that need instructions not every processor has; they are called only here, right after
//! the processor was asked. That call is the crate's one use of `unsafe`. `tests.rs` compares every choice with the plain version.

use super::LANES_MAX;
use crate::types::keccak256;

/// One way of hashing at most [`LANES_MAX`] messages of as many blocks each; digests beyond the messages mean nothing.
pub(super) type Choice = fn(&[&[u8]], usize) -> [[u8; 32]; LANES_MAX];

/// The widest version that this processor runs.
pub(super) fn choice() -> Choice {
    #[cfg(target_arch = "x86_64")]
    if let Some(choice) = x86_64::eight_lanes().or_else(x86_64::four_lanes) {
        return choice;
    }
    one_lane
}

pub(super) fn one_lane(messages: &[&[u8]], _: usize) -> [[u8; 32]; LANES_MAX] {
    let mut digests = [[0; 32]; LANES_MAX];
    for (digest, message) in digests.iter_mut().zip(messages) {
        *digest = keccak256(&[message]).0;
    }
    digests
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "calls safe functions that need instructions, only where these were detected"
)]
pub(super) mod x86_64 {
    use super::super::{LANES_MAX, avx2, avx512};
    use super::{Choice, one_lane};

    cpufeatures::new!(has_avx2, "avx2");
    cpufeatures::new!(has_avx512f, "avx512f");

    /// With AVX2, if the processor has it.
    pub(in super::super) fn four_lanes() -> Option<Choice> {
        has_avx2::get().then_some(|messages, blocks| {
            let mut digests = [[0; 32]; LANES_MAX];
            for (digests, messages) in digests.chunks_mut(4).zip(messages.chunks(4)) {
                // SAFETY: avx2 was detected before this function was handed out.
                let found = unsafe { avx2::digests(filled(messages), blocks) };
                digests.copy_from_slice(&found);
            }
            digests
        })
    }

    /// With AVX-512F, if the processor has it.
    pub(in super::super) fn eight_lanes() -> Option<Choice> {
        has_avx512f::get().then_some(|messages, blocks| {
            if messages.len() < 2 {
                return one_lane(messages, blocks);
            }
            // SAFETY: avx512f was detected before this function was handed out.
            unsafe { avx512::digests(filled(messages), blocks) }
        })
    }

    /// One message per lane; lanes without one hash the empty message, which costs nothing beside the others.
    fn filled<'a, const L: usize>(messages: &[&'a [u8]]) -> [&'a [u8]; L] {
        core::array::from_fn(|lane| messages.get(lane).copied().unwrap_or_default())
    }
}
