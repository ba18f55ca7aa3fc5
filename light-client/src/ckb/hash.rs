//! CKB's hash: blake2b with 32 bytes of output and the personalisation `ckb-default-hash`.

use alloc::vec::Vec;

use blake2b_simd::many::{HashManyJob, hash_many};
use blake2b_simd::{Hash, Params};

use crate::Hash32;
use crate::proof::cbmt;

fn params() -> Params {
    let mut params = Params::new();
    params.hash_length(32).personal(b"ckb-default-hash");
    params
}

fn hash32(hash: &Hash) -> Hash32 {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(hash.as_bytes()) {
        *to = *from;
    }
    Hash32(bytes)
}

/// Hash of the concatenated parts.
pub fn blake2b(parts: &[&[u8]]) -> Hash32 {
    if let [whole] = parts {
        return hash32(&params().hash(whole));
    }
    let mut state = params().to_state();
    for part in parts {
        state.update(part);
    }
    hash32(&state.finalize())
}

/// Hash of each message, several side by side where the processor can.
pub(super) fn blake2b_many<'a>(messages: impl Iterator<Item = &'a [u8]>) -> Vec<Hash32> {
    let params = params();
    let mut jobs: Vec<_> = messages
        .map(|message| HashManyJob::new(&params, message))
        .collect();
    hash_many(&mut jobs);
    jobs.iter().map(|job| hash32(&job.to_hash())).collect()
}

/// Siblings of CKB's transaction and witness trees: the hash of both, left first.
#[derive(Debug)]
pub struct MergeHashes;

impl cbmt::Merge for MergeHashes {
    fn merge(left: &Hash32, right: &Hash32) -> Hash32 {
        // One block of the hash, given whole, skips its buffer.
        let mut both = [0; 64];
        let (first, second) = both.split_at_mut(32);
        first.copy_from_slice(&left.0);
        second.copy_from_slice(&right.0);
        blake2b(&[&both])
    }
}
