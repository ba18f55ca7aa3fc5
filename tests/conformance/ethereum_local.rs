//! Devnet updates that other relayers recorded, in those relayers' own shapes, and the retired testnet's blocks.

use light_client::{
    Hash32, UnixSeconds,
    ethereum::{
        self, Rejection, TrustedState, json,
        network::{Fork, MAINNET, Network, Preset},
        types::{
            BeaconBlockHeader, Bootstrap, Execution, FinalizedHeader, LightClientHeader, NextSyncCommittee,
            Slot, SyncAggregate, Update,
        },
    },
    proof::ssz::{GeneralizedIndex, verify_branch},
};
use serde_json::Value;
use tests::Files;

use super::ethereum_consensus::{advance, beacon_header, bytes_of, committee, first_update};
use super::ethereum_execution::ibc::checks_membership;
use crate::{
    beacon::{checkpoint, devnet, params, signing_root, trust, with_forks},
    conformance::rows,
};

rows! {
    run datachainlab_minimal ["ethereum/local/datachainlab_minimal/bellatrix/*.json"];
    run datachainlab_mainnet [
        "ethereum/datachainlab_mainnet_goerli/mainnet_context.json",
        "ethereum/datachainlab_mainnet_goerli/mainnet_light_client_update*.json",
        "ethereum/datachainlab_mainnet_goerli/mainnet_signing_root*.json",
        "ethereum/datachainlab_mainnet_goerli/mainnet_sync_committee*.json",
    ];
    run datachainlab_headers [
        "ethereum/datachainlab_mainnet_goerli/*_block_*.json",
        "ethereum/datachainlab_mainnet_goerli/*_header_*.json",
    ];
    run eureka ["ethereum/local/eureka_electra_fulu/*.json"];
}

fn hashes(value: &Value) -> Vec<Hash32> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| hash.as_str().unwrap().parse().unwrap())
        .collect()
}

/// The document, or the first item of a list.
fn first_item(document: Value) -> Value {
    match document {
        Value::Array(items) => items.into_iter().next().unwrap(),
        other => other,
    }
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn bare_header(value: &Value) -> LightClientHeader {
    LightClientHeader {
        beacon: beacon_header(value),
        execution: Execution::Absent,
        execution_branch: Vec::new(),
    }
}

/// An update with bare headers and pairs of object and branch.
fn paired_update(value: &Value) -> Update {
    let bytes = |name: &str| hex::decode(&value["sync_aggregate"][name].as_str().unwrap()[2..]).unwrap();
    Update {
        attested_header: bare_header(&value["attested_header"]),
        next_sync_committee: value["next_sync_committee"]
            .as_array()
            .map(|pair| NextSyncCommittee {
                committee: committee(&pair[0]),
                branch: hashes(&pair[1]),
            }),
        finality: value["finalized_header"].as_array().map(|pair| FinalizedHeader {
            header: bare_header(&pair[0]),
            branch: hashes(&pair[1]),
        }),
        sync_aggregate: SyncAggregate {
            bits: bytes("sync_committee_bits"),
            signature: bytes("sync_committee_signature").try_into().unwrap(),
        },
        signature_slot: Slot(number(&value["signature_slot"])),
    }
}

/// A chain of periods whose genesis root is not in the vectors: everything but the signature is checked.
fn datachainlab_minimal(files: &Files) {
    let network = devnet(Fork::Bellatrix);
    let folder = "ethereum/local/datachainlab_minimal/bellatrix";
    let initial = first_item(files.json(&format!("{folder}/initial_state.json")));
    let bootstrap = Bootstrap {
        header: bare_header(&initial["beacon_header"]),
        current_sync_committee: committee(&initial["current_sync_committee"]),
        current_sync_committee_branch: hashes(&initial["current_sync_committee_branch"]),
    };
    let params = params(network.clone());
    ethereum::bootstrap(&checkpoint(&bootstrap), &bootstrap, &params, UnixSeconds(0)).unwrap();
    for path in files.paths().filter(|path| path.contains("update")) {
        let document = first_item(files.json(path));
        let update = paired_update(&document["light_client_update"]);
        let period = network.period(update.signature_slot);
        let state = trust(&network, period.0 * 64, &bootstrap.current_sync_committee);
        let verdict = ethereum::verify(&state, &update, &params, network.time(update.signature_slot));
        assert!(
            matches!(verdict, Err(Rejection::WrongSignature { .. })),
            "{path}: {verdict:?}"
        );
        let body = update.finality.unwrap().header.beacon.body_root;
        let leaf = document["finalized_execution_root"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let branch = hashes(&document["finalized_execution_branch"]);
        assert_eq!(
            verify_branch(leaf, &branch, GeneralizedIndex(25), body),
            Ok(()),
            "{path}"
        );
    }
}

/// A Bellatrix update of mainnet with its committee and the signing root that its signers signed.
fn datachainlab_mainnet(files: &Files) {
    let read = |name: &str| files.json(&format!("ethereum/datachainlab_mainnet_goerli/{name}.json"));
    let root = read("mainnet_context")["genesis_validators_root"]
        .as_str()
        .unwrap()
        .parse();
    assert_eq!(root, Ok(MAINNET.genesis_validators_root));
    let update = paired_update(&read("mainnet_light_client_update_slot_5841038"));
    let attested = &update.attested_header.beacon;
    let root: Hash32 = read("mainnet_signing_root_slot_5841037")
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(signing_root(&MAINNET, attested, update.signature_slot), root);
    let committee = committee(&read("mainnet_sync_committee_period_713"));
    let mut state = trust(&MAINNET, 713 * 8192, &committee);
    advance(&mut state, &MAINNET, &update);
    assert_eq!(
        state.finalized().header().beacon,
        update.finality.unwrap().header.beacon
    );
}

/// Headers and the blocks they are of.
fn datachainlab_headers(files: &Files) {
    let document = |path: &str| files.json(path);
    let headers: Vec<BeaconBlockHeader> = files
        .paths()
        .filter(|path| path.contains("header"))
        .map(|path| beacon_header(&document(path)))
        .collect();
    for path in files.paths().filter(|path| path.contains("_block_")) {
        let block = document(path);
        let header = headers
            .iter()
            .find(|header| header.slot.0 == number(&block["slot"]))
            .unwrap();
        assert_eq!(block["parent_root"], header.parent_root.to_string(), "{path}");
        assert_eq!(block["state_root"], header.state_root.to_string(), "{path}");
    }
}

/// Updates inside relayed transactions; each comes with the committee that signed it, and the last of a transaction proves
/// what its packet claims about the storage of a contract. Crosses Electra to Fulu.
fn eureka(files: &Files) {
    for path in files.paths() {
        let document = files.json(path);
        let steps = document["steps"].as_array().unwrap();
        let client = &steps[0]["data"]["client_state"];
        let network = eureka_network(client);
        for step in &steps[1..] {
            let Some(body) = step["data"]["relayer_tx_body"].as_str() else {
                continue;
            };
            let body = hex::decode(body).unwrap();
            let roots = relayed_headers(&body)
                .iter()
                .map(|message| relayed(&network, message))
                .collect::<Vec<_>>();
            let name = step["name"].as_str().unwrap();
            checks_membership(client, name, &body, roots.last().expect(path));
        }
    }
}

/// Takes an update in; the execution state root that it finalizes.
fn relayed(network: &Network, message: &Value) -> Hash32 {
    let update = relayed_update(network, message["consensus_update"].clone());
    let (_, signers) = message["active_sync_committee"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    let period = network.period(update.signature_slot).0;
    let mut state: TrustedState = trust(network, period * 64, &committee(signers));
    advance(&mut state, network, &update);
    match update.finality.expect("finality").header.execution {
        Execution::Payload(payload) => payload.state_root,
        other => panic!("no payload: {other:?}"),
    }
}

/// That relayer writes base fees in hex and a missing committee as null.
fn relayed_update(network: &Network, mut update: Value) -> Update {
    for header in ["attested_header", "finalized_header"] {
        let fee = &mut update[header]["execution"]["base_fee_per_gas"];
        let wei = u128::from_str_radix(fee.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
        *fee = wei.to_string().into();
    }
    let bytes = bytes_of(&update);
    if update["next_sync_committee"].is_null() {
        return json::finality_update(&bytes, &network.preset).unwrap();
    }
    first_update(network, &bytes).unwrap()
}

fn eureka_network(client: &Value) -> Network {
    let forks = &client["fork_parameters"];
    let version = |value: &Value| u32::from_str_radix(&value.as_str().unwrap()[2..], 16).unwrap();
    let mut schedule = vec![(Fork::Phase0, version(&forks["genesis_fork_version"]), 0)];
    for fork in [
        Fork::Altair,
        Fork::Bellatrix,
        Fork::Capella,
        Fork::Deneb,
        Fork::Electra,
        Fork::Fulu,
    ] {
        let entry = &forks[fork.to_string()];
        schedule.push((fork, version(&entry["version"]), number(&entry["epoch"])));
    }
    let network = Network {
        preset: Preset::MINIMAL,
        seconds_per_slot: number(&client["seconds_per_slot"]).try_into().unwrap(),
        genesis_time: UnixSeconds(number(&client["genesis_time"])),
        genesis_validators_root: client["genesis_validators_root"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap(),
        ..MAINNET
    };
    assert_eq!(client["sync_committee_size"].as_u64(), Some(32));
    with_forks(network, &schedule)
}

/// The JSON client messages inside a protobuf body.
fn relayed_headers(body: &[u8]) -> Vec<Value> {
    let start = br#"{"active_sync_committee""#;
    let places = body
        .windows(start.len())
        .enumerate()
        .filter(|(_, window)| window == start);
    places
        .map(|(at, _)| {
            serde_json::Deserializer::from_slice(&body[at..])
                .into_iter()
                .next()
                .unwrap()
                .unwrap()
        })
        .collect()
}
