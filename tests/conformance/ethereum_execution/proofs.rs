//! Account, storage and receipt proofs of public networks.

use light_client::{
    Hash32,
    ethereum::execution::{
        AccountRejection, Address, Log, Outcome, ProvenReceipt, Receipt, TransactionType, account, json,
    },
    proof::{
        keccak256,
        mpt::{self, MptRejection},
    },
};
use serde_json::{Value, json};
use tests::{Files, damage};

use super::{hash, text, unhex, verified};
use crate::conformance::rows;

rows! {
    run helios_accounts [
        "ethereum/mainnet/helios_rpc/rpc/access_list.json",
        "ethereum/mainnet/helios_rpc/rpc/account.json",
        "ethereum/mainnet/helios_rpc/rpc/block_miner_account.json",
        "ethereum/mainnet/helios_rpc/rpc/block_miner_proof.json",
        "ethereum/mainnet/helios_rpc/rpc/proof.json",
        "ethereum/mainnet/helios_rpc/verifiable_api/access_list.json",
    ];
    run helios_receipt_proofs [
        "ethereum/mainnet/helios_rpc/verifiable_api/logs.json",
        "ethereum/mainnet/helios_rpc/verifiable_api/receipt.json",
    ];
    run absent_slot ["ethereum/mainnet/argument_deneb/inclusion/base-data/EthGetProof.json"];
    run accounts_on_sepolia ["ethereum/sepolia/union/account_proof_*.json"];
    run axelar_proofs ["ethereum/mainnet/axelar_lc/receipt_proof.json", "ethereum/mainnet/axelar_lc/tx_proof.json"];
    run axelar_receipts [
        "ethereum/mainnet/axelar_lc/legacy_receipt.json",
        "ethereum/mainnet/axelar_lc/receipt_log_*.json",
        "ethereum/mainnet/axelar_lc/topic_inclusion.json",
    ];
}

const HELIOS: &str = "ethereum/mainnet/helios_rpc";

/// Verifies an answer to `eth_getProof`; damaged copies are refused, truncated lists of nodes by name.
fn checks_answer(name: &str, state_root: &Hash32, answer: &[u8]) {
    let asked = json::account_proof(answer).unwrap_or_else(|error| panic!("{name}: {error}"));
    account::verify(state_root, &asked).unwrap_or_else(|error| panic!("{name}: {error}"));
    damage::refuses_damage(name, answer, |damaged| {
        let answer = json::account_proof(damaged).map_err(drop)?;
        account::verify(state_root, &answer).map_err(drop)
    });
    for kept in 0..asked.nodes.len() {
        let mut truncated = asked.clone();
        truncated.nodes.truncate(kept);
        assert_eq!(
            account::verify(state_root, &truncated),
            Err(AccountRejection::AccountProof {
                source: MptRejection::MissingNode { node: kept }
            }),
            "{name}"
        );
    }
}

/// The verifiable API leaves the address out and names the storage hash otherwise.
fn answer_of_verifiable_api(address: &str, value: &Value) -> Vec<u8> {
    let account = &value["account"];
    json!({
        "address": address,
        "balance": account["balance"],
        "nonce": account["nonce"],
        "codeHash": account["codeHash"],
        "storageHash": account["storageRoot"],
        "accountProof": value["accountProof"],
        "storageProof": value["storageProof"],
    })
    .to_string()
    .into_bytes()
}

fn helios_accounts(files: &Files) {
    let block = files.read(&format!("{HELIOS}/rpc/block.json"));
    let header = verified(json::block_header(&block).expect("a block"));
    let state_root = &header.fields().state_root;
    checks_answer(
        "proof",
        state_root,
        &files.read(&format!("{HELIOS}/rpc/proof.json")),
    );
    checks_answer(
        "miner",
        state_root,
        &files.read(&format!("{HELIOS}/rpc/block_miner_proof.json")),
    );

    let address = |path: &str| text(&files.json(path)["address"]).to_owned();
    let asked = address(&format!("{HELIOS}/rpc/proof.json"));
    let miner = address(&format!("{HELIOS}/rpc/block_miner_proof.json"));
    for (name, address) in [("account", &asked), ("block_miner_account", &miner)] {
        let value = files.json(&format!("{HELIOS}/rpc/{name}.json"));
        let code = keccak256(&unhex(text(&value["code"])));
        assert_eq!(code, hash(&value["account"]["codeHash"]), "{name}");
        checks_answer(name, state_root, &answer_of_verifiable_api(address, &value));
    }

    let asked_for = files.json(&format!("{HELIOS}/rpc/access_list.json"));
    let list = files.json(&format!("{HELIOS}/verifiable_api/access_list.json"));
    for (address, value) in list["accounts"].as_object().expect("accounts") {
        let answer = answer_of_verifiable_api(address, value);
        checks_answer("access list", state_root, &answer);
        let entry = asked_for
            .as_array()
            .expect("a list")
            .iter()
            .find(|entry| entry["address"] == json!(address));
        for (slot, key) in json::account_proof(&answer).expect("a proof").slots.iter().zip(
            entry
                .map(|entry| entry["storageKeys"].as_array().expect("keys").clone())
                .unwrap_or_default(),
        ) {
            assert_eq!(slot.slot, hash(&key));
        }
    }
}

fn helios_receipt_proofs(files: &Files) {
    let block = files.read(&format!("{HELIOS}/rpc/block.json"));
    let header = verified(json::block_header(&block).expect("a block"));
    let root = &header.fields().receipts_root;
    let single = files.json(&format!("{HELIOS}/verifiable_api/receipt.json"));
    let logs = files.json(&format!("{HELIOS}/verifiable_api/logs.json"));
    for value in logs["receiptProofs"]
        .as_object()
        .expect("proofs")
        .values()
        .chain([&single])
    {
        let declared = json::transaction_receipt(value["receipt"].to_string().as_bytes()).expect("a receipt");
        let index = declared.place.transaction_index.expect("declared");
        let proof = value["receiptProof"].to_string();
        let proven = checks_receipt_proof(root, index, proof.as_bytes());
        assert_eq!(proven.receipt(), &declared.receipt);
    }
    for log in logs["logs"].as_array().expect("logs") {
        let proof = &logs["receiptProofs"][text(&log["transactionHash"])]["receipt"];
        let receipt = json::transaction_receipt(proof.to_string().as_bytes())
            .expect("a receipt")
            .receipt;
        assert!(
            receipt
                .logs
                .iter()
                .any(|found| found.data == unhex(text(&log["data"])))
        );
    }
}

/// A proof as the JSON list of its nodes; damaged ones and other indexes are refused.
fn checks_receipt_proof(root: &Hash32, index: u64, proof: &[u8]) -> ProvenReceipt {
    let verify = |index, json: &[u8]| {
        let nodes = json::proof_nodes(json).map_err(drop)?;
        ProvenReceipt::verify(root, index, &nodes).map_err(drop)
    };
    damage::refuses_damage("receipt proof", proof, |damaged| verify(index, damaged));
    for other in (0..300).filter(|other| *other != index) {
        assert_eq!(verify(other, proof), Err(()), "index {other}");
    }
    verify(index, proof).expect("a valid proof")
}

/// Slot 0 is unset; every strict prefix of its proof, which ends where the trie parts from the key, is refused.
fn absent_slot(files: &Files) {
    let answer = files.read("ethereum/mainnet/argument_deneb/inclusion/base-data/EthGetProof.json");
    let asked = json::account_proof(&answer).expect("a proof");
    let update = files.json("ethereum/mainnet/argument_deneb/inclusion/base-data/FinalityUpdateDeneb.json");
    let state_root = hash(&update["data"]["finalized_header"]["execution"]["state_root"]);
    checks_answer("argument", &state_root, &answer);
    let proven = account::verify(&state_root, &asked).expect("a valid proof");
    assert_eq!(proven.slots()[0].value, None);
    for kept in 0..asked.slots[0].nodes.len() {
        let mut truncated = asked.clone();
        truncated.slots[0].nodes.truncate(kept);
        assert!(account::verify(&state_root, &truncated).is_err(), "{kept} nodes");
    }
}

/// Bare nodes: the key is read back from the path that they take.
fn accounts_on_sepolia(files: &Files) {
    for path in files.paths() {
        let text = files.text(path);
        let nodes = json::proof_nodes(text.as_bytes()).expect("nodes");
        let key = super::tries::key_of(&nodes);
        let root = state_root(files, path, &nodes);
        let leaf = mpt::verify(&root, &key, &nodes)
            .expect("a valid proof")
            .expect("an account");
        assert!(!leaf.is_empty());
        damage::refuses_damage(path, text.as_bytes(), |damaged| {
            let nodes = json::proof_nodes(damaged).map_err(drop)?;
            mpt::verify(&root, &key, &nodes)
                .map(|leaf| leaf.map(<[u8]>::to_vec))
                .map_err(drop)
        });
    }
}

/// The root that the proof starts from, which an update of the light client beside it names.
fn state_root(files: &Files, path: &str, nodes: &[Vec<u8>]) -> Hash32 {
    let update = match path.ends_with("_7167040.json") {
        true => "ethereum/sepolia/union/finality_update_7167040.json",
        false => "ethereum/sepolia/union/period_changing_update_7167040.json",
    };
    let root = keccak256(&nodes[0]);
    assert!(
        files
            .text(update)
            .contains(&format!("\"state_root\": \"{root}\"")),
        "{path}: {root}"
    );
    root
}

fn axelar_proofs(files: &Files) {
    for path in files.paths() {
        let value = files.json(path);
        let proof = json::proof_nodes(value["proof"].to_string().as_bytes()).expect("nodes");
        let (root, key) = (hash(&value["receipts_root"]), unhex(text(&value["receipt_key"])));
        let leaf = mpt::verify(&root, &key, &proof)
            .expect("a valid proof")
            .expect("a value");
        assert!(!leaf.is_empty(), "{path}");
        for (position, node) in proof.iter().enumerate() {
            damage::refuses_all_damage(path, node, |damaged| {
                let mut proof = proof.clone();
                proof[position] = damaged.to_vec();
                mpt::verify(&root, &key, &proof).map(|leaf| leaf.map(<[u8]>::to_vec))
            });
        }
    }
    let value = files.json("ethereum/mainnet/axelar_lc/receipt_proof.json");
    let proof = value["proof"].to_string();
    let proven = checks_receipt_proof(&hash(&value["receipts_root"]), 0, proof.as_bytes());
    assert_eq!(proven.receipt().outcome, Outcome::Succeeded);
    assert_eq!(proven.receipt().transaction_type, TransactionType::DynamicFee);
}

fn axelar_receipts(files: &Files) {
    let folder = "ethereum/mainnet/axelar_lc";
    let legacy: Vec<u8> =
        serde_json::from_value(files.json(&format!("{folder}/legacy_receipt.json"))).expect("bytes");
    let inclusion = files.json(&format!("{folder}/topic_inclusion.json"));
    let typed = unhex(text(&inclusion["receipt"]));
    for leaf in [&legacy, &typed] {
        let receipt = Receipt::decode(leaf).expect("a receipt");
        assert_eq!(receipt.encode(), *leaf);
        // Without a root a flipped byte of a log's data is another valid receipt: whatever is accepted is canonical.
        for damaged in damage::damaged(leaf) {
            if let Ok(other) = Receipt::decode(&damaged) {
                assert_eq!(other.encode(), damaged);
            }
        }
    }
    assert_eq!(
        Receipt::decode(&legacy).expect("a receipt").transaction_type,
        TransactionType::Legacy
    );
    let topic = hash(&inclusion["topic"]);
    let receipt = Receipt::decode(&typed).expect("a receipt");
    assert!(receipt.logs.iter().any(|log| log.topics.contains(&topic)));
    assert!(receipt.bloom.may_contain(&topic.0));

    let logs = files
        .paths()
        .filter(|path| path.contains("receipt_log_"))
        .map(|path| log(&files.json(path)));
    for log in logs.collect::<Vec<_>>() {
        let bloom = light_client::ethereum::execution::logs_bloom(std::slice::from_ref(&log));
        assert!(
            bloom.may_contain(&log.emitter.0) && log.topics.iter().all(|topic| bloom.may_contain(&topic.0))
        );
    }
}

/// A log as lists of bytes.
fn log(value: &Value) -> Log {
    let bytes = |value: &Value| serde_json::from_value::<Vec<u8>>(value.clone()).expect("bytes");
    Log {
        emitter: Address(bytes(&value["address"]).try_into().expect("20 bytes")),
        topics: value["topics"]
            .as_array()
            .expect("topics")
            .iter()
            .map(|topic| Hash32(bytes(topic).try_into().expect("32 bytes")))
            .collect(),
        data: bytes(&value["data"]),
    }
}
