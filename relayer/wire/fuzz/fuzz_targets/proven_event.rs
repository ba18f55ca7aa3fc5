//! Reads events with their proofs and verifies them against an attestation from the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{
    attestation::Attestation,
    block::ProvenEvent,
    encoding::{Canonical, Reader},
};

fuzz_target!(|bytes: &[u8]| {
    let mut input = Reader::new(bytes);
    let Ok(attestation) = Attestation::decode_from(&mut input) else {
        return;
    };
    if let Ok(event) = ProvenEvent::decode_from(&mut input) {
        let _ = event.verify(&attestation);
    }
});
