//! Merkle Patricia proofs of mainnet beside `alloy-trie`: an account with a slot, and a block's receipts root.
//!
//! Both sides get proofs that are already bytes, and both end with the authenticated value: ours returns it, the peer is
//! told what to expect. The receipts are encoded beforehand.

use std::{env, fs, path::Path};

use alloy_primitives::{B256, Bytes};
use alloy_trie::{Nibbles, proof::verify_proof};
use benches::{Operation, Target, print_table};
use light_client::{
    Hash32,
    ethereum::execution::{account, json},
    proof::{keccak256, mpt},
};

fn main() {
    let Some(proof) = read("proof.json") else {
        eprintln!("the vectors are missing: set VIADUCT_VECTORS");
        return;
    };
    let answer = json::account_proof(&proof).expect("a proof");
    let state_root = keccak256(&answer.nodes[0]);
    let slot = &answer.slots[0];
    let peer = [
        PeerProof::of(&state_root, &answer.address.0, &answer.nodes),
        PeerProof::of(&answer.declared.storage_root, &slot.slot.0, &slot.nodes),
    ];
    let receipts = read("receipts.json").expect("beside the proof");
    let leaves: Vec<_> = json::block_receipts(&receipts)
        .expect("receipts")
        .iter()
        .map(|declared| declared.receipt.encode())
        .collect();
    print_table(|table| {
        table.row(
            Operation {
                name: "MPT account + storage proof, 8 + 3 nodes",
                peer: "alloy-trie",
                target: Target::SpeedAtLeast(1.0),
            },
            || account::verify(&state_root, &answer).expect("a valid proof"),
            || peer.iter().for_each(PeerProof::verify),
        );
        table.row(
            Operation {
                name: "receipts root, 202 receipts",
                peer: "alloy-trie",
                target: Target::SpeedAtLeast(1.0),
            },
            || mpt::ordered_root(&leaves),
            || alloy_trie::root::ordered_trie_root_encoded(&leaves),
        );
    });
}

fn read(name: &str) -> Option<Vec<u8>> {
    let root = env::var_os("VIADUCT_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        Into::into,
    );
    fs::read(root.join("ethereum/mainnet/helios_rpc/rpc").join(name)).ok()
}

/// One proof as the peer takes it.
struct PeerProof {
    root: B256,
    /// The address or the slot, hashed at each verification as ours does.
    asked: Vec<u8>,
    value: Vec<u8>,
    nodes: Vec<Bytes>,
}

impl PeerProof {
    fn of(root: &Hash32, asked: &[u8], nodes: &[Vec<u8>]) -> Self {
        let value = mpt::verify(root, &keccak256(asked).0, nodes).expect("a valid proof");
        Self {
            root: B256::from(root.0),
            asked: asked.to_vec(),
            value: value.expect("a value").to_vec(),
            nodes: nodes.iter().cloned().map(Bytes::from).collect(),
        }
    }

    fn verify(&self) {
        let path = Nibbles::unpack(alloy_primitives::keccak256(&self.asked));
        verify_proof(self.root, path, Some(self.value.clone()), &self.nodes).expect("a valid proof");
    }
}
