//! One branch of a complete binary Merkle tree: our strict walk against crate `merkle-cbt`, over CKB's hash.
//!
//! The walk allocates nothing; a counting allocator checks that here and the run fails otherwise.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use benches::{Operation, Target, print_table};
use light_client::Hash32;
use light_client::ckb::{MergeHashes, blake2b};
use light_client::proof::cbmt::root_of_leaf;
use merkle_cbt::{CBMT, MerkleProof};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[expect(
    unsafe_code,
    reason = "the allocator interface is unsafe; every call goes to the system's"
)]
// SAFETY: forwards unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LEAVES: u32 = 1000;
const CHOSEN: u32 = 421;

fn main() {
    let leaves: Vec<_> = (0..LEAVES).map(|leaf| blake2b(&[&leaf.to_le_bytes()])).collect();
    let tree = CBMT::<Hash32, MergeHashes>::build_merkle_tree(&leaves);
    let proof = tree.build_proof(&[CHOSEN]).expect("the leaf is there");
    let (index, lemmas) = (proof.indices()[0], proof.lemmas().to_vec());
    let leaf = leaves[CHOSEN as usize];
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    assert_eq!(root_of_leaf::<MergeHashes>(index, leaf, &lemmas), Ok(tree.root()));
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before, "the walk allocates");
    let peer = MerkleProof::<Hash32, MergeHashes>::new(vec![index], lemmas.clone());
    print_table(|table| {
        table.row(
            Operation {
                name: "CBMT branch, 1000 leaves, no heap",
                peer: "`merkle-cbt`",
                target: Target::SpeedAtLeast(1.0),
            },
            || root_of_leaf::<MergeHashes>(index, leaf, &lemmas),
            || peer.root(&[leaf]),
        );
    });
}
