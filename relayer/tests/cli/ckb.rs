//! `viaduct verify ckb` from outside: facts, exit status and the words of a refusal.

use std::{env, fs, path::PathBuf, process::Command};

const HEADERS: &str = "ckb/mainnet/headers_3000-3999/testHeaderHashes.json";

/// A file of this test's own.
fn scratch(name: &str, content: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("viaduct-verify-ckb-{}-{name}", std::process::id()));
    fs::write(&path, content).expect("the temporary folder is writable");
    path
}

/// Real headers as hex lines.
fn lines() -> Option<Vec<String>> {
    let text = fs::read(tests::available()?.join(HEADERS)).expect("the vector is there");
    let entries: serde_json::Value = serde_json::from_slice(&text).expect("the vector is JSON");
    let inputs = entries
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["input"].as_str().expect("hex").to_owned());
    Some(inputs.collect())
}

fn viaduct(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_viaduct"))
        .args(["verify", "ckb"])
        .args(arguments)
        .output();
    let output = output.expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn verify(name: &str, content: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let path = scratch(name, content);
    let file = path.to_str().expect("UTF-8");
    let outcome = viaduct(&[&["--headers", file], more].concat());
    fs::remove_file(&path).expect("the file was written");
    outcome
}

#[test]
fn real_headers_over_an_epoch_change_are_accepted() {
    let Some(lines) = lines() else { return };
    let (status, stdout, stderr) = verify("good", &lines.join("\n"), &["--network", "mainnet", "--json"]);
    assert_eq!(status, Some(0), "{stderr}");
    let facts: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a fact per line"))
        .collect();
    assert_eq!(facts.len(), 2);
    assert_eq!(
        (&facts[0]["fact"], &facts[0]["number"], &facts[0]["checked"]),
        (&"anchor".into(), &"3000".into(), &false.into())
    );
    assert_eq!(
        (&facts[1]["fact"], &facts[1]["without_median"]),
        (&"tip".into(), &36.into())
    );
    assert_eq!(facts[1]["epoch"], 2);
    let anchor = facts[0]["hash"].as_str().expect("a hash");
    let (status, stdout, _) = verify(
        "checked",
        &lines.join("\n"),
        &["--network", "mainnet", "--checkpoint", anchor],
    );
    assert_eq!(status, Some(0));
    assert!(stdout.contains("as the checkpoint names it"), "{stdout}");
}

#[test]
fn another_checkpoint_is_rejected() {
    let Some(lines) = lines() else { return };
    let zero = "0x0000000000000000000000000000000000000000000000000000000000000000";
    let (status, stdout, stderr) = verify(
        "checkpoint",
        &lines.join("\n"),
        &["--network", "mainnet", "--checkpoint", zero],
    );
    assert_eq!(status, Some(3));
    assert!(stdout.is_empty());
    assert!(
        stderr.starts_with("rejected: AnchorIsNotCheckpoint: "),
        "{stderr}"
    );
}

#[test]
fn altered_headers_are_rejected_by_name() {
    let Some(lines) = lines() else { return };
    let altered = |line: usize, place: usize| {
        let mut lines = lines.clone();
        let flipped = if &lines[line][place..=place] == "0" {
            "1"
        } else {
            "0"
        };
        lines[line].replace_range(place..=place, flipped);
        lines.join("\n")
    };
    // Places are hex digits after `0x`: version, number, parent hash, transactions root, nonce.
    for (line, place, variant) in [
        (5, 2, "Version"),
        (5, 34, "NumberNotNext"),
        (5, 66, "NotLinked"),
        (5, 130, "NotLinked"),
        (599, 417, "NoProofOfWork"),
    ] {
        let (status, _, stderr) = verify("altered", &altered(line, place), &["--network", "mainnet"]);
        assert_eq!(status, Some(3), "{variant}: {stderr}");
        assert!(
            stderr.starts_with(&format!("rejected: {variant}: ")),
            "{variant}: {stderr}"
        );
    }
    let (status, _, stderr) = verify("testnet", &lines.join("\n"), &["--network", "testnet"]);
    assert_eq!(status, Some(3));
    assert!(stderr.starts_with("rejected: NoProofOfWork: "), "{stderr}");
}

#[test]
fn headers_from_the_future_are_rejected() {
    let Some(lines) = lines() else { return };
    let (status, _, stderr) = verify(
        "future",
        &lines.join("\n"),
        &["--network", "mainnet", "--now", "1500000000"],
    );
    assert_eq!(status, Some(3));
    assert!(stderr.starts_with("rejected: TimestampInFuture: "), "{stderr}");
}

#[test]
fn malformed_input_is_an_error_that_names_file_and_place() {
    for (content, place) in [
        ("0x00", "line 1"),
        ("zz", "line 1"),
        ("[{\"version\":\"0x00\"}]", "[0].version"),
    ] {
        let (status, _, stderr) = verify("malformed", content, &["--network", "mainnet"]);
        assert_eq!(status, Some(1), "{stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert!(stderr.contains("malformed") && stderr.contains(place), "{stderr}");
    }
    let (status, _, stderr) = verify("network", "[]", &["--network", "/nonexistent.toml"]);
    assert_eq!(status, Some(1));
    assert!(
        stderr.contains("/nonexistent.toml") && stderr.contains("hint: "),
        "{stderr}"
    );
    let (status, _, stderr) = verify("empty", "[]", &["--network", "mainnet"]);
    assert_eq!(
        (status, stderr.starts_with("rejected: NoHeaders: ")),
        (Some(3), true),
        "{stderr}"
    );
}

#[test]
fn a_nodes_own_spec_and_headers_are_accepted() {
    let Some(root) = tests::available() else { return };
    let spec = root.join("local-nodes/ckb/dummy/dev.toml");
    let header =
        fs::read_to_string(root.join("local-nodes/ckb/dummy/get_header.json")).expect("the vector is there");
    let (status, stdout, stderr) = verify(
        "local",
        &format!("[{header}]"),
        &["--network", spec.to_str().expect("UTF-8")],
    );
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stdout.contains("tip 5 0xbf4cf3af"), "{stdout}");
}
