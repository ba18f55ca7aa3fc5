//! Portal network vectors of the state: single trie nodes, each with the proof that leads to it from a block's header.
//!
//! The key of a content names the node's hash and its path. A leaf proves a value. A branch or an extension alone proves
//! none: its proof is walked from the root to it, and must go on below it.

use light_client::{
    Hash32,
    ethereum::execution::VerifiedHeader,
    proof::{
        keccak256,
        mpt::{self, MptRejection},
        rlp::{self, Item},
    },
};
use serde::Deserialize;
use tests::{Files, damage};

use super::{byte_lists, parts, tries::path_nibbles, unhex};
use crate::conformance::rows;

rows! {
    run account_nodes ["ethereum/mainnet/portal_state_proofs/account_trie_node.yaml"];
    run storage_nodes ["ethereum/mainnet/portal_state_proofs/contract_storage_trie_node.yaml"];
    run bytecode ["ethereum/mainnet/portal_state_proofs/contract_bytecode.yaml"];
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

fn account_nodes(files: &Files) {
    for node in Node::all(files) {
        let key = unhex(&node.content_key);
        let offer = unhex(&node.content_value_offer);
        let header = node.header(&offer[4..36]);
        let nodes = byte_lists(parts(&offer, 1)[0]);
        checks_nodes(&header.fields().state_root, &nodes, &key[5..], &node.retrieved());
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
        checks_nodes(
            &storage_root(&leaf),
            &byte_lists(storage),
            &key[37..],
            &node.retrieved(),
        );
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
        assert_eq!(keccak256(code).0, key[33..65], "the code that the key names");
        assert_eq!(code, node.retrieved());
    }
}

/// The leaf under the hash of an address.
fn account_leaf(header: &VerifiedHeader, address_hash: &[u8], nodes: &[Vec<u8>]) -> Vec<u8> {
    let leaf = mpt::verify(&header.fields().state_root, address_hash, nodes).expect("a valid proof");
    leaf.expect("an account").to_vec()
}

/// Nonce, balance, storage root, code hash.
fn storage_root(leaf: &[u8]) -> Hash32 {
    let mut fields = rlp::decode(leaf).and_then(Item::list).expect("an account");
    fields.u64().expect("a nonce");
    fields.u256().expect("a balance");
    Hash32(fields.fixed().expect("a root"))
}

/// The last node of a proof is the one that `named`, its hash and its path, names and the one retrieved.
fn checks_nodes(root: &Hash32, nodes: &[Vec<u8>], named: &[u8], retrieved: &[u8]) {
    let (hash, path) = named.split_at(32);
    let last = nodes.last().expect("a node");
    assert_eq!(last, retrieved);
    assert_eq!(keccak256(last).0, hash);
    // The packed form of a path is that of an extension.
    let path = path_nibbles(path);
    match leaf_path(last) {
        Some(rest) => checks_leaf(root, nodes, &bytes(&[path, rest].concat())),
        None => checks_branch(root, nodes, &path),
    }
}

fn checks_leaf(root: &Hash32, nodes: &[Vec<u8>], key: &[u8]) {
    assert!(mpt::verify(root, key, nodes).expect("a valid proof").is_some());
    for (position, node) in nodes.iter().enumerate() {
        damage::refuses_all_damage("node", node, |damaged| {
            let mut nodes = nodes.to_vec();
            nodes[position] = damaged.to_vec();
            mpt::verify(root, key, &nodes).map(|value| value.map(<[u8]>::to_vec))
        });
    }
}

/// Below the branch, a child is missing from the proof or proved not to be; nothing else can stop the walk there.
fn checks_branch(root: &Hash32, nodes: &[Vec<u8>], path: &[u8]) {
    let missing = Err(MptRejection::MissingNode { node: nodes.len() });
    let keys = (0..16).map(|nibble| {
        let mut key = [path, &[nibble]].concat();
        key.resize(64, 0);
        bytes(&key)
    });
    let (open, absent): (Vec<_>, Vec<_>) = keys.partition(|key| mpt::verify(root, key, nodes) == missing);
    assert!(open.len() >= 2, "a branch has two children");
    absent
        .iter()
        .for_each(|key| assert_eq!(mpt::verify(root, key, nodes), Ok(None)));
    for (position, node) in nodes.iter().enumerate() {
        for damaged in damage::damaged(node) {
            let mut nodes = nodes.to_vec();
            nodes[position] = damaged;
            let outcome = mpt::verify(root, &open[0], &nodes);
            assert!(matches!(outcome, Err(MptRejection::HashMismatch { node, .. }) if node == position));
        }
    }
}

/// The path of a leaf, `None` for other nodes.
fn leaf_path(node: &[u8]) -> Option<Vec<u8>> {
    let mut items = rlp::decode(node).and_then(Item::list).expect("a node");
    let path = items.string().expect("a path or a child");
    items.item().expect("a second item");
    (items.is_empty() && path[0] >= 0x20).then(|| path_nibbles(path))
}

fn bytes(nibbles: &[u8]) -> Vec<u8> {
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
