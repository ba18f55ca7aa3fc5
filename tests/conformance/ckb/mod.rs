//! CKB: every file of `ckb` and `local-nodes/ckb`.
//!
//! Valid data is also damaged byte by byte: what still decodes must be refused by a rule, or be the same value (a byte that nothing
//! reads, such as the name of an ignored field).

mod blocks;
mod eaglesong;
mod headers;
mod nodes;
mod proofs;

use serde_json::Value;
use tests::Files;

use super::rows;
use blocks::{mainnet_blocks, testnet_blocks};
use eaglesong::{eaglesong_fuzzy, eaglesong_official};
use headers::{force_bridge_headers, headers_3000, misc_headers};
use nodes::{light_client_answers, node_answers, specs};
use proofs::{bridge_proofs, forged_proofs};

rows! {
    run eaglesong_official ["ckb/eaglesong/test_vectors.txt"];
    run eaglesong_fuzzy ["ckb/mainnet/force_bridge/testEaglesongFuzzy.json"];
    run force_bridge_headers ["ckb/mainnet/force_bridge/testVectors.json"];
    run bridge_proofs ["ckb/mainnet/force_bridge/testHistoryTxProof.json", "ckb/mainnet/force_bridge/testSpv.json"];
    left_out [
        "ckb/mainnet/force_bridge/testHistoryTxRoot.json",
        "ckb/mainnet/force_bridge/testViewHistoryTxRoot.json",
        "ckb/mainnet/force_bridge/testUnlockTokenParam.json",
    ] "a bridge contract's own tree over transaction roots; the CKB part of its proofs is in testHistoryTxProof.json";
    left_out ["ckb/mainnet/force_bridge/testTokenLocker.json"] "parameters of a bridge contract on Ethereum, no CKB data";
    run headers_3000 ["ckb/mainnet/headers_3000-3999/testHeaderHashes.json"];
    run misc_headers ["ckb/headers_misc.json"];
    run mainnet_blocks ["ckb/mainnet/blocks_0-99/blocks_data.json"];
    run testnet_blocks ["ckb/testnet/blocks_0-15/*.json"];
    run forged_proofs ["ckb/negative/*.json"];
    run specs ["ckb/specs/*.toml", "local-nodes/ckb/*/dev.toml"];
    run light_client_answers [
        "ckb/testnet/light_client_rpc/fetch_header/response.json",
        "ckb/testnet/light_client_rpc/fetch_transaction/response.json",
        "ckb/testnet/light_client_rpc/get_header/response.json",
        "ckb/testnet/light_client_rpc/get_peers/response.json",
        "ckb/testnet/light_client_rpc/get_tip_header/response.json",
        "ckb/testnet/light_client_rpc/get_transactions/response.json",
        "ckb/testnet/light_client_rpc/get_transactions_grouped/response.json",
        "ckb/testnet/light_client_rpc_java/TransactionsGrouped.json",
        "ckb/testnet/light_client_rpc_java/fetchHeader.json",
        "ckb/testnet/light_client_rpc_java/fetchTransaction.json",
        "ckb/testnet/light_client_rpc_java/getHeader.json",
        "ckb/testnet/light_client_rpc_java/getTipHeader.json",
        "ckb/testnet/light_client_rpc_java/getTransaction.json",
        "ckb/testnet/light_client_rpc_java/transactions.json",
    ];
    left_out [
        "ckb/testnet/light_client_rpc/get_cells/response.json",
        "ckb/testnet/light_client_rpc/get_cells_capacity/response.json",
        "ckb/testnet/light_client_rpc/get_scripts/response.json",
        "ckb/testnet/light_client_rpc/local_node_info/response.json",
        "ckb/testnet/light_client_rpc/set_scripts/response.json",
        "ckb/testnet/light_client_rpc_java/getCells.json",
    ] "an index's or a node's own state: no header, transaction or proof in it";
    run node_answers [
        "local-nodes/ckb/*/genesis_block.json",
        "local-nodes/ckb/*/get_block.json",
        "local-nodes/ckb/*/get_block_by_number.json",
        "local-nodes/ckb/*/get_consensus.json",
        "local-nodes/ckb/*/get_fork_block.json",
        "local-nodes/ckb/*/get_header.json",
        "local-nodes/ckb/*/get_header_by_number.json",
        "local-nodes/ckb/*/get_header_by_number_packed.json",
        "local-nodes/ckb/*/get_tip_header.json",
        "local-nodes/ckb/*/get_transaction.json",
        "local-nodes/ckb/*/get_transaction_proof.json",
        "local-nodes/ckb/*/get_transaction_and_witness_proof.json",
        "local-nodes/ckb/*/verify_transaction_proof.json",
        "local-nodes/ckb/*/verify_transaction_and_witness_proof.json",
        "local-nodes/ckb/eaglesong/header5.json",
        "local-nodes/ckb/eaglesong_tip_header.json",
    ];
    left_out [
        "local-nodes/ckb/*/ckb-miner.toml",
        "local-nodes/ckb/*/ckb.toml",
    ] "a node's ports, paths and logs: nothing of the chain in it";
    left_out [
        "local-nodes/ckb/*/estimate_fee_rate.json",
        "local-nodes/ckb/*/get_block_economic_state.json",
        "local-nodes/ckb/*/get_block_median_time.json",
        "local-nodes/ckb/*/get_blockchain_info.json",
        "local-nodes/ckb/*/get_cells.json",
        "local-nodes/ckb/*/get_deployments_info.json",
        "local-nodes/ckb/*/get_epoch_by_number.json",
        "local-nodes/ckb/*/get_indexer_tip.json",
        "local-nodes/ckb/*/local_node_info.json",
        "local-nodes/ckb/*/tx_pool_info.json",
    ] "a node's own view without proof: nothing that a light client reads";
}

/// The bytes of a `0x` text.
fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("hex text");
    hex::decode(text.trim_start_matches("0x")).expect("hex digits")
}

/// A number, written as one or as decimal text.
fn number(value: &Value) -> u64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().expect("a number")
}
