//! Proof of work of 1000 real CKB headers: side by side on one core, against crate `eaglesong` one by one.
//!
//! Both sides hash each raw header with the same blake2b crate, run Eaglesong and compare with the target; ours hashes several
//! headers side by side in both steps. The second row is Eaglesong alone.

use std::{fs, path::Path};

use benches::{Operation, Target, print_table};
use light_client::ckb::{Header, Pow, eaglesong::pow_hashes};

const HEADERS: &str = "../../shared/vectors/ckb/mainnet/headers_3000-3999/testHeaderHashes.json";

/// 1000 headers: the real ones, from the start again where the file has fewer.
fn headers() -> Vec<Header> {
    let root = std::env::var_os("VIADUCT_VECTORS");
    let path = match root {
        Some(root) => Path::new(&root).join("ckb/mainnet/headers_3000-3999/testHeaderHashes.json"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join(HEADERS),
    };
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let entries: serde_json::Value = serde_json::from_slice(&text).expect("the vector is JSON");
    let real = entries.as_array().expect("a list").iter().map(|entry| {
        let digits = entry["input"].as_str().expect("hex").trim_start_matches("0x");
        Header::decode(&hex::decode(digits).expect("hex")).expect("a header")
    });
    real.collect::<Vec<_>>().into_iter().cycle().take(1000).collect()
}

fn peer_is_proved(header: &Header) -> bool {
    let mut hash = [0; 32];
    eaglesong::eaglesong(&header.pow_message(), &mut hash);
    header
        .compact_target
        .target()
        .is_ok_and(|target| target.is_met_by(&hash))
}

fn peer_hash(message: &[u8; 48]) -> [u8; 32] {
    let mut hash = [0; 32];
    eaglesong::eaglesong(message, &mut hash);
    hash
}

fn main() {
    let headers = headers();
    let messages: Vec<_> = headers.iter().map(Header::pow_message).collect();
    let mut hashes = vec![[0; 32]; messages.len()];
    assert_eq!(Pow::Eaglesong.first_unproved(&headers), None);
    assert!(headers.iter().all(peer_is_proved));
    print_table(|table| {
        table.row(
            Operation {
                name: "1000 CKB headers with PoW",
                peer: "`eaglesong`",
                target: Target::SpeedAtLeast(3.0),
            },
            || Pow::Eaglesong.first_unproved(&headers),
            || headers.iter().all(peer_is_proved),
        );
        table.row(
            Operation {
                name: "1000 Eaglesong hashes of 48 bytes",
                peer: "`eaglesong`",
                target: Target::Speed,
            },
            || pow_hashes(&messages, &mut hashes),
            || messages.iter().map(peer_hash).collect::<Vec<_>>(),
        );
    });
}
