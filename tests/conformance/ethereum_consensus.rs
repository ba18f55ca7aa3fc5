//! Real beacon-chain objects of public networks: bootstraps, chains of updates, finality and optimistic updates.
//!
//! Each accepted object also runs damaged (`damage`). An object whose committee is not in the vectors must fail at the
//! signature and nowhere before.

use light_client::{
    Hash32, UnixSeconds,
    ethereum::{
        self, InPlace, Rejection, TrustedState, catch_up, json,
        network::{Fork, MAINNET, Network, SEPOLIA},
        ssz,
        types::{BeaconBlockHeader, Bootstrap, PayloadType, Slot, SyncCommittee, Update},
    },
    proof::ssz::{GeneralizedIndex, verify_branch, verify_normalised_branch},
};
use serde_json::{Value, json};
use tests::{Files, damage};

use crate::{
    beacon::{checkpoint, goerli, params, trust},
    conformance::rows,
};

rows! {
    run ckb_lc_bootstraps ["ethereum/mainnet/ckb_lc/light_client/bootstrap/*.json"];
    run ckb_lc_updates ["ethereum/mainnet/ckb_lc/light_client/update/*.json"];
    run ckb_lc_finality_updates ["ethereum/mainnet/ckb_lc/light_client/finality_update/*.json"];
    run ckb_lc_headers ["ethereum/mainnet/ckb_lc/beacon/header/*.json"];
    run axelar_chain ["ethereum/mainnet/axelar_lc/86?.json", "ethereum/mainnet/axelar_lc/bootstrap.json"];
    run axelar_single ["ethereum/mainnet/axelar_lc/767.json"];
    run axelar_instances ["ethereum/mainnet/axelar_lc/instantiate_*.json"];
    run axelar_bootstraps ["ethereum/mainnet/axelar_lc/verification/*bootstrap.json"];
    run nimbus_chain ["ethereum/mainnet/nimbus_lc/*.ssz", "ethereum/mainnet/nimbus_lc/???Update.json"];
    left_out ["ethereum/mainnet/nimbus_lc/config.yaml"] "a path into the repository it came from, not a configuration";
    run trin_capella_in_deneb_format ["ethereum/mainnet/trin_capella_in_deneb_format/*.json"];
    run trin_pectra_header ["ethereum/mainnet/trin_pectra/*.yaml"];
    run sp1_helios_fulu ["ethereum/mainnet/sp1_helios_fulu/*.json"];
    left_out ["ethereum/mainnet/sp1_helios_fulu/proof_inputs.cbor"] "the CBOR that the JSON files beside it were converted from";
    run sepolia_union [
        "ethereum/sepolia/union/*committee*.json",
        "ethereum/sepolia/union/finality_update*.json",
        "ethereum/sepolia/union/header*.json",
        "ethereum/sepolia/union/period*.json",
    ];
    run sepolia_rainbow ["ethereum/sepolia/rainbow_electra_periods_925-928/light_client_update*.json"];
    left_out ["ethereum/sepolia/rainbow_electra_periods_925-928/execution_blocks_*.json"]
        "empty files: the recording holds no byte of the blocks";
    run portal_objects ["ethereum/mainnet/portal_light_client/*/*.yaml"];
}

/// Starts a client from a bootstrap and proves that altered ones do not.
pub(super) fn start(network: &Network, bytes: &[u8]) -> TrustedState {
    let decode = |bytes: &[u8]| json::bootstrap(bytes, &network.preset).ok();
    let bootstrap = decode(bytes).expect("a bootstrap");
    start_from(network, &bootstrap, bytes, decode)
}

pub(super) fn start_from(
    network: &Network,
    bootstrap: &Bootstrap,
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Option<Bootstrap>,
) -> TrustedState {
    let now = network.time(bootstrap.header.beacon.slot);
    let params = params(network.clone());
    let checkpoint = checkpoint(bootstrap);
    let accept = |bootstrap: &Bootstrap| ethereum::bootstrap(&checkpoint, bootstrap, &params, now);
    damage::refuses_damage("bootstrap", bytes, |bytes| {
        let bootstrap = decode(bytes).ok_or(())?;
        accept(&bootstrap).map_err(drop)?;
        Ok::<_, ()>(bootstrap)
    });
    accept(bootstrap).unwrap_or_else(|rejection| panic!("{:?}: {rejection}", bootstrap.header.beacon.slot))
}

/// Verifies an update at the time of its signature and takes it in.
pub(super) fn advance(state: &mut TrustedState, network: &Network, update: &Update) {
    let now = network.time(update.signature_slot);
    let verified = ethereum::verify(state, update, &params(network.clone()), now)
        .unwrap_or_else(|rejection| panic!("signed at {}: {rejection}", update.signature_slot));
    state.advance(verified).expect("verified against this state");
}

/// Proves that no altered form of a valid update is accepted as something else.
pub(super) fn altered_are_refused(
    state: &TrustedState,
    network: &Network,
    update: &Update,
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Option<Update>,
) {
    let params = params(network.clone());
    let now = network.time(update.signature_slot);
    damage::refuses_damage("update", bytes, |bytes| {
        let accepted = decode(bytes).ok_or(())?;
        ethereum::verify(state, &accepted, &params, now).map_err(drop)?;
        // The signature's slot only selects committee and version: another slot with the same ones is the same update.
        Ok::<_, ()>(Update {
            signature_slot: update.signature_slot,
            ..accepted
        })
    });
}

/// The first update of a JSON document.
pub(super) fn first_update(network: &Network, bytes: &[u8]) -> Option<Update> {
    json::updates(bytes, &network.preset).ok()?.into_iter().next()
}

/// Verifies, alters and takes in a JSON update.
pub(super) fn take(state: &mut TrustedState, network: &Network, bytes: &[u8]) {
    let update = first_update(network, bytes).expect("an update");
    altered_are_refused(state, network, &update, bytes, |bytes| {
        first_update(network, bytes)
    });
    advance(state, network, &update);
}

pub(super) fn take_finality(state: &mut TrustedState, network: &Network, bytes: &[u8]) {
    let decode = |bytes: &[u8]| json::finality_update(bytes, &network.preset).ok();
    let update = decode(bytes).expect("a finality update");
    altered_are_refused(state, network, &update, bytes, decode);
    advance(state, network, &update);
}

pub(super) fn bytes_of(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn ckb_lc_bootstraps(files: &Files) {
    for path in files.paths() {
        let state = start(&MAINNET, &files.read(path));
        assert!(path.ends_with(&format!(
            "slot-{:09}.json",
            state.finalized().header().beacon.slot.0
        )));
    }
}

/// Two chains, the second across the Capella fork; each starts from the bootstrap of its first period.
fn ckb_lc_updates(files: &Files) {
    for (slot, periods) in [("004612096", 563..=568), ("006184960", 755..=760)] {
        let bootstrap = format!("ethereum/mainnet/ckb_lc/light_client/bootstrap/slot-{slot}.json");
        let mut state = start(&MAINNET, &files.read(&bootstrap));
        for period in periods {
            let path = format!("ethereum/mainnet/ckb_lc/light_client/update/period-{period:06}.json");
            take(&mut state, &MAINNET, &files.read(&path));
            assert_eq!(MAINNET.period(state.finalized().header().beacon.slot).0, period);
            assert!(state.next_committee().is_some());
        }
    }
}

fn ckb_lc_finality_updates(files: &Files) {
    let bootstrap = "ethereum/mainnet/ckb_lc/light_client/bootstrap/slot-006632736.json";
    let mut state = start(&MAINNET, &files.read(bootstrap));
    for path in files.paths() {
        take_finality(&mut state, &MAINNET, &files.read(path));
        assert!(path.ends_with(&format!(
            "slot-{:09}.json",
            state.finalized().header().beacon.slot.0
        )));
    }
}

pub(super) fn beacon_header(value: &Value) -> BeaconBlockHeader {
    let number = |name: &str| match &value[name] {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_u64().unwrap(),
    };
    let hash = |name: &str| value[name].as_str().unwrap().parse().unwrap();
    BeaconBlockHeader {
        slot: Slot(number("slot")),
        proposer_index: number("proposer_index"),
        parent_root: hash("parent_root"),
        state_root: hash("state_root"),
        body_root: hash("body_root"),
    }
}

/// Each header has the root that the node gave it, and is the parent of the next one.
fn ckb_lc_headers(files: &Files) {
    let mut parent: Option<Hash32> = None;
    for path in files.paths() {
        let answer = files.json(path);
        if answer["code"] == 404 {
            continue; // a slot without a block
        }
        let header = beacon_header(&answer["data"]["header"]["message"]);
        assert_eq!(
            header.root().to_string(),
            answer["data"]["root"].as_str().unwrap()
        );
        assert!(parent.is_none_or(|parent| parent == header.parent_root), "{path}");
        parent = Some(header.root());
    }
}

fn axelar_chain(files: &Files) {
    let folder = "ethereum/mainnet/axelar_lc";
    let mut state = start(&MAINNET, &files.read(&format!("{folder}/bootstrap.json")));
    for period in 862..=864 {
        take(
            &mut state,
            &MAINNET,
            &files.read(&format!("{folder}/{period}.json")),
        );
    }
}

/// The committee of period 767 is not in the vectors: with another one, only the signature fails.
fn axelar_single(files: &Files) {
    for path in files.paths() {
        fails_at_the_signature_only(&MAINNET, &files.read(path));
    }
}

pub(super) fn fails_at_the_signature_only(network: &Network, bytes: &[u8]) {
    let update = first_update(network, bytes).unwrap();
    let first_of_period = network.period(update.signature_slot).0 * network.preset.slots_per_period().get();
    let stranger = &update.next_sync_committee.as_ref().unwrap().committee;
    let state = trust(network, first_of_period, stranger);
    let now = network.time(update.signature_slot);
    let verdict = ethereum::verify(&state, &update, &params(network.clone()), now);
    assert!(
        matches!(verdict, Err(Rejection::WrongSignature { .. })),
        "{verdict:?}"
    );
}

fn axelar_instances(files: &Files) {
    for path in files.paths() {
        let document = files.json(path);
        let network = match () {
            () if path.ends_with("mainnet.json") => MAINNET,
            () if path.ends_with("sepolia.json") => SEPOLIA,
            () => goerli(),
        };
        let config = &document["config"]["chain_config"];
        assert_eq!(config["genesis_time"].as_u64(), Some(network.genesis_time.0));
        assert_eq!(
            config["genesis_root"].as_str(),
            Some(network.genesis_validators_root.to_string().as_str())
        );
        for (fork, entry) in config["forks"]
            .as_array()
            .unwrap()
            .iter()
            .zip(network.forks.iter().skip(1))
        {
            assert_eq!(fork[0].as_u64(), Some(entry.epoch.0), "{path}");
            assert_eq!(fork[1], format!("0x{}", hex::encode(entry.version)), "{path}");
        }
        let bytes = bytes_of(&document["bootstrap"]);
        if path.ends_with("goerli.json") {
            execution_branch_is_wrong(&network, &bytes);
        } else {
            start(&network, &bytes);
        }
    }
}

/// This one's execution branch leads elsewhere under every type of the payload; its committee is proved all the same.
fn execution_branch_is_wrong(network: &Network, bytes: &[u8]) {
    let bootstrap = json::bootstrap(bytes, &network.preset).unwrap();
    let verdict = ethereum::bootstrap(
        &checkpoint(&bootstrap),
        &bootstrap,
        &params(network.clone()),
        UnixSeconds(0),
    );
    assert!(
        matches!(verdict, Err(Rejection::ExecutionBranch { .. })),
        "{verdict:?}"
    );
    let beacon = &bootstrap.header.beacon;
    let index = network.fork(beacon.slot).state_indices().current_sync_committee;
    let root = bootstrap.current_sync_committee.root();
    let branch = &bootstrap.current_sync_committee_branch;
    assert_eq!(verify_branch(root, branch, index, beacon.state_root), Ok(()));
}

fn axelar_bootstraps(files: &Files) {
    for path in files.paths() {
        let network = if path.contains("goerli") {
            goerli()
        } else {
            MAINNET
        };
        start(&network, &files.read(path));
    }
}

/// Twenty-one periods in one run, in batches and one by one, then the finality and optimistic updates.
fn nimbus_chain(files: &Files) {
    let folder = "ethereum/mainnet/nimbus_lc";
    let decode = |bytes: &[u8]| ssz::bootstrap(bytes, Fork::Capella, &MAINNET.preset).ok();
    let bytes = files.read(&format!("{folder}/bootstrap.ssz"));
    let start = start_from(&MAINNET, &decode(&bytes).unwrap(), &bytes, decode);
    let bytes = files.read(&format!("{folder}/updates.ssz"));
    let updates = ssz::update_stream(&bytes, &MAINNET).unwrap();
    assert!(updates.len() > 20);
    let mut one_by_one = start.clone();
    updates
        .iter()
        .for_each(|update| advance(&mut one_by_one, &MAINNET, update));
    let now = MAINNET.time(updates.last().unwrap().signature_slot);
    let mut scalars = 1..;
    let draw = || std::num::NonZeroU64::new(scalars.next().unwrap()).unwrap();
    let run = catch_up(&start, &updates, &params(MAINNET), now, draw, &InPlace).unwrap();
    assert!(run.skipped.is_empty());
    assert_eq!(run.state.finalized(), one_by_one.finalized());
    assert_eq!(run.state.optimistic(), one_by_one.optimistic());
    nimbus_single_updates(files, folder, one_by_one);
    assert_eq!(
        files.text(&format!("{folder}/genesis.ssz")).lines().count(),
        1,
        "a path, as config.yaml"
    );
}

/// The SSZ and the JSON files hold updates of different slots: taken in by slot.
fn nimbus_single_updates(files: &Files, folder: &str, mut state: TrustedState) {
    type Decode = fn(&[u8]) -> Option<Update>;
    let json_finality: Decode = |bytes| json::finality_update(bytes, &MAINNET.preset).ok();
    let json_optimistic: Decode = |bytes| json::optimistic_update(bytes, &MAINNET.preset).ok();
    let ssz_finality: Decode = |bytes| ssz::finality_update(bytes, Fork::Capella, &MAINNET.preset).ok();
    let ssz_optimistic: Decode = |bytes| ssz::optimistic_update(bytes, Fork::Capella, &MAINNET.preset).ok();
    let mut updates: Vec<(Update, Vec<u8>, Decode)> = [
        ("finUpdate.json", json_finality),
        ("optUpdate.json", json_optimistic),
        ("finUpdate.ssz", ssz_finality),
        ("optUpdate.ssz", ssz_optimistic),
        ("optimistic_update.ssz", ssz_optimistic),
    ]
    .map(|(name, decode)| {
        let bytes = files.read(&format!("{folder}/{name}"));
        (decode(&bytes).unwrap(), bytes, decode)
    })
    .into();
    updates.sort_by_key(|(update, ..)| update.attested_header.beacon.slot);
    for (update, bytes, decode) in updates {
        altered_are_refused(&state, &MAINNET, &update, &bytes, decode);
        advance(&mut state, &MAINNET, &update);
    }
    assert!(state.optimistic().finality().is_none());
}

/// As served by others: blob gas in headers before Deneb. Refused, and accepted once it is zero.
fn trin_capella_in_deneb_format(files: &Files) {
    let zeroed = |path: &str| {
        let text = files.text(path);
        text.replace(r#""blob_gas_used": "16""#, r#""blob_gas_used": "0""#)
            .replace(r#""excess_blob_gas": "16""#, r#""excess_blob_gas": "0""#)
            .into_bytes()
    };
    let path = |name: &str| format!("ethereum/mainnet/trin_capella_in_deneb_format/{name}.json");
    let refused = json::bootstrap(&files.read(&path("bootstrap")), &MAINNET.preset).unwrap();
    let verdict = ethereum::bootstrap(&checkpoint(&refused), &refused, &params(MAINNET), UnixSeconds(0));
    assert!(
        matches!(verdict, Err(Rejection::UnexpectedBlobGas { .. })),
        "{verdict:?}"
    );
    let mut state = start(&MAINNET, &zeroed(&path("bootstrap")));
    let refused = first_update(&MAINNET, &files.read(&path("updates"))).unwrap();
    let verdict = ethereum::verify(
        &state,
        &refused,
        &params(MAINNET),
        MAINNET.time(refused.signature_slot),
    );
    assert!(
        matches!(verdict, Err(Rejection::UnexpectedBlobGas { .. })),
        "{verdict:?}"
    );
    take(&mut state, &MAINNET, &zeroed(&path("updates")));
    let optimistic = json::optimistic_update(&zeroed(&path("optimistic")), &MAINNET.preset).unwrap();
    take_finality(&mut state, &MAINNET, &zeroed(&path("finality")));
    let now = MAINNET.time(optimistic.signature_slot);
    ethereum::verify(&state, &optimistic, &params(MAINNET), now).unwrap();
}

/// The first Electra header: its payload is in its body.
fn trin_pectra_header(files: &Files) {
    for path in files.paths() {
        let mut header: Value = serde_saphyr::from_str(&files.text(path)).unwrap();
        numbers_to_strings(&mut header);
        let update = json!({
            "attested_header": header, "signature_slot": "11649025",
            "sync_aggregate": {"sync_committee_bits": format!("0x{}", "ff".repeat(64)), "sync_committee_signature": format!("0x{}", "00".repeat(96))},
        });
        let header = json::optimistic_update(&bytes_of(&update), &MAINNET.preset)
            .unwrap()
            .attested_header;
        let light_client::ethereum::types::Execution::Payload(payload) = &header.execution else {
            panic!("no payload");
        };
        let (leaf, index) = (payload.root(PayloadType::Deneb), GeneralizedIndex(25));
        assert_eq!(
            verify_normalised_branch(leaf, &header.execution_branch, index, header.beacon.body_root),
            Ok(())
        );
        assert_eq!(MAINNET.fork(header.beacon.slot), Fork::Electra);
    }
}

fn numbers_to_strings(value: &mut Value) {
    match value {
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Object(fields) => fields.values_mut().for_each(numbers_to_strings),
        _ => {}
    }
}

pub(super) fn committee(value: &Value) -> SyncCommittee {
    let key = |value: &Value| {
        let mut key = [0; 48];
        hex::decode_to_slice(&value.as_str().unwrap()[2..], &mut key).unwrap();
        key
    };
    SyncCommittee {
        pubkeys: value["pubkeys"].as_array().unwrap().iter().map(key).collect(),
        aggregate_pubkey: key(&value["aggregate_pubkey"]),
    }
}

/// A store without branches: its committee is made the trusted one. The update brings the missing next committee.
fn sp1_helios_fulu(files: &Files) {
    let folder = "ethereum/mainnet/sp1_helios_fulu";
    let document = files.json(&format!("{folder}/store_slot_14561440_and_forks.json"));
    let store = &document["store"];
    for entry in MAINNET.forks.iter().skip(1) {
        let fork = &document["forks"][entry.fork.to_string()];
        assert_eq!(fork["epoch"], entry.epoch.to_string());
        assert_eq!(fork["fork_version"], format!("0x{}", hex::encode(entry.version)));
    }
    let mut state = trust(&MAINNET, 14_561_440, &committee(&store["current_sync_committee"]));
    take(
        &mut state,
        &MAINNET,
        &files.read(&format!("{folder}/update_slot_14557249.json")),
    );
    assert!(state.next_committee().is_some());
    take_finality(
        &mut state,
        &MAINNET,
        &files.read(&format!("{folder}/finality_update_slot_14562031.json")),
    );
}

fn sepolia_union(files: &Files) {
    let folder = "ethereum/sepolia/union";
    let current = committee(&files.json(&format!("{folder}/current_sync_committee_7167008.json")));
    let next = committee(&files.json(&format!("{folder}/next_sync_committee_7167008.json")));
    let mut state = trust(&SEPOLIA, 7_166_976, &current);
    take_finality(
        &mut state,
        &SEPOLIA,
        &files.read(&format!("{folder}/finality_update_7167008.json")),
    );
    let header = beacon_header(&files.json(&format!("{folder}/header_7167008.json")));
    assert_eq!(state.finalized().header().beacon, header);
    take_finality(
        &mut state,
        &SEPOLIA,
        &files.read(&format!("{folder}/finality_update_7167040.json")),
    );
    let mut state = trust(&SEPOLIA, 7_168_000, &next);
    take(
        &mut state,
        &SEPOLIA,
        &files.read(&format!("{folder}/period_changing_update_7167040.json")),
    );
    assert!(state.next_committee().is_some());
}

/// The first one's committee is unknown; it names the second one's.
fn sepolia_rainbow(files: &Files) {
    let mut known: Option<(u64, SyncCommittee)> = None;
    for path in files.paths() {
        let bytes = files.read(path);
        let update = first_update(&SEPOLIA, &bytes).unwrap();
        let period = SEPOLIA.period(update.signature_slot).0;
        match &known {
            Some((of, committee)) if *of == period => {
                take(&mut trust(&SEPOLIA, period * 8192, committee), &SEPOLIA, &bytes)
            }
            _ => fails_at_the_signature_only(&SEPOLIA, &bytes),
        }
        known = Some((period + 1, update.next_sync_committee.unwrap().committee));
    }
}

#[derive(serde::Deserialize)]
struct PortalCase {
    content_value: String,
}

fn portal_bytes(files: &Files, path: &str) -> Vec<u8> {
    let case: PortalCase = serde_saphyr::from_str(&files.text(path)).unwrap();
    hex::decode(case.content_value.trim_start_matches("0x")).unwrap()
}

fn portal_objects(files: &Files) {
    for fork in [Fork::Capella, Fork::Deneb] {
        let read = |name: &str| {
            portal_bytes(
                files,
                &format!("ethereum/mainnet/portal_light_client/{fork}/{name}.yaml"),
            )
        };
        let with_digest = |bytes: &[u8]| {
            ssz::split_digest(bytes, &MAINNET)
                .map(|(fork, rest)| (fork, rest.to_vec()))
                .ok()
        };
        let bytes = read("bootstrap");
        let decode = |bytes: &[u8]| {
            let (fork, bytes) = with_digest(bytes)?;
            ssz::bootstrap(&bytes, fork, &MAINNET.preset).ok()
        };
        start_from(&MAINNET, &decode(&bytes).unwrap(), &bytes, decode);
        let updates = portal_updates(&read("updates"));
        portal_run(&updates);
        let (its_fork, bytes) = with_digest(&read("finality_update")).unwrap();
        assert_eq!(its_fork, fork);
        let finality = ssz::finality_update(&bytes, fork, &MAINNET.preset).unwrap();
        let (_, bytes) = with_digest(&read("optimistic_update")).unwrap();
        let optimistic = ssz::optimistic_update(&bytes, fork, &MAINNET.preset).unwrap();
        for update in [finality, optimistic] {
            let period = MAINNET.period(update.signature_slot).0;
            let known = updates
                .iter()
                .find(|known| MAINNET.period(known.signature_slot).0 + 1 == period);
            let stranger = &updates[0].next_sync_committee.as_ref().unwrap().committee;
            let committee = known.map_or(stranger, |known| {
                &known.next_sync_committee.as_ref().unwrap().committee
            });
            let state = trust(&MAINNET, period * 8192, committee);
            let verdict = ethereum::verify(
                &state,
                &update,
                &params(MAINNET),
                MAINNET.time(update.signature_slot),
            );
            assert!(verdict.is_ok() == known.is_some(), "{verdict:?}");
            assert!(
                verdict.is_ok() || matches!(verdict, Err(Rejection::WrongSignature { .. })),
                "{verdict:?}"
            );
        }
    }
}

/// A list of variable-size items: offsets first, then each item behind its digest.
fn portal_updates(bytes: &[u8]) -> Vec<Update> {
    let offset = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let count = offset(0) / 4;
    let mut ends: Vec<usize> = (0..count).map(|item| offset(4 * item)).collect();
    ends.push(bytes.len());
    let item = |ends: &[usize]| {
        let (fork, update) = ssz::split_digest(&bytes[ends[0]..ends[1]], &MAINNET).unwrap();
        ssz::update(update, fork, &MAINNET.preset).unwrap()
    };
    ends.windows(2).map(item).collect()
}

/// The first update's committee is unknown; each names the committee of the next one.
fn portal_run(updates: &[Update]) {
    for pair in updates.windows(2) {
        let committee = &pair[0].next_sync_committee.as_ref().unwrap().committee;
        let period = MAINNET.period(pair[1].signature_slot).0;
        advance(&mut trust(&MAINNET, period * 8192, committee), &MAINNET, &pair[1]);
    }
}
