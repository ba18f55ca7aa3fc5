//! Merkle mountain range: strict verification of leaves against the root of an authenticated number of leaves (CKB RFC 44).
//!
//! ```text
//!  height 2        6                 11 leaves = 8 + 2 + 1: one perfect tree, a **peak**, per bit of the count.
//!  height 1    2       5      9      The root **bags** the peaks from the right:
//!  height 0  0   1   3   4  7   8  10          merge(peak 0, merge(peak 1, peak 2))
//! ```
//! Leaves are named by their index (0 is the first), never by a position chosen by the prover: the leaf count is the caller's,
//! authenticated, and fixes the shape. Proof **items** are taken peak by peak from the left, inside a peak level by level from the
//! leaves up; the peaks right of the last proved leaf are one item, already bagged. That is the order that nodes serve.
//!
//! Guarantees: leaves are sorted, unique and in range, every leaf and item is consumed, nothing is taken for granted from an
//! empty proof. The returned root is what the caller compares. Merging may refuse (a [`Merge`] knows more than hashes).
//! Not guaranteed: that the count is right. Because right-hand peaks are bagged, one proof can give one root for several counts;
//! whoever names the root must authenticate its count (CKB's root carries its last block number).
//!
//! Spec: `spec/light-client.md`, CKB, chain-root MMR proof.

use alloc::vec::Vec;

/// How two neighbouring nodes make their parent.
pub trait Merge: Sized {
    /// Why two nodes cannot be neighbours.
    type Refusal;

    /// The parent of `self` and the node to its right.
    fn merge(&self, right: &Self) -> Result<Self, Self::Refusal>;
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum Rejection<R> {
    /// No leaf is to be proved.
    #[error("the proof has no leaf")]
    NoLeaf,
    /// A leaf lies outside the tree.
    #[error("leaf {index} is outside a tree of {count} leaves")]
    LeafOutOfRange {
        /// The leaf's index.
        index: u64,
        /// The authenticated number of leaves.
        count: u64,
    },
    /// Leaves are not in ascending order, or one is given twice.
    #[error("leaf {index} follows leaf {previous}")]
    NotAscending {
        /// The leaf before.
        previous: u64,
        /// The leaf that is not above it.
        index: u64,
    },
    /// More nodes are needed than the proof has.
    #[error("the proof has too few items")]
    MissingItem,
    /// The root is reached and items remain.
    #[error("{count} items are left over")]
    SurplusItems {
        /// How many.
        count: usize,
    },
    /// Two nodes cannot be neighbours.
    #[error("{0}")]
    Unmergeable(R),
}

/// Root of the range of `leaf_count` leaves in which each pair is an index and its leaf.
pub fn root_of_leaves<N: Merge + Clone>(
    leaf_count: u64,
    leaves: &[(u64, N)],
    items: &[N],
) -> Result<N, Rejection<N::Refusal>> {
    leaves_are_in_order(leaf_count, leaves)?;
    let mut items = items.iter();
    let mut rest = leaves;
    let mut found = Vec::new();
    for (start, height) in peaks(leaf_count) {
        if rest.is_empty() {
            // Everything to the right is one bagged item.
            found.push(next(&mut items)?);
            break;
        }
        let (inside, outside) =
            rest.split_at(rest.partition_point(|(index, _)| index.wrapping_sub(start) >> height == 0));
        found.push(peak_of(inside, height, &mut items)?);
        rest = outside;
    }
    match items.len() {
        0 => bag(found),
        count => Err(Rejection::SurplusItems { count }),
    }
}

/// Root of all leaves, in order.
pub fn root_of_all<N: Merge + Clone>(leaves: &[N]) -> Result<N, Rejection<N::Refusal>> {
    let mut range = Range::new();
    for leaf in leaves {
        range.push(leaf.clone())?;
    }
    range.root()
}

/// A range that grows leaf by leaf and keeps its peaks only: at most 64 nodes.
#[derive(Clone, Debug, Default)]
pub struct Range<N> {
    count: u64,
    /// From the highest to the lowest.
    peaks: Vec<N>,
}

impl<N: Merge + Clone> Range<N> {
    /// No leaf yet.
    pub fn new() -> Self {
        Self {
            count: 0,
            peaks: Vec::new(),
        }
    }

    /// Number of leaves.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds the next leaf; each peak of the same height to its left is merged with it.
    pub fn push(&mut self, leaf: N) -> Result<(), Rejection<N::Refusal>> {
        let merges = usize::try_from(self.count.trailing_ones()).unwrap_or(usize::MAX);
        let (keep, full) = self.peaks.split_at(self.peaks.len().saturating_sub(merges));
        let merged = full
            .iter()
            .rev()
            .try_fold(leaf, |right, left| left.merge(&right))
            .map_err(Rejection::Unmergeable)?;
        let keep = keep.len();
        self.peaks.truncate(keep);
        self.peaks.push(merged);
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// The root of all leaves so far.
    pub fn root(&self) -> Result<N, Rejection<N::Refusal>> {
        bag(self.peaks.clone())
    }
}

/// First leaf and height of each peak, from the left.
fn peaks(leaf_count: u64) -> impl Iterator<Item = (u64, u32)> {
    let mut start = 0_u64;
    (0..u64::BITS)
        .rev()
        .filter(move |height| (leaf_count >> height) & 1 == 1)
        .map(move |height| {
            let first = start;
            start |= 1_u64.wrapping_shl(height);
            (first, height)
        })
}

fn leaves_are_in_order<N: Merge>(count: u64, leaves: &[(u64, N)]) -> Result<(), Rejection<N::Refusal>> {
    if leaves.is_empty() {
        return Err(Rejection::NoLeaf);
    }
    for pair in leaves.windows(2) {
        if let [(previous, _), (index, _)] = pair
            && index <= previous
        {
            return Err(Rejection::NotAscending {
                previous: *previous,
                index: *index,
            });
        }
    }
    match leaves.last() {
        Some(&(index, _)) if index >= count => Err(Rejection::LeafOutOfRange { index, count }),
        _ => Ok(()),
    }
}

/// The peak of `height` above the given leaves, which are all its own.
fn peak_of<N: Merge + Clone>(
    leaves: &[(u64, N)],
    height: u32,
    items: &mut core::slice::Iter<'_, N>,
) -> Result<N, Rejection<N::Refusal>> {
    let mut level = leaves.to_vec();
    for _ in 0..height {
        if level.is_empty() {
            break;
        }
        level = one_level_up(level, items)?;
    }
    match level.pop() {
        Some((_, peak)) => Ok(peak),
        None => next(items),
    }
}

/// Pairs each node with its sibling, which is the next node or the next item.
fn one_level_up<N: Merge + Clone>(
    level: Vec<(u64, N)>,
    items: &mut core::slice::Iter<'_, N>,
) -> Result<Vec<(u64, N)>, Rejection<N::Refusal>> {
    let mut above = Vec::with_capacity(level.len());
    let mut nodes = level.into_iter().peekable();
    while let Some((index, node)) = nodes.next() {
        let parent = if index & 1 == 1 {
            next(items)?.merge(&node)
        } else if let Some((_, right)) = nodes.next_if(|(other, _)| *other == index | 1) {
            node.merge(&right)
        } else {
            node.merge(&next(items)?)
        };
        above.push((index >> 1, parent.map_err(Rejection::Unmergeable)?));
    }
    Ok(above)
}

fn next<N: Merge + Clone>(items: &mut core::slice::Iter<'_, N>) -> Result<N, Rejection<N::Refusal>> {
    items.next().cloned().ok_or(Rejection::MissingItem)
}

/// Merges peaks from the right.
fn bag<N: Merge>(peaks: Vec<N>) -> Result<N, Rejection<N::Refusal>> {
    peaks
        .into_iter()
        .rev()
        .map(Ok)
        .reduce(|right, left| left?.merge(&right?).map_err(Rejection::Unmergeable))
        .ok_or(Rejection::NoLeaf)?
}

#[cfg(test)]
mod tests;
