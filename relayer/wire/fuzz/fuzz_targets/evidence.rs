//! Reads evidence and judges it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{
    eip712::Domain,
    encoding::Canonical,
    evidence::{Evidence, Finality},
    types::{Hash, NetworkId},
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(evidence) = Evidence::decode(bytes) {
        assert_eq!(evidence.encode(), bytes);
        let domain = Domain::new(NetworkId(Hash([7; 32])));
        let _ = evidence.judge(&domain, |_| Some(Finality::Finalising));
    }
});
