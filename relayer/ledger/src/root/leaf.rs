//! The leaf of one sub: everything about it, the part that a vault must read in the open.

use alloc::{vec, vec::Vec};

use wire::{
    encoding::{Canonical, DecodeError, Reader},
    keccak::Batch,
    types::{Account, Hash, keccak256},
};

use super::{
    amounts::{AmountRejection, Sums},
    tree::{Change, Content, Summary, Tree},
};

const LEAF_TAG: u8 = 0;
const NODE_TAG: u8 = 1;

/// One sub, as the root commits to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Owner and number of the sub.
    pub account: Account,
    /// Claims, loans and what it could exit with.
    pub sums: Sums,
    /// keccak of the sub's canonical encoding, positions and all.
    pub rest: Hash,
}

impl Leaf {
    /// Where it stands in the tree.
    #[must_use]
    pub fn key(&self) -> Hash {
        key(&self.account)
    }

    /// keccak(00 ‖ owner ‖ sub ‖ claims ‖ loans ‖ exitable ‖ keccak(rest)).
    #[must_use]
    pub fn hash(&self) -> Hash {
        keccak256(&[&[LEAF_TAG], &self.encode()])
    }
}

/// Where the leaf of `account` stands in the tree.
#[must_use]
pub fn key(account: &Account) -> Hash {
    keccak256(&[&account.owner.0, &account.sub.to_be_bytes()])
}

/// keccak(01 ‖ left ‖ keccak(left sums) ‖ right ‖ keccak(right sums)).
#[must_use]
pub fn node_hash(left: &Hash, left_sums: &Hash, right: &Hash, right_sums: &Hash) -> Hash {
    keccak256(&[&[NODE_TAG], &left.0, &left_sums.0, &right.0, &right_sums.0])
}

/// Sums with their hash.
#[derive(Clone, Debug)]
pub struct Totals {
    /// The sums.
    pub sums: Sums,
    /// Their hash.
    pub hash: Hash,
}

impl Content for Leaf {
    type Sums = Totals;

    fn plus(left: &Totals, right: &Totals) -> Result<Totals, AmountRejection> {
        Ok(Totals {
            sums: left.sums.plus(&right.sums)?,
            hash: Hash::ZERO,
        })
    }

    fn preimages(left: &Summary<Totals>, right: &Summary<Totals>, totals: &Totals, batch: &mut Batch) {
        batch.push(&[
            &[NODE_TAG],
            &left.hash.0,
            &left.sums.hash.0,
            &right.hash.0,
            &right.sums.hash.0,
        ]);
        batch.write(|bytes| totals.sums.encode_to(bytes));
    }

    fn joined(totals: Totals, digests: &mut impl Iterator<Item = Hash>) -> Option<Summary<Totals>> {
        let (node, hash) = (digests.next()?, digests.next()?);
        let sums = Totals { hash, ..totals };
        Some(Summary { hash: node, sums })
    }
}

impl Tree<Leaf> {
    /// Puts a leaf in the place of the former one of its account, or adds it.
    pub fn set(&mut self, leaf: Leaf) {
        self.set_all(vec![leaf]);
    }

    /// Puts leaves in the places of the former ones of their accounts, or adds them; hashes them side by side.
    pub fn set_all(&mut self, leaves: Vec<Leaf>) {
        let mut batch = Batch::default();
        for leaf in &leaves {
            batch.push(&[&leaf.account.owner.0, &leaf.account.sub.to_be_bytes()]);
            batch.write(|bytes| {
                bytes.push(LEAF_TAG);
                leaf.encode_to(bytes);
            });
            batch.write(|bytes| leaf.sums.encode_to(bytes));
        }
        let digests = batch.digests();
        let (digests, _) = digests.as_chunks();
        let changes = leaves.into_iter().zip(digests).map(|(leaf, [key, hash, sums])| {
            let sums = Totals {
                sums: leaf.sums.clone(),
                hash: *sums,
            };
            let summary = Summary { hash: *hash, sums };
            Change {
                key: *key,
                leaf: Some((leaf, summary)),
            }
        });
        self.change(changes.collect());
    }
}

impl Canonical for Leaf {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.account.owner.0);
        out.extend_from_slice(&self.account.sub.to_be_bytes());
        self.sums.encode_to(out);
        out.extend_from_slice(&self.rest.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            account: Account::decode_from(input)?,
            sums: Sums::decode_from(input)?,
            rest: Hash::decode_from(input)?,
        })
    }
}
