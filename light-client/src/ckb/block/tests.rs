//! Bodies and proofs over blocks made here; real ones are in the conformance tests.

use alloc::vec;

use strum::VariantNames as _;

use super::*;

fn raw(version: u32) -> Transaction {
    Transaction {
        raw: RawTransaction {
            version,
            ..RawTransaction::default()
        },
        witnesses: vec![vec![1]],
    }
}

fn block(count: u32) -> Block {
    let mut block = Block {
        transactions: (0..count).map(raw).collect(),
        proposals: vec![[7; 10]],
        uncles: vec![Uncle::default()],
        extension: Some(vec![9; 32]),
        ..Block::default()
    };
    let hashes: Vec<_> = block
        .transactions
        .iter()
        .map(|transaction| transaction.raw.hash())
        .collect();
    let witnesses: Vec<_> = block.transactions.iter().map(Transaction::witness_hash).collect();
    block.header.transactions_root = blake2b(&[&tree_root(&hashes).0, &tree_root(&witnesses).0]);
    block.header.proposals_hash = blake2b(&[&[7; 10]]);
    let uncles = uncles_hash(&[Header::default().hash()]);
    block.header.extra_hash = blake2b(&[&uncles.0, &blake2b(&[&[9; 32]]).0]);
    block
}

fn proof(block: &Block, chosen: &[u32]) -> TransactionProof {
    let hashes: Vec<_> = block
        .transactions
        .iter()
        .map(|transaction| transaction.raw.hash())
        .collect();
    let witnesses: Vec<_> = block.transactions.iter().map(Transaction::witness_hash).collect();
    let built = CBMT::<Hash32, MergeHashes>::build_merkle_tree(&hashes)
        .build_proof(chosen)
        .unwrap();
    let leaves = hashes.len() as u32;
    TransactionProof {
        block_hash: block.header.hash(),
        indices: chosen.iter().map(|leaf| leaves - 1 + leaf).collect(),
        lemmas: built.lemmas().to_vec(),
        witnesses_root: tree_root(&witnesses),
    }
}

#[test]
fn a_whole_body_gives_all_hashes() {
    let block = block(5);
    let hashes = block.body_matches_header().unwrap();
    assert_eq!(hashes.len(), 5);
    assert_eq!(hashes[2], block.transactions[2].raw.hash());
}

#[test]
fn rejects_a_missing_added_or_exchanged_transaction() {
    let block = block(4);
    let all = &block.transactions;
    for changed in [
        &all[..3],
        &[&all[..], &all[..1]].concat(),
        &[&all[1..2], &all[..1], &all[2..]].concat(),
        &[],
    ] {
        let refused = all_transactions(&block.header, changed).unwrap_err();
        assert!(matches!(refused, Rejection::TransactionsRoot { .. }), "{refused}");
    }
}

#[test]
fn proves_one_and_several_transactions() {
    let block = block(6);
    for leaf in 0..6 {
        let raw = &block.transactions[leaf as usize].raw;
        let proved = transaction(&block.header, raw, &proof(&block, &[leaf])).unwrap();
        assert_eq!((proved.hash, proved.index), (raw.hash(), 5 + leaf));
    }
    let raws = [
        block.transactions[1].raw.clone(),
        block.transactions[4].raw.clone(),
    ];
    let proved = transactions(&block.header, &raws, &proof(&block, &[1, 4])).unwrap();
    assert_eq!(
        proved.iter().map(|proved| proved.index).collect::<Vec<_>>(),
        [6, 9]
    );
}

#[test]
fn rejects_a_proof_of_another_block() {
    let block = block(3);
    let mut proof = proof(&block, &[0]);
    proof.block_hash = Hash32([1; 32]);
    let expected = Rejection::OtherBlock {
        got: proof.block_hash,
        header: block.header.hash(),
    };
    let raw = &block.transactions[0].raw;
    assert_eq!(transaction(&block.header, raw, &proof), Err(expected.clone()));
    assert_eq!(
        transactions(&block.header, core::slice::from_ref(raw), &proof),
        Err(expected)
    );
}

#[test]
fn rejects_a_proof_of_none_or_several_as_one() {
    let block = block(3);
    let raw = &block.transactions[0].raw;
    let refused = transaction(&block.header, raw, &proof(&block, &[0, 1]));
    assert_eq!(refused, Err(Rejection::ProvedCount { got: 2 }));
    let refused = transactions(&block.header, core::slice::from_ref(raw), &proof(&block, &[0, 1]));
    assert_eq!(refused, Err(Rejection::ProvedCount { got: 2 }));
}

#[test]
fn rejects_a_proof_with_a_missing_sibling() {
    let block = block(3);
    let mut proof = proof(&block, &[0]);
    proof.lemmas.pop();
    let refused = transaction(&block.header, &block.transactions[0].raw, &proof).unwrap_err();
    assert!(
        matches!(refused, Rejection::Proof(cbmt::Rejection::MissingSibling { .. })),
        "{refused}"
    );
}

#[test]
fn rejects_another_transaction_under_a_valid_proof() {
    let block = block(3);
    let refused = transaction(&block.header, &block.transactions[1].raw, &proof(&block, &[0])).unwrap_err();
    assert!(matches!(refused, Rejection::TransactionsRoot { .. }), "{refused}");
}

#[test]
fn rejects_other_proposals() {
    let mut block = block(1);
    block.proposals.push([8; 10]);
    assert!(matches!(
        block.body_matches_header(),
        Err(Rejection::ProposalsHash { .. })
    ));
}

#[test]
fn rejects_other_uncles_and_extensions() {
    let good = block(1);
    let without_uncle = Block {
        uncles: vec![],
        ..good.clone()
    };
    let without_extension = Block {
        extension: None,
        ..good.clone()
    };
    let other_extension = Block {
        extension: Some(vec![9; 31]),
        ..good
    };
    for changed in [without_uncle, without_extension, other_extension] {
        assert!(matches!(
            changed.body_matches_header(),
            Err(Rejection::ExtraHash { .. })
        ));
    }
}

#[test]
fn rejects_an_extension_of_no_or_too_many_bytes() {
    for bytes in [0, 97] {
        let extension = Some(vec![9; bytes]);
        let changed = Block {
            extension,
            ..block(1)
        };
        assert_eq!(
            changed.body_matches_header(),
            Err(Rejection::ExtensionSize { bytes })
        );
    }
}

#[test]
fn every_rejection_has_a_test() {
    let tested = [
        "OtherBlock",
        "ProvedCount",
        "Proof",
        "TransactionsRoot",
        "ProposalsHash",
        "ExtraHash",
        "ExtensionSize",
    ];
    assert_eq!(Rejection::VARIANTS, tested);
}
