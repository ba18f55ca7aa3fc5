//! The state root: what a header commits to, and what a vault or a user checks against it.
//!
//! ```text
//! stateRoot = keccak(subsRoot ‖ globalsRoot)                                         64 bytes in
//!
//! subsRoot: a sparse Merkle sum tree, single-child paths compressed; zero when there is no sub
//!   key   = keccak(owner ‖ sub)                                                      24 bytes in
//!   leaf  = keccak(00 ‖ owner ‖ sub ‖ claims ‖ loans ‖ exitable ‖ keccak(rest))
//!   node  = keccak(01 ‖ left ‖ keccak(left sums) ‖ right ‖ keccak(right sums))       129 bytes in
//!   sums  = claims ‖ loans ‖ exitable, added up asset by asset over everything below
//! ```
//! Terms: *claims* and *loans*, what a sub is owed and owes per (chain, asset), in shares; *exitable*, what it could take out
//! of the vaults if the ledger ended here, in units at 1e18; *rest*, everything else about the sub.
//!
//! # Layout, byte by byte
//! All integers are big-endian and unsigned. A list of amounts is
//! ```text
//! u32 count ‖ count × ( u32 chain ‖ 32 bytes asset ‖ u128 amount )                   4 + 52·count bytes
//! ```
//! ascending by (chain, asset), no asset twice, no amount zero, every amount below 2^126. The leaf's preimage is
//! ```text
//! offset 0    00                  leaf tag
//!        1    20 bytes            owner
//!        21   u32                 sub
//!        25   list                claims          ┐
//!        …    list                loans           │ keccak over these three lists as they
//!        …    list                exitable        ┘ stand is keccak(sums) of the leaf
//!        …    32 bytes            keccak(rest)
//! ```
//! An inclusion proof is the leaf without its tag, 32 bytes of *branches*, one level per branch from the deepest to the top,
//! and the 32 bytes of globalsRoot:
//! ```text
//! level = keccak(sums of the child on the way) ‖ sibling ‖ keccak(sums of the sibling)    96 bytes
//! ```
//! Bit d of `branches`, counted from the most significant bit of the first byte, is set when the path branches at bit d of the
//! key; there the child on the way is the right one when bit d of the key is set. The levels belong to the set bits from the
//! least significant upwards. The first level's own sums must be keccak(claims ‖ loans ‖ exitable) of the leaf.
//!
//! # Worked example
//! Two subs of one owner on chain 1: sub 0 has a claim of 5 and could exit with 5, sub 1 has a loan of 2.
//! ```
//! use ledger::root::{Amounts, Leaf, Sums, SubsTree, key, state_root};
//! use wire::types::{Account, Address, AssetId, ChainId, Hash, keccak256};
//!
//! let asset = AssetId { chain: ChainId(1), asset: Hash([0xaa; 32]) };
//! let of = |amount| Amounts::new(vec![(asset, amount)]).unwrap();
//! let account = |sub| Account { owner: Address([0x11; 20]), sub };
//! let rest = Hash([0x33; 32]);
//! let sums = Sums { claims: of(5), loans: Amounts::default(), exitable: of(5) };
//! let lender = Leaf { account: account(0), sums, rest };
//! let borrower =
//!     Leaf { account: account(1), sums: Sums { loans: of(2), ..Sums::default() }, rest };
//!
//! let list = |amount: u8| [&[0, 0, 0, 1, 0, 0, 0, 1][..], &[0xaa; 32], &[0; 15], &[amount]].concat();
//! let sub_0 = [&[0x11; 20][..], &[0, 0, 0, 0]].concat();
//! let empty = [0, 0, 0, 0];
//! assert_eq!(key(&account(0)), keccak256(&[&sub_0]));
//! assert_eq!(lender.hash(), keccak256(&[&[0x00], &sub_0, &list(5), &empty, &list(5), &[0x33; 32]]));
//! assert_eq!(lender.sums.hash(), keccak256(&[&list(5), &empty, &list(5)]));
//!
//! // The keys 0x883c.. and 0xfbea.. part at bit 1, where the lender's is 0: it is the left child.
//! let mut tree = SubsTree::default();
//! tree.set(borrower.clone());
//! tree.set(lender.clone());
//! let subs = tree.root().unwrap();
//! let (left, right) = (lender.sums.hash(), borrower.sums.hash());
//! assert_eq!(subs, keccak256(&[&[0x01], &lender.hash().0, &left.0, &borrower.hash().0, &right.0]));
//! assert_eq!(subs.to_string(), "0x0a56d04b1519d4ecf3a86734209753053620efaf82eb882fff8926c16306c2b4");
//!
//! let globals = Hash([0x44; 32]);
//! let root = state_root(&subs, &globals);
//! assert_eq!(root.to_string(), "0xacc012ba0fa613f9d91631f5824bd0759489ad71674dfa260cb001150757383c");
//! let proof = tree.prove(&account(0), globals).unwrap().unwrap();
//! assert_eq!((proof.branches[0], proof.levels.len()), (0x40, 1));
//! assert_eq!(proof.verify(&root), Ok(&lender));
//! ```
//!
//! Guarantees: a proof that verifies shows exactly the leaf that went into the root; each node commits to the sums of both its
//! children, so that a total can not be lowered without some sub's path showing it; every sum is range-checked; the root
//! depends on the set of leaves alone, never on the order of changes. Not guaranteed: absence of a sub (a branch's depth is not
//! part of its hash); that `exitable` is right, which the ledger's replicas agree on.
//!
//! Deviation: the sums hold `exitable` too, so that anyone can check that it stays within what the vaults hold, and a vault that
//! is short can pay pro rata of an authenticated total.
//! Spec: `spec/ledger.md`, Root.

mod amounts;
mod globals;
mod leaf;
mod proof;
mod sections;
#[cfg(test)]
mod tests;
mod tree;

use wire::types::{Hash, keccak256};

pub use amounts::{AMOUNT_LIMIT, ASSETS_MAX, AmountRejection, Amounts, Sums};
pub use globals::{SECTIONS_MAX, SectionName, SectionRejection, globals_root, section_hash, verify_section};
pub use leaf::{Leaf, Totals, key, node_hash};
pub use proof::{AuditLevel, AuditProof, InclusionProof, Level, ProofRejection};
pub use sections::{Changes, Roots, StateRoots, seal};
pub use tree::{Content, Summary, Tree};

/// The sparse Merkle sum tree over the subs.
pub type SubsTree = Tree<Leaf>;

/// keccak(subsRoot ‖ globalsRoot).
#[must_use]
pub fn state_root(subs: &Hash, globals: &Hash) -> Hash {
    keccak256(&[&subs.0, &globals.0])
}
