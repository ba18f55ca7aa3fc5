//! Climbs any lemmas from any leaf at any index below any root.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{tree::TreeRoot, types::Hash};

fuzz_target!(|input: (u32, u32, [u8; 32], [u8; 32], Vec<[u8; 32]>)| {
    let (count, index, root, leaf, lemmas) = input;
    let lemmas: Vec<Hash> = lemmas.into_iter().map(Hash).collect();
    if let Ok(root) = TreeRoot::new(count, Hash(root))
        && let Ok(proven) = root.verify(index, Hash(leaf), &lemmas)
    {
        assert!(proven.index() < count);
    }
});
