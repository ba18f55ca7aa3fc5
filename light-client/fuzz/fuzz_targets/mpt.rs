//! Any nodes as a proof below the first one's hash: no panic, and an accepted proof fails when a node is missing or added.
//!
//! Input: one byte for the key's length, the key, then nodes, each behind its length in two bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::proof::{keccak256, mpt};

fn split(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let (length, rest) = bytes.split_first()?;
    let (key, mut rest) = rest.split_at_checked(usize::from(*length % 40))?;
    let mut nodes = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (node, after) = after.split_at(length);
        nodes.push(node);
        rest = after;
    }
    Some((key, nodes))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((key, nodes)) = split(bytes) else { return };
    let Some(first) = nodes.first() else { return };
    let root = keccak256(first);
    if let Ok(value) = mpt::verify(&root, key, &nodes) {
        assert!(value.is_none_or(|value| !value.is_empty()));
        for kept in 0..nodes.len() {
            // The empty trie is the one thing that no node proves as well as its own.
            assert!(mpt::verify(&root, key, &nodes[..kept]).is_err() || root == mpt::EMPTY_ROOT);
        }
        let longer = [&nodes[..], &[first]].concat();
        assert!(mpt::verify(&root, key, &longer).is_err());
    }
});
