//! RPC answers of nodes that were run locally: geth (behind Prysm and alone), anvil and EthereumJS.

use light_client::ethereum::execution::{
    BlockReceipts, ProvenReceipt, VerifiedHeader, account, ancestry,
    json::{self, JsonRejection},
};
use serde_json::Value;
use tests::{Files, damage};

use super::{checks_every_receipt_of, hash, ordered_proofs, text, unhex, verified};
use crate::conformance::rows;

rows! {
    run finalized_blocks [
        "local-nodes/prysm-*/el_block.json",
        "local-nodes/prysm-*/el_block_receipts.json",
        "local-nodes/prysm-*/el_proof.json",
        "local-nodes/prysm-*/el_raw_header.json",
        "local-nodes/prysm-*/el_raw_receipts.json",
    ];
    run single_receipts ["local-nodes/prysm-*/el_transaction_receipt.json"];
    run tagged_blocks [
        "local-nodes/prysm-*/el_finalized.json",
        "local-nodes/prysm-*/el_latest.json",
        "local-nodes/prysm-*/el_safe.json",
    ];
    left_out ["local-nodes/prysm-*/el_raw_transaction.json"]
        "transactions are not proved by the light client, receipts are";
    run raw_blocks [
        "local-nodes/geth-dev/debug_getRawBlock.json",
        "local-nodes/geth-dev/debug_getRawHeader.json",
        "local-nodes/geth-dev/debug_getRawReceipts.json",
        "local-nodes/geth-dev/eth_getBlockReceipts.json",
        "local-nodes/ethereumjs*/debug_getRawBlock.json",
        "local-nodes/ethereumjs*/debug_getRawHeader.json",
        "local-nodes/ethereumjs*/debug_getRawReceipts.json",
        "local-nodes/ethereumjs*/eth_getBlockReceipts.json",
    ];
    run proofs_below_blocks [
        "local-nodes/geth-dev/block_with_txs.json",
        "local-nodes/geth-dev/eth_getBlockByNumber.json",
        "local-nodes/geth-dev/eth_getProof.json",
        "local-nodes/ethereumjs*/block_with_txs.json",
        "local-nodes/ethereumjs*/eth_getBlockByNumber.json",
        "local-nodes/ethereumjs*/eth_getProof.json",
    ];
    left_out [
        "local-nodes/geth-dev/eth_blockNumber.json",
        "local-nodes/geth-dev/web3_clientVersion.json",
        "local-nodes/ethereumjs*/eth_blockNumber.json",
        "local-nodes/ethereumjs*/web3_clientVersion.json",
    ] "what a node says of itself; nothing in it can be proved";
    run anvil_block [
        "local-nodes/anvil/block_finalized.json",
        "local-nodes/anvil/eth_getBlockByNumber.json",
        "local-nodes/anvil/eth_getBlockReceipts.json",
        "local-nodes/anvil/eth_getLogs.json",
        "local-nodes/anvil/eth_getProof.json",
    ];
    run error_answers [
        "local-nodes/anvil/debug_getRawReceipts.json",
        "local-nodes/anvil/eth_getHeaderByNumber.json",
    ];
    left_out [
        "local-nodes/anvil/beacon_blobs_head.json",
        "local-nodes/anvil/beacon_genesis.json",
        "local-nodes/anvil/eth_feeHistory.json",
    ] "anvil has no consensus layer, and fees are not proved by any root";
}

/// The JSON-RPC response inside a recorded request and response.
fn response(files: &Files, path: &str) -> Vec<u8> {
    files.json(path)["response"].to_string().into_bytes()
}

/// The folders that the row's files are in.
fn folders(files: &Files) -> Vec<String> {
    let mut folders: Vec<_> = files
        .paths()
        .map(|path| path.rsplit_once('/').expect("a folder").0.to_owned())
        .collect();
    folders.dedup();
    folders
}

/// Every way to the same block agrees: fields, raw header, receipts, raw receipts, account and slot.
fn finalized_blocks(files: &Files) {
    for folder in folders(files) {
        let header = verified(
            json::block_header(&response(files, &format!("{folder}/el_block.json"))).expect("a block"),
        );
        let raw_header = unhex(text(
            &files.json(&format!("{folder}/el_raw_header.json"))["response"]["result"],
        ));
        assert_eq!(
            VerifiedHeader::from_rlp(header.hash(), &raw_header).as_ref(),
            Ok(&header),
            "{folder}"
        );
        damage::refuses_all_damage(&folder, &raw_header, |bytes| {
            VerifiedHeader::from_rlp(header.hash(), bytes)
        });

        let receipts = response(files, &format!("{folder}/el_block_receipts.json"));
        let declared = json::block_receipts(&receipts).expect("receipts");
        let block = BlockReceipts::from_declared(&header, &declared).expect("all receipts of the block");
        let raw = json::raw_receipts(&response(files, &format!("{folder}/el_raw_receipts.json")))
            .expect("receipts");
        assert_eq!(
            BlockReceipts::from_raw(&header, &raw).as_ref(),
            Ok(&block),
            "{folder}"
        );
        checks_every_receipt_of(&header, &block);
        for leaf in 0..raw.len() {
            refuses_a_damaged_leaf(&header, &raw, leaf);
        }
        checks_account(&header, &response(files, &format!("{folder}/el_proof.json")));
    }
}

fn refuses_a_damaged_leaf(header: &VerifiedHeader, raw: &[Vec<u8>], leaf: usize) {
    damage::refuses_all_damage("raw receipt", &raw[leaf], |bytes| {
        let mut raw = raw.to_vec();
        raw[leaf] = bytes.to_vec();
        BlockReceipts::from_raw(header, &raw)
    });
    let proof = &ordered_proofs(raw)[leaf];
    let (node, above) = proof.split_last().expect("a node");
    damage::refuses_all_damage("receipt proof", node, |bytes| {
        let proof = [above, &[bytes.to_vec()]].concat();
        ProvenReceipt::verify(&header.fields().receipts_root, leaf as u64, &proof)
    });
}

/// An answer to `eth_getProof` for the header's state; a damaged one is refused, or answers another question truly.
fn checks_account(header: &VerifiedHeader, answer: &[u8]) {
    let state_root = &header.fields().state_root;
    let asked = json::account_proof(answer).expect("a proof");
    let proven = account::verify(state_root, &asked).expect("a valid proof");
    damage::refuses_damage("eth_getProof", answer, |damaged| {
        let answer = json::account_proof(damaged).map_err(drop)?;
        let outcome = account::verify(state_root, &answer).map_err(drop)?;
        let slots = |proof: &[_]| proof.len();
        let same_question = answer.address == asked.address
            && slots(&answer.slots) == slots(&asked.slots)
            && answer
                .slots
                .iter()
                .zip(&asked.slots)
                .all(|(a, b)| a.slot == b.slot);
        Ok::<_, ()>(if same_question { outcome } else { proven.clone() })
    });
    let rebound = account::verify(&header.fields().receipts_root, &asked);
    assert!(rebound.is_err(), "a proof below another root");
}

fn single_receipts(files: &Files) {
    for path in files.paths() {
        let folder = path.rsplit_once('/').expect("a folder").0;
        let single = json::transaction_receipt(&response(files, path)).expect("a receipt");
        let raw = json::raw_receipts(&response(files, &format!("{folder}/el_raw_receipts.json")))
            .expect("receipts");
        let index = single.place.transaction_index.expect("declared") as usize;
        assert_eq!(single.receipt.encode(), raw[index], "{path}");
    }
}

fn tagged_blocks(files: &Files) {
    for path in files.paths() {
        let block = response(files, path);
        let header = verified(json::block_header(&block).expect("a block"));
        damage::refuses_damage(path, &block, |damaged| {
            let (fields, _) = json::block_header(damaged).map_err(drop)?;
            VerifiedHeader::from_fields(header.hash(), fields).map_err(drop)
        });
    }
}

/// The raw header is the first item of the raw block; the blocks are empty, and proved so.
fn raw_blocks(files: &Files) {
    for folder in folders(files) {
        let result = |name: &str| files.json(&format!("{folder}/{name}.json"))["response"]["result"].clone();
        let raw = unhex(text(&result("debug_getRawHeader")));
        let hash = light_client::proof::keccak256(&raw);
        let header = VerifiedHeader::from_rlp(&hash, &raw).expect("a header");
        assert_eq!(header.fields().encode().as_ref(), Ok(&raw), "{folder}");
        let block = unhex(text(&result("debug_getRawBlock")));
        let mut items = light_client::proof::rlp::decode(&block)
            .and_then(|item| item.list())
            .expect("a block");
        assert_eq!(items.encoded_item().expect("a header").1, raw, "{folder}");

        let receipts =
            json::block_receipts(result("eth_getBlockReceipts").to_string().as_bytes()).expect("receipts");
        let leaves =
            json::raw_receipts(result("debug_getRawReceipts").to_string().as_bytes()).expect("receipts");
        let block = BlockReceipts::from_declared(&header, &receipts).expect("no receipts");
        assert_eq!(BlockReceipts::from_raw(&header, &leaves).as_ref(), Ok(&block));
        assert!(block.receipts().is_empty(), "{folder}");
        checks_every_receipt_of(&header, &block);
        assert_eq!(ancestry::verify(&hash, &[&raw]), Ok(vec![header]));
    }
}

fn proofs_below_blocks(files: &Files) {
    for folder in folders(files) {
        let block = response(files, &format!("{folder}/eth_getBlockByNumber.json"));
        let header = verified(json::block_header(&block).expect("a block"));
        let bare = files.read(&format!("{folder}/block_with_txs.json"));
        assert_eq!(
            verified(json::block_header(&bare).expect("a block")),
            header,
            "{folder}"
        );
        checks_account(&header, &response(files, &format!("{folder}/eth_getProof.json")));
    }
}

fn anvil_block(files: &Files) {
    let read = |name: &str| files.read(&format!("local-nodes/anvil/{name}.json"));
    let header = verified(json::block_header(&read("eth_getBlockByNumber")).expect("a block"));
    let parent = verified(json::block_header(&read("block_finalized")).expect("a block"));
    let chain = [&header, &parent].map(|header| header.fields().encode().expect("a header"));
    assert_eq!(
        ancestry::verify(header.hash(), &chain),
        Ok(vec![header.clone(), parent])
    );

    let declared = json::block_receipts(&read("eth_getBlockReceipts")).expect("receipts");
    let block = BlockReceipts::from_declared(&header, &declared).expect("all receipts of the block");
    checks_every_receipt_of(&header, &block);
    checks_account(&header, &read("eth_getProof"));
    let logs: Value = files.json("local-nodes/anvil/eth_getLogs.json");
    for log in logs["result"]
        .as_array()
        .expect("logs")
        .iter()
        .filter(|log| hash(&log["blockHash"]) == *header.hash())
    {
        let data = unhex(text(&log["data"]));
        assert!(block.logs().any(|(_, proved)| proved.data == data), "{log}");
    }
}

/// An error answer is refused with the node's own words, and is no empty result.
fn error_answers(files: &Files) {
    for path in files.paths() {
        let answer = files.read(path);
        let expected = JsonRejection {
            path: "error".into(),
            problem: "Method not found".into(),
        };
        assert_eq!(json::raw_receipts(&answer), Err(expected.clone()), "{path}");
        assert_eq!(json::block_header(&answer), Err(expected), "{path}");
    }
}
