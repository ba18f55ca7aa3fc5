//! A compressed binary tree over hashed keys, kept from block to block: a change costs its own path.
//!
//! ```text
//!   changes by key ──► one walk puts them in and forgets the hashes on their paths
//!   root           ──► branches without a hash, lowest first: those of one level are hashed side by side
//! ```
//! It serves the subs, whose nodes sum, and the large tables of the globals, whose nodes do not: what a node hashes to is its
//! leaves' [`Content`].
//!
//! A branch stands at the first bit in which the keys below it differ, so that every branch has two children and the shape
//! follows from the set of keys alone. Nodes lie in one list and know each other by their place in it. Each is hashed once,
//! however many leaves below it changed. A path is at most 256 branches, which bounds the recursion.

use alloc::vec::Vec;

use wire::{keccak::Batch, types::Hash};

use super::amounts::AmountRejection;

/// What a node tells its parent.
#[derive(Clone, Debug)]
pub struct Summary<S> {
    /// The node's hash.
    pub hash: Hash,
    /// What is summed over everything below it.
    pub sums: S,
}

/// What the leaves of a tree are: how their sums add up, and what a node over two nodes hashes to.
pub trait Content: Clone + core::fmt::Debug {
    /// What is summed over the leaves.
    type Sums: Clone + core::fmt::Debug;

    /// The sums of two nodes.
    ///
    /// # Errors
    /// A sum out of range.
    fn plus(left: &Self::Sums, right: &Self::Sums) -> Result<Self::Sums, AmountRejection>;

    /// Puts what the node over two nodes hashes into the batch: what [`Content::joined`] takes the digests of.
    fn preimages(
        left: &Summary<Self::Sums>,
        right: &Summary<Self::Sums>,
        sums: &Self::Sums,
        batch: &mut Batch,
    );

    /// The node with these sums; takes the digests of its preimages.
    fn joined(sums: Self::Sums, digests: &mut impl Iterator<Item = Hash>) -> Option<Summary<Self::Sums>>;
}

/// What a leaf's place becomes: a leaf with its summary, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Change<L: Content> {
    pub(super) key: Hash,
    pub(super) leaf: Option<(L, Summary<L::Sums>)>,
}

/// Where a node lies in the tree's list.
type Place = usize;

#[derive(Clone, Debug)]
enum Node<L: Content> {
    Tip {
        key: Hash,
        leaf: L,
        summary: Summary<L::Sums>,
    },
    Branch {
        /// Bits before `depth` are those of every key below.
        prefix: Hash,
        depth: u8,
        children: [Place; 2],
        /// None after a change below.
        summary: Option<Summary<L::Sums>>,
    },
    /// Left behind; holds the next one that is.
    Free(Option<Place>),
}

/// See the module head.
#[derive(Clone, Debug)]
pub struct Tree<L: Content> {
    nodes: Vec<Node<L>>,
    free: Option<Place>,
    top: Option<Place>,
    len: usize,
}

impl<L: Content> Default for Tree<L> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            free: None,
            top: None,
            len: 0,
        }
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

    /// Takes the leaf under `key` out; nothing happens when there is none.
    pub fn remove(&mut self, key: &Hash) {
        if self.leaf(key).is_some() {
            self.change(alloc::vec![Change {
                key: *key,
                leaf: None
            }]);
        }
    }

    /// Puts leaves in the places of those under their keys, adds them, or takes out what has none any more. Of several changes
    /// under one key the last one holds.
    pub(super) fn change(&mut self, mut changes: Vec<Change<L>>) {
        changes.reverse();
        changes.sort_by_key(|change| change.key);
        changes.dedup_by(|later, kept| later.key == kept.key);
        self.top = self.with(self.top, &mut changes);
    }

    /// The leaf under `key`.
    #[must_use]
    pub fn leaf(&self, key: &Hash) -> Option<&L> {
        let mut node = self.node(self.top?)?;
        loop {
            match node {
                Node::Tip { key: found, leaf, .. } => return (found == key).then_some(leaf),
                Node::Branch { depth, children, .. } => node = self.node(sides(*children, key, *depth).0)?,
                Node::Free(_) => return None,
            }
        }
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
        let mut levels = Vec::new();
        if let Some(top) = self.top {
            self.unsummarised(top, &mut levels);
        }
        for level in levels {
            self.summarise(level)?;
        }
        Ok(self.top.and_then(|top| self.summary(top)))
    }

    /// The way to the leaf under `key`.
    pub(super) fn path(&mut self, key: &Hash) -> Result<Option<Path<'_, L>>, AmountRejection> {
        self.summarised()?;
        let Some(leaf) = self.leaf(key).cloned() else {
            return Ok(None);
        };
        let mut path = Vec::new();
        let mut place = self.top;
        while let Some(Node::Branch { depth, children, .. }) = place.and_then(|place| self.node(place)) {
            let (own, sibling) = sides(*children, key, *depth);
            if let (Some(own), Some(sibling)) = (self.summary(own), self.summary(sibling)) {
                path.push((*depth, own, sibling));
            }
            place = Some(own);
        }
        Ok(Some((leaf, path)))
    }

    fn node(&self, place: Place) -> Option<&Node<L>> {
        self.nodes.get(place)
    }

    fn summary(&self, place: Place) -> Option<&Summary<L::Sums>> {
        match self.node(place)? {
            Node::Tip { summary, .. } => Some(summary),
            Node::Branch { summary, .. } => summary.as_ref(),
            Node::Free(_) => None,
        }
    }
}

/// Changes of the shape.
impl<L: Content> Tree<L> {
    /// What stands at `place` once `changes`, ascending by key, are below it.
    fn with(&mut self, place: Option<Place>, changes: &mut [Change<L>]) -> Option<Place> {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return place;
        };
        let Some(at) = place else {
            return self.built(changes);
        };
        let (key, depth) = match self.node(at)? {
            Node::Tip { key, .. } => (*key, None),
            Node::Branch { prefix, depth, .. } => (*prefix, Some(*depth)),
            Node::Free(_) => return self.built(changes),
        };
        let parting = first_difference(&first.key, &key)
            .into_iter()
            .chain(first_difference(&last.key, &key))
            .min();
        match (parting, depth) {
            (Some(parting), depth) if depth.is_none_or(|depth| parting < depth) => {
                let (lower, upper) = parted(changes, parting);
                let (left, right) = if goes_right(&key, parting) {
                    (self.built(lower), self.with(place, upper))
                } else {
                    (self.with(place, lower), self.built(upper))
                };
                self.paired(parting, left, right)
            }
            (_, Some(depth)) => self.with_below(at, depth, changes),
            (_, None) => {
                self.leave(at);
                self.len = self.len.saturating_sub(1);
                self.built(changes)
            }
        }
    }

    /// What stands at the branch `at` once `changes`, which share its prefix, are below it.
    fn with_below(&mut self, at: Place, depth: u8, changes: &mut [Change<L>]) -> Option<Place> {
        let Node::Branch {
            children: [left, right],
            ..
        } = *self.node(at)?
        else {
            return None;
        };
        let (lower, upper) = parted(changes, depth);
        let found = [self.with(Some(left), lower), self.with(Some(right), upper)];
        let [Some(left), Some(right)] = found else {
            self.leave(at);
            return found.into_iter().flatten().next();
        };
        if let Some(Node::Branch {
            children, summary, ..
        }) = self.nodes.get_mut(at)
        {
            *children = [left, right];
            *summary = None;
        }
        Some(at)
    }

    /// A tree of these changes alone, ascending by key.
    fn built(&mut self, changes: &mut [Change<L>]) -> Option<Place> {
        let (first, last) = (changes.first()?.key, changes.last()?.key);
        let Some(parting) = first_difference(&first, &last) else {
            let (leaf, summary) = changes.first_mut()?.leaf.take()?;
            self.len = self.len.saturating_add(1);
            return Some(self.put(Node::Tip {
                key: first,
                leaf,
                summary,
            }));
        };
        let (lower, upper) = parted(changes, parting);
        let (left, right) = (self.built(lower), self.built(upper));
        self.paired(parting, left, right)
    }

    /// The branch over two nodes, or the one that there is.
    fn paired(&mut self, depth: u8, left: Option<Place>, right: Option<Place>) -> Option<Place> {
        let (Some(left), Some(right)) = (left, right) else {
            return left.or(right);
        };
        let prefix = match self.node(left)? {
            Node::Tip { key, .. } => *key,
            Node::Branch { prefix, .. } => *prefix,
            Node::Free(_) => return None,
        };
        Some(self.put(Node::Branch {
            prefix,
            depth,
            children: [left, right],
            summary: None,
        }))
    }

    fn put(&mut self, node: Node<L>) -> Place {
        let place = self.free.unwrap_or(self.nodes.len());
        match self.nodes.get_mut(place) {
            Some(slot) => {
                if let Node::Free(next) = *slot {
                    self.free = next;
                }
                *slot = node;
            }
            None => self.nodes.push(node),
        }
        place
    }

    fn leave(&mut self, place: Place) {
        if let Some(slot) = self.nodes.get_mut(place) {
            *slot = Node::Free(self.free.replace(place));
        }
    }
}

/// Hashing.
impl<L: Content> Tree<L> {
    /// Puts every branch at or below `place` that has no summary into its level, one above the higher of its children's; answers how
    /// many levels have to be hashed before `place` has one.
    fn unsummarised(&self, place: Place, levels: &mut Vec<Vec<Place>>) -> usize {
        let Some(Node::Branch {
            children: [left, right],
            summary: None,
            ..
        }) = self.node(place)
        else {
            return 0;
        };
        let level = self
            .unsummarised(*left, levels)
            .max(self.unsummarised(*right, levels));
        if levels.len() <= level {
            levels.resize_with(level.saturating_add(1), Vec::new);
        }
        if let Some(level) = levels.get_mut(level) {
            level.push(place);
        }
        level.saturating_add(1)
    }

    /// Gives the branches of one level their summaries; their children have theirs.
    fn summarise(&mut self, level: Vec<Place>) -> Result<(), AmountRejection> {
        let (mut batch, mut sums) = (Batch::default(), Vec::with_capacity(level.len()));
        for place in &level {
            let Some(Node::Branch {
                children: [left, right],
                ..
            }) = self.node(*place)
            else {
                continue;
            };
            if let (Some(left), Some(right)) = (self.summary(*left), self.summary(*right)) {
                let sum = L::plus(&left.sums, &right.sums)?;
                L::preimages(left, right, &sum, &mut batch);
                sums.push((*place, sum));
            }
        }
        let mut digests = batch.digests().into_iter();
        for (place, sums) in sums {
            if let Some(Node::Branch { summary, .. }) = self.nodes.get_mut(place) {
                *summary = L::joined(sums, &mut digests);
            }
        }
        Ok(())
    }
}

/// Those whose key goes left at `depth`, and those whose goes right; they share everything before it.
fn parted<L: Content>(changes: &mut [Change<L>], depth: u8) -> (&mut [Change<L>], &mut [Change<L>]) {
    let middle = changes.partition_point(|change| !goes_right(&change.key, depth));
    changes.split_at_mut(middle)
}

/// The child on the way to `key`, and the other one.
fn sides([left, right]: [Place; 2], key: &Hash, depth: u8) -> (Place, Place) {
    if goes_right(key, depth) {
        (right, left)
    } else {
        (left, right)
    }
}

/// Bit `depth` of a key, counted from the most significant one: false goes left.
pub(super) fn goes_right(key: &Hash, depth: u8) -> bool {
    let byte = key.0.get(usize::from(depth / 8)).copied().unwrap_or(0);
    byte.wrapping_shl(u32::from(depth % 8)) & 0x80 != 0
}

/// The first bit in which two keys differ.
fn first_difference(one: &Hash, other: &Hash) -> Option<u8> {
    let words = one.0.as_chunks::<8>().0.iter().zip(other.0.as_chunks::<8>().0);
    let differences =
        words.map(|(one, other)| (u64::from_be_bytes(*one) ^ u64::from_be_bytes(*other)).leading_zeros());
    let (word, bit) = (0_u8..).zip(differences).find(|(_, zeros)| *zeros < u64::BITS)?;
    u8::try_from(bit)
        .ok()
        .map(|bit| word.saturating_mul(64).saturating_add(bit))
}
