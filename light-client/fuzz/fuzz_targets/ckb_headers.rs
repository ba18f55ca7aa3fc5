//! Headers of any bytes against a chain of any anchor: verification ends in a verdict, and an accepted branch advances the state.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::UnixSeconds;
use light_client::ckb::{BlockUncles, HEADER_BYTES, Header, Params, Pow, TrustedState, Update, verify};

fuzz_target!(|data: &[u8]| {
    let mut headers: Vec<Header> = data
        .chunks_exact(HEADER_BYTES)
        .filter_map(|bytes| Header::decode(bytes).ok())
        .collect();
    if headers.is_empty() {
        return;
    }
    // Links are repaired, so that the rules behind them are reached.
    for place in 1..headers.len() {
        headers[place].parent_hash = headers[place - 1].hash();
        headers[place].number = headers[place - 1].number.wrapping_add(1);
        headers[place].version = 0;
    }
    let params = Params {
        pow: Pow::Dummy,
        genesis_hash: None,
        ..Params::MAINNET
    };
    let Ok(mut state) = TrustedState::anchored(headers.remove(0), &params) else {
        return;
    };
    let uncles = (data.len() % 2 == 0).then(|| vec![BlockUncles::default(); headers.len()]);
    let update = Update { headers, uncles };
    if let Ok(verified) = verify(&state, &update, &params, UnixSeconds(u64::MAX)) {
        state.advance(verified).expect("the state did not move");
        let _ = state.final_block(&params);
    }
});
