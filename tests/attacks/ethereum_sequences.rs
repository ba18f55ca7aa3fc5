//! No sequence of valid and invalid updates, at any times, forced or not, panics or moves a header back.

use std::num::NonZeroU64;

use light_client::{
    Hash32,
    ethereum::{
        self, InPlace, catch_up,
        network::Fork,
        types::{Slot, Update},
    },
};

use super::ethereum::{PERIOD, Scene};
use crate::beacon::Draft;

/// Sequences of one run, and steps of each.
const SEQUENCES: u64 = 60;
const STEPS: usize = 40;

/// A small generator of the run's choices: the seed alone decides.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Updates of three periods with every mix of finality, next committee and participation; the signer is right for most.
fn pool(scene: &Scene) -> Vec<Update> {
    let mut choices = Choices(7);
    let draft = |choices: &mut Choices| {
        let attested = 17 + choices.below(3 * PERIOD - 20);
        let signature = attested + 1 + choices.below(2);
        let period = (signature / PERIOD) as usize;
        let next = &scene.signers[(period + 1) % 3].committee;
        let draft = Draft {
            attested,
            signature,
            finalized: (choices.below(4) > 0).then(|| attested - choices.below(17)),
            next: (choices.below(3) > 0).then_some(next),
            participants: [1, 21, 22, 32][choices.below(4) as usize],
        };
        draft.signed_by(&scene.network, &scene.signers[period % 3])
    };
    (0..60).map(|_| draft(&mut choices)).collect()
}

/// Alters one field, so that most results are invalid.
fn alter(update: &mut Update, choices: &mut Choices) {
    match choices.below(6) {
        0 => update.signature_slot = Slot(choices.below(300)),
        1 => update.sync_aggregate.bits.clear(),
        2 => update.attested_header.beacon.slot = Slot(u64::MAX),
        3 => update.finality = None,
        4 => update.next_sync_committee = None,
        _ => update.attested_header.beacon.state_root = Hash32::ZERO,
    }
}

#[test]
fn no_sequence_of_updates_panics_or_rolls_back() {
    let scene = Scene::new(Fork::Electra);
    let pool = pool(&scene);
    let mut moved = 0;
    for seed in 0..SEQUENCES {
        let mut choices = Choices(seed);
        let mut state = scene.state.clone();
        for step in 0..STEPS {
            let before = (
                state.finalized().header().beacon.slot,
                state.optimistic().header().beacon.slot,
            );
            let now = scene.now(choices.below(300));
            let mut update = pool[choices.below(pool.len() as u64) as usize].clone();
            if choices.below(4) == 0 {
                alter(&mut update, &mut choices);
            }
            match choices.below(6) {
                0 => drop(state.force_update(&scene.params, now)),
                _ => {
                    if let Ok(verified) = ethereum::verify(&state, &update, &scene.params, now) {
                        state.advance(verified).expect("verified against this state");
                    }
                }
            }
            let after = (
                state.finalized().header().beacon.slot,
                state.optimistic().header().beacon.slot,
            );
            assert!(
                after.0 >= before.0 && after.1 >= before.1,
                "seed {seed} step {step}: {before:?} -> {after:?}"
            );
            assert!(
                after.1 >= after.0,
                "seed {seed} step {step}: optimistic below finalized"
            );
            moved += u64::from(after != before);
        }
    }
    assert!(moved > SEQUENCES, "the sequences went nowhere: {moved}");
}

/// A run gives the verdict of its updates one by one, whatever they are.
#[test]
fn a_run_agrees_with_its_updates_one_by_one() {
    let scene = Scene::new(Fork::Electra);
    let pool = pool(&scene);
    for seed in 0..SEQUENCES {
        let mut choices = Choices(seed);
        let now = scene.now(100 + choices.below(200));
        let updates: Vec<Update> = (0..4)
            .map(|_| pool[choices.below(pool.len() as u64) as usize].clone())
            .collect();
        let mut state = scene.state.clone();
        let one_by_one = updates.iter().try_for_each(|update| {
            match ethereum::verify(&state, update, &scene.params, now) {
                Ok(verified) => {
                    state.advance(verified).unwrap();
                    Ok(())
                }
                Err(rejection) if rejection.is_irrelevance() => Ok(()),
                Err(rejection) => Err(rejection),
            }
        });
        let draw = || NonZeroU64::new(1 + choices.below(1 << 30)).unwrap();
        match catch_up(&scene.state, &updates, &scene.params, now, draw, &InPlace) {
            Ok(run) => {
                assert_eq!(one_by_one, Ok(()), "seed {seed}");
                assert_eq!(run.state.finalized(), state.finalized(), "seed {seed}");
                assert_eq!(run.state.optimistic(), state.optimistic(), "seed {seed}");
            }
            Err(rejection) => assert_eq!(one_by_one, Err(rejection.rejection), "seed {seed}"),
        }
    }
}
