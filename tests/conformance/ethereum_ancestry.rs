//! Blocks below a header: recent roots, summaries of full batches, and what a proved block holds, on real states.

use light_client::{
    Hash32,
    ethereum::{
        ancestry::{AncestryProof, root_of_ancestor},
        network::{Fork, MAINNET, Network},
        types::{BeaconBlockHeader, Slot},
    },
    proof::ssz::{GeneralizedIndex, hash_pair, merkleize, padded, uint64_root, verify_branch},
};
use serde_json::Value;
use tests::Files;

use super::ethereum_consensus::beacon_header;
use crate::{
    beacon::{self, goerli},
    conformance::rows,
};

rows! {
    run axelar_ancestry [
        "ethereum/mainnet/axelar_lc/verification/*_roots.json",
        "ethereum/mainnet/axelar_lc/verification/overflow_gindex.json",
    ];
    run axelar_prover_headers ["ethereum/mainnet/axelar_prover/beacon_block_headers/*.json"];
    run axelar_prover_block_roots ["ethereum/mainnet/axelar_prover/block_roots.json"];
    run axelar_prover_branches ["ethereum/mainnet/axelar_prover/state_prover/*.json"];
    run portal_historical_summaries ["ethereum/mainnet/portal_historical_summaries/*/*.yaml"];
}

fn hashes(value: &Value) -> Vec<Hash32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| hash.as_str().unwrap().parse().unwrap())
        .collect()
}

/// Blocks below an update's header, by recent roots and by summaries; then, from the block's root, its receipts root and
/// its transactions. The updates themselves lack the execution part and are refused.
fn axelar_ancestry(files: &Files) {
    for path in files.paths() {
        let document = files.json(path);
        let network = if path.contains("goerli") || path.contains("overflow") {
            goerli()
        } else {
            MAINNET
        };
        let (kind, update) = document["update"].as_object().unwrap().iter().next().unwrap();
        let header = if kind == "Finality" {
            "finalized_header"
        } else {
            "attested_header"
        };
        let base = beacon_header(&update[header]["beacon"]);
        for target in document["target_blocks"].as_array().unwrap() {
            let block = beacon_header(&target["target_block"]);
            let proof = ancestry_proof(&target["ancestry_proof"]);
            assert_eq!(
                root_of_ancestor(&base, &block, &proof, &network),
                Ok(block.root()),
                "{path}"
            );
            let other = BeaconBlockHeader {
                slot: Slot(block.slot.0 - 1),
                ..block
            };
            assert!(
                root_of_ancestor(&base, &other, &proof, &network).is_err(),
                "{path}"
            );
            block_contents(&target["transactions_proofs"], &block, &network);
        }
    }
}

fn ancestry_proof(value: &Value) -> AncestryProof {
    let (kind, proof) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "BlockRoots" => AncestryProof::BlockRoots {
            branch: hashes(&proof["block_root_proof"]),
        },
        _ => AncestryProof::HistoricalSummaries {
            batch_branch: hashes(&proof["block_root_proof"]),
            batch_root: proof["block_summary_root"].as_str().unwrap().parse().unwrap(),
            branch: hashes(&proof["block_summary_root_proof"]),
        },
    }
}

/// The indices in the vectors are the joins of the containers' own, however deep; the branches lead to the block's root.
fn block_contents(proofs: &Value, block: &BeaconBlockHeader, network: &Network) {
    let payload = GeneralizedIndex(12).join(GeneralizedIndex(25)).unwrap();
    let fields = if network.fork(block.slot) >= Fork::Deneb {
        32
    } else {
        16
    };
    let in_payload = |field: u64| payload.join(GeneralizedIndex(fields + field)).unwrap();
    for proof in proofs.as_array().unwrap() {
        let receipts = &proof["receipt_proof"];
        let index = in_payload(3);
        let leaf = receipts["receipts_root"].as_str().unwrap().parse().unwrap();
        assert!(
            receipts["receipts_root_gindex"]
                .as_u64()
                .is_none_or(|given| given == index.0)
        );
        assert_eq!(
            verify_branch(
                leaf,
                &hashes(&receipts["receipts_root_proof"]),
                index,
                block.root()
            ),
            Ok(())
        );

        let transaction = &proof["transaction_proof"];
        let position = transaction["transaction_index"].as_u64().unwrap();
        let element = GeneralizedIndex(2)
            .join(GeneralizedIndex((1 << 20) + position))
            .unwrap();
        let index = in_payload(13).join(element).unwrap();
        assert_eq!(transaction["transaction_gindex"].as_u64(), Some(index.0));
        let bytes = hex::decode(&transaction["transaction"].as_str().unwrap()[2..]).unwrap();
        let data = merkleize(bytes.chunks(32).map(padded).collect(), 25);
        let leaf = hash_pair(&data, &uint64_root(bytes.len() as u64));
        let branch = hashes(&transaction["transaction_proof"]);
        assert_eq!(verify_branch(leaf, &branch, index, block.root()), Ok(()));
    }
}

/// Headers of one chain: where one is the parent of another, the roots say so; all roots differ.
fn axelar_prover_headers(files: &Files) {
    let headers: Vec<_> = files
        .paths()
        .map(|path| (path, beacon_header(&files.json(path))))
        .collect();
    let roots: std::collections::BTreeSet<_> = headers.iter().map(|(_, header)| header.root()).collect();
    assert_eq!(roots.len(), headers.len());
    for (path, header) in headers {
        assert!(path.ends_with(&format!("{}.json", header.slot)), "{path}");
    }
}

/// A full batch of roots, folded both at once and root by root.
fn axelar_prover_block_roots(files: &Files) {
    for path in files.paths() {
        let roots = hashes(&files.json(path));
        assert_eq!(roots.len(), 8192);
        let index = GeneralizedIndex(8192 + 4711);
        let tree = beacon::Tree::new(
            roots
                .iter()
                .enumerate()
                .map(|(at, root)| (GeneralizedIndex(8192 + at as u64), *root)),
        );
        let branch = tree.branch(index);
        let root = merkleize(roots.clone(), 13);
        assert_eq!(verify_branch(roots[4711], &branch, index, root), Ok(()));
        assert!(verify_branch(roots[4712], &branch, index, root).is_err());
    }
}

/// Branches named after the root they lead to; none leads there with another leaf.
fn axelar_prover_branches(files: &Files) {
    for path in files.paths() {
        let proof = files.json(path);
        let name = path.rsplit('/').next().unwrap();
        let root: Hash32 = name.split('_').nth(2).unwrap().parse().unwrap();
        let index = GeneralizedIndex(proof["gindex"].as_u64().unwrap());
        let branch = hashes(&proof["witnesses"]);
        let leaf: Hash32 = proof["leaf"].as_str().unwrap().parse().unwrap();
        assert_eq!(verify_branch(leaf, &branch, index, root), Ok(()), "{path}");
        assert!(verify_branch(Hash32([1; 32]), &branch, index, root).is_err());
    }
}

#[derive(serde::Deserialize)]
struct Summaries {
    beacon_state_root: Hash,
    historical_summaries_root: Hash,
    historical_summaries_state_proof: Vec<Hash>,
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Hash(String);

impl Hash {
    fn get(&self) -> Hash32 {
        self.0.parse().unwrap()
    }
}

/// The list's root in the state, at the index of the state's fork.
fn portal_historical_summaries(files: &Files) {
    for path in files.paths() {
        let case: Summaries = serde_saphyr::from_str(&files.text(path)).unwrap();
        let fork = if path.contains("electra") {
            Fork::Electra
        } else {
            Fork::Deneb
        };
        let branch: Vec<Hash32> = case
            .historical_summaries_state_proof
            .iter()
            .map(Hash::get)
            .collect();
        let leaf = case.historical_summaries_root.get();
        let root = case.beacon_state_root.get();
        let index = fork.historical_summaries_index().unwrap();
        assert_eq!(verify_branch(leaf, &branch, index, root), Ok(()), "{path}");
        assert!(verify_branch(leaf, &branch, GeneralizedIndex(index.0 ^ 1), root).is_err());
    }
}
