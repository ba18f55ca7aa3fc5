//! Trees of events, outbox entries and block bodies: built by `merkle-cbt`, proved and verified one leaf at a time.
//!
//! Terms: *leaf*, keccak256(0x00 ‖ data); *node*, keccak256(0x01 ‖ left ‖ right); *lemma*, the sibling of a node on the way up.
//!
//! ```text
//! complete binary tree of n leaves in heap order, root at 1:    leaf i is at position n + i
//!                 1
//!            2         3            parent of p  = p >> 1
//!         4     5     6  7          sibling of p = p ^ 1; p is a right child when p & 1 == 1
//!        8 9  10 11                 n = 6: leaves 0..6 at 6..12
//!
//! p = count + index; for (; p > 1; p >>= 1) node = p & 1 == 1 ? hash(lemma, node) : hash(node, lemma);
//! ```
//! The walk is the contract's too: one shift and one hash per level. The count is authenticated beside the root, so that an index
//! names one leaf only, and the prefixes keep leaves and nodes apart.
//!
//! Guarantees: a [`Proven`] leaf is the one at its index below an authenticated root; too few or too many lemmas are refused. A root
//! of zero is never accepted; the tree without leaves has a root of its own, [`EMPTY_ROOT`], below which nothing is proved.
//!
//! Specification: `DESIGN.md`, Identities and formats (Trees). The data of event and outbox leaves begins with the struct's type hash.

use alloc::vec::Vec;

use merkle_cbt::{CBMT, merkle_tree::Merge};

use crate::types::{Hash, keccak256};

/// First byte of what a leaf hashes.
pub const LEAF_PREFIX: u8 = 0;
/// First byte of what a node hashes.
pub const NODE_PREFIX: u8 = 1;
/// Most leaves of one tree.
pub const MAX_LEAVES: u32 = 1 << 24;

/// Root of the tree without leaves: keccak256 of the empty string.
pub const EMPTY_ROOT: Hash = Hash([
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5,
    0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
]);

/// Why a root and a count do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum RootError {
    /// The root is zero, the value of what was never set.
    #[error("the root is zero")]
    ZeroRoot,
    /// There are no leaves, but the root is not [`EMPTY_ROOT`].
    #[error("no leaves, but the root is {root}")]
    EmptyTreeWithRoot {
        /// The root.
        root: Hash,
    },
    /// There are leaves, but the root is [`EMPTY_ROOT`].
    #[error("{count} leaves, but the root is that of the empty tree")]
    LeavesWithoutRoot {
        /// The count.
        count: u32,
    },
    /// There are more leaves than a tree may have.
    #[error("{count} leaves exceed the limit of {MAX_LEAVES}")]
    TooManyLeaves {
        /// The count.
        count: u32,
    },
}

/// A root and the count of leaves below it, consistent with each other. Authentic when its parts came from what was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRoot {
    count: u32,
    root: Hash,
}

impl TreeRoot {
    /// Puts a count and a root from one authenticated source together.
    ///
    /// # Errors
    /// [`RootError`].
    pub fn new(count: u32, root: Hash) -> Result<Self, RootError> {
        if root.is_zero() {
            return Err(RootError::ZeroRoot);
        }
        if count > MAX_LEAVES {
            return Err(RootError::TooManyLeaves { count });
        }
        match (count == 0, root == EMPTY_ROOT) {
            (true, false) => Err(RootError::EmptyTreeWithRoot { root }),
            (false, true) => Err(RootError::LeavesWithoutRoot { count }),
            (true, true) | (false, false) => Ok(Self { count, root }),
        }
    }

    /// How many leaves.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Proves that `leaf` is the one at `index`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify(&self, index: u32, leaf: Hash, lemmas: &[Hash]) -> Result<Proven, ProofError> {
        if index >= self.count {
            return Err(ProofError::IndexOutOfRange {
                index,
                count: self.count,
            });
        }
        let got = walk(
            u64::from(self.count).saturating_add(u64::from(index)),
            leaf,
            lemmas,
        )?;
        if got != self.root {
            return Err(ProofError::RootMismatch {
                got,
                expected: self.root,
            });
        }
        Ok(Proven { index, leaf })
    }
}

/// Climbs from a heap position to the root and uses every lemma.
fn walk(mut position: u64, leaf: Hash, lemmas: &[Hash]) -> Result<Hash, ProofError> {
    let mut node = leaf;
    let mut rest = lemmas.iter();
    while position > 1 {
        let lemma = rest
            .next()
            .ok_or(ProofError::MissingLemma { given: lemmas.len() })?;
        node = if position & 1 == 1 {
            node_hash(lemma, &node)
        } else {
            node_hash(&node, lemma)
        };
        position >>= 1;
    }
    match rest.len() {
        0 => Ok(node),
        surplus => Err(ProofError::SurplusLemmas { surplus }),
    }
}

/// A leaf that was proved to be below an authenticated root; only [`TreeRoot::verify`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proven {
    index: u32,
    leaf: Hash,
}

impl Proven {
    /// Where it is, from 0.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The leaf.
    pub fn leaf(&self) -> Hash {
        self.leaf
    }
}

/// Why an inclusion proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum ProofError {
    /// The tree has no such leaf.
    #[error("index {index} is not below the count {count}")]
    IndexOutOfRange {
        /// The index.
        index: u32,
        /// Leaves of the tree.
        count: u32,
    },
    /// The proof ends below the root.
    #[error("{given} lemmas do not reach the root")]
    MissingLemma {
        /// Lemmas of the proof.
        given: usize,
    },
    /// The proof goes on above the root.
    #[error("{surplus} lemmas are left over at the root")]
    SurplusLemmas {
        /// Lemmas that nothing used.
        surplus: usize,
    },
    /// The walk ends at another root.
    #[error("the proof leads to {got}, not to {expected}")]
    RootMismatch {
        /// Where it leads.
        got: Hash,
        /// The authenticated root.
        expected: Hash,
    },
}

/// The leaf of raw bytes.
pub fn leaf_of_bytes(bytes: &[u8]) -> Hash {
    keccak256(&[&[LEAF_PREFIX], bytes])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    keccak256(&[&[NODE_PREFIX], &left.0, &right.0])
}

/// A node as `merkle-cbt` handles it; its default never reaches a root.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Node([u8; 32]);

struct Keccak;

impl Merge for Keccak {
    type Item = Node;

    fn merge(left: &Node, right: &Node) -> Node {
        Node(node_hash(&Hash(left.0), &Hash(right.0)).0)
    }
}

type Nodes = merkle_cbt::MerkleTree<Node, Keccak>;

/// A whole tree, from which proofs are taken.
pub struct Tree {
    nodes: Nodes,
    root: TreeRoot,
}

impl Tree {
    /// Builds the tree of `leaves` in their order.
    ///
    /// # Errors
    /// [`RootError::TooManyLeaves`].
    pub fn new(leaves: &[Hash]) -> Result<Self, RootError> {
        let count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        if count > MAX_LEAVES {
            return Err(RootError::TooManyLeaves { count });
        }
        let leaves: Vec<Node> = leaves.iter().map(|leaf| Node(leaf.0)).collect();
        let nodes = CBMT::<Node, Keccak>::build_merkle_tree(&leaves);
        let root = if count == 0 {
            EMPTY_ROOT
        } else {
            Hash(nodes.root().0)
        };
        Ok(Self {
            nodes,
            root: TreeRoot { count, root },
        })
    }

    /// Count and root.
    pub fn root(&self) -> TreeRoot {
        self.root
    }

    /// The lemmas of the leaf at `index`, from the leaf upward; none when there is no such leaf.
    pub fn lemmas(&self, index: u32) -> Option<Vec<Hash>> {
        if index >= self.root.count {
            return None;
        }
        let proof = self.nodes.build_proof(&[index])?;
        Some(proof.lemmas().iter().map(|lemma| Hash(lemma.0)).collect())
    }
}

#[cfg(test)]
mod tests;
