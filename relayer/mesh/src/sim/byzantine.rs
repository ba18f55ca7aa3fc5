//! What nodes that break the rules send.

use wire::{
    attestation::Attestation,
    eip712::Statement as _,
    encoding::Canonical as _,
    signature::Signature,
    types::{ChainId, Hash},
};

use super::{
    Rng,
    truth::{Key, NETWORK},
};
use crate::proto::{
    Topic,
    limits::HEARTBEAT_BYTES,
    message::{Body, Envelope, Said, Vouched},
};

/// A message that no [`crate::proto::Mesh`] of an honest node would make.
pub(super) type Raw = (Topic, Vec<u8>);

/// The same block with other events: what an equivocator says to the others.
pub(super) fn contradict(truth: &Attestation) -> Attestation {
    Attestation {
        events_root: Hash([0xee; 32]),
        ..*truth
    }
}

/// One of many kinds of flood: rubbish, oversize, forged, or signed by the flooder about heights that nobody knows.
pub(super) fn flood(rng: &mut Rng, own: &Key, victim: &Key) -> Raw {
    match rng.below(8) {
        0 => (Topic::Attestations, rng.bytes::<200>().to_vec()),
        1 => (Topic::Heartbeats, vec![0; HEARTBEAT_BYTES + 1]),
        2 => (Topic::Attestations, forged(rng, victim)),
        _ => (Topic::Attestations, far_ahead(rng, own)),
    }
}

fn forged(rng: &mut Rng, victim: &Key) -> Vec<u8> {
    let said = Said::Attestation(unheard_of(rng));
    let signature = Signature(rng.bytes());
    envelope(Vouched {
        author: victim.address,
        said,
        signature,
    })
}

fn far_ahead(rng: &mut Rng, own: &Key) -> Vec<u8> {
    let attestation = unheard_of(rng);
    envelope(Vouched {
        author: own.address,
        said: Said::Attestation(attestation),
        signature: own.sign(attestation.digest(&own.domain)),
    })
}

fn unheard_of(rng: &mut Rng) -> Attestation {
    let height = 1_000 + rng.below(1 << 40);
    Attestation {
        chain: ChainId(2),
        height,
        block_hash: Hash(rng.bytes()),
        timestamp: height,
        previous: height - 1,
        first_seq: 0,
        event_count: 0,
        events_root: Hash::ZERO,
    }
}

/// The envelope of a statement.
pub(super) fn envelope(vouched: Vouched) -> Vec<u8> {
    let envelope = Envelope {
        network: NETWORK,
        set_id: 1,
        body: Body::Vouched(vouched),
    };
    envelope.encode()
}
