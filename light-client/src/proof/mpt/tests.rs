//! Random tries built by `alloy-trie` and by a slow builder; proofs judged by three verifiers; every rejection.

use std::{collections::BTreeMap, collections::BTreeSet, vec, vec::Vec};

use alloy_primitives::{B256, Bytes};
use alloy_trie::{HashBuilder, Nibbles, proof::ProofRetainer};
use proptest::prelude::*;
use strum::VariantNames as _;

use super::*;
use crate::proof::rlp::{encode_list, encode_string};

mod slow;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// Root, and for each key the proof of what it holds, from the peer's builder.
fn peer_trie(entries: &Entries, keys: &[Vec<u8>]) -> (Hash32, Vec<Vec<Bytes>>) {
    let targets: Vec<_> = keys.iter().map(Nibbles::unpack).collect();
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(targets.clone()));
    for (key, value) in entries {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes();
    let proofs = targets.iter().map(|target| {
        let nodes = nodes.matching_nodes_sorted(target);
        let (first, below) = nodes.split_first().expect("a root");
        // The builder keeps embedded nodes too; a proof lists a node only if it is referenced by hash.
        let hashed = below.iter().map(|(_, node)| node).filter(|node| node.len() >= 32);
        std::iter::once(&first.1).chain(hashed).cloned().collect()
    });
    (Hash32(root.0), proofs.collect())
}

/// The peer takes no root node shorter than 32 bytes and, made for keys of one length, no branch with a value: no opinion
/// then.
fn peer_accepts(root: Hash32, key: &[u8], value: Option<&[u8]>, proof: &[Bytes]) -> bool {
    if proof[0].len() < 32 || proof.iter().any(|node| slow::is_branch_with_value(node)) {
        return true;
    }
    let value = value.map(<[u8]>::to_vec);
    alloy_trie::proof::verify_proof(B256::from(root.0), Nibbles::unpack(key), value, proof).is_ok()
}

/// Keys of one length that share starts, with values short enough to be embedded or long enough not to be.
fn entries() -> impl Strategy<Value = Entries> {
    let key = proptest::collection::vec(prop_oneof![Just(0x00), Just(0x01), Just(0x10), any::<u8>()], 4);
    let value = prop_oneof![
        proptest::collection::vec(1..=255_u8, 1..5),
        proptest::collection::vec(any::<u8>(), 20..80),
    ];
    proptest::collection::btree_map(key, value, 1..24)
}

/// Every key of the trie, and keys beside them that it does not hold.
fn keys_to_ask(entries: &Entries) -> Vec<Vec<u8>> {
    let mut keys: BTreeSet<Vec<u8>> = entries.keys().cloned().collect();
    for key in entries.keys() {
        for position in 0..key.len() {
            let mut beside = key.clone();
            beside[position] ^= 0x11;
            keys.insert(beside);
        }
    }
    keys.into_iter().collect()
}

/// A changed node fails by its hash; the root is recomputed so that the change reaches the parser.
fn judge_mutated_root(
    root: &Hash32,
    key: &[u8],
    proof: &[Bytes],
    position: usize,
    byte: u8,
) -> Result<(), TestCaseError> {
    let mut node = proof[0].to_vec();
    if std::mem::replace(&mut node[position], byte) == byte {
        return Ok(());
    }
    let mut changed = proof.to_vec();
    changed[0] = node.into();
    let kept = verify(root, key, &changed);
    prop_assert!(
        matches!(kept, Err(MptRejection::HashMismatch { node: 0, .. })),
        "root kept"
    );
    let root = keccak256(&changed[0]);
    let ours = verify(&root, key, &changed);
    prop_assert_eq!(
        ours.ok().map(|value| value.map(<[u8]>::to_vec)),
        slow::verify(&root, key, &changed)
    );
    if let Ok(Some(value)) = ours {
        prop_assert!(peer_accepts(root, key, Some(value), &changed));
    }
    Ok(())
}

/// Two embedded leaves fill a branch of 32 bytes. A 0x00 in place of its last byte is a value for a key that ends at it:
/// valid, and nothing to the other keys.
#[test]
fn a_branch_value_put_in_by_mutation_is_judged_as_by_the_slow_verifier() {
    let entries: Entries = [(vec![0; 4], vec![1, 1]), (vec![0x10, 0, 0, 0], vec![1])].into();
    let keys = keys_to_ask(&entries);
    let (root, proofs) = peer_trie(&entries, &keys);
    for (key, proof) in keys.iter().zip(&proofs) {
        assert_eq!(proof[0].len(), 32);
        for position in 0..32 {
            for byte in 0..=u8::MAX {
                judge_mutated_root(&root, key, proof, position, byte).expect("judged alike");
            }
        }
        let mut with_value = proof[0].to_vec();
        assert_eq!(with_value.pop(), Some(0x80));
        with_value.push(0x00);
        assert_eq!(
            verify(&keccak256(&with_value), key, &[with_value]),
            Ok(entries.get(key).map(Vec::as_slice))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn proves_every_key_and_every_absence_of_a_random_trie(entries in entries()) {
        let keys = keys_to_ask(&entries);
        let (root, proofs) = peer_trie(&entries, &keys);
        prop_assert_eq!(root, slow::root(&entries));
        for (key, proof) in keys.iter().zip(&proofs) {
            let expected = entries.get(key).map(Vec::as_slice);
            prop_assert_eq!(verify(&root, key, proof), Ok(expected));
            prop_assert_eq!(slow::verify(&root, key, proof), Some(expected.map(<[u8]>::to_vec)));
            prop_assert!(peer_accepts(root, key, expected, proof));
        }
    }

    #[test]
    fn every_strict_prefix_and_every_extension_of_a_proof_is_refused(entries in entries()) {
        let keys = keys_to_ask(&entries);
        let (root, proofs) = peer_trie(&entries, &keys);
        for (key, proof) in keys.iter().zip(&proofs) {
            for kept in 0..proof.len() {
                prop_assert_eq!(verify(&root, key, &proof[..kept]), Err(MptRejection::MissingNode { node: kept }));
            }
            let mut extended = proof.clone();
            extended.push(proof[0].clone());
            let surplus = MptRejection::SurplusNodes { used: proof.len(), given: proof.len() + 1 };
            prop_assert_eq!(verify(&root, key, &extended), Err(surplus));
        }
    }

    #[test]
    fn judges_mutated_nodes_as_the_slow_verifier_does(
        entries in entries(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let keys = keys_to_ask(&entries);
        let (root, proofs) = peer_trie(&entries, &keys);
        for (key, proof) in keys.iter().zip(&proofs) {
            judge_mutated_root(&root, key, proof, at.index(proof[0].len()), byte)?;
        }
    }

    #[test]
    fn ordered_roots_are_the_peers(lengths in proptest::collection::vec(1..70_usize, 0..300)) {
        let values: Vec<Vec<u8>> = lengths.iter().map(|length| vec![0x42; *length]).collect();
        let peer = alloy_trie::root::ordered_trie_root_encoded(&values);
        prop_assert_eq!(ordered_root(&values), Hash32(peer.0));
    }
}

#[test]
fn ordered_root_of_more_than_65536_values_is_the_peers() {
    let values: Vec<[u8; 3]> = (0..70_000_u32)
        .map(|index| [1, (index >> 8) as u8, index as u8])
        .collect();
    let peer = alloy_trie::root::ordered_trie_root_encoded(&values);
    assert_eq!(ordered_root(&values), Hash32(peer.0));
}

#[test]
fn index_keys_are_the_rlp_of_the_index() {
    for index in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, u64::MAX] {
        assert_eq!(index_key(index).as_ref(), alloy_rlp::encode(index));
    }
}

#[test]
fn the_empty_trie_is_proved_by_nothing_or_by_itself() {
    assert_eq!(verify::<&[u8]>(&EMPTY_ROOT, b"key", &[]), Ok(None));
    assert_eq!(verify(&EMPTY_ROOT, b"key", &[[0x80]]), Ok(None));
    assert_eq!(
        verify(&EMPTY_ROOT, b"key", &[[0x80], [0x80]]),
        Err(MptRejection::Encoding {
            node: 0,
            source: RlpRejection::ExpectedList
        })
    );
    assert_eq!(ordered_root::<&[u8]>(&[]), EMPTY_ROOT);
}

/// A node from its items, each already encoded.
fn node(items: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_list(&mut bytes, |out| {
        items.iter().for_each(|item| out.extend_from_slice(item))
    });
    bytes
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_string(&mut out, bytes);
    out
}

/// A branch with these children, every other place empty.
fn branch(children: &[(usize, &[u8])]) -> Vec<u8> {
    let empty = string(&[]);
    let mut items = [empty.as_slice(); 17];
    for (place, child) in children {
        items[*place] = child;
    }
    node(&items)
}

fn by_hash(child: &[u8]) -> Vec<u8> {
    string(&keccak256(child).0)
}

/// The rejection of a proof whose first node is the root.
fn rejection(key: &[u8], proof: &[Vec<u8>]) -> MptRejection {
    let root = keccak256(&proof[0]);
    assert_eq!(slow::verify(&root, key, proof), None, "the slow verifier agrees");
    verify(&root, key, proof).expect_err("rejected")
}

/// A leaf for what is left of the key 0x12 after one nibble, long enough to be hashed.
fn leaf() -> Vec<u8> {
    node(&[&string(&[0x32]), &string(&[7; 40])])
}

#[test]
fn reaches_every_rejection() {
    let leaf = leaf();
    let child = by_hash(&leaf);
    let root = branch(&[(1, &child), (5, &child)]);
    let short = node(&[&string(&[0x32]), &string(&[7])]);
    let odd_extension = |child: &[u8]| node(&[&string(&[0x11]), child]);
    let malformed = |source| MptRejection::Encoding { node: 0, source };
    let cases = [
        (
            verify(&Hash32::ZERO, &[0x12], std::slice::from_ref(&root)).unwrap_err(),
            MptRejection::ZeroRoot,
        ),
        (
            verify(&keccak256(&root), &[], std::slice::from_ref(&root)).unwrap_err(),
            MptRejection::EmptyKey,
        ),
        (
            rejection(&[0x12], std::slice::from_ref(&root)),
            MptRejection::MissingNode { node: 1 },
        ),
        (
            rejection(&[0x12], &[root.clone(), vec![0; MAX_NODE_BYTES + 1]]),
            MptRejection::NodeTooLong {
                node: 1,
                length: MAX_NODE_BYTES + 1,
            },
        ),
        (
            rejection(&[0x12], &[root.clone(), short.clone()]),
            MptRejection::HashMismatch {
                node: 1,
                expected: keccak256(&leaf),
                got: keccak256(&short),
            },
        ),
        (
            rejection(
                &[0x12],
                &[branch(&[(1, &by_hash(&short)), (5, &child)]), short.clone()],
            ),
            MptRejection::ShortNodeByHash {
                node: 1,
                length: short.len(),
            },
        ),
        (
            rejection(&[0x12], &[branch(&[(1, &leaf), (5, &child)])]),
            MptRejection::EmbeddedNodeTooLong {
                node: 0,
                length: leaf.len(),
            },
        ),
        (
            rejection(&[0x12], &[[&root[..], &[0]].concat()]),
            malformed(RlpRejection::TrailingBytes { count: 1 }),
        ),
        (
            rejection(&[0x12], &[node(&[&[0x80][..]; 3])]),
            MptRejection::WrongItemCount { node: 0 },
        ),
        (
            rejection(&[0x12], &[node(&[&[0x80][..]; 18])]),
            MptRejection::WrongItemCount { node: 0 },
        ),
        (
            rejection(&[0x12], &[branch(&[(1, &string(&[9; 31])), (5, &child)])]),
            MptRejection::MalformedReference { node: 0, length: 31 },
        ),
        (
            rejection(&[0x12], &[odd_extension(&[0x80])]),
            MptRejection::MalformedReference { node: 0, length: 0 },
        ),
        (
            rejection(&[0x12], &[node(&[&[0x40], &[1]])]),
            MptRejection::MalformedPath { node: 0 },
        ),
        (
            rejection(&[0x12], &[node(&[&string(&[0x21, 0x12]), &[1]])]),
            MptRejection::MalformedPath { node: 0 },
        ),
        (
            rejection(&[0x12], &[node(&[&[0x80], &[1]])]),
            MptRejection::MalformedPath { node: 0 },
        ),
        (
            rejection(&[0x12], &[node(&[&[0x00], &child]), leaf.clone()]),
            MptRejection::EmptyExtension { node: 0 },
        ),
        (
            rejection(&[0x12], &[odd_extension(&child), leaf.clone()]),
            MptRejection::ExtensionWithoutBranch { node: 1 },
        ),
        (
            rejection(&[0x12], &[odd_extension(&short)]),
            MptRejection::ExtensionWithoutBranch { node: 0 },
        ),
        (
            rejection(&[0x12], &[branch(&[(1, &child)]), leaf.clone()]),
            MptRejection::SparseBranch { node: 0, occupied: 1 },
        ),
        (
            rejection(&[0x12], &[node(&[&string(&[0x20, 0x12]), &[0x80]])]),
            MptRejection::EmptyValue { node: 0 },
        ),
        (
            rejection(&[0x12], &[root.clone(), leaf.clone(), leaf.clone()]),
            MptRejection::SurplusNodes { used: 2, given: 3 },
        ),
    ];
    let mut reached = BTreeSet::new();
    for (got, expected) in cases {
        assert_eq!(got, expected);
        reached.insert(<&str>::from(expected));
    }
    assert_eq!(reached, MptRejection::VARIANTS.iter().copied().collect());
    assert_eq!(
        verify(&keccak256(&root), &[0x12], &[root, leaf]),
        Ok(Some(&[7; 40][..]))
    );
}

#[test]
fn a_branch_holds_the_value_of_the_key_that_ends_at_it() {
    let entries: Entries = [(vec![0x12], vec![1; 40]), (vec![0x12, 0x34], vec![2; 40])].into();
    let keys = [
        vec![0x12],
        vec![0x12, 0x34],
        vec![0x12, 0x35],
        vec![0x12, 0x34, 0x56],
        vec![0x13],
    ];
    let root = slow::root(&entries);
    for key in &keys {
        let proof = slow::proof(&entries, key);
        assert_eq!(
            verify(&root, key, &proof),
            Ok(entries.get(key).map(Vec::as_slice)),
            "{key:?}"
        );
    }
}
