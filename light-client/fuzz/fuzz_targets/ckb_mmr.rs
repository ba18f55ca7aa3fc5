//! Range proofs of any shape over header digests of any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ckb::chain_root::{DIGEST_BYTES, HeaderDigest};
use light_client::proof::mmr::root_of_leaves;

fuzz_target!(|input: (u64, Vec<u64>, &[u8])| {
    let (count, indexes, bytes) = input;
    let digests: Vec<_> = bytes
        .chunks_exact(DIGEST_BYTES)
        .filter_map(|bytes| HeaderDigest::decode(bytes).ok())
        .collect();
    for digest in &digests {
        let _ = digest.is_consistent();
    }
    let split = indexes.len().min(digests.len());
    let leaves: Vec<_> = indexes
        .into_iter()
        .zip(digests[..split].iter().cloned())
        .collect();
    let _ = root_of_leaves(count, &leaves, &digests[split..]);
});
