//! Portal network vectors: headers of every fork, whole blocks with slim receipts, and single trie nodes with their proofs.

use light_client::{
    Hash32,
    ethereum::execution::{
        Address, BlockReceipts, Log, Outcome, Receipt, TransactionType, VerifiedHeader, account, logs_bloom,
    },
    proof::{
        keccak256,
        mpt::{self, MptRejection},
        rlp::{self, Item, Reader},
    },
};
use serde::Deserialize;
use tests::{Files, damage};

use super::{checks_every_receipt_of, unhex};
use crate::conformance::rows;

rows! {
    run headers ["ethereum/mainnet/portal_headers_with_proof/*.yaml", "ethereum/mainnet/portal_headers_with_proof/*.json"];
    run blocks ["ethereum/mainnet/portal_block_data/*.yaml"];
    run account_nodes ["ethereum/mainnet/portal_state_proofs/account_trie_node.yaml"];
    run storage_nodes ["ethereum/mainnet/portal_state_proofs/contract_storage_trie_node.yaml"];
    run bytecode ["ethereum/mainnet/portal_state_proofs/contract_bytecode.yaml"];
}

#[derive(Deserialize)]
struct Content {
    content_key: String,
    content_value: String,
}

/// The key names the block's hash; the value holds its header and a proof to a historical accumulator.
fn headers(files: &Files) {
    for path in files.paths() {
        let contents: Vec<Content> = if path.ends_with(".json") {
            let values: std::collections::BTreeMap<String, Content> =
                serde_json::from_slice(&files.read(path)).expect(path);
            values.into_values().collect()
        } else {
            vec![serde_saphyr::from_str(&files.text(path)).expect(path)]
        };
        for content in contents {
            let (key, value) = (unhex(&content.content_key), unhex(&content.content_value));
            let hash = Hash32::try_from(&key[1..]).expect("a block hash");
            let header = parts(&value, 2)[0];
            let verified = VerifiedHeader::from_rlp(&hash, header).expect(path);
            assert_eq!(verified.fields().encode().as_deref(), Ok(header), "{path}");
            damage::refuses_all_damage(path, header, |bytes| VerifiedHeader::from_rlp(&hash, bytes));
        }
    }
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

#[derive(Deserialize)]
struct Block {
    header: String,
    receipts: String,
}

/// Receipts without bloom: `[type, outcome, cumulative gas, logs]`. The blooms are rebuilt from the logs.
fn blocks(files: &Files) {
    for path in files.paths() {
        let block: Block = serde_saphyr::from_str(&files.text(path)).expect(path);
        let header = unhex(&block.header);
        let header = VerifiedHeader::from_rlp(&keccak256(&header), &header).expect(path);
        let bytes = unhex(&block.receipts);
        let mut items = rlp::decode(&bytes).and_then(Item::list).expect(path);
        let mut leaves = Vec::new();
        while !items.is_empty() {
            leaves.push(slim_receipt(items.list().expect(path)).encode());
        }
        let block = BlockReceipts::from_raw(&header, &leaves).expect(path);
        checks_every_receipt_of(&header, &block);
    }
}

fn slim_receipt(mut fields: Reader<'_>) -> Receipt {
    let transaction_type = fields.u64().expect("a type");
    let outcome = match fields.string().expect("an outcome") {
        [] => Outcome::Reverted,
        [1] => Outcome::Succeeded,
        root => Outcome::StateRoot(root.try_into().expect("a root")),
    };
    let cumulative_gas_used = fields.u64().expect("gas");
    let mut items = fields.list().expect("logs");
    let mut logs = Vec::new();
    while !items.is_empty() {
        logs.push(log(items.list().expect("a log")));
    }
    Receipt {
        transaction_type: TransactionType::from_number(transaction_type).expect("a known type"),
        outcome,
        cumulative_gas_used,
        bloom: logs_bloom(&logs),
        logs,
    }
}

fn log(mut fields: Reader<'_>) -> Log {
    let emitter = Address(fields.fixed().expect("an emitter"));
    let mut items = fields.list().expect("topics");
    let mut topics = Vec::new();
    while !items.is_empty() {
        topics.push(Hash32(items.fixed().expect("a topic")));
    }
    let data = fields.string().expect("data").to_vec();
    Log {
        emitter,
        topics,
        data,
    }
}

#[derive(Deserialize)]
struct Node {
    block_header: String,
    content_key: String,
    content_value_offer: String,
    content_value_retrieval: String,
}

impl Node {
    fn all(files: &Files) -> Vec<Self> {
        let paths: Vec<_> = files.paths().collect();
        let [path] = paths[..] else {
            panic!("one file: {paths:?}");
        };
        serde_saphyr::from_str(&files.text(path)).expect(path)
    }

    /// The header of the block that the offer names.
    fn header(&self, block_hash: &[u8]) -> VerifiedHeader {
        let hash = Hash32::try_from(block_hash).expect("a block hash");
        VerifiedHeader::from_rlp(&hash, &unhex(&self.block_header)).expect("the block's header")
    }

    /// What is retrieved by the key: a container of one byte list.
    fn retrieved(&self) -> Vec<u8> {
        unhex(&self.content_value_retrieval)[4..].to_vec()
    }
}

/// The last node of a proof is the one retrieved. A leaf proves its key; an inner node is reached and leaves the next one open.
fn checks_nodes(root: &Hash32, nodes: &[Vec<u8>], retrieved: &[u8]) {
    let last = nodes.last().expect("a node");
    assert_eq!(last, retrieved);
    if is_leaf(last) {
        let key = super::tries::key_of(nodes);
        let value = mpt::verify(root, &key, nodes).expect("a valid proof");
        assert!(value.is_some());
        for (position, node) in nodes.iter().enumerate() {
            damage::refuses_all_damage("node", node, |damaged| {
                let mut nodes = nodes.to_vec();
                nodes[position] = damaged.to_vec();
                mpt::verify(root, &key, &nodes).map(|value| value.map(<[u8]>::to_vec))
            });
        }
    } else {
        let missing = MptRejection::MissingNode { node: nodes.len() };
        let keys = (0..=u16::MAX).map(|start| [&start.to_be_bytes()[..], &[0; 30]].concat());
        let mut outcomes = keys.map(|key| mpt::verify(root, &key, nodes).map(drop));
        if nodes.len() <= 4 {
            assert!(
                outcomes.any(|outcome| outcome == Err(missing)),
                "no key goes on from the last node"
            );
        }
    }
}

fn is_leaf(node: &[u8]) -> bool {
    let mut items = rlp::decode(node).and_then(Item::list).expect("a node");
    let path = items.string().expect("a path or a child");
    items.item().expect("a second item");
    items.is_empty() && path[0] >= 0x20
}

fn account_nodes(files: &Files) {
    for node in Node::all(files) {
        let key = unhex(&node.content_key);
        let offer = unhex(&node.content_value_offer);
        let header = node.header(&offer[4..36]);
        let nodes = byte_lists(parts(&offer, 1)[0]);
        assert_eq!(
            keccak256(nodes.last().expect("a node")).0,
            key[5..37],
            "the node that the key names"
        );
        checks_nodes(&header.fields().state_root, &nodes, &node.retrieved());
    }
}

fn storage_nodes(files: &Files) {
    for node in Node::all(files) {
        let key = unhex(&node.content_key);
        let offer = unhex(&node.content_value_offer);
        let header = node.header(&offer[8..40]);
        let [storage, account] = parts(&offer, 2)[..] else {
            panic!("two proofs");
        };
        let leaf = account_leaf(&header, &key[1..33], &byte_lists(account));
        checks_nodes(&storage_root(&leaf), &byte_lists(storage), &node.retrieved());
    }
}

fn bytecode(files: &Files) {
    for node in Node::all(files) {
        let key = unhex(&node.content_key);
        let offer = unhex(&node.content_value_offer);
        let header = node.header(&offer[8..40]);
        let [code, account] = parts(&offer, 2)[..] else {
            panic!("code and proof");
        };
        let leaf = account_leaf(&header, &key[1..33], &byte_lists(account));
        assert!(
            leaf.ends_with(&keccak256(code).0),
            "the code hash is the account's last field"
        );
        assert_eq!(code, node.retrieved());
    }
}

/// The leaf under the hash of an address.
fn account_leaf(header: &VerifiedHeader, address_hash: &[u8], nodes: &[Vec<u8>]) -> Vec<u8> {
    let leaf = mpt::verify(&header.fields().state_root, address_hash, nodes).expect("a valid proof");
    leaf.expect("an account").to_vec()
}

fn storage_root(leaf: &[u8]) -> Hash32 {
    let mut fields = rlp::decode(leaf).and_then(Item::list).expect("an account");
    fields.u64().expect("a nonce");
    fields.u256().expect("a balance");
    let root = Hash32(fields.fixed().expect("a root"));
    assert_ne!(root, account::EMPTY_CODE_HASH);
    root
}
