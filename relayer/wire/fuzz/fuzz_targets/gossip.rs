//! Reads what travels over the mesh: signed attestations, votes, heartbeats and requests to observe again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{
    attestation::Attestation,
    certificate::Certified,
    consensus::{Precommit, Prevote, Proposal},
    encoding::Canonical,
    gossip::{Heartbeat, Reobserve},
    signature::Signed,
};

fn read<T: Canonical>(bytes: &[u8]) {
    if let Ok(value) = T::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
}

fuzz_target!(|bytes: &[u8]| {
    read::<Signed<Attestation>>(bytes);
    read::<Certified<Attestation>>(bytes);
    read::<Signed<Prevote>>(bytes);
    read::<Signed<Precommit>>(bytes);
    read::<Signed<Proposal>>(bytes);
    read::<Signed<Heartbeat>>(bytes);
    read::<Signed<Reobserve>>(bytes);
});
