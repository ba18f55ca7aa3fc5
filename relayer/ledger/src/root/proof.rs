//! Proofs about one sub against a state root, and their strict verifiers.
//!
//! An *inclusion proof* carries hashes of sums and shows that a leaf is in the state: what a vault checks before it pays an
//! exit. An *audit proof* carries the sums themselves and shows besides that nothing on the way to the root was left out of
//! them: what a user checks who wants to know that the published totals contain their own claim.

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::{
    encoding::{Canonical, DecodeError, Reader},
    types::{Account, Hash},
};

use super::{
    amounts::{AmountRejection, Sums},
    leaf::{Leaf, key, node_hash},
    state_root,
    tree::{Tree, goes_right},
};

/// Why a proof does not show what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum ProofRejection {
    /// Zero stands for "none".
    #[error("the state root is zero")]
    ZeroRoot,
    /// As many levels as the path has branches.
    #[error("{levels} levels for {branches} branches")]
    LevelCount {
        /// Levels in the proof.
        levels: usize,
        /// Bits set.
        branches: usize,
    },
    /// The lowest level does not speak of the leaf's sums.
    #[error("the leaf's sums hash to {leaf}, its level says {level}")]
    LeafSums {
        /// By the leaf.
        leaf: Hash,
        /// By the proof.
        level: Hash,
    },
    /// Another state.
    #[error("the proof leads to the state root {got}, not to {expected}")]
    WrongRoot {
        /// What the proof leads to.
        got: Hash,
        /// What was asked.
        expected: Hash,
    },
    /// Sums on the way leave their range.
    #[error(transparent)]
    Amount(#[from] AmountRejection),
}

/// One branch on the way from the leaf to the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// keccak of the sums of the child on the way.
    pub sums: Hash,
    /// The other child.
    pub sibling: Hash,
    /// keccak of its sums.
    pub sibling_sums: Hash,
}

/// That a leaf is in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The leaf.
    pub leaf: Leaf,
    /// Bit d, from the most significant one, is set when the path branches at bit d of the key.
    pub branches: [u8; 32],
    /// The branches from the deepest to the top.
    pub levels: Vec<Level>,
    /// Root of the globals.
    pub globals: Hash,
}

/// One branch on the way from the leaf to the root, with the sibling's sums in the open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLevel {
    /// The other child.
    pub sibling: Hash,
    /// Its sums.
    pub sibling_sums: Sums,
}

/// That a leaf is in a state and in its sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditProof {
    /// The leaf.
    pub leaf: Leaf,
    /// As in [`InclusionProof`].
    pub branches: [u8; 32],
    /// The branches from the deepest to the top.
    pub levels: Vec<AuditLevel>,
    /// Root of the globals.
    pub globals: Hash,
}

impl Tree<Leaf> {
    /// Sums over all subs.
    ///
    /// # Errors
    /// As [`Tree::root`].
    pub fn total(&mut self) -> Result<Sums, AmountRejection> {
        Ok(self
            .summarised()?
            .map_or_else(Sums::default, |summary| summary.sums.sums.clone()))
    }

    /// Proof that the leaf of `account` is in the state whose globals have the root `globals`.
    ///
    /// # Errors
    /// As [`Tree::root`]. `None` when there is no such sub.
    pub fn prove(
        &mut self,
        account: &Account,
        globals: Hash,
    ) -> Result<Option<InclusionProof>, AmountRejection> {
        let Some((leaf, path)) = self.path(&key(account))? else {
            return Ok(None);
        };
        let mut proof = InclusionProof {
            leaf,
            branches: [0; 32],
            levels: Vec::new(),
            globals,
        };
        for (depth, own, sibling) in path.into_iter().rev() {
            mark(&mut proof.branches, depth);
            proof.levels.push(Level {
                sums: own.sums.hash,
                sibling: sibling.hash,
                sibling_sums: sibling.sums.hash,
            });
        }
        Ok(Some(proof))
    }

    /// Proof that the leaf of `account` is in the sums over all subs.
    ///
    /// # Errors
    /// As [`Tree::root`]. `None` when there is no such sub.
    pub fn prove_sums(
        &mut self,
        account: &Account,
        globals: Hash,
    ) -> Result<Option<AuditProof>, AmountRejection> {
        let Some((leaf, path)) = self.path(&key(account))? else {
            return Ok(None);
        };
        let mut proof = AuditProof {
            leaf,
            branches: [0; 32],
            levels: Vec::new(),
            globals,
        };
        for (depth, _, sibling) in path.into_iter().rev() {
            mark(&mut proof.branches, depth);
            proof.levels.push(AuditLevel {
                sibling: sibling.hash,
                sibling_sums: sibling.sums.sums.clone(),
            });
        }
        Ok(Some(proof))
    }
}

impl InclusionProof {
    /// The leaf, once it is shown to be in the state with this root.
    ///
    /// # Errors
    /// [`ProofRejection`].
    pub fn verify(&self, expected: &Hash) -> Result<&Leaf, ProofRejection> {
        is_a_root(expected)?;
        let depths = depths(&self.branches, self.levels.len())?;
        speaks_of_the_leaf(&self.leaf, self.levels.first())?;
        let key = self.leaf.key();
        let mut hash = self.leaf.hash();
        for (level, depth) in self.levels.iter().zip(depths) {
            let own = (&hash, &level.sums);
            hash = joined(
                goes_right(&key, depth),
                own,
                (&level.sibling, &level.sibling_sums),
            );
        }
        leads_to(expected, &hash, &self.globals)?;
        Ok(&self.leaf)
    }
}

impl AuditProof {
    /// The leaf and the sums over all subs, once the leaf is shown to be in the state with this root and in its sums.
    ///
    /// # Errors
    /// [`ProofRejection`].
    pub fn verify(&self, expected: &Hash) -> Result<(&Leaf, Sums), ProofRejection> {
        is_a_root(expected)?;
        let depths = depths(&self.branches, self.levels.len())?;
        let key = self.leaf.key();
        let (mut hash, mut sums) = (self.leaf.hash(), self.leaf.sums.clone());
        for (level, depth) in self.levels.iter().zip(depths) {
            let sibling = (&level.sibling, &level.sibling_sums.hash());
            hash = joined(goes_right(&key, depth), (&hash, &sums.hash()), sibling);
            sums = sums.plus(&level.sibling_sums)?;
        }
        leads_to(expected, &hash, &self.globals)?;
        Ok((&self.leaf, sums))
    }
}

fn is_a_root(root: &Hash) -> Result<(), ProofRejection> {
    if root.is_zero() {
        return Err(ProofRejection::ZeroRoot);
    }
    Ok(())
}

/// Depths of the branches, from the deepest to the top.
fn depths(branches: &[u8; 32], levels: usize) -> Result<Vec<u8>, ProofRejection> {
    let bits = Hash(*branches);
    let depths: Vec<u8> = (0..=u8::MAX)
        .rev()
        .filter(|depth| goes_right(&bits, *depth))
        .collect();
    if depths.len() != levels {
        return Err(ProofRejection::LevelCount {
            levels,
            branches: depths.len(),
        });
    }
    Ok(depths)
}

fn speaks_of_the_leaf(leaf: &Leaf, lowest: Option<&Level>) -> Result<(), ProofRejection> {
    let sums = leaf.sums.hash();
    match lowest {
        Some(level) if level.sums != sums => Err(ProofRejection::LeafSums {
            leaf: sums,
            level: level.sums,
        }),
        _ => Ok(()),
    }
}

fn joined(own_is_right: bool, own: (&Hash, &Hash), sibling: (&Hash, &Hash)) -> Hash {
    let (left, right) = if own_is_right {
        (sibling, own)
    } else {
        (own, sibling)
    };
    node_hash(left.0, left.1, right.0, right.1)
}

fn leads_to(expected: &Hash, subs: &Hash, globals: &Hash) -> Result<(), ProofRejection> {
    let got = state_root(subs, globals);
    if got != *expected {
        return Err(ProofRejection::WrongRoot {
            got,
            expected: *expected,
        });
    }
    Ok(())
}

fn mark(branches: &mut [u8; 32], depth: u8) {
    if let Some(byte) = branches.get_mut(usize::from(depth / 8)) {
        *byte |= 0x80_u8.wrapping_shr(u32::from(depth % 8));
    }
}

/// Encodes what both proofs begin and end with, and their levels between.
macro_rules! proof_encoding {
    ($proof:ident, $level:ident { $($field:ident),+ }) => {
        impl Canonical for $proof {
            fn encode_to(&self, out: &mut Vec<u8>) {
                self.leaf.encode_to(out);
                self.branches.encode_to(out);
                for level in &self.levels {
                    $( level.$field.encode_to(out); )+
                }
                self.globals.encode_to(out);
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let leaf = Leaf::decode_from(input)?;
                let branches = <[u8; 32]>::decode_from(input)?;
                let mut levels = Vec::new();
                let count: u32 = branches.iter().map(|byte| byte.count_ones()).sum();
                for _ in 0..count {
                    levels.push($level { $( $field: Canonical::decode_from(input)?, )+ });
                }
                Ok(Self { leaf, branches, levels, globals: Hash::decode_from(input)? })
            }
        }
    };
}
proof_encoding!(
    InclusionProof,
    Level {
        sums,
        sibling,
        sibling_sums
    }
);
proof_encoding!(
    AuditProof,
    AuditLevel {
        sibling,
        sibling_sums
    }
);
