//! CKB's hash: blake2b with 32 bytes of output and the personalisation `ckb-default-hash`.

use blake2b_ref::Blake2bBuilder;

use crate::Hash32;
use crate::proof::cbmt;

/// Hash of the concatenated parts.
pub fn blake2b(parts: &[&[u8]]) -> Hash32 {
    let mut hasher = Blake2bBuilder::new(32).personal(b"ckb-default-hash").build();
    for part in parts {
        hasher.update(part);
    }
    let mut hash = [0; 32];
    hasher.finalize(&mut hash);
    Hash32(hash)
}

/// Siblings of CKB's transaction and witness trees: the hash of both, left first.
#[derive(Debug)]
pub struct MergeHashes;

impl cbmt::Merge for MergeHashes {
    fn merge(left: &Hash32, right: &Hash32) -> Hash32 {
        blake2b(&[&left.0, &right.0])
    }
}
