//! A node's configuration and genesis; whatever it says, the network's arithmetic does not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::{UnixSeconds, ethereum, ethereum::types::Slot};

fuzz_target!(|bytes: &[u8]| {
    let Ok(network) = ethereum::network(bytes) else {
        return;
    };
    for slot in [0, 1, u64::MAX / 2, u64::MAX].map(Slot) {
        let _ = (
            network.fork(slot),
            network.period(slot),
            network.time(slot),
            network.signing_version(slot),
        );
        let _ = network.slot_at(UnixSeconds(slot.0));
    }
    let _ = network.fork_of_digest([0; 4]);
});
