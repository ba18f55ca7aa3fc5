//! ECDSA over secp256k1: the published Wycheproof cases against signature recovery.
//!
//! The cases verify (key, message, signature); ours recovers an address from a digest and r ‖ s ‖ v. A signature counts as accepted
//! when v = 27 or v = 28 recovers the key's address. Ours is stricter than plain ECDSA in two ways, and each is shown case by case:
//!
//! - **low s**: a valid signature with s above half the order is refused by that name, and its twin (r, n - s) is accepted. In the
//!   `bitcoin` set such cases are invalid already.
//! - **r below the order**: a valid signature whose point's x is at least n needs recovery id 2 or 3, which `ecrecover` lacks.
//!
//! DER is read by the signature library, strictly; wire itself knows fixed-width signatures only, so bytes that are no strict DER, or no
//! 64 bytes in the `p1363` set, never reach it.

use secp256k1::{
    Message, PublicKey,
    ecdsa::{self, RecoverableSignature, RecoveryId},
};
use serde_json::Value;
use sha2::Digest as _;
use tests::Files;
use wire::{
    eip712::Digest,
    signature::{Signature, SignatureError, address_of},
};

use super::rows;

rows! {
    run der_of_any_s ["ethereum/ecdsa/wycheproof/ecdsa_secp256k1_sha256_test.json"];
    run der_of_any_s_over_sha3 ["ethereum/ecdsa/wycheproof/ecdsa_secp256k1_sha3_256_test.json"];
    run der_of_low_s ["ethereum/ecdsa/wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json"];
    run fixed_width_of_any_s ["ethereum/ecdsa/wycheproof/ecdsa_secp256k1_sha256_p1363_test.json"];
}

fn der_of_any_s(files: &Files) {
    run(files, sha256, der);
}

fn der_of_any_s_over_sha3(files: &Files) {
    run(files, sha3_256, der);
}

fn der_of_low_s(files: &Files) {
    let tally = run(files, sha256, der);
    assert_eq!(tally.high_s, 0, "the set's valid signatures all have a low s");
}

fn fixed_width_of_any_s(files: &Files) {
    run(files, sha256, fixed_width);
}

fn sha256(message: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(message).into())
}

fn sha3_256(message: &[u8]) -> Digest {
    Digest(sha3::Sha3_256::digest(message).into())
}

fn der(bytes: &[u8]) -> Option<[u8; 64]> {
    ecdsa::Signature::from_der(bytes)
        .ok()
        .map(|signature| signature.serialize_compact())
}

fn fixed_width(bytes: &[u8]) -> Option<[u8; 64]> {
    bytes.try_into().ok()
}

/// How the valid signatures of a file fared.
#[derive(Default)]
struct Tally {
    accepted: usize,
    high_s: usize,
    overflowing_r: usize,
}

fn run(files: &Files, hash: fn(&[u8]) -> Digest, parse: fn(&[u8]) -> Option<[u8; 64]>) -> Tally {
    let mut tally = Tally::default();
    for path in files.paths() {
        let file = files.json(path);
        let mut count = 0;
        for group in list(&file["testGroups"]) {
            let key =
                PublicKey::from_slice(&bytes(&group["publicKey"]["uncompressed"])).expect("a public key");
            for case in list(&group["tests"]) {
                count += 1;
                let digest = hash(&bytes(&case["msg"]));
                let parsed = parse(&bytes(&case["sig"]));
                check(case, &key, digest, parsed, &mut tally);
            }
        }
        assert_eq!(file["numberOfTests"], count, "{path}");
    }
    assert!(tally.accepted > 50, "hardly anything was accepted");
    assert!(tally.overflowing_r < 10, "too much is laid to overflows");
    tally
}

fn check(case: &Value, key: &PublicKey, digest: Digest, rs: Option<[u8; 64]>, tally: &mut Tally) {
    let name = format!("case {} ({})", case["tcId"], case["comment"]);
    let accepted = rs.is_some_and(|rs| accepts(key, digest, rs));
    if case["result"] != "valid" {
        assert_eq!(case["result"], "invalid", "{name}");
        assert!(!accepted, "{name}: accepted");
        return;
    }
    let rs = rs.unwrap_or_else(|| panic!("{name}: not read"));
    if accepted {
        tally.accepted += 1;
    } else if needs_overflowing_r(key, digest, rs) {
        tally.overflowing_r += 1;
    } else {
        let refused = Signature::from_parts(rs, false).recover(digest);
        assert_eq!(
            refused,
            Err(SignatureError::HighS),
            "{name}: refused without a reason"
        );
        assert!(
            accepts(key, digest, low_s_twin(rs)),
            "{name}: nor is the twin accepted"
        );
        tally.high_s += 1;
    }
}

fn accepts(key: &PublicKey, digest: Digest, rs: [u8; 64]) -> bool {
    let recovered = [false, true].map(|odd_y| Signature::from_parts(rs, odd_y).recover(digest));
    recovered.contains(&Ok(address_of(key)))
}

fn low_s_twin(rs: [u8; 64]) -> [u8; 64] {
    let mut signature = ecdsa::Signature::from_compact(&rs).expect("r and s are in range");
    signature.normalize_s();
    signature.serialize_compact()
}

fn needs_overflowing_r(key: &PublicKey, digest: Digest, rs: [u8; 64]) -> bool {
    [RecoveryId::Two, RecoveryId::Three].into_iter().any(|id| {
        let signature = RecoverableSignature::from_compact(&rs, id).expect("r and s are in range");
        signature.recover_ecdsa(Message::from_digest(digest.0)) == Ok(*key)
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a string")).expect("hex")
}
