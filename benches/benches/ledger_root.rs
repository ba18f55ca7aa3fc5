//! The state root over 10,000 touched subs, beside the hashes alone: the same number of keccak permutations over fixed input.
//!
//! Each sub holds two claims and a loan and four positions' worth of other bytes. Target: 50 ms (`spec/ledger.md`, Speed).
//! Run with `cargo bench --profile dev -p benches --bench ledger_root`.

use std::hint::black_box;
use std::time::Instant;

use benches::{Operation, Target, print_table};
use ledger::root::{Amounts, Leaf, SubsTree, Sums};
use wire::{
    encoding::Canonical,
    types::{Account, Address, AssetId, ChainId, Hash, keccak256},
};

const SUBS: u32 = 10_000;
/// A sub's canonical encoding with four positions.
const REST: [u8; 900] = [0x5a; 900];
/// Input bytes of one keccak256 permutation.
const RATE: usize = 136;

fn leaf(number: u32, round: u64) -> Leaf {
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
    let mut rest = REST;
    rest[..8].copy_from_slice(&round.to_be_bytes());
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
        rest: keccak256(&[&rest]),
    }
}

/// Permutations of one round: key, rest, leaf and its sums per sub, node and its sums per branch.
fn permutations() -> usize {
    let blocks = |bytes: usize| bytes / RATE + 1;
    let leaf = leaf(0, 0);
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
        (0..SUBS).for_each(|number| tree.set(leaf(number, round)));
        tree.root().expect("in range")
    };
    touch_all();
    let count = permutations();
    let raw = || (0..count).fold(Hash::ZERO, |hash, _| keccak256(&[black_box(&hash.0)]));
    print_table(|table| {
        let operation = Operation {
            name: "root over 10,000 touched subs",
            peer: &format!("{count} permutations"),
            target: Target::TimeAtMost(1.5),
        };
        table.row(operation, &mut touch_all, raw);
    });
    let start = Instant::now();
    touch_all();
    let took = start.elapsed();
    let verdict = if took.as_millis() <= 50 { "met" } else { "missed" };
    println!("\nroot over 10,000 touched subs: {took:.1?}, target 50 ms {verdict}");
}
