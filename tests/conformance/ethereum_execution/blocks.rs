//! Blocks and their receipts as RPC answers of public networks: rebuilt to the receipts root and the block hash.

use light_client::{
    Hash32,
    ethereum::execution::{
        Address, BlockReceipts, DeclaredReceipt, HeaderRejection, Receipt, ReceiptRejection,
        ReceiptsRejection, VerifiedHeader, json, logs_bloom,
    },
    proof::mpt,
};
use serde_json::{Value, json};
use tests::{Files, damage};

use super::{checks_every_receipt_of, hash, text, unhex, verified};
use crate::conformance::rows;

rows! {
    run helios_block [
        "ethereum/mainnet/helios_rpc/rpc/block.json",
        "ethereum/mainnet/helios_rpc/rpc/block_hashes.json",
        "ethereum/mainnet/helios_rpc/rpc/logs.json",
        "ethereum/mainnet/helios_rpc/rpc/receipt.json",
        "ethereum/mainnet/helios_rpc/rpc/receipts.json",
    ];
    left_out [
        "ethereum/mainnet/helios_rpc/rpc/chain_id.txt",
        "ethereum/mainnet/helios_rpc/rpc/fee_history.json",
        "ethereum/mainnet/helios_rpc/rpc/filter_id_*.txt",
        "ethereum/mainnet/helios_rpc/rpc/transaction.json",
        "ethereum/mainnet/helios_rpc/rpc/tx_hashes.json",
    ] "nothing in them is proved by a root that the light client verifies";
    run axelar_block ["ethereum/mainnet/axelar_prover/execution_blocks/**/*.json"];
    run snowbridge_block [
        "ethereum/mainnet/snowbridge_block_11408438/header11408438.json",
        "ethereum/mainnet/snowbridge_block_11408438/receipts11408438.json",
    ];
    left_out [
        "ethereum/mainnet/snowbridge_block_11408438/transactions11408438.json",
        "ethereum/mainnet/nimbus_lc/transactions.json",
    ] "transactions are not proved by the light client, receipts are";
    run nimbus_header ["ethereum/mainnet/nimbus_lc/executionBlockHeader.json"];
    run nimbus_receipts ["ethereum/mainnet/nimbus_lc/receipts.json"];
    run op_stack_blocks ["ethereum/op_stack/blocks/*_data.json", "ethereum/op_stack/blocks/*_metadata.json"];
    run op_stack_receipt ["ethereum/op_stack/bridge-withdrawal.json"];
}

/// A block and all of its receipts, both as answered by a node; damage to either is refused.
fn checks_block(name: &str, block: &[u8], receipts: &[u8]) -> (VerifiedHeader, BlockReceipts) {
    let header = verified(json::block_header(block).expect("a block"));
    let proven = BlockReceipts::from_declared(&header, &json::block_receipts(receipts).expect("receipts"));
    let proven = proven.expect("all receipts of the block");
    checks_every_receipt_of(&header, &proven);
    damage::refuses_damage(name, block, |damaged| {
        let (fields, _) = json::block_header(damaged).map_err(drop)?;
        VerifiedHeader::from_fields(header.hash(), fields).map_err(drop)
    });
    damage::refuses_damage(name, receipts, |damaged| {
        let declared = json::block_receipts(damaged).map_err(drop)?;
        BlockReceipts::from_declared(&header, &declared).map_err(drop)
    });
    missing_and_surplus_receipts_are_refused(&header, &proven);
    (header, proven)
}

fn missing_and_surplus_receipts_are_refused(header: &VerifiedHeader, block: &BlockReceipts) {
    let leaves: Vec<_> = block.receipts().iter().map(Receipt::encode).collect();
    let Some((last, fewer)) = leaves.split_last() else {
        return;
    };
    let refused = |leaves: &[Vec<u8>]| {
        matches!(
            BlockReceipts::from_raw(header, leaves),
            Err(ReceiptsRejection::RootMismatch { .. })
        )
    };
    assert!(refused(fewer), "a missing receipt");
    assert!(
        refused(&[&leaves[..], std::slice::from_ref(last)].concat()),
        "a receipt twice"
    );
    let mut swapped = leaves.clone();
    swapped.reverse();
    assert!(
        leaves.len() == 1 || refused(&swapped),
        "receipts in another order"
    );
}

fn helios_block(files: &Files) {
    let folder = "ethereum/mainnet/helios_rpc/rpc";
    let block = files.read(&format!("{folder}/block.json"));
    let receipts = files.read(&format!("{folder}/receipts.json"));
    let (header, proven) = checks_block("helios", &block, &receipts);
    assert_eq!(
        hash(&files.json(&format!("{folder}/block_hashes.json"))[0]),
        *header.hash()
    );

    let single =
        json::transaction_receipt(&files.read(&format!("{folder}/receipt.json"))).expect("a receipt");
    let index = single.place.transaction_index.expect("declared") as usize;
    assert_eq!(proven.receipts()[index], single.receipt);

    let logs = files.json(&format!("{folder}/logs.json"));
    for log in logs.as_array().expect("logs") {
        let index: u64 = u64::from_str_radix(&text(&log["logIndex"])[2..], 16).expect("an index");
        let (place, found) = proven.logs().nth(index as usize).expect("the log");
        assert_eq!(place.index_in_block, index);
        assert_eq!(
            found.emitter,
            text(&log["address"]).parse::<Address>().expect("an address")
        );
        assert_eq!(found.data, unhex(text(&log["data"])));
        let topics: Vec<_> = log["topics"]
            .as_array()
            .expect("topics")
            .iter()
            .map(hash)
            .collect();
        assert_eq!(found.topics, topics);
    }
}

fn axelar_block(files: &Files) {
    let folder = "ethereum/mainnet/axelar_prover/execution_blocks";
    let block = files.read(&format!("{folder}/18615160.json"));
    let receipts = files.read(&format!("{folder}/receipts/18615160.json"));
    checks_block("axelar", &block, &receipts);
}

fn snowbridge_block(files: &Files) {
    let folder = "ethereum/mainnet/snowbridge_block_11408438";
    let block = files.read(&format!("{folder}/header11408438.json"));
    let receipts = files.read(&format!("{folder}/receipts11408438.json"));
    checks_block("snowbridge", &block, &receipts);
}

fn nimbus_header(files: &Files) {
    let block = files.read("ethereum/mainnet/nimbus_lc/executionBlockHeader.json");
    let header = verified(json::block_header(&block).expect("a block"));
    damage::refuses_damage("nimbus", &block, |damaged| {
        let (fields, _) = json::block_header(damaged).map_err(drop)?;
        VerifiedHeader::from_fields(header.hash(), fields).map_err(drop)
    });
}

/// Receipts of six blocks: before Byzantium, legacy, and types 1 and 2. Each is decoded from its own encoding.
fn nimbus_receipts(files: &Files) {
    let answers = files.json("ethereum/mainnet/nimbus_lc/receipts.json");
    let receipts: Vec<_> = answers
        .as_array()
        .expect("a list")
        .iter()
        .map(checks_receipt)
        .collect();
    let leaves: Vec<_> = receipts
        .iter()
        .map(|declared| declared.receipt.encode())
        .collect();
    let root: Hash32 = mpt::ordered_root(&leaves);
    let peer = alloy_trie::root::ordered_trie_root_encoded(&leaves);
    assert_eq!(root, Hash32(peer.0));
}

/// The receipt reads back from its encoding, which also compares its bloom with its logs.
fn checks_receipt(answer: &Value) -> DeclaredReceipt {
    let declared = json::transaction_receipt(answer.to_string().as_bytes()).expect("a receipt");
    let leaf = declared.receipt.encode();
    assert_eq!(Receipt::decode(&leaf).as_ref(), Ok(&declared.receipt));
    declared
}

/// The sample's addresses were replaced and its bloom was not: refused as it is, valid with the bloom of its logs.
fn op_stack_receipt(files: &Files) {
    let answer = files.json("ethereum/op_stack/bridge-withdrawal.json").to_string();
    let mut receipt = json::transaction_receipt(answer.as_bytes())
        .expect("a receipt")
        .receipt;
    assert_eq!(
        Receipt::decode(&receipt.encode()),
        Err(ReceiptRejection::BloomMismatch)
    );
    receipt.bloom = logs_bloom(&receipt.logs);
    assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
}

/// Blocks with a tampered header hash to something else; a tampered list of transactions or withdrawals below an intact
/// header is not read, so that the header verifies as what it is.
fn op_stack_blocks(files: &Files) {
    let names = files
        .paths()
        .filter_map(|path| path.strip_suffix("_metadata.json"));
    for name in names.map(str::to_owned).collect::<Vec<_>>() {
        let metadata = files.json(&format!("{name}_metadata.json"));
        let header_is_tampered = metadata["reason"] == json!("failed to verify block hash");
        let (fields, declared) =
            json::block_header(&files.read(&format!("{name}_data.json"))).expect("a block");
        let outcome = VerifiedHeader::from_fields(&declared, fields);
        if header_is_tampered {
            assert!(
                matches!(outcome, Err(HeaderRejection::HashMismatch { .. })),
                "{name}"
            );
        } else {
            assert_eq!(outcome.expect(&name).hash(), &declared);
        }
    }
}
