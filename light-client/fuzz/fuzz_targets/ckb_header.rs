//! A header of any bytes: writes back what it read, and hashes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::{Header, Pow};

fuzz_target!(|data: &[u8]| {
    let Ok(header) = Header::decode(data) else { return };
    assert_eq!(header.encode(), data);
    let _ = Pow::Eaglesong.is_proved_by(&header);
    let _ = (
        header.hash(),
        header.epoch.is_well_formed(),
        header.compact_target.difficulty(),
    );
});
