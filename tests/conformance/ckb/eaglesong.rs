//! Eaglesong's official vectors, and 188 proof-of-work messages side by side.

use light_client::ckb::eaglesong::{eaglesong, pow_hashes};

use super::{Files, bytes};

pub(super) fn eaglesong_official(files: &Files) {
    let text = files.text("ckb/eaglesong/test_vectors.txt");
    let values = |name: &str| {
        let prefix = format!("{name} = ");
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned));
        lines
            .map(|digits| hex::decode(digits.trim()).expect("hex"))
            .collect::<Vec<_>>()
    };
    let (inputs, outputs) = (values("Input"), values("Output"));
    assert_eq!((inputs.len(), outputs.len()), (8, 8));
    for (input, output) in inputs.iter().zip(outputs) {
        assert_eq!(eaglesong(input).to_vec(), output);
    }
}

pub(super) fn eaglesong_fuzzy(files: &Files) {
    let vectors = files.json("ckb/mainnet/force_bridge/testEaglesongFuzzy.json");
    let pairs = vectors["calculateEaglesong"].as_array().expect("a list");
    assert_eq!(pairs.len(), 188);
    let messages: Vec<_> = pairs
        .iter()
        .map(|pair| pow_message(&bytes(&pair["input"])))
        .collect();
    let mut hashes = vec![[0; 32]; messages.len()];
    pow_hashes(&messages, &mut hashes);
    for (pair, hash) in pairs.iter().zip(hashes) {
        assert_eq!(hash.to_vec(), bytes(&pair["output"]));
    }
}

/// The vectors pad a message to two words of 32 bytes with zeros.
pub(super) fn pow_message(padded: &[u8]) -> [u8; 48] {
    let (message, padding) = padded.split_first_chunk().expect("48 bytes");
    assert!(padding.iter().all(|byte| *byte == 0));
    *message
}
