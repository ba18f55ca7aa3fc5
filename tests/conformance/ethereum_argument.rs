//! A Deneb data set of mainnet with every object in both formats, and the parts of some objects alone.

use light_client::ethereum::{
    json,
    network::{Fork, MAINNET},
    ssz,
};
use tests::Files;

use super::ethereum_consensus::{altered_are_refused, first_update, start, start_from, take, take_finality};
use crate::conformance::rows;

rows! {
    run argument_deneb [
        "ethereum/mainnet/argument_deneb/*/*.ssz",
        "ethereum/mainnet/argument_deneb/*/base-data/Bootstrap*.json",
        "ethereum/mainnet/argument_deneb/*/base-data/Update*.json",
        "ethereum/mainnet/argument_deneb/*/base-data/FinalityUpdate*.json",
    ];
}

fn argument_deneb(files: &Files) {
    let folder = "ethereum/mainnet/argument_deneb";
    for (part, pairs) in [
        (
            "committee-change",
            &[
                ("UpdateDeneb", "LightClientUpdateDeneb"),
                ("UpdateNewPeriodDeneb", "LightClientUpdateNewPeriodDeneb"),
            ][..],
        ),
        ("inclusion", &[("UpdateDeneb", "LightClientUpdateDeneb")][..]),
    ] {
        let ssz_bytes = files.read(&format!("{folder}/{part}/LightClientBootstrapDeneb.ssz"));
        let decode = |bytes: &[u8]| ssz::bootstrap(bytes, Fork::Deneb, &MAINNET.preset).ok();
        let from_ssz = decode(&ssz_bytes).unwrap();
        let json_bytes = files.read(&format!("{folder}/{part}/base-data/BootstrapDeneb.json"));
        assert_eq!(json::bootstrap(&json_bytes, &MAINNET.preset).unwrap(), from_ssz);
        start_from(&MAINNET, &from_ssz, &ssz_bytes, decode);
        let mut state = start(&MAINNET, &json_bytes);
        for (json_name, ssz_name) in pairs {
            let ssz_bytes = files.read(&format!("{folder}/{part}/{ssz_name}.ssz"));
            let decode = |bytes: &[u8]| ssz::update(bytes, Fork::Deneb, &MAINNET.preset).ok();
            let update = decode(&ssz_bytes).unwrap();
            altered_are_refused(&state, &MAINNET, &update, &ssz_bytes, decode);
            let json_bytes = files.read(&format!("{folder}/{part}/base-data/{json_name}.json"));
            assert_eq!(first_update(&MAINNET, &json_bytes).unwrap(), update);
            take(&mut state, &MAINNET, &json_bytes);
        }
    }
    argument_finality(files, &format!("{folder}/inclusion"));
    argument_parts(files, &format!("{folder}/committee-change"));
}

fn argument_finality(files: &Files, folder: &str) {
    let mut state = start(
        &MAINNET,
        &files.read(&format!("{folder}/base-data/BootstrapDeneb.json")),
    );
    take(
        &mut state,
        &MAINNET,
        &files.read(&format!("{folder}/base-data/UpdateDeneb.json")),
    );
    let bytes = files.read(&format!("{folder}/LightClientFinalityUpdateDeneb.ssz"));
    let update = ssz::finality_update(&bytes, Fork::Deneb, &MAINNET.preset).unwrap();
    let json_bytes = files.read(&format!("{folder}/base-data/FinalityUpdateDeneb.json"));
    assert_eq!(
        json::finality_update(&json_bytes, &MAINNET.preset).unwrap(),
        update
    );
    take_finality(&mut state, &MAINNET, &json_bytes);
}

/// The parts that stand alone are parts of the whole objects.
fn argument_parts(files: &Files, folder: &str) {
    let wholes = [
        "LightClientBootstrapDeneb",
        "LightClientUpdateDeneb",
        "LightClientUpdateNewPeriodDeneb",
    ]
    .map(|name| files.read(&format!("{folder}/{name}.ssz")));
    for name in [
        "BeaconBlockHeaderDeneb",
        "ExecutionPayloadHeaderDeneb",
        "SyncAggregateDeneb",
        "SyncCommitteeDeneb",
    ] {
        let part = files.read(&format!("{folder}/{name}.ssz"));
        let found = wholes
            .iter()
            .any(|whole| whole.windows(part.len()).any(|window| window == part));
        assert!(found, "{name}");
    }
    let header = files.read(&format!("{folder}/LightClientHeaderDeneb.ssz"));
    let header = ssz::light_client_header(&header, Fork::Deneb).unwrap();
    let decoded = wholes[1..]
        .iter()
        .map(|whole| ssz::update(whole, Fork::Deneb, &MAINNET.preset).unwrap());
    let bootstrap = ssz::bootstrap(&wholes[0], Fork::Deneb, &MAINNET.preset).unwrap();
    let mut headers = decoded
        .flat_map(|update| [update.attested_header, update.finality.unwrap().header])
        .chain([bootstrap.header]);
    assert!(headers.any(|other| other == header));
}
