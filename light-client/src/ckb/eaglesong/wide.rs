//! Chooses how many messages are hashed side by side, and with which instructions.
//!
//! The computation is the same safe, generic function everywhere; a build of it with wider vector instructions enabled runs only
//! where the processor was asked and has them. That call is the crate's one use of `unsafe`: it is sound because the instructions
//! were detected immediately before, and `tests.rs` compares every choice with the plain version.

use super::{POW_MESSAGE_BYTES, pow_hashes_in_lanes};

/// Eight lanes of 32 bits fill a 256-bit register; narrower machines run them as two or four parts.
const LANES: usize = 8;

type Message = [u8; POW_MESSAGE_BYTES];

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx512, "avx512f", "avx512vl");

pub(super) fn pow_hashes(messages: &[Message], hashes: &mut [[u8; 32]]) {
    let (batches, rest) = messages.as_chunks::<LANES>();
    let (wide, narrow) = hashes.split_at_mut(hashes.len().min(messages.len().saturating_sub(rest.len())));
    for (batch, digests) in batches.iter().zip(wide.chunks_mut(LANES)) {
        for (digest, hash) in digests.iter_mut().zip(side_by_side(batch)) {
            *digest = hash;
        }
    }
    for (message, digest) in rest.iter().zip(narrow) {
        let [hash] = pow_hashes_in_lanes(&[*message]);
        *digest = hash;
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "calls a build of a safe function that needs instructions which were just detected"
)]
fn side_by_side(messages: &[Message; LANES]) -> [[u8; 32]; LANES] {
    if avx512::get() {
        // SAFETY: avx512f and avx512vl are present.
        return unsafe { with_avx512(messages) };
    }
    if avx2::get() {
        // SAFETY: avx2 is present.
        return unsafe { with_avx2(messages) };
    }
    pow_hashes_in_lanes(messages)
}

#[cfg(not(target_arch = "x86_64"))]
fn side_by_side(messages: &[Message; LANES]) -> [[u8; 32]; LANES] {
    pow_hashes_in_lanes(messages)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
fn with_avx512(messages: &[Message; LANES]) -> [[u8; 32]; LANES] {
    pow_hashes_in_lanes(messages)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(messages: &[Message; LANES]) -> [[u8; 32]; LANES] {
    pow_hashes_in_lanes(messages)
}

#[cfg(test)]
pub(super) mod choices {
    //! Every way a batch can be hashed on this machine, for the differential test.

    use super::*;

    type Choice = fn(&[Message; LANES]) -> [[u8; 32]; LANES];

    fn plain(messages: &[Message; LANES]) -> [[u8; 32]; LANES] {
        messages.map(|message| super::super::eaglesong(&message))
    }

    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "listed only after detection")]
    pub(in super::super) fn all() -> alloc::vec::Vec<(&'static str, Choice)> {
        let mut choices: alloc::vec::Vec<(&'static str, Choice)> = alloc::vec![
            ("plain", plain as Choice),
            ("portable", pow_hashes_in_lanes::<LANES>)
        ];
        if avx2::get() {
            // SAFETY: avx2 is present.
            choices.push(("avx2", |messages| unsafe { with_avx2(messages) }));
        }
        if avx512::get() {
            // SAFETY: avx512f and avx512vl are present.
            choices.push(("avx512", |messages| unsafe { with_avx512(messages) }));
        }
        choices
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(in super::super) fn all() -> alloc::vec::Vec<(&'static str, Choice)> {
        alloc::vec![
            ("plain", plain as Choice),
            ("portable", pow_hashes_in_lanes::<LANES>)
        ]
    }
}
