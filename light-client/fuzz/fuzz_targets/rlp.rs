//! Any bytes as RLP: what reads is canonical, so writing it gives the same bytes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::proof::rlp::{Item, RlpRejection, decode, encode_list, encode_string};

/// Lists deeper than this are left alone: the crate's readers have fixed depths.
const DEPTH: usize = 64;

fn rewrite(item: Item<'_>, depth: usize, out: &mut Vec<u8>) -> Result<bool, RlpRejection> {
    match item {
        Item::String(bytes) => encode_string(out, bytes),
        Item::List(_) if depth == DEPTH => return Ok(false),
        Item::List(mut items) => {
            let mut outcome = Ok(true);
            encode_list(out, |out| {
                while !items.is_empty() && outcome == Ok(true) {
                    outcome = items.item().and_then(|item| rewrite(item, depth + 1, out));
                }
            });
            return outcome;
        }
    }
    Ok(true)
}

fuzz_target!(|bytes: &[u8]| {
    let mut written = Vec::new();
    if let Ok(item) = decode(bytes)
        && rewrite(item, 0, &mut written) == Ok(true)
    {
        assert_eq!(written, bytes);
    }
});
