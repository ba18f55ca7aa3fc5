//! Any bytes as an answer to `eth_getProof`, judged below its own first node.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::{
    ethereum::execution::{account, json},
    proof::{keccak256, mpt},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(answer) = json::account_proof(bytes) {
        let root = answer
            .nodes
            .first()
            .map_or(mpt::EMPTY_ROOT, |node| keccak256(node));
        if let Ok(proven) = account::verify(&root, &answer) {
            assert_eq!(proven.slots().len(), answer.slots.len());
            if let Some(account) = proven.account() {
                assert_eq!(*account, answer.declared);
            }
        }
    }
});
