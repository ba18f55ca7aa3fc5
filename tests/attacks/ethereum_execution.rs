//! Attacks on execution proofs: each altered proof is refused by name.

use std::path::Path;

use light_client::{
    Hash32,
    ethereum::execution::{
        AccountRejection, Address, BlockReceipts, Bloom, EventsRejection, ExecutionHeader, HeaderRejection,
        ProvenReceipt, Receipt, ReceiptRejection, ReceiptsRejection, VerifiedHeader, account, events_of,
        json,
    },
    proof::{
        keccak256,
        mpt::{self, MptRejection},
        rlp::{RlpRejection, encode_list, encode_string},
    },
};
use serde_json::{Value, json};

/// A vector, or `None` after saying that the vectors are missing.
fn read(path: &str) -> Option<Vec<u8>> {
    let root = tests::available()?;
    Some(std::fs::read(Path::new(&root).join(path)).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_string(&mut out, bytes);
    out
}

/// A node from its items, each already encoded.
fn node(items: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_list(&mut bytes, |out| {
        items.iter().for_each(|item| out.extend_from_slice(item))
    });
    bytes
}

/// A branch with these children and value, every other place empty.
fn branch(children: &[(usize, &[u8])], value: &[u8]) -> Vec<u8> {
    let (empty, value) = (string(&[]), string(value));
    let mut items = [&empty[..]; 17];
    items[16] = &value;
    for (place, child) in children {
        items[*place] = child;
    }
    node(&items)
}

fn hash_of(node: &[u8]) -> Vec<u8> {
    string(&keccak256(node).0)
}

/// The key 0x12 under a branch: a leaf with this value, and a second one so that the branch is a branch.
fn two_leaves(value: &[u8]) -> (Hash32, Vec<Vec<u8>>) {
    let leaf = node(&[&string(&[0x32]), &string(value)]);
    let root = branch(&[(1, &hash_of(&leaf)), (7, &hash_of(&leaf))], &[]);
    (keccak256(&root), vec![root, leaf])
}

#[test]
fn truncated_exclusion_proofs_show_nothing() {
    let folder = "ethereum/mainnet/argument_deneb/inclusion/base-data";
    let Some(answer) = read(&format!("{folder}/EthGetProof.json")) else {
        return;
    };
    let answer = json::account_proof(&answer).expect("a proof");
    let unset = &answer.slots[0];
    let storage_root = &answer.declared.storage_root;
    assert_eq!(account::slot(storage_root, unset.slot, &unset.nodes), Ok(None));
    for kept in 0..unset.nodes.len() {
        let source = MptRejection::MissingNode { node: kept };
        let slot = unset.slot;
        assert_eq!(
            account::slot(storage_root, slot, &unset.nodes[..kept]),
            Err(AccountRejection::SlotProof { slot, source })
        );
    }
    let Some(absent) = read("local-nodes/prysm-electra-t0/el_proof.json") else {
        return;
    };
    let absent: Value = serde_json::from_slice(&absent).expect("JSON");
    let absent = json::account_proof(absent["response"].to_string().as_bytes()).expect("a proof");
    let state_root = keccak256(&absent.nodes[0]);
    assert_eq!(
        account::account(&state_root, &absent.address, &absent.nodes),
        Ok(None)
    );
    for kept in 0..absent.nodes.len() {
        let source = MptRejection::MissingNode { node: kept };
        assert_eq!(
            account::account(&state_root, &absent.address, &absent.nodes[..kept]),
            Err(AccountRejection::AccountProof { source })
        );
    }
}

#[test]
fn an_embedded_node_of_32_bytes_or_more_is_refused() {
    for length in 26..40 {
        let leaf = node(&[&string(&[0x32]), &string(&vec![7; length])]);
        let root = branch(&[(1, &leaf), (7, &hash_of(&leaf))], &[]);
        let outcome = mpt::verify(&keccak256(&root), &[0x12], &[root]).map(drop);
        if leaf.len() < 32 {
            assert_eq!(outcome, Ok(()));
        } else {
            let length = leaf.len();
            assert_eq!(
                outcome,
                Err(MptRejection::EmbeddedNodeTooLong { node: 0, length })
            );
        }
    }
}

#[test]
fn a_short_node_is_not_taken_by_its_hash() {
    let (root, proof) = two_leaves(&[7]);
    let length = proof[1].len();
    assert_eq!(
        mpt::verify(&root, &[0x12], &proof),
        Err(MptRejection::ShortNodeByHash { node: 1, length })
    );
}

#[test]
fn a_value_is_never_read_as_a_node_pointer() {
    let planted = node(&[&string(&[0x20, 0x34]), &string(&[9; 40])]);
    let pointer = keccak256(&planted);
    let (root, mut proof) = two_leaves(&pointer.0);
    assert_eq!(mpt::verify(&root, &[0x12], &proof), Ok(Some(&pointer.0[..])));
    assert_eq!(
        mpt::verify(&root, &[0x12, 0x34], &proof),
        Ok(None),
        "the leaf's path ends first"
    );
    proof.push(planted.clone());
    let surplus = Err(MptRejection::SurplusNodes { used: 2, given: 3 });
    assert_eq!(mpt::verify(&root, &[0x12], &proof), surplus);
    assert_eq!(mpt::verify(&root, &[0x12, 0x34], &proof), surplus);

    let leaf = node(&[&string(&[0x32]), &string(&[7; 40])]);
    let holder = branch(&[(1, &hash_of(&leaf)), (7, &hash_of(&leaf))], &pointer.0);
    let below = node(&[&string(&[0x00, 0x12]), &hash_of(&holder)]);
    let proof = [below, holder, planted];
    let root = keccak256(&proof[0]);
    assert_eq!(mpt::verify(&root, &[0x12], &proof[..2]), Ok(Some(&pointer.0[..])));
    assert_eq!(mpt::verify(&root, &[0x12], &proof), surplus);
}

#[test]
fn surplus_nodes_are_refused_wherever_a_proof_is_taken() {
    let (root, mut proof) = two_leaves(&[7; 40]);
    proof.push(proof[0].clone());
    let source = MptRejection::SurplusNodes { used: 2, given: 3 };
    assert_eq!(mpt::verify(&root, &[0x12], &proof), Err(source));
    assert_eq!(
        mpt::verify(&root, &[0x22], &proof),
        Err(MptRejection::SurplusNodes { used: 1, given: 3 })
    );

    let Some(sample) = read("ethereum/mainnet/axelar_lc/receipt_proof.json") else {
        return;
    };
    let sample: Value = serde_json::from_slice(&sample).expect("JSON");
    let root = sample["receipts_root"]
        .as_str()
        .expect("a root")
        .parse()
        .expect("a root");
    let mut nodes = json::proof_nodes(sample["proof"].to_string().as_bytes()).expect("nodes");
    nodes.push(nodes[1].clone());
    assert_eq!(
        ProvenReceipt::verify(&root, 0, &nodes),
        Err(ReceiptsRejection::Proof { source })
    );
}

#[test]
fn nodes_that_repeat_are_refused_where_they_are_not_referenced() {
    let (root, proof) = two_leaves(&[7; 40]);
    let [top, leaf] = [&proof[0], &proof[1]];
    let mismatch = |node, expected, got: &[u8]| MptRejection::HashMismatch {
        node,
        expected,
        got: keccak256(got),
    };
    assert_eq!(
        mpt::verify(&root, &[0x12], &[top, top, leaf]),
        Err(mismatch(1, keccak256(leaf), top))
    );
    assert_eq!(
        mpt::verify(&root, &[0x12], &[leaf, top, leaf]),
        Err(mismatch(0, root, leaf))
    );
    assert_eq!(
        mpt::verify(&root, &[0x12], &[top, leaf, leaf]),
        Err(MptRejection::SurplusNodes { used: 2, given: 3 })
    );
    // The same leaf stands at two places: each way takes it once.
    assert_eq!(mpt::verify(&root, &[0x72], &proof), Ok(Some(&[7; 40][..])));
}

/// An empty block's receipts root proves that there is none, and stands for no other block.
#[test]
fn the_root_of_an_empty_block_holds_no_receipt() {
    let nothing: [Vec<u8>; 0] = [];
    let missing = Err(ReceiptsRejection::NoSuchReceipt { index: 0 });
    assert_eq!(ProvenReceipt::verify(&mpt::EMPTY_ROOT, 0, &nothing), missing);
    assert_eq!(ProvenReceipt::verify(&mpt::EMPTY_ROOT, 0, &[vec![0x80]]), missing);
    let Some((header, _)) = helios_block() else {
        return;
    };
    let (expected, got) = (header.fields().receipts_root, mpt::EMPTY_ROOT);
    assert_eq!(
        BlockReceipts::from_raw(&header, &nothing),
        Err(ReceiptsRejection::RootMismatch { expected, got })
    );
    let empty_root = with_fields(&header, |fields| fields.receipts_root = mpt::EMPTY_ROOT);
    assert_eq!(
        BlockReceipts::from_raw(&empty_root, &nothing),
        Err(ReceiptsRejection::BloomMismatch)
    );
}

/// A bloom of ones answers no question: every emitter needs all receipts, and theirs do not unite to it.
#[test]
fn a_bloom_of_ones_proves_nothing() {
    let Some((header, receipts)) = helios_block() else {
        return;
    };
    let full = with_fields(&header, |fields| fields.logs_bloom = Bloom([0xff; 256]));
    for byte in 0..=u8::MAX {
        let block_hash = *full.hash();
        assert_eq!(
            events_of(&full, &Address([byte; 20]), None),
            Err(EventsRejection::ReceiptsNeeded { block_hash })
        );
    }
    let declared = json::block_receipts(receipts.to_string().as_bytes()).expect("receipts");
    assert_eq!(
        BlockReceipts::from_declared(&full, &declared),
        Err(ReceiptsRejection::BloomMismatch)
    );
}

/// The same header with other fields, under the hash that it then has.
fn with_fields(header: &VerifiedHeader, change: impl FnOnce(&mut ExecutionHeader)) -> VerifiedHeader {
    let mut fields = header.fields().clone();
    change(&mut fields);
    let hash = keccak256(&fields.encode().expect("a header"));
    VerifiedHeader::from_fields(&hash, fields).expect("its own hash")
}

/// Another byte in front, or none, is another leaf: no typed receipt passes for another type's.
#[test]
fn a_receipt_of_another_type_is_another_leaf() {
    let Some((header, receipts)) = helios_block() else {
        return;
    };
    let declared = json::block_receipts(receipts.to_string().as_bytes()).expect("receipts");
    let leaves: Vec<_> = declared
        .iter()
        .map(|declared| declared.receipt.encode())
        .collect();
    let typed = leaves
        .iter()
        .position(|leaf| leaf[0] < 0x80)
        .expect("a typed receipt");
    for type_byte in 0..=0xbf {
        if type_byte == leaves[typed][0] {
            continue;
        }
        let mut leaves = leaves.clone();
        leaves[typed][0] = type_byte;
        assert!(matches!(
            BlockReceipts::from_raw(&header, &leaves),
            Err(ReceiptsRejection::RootMismatch { .. })
        ));
        if !(1..=4).contains(&type_byte) {
            let number = type_byte;
            assert_eq!(
                Receipt::decode(&leaves[typed]),
                Err(ReceiptRejection::UnknownType { number })
            );
        }
    }
    let mut untyped = leaves.clone();
    untyped[typed].remove(0);
    assert!(matches!(
        BlockReceipts::from_raw(&header, &untyped),
        Err(ReceiptsRejection::RootMismatch { .. })
    ));
}

#[test]
fn trailing_bytes_are_refused_behind_nodes_receipts_and_headers() {
    let (_, proof) = two_leaves(&[7; 40]);
    let source = RlpRejection::TrailingBytes { count: 1 };
    let longer = [&proof[0][..], &[0]].concat();
    assert_eq!(
        mpt::verify(&keccak256(&longer), &[0x12], &[longer.clone(), proof[1].clone()]),
        Err(MptRejection::Encoding { node: 0, source })
    );
    let Some((header, receipts)) = helios_block() else {
        return;
    };
    let longer = [&header.fields().encode().expect("a header")[..], &[0]].concat();
    let field = "header";
    assert_eq!(
        ExecutionHeader::decode(&longer),
        Err(HeaderRejection::Encoding { field, source })
    );
    let declared = json::block_receipts(receipts.to_string().as_bytes()).expect("receipts");
    for declared in declared {
        let longer = [&declared.receipt.encode()[..], &[0]].concat();
        let field = "receipt";
        assert_eq!(
            Receipt::decode(&longer),
            Err(ReceiptRejection::Encoding { field, source })
        );
    }
}

#[test]
fn a_zero_root_or_hash_verifies_nothing() {
    let (_, proof) = two_leaves(&[7; 40]);
    assert_eq!(
        mpt::verify(&Hash32::ZERO, &[0x12], &proof),
        Err(MptRejection::ZeroRoot)
    );
    assert_eq!(
        mpt::verify::<Vec<u8>>(&Hash32::ZERO, &[0x12], &[]),
        Err(MptRejection::ZeroRoot)
    );
    let source = MptRejection::ZeroRoot;
    let nothing: [Vec<u8>; 0] = [];
    assert_eq!(
        account::account(&Hash32::ZERO, &Address::default(), &nothing),
        Err(AccountRejection::AccountProof { source })
    );
    assert_eq!(
        ProvenReceipt::verify(&Hash32::ZERO, 0, &nothing),
        Err(ReceiptsRejection::Proof { source })
    );
    assert_eq!(
        VerifiedHeader::from_rlp(&Hash32::ZERO, &[0xc0]),
        Err(HeaderRejection::ZeroHash)
    );
}

/// A mainnet block's header, and the answer with its receipts.
fn helios_block() -> Option<(VerifiedHeader, Value)> {
    let folder = "ethereum/mainnet/helios_rpc/rpc";
    let (fields, hash) = json::block_header(&read(&format!("{folder}/block.json"))?).expect("a block");
    let header = VerifiedHeader::from_fields(&hash, fields).expect("the block's header");
    let receipts = read(&format!("{folder}/receipts.json"))?;
    Some((header, serde_json::from_slice(&receipts).expect("JSON")))
}

#[test]
fn log_metadata_is_bound_to_the_proved_receipt() {
    let Some((header, receipts)) = helios_block() else {
        return;
    };
    let verify = |receipts: &Value| {
        let declared = json::block_receipts(receipts.to_string().as_bytes()).expect("receipts");
        BlockReceipts::from_declared(&header, &declared)
    };
    assert!(verify(&receipts).is_ok());
    let other_hash = format!("0x{}", "1".repeat(64));
    let places = [
        ("/3/logs/0/blockHash", json!(other_hash), "block hash"),
        ("/3/logs/0/blockNumber", json!("0x1"), "block number"),
        ("/3/logs/0/transactionIndex", json!("0x4"), "transaction index"),
        ("/3/logs/0/logIndex", json!("0x0"), "log index"),
        ("/3/blockHash", json!(other_hash), "block hash"),
        ("/3/blockNumber", json!("0x1"), "block number"),
        ("/3/transactionIndex", json!("0x4"), "transaction index"),
    ];
    for (pointer, value, field) in places {
        let mut altered = receipts.clone();
        *altered.pointer_mut(pointer).expect("a member") = value;
        assert_eq!(
            verify(&altered),
            Err(ReceiptsRejection::DeclaredMismatch { index: 3, field }),
            "{pointer}"
        );
    }
    let contents = [
        (
            "/3/logs/0/address",
            json!("0x1111111111111111111111111111111111111111"),
        ),
        ("/3/logs/0/topics/0", json!(other_hash)),
        ("/3/logs/0/data", json!("0x")),
        ("/3/status", json!("0x0")),
        ("/3/cumulativeGasUsed", json!("0x1")),
    ];
    for (pointer, value) in contents {
        let mut altered = receipts.clone();
        *altered.pointer_mut(pointer).expect("a member") = value;
        assert!(
            matches!(verify(&altered), Err(ReceiptsRejection::RootMismatch { .. })),
            "{pointer}"
        );
    }
}
