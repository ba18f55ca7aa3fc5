//! The state root over 10,000 touched subs, beside the hashes alone: the same number of keccak permutations over fixed input, one
//! after the other and side by side.
//!
//! Each sub holds two claims and a loan and four positions' worth of other bytes. Target: 50 ms (`spec/ledger.md`, Speed).
//! Run with `cargo bench --profile dev -p benches --bench ledger_root`.

use std::hint::black_box;
use std::time::Duration;

use benches::{Operation, Target, print_table};
use ledger::root::{Amounts, Leaf, SubsTree, Sums};
use wire::{
    encoding::Canonical,
    keccak::Batch,
    types::{Account, Address, AssetId, ChainId, Hash, keccak256},
};

const SUBS: u32 = 10_000;
/// A sub's canonical encoding with four positions.
const REST: [u8; 900] = [0x5a; 900];
/// Input bytes of one keccak256 permutation.
const RATE: usize = 136;

fn leaf(number: u32, round: u64, rest: Hash) -> Leaf {
    let amount = |chain: u32| {
        (
            AssetId {
                chain: ChainId(chain),
                asset: Hash([1; 32]),
            },
            u128::from(round) + 7,
        )
    };
    let of = |chains: &[u32]| {
        Amounts::new(chains.iter().map(|chain| amount(*chain)).collect()).expect("canonical")
    };
    let mut owner = [0; 20];
    owner[..4].copy_from_slice(&number.to_be_bytes());
    Leaf {
        account: Account {
            owner: Address(owner),
            sub: 0,
        },
        sums: Sums {
            claims: of(&[1, 2]),
            loans: of(&[3]),
            exitable: of(&[1, 2]),
        },
        rest,
    }
}

/// All subs as they are in this round.
fn leaves(round: u64) -> Vec<Leaf> {
    let mut batch = Batch::default();
    (0..SUBS).for_each(|_| batch.push(&[&round.to_be_bytes(), &REST[8..]]));
    (0..SUBS)
        .zip(batch.digests())
        .map(|(number, rest)| leaf(number, round, rest))
        .collect()
}

/// Permutations of one round: key, rest, leaf and its sums per sub, node and its sums per branch.
fn permutations() -> usize {
    let blocks = |bytes: usize| bytes / RATE + 1;
    let leaf = leaf(0, 0, Hash::ZERO);
    let sums = blocks(leaf.sums.encode().len());
    let per_sub = blocks(24) + blocks(REST.len()) + blocks(1 + leaf.encode().len()) + sums;
    let per_branch = blocks(129) + blocks(3 * 4 + 52 * 5);
    SUBS as usize * (per_sub + per_branch)
}

fn main() {
    let mut tree = SubsTree::default();
    let mut round = 0;
    let mut touch_all = || {
        round += 1;
        tree.set_all(leaves(round));
        tree.root().expect("in range")
    };
    touch_all();
    let count = permutations();
    let mut took = Duration::ZERO;
    let raw = || (0..count).fold(Hash::ZERO, |hash, _| keccak256(&[black_box(&hash.0)]));
    let mut batch = Batch::default();
    let mut side_by_side = || {
        (0..count).for_each(|_| batch.push(&[black_box(&[0x5a; 32])]));
        batch.digests()
    };
    print_table(|table| {
        let operation = |peer| Operation {
            name: "root over 10,000 touched subs",
            peer,
            target: Target::Speed,
        };
        let alone = format!("{count} permutations");
        table.row(operation(&alone), &mut touch_all, raw);
        let together = format!("{count} permutations side by side");
        took = table.row(operation(&together), &mut touch_all, &mut side_by_side);
    });
    let verdict = if took.as_millis() <= 50 { "met" } else { "missed" };
    println!("\nroot over 10,000 touched subs: {took:.1?}, target 50 ms {verdict}");
}
