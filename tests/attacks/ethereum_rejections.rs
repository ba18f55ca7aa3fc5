//! Every rejection of the beacon-chain client is reached by an object that is right but for what the rejection names.

use std::collections::BTreeSet;

use light_client::{
    Hash32, UnixSeconds,
    ethereum::{
        self, Committee, KeyOrigin, Rejection,
        network::Fork,
        types::{BlobGas, Bootstrap, Execution, Slot, SyncCommittee, Update},
    },
};
use strum::VariantNames as _;

use super::ethereum::{PERIOD, Scene, outside_subgroup};
use crate::beacon::{self, Draft, Signers, checkpoint, infinity};

/// Each update is right but for what its rejection names.
#[test]
fn every_rejection_is_reached() {
    let mut reached: BTreeSet<&'static str> = BTreeSet::new();
    reached.extend(bootstrap_rejections().iter().map(<&str>::from));
    reached.extend(update_rejections().iter().map(<&str>::from));
    reached.extend(header_rejections().iter().map(<&str>::from));
    reached.extend(committee_rejections().iter().map(<&str>::from));
    let missing: Vec<_> = Rejection::VARIANTS
        .iter()
        .filter(|name| !reached.contains(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn bootstrap_rejections() -> Vec<Rejection> {
    let scene = Scene::new(Fork::Electra);
    let good = beacon::bootstrap(&scene.network, 16, &scene.signers[0].committee);
    let judge = |bootstrap: &Bootstrap, change: fn(&mut light_client::Checkpoint)| {
        let mut trusted = checkpoint(&good);
        change(&mut trusted);
        ethereum::bootstrap(&trusted, bootstrap, &scene.params, scene.now(1_000)).unwrap_err()
    };
    let mut small = good.clone();
    small.current_sync_committee.pubkeys.pop();
    let mut swapped = good.clone();
    swapped.current_sync_committee = scene.signers[1].committee.clone();
    vec![
        judge(&good, |trusted| trusted.hash = Hash32([1; 32])),
        judge(&good, |trusted| trusted.height += 1),
        judge(&good, |trusted| trusted.not_after = UnixSeconds(0)),
        judge(&small, |_| {}),
        judge(&swapped, |_| {}),
    ]
}

fn update_rejections() -> Vec<Rejection> {
    let scene = Scene::new(Fork::Electra);
    let good = scene.ordinary();
    let judge = |change: &dyn Fn(&mut Update)| {
        let mut update = good.clone();
        change(&mut update);
        scene.rejection(&update)
    };
    let signed = |draft: Draft<'_>| scene.rejection(&draft.signed_by(&scene.network, &scene.signers[0]));
    let mut expired = scene.params.clone();
    expired.trusting_period_seconds = 0;
    let later = Scene::new(Fork::Electra).knowing_next();
    let past = Draft {
        attested: 3 * PERIOD,
        signature: 3 * PERIOD + 1,
        finalized: None,
        next: None,
        participants: 32,
    };
    let mut in_next = later;
    let next = Draft {
        attested: PERIOD + 20,
        signature: PERIOD + 21,
        finalized: Some(PERIOD + 8),
        next: None,
        participants: 32,
    };
    in_next.take(&next.signed_by(&in_next.network, &in_next.signers[1]));
    vec![
        judge(&|update| update.sync_aggregate.bits.push(0)),
        judge(&|update| update.sync_aggregate.bits.fill(0)),
        judge(&|update| update.signature_slot = Slot(u64::MAX)),
        judge(&|update| update.signature_slot = Slot(40)),
        signed(Draft {
            finalized: Some(48),
            ..scene.draft(None)
        }),
        signed(past),
        in_next.rejection(&good),
        judge(&|update| update.finality.as_mut().unwrap().branch[0] = Hash32([1; 32])),
        judge(&|update| update.finality.as_mut().unwrap().branch.fill(Hash32::ZERO)),
        judge(&|update| update.next_sync_committee.as_mut().unwrap().branch[0] = Hash32([1; 32])),
        judge(&|update| {
            update
                .next_sync_committee
                .as_mut()
                .unwrap()
                .branch
                .fill(Hash32::ZERO)
        }),
        judge(&|update| update.finality.as_mut().unwrap().header.beacon.slot = Slot(0)),
        judge(&|update| update.sync_aggregate.signature = infinity()),
        judge(&|update| update.sync_aggregate.bits[0] ^= 1),
        known_next_differs(),
        signed(Draft {
            attested: 12,
            signature: 13,
            finalized: None,
            next: None,
            participants: 32,
        }),
    ]
}

fn known_next_differs() -> Rejection {
    let scene = Scene::new(Fork::Electra).knowing_next();
    scene.rejection(
        &scene
            .draft(Some(&scene.signers[2].committee))
            .signed_by(&scene.network, &scene.signers[0]),
    )
}

fn header_rejections() -> Vec<Rejection> {
    let judge = |fork: Fork, change: &dyn Fn(&mut Update)| {
        let scene = Scene::new(fork);
        let mut update = scene.ordinary();
        change(&mut update);
        scene.rejection(&update)
    };
    let payload = |update: &mut Update, blob_gas: Option<BlobGas>| match &mut update.attested_header.execution
    {
        Execution::Payload(payload) => payload.blob_gas = blob_gas,
        _ => panic!("no payload"),
    };
    vec![
        judge(Fork::Electra, &|update| {
            update.attested_header.execution = Execution::Absent
        }),
        judge(Fork::Gloas, &|update| {
            update.attested_header.execution = Execution::Absent
        }),
        judge(Fork::Altair, &|update| {
            update.attested_header.execution = Execution::BlockHash(Hash32([1; 32]))
        }),
        judge(Fork::Capella, &|update| {
            payload(update, Some(BlobGas { used: 1, excess: 0 }))
        }),
        judge(Fork::Deneb, &|update| payload(update, None)),
        judge(Fork::Deneb, &|update| {
            payload(update, Some(BlobGas { used: 1, excess: 0 }))
        }),
    ]
}

fn committee_rejections() -> Vec<Rejection> {
    let good = Signers::new(1, 32).committee;
    let judge = |change: &dyn Fn(&mut SyncCommittee)| {
        let mut committee = good.clone();
        change(&mut committee);
        Committee::load(&committee, KeyOrigin::Forced).unwrap_err()
    };
    vec![
        judge(&|committee| committee.pubkeys[7] = infinity()),
        judge(&|committee| committee.pubkeys[7] = [0x9f; 48]),
        judge(&|committee| *committee = outside_subgroup()),
        judge(&|committee| committee.pubkeys.swap_remove(0).fill(0)),
    ]
}
