//! What stock nodes served: geth with Prysm in both presets, and Lodestar. Networks are built from the nodes' own answers.

use light_client::{
    Hash32,
    ethereum::{
        self, TrustedState, json,
        network::{Fork, Network},
        ssz,
        types::Update,
    },
};
use serde_json::{Value, json};
use tests::Files;

use super::ethereum_consensus::{
    advance, altered_are_refused, beacon_header, bytes_of, first_update, start, start_from, take,
    take_finality,
};
use crate::conformance::rows;

rows! {
    run prysm [
        "local-nodes/prysm-*/bootstrap*",
        "local-nodes/prysm-*/update_*",
        "local-nodes/prysm-*/updates_all.*",
        "local-nodes/prysm-*/finality_update.*",
        "local-nodes/prysm-*/optimistic_update.*",
        "local-nodes/prysm-*/spec.json",
        "local-nodes/prysm-*/genesis.json",
        "local-nodes/prysm-*/fork_schedule.json",
    ];
    run headers ["local-nodes/prysm-*/header_*.json", "local-nodes/lodestar/*/header_*.json"];
    run blocks ["local-nodes/prysm-*/block_finalized.*", "local-nodes/lodestar/*/block_v2_*.json"];
    run lodestar [
        "local-nodes/lodestar/*/lc_*",
        "local-nodes/lodestar/*/spec.json",
        "local-nodes/lodestar/*/genesis.json",
        "local-nodes/lodestar/*/fork_schedule.json",
        "local-nodes/lodestar/*/finality_checkpoints.json",
        "local-nodes/lodestar/*/events.txt",
    ];
    left_out ["local-nodes/lodestar/*/state_finalized.ssz"] "a beacon state: the light client sees proved parts of it only";
    left_out ["local-nodes/lodestar/*/*.log", "local-nodes/lodestar/*/version.json", "local-nodes/lodestar/*/health.json", "local-nodes/lodestar/*/syncing.json"] "about the node, not the chain";
    left_out ["local-nodes/lodestar/*/sync_committees.json", "local-nodes/lodestar/*/validators.json"] "validator numbers and records, which no header commits to by itself";
}

/// A network from `spec.json` and `genesis.json`; its schedule is the one that the node states apart.
fn network(files: &Files, folder: &str) -> Network {
    let spec = files.json(&format!("{folder}/spec.json"));
    let genesis = files.json(&format!("{folder}/genesis.json"));
    let network = ethereum::network(&bytes_of(&json!({"spec": spec, "genesis": genesis}))).unwrap();
    let schedule = files.json(&format!("{folder}/fork_schedule.json"));
    for entry in schedule["data"].as_array().unwrap() {
        let epoch: u64 = entry["epoch"].as_str().unwrap().parse().unwrap();
        let version = entry["current_version"].as_str().unwrap();
        let known = network
            .forks
            .iter()
            .any(|fork| fork.epoch.0 == epoch && format!("0x{}", hex::encode(fork.version)) == version);
        assert!(known || epoch == u64::MAX, "{folder}: {entry}");
    }
    network
}

fn folders(files: &Files) -> Vec<String> {
    let folder = |path: &str| path.rsplit_once('/').unwrap().0.to_owned();
    let folders: std::collections::BTreeSet<_> = files.paths().map(folder).collect();
    folders.into_iter().collect()
}

fn prysm(files: &Files) {
    for folder in folders(files) {
        let network = network(files, &folder);
        let has = |name: &str| files.paths().any(|path| path == format!("{folder}/{name}"));
        let names: Vec<String> = files
            .paths()
            .filter_map(|path| path.strip_prefix(&format!("{folder}/")))
            .map(str::to_owned)
            .collect();
        for name in names
            .iter()
            .filter(|name| name.starts_with("bootstrap") && name.ends_with(".json"))
        {
            let mut state = prysm_bootstrap(
                files,
                &network,
                &format!("{folder}/{}", name.trim_end_matches(".json")),
            );
            for number in (0..4).filter(|number| has(&format!("update_{number}.json"))) {
                prysm_update(files, &network, &mut state, &format!("{folder}/update_{number}"));
            }
            prysm_latest(files, &network, &mut state, &folder);
        }
        prysm_stream(files, &network, &folder);
    }
}

/// The same object in both formats.
fn prysm_bootstrap(files: &Files, network: &Network, path: &str) -> TrustedState {
    let json_bytes = files.read(&format!("{path}.json"));
    let ssz_path = format!("{path}.ssz");
    if files.paths().any(|path| path == ssz_path) {
        let bytes = files.read(&ssz_path);
        let fork: Value = serde_json::from_slice(&json_bytes).unwrap();
        let fork = if fork["version"] == "fulu" {
            Fork::Fulu
        } else {
            Fork::Electra
        };
        let decode = |bytes: &[u8]| ssz::bootstrap(bytes, fork, &network.preset).ok();
        let bootstrap = decode(&bytes).unwrap();
        assert_eq!(json::bootstrap(&json_bytes, &network.preset).unwrap(), bootstrap);
        start_from(network, &bootstrap, &bytes, decode);
    }
    start(network, &json_bytes)
}

/// Takes the update in if it belongs to the state's period or the next; older ones and unreachable ones are named so.
fn prysm_update(files: &Files, network: &Network, state: &mut TrustedState, path: &str) {
    let bytes = files.read(&format!("{path}.json"));
    let stream = files.read(&format!("{path}.ssz"));
    let Some(update) = first_update(network, &bytes) else {
        assert_eq!(json::updates(&bytes, &network.preset), Ok(Vec::new()), "{path}");
        assert!(stream.is_empty(), "{path}");
        return;
    };
    assert_eq!(
        ssz::update_stream(&stream, network),
        Ok(vec![update.clone()]),
        "{path}"
    );
    let period = network.period(update.signature_slot);
    let trusted = network.period(state.finalized().header().beacon.slot);
    let reachable = period == trusted || state.next_committee().is_some() && period == trusted.next();
    if reachable {
        let decode = |bytes: &[u8]| ssz::update_stream(bytes, network).ok()?.into_iter().next();
        altered_are_refused(state, network, &update, &stream, decode);
        take(state, network, &bytes);
        return;
    }
    let params = crate::beacon::params(network.clone());
    let rejection =
        ethereum::verify(state, &update, &params, network.time(update.signature_slot)).unwrap_err();
    assert_eq!(
        rejection.is_irrelevance(),
        period < trusted,
        "{path}: {rejection}"
    );
}

fn prysm_latest(files: &Files, network: &Network, state: &mut TrustedState, folder: &str) {
    let fork = network.fork(state.optimistic().header().beacon.slot);
    let finality_json = files.read(&format!("{folder}/finality_update.json"));
    let finality = files.read(&format!("{folder}/finality_update.ssz"));
    let finality = ssz::finality_update(&finality, fork, &network.preset).unwrap();
    assert_eq!(
        json::finality_update(&finality_json, &network.preset).unwrap(),
        finality
    );
    let optimistic_json = files.read(&format!("{folder}/optimistic_update.json"));
    let optimistic = files.read(&format!("{folder}/optimistic_update.ssz"));
    let optimistic = ssz::optimistic_update(&optimistic, fork, &network.preset).unwrap();
    assert_eq!(
        json::optimistic_update(&optimistic_json, &network.preset).unwrap(),
        optimistic
    );
    if network.period(finality.signature_slot) > network.period(state.finalized().header().beacon.slot)
        && state.next_committee().is_none()
    {
        return; // the chain right after its first finality: nothing names the next committee yet
    }
    take_finality(state, network, &finality_json);
    advance_if_newer(state, network, &optimistic);
}

fn advance_if_newer(state: &mut TrustedState, network: &Network, update: &Update) {
    if update.attested_header.beacon.slot > state.finalized().header().beacon.slot {
        advance(state, network, update);
    }
}

/// Many updates in one answer, in both formats.
fn prysm_stream(files: &Files, network: &Network, folder: &str) {
    let from_json = json::updates(
        &files.read(&format!("{folder}/updates_all.json")),
        &network.preset,
    )
    .unwrap();
    let from_ssz = ssz::update_stream(&files.read(&format!("{folder}/updates_all.ssz")), network).unwrap();
    assert_eq!(from_json, from_ssz);
}

/// Every header has the root that the node gave it.
fn headers(files: &Files) {
    for path in files.paths() {
        let answer = files.json(path);
        let header = beacon_header(&answer["data"]["header"]["message"]);
        assert_eq!(
            header.root().to_string(),
            answer["data"]["root"].as_str().unwrap(),
            "{path}"
        );
    }
}

/// The finalized block is the block of the finalized header: same slot, parent and state.
fn blocks(files: &Files) {
    for path in files.paths() {
        let bytes = files.read(path);
        if path.ends_with(".ssz") {
            // SignedBeaconBlock: offset, signature, then the message, which starts with slot and proposer.
            assert_eq!(u32::from_le_bytes(bytes[..4].try_into().unwrap()), 100, "{path}");
            let (_, block) = read_block(files, &path.replace(".ssz", ".json"));
            assert_eq!(
                u64::from_le_bytes(bytes[100..108].try_into().unwrap()),
                block,
                "{path}"
            );
            continue;
        }
        let (message, slot) = read_block(files, path);
        let name = if path.contains("head") {
            "header_head.json"
        } else {
            "header_finalized.json"
        };
        let header = files.json(&format!("{}/{name}", path.rsplit_once('/').unwrap().0));
        let header = beacon_header(&header["data"]["header"]["message"]);
        if header.slot.0 == slot {
            assert_eq!(message["state_root"], header.state_root.to_string(), "{path}");
            assert_eq!(message["parent_root"], header.parent_root.to_string(), "{path}");
        }
    }
}

fn read_block(files: &Files, path: &str) -> (Value, u64) {
    let message = files.json(path)["data"]["message"].clone();
    let slot = message["slot"].as_str().unwrap().parse().unwrap();
    (message, slot)
}

fn lodestar(files: &Files) {
    for folder in folders(files) {
        let network = network(files, &folder);
        let path = |name: &str| format!("{folder}/{name}");
        let bootstrap = files.read(&path("lc_bootstrap_finalized.json"));
        let state = start(&network, &bootstrap);
        let checkpoint = files.json(&path("finality_checkpoints.json"));
        let finalized: Hash32 = checkpoint["data"]["finalized"]["root"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(state.finalized().root(), finalized);
        lodestar_ssz(files, &network, &folder, &bootstrap);
        lodestar_updates(files, &network, &folder, state);
        let events = files.text(&path("events.txt"));
        lodestar_events(&network, &events);
    }
}

/// Some of the files that asked for SSZ hold the JSON that an old server answered anyway.
fn lodestar_ssz(files: &Files, network: &Network, folder: &str, bootstrap: &[u8]) {
    let bytes = files.read(&format!("{folder}/lc_bootstrap_finalized.ssz"));
    if bytes.starts_with(b"{") {
        assert_eq!(bytes, bootstrap, "{folder}");
        return;
    }
    let decoded = json::bootstrap(bootstrap, &network.preset).unwrap();
    let fork = network.fork(decoded.header.beacon.slot);
    assert_eq!(
        ssz::bootstrap(&bytes, fork, &network.preset),
        Ok(decoded),
        "{folder}"
    );
    for name in ["lc_finality_update.ssz", "lc_updates.ssz"] {
        let path = format!("{folder}/{name}");
        if !files.paths().any(|other| other == path) {
            continue;
        }
        let bytes = files.read(&path);
        if name == "lc_updates.ssz" {
            assert!(!ssz::update_stream(&bytes, network).unwrap().is_empty(), "{path}");
        } else {
            ssz::finality_update(&bytes, fork, &network.preset).unwrap();
        }
    }
}

/// Every chain of updates from its first committee on; then the latest ones from the bootstrap.
fn lodestar_updates(files: &Files, network: &Network, folder: &str, mut state: TrustedState) {
    let paths: Vec<String> = files
        .paths()
        .filter(|path| path.starts_with(&format!("{folder}/lc_updates")))
        .map(str::to_owned)
        .collect();
    for path in paths.iter().filter(|path| path.ends_with(".json")) {
        let updates = json::updates(&files.read(path), &network.preset).unwrap();
        for pair in updates.windows(2) {
            let committee = &pair[0].next_sync_committee.as_ref().unwrap().committee;
            let first = network.period(pair[1].signature_slot).0 * network.preset.slots_per_period().get();
            advance(
                &mut crate::beacon::trust(network, first, committee),
                network,
                &pair[1],
            );
        }
    }
    take_finality(
        &mut state,
        network,
        &files.read(&format!("{folder}/lc_finality_update.json")),
    );
    let optimistic = files.read(&format!("{folder}/lc_optimistic_update.json"));
    advance_if_newer(
        &mut state,
        network,
        &json::optimistic_update(&optimistic, &network.preset).unwrap(),
    );
}

/// The event stream carries the same objects.
fn lodestar_events(network: &Network, events: &str) {
    let mut kind = "";
    for line in events.lines() {
        if let Some(name) = line.strip_prefix("event: ") {
            kind = name;
        } else if let Some(data) = line.strip_prefix("data: ") {
            match kind {
                "light_client_finality_update" => {
                    drop(json::finality_update(data.as_bytes(), &network.preset).unwrap())
                }
                "light_client_optimistic_update" => {
                    drop(json::optimistic_update(data.as_bytes(), &network.preset).unwrap())
                }
                _ => {}
            }
        }
    }
}
