//! Reads commands. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{command::Command, encoding::Canonical};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = Command::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
});
