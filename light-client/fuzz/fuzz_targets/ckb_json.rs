//! Every JSON form that nodes serve; what decodes survives its molecule form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::{Header, Transaction, json};

fuzz_target!(|data: &[u8]| {
    if let Ok(header) = json::header(data) {
        assert_eq!(Header::decode(&header.encode()), Ok(header));
    }
    let _ = json::headers(data);
    if let Ok(block) = json::block(data) {
        let _ = block.body_matches_header();
    }
    let _ = json::blocks(data);
    if let Ok(transaction) = json::transaction(data) {
        assert_eq!(Transaction::decode(&transaction.encode()), Ok(transaction));
    }
    let _ = json::transaction_proof(data);
});
