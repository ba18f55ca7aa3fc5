//! Loads genesis files. A state that loads survives its snapshot.
#![no_main]

use ledger::{parameters::genesis, snapshot};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(state) = genesis(text) {
        assert_eq!(snapshot::decode(&snapshot::encode(&state)), Ok(state));
    }
});
