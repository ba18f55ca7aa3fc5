//! Chooses how many messages are hashed side by side, and with which instructions.
//!
//! The vector versions are safe functions that need instructions not every processor has; they are called only here, right after
//! the processor was asked. That call is the crate's one use of `unsafe`. `tests.rs` compares every choice with the plain version.

use super::{Message, plain};

/// One way of hashing a batch, and the messages that it takes at once.
pub(super) type Choice = fn(&[Message], &mut [[u8; 32]]);

/// The widest version that this processor runs.
pub(super) fn choice() -> Choice {
    #[cfg(target_arch = "x86_64")]
    if let Some(choice) = x86_64::sixteen_lanes().or_else(x86_64::eight_lanes) {
        return choice;
    }
    one_lane
}

pub(super) fn one_lane(messages: &[Message], hashes: &mut [[u8; 32]]) {
    in_batches(messages, hashes, plain::pow_hashes);
}

/// Hashes `L` messages at a time; the last batch is filled up with zeros, which costs less than hashing its messages one by one.
fn in_batches<const L: usize>(
    messages: &[Message],
    hashes: &mut [[u8; 32]],
    hash: impl Fn(&[Message; L]) -> [[u8; 32]; L],
) {
    for (messages, hashes) in messages.chunks(L).zip(hashes.chunks_mut(L)) {
        let mut batch = [[0; size_of::<Message>()]; L];
        for (place, message) in batch.iter_mut().zip(messages) {
            *place = *message;
        }
        for (place, digest) in hashes.iter_mut().zip(hash(&batch)) {
            *place = digest;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "calls safe functions that need instructions, only where these were detected"
)]
pub(super) mod x86_64 {
    use super::super::{avx2, avx512};
    use super::{Choice, in_batches};

    cpufeatures::new!(has_avx2, "avx2");
    cpufeatures::new!(has_avx512f, "avx512f");

    /// With AVX2, if the processor has it.
    pub(in super::super) fn eight_lanes() -> Option<Choice> {
        has_avx2::get().then_some(|messages, hashes| {
            // SAFETY: avx2 was detected before this function was handed out.
            in_batches(messages, hashes, |batch| unsafe { avx2::pow_hashes(batch) });
        })
    }

    /// With AVX-512F, if the processor has it.
    pub(in super::super) fn sixteen_lanes() -> Option<Choice> {
        has_avx512f::get().then_some(|messages, hashes| {
            // SAFETY: avx512f was detected before this function was handed out.
            in_batches(messages, hashes, |batch| unsafe { avx512::pow_hashes(batch) });
        })
    }
}
