//! Reads attesters' reports. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{command::Report, encoding::Canonical};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = Report::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
});
