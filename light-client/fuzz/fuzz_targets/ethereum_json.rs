//! Beacon API JSON: every decoder, both presets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ethereum::{json, network::Preset};

fuzz_target!(|bytes: &[u8]| {
    for preset in [Preset::MAINNET, Preset::MINIMAL] {
        let _ = json::bootstrap(bytes, &preset);
        let _ = json::updates(bytes, &preset);
        let _ = json::finality_update(bytes, &preset);
        let _ = json::optimistic_update(bytes, &preset);
    }
});
