//! Sampling answers of any bytes, judged against a request for the state that they claim.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::sampling::{Request, Response, Start, verify_response};
use light_client::ckb::{Header, Params, Pow};

fuzz_target!(|data: &[u8]| {
    let Ok(response) = Response::decode(data) else {
        return;
    };
    assert_eq!(response.encode(), data);
    let params = Params {
        pow: Pow::Dummy,
        genesis_hash: None,
        chain_root_since_epoch: 0,
        ..Params::MAINNET
    };
    let genesis = Header {
        compact_target: params.epoch.genesis_target,
        ..Header::default()
    };
    let Ok(start) = Start::genesis(genesis, &params) else {
        return;
    };
    let mut random = 1_u32;
    let draw = || {
        random = random.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        random
    };
    if let Ok(request) = Request::new(&response.last, start, 5, 10, &params, draw) {
        let _ = verify_response(&request, &response, &params);
    }
});
