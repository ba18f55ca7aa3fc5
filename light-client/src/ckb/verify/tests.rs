//! Every rule over chains made here: what is accepted at its limit, and each rejection by name.

use alloc::vec;
use alloc::vec::Vec;

use strum::VariantNames as _;

use super::super::chain::{PARAMS, START_MS, branch, genesis, next, relink};
use super::super::evidence::{EvidenceRejection, verify_evidence};
use super::super::{CompactTarget, EpochFraction, InvalidTarget, Pow, blake2b};
use super::*;
use crate::{Branch, ChainNumber, Checkpoint, Evidence, Finality, Reorg};

const NOW: UnixSeconds = UnixSeconds(START_MS / 1000 + 1_000_000);

fn state() -> TrustedState {
    TrustedState::anchored(genesis(), &PARAMS).unwrap()
}

fn update(headers: Vec<Header>) -> Update {
    Update {
        headers,
        uncles: None,
    }
}

fn refused(state: &TrustedState, headers: Vec<Header>) -> Rejection {
    verify(state, &update(headers), &PARAMS, NOW).unwrap_err()
}

/// A branch of 60 headers whose 50th is changed, links repaired.
fn changed(change: impl FnOnce(&mut Header)) -> Rejection {
    let mut headers = branch(&genesis(), 60, 0);
    change(&mut headers[49]);
    relink(&mut headers);
    refused(&state(), headers)
}

fn advanced(state: &mut TrustedState, headers: Vec<Header>) -> Advance {
    let verified = verify(state, &update(headers), &PARAMS, NOW).unwrap();
    state.advance(verified).unwrap()
}

#[test]
fn a_valid_branch_extends_the_chain() {
    let mut state = state();
    let headers = branch(&genesis(), 60, 0);
    assert_eq!(advanced(&mut state, headers[..30].to_vec()), Advance::Extended);
    assert_eq!(advanced(&mut state, headers[30..].to_vec()), Advance::Extended);
    assert_eq!(state.tip().hash, headers[59].hash());
    assert_eq!(state.work(), U256::from(60 * 256));
    let finality = state.finality(50).unwrap();
    assert_eq!(
        finality,
        Finality::Work {
            confirmations: 10,
            chainwork: U256::from(10 * 256)
        }
    );
    assert_eq!(state.final_block(&PARAMS).unwrap().height, 36);
}

#[test]
fn rejects_no_and_too_many_headers() {
    assert_eq!(refused(&state(), vec![]), Rejection::NoHeaders);
    let many = vec![Header::default(); MAX_HEADERS + 1];
    assert_eq!(
        refused(&state(), many),
        Rejection::TooManyHeaders {
            got: MAX_HEADERS + 1,
            limit: MAX_HEADERS
        }
    );
}

#[test]
fn rejects_headers_that_follow_no_trusted_block() {
    let headers = branch(&genesis(), 3, 0);
    let parent = headers[0].hash();
    assert_eq!(
        refused(&state(), headers[1..].to_vec()),
        Rejection::UnknownParent { parent }
    );
}

#[test]
fn rejects_each_broken_link() {
    assert_eq!(
        changed(|header| header.version = 1),
        Rejection::Version { number: 50, got: 1 }
    );
    assert_eq!(
        changed(|header| header.number = 51),
        Rejection::NumberNotNext { got: 51, parent: 49 }
    );
    let mut headers = branch(&genesis(), 3, 0);
    headers[1].dao = [9; 32];
    assert!(matches!(
        refused(&state(), headers),
        Rejection::NotLinked { number: 3, .. }
    ));
    let got = EpochFraction::new(5, 10, 10);
    assert_eq!(
        changed(|header| header.epoch = got),
        Rejection::EpochMalformed { number: 50, got }
    );
    let got = EpochFraction::new(5, 1, 10);
    let parent = EpochFraction::new(4, 9, 10);
    assert_eq!(
        changed(|header| header.epoch = got),
        Rejection::EpochNotNext {
            number: 50,
            got,
            parent
        }
    );
}

#[test]
fn rejects_zero_and_overflowing_targets() {
    let zero = changed(|header| header.compact_target = CompactTarget(0));
    assert_eq!(
        zero,
        Rejection::InvalidTarget(InvalidTarget::Zero(CompactTarget(0)))
    );
    let overflow = CompactTarget(0x2100_0001);
    let refused = changed(|header| header.compact_target = overflow);
    assert_eq!(
        refused,
        Rejection::InvalidTarget(InvalidTarget::Overflow(overflow))
    );
}

#[test]
fn rejects_another_target_or_length_than_the_epochs() {
    let easier = |header: &mut Header| header.compact_target = CompactTarget(0x2002_0000);
    assert!(matches!(
        changed(easier),
        Rejection::EpochShape { number: 50, .. }
    ));
    let mut headers = branch(&genesis(), 1, 0);
    headers[0].epoch = EpochFraction::new(0, 1, 9);
    assert!(matches!(
        refused(&state(), headers),
        Rejection::EpochShape {
            number: 1,
            length: 10,
            ..
        }
    ));
}

/// Epochs of real length: the first header of a new one, whose target is `target` and length `length`.
fn at_boundary(length: u64, target: u32) -> Result<Verified, Rejection> {
    let rule = super::super::epoch::Rule {
        permanent: false,
        duration_target_s: 14_400,
        ..PARAMS.epoch
    };
    let params = Params {
        epoch: rule,
        ..PARAMS
    };
    let last = Header {
        epoch: EpochFraction::new(3, 999, 1000),
        number: 3999,
        ..next(&genesis(), 0)
    };
    let state = TrustedState::anchored(last.clone(), &params).unwrap();
    let first = Header {
        number: 4000,
        epoch: EpochFraction::new(4, 0, length),
        compact_target: CompactTarget(target),
        parent_hash: last.hash(),
        ..last
    };
    verify(&state, &update(vec![first]), &params, NOW)
}

#[test]
fn rejects_an_epoch_beyond_its_bounds() {
    assert!(at_boundary(1000, 0x2001_0000).is_ok());
    assert!(matches!(
        at_boundary(1801, 0x2001_0000),
        Err(Rejection::EpochLength { .. })
    ));
    assert!(matches!(
        at_boundary(1000, 0x2002_8000),
        Err(Rejection::EpochWork { .. })
    ));
}

#[test]
fn rejects_a_timestamp_at_the_median_of_37() {
    // The 37 blocks before block 50 are 13 ..= 49; their median is block 31's.
    let median = START_MS + 31 * 8_000;
    let refused = changed(|header| header.timestamp_ms = median);
    assert_eq!(
        refused,
        Rejection::TimestampTooOld {
            number: 50,
            got: median,
            median
        }
    );
    let mut headers = branch(&genesis(), 50, 0);
    headers[49].timestamp_ms = median + 1;
    assert!(verify(&state(), &update(headers), &PARAMS, NOW).is_ok());
}

#[test]
fn the_median_rule_starts_with_37_known_ancestors() {
    let headers = branch(&genesis(), 60, 0);
    let from_genesis = verify(&state(), &update(headers.clone()), &PARAMS, NOW).unwrap();
    assert_eq!(from_genesis.without_median(), 0);
    let later = TrustedState::anchored(headers[9].clone(), &PARAMS).unwrap();
    let verified = verify(&later, &update(headers[10..].to_vec()), &PARAMS, NOW).unwrap();
    assert_eq!(verified.without_median(), 36);
    let mut headers = branch(&genesis(), 3, 0);
    headers[1].timestamp_ms = START_MS;
    relink(&mut headers);
    assert!(matches!(
        refused(&state(), headers),
        Rejection::TimestampTooOld { number: 2, .. }
    ));
}

#[test]
fn rejects_a_timestamp_more_than_15_s_ahead() {
    let headers = branch(&genesis(), 1, 0);
    let time = headers[0].timestamp_ms / 1000;
    let at = |now| verify(&state(), &update(headers.clone()), &PARAMS, UnixSeconds(now)).map(drop);
    assert_eq!(at(time - 15), Ok(()));
    let limit = (time - 1) * 1000;
    assert_eq!(
        at(time - 16),
        Err(Rejection::TimestampInFuture {
            number: 1,
            got: time * 1000,
            limit
        })
    );
}

#[test]
fn rejects_headers_without_proof_of_work() {
    let params = Params {
        pow: Pow::Eaglesong,
        ..PARAMS
    };
    let headers = branch(&genesis(), 20, 0);
    let refused = verify(&state(), &update(headers), &params, NOW).unwrap_err();
    assert!(matches!(refused, Rejection::NoProofOfWork { .. }), "{refused}");
}

#[test]
fn the_branch_with_more_work_wins_and_names_what_it_undoes() {
    let mut state = state();
    let main = branch(&genesis(), 10, 0);
    advanced(&mut state, main.clone());
    let same = branch(&main[4], 5, 1);
    assert_eq!(advanced(&mut state, same.clone()), Advance::Kept);
    assert_eq!(state.tip().hash, main[9].hash());
    let more = branch(&main[4], 6, 1);
    let id = |header: &Header| BlockId {
        height: header.number,
        hash: header.hash(),
    };
    let expected = Reorg {
        common: id(&main[4]),
        undone: Branch {
            first: id(&main[5]),
            last: id(&main[9]),
        },
        new: Branch {
            first: id(&more[0]),
            last: id(&more[5]),
        },
    };
    assert_eq!(advanced(&mut state, more), Advance::Reorged(expected));
    assert_eq!(state.header(10).map(Header::hash), Some(same[4].hash()));
}

#[test]
fn rejects_a_branch_below_the_final_block() {
    let mut state = state();
    let main = branch(&genesis(), 60, 0);
    advanced(&mut state, main.clone());
    assert!(verify(&state, &update(branch(&main[35], 30, 1)), &PARAMS, NOW).is_ok());
    let refused = refused(&state, branch(&main[34], 30, 1));
    assert_eq!(
        refused,
        Rejection::ForksFinalBlock {
            height: 35,
            final_height: 36
        }
    );
}

#[test]
fn a_verification_against_a_replaced_block_is_stale() {
    let mut state = state();
    let main = branch(&genesis(), 5, 0);
    advanced(&mut state, main.clone());
    let verified = verify(&state, &update(branch(&main[4], 1, 0)), &PARAMS, NOW).unwrap();
    advanced(&mut state, branch(&main[2], 4, 1));
    let parent = verified.parent();
    assert_eq!(state.advance(verified), Err(StaleVerification { parent }));
}

#[test]
fn a_verification_does_not_undo_what_became_final_since() {
    let mut state = state();
    let main = branch(&genesis(), 60, 0);
    advanced(&mut state, main[..20].to_vec());
    let heavier = branch(&main[9], 80, 1);
    let verified = verify(&state, &update(heavier), &PARAMS, NOW).unwrap();
    advanced(&mut state, main[20..].to_vec());
    let parent = verified.parent();
    assert_eq!(state.advance(verified), Err(StaleVerification { parent }));
    assert_eq!(state.tip().hash, main[59].hash());
}

#[test]
fn memory_stays_bounded() {
    let mut state = state();
    for _ in 0..3 {
        let headers = branch(state.tip_header(), MAX_HEADERS, 0);
        advanced(&mut state, headers);
    }
    let tip = state.tip().height;
    assert_eq!(tip, 3 * MAX_HEADERS as u64);
    assert!(state.header(tip - MAX_BLOCKS as u64).is_none());
    assert!(state.header(tip - MAX_BLOCKS as u64 + 1).is_some());
}

fn with_uncle() -> (Vec<Header>, BlockUncles) {
    let mut headers = branch(&genesis(), 3, 0);
    let uncle = next(&headers[0], 7);
    headers[2].extra_hash = blake2b(&[&uncle.hash().0]);
    (
        headers,
        BlockUncles {
            uncles: vec![uncle],
            extension: None,
        },
    )
}

fn counted(headers: Vec<Header>, last: BlockUncles) -> Result<Verified, Rejection> {
    let none = BlockUncles::default();
    let update = Update {
        headers,
        uncles: Some(vec![none.clone(), none, last]),
    };
    verify(&state(), &update, &PARAMS, NOW)
}

#[test]
fn uncles_are_counted_once_proved() {
    let (headers, uncles) = with_uncle();
    let mut state = state();
    let verified = counted(headers, uncles).unwrap();
    assert_eq!(verified.epoch_mode(), EpochMode::WithUncles);
    state.advance(verified).unwrap();
    assert_eq!(state.epoch_progress().unwrap().uncles, 1);
}

#[test]
fn rejects_uncles_that_are_not_the_blocks() {
    let (headers, uncles) = with_uncle();
    let missing = counted(headers.clone(), BlockUncles::default());
    assert!(matches!(missing, Err(Rejection::Body { number: 3, .. })));
    let three = BlockUncles {
        uncles: vec![uncles.uncles[0].clone(); 3],
        extension: None,
    };
    assert_eq!(
        counted(headers.clone(), three),
        Err(Rejection::TooManyUncles { number: 3, got: 3 })
    );
    let mut high = headers.clone();
    let uncle = Header {
        number: 3,
        ..uncles.uncles[0].clone()
    };
    high[2].extra_hash = blake2b(&[&uncle.hash().0]);
    let expected = Rejection::InvalidUncle {
        number: 3,
        uncle: uncle.hash(),
    };
    assert_eq!(
        counted(
            high,
            BlockUncles {
                uncles: vec![uncle],
                extension: None
            }
        ),
        Err(expected)
    );
    let update = Update {
        headers,
        uncles: Some(vec![]),
    };
    assert_eq!(
        verify(&state(), &update, &PARAMS, NOW),
        Err(Rejection::UnclesCount { got: 0, headers: 3 })
    );
}

#[test]
fn rejects_uncles_where_the_epoch_so_far_is_unknown() {
    let headers = branch(&genesis(), 5, 0);
    let state = TrustedState::anchored(headers[3].clone(), &PARAMS).unwrap();
    let update = Update {
        headers: headers[4..].to_vec(),
        uncles: Some(vec![BlockUncles::default()]),
    };
    assert_eq!(
        verify(&state, &update, &PARAMS, NOW),
        Err(Rejection::EpochContextUnknown { number: 5 })
    );
    let progress = Progress {
        previous_hash_rate: U256::ONE,
        start_ms: START_MS,
        uncles: 0,
    };
    assert!(verify(&state.with_epoch_progress(progress), &update, &PARAMS, NOW).is_ok());
}

#[test]
fn a_checkpoint_starts_only_at_its_own_block_and_in_time() {
    let anchor = branch(&genesis(), 1, 0).remove(0);
    let checkpoint = Checkpoint {
        chain: ChainNumber(1),
        height: 1,
        hash: anchor.hash(),
        not_after: NOW,
    };
    let start = |checkpoint: &Checkpoint, now| {
        TrustedState::from_checkpoint(anchor.clone(), checkpoint, &PARAMS, now)
    };
    assert!(start(&checkpoint, NOW).is_ok());
    assert!(matches!(
        start(&checkpoint, NOW.plus(1)),
        Err(Rejection::CheckpointExpired(_))
    ));
    let other = Checkpoint {
        hash: Hash32([1; 32]),
        ..checkpoint
    };
    assert!(matches!(
        start(&other, NOW),
        Err(Rejection::AnchorIsNotCheckpoint { .. })
    ));
}

#[test]
fn rejects_another_networks_genesis() {
    let refused = TrustedState::anchored(genesis(), &Params::MAINNET).unwrap_err();
    assert!(matches!(refused, Rejection::OtherGenesis { .. }), "{refused}");
}

#[test]
fn two_final_branches_are_evidence() {
    let (first, second) = (branch(&genesis(), 25, 1), branch(&genesis(), 25, 2));
    let evidence = Evidence {
        trusted: genesis(),
        first: first.clone(),
        second: second.clone(),
    };
    let conflict = verify_evidence(&evidence, &PARAMS, NOW).unwrap();
    assert_eq!(
        (conflict.first.hash, conflict.second.hash),
        (first[0].hash(), second[0].hash())
    );
    let same = Evidence {
        second: first.clone(),
        ..evidence.clone()
    };
    assert!(matches!(
        verify_evidence(&same, &PARAMS, NOW),
        Err(EvidenceRejection::NoConflict { .. })
    ));
    let short = Evidence {
        second: second[..24].to_vec(),
        ..evidence.clone()
    };
    assert!(matches!(
        verify_evidence(&short, &PARAMS, NOW),
        Err(EvidenceRejection::NotFinal { .. })
    ));
    let broken = Evidence {
        second: second[1..].to_vec(),
        ..evidence
    };
    assert!(matches!(
        verify_evidence(&broken, &PARAMS, NOW),
        Err(EvidenceRejection::Invalid(_))
    ));
    assert_eq!(EvidenceRejection::VARIANTS, ["Invalid", "NoConflict", "NotFinal"]);
}

#[test]
fn every_rejection_has_a_test() {
    let tested = [
        "NoHeaders",
        "TooManyHeaders",
        "UnknownParent",
        "ForksFinalBlock",
        "AnchorIsNotCheckpoint",
        "CheckpointExpired",
        "OtherGenesis",
        "Version",
        "NumberNotNext",
        "NotLinked",
        "EpochMalformed",
        "EpochNotNext",
        "InvalidTarget",
        "EpochLength",
        "EpochWork",
        "EpochShape",
        "EpochContextUnknown",
        "UnclesCount",
        "TooManyUncles",
        "InvalidUncle",
        "Body",
        "TimestampTooOld",
        "TimestampInFuture",
        "NoProofOfWork",
    ];
    assert_eq!(Rejection::VARIANTS, tested);
}
