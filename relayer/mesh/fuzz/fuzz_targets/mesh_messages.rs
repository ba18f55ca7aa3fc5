//! Reads envelopes, and hands them to a mesh. What decodes encodes to the same bytes; no bound breaks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::{
    proto::{Event, Topic, UnixMillis, gossip_id, message::Envelope},
    sim::{bystander, first_peer},
};
use wire::encoding::Canonical as _;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(envelope) = Envelope::decode(bytes) {
        assert_eq!(envelope.encode(), bytes);
    }
    let now = UnixMillis(1_700_000_000_000);
    let mut mesh = bystander(now);
    for topic in [Topic::Attestations, Topic::Commands, Topic::Heartbeats] {
        let (from, id, bytes) = (first_peer(), gossip_id("fuzz", bytes), bytes.to_vec());
        assert!(
            !mesh
                .handle(
                    Event::Gossip {
                        topic,
                        from,
                        id,
                        bytes
                    },
                    now
                )
                .is_empty()
        );
    }
    assert_eq!(mesh.footprint().beyond(4), None);
});
