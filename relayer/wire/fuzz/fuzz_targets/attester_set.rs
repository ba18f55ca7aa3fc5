//! Reads attester sets. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{attesters::AttesterSet, encoding::Canonical};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = AttesterSet::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
});
