//! Reads portfolio cases and calculates those that make sense.
#![no_main]

use ledger::margin::case::Case;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    let _ = Case::parse(json).and_then(|case| case.calculate());
});
