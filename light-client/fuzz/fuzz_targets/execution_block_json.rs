//! Any bytes as an answer to `eth_getBlockReceipts` or to `eth_getBlockByHash`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ethereum::execution::{Receipt, VerifiedHeader, json};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(declared) = json::block_receipts(bytes) {
        for declared in declared {
            let leaf = declared.receipt.encode();
            if let Ok(receipt) = Receipt::decode(&leaf) {
                assert_eq!(receipt, declared.receipt);
            }
        }
    }
    if let Ok((header, declared)) = json::block_header(bytes)
        && let Ok(verified) = VerifiedHeader::from_fields(&declared, header)
    {
        assert_eq!(verified.hash(), &declared);
    }
});
