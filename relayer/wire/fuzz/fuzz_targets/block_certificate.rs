//! Reads block certificates. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{certificate::BlockCertificate, encoding::Canonical};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = BlockCertificate::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
});
