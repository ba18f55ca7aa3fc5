//! A compressed binary tree over hashed keys, kept from block to block: a change costs its own path.
//!
//! It serves the subs, whose nodes sum, and the large tables of the globals, whose nodes do not: what a leaf and a node hash to
//! is their [`Content`].
//!
//! A branch stands at the first bit in which the keys below it differ, so that every branch has two children and the shape
//! follows from the set of keys alone. Changes only mark their path; [`Tree::root`] then hashes what is marked, each node
//! once however many of its leaves changed. A path is at most 256 branches, which bounds the recursion.

use alloc::{boxed::Box, vec::Vec};

use wire::types::Hash;

use super::amounts::AmountRejection;

/// What a node tells its parent.
#[derive(Clone, Debug)]
pub struct Summary<S> {
    /// The node's hash.
    pub hash: Hash,
    /// What is summed over everything below it.
    pub sums: S,
    /// Hash of the sums.
    pub sums_hash: Hash,
}

/// What the leaves of a tree are.
pub trait Content: Clone + core::fmt::Debug {
    /// What is summed over the leaves.
    type Sums: Clone + core::fmt::Debug;

    /// Where the leaf stands: uniformly distributed, as hashes are.
    fn key(&self) -> Hash;

    /// The leaf as a node.
    fn summary(&self) -> Summary<Self::Sums>;

    /// The node over two nodes.
    ///
    /// # Errors
    /// A sum out of range.
    fn joined(
        left: &Summary<Self::Sums>,
        right: &Summary<Self::Sums>,
    ) -> Result<Summary<Self::Sums>, AmountRejection>;
}

#[derive(Clone, Debug)]
struct Tip<L: Content> {
    key: Hash,
    leaf: L,
    summary: Option<Summary<L::Sums>>,
}

#[derive(Clone, Debug)]
struct Branch<L: Content> {
    depth: u8,
    left: Node<L>,
    right: Node<L>,
    summary: Option<Summary<L::Sums>>,
}

#[derive(Clone, Debug)]
enum Node<L: Content> {
    Tip(Box<Tip<L>>),
    Branch(Box<Branch<L>>),
}

/// See the module head.
#[derive(Clone, Debug)]
pub struct Tree<L: Content> {
    top: Option<Node<L>>,
    len: usize,
}

impl<L: Content> Default for Tree<L> {
    fn default() -> Self {
        Self { top: None, len: 0 }
    }
}

/// The leaf, and from the top down each branch's depth with the summaries of the child on the way and the other one.
pub(super) type Path<'a, L> = (
    L,
    Vec<(
        u8,
        &'a Summary<<L as Content>::Sums>,
        &'a Summary<<L as Content>::Sums>,
    )>,
);

impl<L: Content> Tree<L> {
    /// Number of leaves.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no leaf at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a leaf in the place of the former one under its key, or adds it.
    pub fn set(&mut self, leaf: L) {
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

    /// Takes the leaf under `key` out; nothing happens when there is none.
    pub fn remove(&mut self, key: &Hash) {
        if self.leaf(key).is_some() {
            self.top = self.top.take().and_then(|top| top.without(key));
            self.len = self.len.saturating_sub(1);
        }
    }

    /// The leaf under `key`.
    #[must_use]
    pub fn leaf(&self, key: &Hash) -> Option<&L> {
        let nearest = self.top.as_ref()?.nearest(key);
        (nearest.key == *key).then_some(&nearest.leaf)
    }

    /// Hash of the topmost node; zero when there is no leaf.
    ///
    /// # Errors
    /// [`AmountRejection::OutOfRange`] when a sum leaves its range. The tree is whole then and may be changed on.
    pub fn root(&mut self) -> Result<Hash, AmountRejection> {
        Ok(self.summarised()?.map_or(Hash::ZERO, |summary| summary.hash))
    }

    /// The topmost node; none when there is no leaf.
    pub(super) fn summarised(&mut self) -> Result<Option<&Summary<L::Sums>>, AmountRejection> {
        self.top.as_mut().map(Node::summarised).transpose()
    }

    /// The way to the leaf under `key`.
    pub(super) fn path(&mut self, key: &Hash) -> Result<Option<Path<'_, L>>, AmountRejection> {
        self.summarised()?;
        let Some(leaf) = self.leaf(key).cloned() else {
            return Ok(None);
        };
        let mut path = Vec::new();
        let mut node = self.top.as_ref();
        while let Some(Node::Branch(branch)) = node {
            let (own, sibling) = branch.sides(key);
            if let (Some(own), Some(sibling)) = (own.summary(), sibling.summary()) {
                path.push((branch.depth, own, sibling));
            }
            node = Some(own);
        }
        Ok(Some((leaf, path)))
    }
}

impl<L: Content> Node<L> {
    /// The tip that shares the longest beginning with `key`, or one of those that do.
    fn nearest(&self, key: &Hash) -> &Tip<L> {
        let mut node = self;
        loop {
            match node {
                Self::Tip(tip) => return tip,
                Self::Branch(branch) => node = branch.sides(key).0,
            }
        }
    }

    /// The node with `tip` in it; `depth` is where its key leaves those below, none when it is there already.
    fn with(self, tip: Tip<L>, depth: Option<u8>) -> Self {
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

    fn summary(&self) -> Option<&Summary<L::Sums>> {
        match self {
            Self::Tip(tip) => tip.summary.as_ref(),
            Self::Branch(branch) => branch.summary.as_ref(),
        }
    }

    fn summarised(&mut self) -> Result<&Summary<L::Sums>, AmountRejection> {
        match self {
            Self::Tip(tip) => {
                let Tip { leaf, summary, .. } = &mut **tip;
                Ok(summary.get_or_insert_with(|| leaf.summary()))
            }
            Self::Branch(branch) => branch.summarised(),
        }
    }
}

impl<L: Content> Branch<L> {
    /// The child on the way to `key`, and the other one.
    fn sides(&self, key: &Hash) -> (&Node<L>, &Node<L>) {
        if goes_right(key, self.depth) {
            (&self.right, &self.left)
        } else {
            (&self.left, &self.right)
        }
    }

    fn summarised(&mut self) -> Result<&Summary<L::Sums>, AmountRejection> {
        let summary = match self.summary.take() {
            Some(summary) => summary,
            None => L::joined(self.left.summarised()?, self.right.summarised()?)?,
        };
        Ok(self.summary.insert(summary))
    }
}

/// Bit `depth` of a key, counted from the most significant one: false goes left.
pub(super) fn goes_right(key: &Hash, depth: u8) -> bool {
    let byte = key.0.get(usize::from(depth / 8)).copied().unwrap_or(0);
    byte.wrapping_shl(u32::from(depth % 8)) & 0x80 != 0
}

/// The first bit in which two keys differ.
fn first_difference(one: &Hash, other: &Hash) -> Option<u8> {
    (0..=u8::MAX).find(|depth| goes_right(one, *depth) != goes_right(other, *depth))
}
