//! The published sets: RLP, whole tries with every key proved, and proofs that must fail.

use std::collections::BTreeMap;

use light_client::{
    Hash32,
    proof::{
        keccak256, mpt,
        rlp::{self, Item, Reader, RlpRejection, encode_integer, encode_list, encode_string},
    },
};
use serde_json::Value;
use tests::{Files, damage};

use super::{hash, text, unhex};
use crate::conformance::rows;

rows! {
    run rlp_values ["ethereum/rlp_tests/rlptest.json"];
    run rlp_validity ["ethereum/rlp_tests/invalidRLPTest.json", "ethereum/rlp_tests/RandomRLPTests/example.json"];
    run whole_tries [
        "ethereum/trie_tests/hex_encoded_securetrie_test.json",
        "ethereum/trie_tests/trieanyorder*.json",
        "ethereum/trie_tests/trietest.json",
        "ethereum/trie_tests/trietest_secureTrie.json",
    ];
    left_out ["ethereum/trie_tests/trietestnextprev.json"]
        "neighbours of keys in a database; the verifier holds no trie to iterate over";
    run proofs_that_must_fail ["ethereum/mpt_negative/*.json"];
}

/// Reads all of an item, lists included.
fn read_through(item: Item<'_>) -> Result<(), RlpRejection> {
    if let Item::List(mut items) = item {
        while !items.is_empty() {
            read_through(items.item()?)?;
        }
    }
    Ok(())
}

fn is_valid(bytes: &[u8]) -> Result<(), RlpRejection> {
    rlp::decode(bytes).and_then(read_through)
}

fn rlp_values(files: &Files) {
    for path in files.paths() {
        for (name, case) in files.json(path).as_object().expect("cases") {
            let expected = unhex(text(&case["out"]));
            let mut written = Vec::new();
            encode(&case["in"], &mut written);
            assert_eq!(written, expected, "{name}");
            assert_eq!(is_valid(&expected), Ok(()), "{name}");
            let same = |bytes: &[u8]| is_valid(bytes).map(|()| bytes == expected);
            for damaged in damage::damaged(&expected).filter(|bytes| bytes.len() != expected.len()) {
                assert_ne!(same(&damaged), Ok(true), "{name}");
            }
            assert!(
                is_valid(&[&expected[..], &[0]].concat()).is_err(),
                "{name}: trailing byte"
            );
        }
    }
}

/// Text, a number, `#` and a large number, or a list of these.
fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => match text.strip_prefix('#') {
            Some(number) => {
                let number: ruint::Uint<320, 5> = number.parse().expect("a number");
                encode_integer(out, &number.to_be_bytes::<40>());
            }
            None => encode_string(out, text.as_bytes()),
        },
        Value::Number(number) => encode_integer(out, &number.as_u64().expect("a number").to_be_bytes()),
        Value::Array(items) => encode_list(out, |out| items.iter().for_each(|item| encode(item, out))),
        other => panic!("not a value: {other}"),
    }
}

fn rlp_validity(files: &Files) {
    for path in files.paths() {
        for (name, case) in files.json(path).as_object().expect("cases") {
            let outcome = is_valid(&unhex(text(&case["out"])));
            assert_eq!(outcome.is_ok(), case["in"] == "VALID", "{name}: {outcome:?}");
        }
    }
}

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// Every key of each trie is proved, as are keys beside them; strict prefixes and surplus nodes are refused.
fn whole_tries(files: &Files) {
    for path in files.paths() {
        let is_secure = path.to_lowercase().contains("secure");
        for (name, case) in files.json(path).as_object().expect("cases") {
            let entries: Entries = entries(&case["in"])
                .into_iter()
                .map(|(key, value)| {
                    (
                        if is_secure {
                            keccak256(&key).0.to_vec()
                        } else {
                            key
                        },
                        value,
                    )
                })
                .collect();
            let root = hash(&case["root"]);
            let nodes = Nodes::of(&entries);
            assert_eq!(nodes.root(), root, "{path} {name}");
            for key in entries.keys() {
                checks_key(&nodes, &root, key, entries.get(key));
                let mut beside = key.clone();
                *beside.last_mut().expect("a key") ^= 0x11;
                checks_key(&nodes, &root, &beside, entries.get(&beside));
            }
        }
    }
}

fn checks_key(nodes: &Nodes, root: &Hash32, key: &[u8], expected: Option<&Vec<u8>>) {
    let proof = nodes.proof(key);
    assert_eq!(mpt::verify(root, key, &proof), Ok(expected.map(Vec::as_slice)));
    for kept in 0..proof.len() {
        assert!(mpt::verify(root, key, &proof[..kept]).is_err(), "a strict prefix");
    }
    let surplus = [&proof[..], &proof[..1]].concat();
    assert!(mpt::verify(root, key, &surplus).is_err(), "a surplus node");
    for (position, node) in proof.iter().enumerate() {
        damage::refuses_all_damage("node", node, |damaged| {
            let mut proof = proof.clone();
            proof[position] = damaged.to_vec();
            mpt::verify(root, key, &proof).map(|value| value.map(<[u8]>::to_vec))
        });
    }
}

/// Pairs in order, null deleting what was there, or an object.
fn entries(value: &Value) -> Entries {
    let bytes = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => unhex(digits),
        None => text.as_bytes().to_vec(),
    };
    let pairs: Vec<(String, Value)> = match value {
        Value::Array(pairs) => pairs
            .iter()
            .map(|pair| (text(&pair[0]).into(), pair[1].clone()))
            .collect(),
        Value::Object(pairs) => pairs.clone().into_iter().collect(),
        other => panic!("no entries: {other}"),
    };
    let mut entries = Entries::new();
    for (key, value) in pairs {
        match value.as_str() {
            Some(value) => entries.insert(bytes(&key), bytes(value)),
            None => entries.remove(&bytes(&key)),
        };
    }
    entries
}

/// A trie built the obvious way, with its nodes by what refers to them.
struct Nodes {
    root: Vec<u8>,
    by_reference: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Nodes {
    fn of(entries: &Entries) -> Self {
        let nibbles = |key: &[u8]| key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        let entries: Entries = entries
            .iter()
            .map(|(key, value)| (nibbles(key), value.clone()))
            .collect();
        let mut nodes = Self {
            root: vec![0x80],
            by_reference: BTreeMap::new(),
        };
        nodes.root = nodes.build(&entries);
        nodes
    }

    fn root(&self) -> Hash32 {
        keccak256(&self.root)
    }

    fn build(&mut self, entries: &Entries) -> Vec<u8> {
        let Some(first) = entries.keys().next() else {
            return vec![0x80];
        };
        let below = |nibbles: &[u8]| -> Entries {
            let rest = |key: &Vec<u8>| key.strip_prefix(nibbles).map(<[u8]>::to_vec);
            entries
                .iter()
                .filter_map(|(key, value)| Some((rest(key)?, value.clone())))
                .collect()
        };
        let shared = (0..=first.len())
            .rev()
            .find(|length| below(&first[..*length]).len() == entries.len());
        let shared = &first[..shared.unwrap_or(0)];
        let mut node = Vec::new();
        if entries.len() == 1 {
            encode_list(&mut node, |out| {
                encode_string(out, &hex_prefix(first, 2));
                encode_string(out, &entries[first]);
            });
        } else if !shared.is_empty() {
            let child = self.reference(&below(shared));
            encode_list(&mut node, |out| {
                encode_string(out, &hex_prefix(shared, 0));
                out.extend(child);
            });
        } else {
            let children: Vec<u8> = (0..16)
                .flat_map(|nibble| self.reference(&below(&[nibble])))
                .collect();
            encode_list(&mut node, |out| {
                out.extend(children);
                encode_string(out, entries.get(&vec![]).map_or(&[], Vec::as_slice));
            });
        }
        node
    }

    fn reference(&mut self, entries: &Entries) -> Vec<u8> {
        let node = self.build(entries);
        if node.len() < 32 {
            return node;
        }
        let mut reference = Vec::new();
        encode_string(&mut reference, &keccak256(&node).0);
        self.by_reference.insert(keccak256(&node).0.to_vec(), node);
        reference
    }

    /// Asks the verifier which node it misses until it misses none.
    fn proof(&self, key: &[u8]) -> Vec<Vec<u8>> {
        let mut proof = vec![self.root.clone()];
        while let Err(mpt::MptRejection::MissingNode { .. }) = mpt::verify(&self.root(), key, &proof) {
            let candidates = self.by_reference.values();
            let next = candidates
                .map(|node| [&proof[..], std::slice::from_ref(node)].concat())
                .find(|longer| {
                    !matches!(
                        mpt::verify(&self.root(), key, longer),
                        Err(mpt::MptRejection::HashMismatch { .. })
                    )
                });
            proof = next.expect("a node of the trie");
        }
        proof
    }
}

fn hex_prefix(path: &[u8], flag: u8) -> Vec<u8> {
    let odd = path.len() % 2;
    let mut nibbles = vec![flag + odd as u8];
    nibbles.resize(2 - odd, 0);
    nibbles.extend(path);
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The key whose walk these nodes are, the last one a leaf.
pub(super) fn key_of(nodes: &[Vec<u8>]) -> Vec<u8> {
    let mut nibbles = Vec::new();
    for (node, next) in nodes.iter().zip(nodes.iter().skip(1).map(Some).chain([None])) {
        let items = items(node);
        match (&items[..], next) {
            ([path, _], _) => {
                let path = Reader::new(path).string().expect("a path");
                nibbles.extend(path_nibbles(path));
            }
            (children, Some(next)) => {
                let hash = keccak256(next).0;
                let taken = children
                    .iter()
                    .position(|child| child.ends_with(&hash))
                    .expect("the next node");
                nibbles.push(taken as u8);
            }
            _ => panic!("the last node is a branch"),
        }
    }
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The nibbles behind the flag of a path.
pub(super) fn path_nibbles(bytes: &[u8]) -> Vec<u8> {
    let nibbles: Vec<u8> = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    nibbles[if nibbles[0] % 2 == 1 { 1 } else { 2 }..].to_vec()
}

/// The encoded items of a node.
fn items(node: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = rlp::decode(node).and_then(Item::list).expect("a node");
    let mut items = Vec::new();
    while !reader.is_empty() {
        items.push(reader.encoded_item().expect("an item").1.to_vec());
    }
    items
}

/// How an invalid case of the set must end here.
enum Ending {
    /// The set has no proofs of absence; ours shows that the key holds nothing.
    ProvedAbsent,
    /// With this rejection.
    Refused(&'static str),
}
use Ending::{ProvedAbsent, Refused};

/// The invalid cases, the set's reason for each, and our ending.
///
/// The last node of `wrongKeyProof` is embedded in the one above it, beside the key's way: the node on the way is missing.
/// That of `invalidDataRemainder` has bytes behind it and so is not the embedded one: nothing refers to it.
const INVALID: [(&str, &str, Ending); 11] = [
    (
        "nonexistentKey1",
        "MerkleTrie: path remainder must share all nibbles with key",
        ProvedAbsent,
    ),
    (
        "nonexistentKey2",
        "MerkleTrie: path remainder must share all nibbles with key",
        ProvedAbsent,
    ),
    (
        "wrongKeyProof",
        "MerkleTrie: invalid internal node hash",
        Refused("MissingNode"),
    ),
    (
        "corruptedProof",
        "UnexpectedString.selector",
        Refused("HashMismatch"),
    ),
    (
        "invalidDataRemainder",
        "InvalidDataRemainder.selector",
        Refused("SurplusNodes"),
    ),
    (
        "invalidInternalNodeHash",
        "MerkleTrie: invalid internal node hash",
        Refused("HashMismatch"),
    ),
    (
        "zeroBranchValueLength",
        "MerkleTrie: value length must be greater than zero (branch)",
        ProvedAbsent,
    ),
    ("zeroLengthKey", "MerkleTrie: empty key", Refused("EmptyKey")),
    (
        "smallerPathThanKey1",
        "MerkleTrie: path remainder must share all nibbles with key",
        ProvedAbsent,
    ),
    (
        "smallerPathThanKey2",
        "MerkleTrie: path remainder must share all nibbles with key",
        ProvedAbsent,
    ),
    (
        "extraProofElements",
        "MerkleTrie: value node must be last node in proof (leaf)",
        Refused("SurplusNodes"),
    ),
];

/// Both kinds of cases, by name. The set lists embedded nodes again behind the node that holds them; ours does not.
fn proofs_that_must_fail(files: &Files) {
    let mut invalid = BTreeMap::from(INVALID.map(|(name, reason, ending)| (name, (reason, ending))));
    for path in files.paths() {
        for case in files.json(path)["vectors"].as_array().expect("vectors") {
            let name = text(&case["name"]).trim_start_matches("test_get_");
            let (root, key) = (hash(&case["root"]), unhex(text(&case["key"])));
            let proof = without_embedded(&listed(case));
            let outcome = mpt::verify(&root, &key, &proof);
            if case["valid"] == true {
                assert_eq!(outcome, Ok(Some(&unhex(text(&case["value"]))[..])), "{name}");
                continue;
            }
            let (reason, ending) = invalid.remove(name.trim_end_matches("_reverts")).expect(name);
            assert_eq!(text(&case["expected_error"]), reason, "{name}");
            match ending {
                ProvedAbsent => assert_eq!(outcome, Ok(None), "{name}"),
                Refused(variant) => {
                    let rejection = outcome.expect_err(name);
                    assert_eq!(<&str>::from(rejection), variant, "{name}");
                    assert!(
                        mpt::verify(&root, &key, &listed(case)).is_err(),
                        "{name} as listed"
                    );
                }
            }
        }
    }
    assert!(invalid.is_empty(), "cases that are not in the set");
}

fn listed(case: &Value) -> Vec<Vec<u8>> {
    let nodes = case["proof"].as_array().expect("nodes").iter();
    nodes.map(|node| unhex(text(node))).collect()
}

/// Drops a node that its predecessor holds as an item.
fn without_embedded(listed: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut proof: Vec<Vec<u8>> = Vec::new();
    let mut above: &[u8] = &[];
    for node in listed {
        let is_embedded = node.len() < 32 && rlp::decode(above).is_ok() && items(above).contains(node);
        if !is_embedded {
            proof.push(node.clone());
        }
        above = node;
    }
    proof
}
