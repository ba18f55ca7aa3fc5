//! Every error names the path of its field.

use alloc::format;
use alloc::string::String;

use strum::VariantNames as _;

use super::*;

const HEADER: &str = r#"{"compact_target":"0x1e015555","dao":"0x0469b82c6c1ea12e0000c16ff286230066cbed490e00000000b2b49f02fbfe06","epoch":"0x0",
"extra_hash":"0x0000000000000000000000000000000000000000000000000000000000000000","hash":"0x10639e0895502b5688a6be8cf69460d76541bfa4821629d86d62ba0aae3f9606",
"nonce":"0x0","number":"0x0","parent_hash":"0x0000000000000000000000000000000000000000000000000000000000000000",
"proposals_hash":"0x0000000000000000000000000000000000000000000000000000000000000000","timestamp":"0x172083ec170",
"transactions_root":"0x00e5d0a4869bc21533d7487ee2377b514245bdfca3ac30ba0710e608011760f6","version":"0x0"}"#;

const TRANSACTION: &str = r#"{"version":"0x0","cell_deps":[{"dep_type":"code","out_point":{"index":"0x1","tx_hash":"0x00e5d0a4869bc21533d7487ee2377b514245bdfca3ac30ba0710e608011760f6"}}],
"header_deps":[],"inputs":[],"outputs":[{"capacity":"0x1","lock":{"args":"0x","code_hash":"0x00e5d0a4869bc21533d7487ee2377b514245bdfca3ac30ba0710e608011760f6","hash_type":"data1"},"type":null}],
"outputs_data":["0x00"],"witnesses":[]}"#;

fn refused(from: &str, to: &str) -> JsonError {
    assert!(HEADER.contains(from), "{from}");
    header(HEADER.replacen(from, to, 1).as_bytes()).unwrap_err()
}

#[test]
fn reads_a_header_a_response_and_a_batch() {
    let expected = header(HEADER.as_bytes()).unwrap();
    assert_eq!(expected.number, 0);
    let response = format!(r#"{{"jsonrpc":"2.0","result":{HEADER},"id":1}}"#);
    assert_eq!(header(response.as_bytes()), Ok(expected.clone()));
    let hex = format!(
        r#"{{"jsonrpc":"2.0","result":"0x{}","id":1}}"#,
        hex::encode(expected.encode())
    );
    assert_eq!(header(hex.as_bytes()), Ok(expected.clone()));
    let batch = format!("[{HEADER},{response},{hex}]");
    assert_eq!(
        headers(batch.as_bytes()),
        Ok([expected.clone(), expected.clone(), expected].to_vec())
    );
}

#[test]
fn reads_a_transaction_alone_and_inside_an_answer() {
    let expected = transaction(TRANSACTION.as_bytes()).unwrap();
    let answer =
        format!(r#"{{"jsonrpc":"2.0","result":{{"transaction":{TRANSACTION},"tx_status":{{}}}},"id":1}}"#);
    assert_eq!(transaction(answer.as_bytes()), Ok(expected));
}

#[test]
fn rejects_what_is_not_json_or_not_the_object() {
    for text in [
        "",
        "{",
        "[]",
        "5",
        "\"0x\" 1",
        "{\"number\":\"0x0\",\"number\":\"0x0\"}",
    ] {
        let refused = header(text.as_bytes()).unwrap_err();
        assert!(matches!(refused, JsonError::Syntax(_)), "{text}: {refused}");
    }
}

#[test]
fn rejects_a_list_in_place_of_an_object_and_names_its_path() {
    let text = TRANSACTION
        .replace(r#"{"index":"0x1","tx_hash":"#, r#"["0x1","#)
        .replace("f6\"}}]", "f6\"]}]");
    let refused = transaction(text.as_bytes()).unwrap_err();
    let message = format!("{refused}");
    assert!(message.starts_with("cell_deps[0].out_point: "), "{message}");
    for text in [r#"["0x0","0x0"]"#, r#"{"jsonrpc":"2.0","result":["0x0","0x0"]}"#] {
        assert!(matches!(transaction(text.as_bytes()), Err(JsonError::Syntax(_))));
        assert!(matches!(
            transaction_proof(text.as_bytes()),
            Err(JsonError::Syntax(_))
        ));
        assert!(matches!(block(text.as_bytes()), Err(JsonError::Syntax(_))));
    }
}

#[test]
fn rejects_a_response_without_result() {
    let null = r#"{"jsonrpc":"2.0","result":null,"id":1}"#;
    assert_eq!(header(null.as_bytes()), Err(JsonError::NoResult));
    let failed = r#"{"jsonrpc":"2.0","error":{"code":-1},"id":1}"#;
    assert_eq!(headers(failed.as_bytes()), Err(JsonError::NoResult));
}

#[test]
fn rejects_a_missing_field_and_names_its_path() {
    let missing = |path: &str| JsonError::Missing { path: path.into() };
    assert_eq!(refused(r#""epoch":"0x0","#, ""), missing("epoch"));
    assert_eq!(refused(r#""epoch":"0x0""#, r#""epoch":null"#), missing("epoch"));
    let list = format!("[{HEADER},{{}}]");
    assert_eq!(headers(list.as_bytes()), Err(missing("[1].version")));
    let without = TRANSACTION.replace(r#""index":"0x1","#, "");
    assert_eq!(
        transaction(without.as_bytes()),
        Err(missing("cell_deps[0].out_point.index"))
    );
    assert_eq!(block(b"{}"), Err(missing("header")));
}

#[test]
fn rejects_a_field_of_another_type() {
    let expected = JsonError::NotAString {
        path: "number".into(),
    };
    for other in ["0", "-1", "1.5", "true", "[]", "{\"a\":1}"] {
        assert_eq!(
            refused(r#""number":"0x0""#, &format!(r#""number":{other}"#)),
            expected
        );
    }
}

#[test]
fn rejects_loose_quantities() {
    for value in [
        "0",
        "0x",
        "0x00",
        "0x01",
        "0xG",
        "0X1",
        "0xA",
        "0x+1",
        "0x1ffffffffffffffff",
        " 0x1",
    ] {
        let expected = JsonError::Quantity {
            path: "number".into(),
            value: value.into(),
        };
        assert_eq!(
            refused(r#""number":"0x0""#, &format!(r#""number":"{value}""#)),
            expected
        );
    }
    let expected = JsonError::Quantity {
        path: "version".into(),
        value: "0x100000000".into(),
    };
    assert_eq!(
        refused(r#""version":"0x0""#, r#""version":"0x100000000""#),
        expected
    );
}

#[test]
fn rejects_hex_of_another_size() {
    let expected = JsonError::Hex {
        path: "dao".into(),
        value: String::from("0x0") + &"0".repeat(77),
    };
    assert_eq!(
        refused(
            r#""dao":"0x0469b82c6c1ea12e0000c16ff286230066cbed490e00000000b2b49f02fbfe06""#,
            &format!(r#""dao":"0x{}""#, "0".repeat(100))
        ),
        expected
    );
    let list = r#"["0x00"]"#;
    assert_eq!(
        headers(list.as_bytes()),
        Err(JsonError::Hex {
            path: "[0]".into(),
            value: "0x00".into()
        })
    );
}

#[test]
fn rejects_unknown_words() {
    for value in ["data0", "data+1", "data128", "types", ""] {
        let text = TRANSACTION.replace("data1", value);
        let expected = JsonError::UnknownValue {
            path: "outputs[0].lock.hash_type".into(),
            value: value.into(),
        };
        assert_eq!(transaction(text.as_bytes()), Err(expected));
    }
    let text = TRANSACTION.replace("\"code\"", "\"group\"");
    let expected = JsonError::UnknownValue {
        path: "cell_deps[0].dep_type".into(),
        value: "group".into(),
    };
    assert_eq!(transaction(text.as_bytes()), Err(expected));
}

#[test]
fn rejects_outputs_without_data() {
    let text = TRANSACTION.replace("\"0x00\"", "");
    let expected = JsonError::DataCount {
        path: "outputs_data".into(),
        expected: 1,
        got: 0,
    };
    assert_eq!(transaction(text.as_bytes()), Err(expected));
}

#[test]
fn rejects_a_wrong_claim_about_the_hash() {
    let refused = refused(r#""nonce":"0x0""#, r#""nonce":"0x1""#);
    assert!(
        matches!(&refused, JsonError::ClaimedHash { path, .. } if path == "hash"),
        "{refused}"
    );
}

#[test]
fn every_error_has_a_test() {
    let tested = [
        "Syntax",
        "NoResult",
        "Missing",
        "NotAString",
        "Quantity",
        "Hex",
        "UnknownValue",
        "DataCount",
        "ClaimedHash",
    ];
    assert_eq!(JsonError::VARIANTS, tested);
}
