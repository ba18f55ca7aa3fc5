//! A whole client: network, bootstrap (trusted whatever its root) and updates, each a line of JSON, verified, taken in and
//! forced at the time of the last slot. No header ever moves back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::{
    ChainNumber, Checkpoint, UnixSeconds,
    ethereum::{self, Params, json},
};

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or(&[]);
    let Ok(network) = ethereum::network(line()) else {
        return;
    };
    let Ok(bootstrap) = json::bootstrap(line(), &network.preset) else {
        return;
    };
    let checkpoint = Checkpoint {
        chain: ChainNumber(1),
        height: bootstrap.header.beacon.slot.0,
        hash: bootstrap.header.beacon.root(),
        not_after: UnixSeconds(u64::MAX),
    };
    let now = UnixSeconds(u64::MAX);
    let params = Params {
        trusting_period_seconds: u64::MAX,
        ..Params::new(network)
    };
    let Ok(mut state) = ethereum::bootstrap(&checkpoint, &bootstrap, &params, now) else {
        return;
    };
    for update in json::updates(line(), &params.network.preset).unwrap_or_default() {
        let before = state.finalized().header().beacon.slot;
        if let Ok(verified) = ethereum::verify(&state, &update, &params, now) {
            state.advance(verified).expect("verified against this state");
        }
        let _ = state.force_update(&params, now);
        assert!(state.finalized().header().beacon.slot >= before);
    }
});
