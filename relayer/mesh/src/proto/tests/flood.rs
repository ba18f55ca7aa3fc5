//! Whatever arrives: no panic, no bound broken, the books of shares right; and every rejection is reached.

use std::{fs, path::Path};

use proptest::prelude::*;
use strum::VariantNames as _;
use wire::{attestation::Attestation, evidence::ConflictingAttestations};

use super::*;

/// What a Byzantine member, or a peer, may do.
#[derive(Clone, Debug)]
enum Move {
    Attest {
        author: usize,
        chain: u32,
        height: u64,
        content: u8,
    },
    Halt {
        author: usize,
        serial: u64,
    },
    Evidence {
        author: usize,
        height: u64,
    },
    Reobserve {
        author: usize,
        height: u64,
    },
    Bytes {
        topic: u8,
        bytes: Vec<u8>,
    },
    Answer {
        bytes: Vec<u8>,
    },
    Finalized {
        height: u64,
    },
    Settled {
        height: u64,
    },
    Rotated {
        without: usize,
    },
    Tick {
        ms: u64,
    },
}

fn moves() -> impl Strategy<Value = Move> {
    let author = 0..4_usize;
    prop_oneof![
        8 => (author.clone(), 1..4_u32, 0..400_u64, 0..4_u8).prop_map(|(author, chain, height, content)| {
            Move::Attest { author, chain, height, content }
        }),
        2 => (author.clone(), any::<u64>()).prop_map(|(author, serial)| Move::Halt { author, serial }),
        1 => (author.clone(), 0..400_u64).prop_map(|(author, height)| Move::Evidence { author, height }),
        1 => (author.clone(), any::<u64>()).prop_map(|(author, height)| Move::Reobserve { author, height }),
        1 => (0..3_u8, proptest::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(topic, bytes)| Move::Bytes { topic, bytes }),
        1 => proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Move::Answer { bytes }),
        1 => (0..400_u64).prop_map(|height| Move::Finalized { height }),
        1 => (0..50_u64).prop_map(|height| Move::Settled { height }),
        1 => author.prop_map(|without| Move::Rotated { without }),
        2 => (0..90_000_u64).prop_map(|ms| Move::Tick { ms }),
    ]
}

impl Bench {
    fn play(&mut self, step: &Move, now: &mut UnixMillis) {
        let chain = FINALISING;
        let key = |author: usize| Key::new(u8::try_from(author + 1).unwrap());
        match step.clone() {
            Move::Attest {
                author,
                chain,
                height,
                content,
            } => {
                let said = contents(ChainId(chain), height, content);
                self.act(peer(1), Body::Vouched(key(author).vouch(said)), *now);
            }
            Move::Halt { author, serial } => {
                self.act(peer(1), Body::Vouched(key(author).vouch(halt(serial))), *now);
            }
            Move::Evidence { author, height } => {
                let [first, second] =
                    [1, 2].map(|content| key(author).signed(contents(chain, height, content)));
                let evidence = Evidence::Attestations(ConflictingAttestations { first, second });
                self.act(peer(2), Body::Evidence(evidence), *now);
            }
            Move::Reobserve { author, height } => {
                self.act(peer(1), key(author).reobserve(height, *now), *now);
            }
            Move::Bytes { topic, bytes } => {
                let topic = [Topic::Attestations, Topic::Commands, Topic::Heartbeats][usize::from(topic)];
                self.raw(topic, peer(3), bytes, *now);
            }
            Move::Answer { bytes } => drop(self.mesh.handle(Event::Answer { from: peer(1), bytes }, *now)),
            Move::Finalized { height } => drop(self.mesh.handle(Event::Finalized { chain, height }, *now)),
            Move::Settled { height } => drop(self.mesh.handle(Event::Settled { chain, height }, *now)),
            Move::Rotated { without } => self.rotate(without, *now),
            Move::Tick { ms } => {
                now.0 += ms;
                drop(self.mesh.handle(Event::Tick, *now));
            }
        }
    }

    fn rotate(&mut self, without: usize, now: UnixMillis) {
        let mut keys: Vec<_> = (1..=4).map(Key::new).collect();
        keys[without] = Key::new(5);
        self.mesh.handle(Event::Rotated(set_of(2, &keys)), now);
    }
}

fn contents(chain: ChainId, height: u64, content: u8) -> Attestation {
    Attestation {
        block_hash: Hash([content; 32]),
        ..attestation(chain, height)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bound_breaks_and_shares_add_up_whatever_arrives(steps in proptest::collection::vec(moves(), 1..300)) {
        let mut bench = Bench::new();
        let mut now = NOW;
        for step in &steps {
            bench.play(step, &mut now);
            prop_assert_eq!(bench.mesh.footprint().beyond(5), None);
        }
        prop_assert!(bench.mesh.collection.shares_add_up());
    }
}

#[test]
fn certified_statements_are_forgotten_oldest_first() {
    let mut bench = Bench::new();
    let (chain, height) = (FINALISING, 10_000);
    bench.mesh.handle(Event::Finalized { chain, height }, NOW);
    for height in 1..=u64::try_from(limits::CERTIFIED_KEPT).unwrap() + 3 {
        let now = later(height * 1_000);
        let beat = bench.keys[0].heartbeat(peer(1), now);
        bench.act(peer(1), beat, now);
        for author in 0..3 {
            let vouched = bench.keys[author].vouch(attestation(chain, height));
            bench.act(peer(1), Body::Vouched(vouched), now);
        }
    }
    let footprint = bench.mesh.footprint();
    assert_eq!(
        (footprint.certified, footprint.tallies),
        (limits::CERTIFIED_KEPT, limits::CERTIFIED_KEPT)
    );
    assert_eq!(footprint.open_bytes, 0);
}

#[test]
fn a_thousand_blocks_to_observe_again_are_remembered_and_no_more() {
    let mut bench = Bench::new();
    for height in 0..2_000 {
        let now = later(height * 20);
        let request = bench.keys[0].reobserve(height, now);
        bench.act(peer(1), request, now);
    }
    assert!(bench.mesh.footprint().reobserved <= limits::REOBSERVED_KEPT);
}

/// The tests beside this one name each rejection as they reach it.
#[test]
fn every_rejection_is_named_by_a_test_that_reaches_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proto/tests");
    let tests = ["validation.rs", "collecting.rs", "catch_up.rs"];
    let text: String = tests
        .iter()
        .map(|name| fs::read_to_string(folder.join(name)).unwrap())
        .collect();
    for name in Rejection::VARIANTS.iter().chain(SettingsError::VARIANTS) {
        let named = text.contains(&format!("\"{name}\"")) || text.contains(&format!("SettingsError::{name}"));
        assert!(named, "no test reaches {name}");
    }
}
