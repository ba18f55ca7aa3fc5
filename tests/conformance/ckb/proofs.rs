//! Real transaction proofs, and forged ones that must all be refused.

use light_client::Hash32;
use light_client::ckb::{MergeHashes, RawTransaction};
use light_client::proof::cbmt::{Merge as _, root_of_leaf, root_of_leaves};
use serde_json::Value;

use super::{Files, bytes, number};

fn hash(value: &Value) -> Hash32 {
    Hash32(bytes(value).try_into().expect("32 bytes"))
}

fn hashes(concatenated: &[u8]) -> Vec<Hash32> {
    concatenated.as_chunks().0.iter().copied().map(Hash32).collect()
}

/// Index, transaction hash, lemmas and witnesses root of each proof, by input.
pub(super) fn bridge_proofs(files: &Files) {
    let history = files.json("ckb/mainnet/force_bridge/testHistoryTxProof.json");
    let spv = files.json("ckb/mainnet/force_bridge/testSpv.json");
    let history_leaf = |place: usize| {
        // A molecule `Bytes` value around the raw transaction.
        let raw = bytes(&history["extractRawTransaction"][place]["output"]);
        let raw = RawTransaction::decode(&raw[4..]).expect("a raw transaction");
        assert_eq!(raw.hash(), hash(&history["calcTxHash"][place]["output"]));
        raw.hash()
    };
    proofs_fold(&history, "expectTransactionsRoot", history_leaf);
    proofs_fold(&spv, "expectedTransactionsRoot", |place| {
        hash(&spv["extractTxHash"][place]["output"])
    });
}

fn proofs_fold(vectors: &Value, roots: &str, leaf: impl Fn(usize) -> Hash32) {
    let proofs = vectors["extractTxMerkleIndex"].as_array().expect("a list");
    assert_eq!(proofs.len(), 8);
    for (place, proof) in proofs.iter().enumerate() {
        let index = number(&proof["output"]) as u32;
        let lemmas = hashes(&bytes(&vectors["extractLemmas"][place]["output"]));
        let witnesses = hash(&vectors["extractWitnessesRoot"][place]["output"]);
        let root = root_of_leaf::<MergeHashes>(index, leaf(place), &lemmas).expect("a real proof");
        let expected = vectors[roots]
            .as_array()
            .expect("a list")
            .iter()
            .find(|root| root["input"] == proof["input"]);
        if let Some(expected) = expected {
            assert_eq!(MergeHashes::merge(&root, &witnesses), hash(&expected["output"]));
        }
        damage_changes_the_root(index, leaf(place), &lemmas, root);
    }
}

fn damage_changes_the_root(index: u32, leaf: Hash32, lemmas: &[Hash32], root: Hash32) {
    for place in 0..lemmas.len() * 32 {
        let mut changed = lemmas.to_vec();
        changed[place / 32].0[place % 32] ^= 1;
        assert_ne!(root_of_leaf::<MergeHashes>(index, leaf, &changed), Ok(root));
    }
    for place in 0..32 {
        let mut changed = leaf;
        changed.0[place] ^= 1;
        assert_ne!(root_of_leaf::<MergeHashes>(index, changed, lemmas), Ok(root));
    }
    assert!(lemmas.is_empty() || root_of_leaf::<MergeHashes>(index, leaf, &lemmas[1..]).is_err());
    assert!(root_of_leaf::<MergeHashes>(index, leaf, &[lemmas, &[Hash32::ZERO]].concat()).is_err());
    for other in (0..64).filter(|other| *other != index) {
        assert_ne!(root_of_leaf::<MergeHashes>(other, leaf, lemmas), Ok(root));
    }
}

pub(super) fn forged_proofs(files: &Files) {
    let vectors = files.json("ckb/negative/cbt_multiproof_forgery.json");
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let list = |name: &str| vector[name].as_array().expect("a list");
        let root = hash(&vector["raw_transactions_root"]);
        if let Some(witnesses) = vector.get("witnesses_root") {
            assert_eq!(
                MergeHashes::merge(&root, &hash(witnesses)),
                hash(&vector["transactions_root"])
            );
        }
        let indices = list("indices").iter().map(|index| number(index) as u32);
        let leaves: Vec<_> = indices
            .zip(list("leaves_in_index_order").iter().map(hash))
            .collect();
        let lemmas: Vec<_> = list("lemmas").iter().map(hash).collect();
        match root_of_leaves::<MergeHashes>(&leaves, &lemmas) {
            Err(_) => {}
            // An inner node at its true place. It cannot enter: leaves are hashes of decoded transactions, never given, and what an
            // inner node is the hash of, two hashes, is not a transaction.
            Ok(folded) if vector["tx_count"] == 5 && leaves.len() == 1 => {
                assert_eq!(folded, root);
                let children = [leaves[0].1.0, lemmas[0].0].concat();
                assert!(RawTransaction::decode(&children).is_err());
            }
            Ok(folded) => panic!("{vector} folds to {folded}"),
        }
    }
}
