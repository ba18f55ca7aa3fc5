//! Reads vault events. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{encoding::Canonical, event::VaultEvent};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = VaultEvent::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
});
