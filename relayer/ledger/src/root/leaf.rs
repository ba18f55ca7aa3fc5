//! The leaf of one sub: everything about it, the part that a vault must read in the open.

use alloc::vec::Vec;

use wire::{
    encoding::{Canonical, DecodeError, Reader},
    types::{Account, Hash, keccak256},
};

use super::amounts::{Amounts, Sums};

const LEAF_TAG: u8 = 0;
const NODE_TAG: u8 = 1;

/// One sub, as the root commits to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Owner and number of the sub.
    pub account: Account,
    /// Claims and loans in shares.
    pub sums: Sums,
    /// What the sub could take out of the vaults if the ledger ended here, in units at 1e18.
    pub exitable: Amounts,
    /// keccak of the sub's canonical encoding, positions and all.
    pub rest: Hash,
}

impl Leaf {
    /// Where the leaf stands in the tree: keccak(owner ‖ sub).
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

/// Bit `depth` of a key, counted from the most significant one: false goes left.
pub(super) fn goes_right(key: &Hash, depth: u8) -> bool {
    let byte = key.0.get(usize::from(depth / 8)).copied().unwrap_or(0);
    byte.wrapping_shl(u32::from(depth % 8)) & 0x80 != 0
}

impl Canonical for Leaf {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.account.owner.0);
        out.extend_from_slice(&self.account.sub.to_be_bytes());
        self.sums.encode_to(out);
        self.exitable.encode_to(out);
        out.extend_from_slice(&self.rest.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            account: Account::decode_from(input)?,
            sums: Sums::decode_from(input)?,
            exitable: Amounts::decode_from(input)?,
            rest: Hash::decode_from(input)?,
        })
    }
}
