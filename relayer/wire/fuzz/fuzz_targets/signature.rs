//! Recovers signers from any digest and any 65 bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{eip712::Digest, signature::Signature};

fuzz_target!(|input: ([u8; 32], [u8; 32], [u8; 32], u8)| {
    let (digest, r, s, v) = input;
    let mut bytes = [0; 65];
    bytes[..32].copy_from_slice(&r);
    bytes[32..64].copy_from_slice(&s);
    bytes[64] = v;
    if let Ok(signer) = Signature(bytes).recover(Digest(digest)) {
        assert!(!signer.is_zero());
    }
});
