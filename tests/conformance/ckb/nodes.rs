//! Answers of nodes: a light client's on testnet, two local nodes', and the chain specs that nodes run with.

use light_client::Hash32;
use light_client::ckb::block::{self, TransactionProof};
use light_client::ckb::{Header, MergeHashes, Params, Pow, Transaction, json};
use light_client::proof::cbmt::{Merge as _, root_of_leaf};
use serde_json::Value;

use tests::damage::damaged;

use super::Files;
use super::blocks::bodies_match;

pub(super) fn specs(files: &Files) {
    let params = |path: &str| Params::from_chain_spec(&files.text(path)).expect("a node's spec");
    assert_eq!(
        Params {
            genesis_hash: Params::MAINNET.genesis_hash,
            ..params("ckb/specs/mainnet.toml")
        },
        Params::MAINNET
    );
    assert_eq!(params("ckb/specs/testnet.toml"), Params::TESTNET);
    let dummy = params("local-nodes/ckb/dummy/dev.toml");
    assert_eq!(
        (dummy.pow, dummy.epoch.permanent, dummy.epoch.genesis_length),
        (Pow::Dummy, true, 10)
    );
    let eaglesong = params("local-nodes/ckb/eaglesong/dev.toml");
    assert_eq!(
        (
            eaglesong.pow,
            eaglesong.epoch.permanent,
            eaglesong.epoch.genesis_length
        ),
        (Pow::Eaglesong, false, 1000)
    );
    let text = files.text("ckb/specs/testnet.toml");
    for changed in damaged(text.as_bytes()) {
        // A damaged spec is another network or none; it never panics.
        let _ = String::from_utf8(changed).map(|text| Params::from_chain_spec(&text));
    }
}

/// Every header and transaction anywhere in the answers.
pub(super) fn light_client_answers(files: &Files) {
    for path in files.paths() {
        let mut found = 0;
        visit(&files.json(path), &mut |value| {
            let text = value.to_string();
            if value.get("compact_target").is_some() {
                let header = json::header(text.as_bytes()).expect("a header as served");
                assert!(
                    header.number == 0 || Pow::EaglesongBlake2b.is_proved_by(&header),
                    "{path}"
                );
                found += 1;
            } else if value.get("cell_deps").is_some() {
                let transaction = json::transaction(text.as_bytes()).expect("a transaction as served");
                assert_eq!(
                    transaction.raw.hash().to_string(),
                    value["hash"].as_str().expect("a hash")
                );
                damage_is_noticed(text.as_bytes(), &transaction);
                found += 1;
            }
        });
        assert!(found > 0, "{path}: nothing to check");
    }
}

/// Witnesses are not covered by the transaction's hash; they are by the block's root.
fn damage_is_noticed(text: &[u8], transaction: &Transaction) {
    for changed in damaged(text) {
        let Ok(decoded) = json::transaction(&changed) else {
            continue;
        };
        assert_eq!(
            decoded.raw,
            transaction.raw,
            "{}",
            String::from_utf8_lossy(&changed)
        );
        assert!(decoded == *transaction || decoded.witness_hash() != transaction.witness_hash());
    }
}

fn visit(value: &Value, found: &mut impl FnMut(&Value)) {
    found(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| visit(field, found)),
        _ => {}
    }
}

pub(super) fn node_answers(files: &Files) {
    for (folder, pow) in [("dummy", Pow::Dummy), ("eaglesong", Pow::Eaglesong)] {
        let node = Node { files, folder };
        node.blocks();
        node.headers(pow);
        node.transaction_proofs();
        node.consensus();
    }
    let fork = json::block(&files.read("local-nodes/ckb/dummy/get_fork_block.json")).expect("a block");
    bodies_match(&[fork]);
    let none = json::block(&files.read("local-nodes/ckb/eaglesong/get_fork_block.json"));
    assert_eq!(none, Err(json::JsonError::NoResult));
    for path in [
        "local-nodes/ckb/eaglesong/header5.json",
        "local-nodes/ckb/eaglesong_tip_header.json",
    ] {
        assert!(Pow::Eaglesong.is_proved_by(&json::header(&files.read(path)).expect("a header")));
    }
}

struct Node<'a> {
    files: &'a Files,
    folder: &'static str,
}

impl Node<'_> {
    fn read(&self, name: &str) -> Vec<u8> {
        self.files
            .read(&format!("local-nodes/ckb/{}/{name}.json", self.folder))
    }

    fn header(&self, name: &str) -> Header {
        json::header(&self.read(name)).expect("a header as served")
    }

    fn blocks(&self) {
        let names = ["genesis_block", "get_block", "get_block_by_number"];
        bodies_match(&names.map(|name| json::block(&self.read(name)).expect("a block as served")));
    }

    fn headers(&self, pow: Pow) {
        let header = self.header("get_header");
        for name in ["get_header_by_number", "get_header_by_number_packed"] {
            assert_eq!(self.header(name), header);
        }
        for header in [header, self.header("get_tip_header")] {
            assert!(pow.is_proved_by(&header));
        }
    }

    fn transaction_proofs(&self) {
        let header = self.header("get_header");
        let transaction = json::transaction(&self.read("get_transaction")).expect("a transaction as served");
        let text = self.read("get_transaction_proof");
        let proof = json::transaction_proof(&text).expect("a proof as served");
        let proved = block::transaction(&header, &transaction.raw, &proof).expect("the node's own proof");
        let verified = serde_json::from_slice::<Value>(&self.read("verify_transaction_proof")).expect("JSON");
        assert_eq!(verified["result"][0], proved.hash.to_string());
        self.witness_proof(&header, &transaction, proved.hash);
        for changed in damaged(&text) {
            let Ok(decoded) = json::transaction_proof(&changed) else {
                continue;
            };
            if decoded != proof {
                assert!(block::transaction(&header, &transaction.raw, &decoded).is_err());
            }
        }
    }

    fn witness_proof(&self, header: &Header, transaction: &Transaction, hash: Hash32) {
        let answer =
            serde_json::from_slice::<Value>(&self.read("get_transaction_and_witness_proof")).expect("JSON");
        let root = |name: &str, leaf: Hash32| {
            let branch = &answer["result"][name];
            let proof = serde_json::json!({
                "block_hash": answer["result"]["block_hash"], "witnesses_root": answer["result"]["block_hash"], "proof": branch,
            });
            let proof: TransactionProof =
                json::transaction_proof(proof.to_string().as_bytes()).expect("a branch");
            root_of_leaf::<MergeHashes>(proof.indices[0], leaf, &proof.lemmas).expect("the node's own proof")
        };
        let transactions = root("transactions_proof", hash);
        let witnesses = root("witnesses_proof", transaction.witness_hash());
        assert_eq!(
            MergeHashes::merge(&transactions, &witnesses),
            header.transactions_root
        );
        let verified = serde_json::from_slice::<Value>(&self.read("verify_transaction_and_witness_proof"))
            .expect("JSON");
        assert_eq!(verified["result"][0], hash.to_string());
    }

    fn consensus(&self) {
        let answer = serde_json::from_slice::<Value>(&self.read("get_consensus")).expect("JSON");
        let genesis = json::block(&self.read("genesis_block")).expect("a block as served");
        assert_eq!(
            answer["result"]["genesis_hash"],
            genesis.header.hash().to_string()
        );
        assert_eq!(answer["result"]["median_time_block_count"], "0x25");
        assert_eq!(answer["result"]["epoch_duration_target"], "0x50");
    }
}
