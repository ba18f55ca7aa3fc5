//! Real headers: hash, proof of work under the right engine only, and 600 in a row over an epoch change.

use light_client::ckb::{
    CompactTarget, EpochFraction, Header, Params, Pow, TrustedState, Update, json, verify,
};
use light_client::{Finality, Hash32, UnixSeconds};
use serde_json::Value;

use super::eaglesong::pow_message;
use super::{Files, bytes, number as number_of};

/// Late enough for every header of the vectors.
pub(super) const NOW: UnixSeconds = UnixSeconds(1_795_000_000);

fn header(value: &Value) -> Header {
    Header::decode(&bytes(value)).expect("208 bytes")
}

/// A raw header lacks the nonce.
fn raw_header(value: &Value) -> Header {
    let mut raw = bytes(value);
    raw.resize(208, 0);
    Header::decode(&raw).expect("208 bytes")
}

pub(super) fn force_bridge_headers(files: &Files) {
    let vectors = files.json("ckb/mainnet/force_bridge/testVectors.json");
    let list = |name: &str| vectors[name].as_array().expect("a list").clone();
    let number = |value: &Value| number_of(&value["output"]);
    let hash = |value: &Value| Hash32(bytes(&value["output"]).try_into().expect("32 bytes"));
    for vector in list("calculateBlockHash") {
        assert_eq!(header(&vector["input"]).hash(), hash(&vector));
        assert!(Pow::Eaglesong.is_proved_by(&header(&vector["input"])));
    }
    for vector in list("extractNonce") {
        let nonce = vector["output"].to_string();
        assert_eq!(
            header(&vector["input"]).nonce.to_string(),
            nonce.trim_matches('"')
        );
    }
    for vector in list("extractRawHeader") {
        assert_eq!(header(&vector["input"]).encode()[..192], bytes(&vector["output"]));
    }
    for vector in list("extractVersion") {
        assert_eq!(u64::from(raw_header(&vector["input"]).version), number(&vector));
    }
    for vector in list("extractCompactTarget") {
        assert_eq!(
            raw_header(&vector["input"]).compact_target,
            CompactTarget(number(&vector) as u32)
        );
    }
    for vector in list("extractTimestamp") {
        assert_eq!(raw_header(&vector["input"]).timestamp_ms, number(&vector));
    }
    for vector in list("extractBlockNumber") {
        assert_eq!(raw_header(&vector["input"]).number, number(&vector));
    }
    for vector in list("extractEpoch") {
        assert_eq!(raw_header(&vector["input"]).epoch.number(), number(&vector));
    }
    for vector in list("extractParentHash") {
        assert_eq!(raw_header(&vector["input"]).parent_hash, hash(&vector));
    }
    for vector in list("extractTransactionsRoot") {
        assert_eq!(raw_header(&vector["input"]).transactions_root, hash(&vector));
    }
    for vector in list("calculateEaglesong") {
        let digest = light_client::ckb::eaglesong::eaglesong(&pow_message(&bytes(&vector["input"])));
        assert_eq!(digest.to_vec(), bytes(&vector["output"]));
    }
}

pub(super) fn headers_3000(files: &Files) {
    let vectors = files.json("ckb/mainnet/headers_3000-3999/testHeaderHashes.json");
    let headers: Vec<Header> = vectors
        .as_array()
        .expect("a list")
        .iter()
        .map(|vector| header(&vector["input"]))
        .collect();
    for (vector, header) in vectors.as_array().expect("a list").iter().zip(&headers) {
        assert_eq!(
            header.hash().to_string(),
            vector["output"].as_str().expect("a hash")
        );
    }
    follows_over_the_epoch_change(&headers);
    every_changed_byte_is_refused(&headers);
}

fn follows_over_the_epoch_change(headers: &[Header]) {
    let mut state = TrustedState::anchored(headers[0].clone(), &Params::MAINNET).expect("not block 0");
    let update = Update {
        headers: headers[1..].to_vec(),
        uncles: None,
    };
    let verified = verify(&state, &update, &Params::MAINNET, NOW).expect("real headers");
    assert_eq!(verified.without_median(), 36);
    state.advance(verified).expect("the state did not move");
    let last = &headers[headers.len() - 1];
    assert_eq!((state.tip().height, state.tip().hash), (last.number, last.hash()));
    assert_eq!(
        state.header(3543).expect("kept").epoch,
        EpochFraction::new(2, 0, 1677)
    );
    let reached = state
        .final_block(&Params::MAINNET)
        .expect("600 blocks are enough");
    assert_eq!(reached.height, last.number - 24);
    let Some(Finality::Work {
        confirmations: 24,
        chainwork,
    }) = state.finality(reached.height)
    else {
        panic!("final by work");
    };
    assert_eq!(
        chainwork,
        last.compact_target.difficulty().expect("valid") * ruint::aliases::U256::from(24)
    );
}

fn every_changed_byte_is_refused(headers: &[Header]) {
    for pair in headers.windows(2) {
        let state = TrustedState::anchored(pair[0].clone(), &Params::MAINNET).expect("not block 0");
        let good = pair[1].encode();
        for place in 0..good.len() {
            let mut changed = good.clone();
            changed[place] ^= 1;
            let header = Header::decode(&changed).expect("any 208 bytes are a header");
            let update = Update {
                headers: vec![header],
                uncles: None,
            };
            assert!(
                verify(&state, &update, &Params::MAINNET, NOW).is_err(),
                "{} byte {place}",
                pair[1].number
            );
        }
        assert!(Header::decode(&good[1..]).is_err());
        assert!(Header::decode(&[&good[..], &[0]].concat()).is_err());
    }
}

pub(super) fn misc_headers(files: &Files) {
    let vectors = files.json("ckb/headers_misc.json");
    let vectors = vectors.as_array().expect("a list");
    assert_eq!(vectors.len(), 27);
    for vector in vectors {
        let header = header(&vector["header_hex"]);
        assert_eq!(
            header.hash().to_string(),
            vector["header"]["hash"].as_str().expect("a hash")
        );
        if vector["header"].get("extra_hash").is_some() {
            assert_eq!(
                json::header(vector["header"].to_string().as_bytes()),
                Ok(header.clone())
            );
        }
        let (engine, other) = match vector["pow"].as_str().expect("an engine") {
            "eaglesong" => (Pow::Eaglesong, Pow::EaglesongBlake2b),
            "eaglesong_blake2b" => (Pow::EaglesongBlake2b, Pow::Eaglesong),
            _ => {
                assert_eq!(header.number, 0, "only block 0 has no proof of work");
                continue;
            }
        };
        assert!(engine.is_proved_by(&header), "{}", header.number);
        assert!(!other.is_proved_by(&header), "{}", header.number);
    }
}
