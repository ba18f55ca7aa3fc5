//! Digests and roots against the reference crate, and every rejection.

use alloc::vec;

use ckb_types::packed;
use ckb_types::prelude::*;
use ckb_types::utilities::merkle_mountain_range::MergeHeaderDigest;
use strum::VariantNames as _;

use super::super::chain::{self, PARAMS};
use super::*;

fn digest(number: u64) -> HeaderDigest {
    let chain = chain::verifiable(number, |_| 0);
    HeaderDigest::of(&chain[number as usize].header).unwrap()
}

#[test]
fn merges_and_hashes_as_the_reference_does() {
    use ckb_merkle_mountain_range::Merge as _;
    let (left, right) = (digest(3), digest(4));
    let packed = |digest: &HeaderDigest| packed::HeaderDigest::from_slice(&digest.encode()).unwrap();
    let merged = left.merge(&right).unwrap();
    let expected = MergeHeaderDigest::merge(&packed(&left), &packed(&right)).unwrap();
    assert_eq!(merged.encode(), expected.as_slice());
    assert_eq!(
        merged.hash().0.to_vec(),
        expected.calc_mmr_hash().as_slice().to_vec()
    );
    assert_eq!(HeaderDigest::decode(&merged.encode()), Ok(merged));
}

#[test]
fn every_header_commits_to_the_root_over_its_ancestors() {
    for block in chain::verifiable(30, |_| 0) {
        assert_eq!(block.commitments_hold(&PARAMS), Ok(()));
    }
}

#[test]
fn rejects_digests_whose_fields_do_not_fit() {
    let good = digest(5);
    let reversed = HeaderDigest {
        numbers: (5, 4),
        ..good.clone()
    };
    assert_eq!(
        reversed.is_consistent(),
        Err(Rejection::NumbersReversed { first: 5, last: 4 })
    );
    let (first, last) = (EpochFraction::new(1, 0, 10), EpochFraction::new(0, 5, 10));
    let reversed = HeaderDigest {
        epochs: (first, last),
        ..good.clone()
    };
    assert_eq!(
        reversed.is_consistent(),
        Err(Rejection::EpochsReversed { first, last })
    );
    let targets = (CompactTarget(0x2001_0000), CompactTarget(0x2000_ffff));
    let differ = HeaderDigest {
        targets,
        ..good.clone()
    };
    assert_eq!(
        differ.is_consistent(),
        Err(Rejection::TargetsDiffer {
            first: targets.0,
            last: targets.1,
            epoch: 0
        })
    );
    let total = HeaderDigest {
        total_difficulty: U256::from(257),
        ..good.clone()
    };
    let expected = Rejection::TotalDifficulty {
        got: U256::from(257),
        expected: U256::from(256),
    };
    assert_eq!(total.is_consistent(), Err(expected));
    let zero = HeaderDigest {
        targets: (CompactTarget(0), CompactTarget(0)),
        ..good
    };
    assert!(matches!(zero.is_consistent(), Err(Rejection::InvalidTarget(_))));
}

#[test]
fn rejects_neighbours_that_do_not_follow() {
    let (left, right) = (digest(3), digest(5));
    assert_eq!(
        left.merge(&right),
        Err(Rejection::NumbersApart { left: 3, right: 5 })
    );
    let place = EpochFraction::new(0, 7, 10);
    let right = HeaderDigest {
        epochs: (place, place),
        ..digest(4)
    };
    let expected = Rejection::EpochsApart {
        left: EpochFraction::new(0, 3, 10),
        right: place,
    };
    assert_eq!(left.merge(&right), Err(expected));
}

#[test]
fn rejects_totals_above_256_bits() {
    let target = CompactTarget(0x0101_0000);
    let mut left = HeaderDigest {
        targets: (target, target),
        total_difficulty: U256::MAX,
        ..digest(3)
    };
    let right = HeaderDigest {
        targets: (target, target),
        total_difficulty: U256::MAX,
        ..digest(4)
    };
    assert_eq!(left.merge(&right), Err(Rejection::DifficultyOverflow));
    left.numbers.0 = 0;
    assert_eq!(left.is_consistent(), Err(Rejection::DifficultyOverflow));
}

#[test]
fn rejects_a_root_over_other_blocks() {
    let chain = chain::verifiable(9, |_| 0);
    let mut block = chain[8].clone();
    block.parent_chain_root = chain[7].parent_chain_root.clone();
    let expected = Rejection::RootSpan {
        number: 8,
        first: 0,
        last: 6,
    };
    assert_eq!(block.commitments_hold(&PARAMS), Err(expected));
    block.parent_chain_root = digest(7);
    let expected = Rejection::RootSpan {
        number: 8,
        first: 7,
        last: 7,
    };
    assert_eq!(block.commitments_hold(&PARAMS), Err(expected));
}

#[test]
fn rejects_a_root_that_the_extension_does_not_commit_to() {
    let mut block = chain::verifiable(9, |_| 0)[8].clone();
    block.parent_chain_root.children_hash.0[0] ^= 1;
    let expected = Rejection::RootNotCommitted { number: 8 };
    assert_eq!(block.commitments_hold(&PARAMS), Err(expected.clone()));
    block.extension = None;
    block.header.extra_hash = Hash32::ZERO;
    assert_eq!(block.commitments_hold(&PARAMS), Err(expected));
}

#[test]
fn rejects_another_extension_than_the_headers() {
    let mut block = chain::verifiable(9, |_| 0)[8].clone();
    block.extension = Some(vec![1; 32]);
    assert!(matches!(
        block.commitments_hold(&PARAMS),
        Err(Rejection::Body { number: 8, .. })
    ));
}

#[test]
fn the_root_starts_with_the_second_block_of_the_activated_epoch() {
    let params = Params {
        chain_root_since_epoch: 1,
        ..PARAMS
    };
    let chain = chain::verifiable(12, |_| 0);
    for number in [5, 10] {
        let expected = Rejection::UnexpectedRoot { number };
        assert_eq!(chain[number as usize].commitments_hold(&params), Err(expected));
    }
    assert_eq!(chain[11].commitments_hold(&params), Ok(()));
}

#[test]
fn every_rejection_has_a_test() {
    let tested = [
        "NumbersReversed",
        "EpochsReversed",
        "TargetsDiffer",
        "TotalDifficulty",
        "NumbersApart",
        "EpochsApart",
        "DifficultyOverflow",
        "InvalidTarget",
        "RootSpan",
        "RootNotCommitted",
        "UnexpectedRoot",
        "Body",
    ];
    assert_eq!(Rejection::VARIANTS, tested);
}
