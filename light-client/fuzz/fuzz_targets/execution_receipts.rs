//! Any bytes as a receipt: what decodes encodes to the same bytes, and is proved by the trie that holds it alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::{
    ethereum::execution::{ProvenReceipt, Receipt},
    proof::{
        keccak256, mpt,
        rlp::{encode_list, encode_string},
    },
};

fuzz_target!(|bytes: &[u8]| {
    let mut leaf = Vec::new();
    encode_list(&mut leaf, |out| {
        encode_string(out, &[0x20, 0x80]);
        encode_string(out, bytes);
    });
    let proven = ProvenReceipt::verify(&keccak256(&leaf), 0, &[&leaf]);
    match Receipt::decode(bytes) {
        Ok(receipt) => {
            assert_eq!(receipt.encode(), bytes);
            assert_eq!(mpt::ordered_root(&[bytes]), keccak256(&leaf));
            assert_eq!(proven.map(|proven| proven.receipt().clone()), Ok(receipt));
        }
        Err(_) => assert!(proven.is_err()),
    }
});
