//! Reads questions and answers, and hands them to a mesh. What decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesh::{
    proto::{
        Event, RequestId, UnixMillis,
        limits::STATEMENTS_MS,
        message::{Answer, Question},
    },
    sim::{bystander, first_peer},
};
use wire::encoding::Canonical;

fn read<T: Canonical>(bytes: &[u8]) {
    if let Ok(value) = T::decode(bytes) {
        assert_eq!(value.encode(), bytes);
    }
}

fuzz_target!(|bytes: &[u8]| {
    read::<Question>(bytes);
    read::<Answer>(bytes);
    let (from, now) = (first_peer(), UnixMillis(1_700_000_000_000));
    let mut mesh = bystander(now);
    let (id, question) = (RequestId(0), bytes.to_vec());
    mesh.handle(
        Event::Question {
            from,
            id,
            bytes: question,
        },
        now,
    );
    mesh.handle(Event::Connected(from), now);
    let asked = UnixMillis(now.0 + STATEMENTS_MS);
    mesh.handle(Event::Tick, asked);
    let answer = bytes.to_vec();
    mesh.handle(Event::Answer { from, bytes: answer }, asked);
    assert_eq!(mesh.footprint().beyond(4), None);
});
