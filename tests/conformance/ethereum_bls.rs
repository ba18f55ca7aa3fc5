//! Signature vectors of the beacon chain's ciphersuite, run through a committee of the vectors' keys.
//!
//! A committee signs 32-byte roots with one aggregate; cases with other messages cannot be said to it and are skipped.

use blst::min_pk::{PublicKey, Signature};
use light_client::{
    Hash32,
    ethereum::{
        Committee, KeyOrigin, Rejection,
        types::{SyncAggregate, SyncCommittee},
    },
};
use tests::Files;

use crate::{
    beacon::{committee_of, infinity},
    conformance::rows,
};

rows! {
    run herumi_signatures ["ethereum/bls/herumi_eth2/fast_aggregate_verify.txt", "ethereum/bls/herumi_eth2/verify.txt"];
    run wycheproof_possession ["ethereum/bls/wycheproof/bls_sig_g2_pop_verify_test.json"];
    run compressed_keys ["ethereum/bls/herumi_eth2/g1_compressed_valid_test_vectors.dat"];
    run compressed_signatures ["ethereum/bls/herumi_eth2/g2_compressed_valid_test_vectors.dat"];
    left_out ["ethereum/bls/herumi_eth2/g?_uncompressed_valid_test_vectors.dat"] "no light-client object holds an uncompressed point";
    left_out ["ethereum/bls/herumi_eth2/aggregate.txt", "ethereum/bls/herumi_eth2/sign.txt"] "the light client neither signs nor aggregates signatures";
    left_out ["ethereum/bls/herumi_eth2/aggregate_verify.txt", "ethereum/bls/wycheproof/bls_sig_g2_aggregate_verify_test.json"] "many messages under one signature: a sync committee signs one";
    left_out ["ethereum/bls/wycheproof/bls_sig_g2_basic_verify_test.json"] "another ciphersuite: no proof of possession";
    left_out ["ethereum/bls/wycheproof/bls_hash_to_g2_test.json", "ethereum/bls/hash_to_curve/*.json"] "inside blst, and with other domain tags than the beacon chain's";
    left_out ["ethereum/bls/herumi_eth2/README.md", "ethereum/bls/hash_to_curve/README"] "prose";
}

/// Whether a committee of these keys, all of them present, signed the message; `None` for a message of another length.
fn verdict(keys: &[Vec<u8>], message: &[u8], signature: &[u8]) -> Option<bool> {
    let signing_root = Hash32::try_from(message).ok()?;
    let checked = || {
        let committee = committee(keys)?;
        let mut bits = vec![0; keys.len().div_ceil(8)];
        (0..keys.len()).for_each(|member| bits[member / 8] |= 1 << (member % 8));
        let aggregate = SyncAggregate {
            bits,
            signature: signature.try_into().ok()?,
        };
        let loaded =
            [KeyOrigin::Finalized, KeyOrigin::Forced].map(|origin| Committee::load(&committee, origin));
        let verdicts = loaded.map(|loaded| {
            loaded
                .and_then(|committee| committee.verify(&aggregate, signing_root))
                .is_ok()
        });
        assert_eq!(
            verdicts[0], verdicts[1],
            "keys of the vectors are in the subgroup or on no curve"
        );
        Some(verdicts[0])
    };
    Some(checked().unwrap_or(false))
}

/// As served: with the sum of the keys where they have one.
fn committee(keys: &[Vec<u8>]) -> Option<SyncCommittee> {
    let pubkeys: Vec<[u8; 48]> = keys
        .iter()
        .map(|key| key.as_slice().try_into().ok())
        .collect::<Option<_>>()?;
    let points: Result<Vec<PublicKey>, _> = pubkeys.iter().map(|key| PublicKey::from_bytes(key)).collect();
    let aggregate_pubkey = match points {
        Ok(points) if !points.is_empty() => committee_of(&points).aggregate_pubkey,
        _ => infinity(),
    };
    Some(SyncCommittee {
        pubkeys,
        aggregate_pubkey,
    })
}

fn herumi_signatures(files: &Files) {
    let mut verdicts = [0, 0];
    for path in files.paths() {
        let (mut keys, mut message, mut signature) = (Vec::new(), Vec::new(), Vec::new());
        for line in files.text(path).lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            match name {
                "pub" => keys.push(hex::decode(value).unwrap()),
                "msg" => message = hex::decode(value).unwrap(),
                "sig" => signature = hex::decode(value).unwrap(),
                _ => {
                    let keys = std::mem::take(&mut keys);
                    assert_eq!(
                        verdict(&keys, &message, &signature),
                        Some(value == "true"),
                        "{path}"
                    );
                    verdicts[usize::from(value == "true")] += 1;
                }
            }
        }
    }
    assert!(verdicts.iter().all(|count| *count > 2), "{verdicts:?}");
}

fn wycheproof_possession(files: &Files) {
    let mut run = 0;
    for path in files.paths() {
        for group in files.json(path)["testGroups"].as_array().unwrap() {
            let key = &group["publicKey"];
            let key = key.get("pk").or_else(|| key.get("compressed")).unwrap_or(key);
            for case in group["tests"].as_array().unwrap() {
                let key = case.get("pubkey").unwrap_or(key).as_str().unwrap();
                let bytes = |name: &str| hex::decode(case[name].as_str().unwrap()).unwrap();
                let expected = case["result"] == "valid";
                if let Some(verdict) = verdict(&[hex::decode(key).unwrap()], &bytes("msg"), &bytes("sig")) {
                    assert_eq!(verdict, expected, "{} {}", case["tcId"], case["comment"]);
                    run += 1;
                }
            }
        }
    }
    assert!(run > 10, "{run}");
}

/// A thousand multiples of the generator, from zero on: every one loads but infinity.
fn compressed_keys(files: &Files) {
    for path in files.paths() {
        for (multiple, key) in files.read(path).chunks(48).enumerate() {
            let committee = committee(&[key.to_vec()]).unwrap();
            let loaded = Committee::load(&committee, KeyOrigin::Forced).map(drop);
            let expected = if multiple == 0 {
                Err(Rejection::InfiniteKey { index: 0 })
            } else {
                Ok(())
            };
            assert_eq!(loaded, expected, "{multiple}");
        }
    }
}

/// Every one is well formed but infinity; none is a signature of this root.
fn compressed_signatures(files: &Files) {
    let key = PublicKey::from_bytes(&generator()).unwrap();
    let committee = Committee::load(&committee_of(&[key]), KeyOrigin::Forced).unwrap();
    for path in files.paths() {
        for (multiple, bytes) in files.read(path).chunks(96).enumerate().step_by(10) {
            let aggregate = SyncAggregate {
                bits: vec![1],
                signature: bytes.try_into().unwrap(),
            };
            let rejection = committee.verify(&aggregate, Hash32([1; 32])).unwrap_err();
            let malformed = rejection == Rejection::MalformedSignature;
            assert_eq!(malformed, multiple == 0, "{multiple}: {rejection}");
            assert_eq!(Signature::sig_validate(bytes, true).is_err(), malformed);
        }
    }
}

/// The compressed generator of the keys' group.
fn generator() -> [u8; 48] {
    let mut one = [0; 32];
    one[31] = 1;
    blst::min_pk::SecretKey::from_bytes(&one)
        .unwrap()
        .sk_to_pk()
        .compress()
}
