//! Attacks on the beacon-chain client: updates that are right in all but one respect, and every rejection reached.

use std::collections::BTreeSet;

use light_client::{
    Evidence, Hash32, UnixSeconds,
    ethereum::{
        self, ForceRejection, InPlace, Params, Rejection, TrustedState, Verified, catch_up,
        evidence::EvidenceRejection,
        network::{Fork, Network},
        params::Participation,
        types::{Slot, SyncCommittee, Update},
    },
    proof::ssz::GeneralizedIndex,
};
use strum::VariantNames as _;

use crate::beacon::{
    self, Draft, Signers, Tree, checkpoint, committee_of, devnet, params, resign, signing_root_with, trust,
    with_forks,
};

/// First slot of period 1 of the minimal preset.
pub(super) const PERIOD: u64 = 64;

/// A client at slot 16 of period 0 that knows committee 0; committees 1 and 2 follow it.
pub(super) struct Scene {
    pub(super) network: Network,
    pub(super) params: Params,
    pub(super) state: TrustedState,
    pub(super) signers: [Signers; 3],
}

impl Scene {
    pub(super) fn new(fork: Fork) -> Self {
        Self::on(devnet(fork))
    }

    pub(super) fn on(network: Network) -> Self {
        let signers = [1, 2, 3].map(|seed| Signers::new(seed, 32));
        Self {
            params: params(network.clone()),
            state: trust(&network, 16, &signers[0].committee),
            network,
            signers,
        }
    }

    pub(super) fn now(&self, slot: u64) -> UnixSeconds {
        self.network.time(Slot(slot))
    }

    pub(super) fn verify(&self, update: &Update) -> Result<Verified, Rejection> {
        ethereum::verify(&self.state, update, &self.params, self.now(1_000_000))
    }

    pub(super) fn rejection(&self, update: &Update) -> Rejection {
        self.verify(update).expect_err("an attack")
    }

    pub(super) fn take(&mut self, update: &Update) {
        let verified = self
            .verify(update)
            .unwrap_or_else(|rejection| panic!("{rejection}"));
        self.state.advance(verified).unwrap();
    }

    /// Finalises slot 24 in period 0 and brings committee 1.
    pub(super) fn ordinary(&self) -> Update {
        self.draft(Some(&self.signers[1].committee))
            .signed_by(&self.network, &self.signers[0])
    }

    pub(super) fn draft<'a>(&self, next: Option<&'a SyncCommittee>) -> Draft<'a> {
        Draft {
            attested: 40,
            signature: 41,
            finalized: Some(24),
            next,
            participants: 32,
        }
    }

    /// The state after [`Self::ordinary`].
    pub(super) fn knowing_next(mut self) -> Self {
        self.take(&self.ordinary());
        self
    }
}

fn all_forks() -> [Fork; 7] {
    [
        Fork::Altair,
        Fork::Bellatrix,
        Fork::Capella,
        Fork::Deneb,
        Fork::Electra,
        Fork::Fulu,
        Fork::Gloas,
    ]
}

#[test]
fn an_ordinary_update_is_accepted_in_every_fork() {
    for fork in all_forks() {
        let scene = Scene::new(fork).knowing_next();
        assert_eq!(scene.state.finalized().header().beacon.slot, Slot(24), "{fork}");
        assert_eq!(
            scene.state.next_committee().unwrap().root(),
            scene.signers[1].committee.root()
        );
    }
}

#[test]
fn rejects_a_poisoned_next_committee() {
    let scene = Scene::new(Fork::Electra);
    let mut update = scene.ordinary();
    update.next_sync_committee.as_mut().unwrap().committee = scene.signers[2].committee.clone();
    assert!(matches!(
        scene.rejection(&update),
        Rejection::NextCommitteeBranch(_)
    ));
}

#[test]
fn rejects_another_next_committee_than_the_known_one() {
    let scene = Scene::new(Fork::Electra).knowing_next();
    let update = scene
        .draft(Some(&scene.signers[2].committee))
        .signed_by(&scene.network, &scene.signers[0]);
    let expected = Rejection::NextCommitteeDiffers {
        got: scene.signers[2].committee.root(),
        known: scene.signers[1].committee.root(),
    };
    assert_eq!(scene.rejection(&update), expected);
}

#[test]
fn rejects_a_committee_swapped_by_the_server() {
    let scene = Scene::new(Fork::Electra);
    let mut bootstrap = beacon::bootstrap(&scene.network, 16, &scene.signers[0].committee);
    bootstrap.current_sync_committee = scene.signers[2].committee.clone();
    let verdict = ethereum::bootstrap(&checkpoint(&bootstrap), &bootstrap, &scene.params, UnixSeconds(0));
    assert!(
        matches!(verdict, Err(Rejection::CurrentCommitteeBranch(_))),
        "{verdict:?}"
    );
}

#[test]
fn rejects_swapped_current_and_next_branches() {
    for fork in all_forks() {
        let network = devnet(fork);
        let indices = network.fork(Slot(40)).state_indices();
        let mut scene = Scene::on(network);
        let [current, next, _] = scene.signers.clone();
        let tree = Tree::new([
            (indices.current_sync_committee, current.committee.root()),
            (indices.next_sync_committee, next.committee.root()),
        ]);
        let mut update = scene
            .draft(Some(&next.committee))
            .signed_by(&scene.network, &current);
        update.finality = None;
        update.attested_header = beacon::header(&scene.network, 40, tree.root());
        resign(&mut update, &scene.network, &current, 32);
        let brought = update.next_sync_committee.as_mut().unwrap();
        brought.branch = tree.branch(indices.next_sync_committee);
        let mut swapped = update.clone();
        swapped.next_sync_committee.as_mut().unwrap().branch = tree.branch(indices.current_sync_committee);
        assert!(
            matches!(scene.rejection(&swapped), Rejection::NextCommitteeBranch(_)),
            "{fork}"
        );
        scene.take(&update);
    }
}

#[test]
fn the_fork_version_at_the_boundary_slot_is_that_of_the_slot_before() {
    let forks = [
        (Fork::Phase0, 1, 0),
        (Fork::Altair, 2, 0),
        (Fork::Bellatrix, 3, 0),
        (Fork::Capella, 4, 0),
        (Fork::Deneb, 5, 5),
    ];
    let mut scene = Scene::on(with_forks(devnet(Fork::Altair), &forks));
    let boundary = 5 * 8;
    let draft = Draft {
        attested: boundary - 1,
        signature: boundary,
        finalized: Some(24),
        next: None,
        participants: 32,
    };
    let mut update = draft.signed_by(&scene.network, &scene.signers[0]);
    let wrong = signing_root_with(&scene.network, &update.attested_header.beacon, 5u32.to_be_bytes());
    let right = signing_root_with(&scene.network, &update.attested_header.beacon, 4u32.to_be_bytes());
    update.sync_aggregate = scene.signers[0].sign(wrong, 32);
    assert!(matches!(
        scene.rejection(&update),
        Rejection::WrongSignature { .. }
    ));
    update.sync_aggregate = scene.signers[0].sign(right, 32);
    scene.take(&update);
}

#[test]
fn rejects_the_committee_of_the_next_period_in_an_old_period() {
    let scene = Scene::new(Fork::Electra).knowing_next();
    let update = scene.draft(None).signed_by(&scene.network, &scene.signers[1]);
    assert!(matches!(
        scene.rejection(&update),
        Rejection::WrongSignature { .. }
    ));
    // At the boundary the signature's period decides: attested in the old one, signed by the next committee.
    let boundary = Draft {
        attested: PERIOD - 1,
        signature: PERIOD,
        ..scene.draft(None)
    };
    assert!(
        scene
            .verify(&boundary.signed_by(&scene.network, &scene.signers[1]))
            .is_ok()
    );
    let old = boundary.signed_by(&scene.network, &scene.signers[0]);
    assert!(matches!(scene.rejection(&old), Rejection::WrongSignature { .. }));
}

#[test]
fn a_single_participant_hands_no_committee_over() {
    let mut scene = Scene::new(Fork::Electra);
    let before = scene.state.finalized().clone();
    let lone = Draft {
        participants: 1,
        ..scene.draft(Some(&scene.signers[1].committee))
    };
    scene.take(&lone.signed_by(&scene.network, &scene.signers[0]));
    assert_eq!(scene.state.finalized(), &before);
    assert!(scene.state.next_committee().is_none());
    let forced = scene
        .state
        .force_update(&scene.params, scene.now(16 + PERIOD + 1));
    assert_eq!(
        forced,
        Err(ForceRejection::Participation {
            participants: 1,
            size: 32
        })
    );
    assert!(scene.state.next_committee().is_none());
}

#[test]
fn one_short_of_two_thirds_does_not_apply() {
    for (participants, slot) in [(21, 16), (22, 24)] {
        let mut scene = Scene::new(Fork::Electra);
        let update = Draft {
            participants,
            ..scene.draft(Some(&scene.signers[1].committee))
        };
        scene.take(&update.signed_by(&scene.network, &scene.signers[0]));
        assert_eq!(
            scene.state.finalized().header().beacon.slot,
            Slot(slot),
            "{participants}"
        );
    }
}

#[test]
fn a_stricter_participation_than_two_thirds_is_kept() {
    let mut scene = Scene::new(Fork::Electra);
    scene.params.participation = Participation::stricter(900).unwrap();
    for (participants, slot) in [(28, 16), (29, 24)] {
        let update = Draft {
            participants,
            ..scene.draft(None)
        };
        scene.take(&update.signed_by(&scene.network, &scene.signers[0]));
        assert_eq!(
            scene.state.finalized().header().beacon.slot,
            Slot(slot),
            "{participants}"
        );
    }
}

#[test]
fn a_threshold_of_zero_cannot_be_made() {
    assert!(Participation::stricter(0).is_err());
    assert!(!Participation::TWO_THIRDS.is_reached(0, 0));
}

#[test]
fn generalized_indices_do_not_overflow() {
    assert_eq!(GeneralizedIndex(u64::MAX).join(GeneralizedIndex(2)), None);
    assert_eq!(GeneralizedIndex(12).join(GeneralizedIndex(1 << 62)), None);
}

#[test]
fn a_zero_root_never_verifies() {
    let scene = Scene::new(Fork::Electra);
    let mut bootstrap = beacon::bootstrap(&scene.network, 16, &scene.signers[0].committee);
    let mut zero = checkpoint(&bootstrap);
    zero.hash = Hash32::ZERO;
    let verdict = ethereum::bootstrap(&zero, &bootstrap, &scene.params, UnixSeconds(0));
    assert!(matches!(verdict, Err(Rejection::CheckpointRoot { .. })));
    let original = checkpoint(&bootstrap);
    bootstrap.header.beacon.state_root = Hash32::ZERO;
    let verdict = ethereum::bootstrap(&original, &bootstrap, &scene.params, UnixSeconds(0));
    assert!(matches!(verdict, Err(Rejection::CheckpointRoot { .. })));
    let mut update = scene.ordinary();
    update.attested_header.beacon.state_root = Hash32::ZERO;
    resign(&mut update, &scene.network, &scene.signers[0], 32);
    assert!(matches!(scene.rejection(&update), Rejection::FinalityBranch(_)));
}

#[test]
fn rejects_the_committee_of_the_finalized_header_presented_for_the_attested() {
    let scene = Scene::new(Fork::Electra);
    let indices = Fork::Electra.state_indices();
    let of_finalized = Tree::new([
        (indices.next_sync_committee, scene.signers[2].committee.root()),
        (indices.current_sync_committee, Hash32([0xcc; 32])),
    ]);
    let mut update = scene.ordinary();
    let next = update.next_sync_committee.as_mut().unwrap();
    next.committee = scene.signers[2].committee.clone();
    next.branch = of_finalized.branch(indices.next_sync_committee);
    assert!(matches!(
        scene.rejection(&update),
        Rejection::NextCommitteeBranch(_)
    ));
}

#[test]
fn a_rollover_with_a_missing_next_committee_leaves_it_unknown_until_it_comes() {
    let mut scene = Scene::new(Fork::Electra).knowing_next();
    let in_next = Draft {
        attested: PERIOD + 20,
        signature: PERIOD + 21,
        finalized: Some(PERIOD + 8),
        next: None,
        participants: 32,
    };
    scene.take(&in_next.signed_by(&scene.network, &scene.signers[1]));
    assert_eq!(
        scene.state.current_committee().root(),
        scene.signers[1].committee.root()
    );
    assert!(scene.state.next_committee().is_none());
    let beyond = Draft {
        attested: 2 * PERIOD + 1,
        signature: 2 * PERIOD + 2,
        finalized: None,
        next: None,
        participants: 32,
    };
    let rejection = scene.rejection(&beyond.signed_by(&scene.network, &scene.signers[2]));
    assert!(matches!(rejection, Rejection::UnknownPeriod { .. }));
    let late = Draft {
        attested: PERIOD + 5,
        signature: PERIOD + 6,
        finalized: Some(PERIOD + 1),
        next: Some(&scene.signers[2].committee),
        participants: 32,
    };
    scene.take(&late.signed_by(&scene.network, &scene.signers[1]));
    assert_eq!(
        scene.state.next_committee().unwrap().root(),
        scene.signers[2].committee.root()
    );
    assert_eq!(
        scene.state.finalized().header().beacon.slot,
        Slot(PERIOD + 8),
        "the older finalized header moves nothing"
    );
}

#[test]
fn a_stale_verification_is_refused() {
    let mut scene = Scene::new(Fork::Electra);
    let first = scene.verify(&scene.ordinary()).unwrap();
    let second = first.clone();
    scene.state.advance(first).unwrap();
    assert!(scene.state.advance(second).is_err());
}

#[test]
fn a_forced_update_moves_on_without_finality_and_says_so() {
    let mut scene = Scene::new(Fork::Electra);
    assert_eq!(
        scene.state.force_update(&scene.params, scene.now(20)),
        Err(ForceRejection::NotDue {
            due: Slot(81),
            current: Slot(20)
        })
    );
    assert_eq!(
        scene.state.force_update(&scene.params, scene.now(81)),
        Err(ForceRejection::NoUpdate)
    );
    let unfinal = Draft {
        finalized: None,
        ..scene.draft(Some(&scene.signers[1].committee))
    };
    scene.take(&unfinal.signed_by(&scene.network, &scene.signers[0]));
    assert_eq!(scene.state.force_update(&scene.params, scene.now(81)), Ok(()));
    assert_eq!(scene.state.finalized().header().beacon.slot, Slot(40));
    assert_eq!(scene.state.finalized().finality(), None);
    assert_eq!(
        scene.state.next_committee().unwrap().root(),
        scene.signers[1].committee.root()
    );
}

#[test]
fn a_forced_committee_with_a_key_outside_the_subgroup_is_dropped() {
    let mut scene = Scene::new(Fork::Electra);
    let bad = outside_subgroup();
    let unfinal = Draft {
        finalized: None,
        ..scene.draft(Some(&bad))
    };
    scene.take(&unfinal.signed_by(&scene.network, &scene.signers[0]));
    let before = scene.state.finalized().clone();
    let rejected = Err(ForceRejection::Rejected(Rejection::KeyOutsideSubgroup {
        index: 0,
    }));
    assert_eq!(scene.state.force_update(&scene.params, scene.now(81)), rejected);
    assert_eq!(
        scene.state.force_update(&scene.params, scene.now(81)),
        Err(ForceRejection::NoUpdate)
    );
    assert_eq!(scene.state.finalized(), &before);
}

/// A committee of points on the curve and outside the prime-order subgroup.
pub(super) fn outside_subgroup() -> SyncCommittee {
    let on_curve = |x: u8| {
        let mut key = [0; 48];
        key[0] = 0x80;
        key[47] = x;
        blst::min_pk::PublicKey::uncompress(&key)
            .ok()
            .filter(|key| key.validate().is_err())
    };
    let key = (1..=255)
        .find_map(on_curve)
        .expect("every second x is on the curve");
    committee_of(&[key; 32])
}

#[test]
fn two_valid_updates_for_one_slot_are_evidence() {
    let scene = Scene::new(Fork::Electra);
    let first = scene.ordinary();
    let mut second = Draft {
        attested: 44,
        signature: 45,
        ..scene.draft(None)
    };
    second.finalized = Some(24);
    let mut other = second.signed_by(&scene.network, &scene.signers[0]);
    fork_finality(&scene, &mut other);
    let evidence = Evidence {
        trusted: scene.state.clone(),
        first,
        second: other,
    };
    let conflict = evidence.verify(&scene.params, scene.now(100)).unwrap();
    assert_eq!((conflict.slot, conflict.signed_both.len()), (Slot(24), 32));
    assert_ne!(conflict.first, conflict.second);
    evidence_refused(&scene, &evidence);
}

/// Makes the update finalise another header at the same slot.
fn fork_finality(scene: &Scene, update: &mut Update) {
    let indices = Fork::Electra.state_indices();
    let header = beacon::header(&scene.network, 24, Hash32([0xbb; 32]));
    let tree = Tree::new([(indices.finalized_root, header.beacon.root())]);
    let finality = update.finality.as_mut().unwrap();
    finality.branch = tree.branch(indices.finalized_root);
    finality.branch[0] = Hash32([3; 32]);
    let sibling = GeneralizedIndex(indices.finalized_root.0 ^ 1);
    let tree = Tree::new([
        (indices.finalized_root, header.beacon.root()),
        (sibling, Hash32([3; 32])),
    ]);
    finality.header = header;
    update.attested_header =
        beacon::header(&scene.network, update.attested_header.beacon.slot.0, tree.root());
    resign(update, &scene.network, &scene.signers[0], 32);
}

/// What is no evidence; every variant.
fn evidence_refused(scene: &Scene, evidence: &Evidence<TrustedState, Update>) {
    let judge = |second: Update| {
        let other = Evidence {
            second,
            ..evidence.clone()
        };
        other.verify(&scene.params, scene.now(100)).unwrap_err()
    };
    let draft = |draft: Draft<'_>| draft.signed_by(&scene.network, &scene.signers[0]);
    let mut altered = evidence.second.clone();
    altered.sync_aggregate.signature = evidence.first.sync_aggregate.signature;
    let reached = [
        judge(evidence.first.clone()),
        judge(draft(Draft {
            finalized: Some(32),
            ..scene.draft(None)
        })),
        judge(draft(Draft {
            finalized: None,
            ..scene.draft(None)
        })),
        judge(draft(Draft {
            participants: 21,
            ..scene.draft(None)
        })),
        judge(altered),
    ];
    let names: BTreeSet<&str> = reached.iter().map(Into::into).collect();
    assert_eq!(names, EvidenceRejection::VARIANTS.iter().copied().collect());
}

#[test]
fn a_run_with_one_wrong_signature_names_it() {
    let scene = Scene::new(Fork::Electra);
    let first = scene.ordinary();
    let second = Draft {
        attested: 48,
        signature: 49,
        finalized: Some(32),
        next: None,
        participants: 32,
    };
    let second = second.signed_by(&scene.network, &scene.signers[0]);
    let mut wrong = second.clone();
    wrong.sync_aggregate = first.sync_aggregate.clone();
    let run = |updates: &[Update]| {
        let mut scalars = 1..;
        let draw = || std::num::NonZeroU64::new(scalars.next().unwrap()).unwrap();
        catch_up(
            &scene.state,
            updates,
            &scene.params,
            scene.now(1_000),
            draw,
            &InPlace,
        )
    };
    let good = run(&[first.clone(), second.clone(), first.clone()]).unwrap();
    assert_eq!(good.state.finalized().header().beacon.slot, Slot(32));
    assert!(good.skipped.is_empty());
    let rejection = run(&[first.clone(), wrong, second]).unwrap_err();
    assert_eq!(rejection.index, 1);
    assert!(matches!(rejection.rejection, Rejection::WrongSignature { .. }));
}

#[test]
fn zero_finality_at_genesis_is_the_zero_root() {
    for fork in all_forks() {
        let network = devnet(fork);
        let mut scene = Scene::on(network);
        let update = Draft {
            attested: 20,
            signature: 21,
            finalized: Some(0),
            next: None,
            participants: 32,
        };
        scene.take(&update.signed_by(&scene.network, &scene.signers[0]));
        assert_eq!(scene.state.finalized().header().beacon.slot, Slot(16));
        assert_eq!(scene.state.optimistic().header().beacon.slot, Slot(20));
    }
}
