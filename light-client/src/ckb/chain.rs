//! Chains made for tests: valid by every rule, under `Dummy` proof of work or mined with an easy target.

use alloc::vec;
use alloc::vec::Vec;

use super::block::{extra_hash_matches, uncles_hash};
use super::chain_root::{ChainRoot, HeaderDigest, VerifiableHeader};
use super::epoch::Rule;
use super::{CompactTarget, EpochFraction, Header, Params, Pow, blake2b};
use crate::Hash32;

/// A development network: ten blocks per epoch, all alike.
pub(super) const PARAMS: Params = Params {
    pow: Pow::Dummy,
    epoch: Rule {
        genesis_length: 10,
        genesis_target: CompactTarget(0x2001_0000),
        duration_target_s: 80,
        permanent: true,
    },
    genesis_hash: None,
    chain_root_since_epoch: 0,
    finality_blocks: 24,
};

pub(super) const START_MS: u64 = 1_700_000_000_000;

pub(super) fn genesis() -> Header {
    Header {
        compact_target: PARAMS.epoch.genesis_target,
        timestamp_ms: START_MS,
        ..Header::default()
    }
}

/// The next header, eight seconds later; `salt` tells branches apart.
pub(super) fn next(parent: &Header, salt: u8) -> Header {
    let number = parent.number + 1;
    Header {
        compact_target: parent.compact_target,
        timestamp_ms: parent.timestamp_ms + 8_000,
        number,
        epoch: EpochFraction::new(number / 10, number % 10, 10),
        parent_hash: parent.hash(),
        dao: [salt; 32],
        ..Header::default()
    }
}

/// `count` headers after `parent`.
pub(super) fn branch(parent: &Header, count: usize, salt: u8) -> Vec<Header> {
    let mut headers = vec![parent.clone()];
    for _ in 0..count {
        headers.push(next(&headers[headers.len() - 1], salt));
    }
    headers.remove(0);
    headers
}

/// Sets every parent hash anew after a header was changed.
pub(super) fn relink(headers: &mut [Header]) {
    for place in 1..headers.len() {
        headers[place].parent_hash = headers[place - 1].hash();
    }
}

/// A chain with chain roots: block 0 up to and including `last`.
pub(super) fn verifiable(last: u64, salt: impl Fn(u64) -> u8) -> Vec<VerifiableHeader> {
    let mut root = ChainRoot::new();
    let mut blocks = vec![VerifiableHeader {
        header: genesis(),
        ..VerifiableHeader::default()
    }];
    for number in 1..=last {
        let parent = blocks[blocks.len() - 1].header.clone();
        root.push(HeaderDigest::of(&parent).unwrap()).unwrap();
        let parent_chain_root = root.root().unwrap();
        let extension = parent_chain_root.hash().0.to_vec();
        let mut header = next(&parent, salt(number));
        header.extra_hash = blake2b(&[&Hash32::ZERO.0, &blake2b(&[&extension]).0]);
        assert_eq!(
            extra_hash_matches(&header, uncles_hash(&[]), Some(&extension)),
            Ok(())
        );
        blocks.push(VerifiableHeader {
            header,
            uncles_hash: Hash32::ZERO,
            extension: Some(extension),
            parent_chain_root,
        });
    }
    blocks
}
