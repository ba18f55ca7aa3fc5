//! `viaduct verify ckb-tx` from outside, over a transaction of a local node.

use std::{env, fs, path::Path, path::PathBuf, process::Command};

fn folder() -> Option<PathBuf> {
    Some(tests::available()?.join("local-nodes/ckb/dummy"))
}

fn viaduct(header: &Path, tx: &Path, proof: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_viaduct"))
        .args(["verify", "ckb-tx", "--json", "--header"])
        .arg(header)
        .arg("--tx")
        .arg(tx)
        .arg("--proof")
        .arg(proof)
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The node's three answers, one of them with a text replaced.
fn with(file: &str, from: &str, to: &str) -> Option<(Option<i32>, String, String)> {
    let folder = folder()?;
    let text = fs::read_to_string(folder.join(file)).expect("the vector is there");
    assert!(text.contains(from), "{from}");
    let changed = env::temp_dir().join(format!(
        "viaduct-verify-ckb-tx-{}-{file}-{}",
        std::process::id(),
        to.len()
    ));
    fs::write(&changed, text.replacen(from, to, 1)).expect("the temporary folder is writable");
    let path = |name: &str| {
        if name == file {
            changed.clone()
        } else {
            folder.join(name)
        }
    };
    let outcome = viaduct(
        &path("get_header.json"),
        &path("get_transaction.json"),
        &path("get_transaction_proof.json"),
    );
    fs::remove_file(changed).expect("the file was written");
    Some(outcome)
}

#[test]
fn a_nodes_answers_are_accepted() {
    let Some((status, stdout, stderr)) = with("get_header.json", "\"jsonrpc\"", "\"jsonrpc\"") else {
        return;
    };
    assert_eq!(status, Some(0), "{stderr}");
    let hash = "0x5762c3a6bb833cb390f10bd1eee0c4d927a4d0c98ccfdc713e05ec4a6fac0d7a";
    assert_eq!(
        stdout,
        format!("{{\"fact\":\"transaction\",\"hash\":\"{hash}\",\"index\":0}}\n")
    );
}

#[test]
fn altered_answers_are_rejected_by_name() {
    let cases = [
        (
            "get_transaction.json",
            "\"since\":\"0x5\"",
            "\"since\":\"0x6\"",
            "ClaimedHash",
        ),
        (
            "get_header.json",
            "\"number\":\"0x5\"",
            "\"number\":\"0x6\"",
            "ClaimedHash",
        ),
        (
            "get_transaction_proof.json",
            "\"block_hash\":\"0xbf",
            "\"block_hash\":\"0xbe",
            "OtherBlock",
        ),
        (
            "get_transaction_proof.json",
            "\"witnesses_root\":\"0xf6",
            "\"witnesses_root\":\"0xf7",
            "TransactionsRoot",
        ),
        (
            "get_transaction_proof.json",
            "[\"0x0\"]",
            "[\"0x1\"]",
            "MissingSibling",
        ),
        (
            "get_transaction_proof.json",
            "[\"0x0\"]",
            "[\"0x0\",\"0x1\"]",
            "ProvedCount",
        ),
        (
            "get_transaction_proof.json",
            "\"lemmas\":[]",
            "\"lemmas\":[\"0x5762c3a6bb833cb390f10bd1eee0c4d927a4d0c98ccfdc713e05ec4a6fac0d7a\"]",
            "SurplusLemmas",
        ),
    ];
    for (file, from, to, variant) in cases {
        let Some((status, stdout, stderr)) = with(file, from, to) else {
            return;
        };
        assert_eq!(status, Some(3), "{variant}: {stderr}");
        assert!(
            stdout.is_empty() && stderr.starts_with(&format!("rejected: {variant}: ")),
            "{variant}: {stderr}"
        );
    }
}

#[test]
fn malformed_answers_are_errors_that_name_file_and_field() {
    let cases = [
        (
            "get_header.json",
            "\"number\":\"0x5\"",
            "\"number\":\"0x05\"",
            "number",
        ),
        (
            "get_transaction.json",
            "\"index\":\"0xffffffff\"",
            "\"index\":\"0x1ffffffff\"",
            "transaction.inputs[0].previous_output.index",
        ),
        (
            "get_transaction_proof.json",
            "\"lemmas\":[]",
            "\"lemmas\":[5]",
            "proof.lemmas[0]",
        ),
    ];
    for (file, from, to, field) in cases {
        let Some((status, _, stderr)) = with(file, from, to) else {
            return;
        };
        assert_eq!(status, Some(1), "{field}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(file) && stderr.contains(field),
            "{field}: {stderr}"
        );
    }
}
