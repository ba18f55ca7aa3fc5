//! `viaduct verify eth-receipt`.

use serde_json::{Value, json};

use super::{Input, Run, vector, viaduct};

const PROOF: &str = "ethereum/mainnet/axelar_lc/receipt_proof.json";

fn run(name: &str, receipts_root: &str, index: u32, nodes: &Value) -> (Input, Run) {
    let file = Input::new(name, nodes.to_string());
    let index = index.to_string();
    let run = viaduct(&[
        "verify",
        "eth-receipt",
        "--json",
        "--receipts-root",
        receipts_root,
        "--index",
        &index,
        "--proof",
        file.path(),
    ]);
    (file, run)
}

/// The receipts root and the nodes that prove receipt 0.
fn sample() -> Option<(String, Value)> {
    let value = vector(PROOF)?;
    Some((
        value["receipts_root"].as_str().expect("a root").to_owned(),
        value["proof"].clone(),
    ))
}

#[test]
fn prints_status_and_logs() {
    let Some((root, nodes)) = sample() else { return };
    let facts = run("receipt.json", &root, 0, &nodes).1.facts();
    let [receipt] = &facts[..] else {
        panic!("one fact: {facts:?}");
    };
    assert_eq!(receipt["fact"], "receipt");
    assert_eq!(
        (&receipt["index"], &receipt["type"], &receipt["status"]),
        (&json!(0), &json!(2), &json!(1))
    );
    assert_eq!(receipt["cumulative_gas_used"], "914236");
    let logs = receipt["logs"].as_array().expect("logs");
    assert_eq!(logs.len(), 2);
    assert_eq!(logs[0]["address"], "0x910cbd523d972eb0a6f4cae4618ad62622b39dbf");
    assert_eq!(logs[0]["topics"].as_array().map(Vec::len), Some(2));
    assert_eq!(logs[1]["index"], 1);
}

#[test]
fn rejects_what_is_not_proved() {
    let Some((root, nodes)) = sample() else { return };
    run("index", &root, 1, &nodes).1.is_rejected_as("Proof");
    run("truncated", &root, 0, &json!([nodes[0]]))
        .1
        .is_rejected_as("Proof");
    run("surplus", &root, 0, &json!([nodes[0], nodes[1], nodes[1]]))
        .1
        .is_rejected_as("Proof");
    run("no receipt", &root, 200, &nodes)
        .1
        .is_rejected_as("NoSuchReceipt");
    run("another root", &format!("0x{}", "1".repeat(64)), 0, &nodes)
        .1
        .is_rejected_as("Proof");
}

#[test]
fn names_the_file_and_the_member_of_malformed_input() {
    let Some((root, mut nodes)) = sample() else { return };
    nodes[1] = json!(7);
    let (file, malformed) = run("malformed", &root, 0, &nodes);
    malformed.is_error_at(&file.0, "[1]");
}
