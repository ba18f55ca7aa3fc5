//! A chain spec of any text gives parameters that no rule divides by zero with, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::Params;

fuzz_target!(|text: &str| {
    if let Ok(params) = Params::from_chain_spec(text) {
        assert!(params.epoch.genesis_length > 0);
        assert!(params.epoch.genesis_target.difficulty().is_ok());
    }
});
