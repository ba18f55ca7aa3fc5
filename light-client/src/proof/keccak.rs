//! Keccak-256, the hash of Ethereum's execution layer (the padding of the submission, not of SHA-3).

use tiny_keccak::{Hasher as _, Keccak};

use crate::Hash32;

/// Hash of `bytes`.
pub fn keccak256(bytes: &[u8]) -> Hash32 {
    keccak256_of([bytes])
}

/// Hash of the parts one after the other, without joining them first.
pub(crate) fn keccak256_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Hash32 {
    let mut keccak = Keccak::v256();
    for part in parts {
        keccak.update(part);
    }
    let mut hash = Hash32::ZERO;
    keccak.finalize(&mut hash.0);
    hash
}
