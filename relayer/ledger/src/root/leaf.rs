//! The leaf of one sub: everything about it, the part that a vault must read in the open.

use alloc::vec::Vec;

use wire::{
    encoding::{Canonical, DecodeError, Reader},
    types::{Account, Hash, keccak256},
};

use super::{
    amounts::{AmountRejection, Sums},
    tree::{Content, Summary},
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

impl Content for Leaf {
    type Sums = Sums;

    fn key(&self) -> Hash {
        key(&self.account)
    }

    fn summary(&self) -> Summary<Sums> {
        Summary {
            hash: self.hash(),
            sums_hash: self.sums.hash(),
            sums: self.sums.clone(),
        }
    }

    fn joined(left: &Summary<Sums>, right: &Summary<Sums>) -> Result<Summary<Sums>, AmountRejection> {
        let sums = left.sums.plus(&right.sums)?;
        Ok(Summary {
            hash: node_hash(&left.hash, &left.sums_hash, &right.hash, &right.sums_hash),
            sums_hash: sums.hash(),
            sums,
        })
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
