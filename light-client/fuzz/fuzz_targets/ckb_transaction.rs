//! Molecule: whatever decodes writes back to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::{RawTransaction, Transaction};

fuzz_target!(|data: &[u8]| {
    if let Ok(transaction) = Transaction::decode(data) {
        assert_eq!(transaction.encode(), data);
    }
    if let Ok(raw) = RawTransaction::decode(data) {
        assert_eq!(raw.encode(), data);
        assert_ne!(data.len(), 64, "two hashes are not a transaction");
    }
});
