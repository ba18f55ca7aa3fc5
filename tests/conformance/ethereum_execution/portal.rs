//! Portal network vectors: headers of every fork, their way up to a beacon block's root, and whole blocks with slim receipts.

use std::collections::BTreeMap;

use light_client::{
    Hash32,
    ethereum::{
        execution::{
            Address, BlockReceipts, Log, Outcome, Receipt, TransactionType, VerifiedHeader, logs_bloom,
        },
        network::{Fork, MAINNET},
        types::Slot,
    },
    proof::{
        keccak256,
        rlp::{self, Item, Reader},
        ssz::{GeneralizedIndex, verify_branch},
    },
};
use serde::Deserialize;
use tests::{Files, damage};

use super::{checks_every_receipt_of, parts, unhex};
use crate::conformance::rows;

rows! {
    run headers ["ethereum/mainnet/portal_headers_with_proof/*.yaml", "ethereum/mainnet/portal_headers_with_proof/*.json"];
    run blocks ["ethereum/mainnet/portal_block_data/*.yaml"];
    run block_proofs ["ethereum/mainnet/portal_headers_with_proof/block_proofs_*/*.yaml"];
}

#[derive(Deserialize)]
struct Content {
    content_key: String,
    content_value: String,
}

/// The header that a content's key names by hash, and the proof behind it.
fn header_and_proof(content: &Content) -> (VerifiedHeader, Vec<u8>) {
    let (key, value) = (unhex(&content.content_key), unhex(&content.content_value));
    let hash = Hash32::try_from(&key[1..]).expect("a block hash");
    let [header, proof] = parts(&value, 2)[..] else {
        panic!("a header and a proof");
    };
    let verified = VerifiedHeader::from_rlp(&hash, header).expect("the header of the block");
    assert_eq!(verified.fields().encode().as_deref(), Ok(header));
    damage::refuses_all_damage("header", header, |bytes| VerifiedHeader::from_rlp(&hash, bytes));
    (verified, proof.to_vec())
}

/// The proofs to accumulators of blocks are not judged: no accumulator's root is in the vectors. The part of them that ends
/// at a beacon block's root is, in `block_proofs`.
fn headers(files: &Files) {
    for path in files.paths() {
        if path.ends_with(".json") {
            let contents: BTreeMap<String, Content> = serde_json::from_slice(&files.read(path)).expect(path);
            for (number, content) in contents {
                let (header, _) = header_and_proof(&content);
                assert_eq!(header.fields().number.to_string(), number);
            }
        } else {
            let content = serde_saphyr::from_str(&files.text(path)).expect(path);
            let (header, _) = header_and_proof(&content);
            assert_eq!(number_in(path), header.fields().number, "{path}");
        }
    }
}

/// The block's number, which ends the file's name.
fn number_in(path: &str) -> u64 {
    let name = path.trim_end_matches(".yaml");
    let digits = name.rsplit(['/', '-']).next().expect("a name");
    digits.parse().expect("a number")
}

#[derive(Deserialize)]
struct BlockProof {
    execution_block_header: String,
    execution_block_proof: Vec<String>,
    beacon_block_root: String,
    beacon_block_proof: Vec<String>,
    slot: u64,
}

/// From the hash of an execution header to the root of the beacon block that carries it: body, payload, block hash.
///
/// The way on, from the beacon block's root to that of a batch of 8192 (`beacon_block_proof`), has no root to end at in the
/// vectors; it is compared with the binary form only.
fn block_proofs(files: &Files) {
    for path in files.paths() {
        let proof: BlockProof = serde_saphyr::from_str(&files.text(path)).expect(path);
        let number = number_in(path);
        let content = files.text(&format!(
            "ethereum/mainnet/portal_headers_with_proof/{number}.yaml"
        ));
        let (header, binary) = header_and_proof(&serde_saphyr::from_str(&content).expect(path));
        let fork = MAINNET.fork(Slot(proof.slot));
        let folder = format!("block_proofs_{fork}/");
        assert!(path.contains(&folder), "{path}: {folder}");
        assert_eq!(proof.execution_block_header, header.hash().to_string(), "{path}");
        assert_eq!(
            MAINNET.time(Slot(proof.slot)),
            header.fields().timestamp,
            "{path}"
        );

        let branch = hashes(&proof.execution_block_proof);
        let root: Hash32 = proof.beacon_block_root.parse().expect("a root");
        let index = block_hash_in_beacon_block(fork);
        let verify = |leaf: &Hash32, branch: &[Hash32], index| verify_branch(*leaf, branch, index, root);
        assert_eq!(verify(header.hash(), &branch, index), Ok(()), "{path}");
        assert!(verify(&header.fields().parent_hash, &branch, index).is_err());
        assert!(verify(header.hash(), &branch, GeneralizedIndex(index.0 ^ 1)).is_err());
        for position in 0..branch.len() {
            let mut altered = branch.clone();
            altered[position].0[position] ^= 1;
            assert!(verify(header.hash(), &altered, index).is_err(), "{path}");
            altered.remove(position);
            assert!(verify(header.hash(), &altered, index).is_err(), "{path}");
        }
        assert_eq!(binary, proof.encoded(), "{path}");
    }
}

impl BlockProof {
    /// The binary form, a container of fixed size.
    fn encoded(&self) -> Vec<u8> {
        let root = std::slice::from_ref(&self.beacon_block_root);
        let hashes = [&self.beacon_block_proof, root, &self.execution_block_proof];
        let mut bytes: Vec<u8> = hashes.concat().iter().flat_map(|hash| unhex(hash)).collect();
        bytes.extend(self.slot.to_le_bytes());
        bytes
    }
}

fn hashes(texts: &[String]) -> Vec<Hash32> {
    texts.iter().map(|text| text.parse().expect("a hash")).collect()
}

/// Field 4 of the block, field 9 of the body, field 12 of the payload, which has more than 16 fields from Deneb on.
fn block_hash_in_beacon_block(fork: Fork) -> GeneralizedIndex {
    let fields = if fork >= Fork::Deneb { 32 } else { 16 };
    let payload = GeneralizedIndex(8 + 4).join(GeneralizedIndex(16 + 9));
    payload
        .and_then(|payload| payload.join(GeneralizedIndex(fields + 12)))
        .expect("eleven or twelve deep")
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
