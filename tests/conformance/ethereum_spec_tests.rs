//! The specification's own `light_client/sync` cases: steps that process or force an update, and the store after each.

use light_client::{
    ChainNumber, Checkpoint, Hash32, UnixSeconds,
    ethereum::{
        self, ForceRejection, Params, TrustedState, VerifiedHeader,
        network::{Fork, MAINNET, Network, Preset},
        ssz,
        types::{Execution, PayloadType, Slot, Update},
    },
};
use serde::Deserialize;
use tests::Files;

use crate::{
    beacon::{params, with_forks},
    conformance::{ethereum_consensus::altered_are_refused, rows},
};

rows! {
    run sync ["ethereum/consensus_spec_tests/minimal/*/*/*"];
}

#[derive(Deserialize)]
struct Meta {
    genesis_validators_root: String,
    trusted_block_root: String,
    bootstrap_fork_digest: String,
}

#[derive(Deserialize)]
enum Step {
    #[serde(rename = "process_update")]
    Process {
        update_fork_digest: String,
        update: String,
        current_slot: u64,
        checks: Checks,
    },
    #[serde(rename = "force_update")]
    Force { current_slot: u64, checks: Checks },
}

#[derive(Deserialize)]
struct Checks {
    finalized_header: Expected,
    optimistic_header: Expected,
}

#[derive(Deserialize)]
struct Expected {
    slot: u64,
    beacon_root: String,
    execution_root: String,
}

fn sync(files: &Files) {
    for fork in [Fork::Deneb, Fork::Electra] {
        for case in [
            "light_client_sync",
            "advance_finality_without_sync_committee",
            "supply_sync_committee_from_past_update",
        ] {
            run_case(
                files,
                fork,
                &format!("ethereum/consensus_spec_tests/minimal/{fork}/{case}"),
            );
        }
    }
}

/// Updates that the case holds and no step names: whole objects all the same.
fn decode_unused(files: &Files, folder: &str, fork: Fork) {
    for path in files
        .paths()
        .filter(|path| path.starts_with(&format!("{folder}/update_")))
    {
        let bytes = snap::raw::Decoder::new()
            .decompress_vec(&files.read(path))
            .unwrap();
        let decoded = ssz::update(&bytes, fork, &Preset::MINIMAL);
        assert!(decoded.is_ok(), "{path}: {decoded:?}");
    }
}

/// The minimal configuration with every fork up to the case's at genesis, as its `config.yaml` says.
fn network(files: &Files, folder: &str, fork: Fork, meta: &Meta) -> Network {
    let config = files.text(&format!("{folder}/config.yaml"));
    let mut forks = vec![(Fork::Phase0, 0x0000_0001, 0)];
    let later = [
        Fork::Altair,
        Fork::Bellatrix,
        Fork::Capella,
        Fork::Deneb,
        Fork::Electra,
    ];
    for (number, later) in later.into_iter().filter(|later| *later <= fork).enumerate() {
        let name = later.to_string().to_uppercase();
        let version = 0x0100_0000 * (number as u32 + 1) + 1;
        assert!(
            config.contains(&format!("{name}_FORK_EPOCH: 0"))
                && config.contains(&format!("{name}_FORK_VERSION: 0x{version:08x}"))
        );
        forks.push((later, version, 0));
    }
    let network = Network {
        preset: Preset::MINIMAL,
        seconds_per_slot: std::num::NonZeroU64::new(6).unwrap(),
        genesis_time: UnixSeconds(1_578_009_600),
        genesis_validators_root: meta.genesis_validators_root.parse().unwrap(),
        ..MAINNET
    };
    with_forks(network, &forks)
}

struct Case<'a> {
    files: &'a Files,
    folder: &'a str,
    params: Params,
}

fn run_case(files: &Files, fork: Fork, folder: &str) {
    let meta: Meta = serde_saphyr::from_str(&files.text(&format!("{folder}/meta.yaml"))).unwrap();
    let case = Case {
        files,
        folder,
        params: params(network(files, folder, fork, &meta)),
    };
    let mut state = case.bootstrap(&meta);
    let steps: Vec<Step> = serde_saphyr::from_str(&files.text(&format!("{folder}/steps.yaml"))).unwrap();
    assert!(!steps.is_empty());
    for (number, step) in steps.iter().enumerate() {
        let checks = case.run(&mut state, step);
        check(
            &format!("{folder} step {number} finalized"),
            state.finalized(),
            &checks.finalized_header,
        );
        check(
            &format!("{folder} step {number} optimistic"),
            state.optimistic(),
            &checks.optimistic_header,
        );
    }
    decode_unused(files, folder, fork);
}

impl Case<'_> {
    fn object(&self, name: &str) -> Vec<u8> {
        let compressed = self.files.read(&format!("{}/{name}.ssz_snappy", self.folder));
        snap::raw::Decoder::new().decompress_vec(&compressed).unwrap()
    }

    fn fork(&self, digest: &str) -> Fork {
        let digest: [u8; 4] = hex::decode(&digest[2..]).unwrap().try_into().unwrap();
        self.params.network.fork_of_digest(digest).unwrap()
    }

    fn bootstrap(&self, meta: &Meta) -> TrustedState {
        let fork = self.fork(&meta.bootstrap_fork_digest);
        let bootstrap = ssz::bootstrap(&self.object("bootstrap"), fork, &Preset::MINIMAL).unwrap();
        let checkpoint = Checkpoint {
            chain: ChainNumber(1),
            height: bootstrap.header.beacon.slot.0,
            hash: meta.trusted_block_root.parse().unwrap(),
            not_after: UnixSeconds(u64::MAX),
        };
        ethereum::bootstrap(&checkpoint, &bootstrap, &self.params, UnixSeconds(0)).unwrap()
    }

    fn run<'a>(&self, state: &mut TrustedState, step: &'a Step) -> &'a Checks {
        match step {
            Step::Process {
                update_fork_digest,
                update,
                current_slot,
                checks,
            } => {
                self.process(state, update, self.fork(update_fork_digest), *current_slot);
                checks
            }
            Step::Force { current_slot, checks } => {
                let forced = state.force_update(&self.params, self.time(*current_slot));
                assert!(
                    matches!(
                        forced,
                        Ok(()) | Err(ForceRejection::NotDue { .. } | ForceRejection::NoUpdate)
                    ),
                    "{forced:?}"
                );
                checks
            }
        }
    }

    fn process(&self, state: &mut TrustedState, name: &str, fork: Fork, current_slot: u64) {
        let bytes = self.object(name);
        let decode = |bytes: &[u8]| ssz::update(bytes, fork, &Preset::MINIMAL).ok();
        let update: Update = decode(&bytes).unwrap();
        altered_are_refused(state, &self.params.network, &update, &bytes, decode);
        let verified = ethereum::verify(state, &update, &self.params, self.time(current_slot));
        state
            .advance(verified.unwrap_or_else(|rejection| panic!("{name}: {rejection}")))
            .unwrap();
    }

    fn time(&self, slot: u64) -> UnixSeconds {
        self.params.network.time(Slot(slot))
    }
}

fn check(what: &str, header: &VerifiedHeader, expected: &Expected) {
    assert_eq!(header.header().beacon.slot.0, expected.slot, "{what}");
    assert_eq!(header.root().to_string(), expected.beacon_root, "{what}");
    let Execution::Payload(payload) = &header.header().execution else {
        panic!("{what}: no payload");
    };
    let root: Hash32 = payload.root(PayloadType::Deneb);
    assert_eq!(root.to_string(), expected.execution_root, "{what}");
}
