//! Branches and multiproofs of any shape; a single leaf has one root whichever way it is asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::Hash32;
use light_client::ckb::MergeHashes;
use light_client::proof::cbmt::{root_of_leaf, root_of_leaves};

fuzz_target!(|input: (Vec<(u32, [u8; 32])>, Vec<[u8; 32]>)| {
    let leaves: Vec<_> = input
        .0
        .into_iter()
        .map(|(index, leaf)| (index, Hash32(leaf)))
        .collect();
    let lemmas: Vec<_> = input.1.into_iter().map(Hash32).collect();
    let many = root_of_leaves::<MergeHashes>(&leaves, &lemmas);
    if let [(index, leaf)] = leaves[..] {
        assert_eq!(root_of_leaf::<MergeHashes>(index, leaf, &lemmas), many);
    }
});
