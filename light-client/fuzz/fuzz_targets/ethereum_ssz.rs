//! SSZ objects: the first byte chooses fork and preset, the rest runs through every decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use light_client::ethereum::{
    network::{Fork, MAINNET, Network, Preset},
    ssz,
};

const FORKS: [Fork; 8] = [
    Fork::Phase0,
    Fork::Altair,
    Fork::Bellatrix,
    Fork::Capella,
    Fork::Deneb,
    Fork::Electra,
    Fork::Fulu,
    Fork::Gloas,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, object)) = bytes.split_first() else {
        return;
    };
    let fork = FORKS[usize::from(choice & 7)];
    let preset = if choice & 8 == 0 {
        Preset::MAINNET
    } else {
        Preset::MINIMAL
    };
    let _ = ssz::bootstrap(object, fork, &preset);
    let _ = ssz::update(object, fork, &preset);
    let _ = ssz::finality_update(object, fork, &preset);
    let _ = ssz::optimistic_update(object, fork, &preset);
    let _ = ssz::light_client_header(object, fork);
    let _ = ssz::update_stream(object, &Network { preset, ..MAINNET });
});
