//! Reads blocks and checks them against their headers. What is accepted encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{block::Block, encoding::Canonical};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(block) = Block::decode(bytes) {
        assert_eq!(block.encode(), bytes);
        assert_eq!(Block::from_bytes(bytes).is_ok(), block.check().is_ok());
    }
});
