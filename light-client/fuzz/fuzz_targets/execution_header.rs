//! Any bytes as an execution header: what decodes encodes to the same bytes, and chains only to its own hash.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::{
    ethereum::execution::{ExecutionHeader, VerifiedHeader, ancestry},
    proof::keccak256,
};

fuzz_target!(|bytes: &[u8]| {
    let hash = keccak256(bytes);
    if let Ok(header) = ExecutionHeader::decode(bytes) {
        assert_eq!(header.encode().as_deref(), Ok(bytes));
        assert!(VerifiedHeader::from_rlp(&hash, bytes).is_ok());
        assert!(ancestry::verify(&header.parent_hash, &[bytes]).is_err());
    }
});
