//! Whole blocks: bodies rebuilt, headers followed from genesis with the exact epoch rule, chain roots against the reference crate.

use ckb_types::utilities::merkle_mountain_range::MergeHeaderDigest;
use ckb_types::{packed, prelude::*};
use light_client::ckb::chain_root::{ChainRoot, HeaderDigest};
use light_client::ckb::{
    Block, BlockUncles, EpochMode, Header, Params, RawTransaction, Transaction, TrustedState, Update, json,
    verify,
};

use tests::damage::damaged;

use super::Files;
use super::headers::NOW;

pub(super) fn mainnet_blocks(files: &Files) {
    let text = files.read("ckb/mainnet/blocks_0-99/blocks_data.json");
    let blocks = json::blocks(&text).expect("blocks as served");
    assert_eq!(blocks.len(), 100);
    bodies_match(&blocks);
    follow_from_genesis(&blocks, &Params::MAINNET);
    chain_roots_are_those_of_the_reference(&blocks);
    let values: Vec<serde_json::Value> = serde_json::from_slice(&text).expect("JSON");
    for number in [1, 11, 13, 14, 99] {
        damage_is_noticed(values[number].to_string().as_bytes(), &blocks[number]);
    }
}

pub(super) fn testnet_blocks(files: &Files) {
    let mut blocks: Vec<_> = files
        .paths()
        .map(|path| json::block(&files.read(path)).expect("a block as served"))
        .collect();
    blocks.sort_by_key(|block| block.header.number);
    bodies_match(&blocks);
    follow_from_genesis(&blocks, &Params::TESTNET);
    let uncles: Vec<_> = blocks.iter().filter(|block| !block.uncles.is_empty()).collect();
    assert!(uncles.len() >= 2);
    for block in uncles {
        let mut without = block.clone();
        without.uncles.pop();
        assert!(without.body_matches_header().is_err());
    }
    for path in files.paths().filter(|path| !path.ends_with("/0.json")) {
        let text = files.read(path);
        damage_is_noticed(&text, &json::block(&text).expect("a block as served"));
    }
}

pub(super) fn bodies_match(blocks: &[Block]) {
    for block in blocks {
        let hashes = block.body_matches_header().expect("a real body");
        assert_eq!(hashes.len(), block.transactions.len());
        for transaction in &block.transactions {
            assert_eq!(
                Transaction::decode(&transaction.encode()).as_ref(),
                Ok(transaction)
            );
            assert_eq!(
                RawTransaction::decode(&transaction.raw.encode()).as_ref(),
                Ok(&transaction.raw)
            );
        }
    }
}

/// Blocks 0, 1, … by every rule, uncles counted; and again by the bounds alone.
fn follow_from_genesis(blocks: &[Block], params: &Params) {
    let headers: Vec<Header> = blocks[1..].iter().map(|block| block.header.clone()).collect();
    let uncles = blocks[1..].iter().map(BlockUncles::from).collect();
    for (uncles, mode) in [
        (Some(uncles), EpochMode::WithUncles),
        (None, EpochMode::HeaderOnly),
    ] {
        let mut state =
            TrustedState::anchored(blocks[0].header.clone(), params).expect("the network's block 0");
        let verified = verify(
            &state,
            &Update {
                headers: headers.clone(),
                uncles,
            },
            params,
            NOW,
        )
        .expect("real blocks");
        assert_eq!((verified.epoch_mode(), verified.without_median()), (mode, 0));
        state.advance(verified).expect("the state did not move");
        assert_eq!(state.tip().height, blocks.len() as u64 - 1);
        let counted: u64 = blocks.iter().map(|block| block.uncles.len() as u64).sum();
        assert_eq!(
            state.epoch_progress().map(|progress| progress.uncles),
            (mode == EpochMode::WithUncles).then_some(counted)
        );
    }
}

fn chain_roots_are_those_of_the_reference(blocks: &[Block]) {
    use ckb_merkle_mountain_range::{MMR, util::MemStore};
    let store = MemStore::default();
    let mut reference = MMR::<packed::HeaderDigest, MergeHeaderDigest, _>::new(0, &store);
    let mut ours = ChainRoot::new();
    for block in blocks {
        let digest = HeaderDigest::of(&block.header).expect("a valid target");
        reference
            .push(packed::HeaderDigest::from_slice(&digest.encode()).expect("a digest"))
            .expect("the next leaf");
        ours.push(digest).expect("the next leaf");
        let root = reference.get_root().expect("a root");
        assert_eq!(
            ours.root().expect("a root").encode(),
            root.as_slice(),
            "block {}",
            block.header.number
        );
    }
}

fn damage_is_noticed(text: &[u8], block: &Block) {
    for changed in damaged(text) {
        let Ok(decoded) = json::block(&changed) else {
            continue;
        };
        if decoded == *block {
            continue;
        }
        let noticed = decoded.header.hash() != block.header.hash() || decoded.body_matches_header().is_err();
        assert!(noticed, "{}", String::from_utf8_lossy(&changed));
    }
}
