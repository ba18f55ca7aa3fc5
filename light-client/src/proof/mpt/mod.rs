//! Merkle Patricia trie: what a key holds under an authenticated root, or that it holds nothing.
//!
//! # Terms
//! - **Nibble**: half a byte; a key is walked nibble by nibble, the high half first.
//! - **Branch**: 16 children and the value of the key that ends here. **Extension**: nibbles shared by everything below.
//!   **Leaf**: the rest of a key, and its value.
//! - **Reference** to a node: its Keccak-256 hash, or, if its encoding is shorter than 32 bytes, the node itself (*embedded*).
//!
//! ```text
//!  root ──hash──► branch ──nibble──► extension ──shared nibbles──► branch ──nibble──► leaf ──rest of the key──► value
//!  proof:         node 0             node 1                        node 2             node 3 (left out if embedded)
//! ```
//!
//! # Guarantees
//! - [`verify`] returns the value the root commits to for the key, or `None` when a node *proves* that there is none: an
//!   empty child, a path that leaves the key, an empty value of a branch, the empty trie. A proof that merely ends is refused.
//! - Every node given is used, in order. A node is read as what its reference says: an embedded one is shorter than 32
//!   bytes, one by hash is not (the root aside), a value is never followed.
//! - Nodes are canonical: path flags and padding, non-empty extensions that lead to branches, branches with at least two
//!   occupied places, no empty value, canonical RLP.
//! - No heap. At most one node per nibble and one more is hashed; none longer than [`MAX_NODE_BYTES`].
//!
//! # Deviations
//! Embedded nodes are part of their parent and do not appear in a proof again (as in `eth_getProof`).
//!
//! Rules: Ethereum Yellow Paper, appendix D; `spec/light-client.md`, Ethereum (execution).

mod node;
mod ordered;
#[cfg(test)]
mod tests;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use crate::{
    Hash32,
    proof::{keccak::keccak256, rlp::RlpRejection},
};
use node::{Node, Path, Reference};
pub use ordered::{IndexKey, index_key, ordered_root};

/// Keccak-256 of the encoding of the empty trie, the empty byte string (0x80).
pub const EMPTY_ROOT: Hash32 = Hash32([
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b,
    0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
]);

/// Longest node that is hashed: a receipt sits in its leaf, and a block's gas bounds a receipt far below this.
pub const MAX_NODE_BYTES: usize = 32 << 20;

/// Encodings from this length on are referenced by their hash.
const HASHED_FROM_BYTES: usize = 32;

/// The encoding of the empty trie.
const EMPTY_NODE: [u8; 1] = [0x80];

/// Why a proof proves nothing. `node` is the position in the proof of the node at fault, or of the one that embeds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum MptRejection {
    /// The root is zero: what an unset root looks like, never one that was verified.
    #[error("the root is zero")]
    ZeroRoot,
    /// The key has no nibble.
    #[error("the key is empty")]
    EmptyKey,
    /// The proof ends where the key is still to be followed.
    #[error("the proof ends where node {node} is needed")]
    MissingNode {
        /// Position of the node that is missing.
        node: usize,
    },
    /// A node longer than [`MAX_NODE_BYTES`].
    #[error("node {node} has {length} bytes, at most {MAX_NODE_BYTES}")]
    NodeTooLong {
        /// Position in the proof.
        node: usize,
        /// Length of the node.
        length: usize,
    },
    /// A node is not the one its parent, or the root, refers to.
    #[error("node {node} hashes to {got}, referenced as {expected}")]
    HashMismatch {
        /// Position in the proof.
        node: usize,
        /// Hash in the parent, or the root.
        expected: Hash32,
        /// Hash of the node given.
        got: Hash32,
    },
    /// A node that must be embedded is referenced by hash.
    #[error("node {node} of {length} bytes is referenced by hash instead of embedded")]
    ShortNodeByHash {
        /// Position in the proof.
        node: usize,
        /// Length of the node.
        length: usize,
    },
    /// A node that must be referenced by hash is embedded.
    #[error("node {node} embeds a node of {length} bytes")]
    EmbeddedNodeTooLong {
        /// Position in the proof.
        node: usize,
        /// Length of the embedded node.
        length: usize,
    },
    /// A node is not canonical RLP of the types that belong there.
    #[error("node {node}: {source}")]
    Encoding {
        /// Position in the proof.
        node: usize,
        /// What is wrong with it.
        source: RlpRejection,
    },
    /// A node that has neither 2 nor 17 items.
    #[error("node {node} has neither 2 nor 17 items")]
    WrongItemCount {
        /// Position in the proof.
        node: usize,
    },
    /// A child that is neither empty, nor a hash, nor an embedded node.
    #[error("node {node} refers to a child by {length} bytes")]
    MalformedReference {
        /// Position in the proof.
        node: usize,
        /// Length of what stands for the child.
        length: usize,
    },
    /// A path without a flag, with an unknown flag, or with a padding nibble that is not zero.
    #[error("node {node} has a malformed path")]
    MalformedPath {
        /// Position in the proof.
        node: usize,
    },
    /// An extension that extends by nothing.
    #[error("node {node} is an extension without a nibble")]
    EmptyExtension {
        /// Position in the proof.
        node: usize,
    },
    /// An extension whose child is no branch.
    #[error("node {node} follows an extension and is no branch")]
    ExtensionWithoutBranch {
        /// Position in the proof.
        node: usize,
    },
    /// A branch that should be a leaf or an extension.
    #[error("node {node} is a branch with {occupied} occupied places")]
    SparseBranch {
        /// Position in the proof.
        node: usize,
        /// Children and value that are not empty.
        occupied: usize,
    },
    /// A leaf that holds nothing.
    #[error("node {node} is a leaf with an empty value")]
    EmptyValue {
        /// Position in the proof.
        node: usize,
    },
    /// Nodes that the walk did not need.
    #[error("{given} nodes given, {used} used")]
    SurplusNodes {
        /// Nodes the walk needed.
        used: usize,
        /// Nodes in the proof.
        given: usize,
    },
}

/// The value that the trie with this `root` holds for `key`, or `None` if it is proved to hold none.
///
/// `proof` are the nodes from the root on, without embedded ones. The empty trie is proved by no node, or by its encoding.
///
/// # Errors
/// The first fact that fails, as an [`MptRejection`].
pub fn verify<'a, N: AsRef<[u8]>>(
    root: &Hash32,
    key: &[u8],
    proof: &'a [N],
) -> Result<Option<&'a [u8]>, MptRejection> {
    root_is_set(root)?;
    key_is_not_empty(key)?;
    if is_proof_of_empty_trie(root, proof) {
        return Ok(None);
    }
    let mut walk = Walk {
        key: Path::of_key(key),
        proof,
        used: 0,
    };
    let value = walk.follow(root)?;
    walk.every_node_is_used()?;
    Ok(value)
}

fn root_is_set(root: &Hash32) -> Result<(), MptRejection> {
    if root.is_zero() {
        return Err(MptRejection::ZeroRoot);
    }
    Ok(())
}

fn key_is_not_empty(key: &[u8]) -> Result<(), MptRejection> {
    if key.is_empty() {
        return Err(MptRejection::EmptyKey);
    }
    Ok(())
}

fn is_proof_of_empty_trie<N: AsRef<[u8]>>(root: &Hash32, proof: &[N]) -> bool {
    let shows_nothing = match proof {
        [] => true,
        [node] => node.as_ref() == EMPTY_NODE,
        _ => false,
    };
    shows_nothing && *root == EMPTY_ROOT
}

/// How the walk goes on from a node.
enum Step<'a> {
    Down {
        reference: Reference<'a>,
        from_extension: bool,
    },
    End(Option<&'a [u8]>),
}

/// The way from the root along the key.
struct Walk<'a, 'k, N> {
    /// What is left of the key.
    key: Path<'k>,
    proof: &'a [N],
    used: usize,
}

impl<'a, N: AsRef<[u8]>> Walk<'a, '_, N> {
    fn follow(&mut self, root: &Hash32) -> Result<Option<&'a [u8]>, MptRejection> {
        let mut bytes = self.take(root)?;
        let mut after_extension = false;
        loop {
            let node = Node::decode(bytes, self.key.first(), self.position())?;
            if after_extension && !matches!(node, Node::Branch { .. }) {
                return Err(MptRejection::ExtensionWithoutBranch {
                    node: self.position(),
                });
            }
            match self.step(node)? {
                Step::End(value) => return Ok(value),
                Step::Down {
                    reference,
                    from_extension,
                } => {
                    bytes = self.resolve(reference)?;
                    after_extension = from_extension;
                }
            }
        }
    }

    /// Position in the proof of the node at hand, which is the last one taken.
    fn position(&self) -> usize {
        self.used.saturating_sub(1)
    }

    fn step(&mut self, node: Node<'a>) -> Result<Step<'a>, MptRejection> {
        Ok(match node {
            Node::Leaf { path, value } => Step::End((path == self.key).then_some(value)),
            Node::Extension { path, child } => match self.key.strip_prefix(path) {
                Some(rest) => {
                    self.key = rest;
                    Step::Down {
                        reference: child,
                        from_extension: true,
                    }
                }
                None => Step::End(None),
            },
            Node::Branch { value, .. } if self.key.is_empty() => {
                Step::End((!value.is_empty()).then_some(value))
            }
            Node::Branch { child: None, .. } => Step::End(None),
            Node::Branch {
                child: Some(reference),
                ..
            } => {
                self.key = self.key.skip(1);
                Step::Down {
                    reference,
                    from_extension: false,
                }
            }
        })
    }

    fn resolve(&mut self, reference: Reference<'a>) -> Result<&'a [u8], MptRejection> {
        match reference {
            Reference::Embedded(bytes) => Ok(bytes),
            Reference::Hash(hash) => {
                let bytes = self.take(&Hash32(*hash))?;
                if bytes.len() < HASHED_FROM_BYTES {
                    return Err(MptRejection::ShortNodeByHash {
                        node: self.position(),
                        length: bytes.len(),
                    });
                }
                Ok(bytes)
            }
        }
    }

    /// Takes the next node of the proof, which must have this hash.
    fn take(&mut self, expected: &Hash32) -> Result<&'a [u8], MptRejection> {
        let node = self.used;
        let bytes = self
            .proof
            .get(node)
            .ok_or(MptRejection::MissingNode { node })?
            .as_ref();
        if bytes.len() > MAX_NODE_BYTES {
            return Err(MptRejection::NodeTooLong {
                node,
                length: bytes.len(),
            });
        }
        let got = keccak256(bytes);
        if got != *expected {
            return Err(MptRejection::HashMismatch {
                node,
                expected: *expected,
                got,
            });
        }
        self.used = self.used.saturating_add(1);
        Ok(bytes)
    }

    fn every_node_is_used(&self) -> Result<(), MptRejection> {
        if self.used != self.proof.len() {
            return Err(MptRejection::SurplusNodes {
                used: self.used,
                given: self.proof.len(),
            });
        }
        Ok(())
    }
}
