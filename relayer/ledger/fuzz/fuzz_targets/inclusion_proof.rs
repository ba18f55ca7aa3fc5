//! Reads proofs from strangers, and honest proofs with bytes changed: only leaves of the tree verify.
#![no_main]

use ledger::root::{Amounts, AuditProof, InclusionProof, Leaf, SubsTree, Sums, state_root};
use libfuzzer_sys::fuzz_target;
use wire::{
    encoding::Canonical,
    types::{Account, Address, AssetId, ChainId, Hash},
};

const GLOBALS: Hash = Hash([7; 32]);

fn leaf(sub: u32) -> Leaf {
    let asset = AssetId {
        chain: ChainId(1),
        asset: Hash([2; 32]),
    };
    let claims = Amounts::new(vec![(asset, u128::from(sub) + 1)]).expect("canonical");
    let account = Account {
        owner: Address([1; 20]),
        sub,
    };
    let sums = Sums {
        exitable: claims.clone(),
        claims,
        loans: Amounts::default(),
    };
    Leaf {
        account,
        sums,
        rest: Hash([3; 32]),
    }
}

/// `honest` with `bytes` laid over it by exclusive or, from a place that the first byte chooses.
fn bent(mut honest: Vec<u8>, bytes: &[u8]) -> Vec<u8> {
    let Some((place, changes)) = bytes.split_first() else {
        return honest;
    };
    let start = usize::from(*place) * honest.len() / 256;
    honest[start..]
        .iter_mut()
        .zip(changes)
        .for_each(|(byte, change)| *byte ^= change);
    honest
}

fn verify(tree: &SubsTree, bytes: &[u8], root: &Hash) {
    if let Ok(proof) = InclusionProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
        if let Ok(leaf) = proof.verify(root) {
            assert_eq!(tree.leaf(&leaf.key()), Some(leaf));
        }
    }
    if let Ok(proof) = AuditProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
        if let Ok((leaf, _)) = proof.verify(root) {
            assert_eq!(tree.leaf(&leaf.key()), Some(leaf));
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut tree = SubsTree::default();
    (0..8).for_each(|sub| tree.set(leaf(sub)));
    let root = state_root(&tree.root().expect("in range"), &GLOBALS);
    let account = leaf(5).account;
    let inclusion = tree
        .prove(&account, GLOBALS)
        .expect("in range")
        .expect("set")
        .encode();
    let audit = tree
        .prove_sums(&account, GLOBALS)
        .expect("in range")
        .expect("set")
        .encode();
    verify(&tree, bytes, &root);
    verify(&tree, &bent(inclusion, bytes), &root);
    verify(&tree, &bent(audit, bytes), &root);
});
