//! Reads outbox entries. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{encoding::Canonical, outbox::OutboxEntry};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = OutboxEntry::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
});
