//! `viaduct margin` from outside: what it prints, and what it says about files that are no portfolio.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;

const OWN: &str = r#"{
  "spot": "2000", "cash": "1500.25", "phi": "1.05",
  "linear": [{ "quantity": "-2", "price": "2001", "value": 12.5 }],
  "collateral": [{ "amount": "3", "price": "2000", "moves_with_spot": true,
                   "initial_haircut": "0.05", "maintenance_haircut": "0.05" }],
  "expiries": [{ "seconds": 604800, "forward": "2010", "rate": "0.05", "confidence": "0.95",
                 "surface": { "a": "0.01", "b": "0.02", "rho": "0", "m": "0", "sigma": "0.1",
                              "forward": "2010", "tau": "0.019" },
                 "options": [{ "kind": "call", "strike": "2100", "quantity": "-1.5" }] }]
}"#;

fn file(name: &str, text: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the temporary folder is writable");
    path
}

fn viaduct(name: &str, text: &[u8], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_viaduct"));
    command.arg("margin").arg(file(name, text)).args(arguments);
    command.output().expect("the binary runs")
}

fn printed(name: &str, text: &[u8]) -> Value {
    let output = viaduct(name, text, &["--json"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn prints_margins_scenarios_and_greeks_as_decimal_strings() {
    let margin = printed("own.json", OWN.as_bytes());
    for key in ["initial_margin", "maintenance_margin", "value"] {
        let text = margin[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key} is a string"));
        text.parse::<ledger::math::Fixed>()
            .unwrap_or_else(|error| panic!("{key}: {error}"));
    }
    assert_eq!(margin["scenarios"].as_array().map(Vec::len), Some(31));
    assert!(margin["scenarios"][0].is_string());
    for greek in ["delta", "gamma", "vega", "theta"] {
        assert!(margin["greeks"][greek].is_string(), "{greek}");
    }
    // Two sold perpetuals and a part of a sold call.
    assert!(
        margin["greeks"]["delta"]
            .as_str()
            .is_some_and(|delta| delta.starts_with("-2."))
    );
}

#[test]
fn prints_lines_for_people_without_json() {
    let output = viaduct("lines.json", OWN.as_bytes(), &[]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("initial margin "), "{text}");
    assert_eq!(text.matches("worst").count(), 1, "{text}");
}

#[test]
fn cash_moves_both_margins_by_itself() {
    let more = OWN.replace("1500.25", "1600.25");
    let (before, after) = (
        printed("less.json", OWN.as_bytes()),
        printed("more.json", more.as_bytes()),
    );
    for key in ["initial_margin", "maintenance_margin"] {
        let number = |margin: &Value| margin[key].as_str().and_then(|text| text.parse().ok());
        let (before, after): (ledger::math::Fixed, ledger::math::Fixed) = (
            number(&before).expect("a number"),
            number(&after).expect("a number"),
        );
        assert_eq!(
            after.sub(before).expect("near"),
            ledger::math::Fixed::from_int(100)
        );
    }
}

#[test]
fn malformed_files_are_named_with_their_field() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = format!(
        r#"{{"spot":1,"linear":[{}{{"quantity":1,"price":1}}]}}"#,
        r#"{"quantity":1,"price":1},"#.repeat(200)
    );
    let cases: [(&str, &str, &str); 12] = [
        ("empty", "", "field ."),
        ("list", "[]", "field ."),
        ("deep", &deep, "field"),
        ("missing", "{}", "missing field `spot`"),
        (
            "text",
            r#"{"spot": "two"}"#,
            "field spot: \"two\" is not a decimal number",
        ),
        ("unknown", r#"{"spot": 1, "spott": 2}"#, "unknown field `spott`"),
        ("trailing", r#"{"spot": 1} x"#, "field ."),
        ("huge", r#"{"spot": 1e30}"#, "1e30 is out of range"),
        ("many", &many, "field linear: more than 128 entries"),
        (
            "nested",
            r#"{"spot":1,"linear":[{"quantity":"x","price":1}]}"#,
            "field linear[0].quantity",
        ),
        (
            "public",
            r#"{"Scenario":{}}"#,
            "field Scenario: missing field `Cash`",
        ),
        (
            "negative",
            r#"{"spot":1,"collateral":[{"amount":-1,"price":1,"moves_with_spot":1,"initial_haircut":0,"maintenance_haircut":0}]}"#,
            "collateral is -1, below zero",
        ),
    ];
    for (name, text, expected) in cases {
        let output = viaduct(&format!("bad-{name}.json"), text.as_bytes(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(&format!("bad-{name}.json")), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(!said.contains("panicked"), "{name}: {said}");
    }
}

#[test]
fn damaged_files_never_panic() {
    for at in 0..OWN.len() {
        let mut bytes = OWN.as_bytes().to_vec();
        bytes[at] ^= 0x15;
        if at % 7 == 0 {
            let output = viaduct("damaged.json", &bytes, &[]);
            assert!(matches!(output.status.code(), Some(0 | 1)), "at {at}: {output:?}");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_viaduct"))
        .args(["margin", "/nonexistent/portfolio.json"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent/portfolio.json"));
}
