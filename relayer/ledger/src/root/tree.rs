//! The tree over all subs, kept from block to block: a change costs its own path.
//!
//! A branch stands at the first bit in which the keys below it differ, so that every branch has two children and the shape
//! follows from the set of keys alone. Changes only mark their path; [`SubsTree::root`] then hashes what is marked, each node
//! once however many of its leaves changed. A path is at most 256 branches, which bounds the recursion.

use alloc::{boxed::Box, vec::Vec};

use wire::types::{Account, Hash};

use super::{
    amounts::{AmountRejection, Sums},
    leaf::{Leaf, goes_right, key, node_hash},
    proof::{AuditLevel, AuditProof, InclusionProof, Level},
};

/// What a node tells its parent.
#[derive(Clone, Debug)]
struct Summary {
    hash: Hash,
    sums: Sums,
    sums_hash: Hash,
}

#[derive(Clone, Debug)]
struct Tip {
    key: Hash,
    leaf: Leaf,
    summary: Option<Summary>,
}

#[derive(Clone, Debug)]
struct Branch {
    depth: u8,
    left: Node,
    right: Node,
    summary: Option<Summary>,
}

#[derive(Clone, Debug)]
enum Node {
    Tip(Box<Tip>),
    Branch(Box<Branch>),
}

/// Sparse Merkle sum tree over the subs; see the module head of [`super`].
#[derive(Clone, Debug, Default)]
pub struct SubsTree {
    top: Option<Node>,
    len: usize,
}

impl SubsTree {
    /// Number of subs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no sub at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a leaf in the place of the sub's former one, or adds it.
    pub fn set(&mut self, leaf: Leaf) {
        let key = leaf.key();
        let tip = Tip {
            key,
            leaf,
            summary: None,
        };
        let Some(top) = self.top.take() else {
            self.top = Some(Node::Tip(Box::new(tip)));
            self.len = 1;
            return;
        };
        let depth = first_difference(&key, &top.nearest(&key).key);
        self.len = self.len.saturating_add(usize::from(depth.is_some()));
        self.top = Some(top.with(tip, depth));
    }

    /// Takes a sub out; nothing happens when it is not there.
    pub fn remove(&mut self, account: &Account) {
        let key = key(account);
        let is_there = self.top.as_ref().is_some_and(|top| top.nearest(&key).key == key);
        if is_there {
            self.top = self.top.take().and_then(|top| top.without(&key));
            self.len = self.len.saturating_sub(1);
        }
    }

    /// The root over all subs; zero when there is none.
    ///
    /// # Errors
    /// [`AmountRejection::OutOfRange`] when a sum leaves its range. The tree is whole then and may be changed on.
    pub fn root(&mut self) -> Result<Hash, AmountRejection> {
        match &mut self.top {
            Some(top) => Ok(top.summarised()?.hash),
            None => Ok(Hash::ZERO),
        }
    }

    /// Sums over all subs.
    ///
    /// # Errors
    /// As [`SubsTree::root`].
    pub fn total(&mut self) -> Result<Sums, AmountRejection> {
        match &mut self.top {
            Some(top) => Ok(top.summarised()?.sums.clone()),
            None => Ok(Sums::default()),
        }
    }

    /// The leaf of a sub.
    #[must_use]
    pub fn leaf(&self, account: &Account) -> Option<&Leaf> {
        let key = key(account);
        let nearest = self.top.as_ref()?.nearest(&key);
        (nearest.key == key).then_some(&nearest.leaf)
    }

    /// Proof that the leaf of `account` is in the state whose globals have the root `globals`.
    ///
    /// # Errors
    /// As [`SubsTree::root`]. `None` when there is no such sub.
    pub fn prove(
        &mut self,
        account: &Account,
        globals: Hash,
    ) -> Result<Option<InclusionProof>, AmountRejection> {
        let Some((leaf, path)) = self.path(account)? else {
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
                sums: own.sums_hash,
                sibling: sibling.hash,
                sibling_sums: sibling.sums_hash,
            });
        }
        Ok(Some(proof))
    }

    /// Proof that the leaf of `account` is in the sums over all subs.
    ///
    /// # Errors
    /// As [`SubsTree::root`]. `None` when there is no such sub.
    pub fn prove_sums(
        &mut self,
        account: &Account,
        globals: Hash,
    ) -> Result<Option<AuditProof>, AmountRejection> {
        let Some((leaf, path)) = self.path(account)? else {
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
                sibling_sums: sibling.sums.clone(),
            });
        }
        Ok(Some(proof))
    }

    /// The leaf, and from the top down each branch's depth with the summaries of the child on the way and the other one.
    fn path(&mut self, account: &Account) -> Result<Option<Path<'_>>, AmountRejection> {
        let key = key(account);
        let Some(leaf) = self.leaf(account).cloned() else {
            return Ok(None);
        };
        self.root()?;
        let mut path = Vec::new();
        let mut node = self.top.as_ref();
        while let Some(Node::Branch(branch)) = node {
            let (own, sibling) = branch.sides(&key);
            if let (Some(own), Some(sibling)) = (own.summary(), sibling.summary()) {
                path.push((branch.depth, own, sibling));
            }
            node = Some(own);
        }
        Ok(Some((leaf, path)))
    }
}

type Path<'a> = (Leaf, Vec<(u8, &'a Summary, &'a Summary)>);

impl Node {
    /// The tip that shares the longest beginning with `key`, or one of those that do.
    fn nearest(&self, key: &Hash) -> &Tip {
        let mut node = self;
        loop {
            match node {
                Self::Tip(tip) => return tip,
                Self::Branch(branch) => node = branch.sides(key).0,
            }
        }
    }

    /// The node with `tip` in it; `depth` is where its key leaves those below, none when it is there already.
    fn with(self, tip: Tip, depth: Option<u8>) -> Self {
        match (self, depth) {
            (Self::Branch(mut branch), depth) if depth.is_none_or(|depth| branch.depth < depth) => {
                branch.summary = None;
                if goes_right(&tip.key, branch.depth) {
                    branch.right = branch.right.with(tip, depth);
                } else {
                    branch.left = branch.left.with(tip, depth);
                }
                Self::Branch(branch)
            }
            (node, Some(depth)) => {
                let is_right = goes_right(&tip.key, depth);
                let tip = Self::Tip(Box::new(tip));
                let (left, right) = if is_right { (node, tip) } else { (tip, node) };
                Self::Branch(Box::new(Branch {
                    depth,
                    left,
                    right,
                    summary: None,
                }))
            }
            (_, None) => Self::Tip(Box::new(tip)),
        }
    }

    /// The node without the tip under `key`, which is there.
    fn without(self, key: &Hash) -> Option<Self> {
        let Self::Branch(branch) = self else { return None };
        let Branch {
            depth, left, right, ..
        } = *branch;
        let is_right = goes_right(key, depth);
        let (own, sibling) = if is_right { (right, left) } else { (left, right) };
        let Some(own) = own.without(key) else {
            return Some(sibling);
        };
        let (left, right) = if is_right { (sibling, own) } else { (own, sibling) };
        Some(Self::Branch(Box::new(Branch {
            depth,
            left,
            right,
            summary: None,
        })))
    }

    fn summary(&self) -> Option<&Summary> {
        match self {
            Self::Tip(tip) => tip.summary.as_ref(),
            Self::Branch(branch) => branch.summary.as_ref(),
        }
    }

    fn summarised(&mut self) -> Result<&Summary, AmountRejection> {
        match self {
            Self::Tip(tip) => {
                let Tip { leaf, summary, .. } = &mut **tip;
                Ok(summary.get_or_insert_with(|| Summary {
                    hash: leaf.hash(),
                    sums: leaf.sums.clone(),
                    sums_hash: leaf.sums.hash(),
                }))
            }
            Self::Branch(branch) => branch.summarised(),
        }
    }
}

impl Branch {
    /// The child on the way to `key`, and the other one.
    fn sides(&self, key: &Hash) -> (&Node, &Node) {
        if goes_right(key, self.depth) {
            (&self.right, &self.left)
        } else {
            (&self.left, &self.right)
        }
    }

    fn summarised(&mut self) -> Result<&Summary, AmountRejection> {
        let summary = match self.summary.take() {
            Some(summary) => summary,
            None => {
                let (left, right) = (self.left.summarised()?, self.right.summarised()?);
                let sums = left.sums.plus(&right.sums)?;
                Summary {
                    hash: node_hash(&left.hash, &left.sums_hash, &right.hash, &right.sums_hash),
                    sums_hash: sums.hash(),
                    sums,
                }
            }
        };
        Ok(self.summary.insert(summary))
    }
}

/// The first bit in which two keys differ.
fn first_difference(one: &Hash, other: &Hash) -> Option<u8> {
    (0..=u8::MAX).find(|depth| goes_right(one, *depth) != goes_right(other, *depth))
}

fn mark(branches: &mut [u8; 32], depth: u8) {
    if let Some(byte) = branches.get_mut(usize::from(depth / 8)) {
        *byte |= 0x80_u8.wrapping_shr(u32::from(depth % 8));
    }
}
