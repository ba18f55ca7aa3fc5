//! Reads snapshots, as they are and behind a valid head. What decodes encodes to the same bytes.
#![no_main]

use ledger::{
    snapshot::{decode, encode},
    state::State,
};
use libfuzzer_sys::fuzz_target;

/// Magic and version.
const HEAD: usize = 16 + 2;

fuzz_target!(|bytes: &[u8]| {
    let headed = [&encode(&State::default())[..HEAD], bytes].concat();
    for input in [bytes, &headed] {
        if let Ok(state) = decode(input) {
            assert_eq!(encode(&state), input);
        }
    }
});
