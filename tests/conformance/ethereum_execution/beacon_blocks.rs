//! Whole Capella beacon blocks: their SSZ root, and the execution header and receipts of the payload in them.
//!
//! ```text
//!  block root ── body ── execution_payload ─┬─ fields, transactions, withdrawals ──► RLP header ──► block_hash
//!                                           └─ receipts_root ◄── all receipts
//! ```
//! The roots are computed here from the whole JSON, so that the header types of the light client are held against blocks.

use light_client::{
    Hash32, UnixSeconds,
    ethereum::{
        execution::{BlockReceipts, Bloom, ExecutionHeader, VerifiedHeader, json},
        types::{BeaconBlockHeader, ExecutionPayloadHeader, PayloadType, Slot},
    },
    proof::{
        mpt,
        rlp::{encode_integer, encode_list, encode_string},
        ssz::{GeneralizedIndex, bytes_root, hash_pair, merkleize, padded, uint64_root, verify_branch},
    },
};
use ruint::aliases::U256;
use serde_json::Value;
use tests::{Files, damage};

use super::{checks_every_receipt_of, hash, text, unhex};
use crate::conformance::rows;

rows! {
    run ckb_lc_block [
        "ethereum/mainnet/ckb_lc/beacon/block/*.json",
        "ethereum/mainnet/ckb_lc/execution/block_receipts/*.json",
    ];
    run axelar_prover_block [
        "ethereum/mainnet/axelar_prover/beacon_block.json",
        "ethereum/mainnet/axelar_prover/beacon_blocks/*.json",
    ];
}

/// The block's body root is the one in the node's header of the slot; the receipts are those of its payload.
fn ckb_lc_block(files: &Files) {
    let folder = "ethereum/mainnet/ckb_lc";
    let block = files.json(&format!("{folder}/beacon/block/slot-006632854.json"));
    let block = &block["data"]["message"];
    let header = files.json(&format!("{folder}/beacon/header/slot-006632854.json"));
    let declared = &header["data"]["header"]["message"];
    let beacon = header_of_block(block);
    assert_eq!(beacon.body_root, hash(&declared["body_root"]));
    assert_eq!(beacon.root(), hash(&header["data"]["root"]));

    let header = execution_header(&block["body"]["execution_payload"]);
    let receipts = files.read(&format!(
        "{folder}/execution/block_receipts/number-017451263.json"
    ));
    let declared = json::block_receipts(&receipts).expect("receipts");
    let proven = BlockReceipts::from_declared(&header, &declared).expect("all receipts of the block");
    checks_every_receipt_of(&header, &proven);
    damage::refuses_damage("ckb_lc", &receipts, |damaged| {
        let declared = json::block_receipts(damaged).map_err(drop)?;
        BlockReceipts::from_declared(&header, &declared).map_err(drop)
    });
}

/// Its root is the one that the branches beside it lead to, and its payload is the block that a node answered by RPC.
fn axelar_prover_block(files: &Files) {
    let folder = "ethereum/mainnet/axelar_prover";
    let rpc = files.read(&format!("{folder}/execution_blocks/18615160.json"));
    let (_, rpc_hash) = json::block_header(&rpc).expect("a block");
    for path in files.paths() {
        let block = files.json(path);
        let root = header_of_block(&block).root();
        let payload = &block["body"]["execution_payload"];
        assert_eq!(execution_header(payload).hash(), &rpc_hash);

        let branch =
            format!("{folder}/state_prover/block_proof_{root}_body,execution_payload,receipts_root.json");
        let proof = files.json(&branch);
        let index = GeneralizedIndex(proof["gindex"].as_u64().expect("an index"));
        let siblings: Vec<Hash32> = list(&proof["witnesses"]).map(hash).collect();
        let receipts_root = hash(&payload["receipts_root"]);
        assert_eq!(
            verify_branch(receipts_root, &siblings, index, root),
            Ok(()),
            "{path}"
        );
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn decimal(value: &Value) -> u64 {
    text(value).parse().expect("a number")
}

fn fixed<const N: usize>(value: &Value) -> [u8; N] {
    unhex(text(value)).try_into().expect("bytes of a fixed length")
}

/// The header that the block hashes to; every byte of its body counts.
fn header_of_block(block: &Value) -> BeaconBlockHeader {
    BeaconBlockHeader {
        slot: Slot(decimal(&block["slot"])),
        proposer_index: decimal(&block["proposer_index"]),
        parent_root: hash(&block["parent_root"]),
        state_root: hash(&block["state_root"]),
        body_root: body_root(&block["body"]),
    }
}

fn body_root(body: &Value) -> Hash32 {
    let eth1 = &body["eth1_data"];
    let eth1 = [
        hash(&eth1["deposit_root"]),
        uint64_root(decimal(&eth1["deposit_count"])),
        hash(&eth1["block_hash"]),
    ];
    let sync = &body["sync_aggregate"];
    let payload = payload_header(&body["execution_payload"]);
    let fields = vec![
        bytes_root(&unhex(text(&body["randao_reveal"]))),
        merkleize(eth1.to_vec(), 2),
        hash(&body["graffiti"]),
        empty_list(&body["proposer_slashings"], 4),
        empty_list(&body["attester_slashings"], 1),
        list_root(list(&body["attestations"]).map(attestation_root).collect(), 7),
        empty_list(&body["deposits"], 4),
        empty_list(&body["voluntary_exits"], 4),
        hash_pair(
            &bytes_root(&unhex(text(&sync["sync_committee_bits"]))),
            &bytes_root(&unhex(text(&sync["sync_committee_signature"]))),
        ),
        payload.root(PayloadType::Capella),
        empty_list(&body["bls_to_execution_changes"], 4),
    ];
    merkleize(fields, 4)
}

/// A list of at most `2^depth` items, given by their roots.
fn list_root(items: Vec<Hash32>, depth: u32) -> Hash32 {
    let count = uint64_root(items.len() as u64);
    hash_pair(&merkleize(items, depth), &count)
}

fn empty_list(value: &Value, depth: u32) -> Hash32 {
    assert_eq!(list(value).count(), 0, "items whose roots are not computed here");
    list_root(Vec::new(), depth)
}

fn attestation_root(attestation: &Value) -> Hash32 {
    let data = &attestation["data"];
    let checkpoint = |value: &Value| hash_pair(&uint64_root(decimal(&value["epoch"])), &hash(&value["root"]));
    let fields = vec![
        uint64_root(decimal(&data["slot"])),
        uint64_root(decimal(&data["index"])),
        hash(&data["beacon_block_root"]),
        checkpoint(&data["source"]),
        checkpoint(&data["target"]),
    ];
    let bits = bitlist_root(unhex(text(&attestation["aggregation_bits"])));
    let signature = bytes_root(&unhex(text(&attestation["signature"])));
    merkleize(vec![bits, merkleize(fields, 3), signature], 2)
}

/// At most 2048 bits; the highest one set only says where they end.
fn bitlist_root(mut bytes: Vec<u8>) -> Hash32 {
    let last = bytes.pop().expect("the bit that ends the list");
    let bits_of_last = last.ilog2();
    let count = 8 * bytes.len() as u64 + u64::from(bits_of_last);
    if bits_of_last > 0 {
        bytes.push(last ^ (1 << bits_of_last));
    }
    hash_pair(
        &merkleize(bytes.chunks(32).map(padded).collect(), 3),
        &uint64_root(count),
    )
}

/// The payload as the light client's header of it.
fn payload_header(payload: &Value) -> ExecutionPayloadHeader {
    let transactions = list(&payload["transactions"]).map(|bytes| {
        let bytes = unhex(text(bytes));
        let data = merkleize(bytes.chunks(32).map(padded).collect(), 25);
        hash_pair(&data, &uint64_root(bytes.len() as u64))
    });
    let withdrawals = list(&payload["withdrawals"]).map(|value| {
        let fields = vec![
            uint64_root(decimal(&value["index"])),
            uint64_root(decimal(&value["validator_index"])),
            padded(&unhex(text(&value["address"]))),
            uint64_root(decimal(&value["amount"])),
        ];
        merkleize(fields, 2)
    });
    ExecutionPayloadHeader {
        parent_hash: hash(&payload["parent_hash"]),
        fee_recipient: fixed(&payload["fee_recipient"]),
        state_root: hash(&payload["state_root"]),
        receipts_root: hash(&payload["receipts_root"]),
        logs_bloom: Box::new(fixed(&payload["logs_bloom"])),
        prev_randao: hash(&payload["prev_randao"]),
        block_number: decimal(&payload["block_number"]),
        gas_limit: decimal(&payload["gas_limit"]),
        gas_used: decimal(&payload["gas_used"]),
        timestamp: decimal(&payload["timestamp"]),
        extra_data: unhex(text(&payload["extra_data"])),
        base_fee_per_gas: text(&payload["base_fee_per_gas"]).parse().expect("a number"),
        block_hash: hash(&payload["block_hash"]),
        transactions_root: list_root(transactions.collect(), 20),
        withdrawals_root: list_root(withdrawals.collect(), 4),
        blob_gas: None,
    }
}

/// The RLP header of the payload, which must hash to the payload's block hash.
fn execution_header(payload: &Value) -> VerifiedHeader {
    let transactions: Vec<_> = list(&payload["transactions"])
        .map(|bytes| unhex(text(bytes)))
        .collect();
    let withdrawals: Vec<_> = list(&payload["withdrawals"]).map(withdrawal).collect();
    let header = ExecutionHeader {
        parent_hash: hash(&payload["parent_hash"]),
        ommers_hash: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
            .parse()
            .expect("the hash of no uncles"),
        beneficiary: text(&payload["fee_recipient"]).parse().expect("an address"),
        state_root: hash(&payload["state_root"]),
        transactions_root: mpt::ordered_root(&transactions),
        receipts_root: hash(&payload["receipts_root"]),
        logs_bloom: Bloom(fixed(&payload["logs_bloom"])),
        difficulty: U256::ZERO,
        number: decimal(&payload["block_number"]),
        gas_limit: decimal(&payload["gas_limit"]),
        gas_used: decimal(&payload["gas_used"]),
        timestamp: UnixSeconds(decimal(&payload["timestamp"])),
        extra_data: unhex(text(&payload["extra_data"])),
        mix_hash: hash(&payload["prev_randao"]),
        nonce: [0; 8],
        base_fee_per_gas: Some(text(&payload["base_fee_per_gas"]).parse().expect("a number")),
        withdrawals_root: Some(mpt::ordered_root(&withdrawals)),
        blob_gas_used: None,
        excess_blob_gas: None,
        parent_beacon_block_root: None,
        requests_hash: None,
        later_fields: Vec::new(),
    };
    VerifiedHeader::from_fields(&hash(&payload["block_hash"]), header)
        .expect("the header is that of the payload")
}

fn withdrawal(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let number = |value: &Value| decimal(value).to_be_bytes();
    encode_list(&mut bytes, |out| {
        encode_integer(out, &number(&value["index"]));
        encode_integer(out, &number(&value["validator_index"]));
        encode_string(out, &unhex(text(&value["address"])));
        encode_integer(out, &number(&value["amount"]));
    });
    bytes
}
