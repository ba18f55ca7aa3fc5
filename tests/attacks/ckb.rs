//! CKB: attacks by name, over real headers, blocks and proofs. Where an attack needs a chain that nobody mined, the unit tests of
//! `light-client` make one (`ckb/verify/tests.rs`, `ckb/sampling/tests.rs`, `proof/mmr/tests.rs`).

use std::fs;

use light_client::ckb::block::{self, TransactionProof};
use light_client::ckb::chain_root::HeaderDigest;
use light_client::ckb::{
    Block, CompactTarget, EpochFraction, Header, InvalidTarget, MergeHashes, MoleculeError, Params, Pow,
    Rejection, TrustedState, Update, json, verify,
};
use light_client::proof::{cbmt, mmr};
use light_client::{Hash32, UnixSeconds};

const NOW: UnixSeconds = UnixSeconds(1_795_000_000);

/// Real mainnet headers 3000..=3599; the epoch changes at 3543.
fn headers() -> Option<Vec<Header>> {
    let path = tests::available()?.join("ckb/mainnet/headers_3000-3999/testHeaderHashes.json");
    let entries: serde_json::Value =
        serde_json::from_slice(&fs::read(path).expect("the vector")).expect("JSON");
    let inputs = entries
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| entry["input"].as_str().expect("hex"));
    let decode = |digits: &str| Header::decode(&hex::decode(&digits[2..]).expect("hex")).expect("a header");
    Some(inputs.map(decode).collect())
}

/// Real mainnet blocks 0..=99.
fn blocks() -> Option<Vec<Block>> {
    let path = tests::available()?.join("ckb/mainnet/blocks_0-99/blocks_data.json");
    Some(json::blocks(&fs::read(path).expect("the vector")).expect("blocks as served"))
}

/// Mainnet's rules without its proof of work: what an attacker with unlimited hash power could make.
fn unlimited() -> Params {
    Params {
        pow: Pow::Dummy,
        ..Params::MAINNET
    }
}

/// Follows the headers after the first, with one of them changed and all links repaired.
fn changed(number: u64, change: impl FnOnce(&mut Header)) -> Option<Rejection> {
    let mut headers = headers()?;
    let place = (number - 3000) as usize;
    change(&mut headers[place]);
    for place in place + 1..headers.len() {
        headers[place].parent_hash = headers[place - 1].hash();
    }
    let state = TrustedState::anchored(headers.remove(0), &unlimited()).expect("not block 0");
    Some(
        verify(
            &state,
            &Update {
                headers,
                uncles: None,
            },
            &unlimited(),
            NOW,
        )
        .expect_err("an attack"),
    )
}

#[test]
fn median_time_violation_is_refused() {
    let Some(rejection) = changed(3100, |header| header.timestamp_ms -= 3_600_000) else {
        return;
    };
    assert!(
        matches!(rejection, Rejection::TimestampTooOld { number: 3100, .. }),
        "{rejection}"
    );
}

#[test]
fn time_more_than_15_s_ahead_is_refused() {
    let Some(rejection) = changed(3100, |header| header.timestamp_ms = (NOW.0 + 16) * 1000) else {
        return;
    };
    assert!(
        matches!(rejection, Rejection::TimestampInFuture { number: 3100, .. }),
        "{rejection}"
    );
}

#[test]
fn easier_target_within_an_epoch_is_refused() {
    let Some(rejection) = changed(3100, |header| header.compact_target = CompactTarget(0x1b00_ffff)) else {
        return;
    };
    assert!(
        matches!(rejection, Rejection::EpochShape { number: 3100, .. }),
        "{rejection}"
    );
}

#[test]
fn retarget_boundary_work_beyond_tau_is_refused() {
    for target in [0x1a7f_ffff, 0x1a01_0000] {
        let Some(rejection) = changed(3543, |header| header.compact_target = CompactTarget(target)) else {
            return;
        };
        assert!(
            matches!(rejection, Rejection::EpochWork { number: 3543, .. }),
            "{rejection}"
        );
    }
}

#[test]
fn epoch_length_beyond_its_limits_is_refused() {
    for length in [299, 1801, 65_535] {
        let Some(rejection) = changed(3543, |header| header.epoch = EpochFraction::new(2, 0, length)) else {
            return;
        };
        assert!(
            matches!(rejection, Rejection::EpochLength { number: 3543, .. }),
            "{rejection}"
        );
    }
}

#[test]
fn zero_and_overflowing_targets_are_refused() {
    let zero = CompactTarget(0x1a00_0000);
    let Some(rejection) = changed(3100, |header| header.compact_target = zero) else {
        return;
    };
    assert_eq!(rejection, Rejection::InvalidTarget(InvalidTarget::Zero(zero)));
    let overflow = CompactTarget(0x2200_0001);
    let rejection = changed(3100, |header| header.compact_target = overflow).expect("the vectors are there");
    assert_eq!(
        rejection,
        Rejection::InvalidTarget(InvalidTarget::Overflow(overflow))
    );
}

#[test]
fn wrong_engine_and_missing_work_are_refused() {
    let Some(headers) = headers() else { return };
    let update = Update {
        headers: headers[1..].to_vec(),
        uncles: None,
    };
    let testnet = Params {
        pow: Pow::EaglesongBlake2b,
        ..Params::MAINNET
    };
    let state = TrustedState::anchored(headers[0].clone(), &testnet).expect("not block 0");
    assert_eq!(
        verify(&state, &update, &testnet, NOW),
        Err(Rejection::NoProofOfWork { number: 3001 })
    );
    // What a dummy miner makes does not pass where Eaglesong is asked for.
    let mut mined = headers[1].clone();
    mined.nonce = 0;
    let update = Update {
        headers: vec![mined],
        uncles: None,
    };
    assert!(verify(&state, &update, &unlimited(), NOW).is_ok());
    assert_eq!(
        verify(&state, &update, &Params::MAINNET, NOW),
        Err(Rejection::NoProofOfWork { number: 3001 })
    );
}

#[test]
fn trailing_bytes_are_refused() {
    let Some(headers) = headers() else { return };
    let longer = [&headers[0].encode()[..], &[0]].concat();
    assert_eq!(
        Header::decode(&longer),
        Err(MoleculeError::Size {
            at: "header",
            expected: 208,
            got: 209
        })
    );
    let transaction = blocks().expect("the vectors are there")[11].transactions[1].clone();
    assert!(light_client::ckb::Transaction::decode(&[&transaction.encode()[..], &[0]].concat()).is_err());
    assert!(
        light_client::ckb::RawTransaction::decode(&[&transaction.raw.encode()[..], &[0]].concat()).is_err()
    );
}

/// Digests of blocks 0..=2 and the root that block 3 would commit to.
fn digests() -> Option<([HeaderDigest; 3], HeaderDigest)> {
    let blocks = blocks()?;
    let digests =
        [0, 1, 2].map(|number: usize| HeaderDigest::of(&blocks[number].header).expect("a valid target"));
    let root = mmr::root_of_all(&digests).expect("blocks in a row");
    Some((digests, root))
}

#[test]
fn mmr_index_out_of_range_duplicate_empty_and_surplus_are_refused() {
    let Some(([first, second, third], root)) = digests() else {
        return;
    };
    let proved = mmr::root_of_leaves(3, &[(0, first.clone())], &[second.clone(), third.clone()]);
    assert_eq!(proved, Ok(root.clone()));
    let out = mmr::root_of_leaves(3, &[(3, first.clone())], std::slice::from_ref(&root));
    assert_eq!(out, Err(mmr::Rejection::LeafOutOfRange { index: 3, count: 3 }));
    let mut forged = first.clone();
    forged.children_hash = Hash32([0xff; 32]);
    let twice = mmr::root_of_leaves(
        3,
        &[(0, first.clone()), (0, forged)],
        &[second.clone(), third.clone()],
    );
    assert_eq!(
        twice,
        Err(mmr::Rejection::NotAscending {
            previous: 0,
            index: 0
        })
    );
    assert_eq!(
        mmr::root_of_leaves(3, &[], std::slice::from_ref(&root)),
        Err(mmr::Rejection::NoLeaf)
    );
    let surplus = mmr::root_of_leaves(3, &[(0, first)], &[second, third, root]);
    assert_eq!(surplus, Err(mmr::Rejection::SurplusItems { count: 1 }));
}

#[test]
fn cbmt_missing_sibling_and_inner_nodes_are_refused() {
    let Some(blocks) = blocks() else { return };
    let block = &blocks[11];
    let hashes = block.body_matches_header().expect("a real body");
    let tree = merkle_cbt::CBMT::<Hash32, MergeHashes>::build_merkle_tree(&hashes);
    let witnesses: Vec<_> = block
        .transactions
        .iter()
        .map(light_client::ckb::Transaction::witness_hash)
        .collect();
    let proof = |indices: Vec<u32>, lemmas: Vec<Hash32>| TransactionProof {
        block_hash: block.header.hash(),
        indices,
        lemmas,
        witnesses_root: merkle_cbt::CBMT::<Hash32, MergeHashes>::build_merkle_root(&witnesses),
    };
    let raw = &block.transactions[1].raw;
    let built = tree.build_proof(&[1]).expect("the leaf is there");
    let lemmas = built.lemmas().to_vec();
    assert!(
        block::transaction(
            &block.header,
            raw,
            &proof(built.indices().to_vec(), lemmas.clone())
        )
        .is_ok()
    );
    let short = proof(built.indices().to_vec(), lemmas[1..].to_vec());
    let refused = block::transaction(&block.header, raw, &short).expect_err("an attack");
    assert!(
        matches!(
            refused,
            block::Rejection::Proof(cbmt::Rejection::MissingSibling { .. })
        ),
        "{refused}"
    );
    // The transaction in the place of an inner node, and of the root.
    for index in [0, 1, 2, 3] {
        let at = proof(
            vec![index],
            lemmas[lemmas.len() - (index + 1).ilog2() as usize..].to_vec(),
        );
        let refused = block::transaction(&block.header, raw, &at).expect_err("an attack");
        assert!(
            matches!(refused, block::Rejection::TransactionsRoot { .. }),
            "{refused}"
        );
    }
}

#[test]
fn completeness_hides_no_transaction() {
    let Some(blocks) = blocks() else { return };
    let block = &blocks[11];
    for hidden in 0..block.transactions.len() {
        let mut transactions = block.transactions.clone();
        transactions.remove(hidden);
        let refused = block::all_transactions(&block.header, &transactions).expect_err("an attack");
        assert!(
            matches!(refused, block::Rejection::TransactionsRoot { .. }),
            "{refused}"
        );
    }
}
