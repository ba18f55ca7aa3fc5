//! The obvious way: builds a trie from nibble lists, and verifies by copying every node's items.

use std::{collections::BTreeMap, vec, vec::Vec};

use super::{Entries, Hash32, MAX_NODE_BYTES, keccak256, node, string};
use crate::proof::rlp::{Item, decode};

fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect()
}

fn hex_prefix(path: &[u8], leaf: bool) -> Vec<u8> {
    let flag = if leaf { 2 } else { 0 } + (path.len() % 2) as u8;
    let mut all = vec![flag];
    if path.len().is_multiple_of(2) {
        all.push(0);
    }
    all.extend(path);
    all.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

/// The node above entries given by what is left of their keys; every node made goes into `made`.
fn build(entries: &BTreeMap<Vec<u8>, Vec<u8>>, made: &mut BTreeMap<Hash32, Vec<u8>>) -> Vec<u8> {
    let first = entries.keys().next().expect("not empty");
    let shared = (0..first.len())
        .take_while(|at| entries.keys().all(|key| key.get(*at) == Some(&first[*at])))
        .count();
    let bytes = if entries.len() == 1 {
        node(&[&string(&hex_prefix(first, true)), &string(&entries[first])])
    } else if shared > 0 {
        let below = entries
            .iter()
            .map(|(key, value)| (key[shared..].to_vec(), value.clone()));
        let child = reference(build(&below.collect(), made));
        node(&[&string(&hex_prefix(&first[..shared], false)), &child])
    } else {
        let mut items = Vec::new();
        for nibble in 0..16 {
            let below: BTreeMap<_, _> = entries
                .iter()
                .filter(|(key, _)| key.first() == Some(&nibble))
                .map(|(key, value)| (key[1..].to_vec(), value.clone()))
                .collect();
            items.push(if below.is_empty() {
                vec![0x80]
            } else {
                reference(build(&below, made))
            });
        }
        items.push(string(entries.get(&vec![]).map_or(&[][..], Vec::as_slice)));
        node(&items.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    made.insert(keccak256(&bytes), bytes.clone());
    bytes
}

fn reference(child: Vec<u8>) -> Vec<u8> {
    if child.len() < 32 {
        child
    } else {
        string(&keccak256(&child).0)
    }
}

fn by_nibbles(entries: &Entries) -> BTreeMap<Vec<u8>, Vec<u8>> {
    entries
        .iter()
        .map(|(key, value)| (nibbles(key), value.clone()))
        .collect()
}

pub(super) fn root(entries: &Entries) -> Hash32 {
    keccak256(&build(&by_nibbles(entries), &mut BTreeMap::new()))
}

/// The nodes that a walk along `key` asks for by hash.
pub(super) fn proof(entries: &Entries, key: &[u8]) -> Vec<Vec<u8>> {
    let mut made = BTreeMap::new();
    let root = keccak256(&build(&by_nibbles(entries), &mut made));
    let mut proof = Vec::new();
    walk(
        Value::Bytes(root.0.to_vec()),
        &nibbles(key),
        true,
        false,
        &mut |hash| {
            proof.push(made[&hash].clone());
            made.get(&hash).cloned()
        },
    )
    .expect("built here");
    proof
}

/// An item of a node: a byte string, or a list in its encoding.
#[derive(Clone)]
enum Value {
    Bytes(Vec<u8>),
    List(Vec<u8>),
}

/// The items of a node, owned.
fn items(node: &[u8]) -> Option<Vec<Value>> {
    let mut items = decode(node).ok()?.list().ok()?;
    let mut values = Vec::new();
    while !items.is_empty() {
        values.push(match items.encoded_item().ok()? {
            (Item::String(bytes), _) => Value::Bytes(bytes.to_vec()),
            (Item::List(_), encoding) => Value::List(encoding.to_vec()),
        });
    }
    Some(values)
}

/// Whether a key ends at the node.
pub(super) fn is_branch_with_value(node: &[u8]) -> bool {
    items(node).is_some_and(
        |items| matches!(&items[..], [children @ .., Value::Bytes(value)] if children.len() == 16 && !value.is_empty()),
    )
}

fn is_reference(value: &Value) -> bool {
    match value {
        Value::Bytes(bytes) => matches!(bytes.len(), 0 | 32),
        Value::List(encoding) => encoding.len() < 32,
    }
}

/// `Some(value)` if proved (present or absent), `None` if the proof is refused.
pub(super) fn verify<N: AsRef<[u8]>>(root: &Hash32, key: &[u8], proof: &[N]) -> Option<Option<Vec<u8>>> {
    let mut given = proof.iter().map(|node| node.as_ref().to_vec());
    let found = walk(
        Value::Bytes(root.0.to_vec()),
        &nibbles(key),
        true,
        false,
        &mut |hash| {
            given
                .next()
                .filter(|node| node.len() <= MAX_NODE_BYTES && keccak256(node) == hash)
        },
    )?;
    given.next().is_none().then_some(found)
}

/// Follows `key` from what stands for a node; `fetch` gives the node of a hash.
fn walk(
    at: Value,
    key: &[u8],
    is_root: bool,
    after_extension: bool,
    fetch: &mut dyn FnMut(Hash32) -> Option<Vec<u8>>,
) -> Option<Option<Vec<u8>>> {
    let bytes = match at {
        Value::List(encoding) => encoding,
        Value::Bytes(hash) => {
            let bytes = fetch(Hash32(hash.try_into().ok()?))?;
            if bytes.len() < 32 && !is_root {
                return None;
            }
            bytes
        }
    };
    match &*items(&bytes)? {
        [Value::Bytes(path), second] if !after_extension => {
            let all = nibbles(path);
            let path = match all.first()? {
                0 | 2 if all[1] == 0 => &all[2..],
                1 | 3 => &all[1..],
                _ => return None,
            };
            match second {
                Value::Bytes(value) if all[0] >= 2 => {
                    (!value.is_empty()).then(|| (path == key).then(|| value.clone()))
                }
                child if all[0] < 2 && !path.is_empty() && is_reference(child) => {
                    if matches!(child, Value::Bytes(hash) if hash.is_empty()) {
                        return None;
                    }
                    match key.strip_prefix(path) {
                        Some(rest) => walk(child.clone(), rest, false, true, fetch),
                        None => Some(None),
                    }
                }
                _ => None,
            }
        }
        [children @ .., Value::Bytes(value)] if children.len() == 16 => {
            let empty = |child: &Value| matches!(child, Value::Bytes(bytes) if bytes.is_empty());
            let occupied =
                children.iter().filter(|child| !empty(child)).count() + usize::from(!value.is_empty());
            if !children.iter().all(is_reference) || occupied < 2 {
                return None;
            }
            match key.split_first() {
                None => Some((!value.is_empty()).then(|| value.clone())),
                Some((nibble, _)) if empty(&children[usize::from(*nibble)]) => Some(None),
                Some((nibble, rest)) => {
                    walk(children[usize::from(*nibble)].clone(), rest, false, false, fetch)
                }
            }
        }
        _ => None,
    }
}
