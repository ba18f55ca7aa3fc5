//! Every refusal of SSZ bytes, of ancestry proofs and of forced updates is reached.

use std::collections::BTreeSet;

use light_client::{
    Hash32,
    ethereum::{
        ForceRejection,
        ancestry::{AncestryProof, AncestryRejection, root_of_ancestor},
        network::{Fork, MAINNET},
        ssz::{self, SszError, StreamError},
        types::{BeaconBlockHeader, Slot},
    },
};
use strum::VariantNames as _;

use super::ethereum::{PERIOD, Scene, outside_subgroup};
use crate::beacon::{Draft, devnet};

#[track_caller]
fn all_reached<'a>(reached: impl IntoIterator<Item = &'a str>, variants: &[&str]) {
    let reached: BTreeSet<&str> = reached.into_iter().collect();
    assert_eq!(reached, variants.iter().copied().collect());
}

/// A Capella header whose extra data has this length.
fn capella_header(extra_data: usize) -> Vec<u8> {
    let (beacon, branch, payload) = (112, 4 * 32, 568);
    let payload_at = beacon + 4 + branch;
    let extra_data_offset_at = payload_at + 436;
    let mut bytes = vec![0; payload_at + payload + extra_data];
    bytes[beacon..beacon + 4].copy_from_slice(&(payload_at as u32).to_le_bytes());
    bytes[extra_data_offset_at..extra_data_offset_at + 4].copy_from_slice(&(payload as u32).to_le_bytes());
    bytes
}

#[test]
fn every_refusal_of_ssz_is_reached() {
    let header = |bytes: &[u8], fork| ssz::light_client_header(bytes, fork).map(drop).unwrap_err();
    assert!(ssz::light_client_header(&capella_header(32), Fork::Capella).is_ok());
    let mut misplaced = capella_header(0);
    misplaced[112] += 1;
    let refused: [SszError; 6] = [
        header(&[0; 111], Fork::Altair),
        header(&[0; 113], Fork::Altair),
        header(&misplaced, Fork::Capella),
        header(&capella_header(33), Fork::Capella),
        header(&[], Fork::Phase0),
        ssz::split_digest(&[0; 4], &MAINNET).unwrap_err(),
    ];
    all_reached(refused.iter().map(<&str>::from), SszError::VARIANTS);
}

#[test]
fn a_stream_names_the_update_that_is_wrong() {
    let unknown = [&4_u64.to_le_bytes()[..], &[0; 4]].concat();
    let cut = &unknown[..11];
    for (stream, error) in [
        (&unknown[..], SszError::UnknownForkDigest { digest: [0; 4] }),
        (cut, SszError::Truncated { field: 8, length: 11 }),
    ] {
        let refused = ssz::update_stream(stream, &MAINNET);
        assert_eq!(refused, Err(StreamError { index: 0, error }));
    }
}

#[test]
fn every_refusal_of_ancestry_is_reached() {
    let network = devnet(Fork::Electra);
    let at = |slot| BeaconBlockHeader {
        slot: Slot(slot),
        ..BeaconBlockHeader::default()
    };
    let recent = AncestryProof::BlockRoots {
        branch: vec![Hash32::ZERO; 12],
    };
    let summary = AncestryProof::HistoricalSummaries {
        batch_branch: vec![Hash32::ZERO; 6],
        batch_root: Hash32([1; 32]),
        branch: Vec::new(),
    };
    let refused =
        |base, ancestor, proof| root_of_ancestor(&at(base), &at(ancestor), proof, &network).unwrap_err();
    let own = refused(90, 90, &recent);
    assert!(matches!(own, AncestryRejection::OutOfReach { .. }), "{own}");
    let too_old = refused(90, 25, &recent);
    assert!(
        matches!(too_old, AncestryRejection::OutOfReach { .. }),
        "{too_old}"
    );
    let unfinished_batch = refused(90, 70, &summary);
    assert!(
        matches!(unfinished_batch, AncestryRejection::OutOfReach { .. }),
        "{unfinished_batch}"
    );
    let refused: [AncestryRejection; 3] = [own, refused(90, 26, &recent), refused(90, 26, &summary)];
    all_reached(refused.iter().map(<&str>::from), AncestryRejection::VARIANTS);
}

#[test]
fn every_refusal_to_force_is_reached() {
    let force = |slot: u64, draft: Option<Draft<'_>>| {
        let mut scene = Scene::new(Fork::Electra);
        if let Some(draft) = draft {
            scene.take(&draft.signed_by(&scene.network, &scene.signers[0]));
        }
        scene
            .state
            .force_update(&scene.params, scene.now(slot))
            .unwrap_err()
    };
    let bad = outside_subgroup();
    let draft = |participants, next| Draft {
        attested: 40,
        signature: 41,
        finalized: None,
        next,
        participants,
    };
    let due = 16 + PERIOD + 1;
    let refused: [ForceRejection; 4] = [
        force(due - 1, Some(draft(32, None))),
        force(due, None),
        force(due, Some(draft(21, None))),
        force(due, Some(draft(32, Some(&bad)))),
    ];
    all_reached(refused.iter().map(<&str>::from), ForceRejection::VARIANTS);
}
