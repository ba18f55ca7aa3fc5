//! Root of a trie over a list: the key of each value is the RLP of its index, as for transactions, receipts and withdrawals.
//!
//! Every value is needed to rebuild the root, so a root that matches shows that nothing was left out.
//!
//! ```text
//!  keys in their order:  01 02 .. 7f | 80 (index 0) | 8180 .. 81ff | 820100 ..     no key is the start of another,
//!                                                                                  so that no branch holds a value
//! ```

use alloc::vec::Vec;

use crate::{
    Hash32,
    proof::{
        keccak::keccak256_of,
        rlp::{Header, encode_string},
    },
};

use super::{EMPTY_ROOT, HASHED_FROM_BYTES};

/// The RLP of an index: the key of the value at that index.
pub fn index_key(index: u64) -> IndexKey {
    let big_endian = index.to_be_bytes();
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    let digits = big_endian.get(zeros..).unwrap_or_default();
    let mut key = IndexKey::default();
    match digits {
        [0..=0x7f] => key.extend(&[digits]),
        _ => key.extend(&[Header::of_string(digits.len()).as_bytes(), digits]),
    }
    key
}

/// A short byte string: the key of an index, or a path made of one.
pub type IndexKey = Short<10>;

/// At most `N` bytes, without the heap.
#[derive(Clone, Copy, Debug)]
pub struct Short<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Short<N> {
    fn default() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }
}

impl<const N: usize> AsRef<[u8]> for Short<N> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl<const N: usize> Short<N> {
    /// Appends the parts, which fit by the caller's bound.
    fn extend(&mut self, parts: &[&[u8]]) {
        for byte in parts.iter().copied().flatten() {
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = *byte;
                self.length = self.length.saturating_add(1);
            }
        }
    }

    fn nibble(&self, position: usize) -> Option<u8> {
        let byte = self.as_ref().get(position >> 1)?;
        Some(if position & 1 == 0 { byte >> 4 } else { byte & 0x0f })
    }

    fn nibbles(&self) -> usize {
        self.length.saturating_mul(2)
    }
}

/// Root of the trie that holds `values[i]` under [`index_key`]`(i)`.
pub fn ordered_root<V: AsRef<[u8]>>(values: &[V]) -> Hash32 {
    let entries: Vec<Entry<'_>> = key_order(values.len())
        .filter_map(|index| {
            Some(Entry {
                key: index_key(u64::try_from(index).ok()?),
                value: values.get(index)?.as_ref(),
            })
        })
        .collect();
    if entries.is_empty() {
        return EMPTY_ROOT;
    }
    subtree(&entries, 0, |parts| keccak256_of(parts.iter().copied()))
}

/// The indexes below `count` in the order of their keys: 1 to 127, 0, 128 and so on.
fn key_order(count: usize) -> impl Iterator<Item = usize> {
    let one_byte = 1..count.min(128);
    one_byte.chain(core::iter::once(0)).chain(128..count)
}

struct Entry<'a> {
    key: IndexKey,
    value: &'a [u8],
}

/// What stands in a parent for a node.
enum Child {
    Hash(Hash32),
    Embedded(Short<HASHED_FROM_BYTES>),
}

impl Child {
    fn of(parts: &[&[u8]]) -> Self {
        let length = parts
            .iter()
            .fold(0_usize, |length, part| length.saturating_add(part.len()));
        if length < HASHED_FROM_BYTES {
            let mut node = Short::default();
            node.extend(parts);
            Self::Embedded(node)
        } else {
            Self::Hash(keccak256_of(parts.iter().copied()))
        }
    }

    fn append_to(&self, payload: &mut Vec<u8>) {
        match self {
            Self::Hash(hash) => {
                payload.extend_from_slice(Header::of_string(hash.0.len()).as_bytes());
                payload.extend_from_slice(&hash.0);
            }
            Self::Embedded(node) => payload.extend_from_slice(node.as_ref()),
        }
    }
}

/// The node above `entries`, whose keys agree in their first `depth` nibbles: `seal` makes of its encoding what is wanted.
fn subtree<R>(entries: &[Entry<'_>], depth: usize, seal: impl FnOnce(&[&[u8]]) -> R) -> R {
    if let [entry] = entries {
        return leaf(entry, depth, seal);
    }
    let shared = shared_nibbles(entries, depth);
    if shared == depth {
        return branch(entries, depth, seal);
    }
    let key = entries.first().map(|entry| entry.key).unwrap_or_default();
    let path = hex_prefix(&key, depth..shared, 0);
    let mut payload = Vec::with_capacity(64);
    encode_string(&mut payload, path.as_ref());
    branch(entries, shared, Child::of).append_to(&mut payload);
    seal(&[Header::of_list(payload.len()).as_bytes(), &payload])
}

/// Where the keys part: they are in order, so that the first and the last decide.
fn shared_nibbles(entries: &[Entry<'_>], depth: usize) -> usize {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return depth;
    };
    (depth..first.key.nibbles())
        .find(|position| first.key.nibble(*position) != last.key.nibble(*position))
        .unwrap_or(depth)
}

fn leaf<R>(entry: &Entry<'_>, depth: usize, seal: impl FnOnce(&[&[u8]]) -> R) -> R {
    let path = hex_prefix(&entry.key, depth..entry.key.nibbles(), 2);
    let mut front = Vec::with_capacity(32);
    encode_string(&mut front, path.as_ref());
    if !matches!(entry.value, [0..=0x7f]) {
        front.extend_from_slice(Header::of_string(entry.value.len()).as_bytes());
    }
    let header = Header::of_list(front.len().saturating_add(entry.value.len()));
    seal(&[header.as_bytes(), &front, entry.value])
}

fn branch<R>(entries: &[Entry<'_>], depth: usize, seal: impl FnOnce(&[&[u8]]) -> R) -> R {
    let mut payload = Vec::with_capacity(17 * 33);
    let mut rest = entries;
    for nibble in 0..16 {
        let below = rest.partition_point(|entry| entry.key.nibble(depth) <= Some(nibble));
        let (group, after) = rest.split_at_checked(below).unwrap_or((rest, &[]));
        rest = after;
        if group.is_empty() {
            payload.push(0x80);
        } else {
            subtree(group, depth.saturating_add(1), Child::of).append_to(&mut payload);
        }
    }
    payload.push(0x80);
    seal(&[Header::of_list(payload.len()).as_bytes(), &payload])
}

/// The nibbles `range` of a key behind a flag (`leaf_flag` is 2 for a leaf, 0 for an extension).
fn hex_prefix(key: &IndexKey, range: core::ops::Range<usize>, leaf_flag: u8) -> IndexKey {
    let mut nibbles = range.clone().filter_map(|position| key.nibble(position));
    let mut path = IndexKey::default();
    let first = if range.len() % 2 == 1 {
        ((leaf_flag | 1) << 4) | nibbles.next().unwrap_or(0)
    } else {
        leaf_flag << 4
    };
    path.extend(&[&[first]]);
    while let (Some(high), Some(low)) = (nibbles.next(), nibbles.next()) {
        path.extend(&[&[(high << 4) | low]]);
    }
    path
}
