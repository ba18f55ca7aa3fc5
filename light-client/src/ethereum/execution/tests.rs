//! Every rejection of the execution side, and what is proved when nothing is wrong.

mod receipts;

use std::{collections::BTreeSet, vec, vec::Vec};

use ruint::aliases::U256;

use super::{account::EMPTY_CODE_HASH, *};
use crate::{
    Hash32, UnixSeconds,
    proof::{
        keccak256,
        mpt::{self, EMPTY_ROOT, MptRejection},
        rlp::{RlpRejection, encode_integer, encode_list, encode_string},
    },
};

/// Asserts each case, and that the cases reach every variant.
fn reach<R>(cases: Vec<(R, R)>)
where
    R: PartialEq + core::fmt::Debug + strum::VariantNames,
    for<'a> &'a R: Into<&'static str>,
{
    let mut reached = BTreeSet::<&str>::new();
    for (got, expected) in cases {
        assert_eq!(got, expected);
        reached.insert((&expected).into());
    }
    assert_eq!(reached, R::VARIANTS.iter().copied().collect());
}

fn fields() -> ExecutionHeader {
    ExecutionHeader {
        parent_hash: Hash32([1; 32]),
        ommers_hash: Hash32([2; 32]),
        beneficiary: Address([3; 20]),
        state_root: Hash32([4; 32]),
        transactions_root: EMPTY_ROOT,
        receipts_root: EMPTY_ROOT,
        logs_bloom: Bloom::EMPTY,
        difficulty: U256::ZERO,
        number: 7,
        gas_limit: 30_000_000,
        gas_used: 0,
        timestamp: UnixSeconds(700),
        extra_data: vec![5; 32],
        mix_hash: Hash32([6; 32]),
        nonce: [0; 8],
        base_fee_per_gas: Some(U256::from(7)),
        withdrawals_root: Some(EMPTY_ROOT),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(1),
        parent_beacon_block_root: Some(Hash32([7; 32])),
        requests_hash: Some(Hash32([8; 32])),
        later_fields: Vec::new(),
    }
}

fn verified(fields: ExecutionHeader) -> VerifiedHeader {
    let hash = keccak256(&fields.encode().unwrap());
    VerifiedHeader::from_fields(&hash, fields).unwrap()
}

#[test]
fn reaches_every_rejection_of_a_header() {
    let bytes = fields().encode().unwrap();
    let hash = keccak256(&bytes);
    let of = |hash: &Hash32, bytes: &[u8]| VerifiedHeader::from_rlp(hash, bytes).unwrap_err();
    let long = vec![0; MAX_HEADER_BYTES + 1];
    let mut altered = bytes.clone();
    altered[100] ^= 1;
    let number = [0xc1, 0x80];
    let gap = ExecutionHeader {
        withdrawals_root: None,
        ..fields()
    };
    reach(vec![
        (of(&Hash32::ZERO, &bytes), HeaderRejection::ZeroHash),
        (
            of(&hash, &long),
            HeaderRejection::HeaderTooLong { length: long.len() },
        ),
        (
            of(&hash, &altered),
            HeaderRejection::HashMismatch {
                expected: hash,
                got: keccak256(&altered),
            },
        ),
        (
            of(&keccak256(&number), &number),
            HeaderRejection::Encoding {
                field: "parent_hash",
                source: RlpRejection::WrongLength { got: 0, expected: 32 },
            },
        ),
        (
            gap.encode().unwrap_err(),
            HeaderRejection::MissingField {
                field: "withdrawals_root",
            },
        ),
    ]);
}

/// Forks only append: a header cut at each fork, and one with fields of a fork to come, read back and keep their hash.
#[test]
fn reads_the_headers_of_every_fork_back() {
    let mut header = fields();
    let mut all = vec![header.clone()];
    let mut later = header.clone();
    encode_list(&mut later.later_fields, |out| encode_string(out, b"later"));
    all.push(later);
    header.requests_hash = None;
    all.push(header.clone());
    header.parent_beacon_block_root = None;
    header.excess_blob_gas = None;
    header.blob_gas_used = None;
    all.push(header.clone());
    header.withdrawals_root = None;
    all.push(header.clone());
    header.base_fee_per_gas = None;
    all.push(header);
    for header in all {
        let bytes = header.encode().unwrap();
        assert_eq!(ExecutionHeader::decode(&bytes), Ok(header.clone()));
        assert_eq!(
            VerifiedHeader::from_rlp(&keccak256(&bytes), &bytes)
                .unwrap()
                .fields(),
            &header
        );
    }
}

#[test]
fn reaches_every_rejection_of_an_ancestry() {
    let chain = |change: fn(&mut ExecutionHeader)| {
        let mut parent = ExecutionHeader {
            number: 6,
            timestamp: UnixSeconds(688),
            ..fields()
        };
        change(&mut parent);
        let parent = parent.encode().unwrap();
        let child = ExecutionHeader {
            parent_hash: keccak256(&parent),
            ..fields()
        };
        let child = child.encode().unwrap();
        (keccak256(&child), vec![child, parent])
    };
    let of = |(hash, headers): &(Hash32, Vec<Vec<u8>>)| ancestry::verify(hash, headers).unwrap_err();
    let valid = chain(|_| {});
    assert_eq!(ancestry::verify(&valid.0, &valid.1).unwrap().len(), 2);
    let swapped = (valid.0, vec![valid.1[1].clone(), valid.1[0].clone()]);
    reach(vec![
        (of(&(valid.0, vec![])), AncestryRejection::NoHeader),
        (
            of(&(valid.0, vec![vec![]; ancestry::MAX_HEADERS + 1])),
            AncestryRejection::TooManyHeaders {
                count: ancestry::MAX_HEADERS + 1,
            },
        ),
        (
            of(&swapped),
            AncestryRejection::Header {
                position: 0,
                source: HeaderRejection::HashMismatch {
                    expected: valid.0,
                    got: keccak256(&valid.1[1]),
                },
            },
        ),
        (
            of(&chain(|parent| parent.number = 5)),
            AncestryRejection::NumberNotConsecutive {
                position: 1,
                got: 5,
                child: 7,
            },
        ),
        (
            of(&chain(|parent| parent.timestamp = UnixSeconds(700))),
            AncestryRejection::TimeNotIncreasing {
                position: 1,
                got: UnixSeconds(700),
                child: UnixSeconds(700),
            },
        ),
    ]);
}

/// A trie of one leaf.
fn single(key: &[u8], value: &[u8]) -> (Hash32, Vec<Vec<u8>>) {
    let mut node = Vec::new();
    encode_list(&mut node, |out| {
        encode_string(out, &[&[0x20], &keccak256(key).0[..]].concat());
        encode_string(out, value);
    });
    (keccak256(&node), vec![node])
}

fn integer(value: U256) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_integer(&mut bytes, &value.to_be_bytes::<32>());
    bytes
}

const SLOT: Hash32 = Hash32([9; 32]);
const ADDRESS: Address = Address([3; 20]);

/// An answer that is true under the root beside it, its storage leaf holding `stored`.
fn answer_storing(stored: &[u8]) -> (Hash32, AccountProof) {
    let (storage_root, slot_nodes) = single(&SLOT.0, stored);
    let declared = Account {
        nonce: 1,
        balance: U256::from(2),
        storage_root,
        code_hash: EMPTY_CODE_HASH,
    };
    let mut leaf = Vec::new();
    encode_list(&mut leaf, |out| {
        out.extend(integer(U256::from(1)));
        out.extend(integer(U256::from(2)));
        encode_string(out, &storage_root.0);
        encode_string(out, &EMPTY_CODE_HASH.0);
    });
    let (state_root, nodes) = single(&ADDRESS.0, &leaf);
    let slot = SlotProof {
        slot: SLOT,
        declared: U256::from(5),
        nodes: slot_nodes,
    };
    let proof = AccountProof {
        address: ADDRESS,
        declared,
        nodes,
        slots: vec![slot],
    };
    (state_root, proof)
}

#[test]
fn reaches_every_rejection_of_an_account() {
    let five = integer(U256::from(5));
    let (root, valid) = answer_storing(&five);
    assert_eq!(
        account::verify(&root, &valid).unwrap().slots()[0].value,
        Some(U256::from(5))
    );
    let declaring = |change: fn(&mut AccountProof)| {
        let mut answer = valid.clone();
        change(&mut answer);
        account::verify(&root, &answer).unwrap_err()
    };
    let storing = |stored: &[u8]| {
        let (root, answer) = answer_storing(stored);
        account::verify(&root, &answer).unwrap_err()
    };
    let (no_account_root, no_account) = single(&ADDRESS.0, &[0x05]);
    let missing = MptRejection::MissingNode { node: 0 };
    reach(vec![
        (
            declaring(|answer| answer.nodes.clear()),
            AccountRejection::AccountProof { source: missing },
        ),
        (
            account::account(&no_account_root, &ADDRESS, &no_account).unwrap_err(),
            AccountRejection::AccountEncoding {
                source: RlpRejection::ExpectedList,
            },
        ),
        (
            declaring(|answer| answer.declared.nonce = 3),
            AccountRejection::NonceMismatch {
                declared: 3,
                proven: 1,
            },
        ),
        (
            declaring(|answer| answer.declared.balance = U256::ZERO),
            AccountRejection::BalanceMismatch {
                declared: U256::ZERO,
                proven: U256::from(2),
            },
        ),
        (
            declaring(|answer| answer.declared.storage_root = EMPTY_ROOT),
            AccountRejection::StorageHashMismatch {
                declared: EMPTY_ROOT,
                proven: valid.declared.storage_root,
            },
        ),
        (
            declaring(|answer| answer.declared.code_hash = EMPTY_ROOT),
            AccountRejection::CodeHashMismatch {
                declared: EMPTY_ROOT,
                proven: EMPTY_CODE_HASH,
            },
        ),
        (
            declaring(|answer| answer.slots[0].nodes.clear()),
            AccountRejection::SlotProof {
                slot: SLOT,
                source: missing,
            },
        ),
        (
            storing(&[0xc0]),
            AccountRejection::SlotEncoding {
                slot: SLOT,
                source: RlpRejection::ExpectedString,
            },
        ),
        (storing(&[0x80]), AccountRejection::StoredZero { slot: SLOT }),
        (
            declaring(|answer| answer.slots[0].declared = U256::ZERO),
            AccountRejection::SlotMismatch {
                slot: SLOT,
                declared: U256::ZERO,
                proven: U256::from(5),
            },
        ),
    ]);
}

/// The account is another's, so this one is absent: whatever is declared for it but nothing is refused.
#[test]
fn an_absent_account_declares_nothing() {
    let (root, mut answer) = answer_storing(&integer(U256::from(5)));
    answer.address = Address([4; 20]);
    answer.slots[0].nodes.clear();
    let verify = |answer: &AccountProof| account::verify(&root, answer);
    assert!(matches!(
        verify(&answer),
        Err(AccountRejection::NonceMismatch { .. })
    ));
    answer.declared.nonce = 0;
    assert!(matches!(
        verify(&answer),
        Err(AccountRejection::BalanceMismatch { .. })
    ));
    answer.declared.balance = U256::ZERO;
    assert!(matches!(
        verify(&answer),
        Err(AccountRejection::StorageHashMismatch { .. })
    ));
    answer.declared.storage_root = EMPTY_ROOT;
    answer.declared.code_hash = EMPTY_ROOT;
    assert!(matches!(
        verify(&answer),
        Err(AccountRejection::CodeHashMismatch { .. })
    ));
    for code_hash in [EMPTY_CODE_HASH, Hash32::ZERO] {
        answer.declared.code_hash = code_hash;
        assert!(matches!(
            verify(&answer),
            Err(AccountRejection::SlotMismatch { .. })
        ));
    }
    answer.slots[0].declared = U256::ZERO;
    let proven = verify(&answer).unwrap();
    assert_eq!((proven.account(), proven.slots()[0].value), (None, None));
}
