//! Eaglesong: side by side as one by one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::eaglesong::{eaglesong, pow_hashes};

fuzz_target!(|data: &[u8]| {
    let _ = eaglesong(data);
    let (messages, _) = data.as_chunks::<48>();
    let mut hashes = vec![[0; 32]; messages.len()];
    pow_hashes(messages, &mut hashes);
    for (message, hash) in messages.iter().zip(hashes) {
        assert_eq!(hash, eaglesong(message));
    }
});
