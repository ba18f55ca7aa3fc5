//! `viaduct verify eth-account`.

use serde_json::{Value, json};

use super::{Input, Run, vector, viaduct};

const PROOF: &str = "ethereum/mainnet/helios_rpc/rpc/proof.json";
const STATE_ROOT: &str = "0x7b3d5a01f69b7d2ea7479fd7ae35f4bac2700ab6d6d7b4807a7fedf53ced710e";

fn run(name: &str, state_root: &str, answer: &Value) -> (Input, Run) {
    let file = Input::new(name, answer.to_string());
    let arguments = [
        "verify",
        "eth-account",
        "--json",
        "--state-root",
        state_root,
        "--proof",
        file.path(),
    ];
    let run = viaduct(&arguments);
    (file, run)
}

#[test]
fn prints_the_account_and_each_slot() {
    let Some(answer) = vector(PROOF) else { return };
    let (_file, bare) = run("account.json", STATE_ROOT, &answer);
    let (_file, response) = run(
        "response.json",
        STATE_ROOT,
        &json!({"jsonrpc": "2.0", "id": 1, "result": answer}),
    );
    assert_eq!(bare.facts(), response.facts());
    assert_eq!(
        bare.facts(),
        [
            json!({
                "fact": "account",
                "address": "0x00000000219ab540356cbb839cbe05303d7705fa",
                "exists": true,
                "nonce": "1",
                "balance": "57657174398349561183621184",
                "storage_hash": "0xfcbb4b77e533e75ac831006ef975191deda38a7b8f50887a8ad263c38e6e4461",
                "code_hash": "0x6c029a231254fadb724d63be769f75eedd66362df034a3e663252b49d062a666",
            }),
            json!({
                "fact": "slot",
                "key": "0x0000000000000000000000000000000000000000000000000000000000000001",
                "exists": true,
                "value": "16094014837687602615517136699531350652996750438945252531923192985066080263519",
            }),
        ]
    );
}

#[test]
fn proves_that_an_account_does_not_exist() {
    let folder = "local-nodes/prysm-electra-t0";
    let (Some(block), Some(proof)) = (
        vector(&format!("{folder}/el_block.json")),
        vector(&format!("{folder}/el_proof.json")),
    ) else {
        return;
    };
    let state_root = block["response"]["result"]["stateRoot"].as_str().expect("a root");
    let (_file, run) = run("absent.json", state_root, &proof["response"]);
    let facts = run.facts();
    assert_eq!(facts[0]["exists"], false);
    assert_eq!(facts[0]["code_hash"], Value::Null);
    assert_eq!(
        (&facts[1]["exists"], &facts[1]["value"]),
        (&json!(false), &json!("0"))
    );
}

#[test]
fn rejects_what_is_not_proved() {
    let Some(answer) = vector(PROOF) else { return };
    let changed = |pointer: &str, value: Value| {
        let mut answer = answer.clone();
        *answer.pointer_mut(pointer).expect("a member") = value;
        answer
    };
    let zero = format!("0x{}", "0".repeat(64));
    let cases = [
        ("balance", changed("/balance", json!("0x1")), "BalanceMismatch"),
        ("nonce", changed("/nonce", json!("0x2")), "NonceMismatch"),
        ("code", changed("/codeHash", json!(zero)), "CodeHashMismatch"),
        (
            "storage",
            changed("/storageHash", json!(zero)),
            "StorageHashMismatch",
        ),
        (
            "value",
            changed("/storageProof/0/value", json!("0x0")),
            "SlotMismatch",
        ),
        ("key", changed("/storageProof/0/key", json!("0x2")), "SlotProof"),
        ("nodes", changed("/accountProof", json!([])), "AccountProof"),
    ];
    for (name, answer, variant) in cases {
        run(name, STATE_ROOT, &answer).1.is_rejected_as(variant);
    }
    run("root", &zero, &answer).1.is_rejected_as("AccountProof");
}

#[test]
fn names_the_file_and_the_member_of_malformed_input() {
    let Some(mut answer) = vector(PROOF) else { return };
    answer["storageProof"][0]["proof"][1] = json!("0xzz");
    let (file, malformed) = run("malformed.json", STATE_ROOT, &answer);
    malformed.is_error_at(&file.0, "storageProof[0].proof[1]");
    let (file, failed) = run(
        "error.json",
        STATE_ROOT,
        &json!({"jsonrpc": "2.0", "error": {"code": -1, "message": "no state"}}),
    );
    failed.is_error_at(&file.0, "error");
    assert!(failed.stderr.contains("no state"), "{}", failed.stderr);
}

#[test]
fn a_root_that_is_none_is_wrong_usage() {
    let run = viaduct(&[
        "verify",
        "eth-account",
        "--state-root",
        "0x12",
        "--proof",
        "none.json",
    ]);
    assert_eq!(run.status, 2, "{}", run.stderr);
}
