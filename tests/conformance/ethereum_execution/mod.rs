//! Execution-layer vectors: RPC answers, raw blocks, proofs and the published trie and RLP sets.
//!
//! Whole blocks are rebuilt to their receipts root, and single proofs are built from them by the peer and verified here.

mod beacon_blocks;
mod blocks;
pub(super) mod ibc;
mod nodes;
mod portal;
mod portal_state;
mod proofs;
mod tries;

use alloy_trie::{HashBuilder, Nibbles, proof::ProofRetainer};
use light_client::{
    Hash32,
    ethereum::execution::{
        Address, BlockReceipts, Events, EventsRejection, ExecutionHeader, ProvenReceipt, VerifiedHeader,
        events_of,
    },
    proof::mpt,
};
use serde_json::Value;

use crate::conformance::Row;

/// The rows of all files here.
pub(super) const ROWS: &[&[Row]] = &[
    beacon_blocks::ROWS,
    blocks::ROWS,
    nodes::ROWS,
    portal::ROWS,
    portal_state::ROWS,
    proofs::ROWS,
    tries::ROWS,
];

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn hash(value: &Value) -> Hash32 {
    text(value).parse().expect("a hash")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}"))
}

/// The header with the hash that the node declares for it.
fn verified((header, declared): (ExecutionHeader, Hash32)) -> VerifiedHeader {
    VerifiedHeader::from_fields(&declared, header).expect("the header is that of the block")
}

/// Everything that holds for a block whose receipts were rebuilt to its root: every single proof, and its events by bloom.
fn checks_every_receipt_of(header: &VerifiedHeader, block: &BlockReceipts) {
    let leaves: Vec<_> = block.receipts().iter().map(|receipt| receipt.encode()).collect();
    let again = BlockReceipts::from_raw(header, &leaves).expect("the same receipts, raw");
    assert_eq!(&again, block);
    let proofs = ordered_proofs(&leaves);
    for ((index, receipt), proof) in (0..).zip(block.receipts()).zip(&proofs) {
        let proven =
            ProvenReceipt::verify(&header.fields().receipts_root, index, proof).expect("a valid proof");
        assert_eq!(proven.receipt(), receipt);
    }
    a_block_without_events_is_proved_empty(header, block);
}

/// For each of many addresses: none of its logs is missed, and the bloom alone decides for those that it does not contain.
fn a_block_without_events_is_proved_empty(header: &VerifiedHeader, block: &BlockReceipts) {
    let mut by_bloom = 0;
    let strangers = (0..=255).map(|byte| Address([byte; 20]));
    let emitters = block.logs().map(|(_, log)| log.emitter);
    for address in strangers.chain(emitters) {
        let logs = block.logs().filter(|(_, log)| log.emitter == address).count();
        match events_of(header, &address, None) {
            Ok(Events::ProvedEmptyByBloom) => {
                assert_eq!(logs, 0);
                by_bloom += 1;
            }
            Err(EventsRejection::ReceiptsNeeded { .. }) => {
                let Ok(Events::Proved(events)) = events_of(header, &address, Some(block)) else {
                    panic!("{address}: all receipts settle it");
                };
                assert_eq!(events.len(), logs);
            }
            other => panic!("{address}: {other:?}"),
        }
    }
    assert!(by_bloom > 0, "no address is proved absent by the bloom");
}

/// Proofs of each value of an ordered trie, built by the peer.
fn ordered_proofs(values: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let keys: Vec<_> = (0..values.len() as u64)
        .map(|index| mpt::index_key(index).as_ref().to_vec())
        .collect();
    let entries = keys.iter().cloned().zip(values.iter().cloned()).collect();
    proofs(&entries, &keys).1
}

/// The root and proofs of `keys` in the trie of `entries`, built by the peer; embedded nodes are left in their parents.
fn proofs(
    entries: &std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
    keys: &[Vec<u8>],
) -> (Hash32, Vec<Vec<Vec<u8>>>) {
    let targets: Vec<_> = keys.iter().map(Nibbles::unpack).collect();
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(targets.clone()));
    for (key, value) in entries {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = Hash32(builder.root().0);
    let nodes = builder.take_proof_nodes();
    let proofs = targets.iter().map(|target| {
        let nodes = nodes.matching_nodes_sorted(target);
        let kept = nodes.iter().enumerate();
        kept.filter(|(position, (_, node))| *position == 0 || node.len() >= 32)
            .map(|(_, (_, node))| node.to_vec())
            .collect()
    });
    (root, proofs.collect())
}

/// The variable parts of an SSZ container that starts with `count` offsets.
fn parts(bytes: &[u8], count: usize) -> Vec<&[u8]> {
    let mut offsets: Vec<usize> = (0..count).map(|index| offset(bytes, index)).collect();
    offsets.push(bytes.len());
    offsets
        .windows(2)
        .map(|range| &bytes[range[0]..range[1]])
        .collect()
}

fn offset(bytes: &[u8], index: usize) -> usize {
    let bytes = bytes[4 * index..4 * index + 4].try_into().expect("four bytes");
    u32::from_le_bytes(bytes) as usize
}

/// An SSZ list of byte lists.
fn byte_lists(bytes: &[u8]) -> Vec<Vec<u8>> {
    let count = if bytes.is_empty() { 0 } else { offset(bytes, 0) / 4 };
    parts(bytes, count).into_iter().map(<[u8]>::to_vec).collect()
}
