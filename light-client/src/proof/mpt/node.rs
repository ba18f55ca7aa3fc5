//! One trie node: a branch, an extension or a leaf, and the nibble paths in it.

use crate::proof::rlp::{self, Item, Reader, RlpRejection};

use super::{HASHED_FROM_BYTES, MptRejection};

/// How a node refers to a child.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reference<'a> {
    /// Keccak-256 of the child's encoding.
    Hash(&'a [u8; 32]),
    /// The child's encoding itself, shorter than a hash.
    Embedded(&'a [u8]),
}

/// A node, borrowed from its encoding.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node<'a> {
    Branch {
        /// The child at the nibble asked for.
        child: Option<Reference<'a>>,
        /// Empty when no key ends here.
        value: &'a [u8],
    },
    Extension {
        path: Path<'a>,
        child: Reference<'a>,
    },
    Leaf {
        path: Path<'a>,
        value: &'a [u8],
    },
}

impl<'a> Node<'a> {
    /// Decodes all of the node and keeps, of a branch, the child at `nibble` (none: the key ends here).
    /// `node` is the position that a rejection names.
    pub(super) fn decode(bytes: &'a [u8], nibble: Option<u8>, node: usize) -> Result<Self, MptRejection> {
        let malformed = |source| MptRejection::Encoding { node, source };
        let mut items = rlp::decode(bytes).and_then(Item::list).map_err(malformed)?;
        let first = next(&mut items, node)?;
        let second = next(&mut items, node)?;
        if items.is_empty() {
            Self::short(first.0, second, node)
        } else {
            Self::branch([first, second], items, nibble, node)
        }
    }

    /// Two items: a path, and a child or a value.
    fn short(path: Item<'a>, second: Encoded<'a>, node: usize) -> Result<Self, MptRejection> {
        let malformed = |source| MptRejection::Encoding { node, source };
        let (path, kind) = Path::of_hex_prefix(path.string().map_err(malformed)?)
            .ok_or(MptRejection::MalformedPath { node })?;
        match kind {
            PathKind::Leaf => {
                let value = second.0.string().map_err(malformed)?;
                if value.is_empty() {
                    return Err(MptRejection::EmptyValue { node });
                }
                Ok(Self::Leaf { path, value })
            }
            PathKind::Extension if path.is_empty() => Err(MptRejection::EmptyExtension { node }),
            PathKind::Extension => {
                let child = reference(second, node)?;
                let child = child.ok_or(MptRejection::MalformedReference { node, length: 0 })?;
                Ok(Self::Extension { path, child })
            }
        }
    }

    /// Seventeen items: a child for each nibble, and the value of the key that ends here.
    fn branch(
        first_two: [Encoded<'a>; 2],
        mut items: Reader<'a>,
        nibble: Option<u8>,
        node: usize,
    ) -> Result<Self, MptRejection> {
        let mut first_two = first_two.into_iter();
        let mut child = None;
        let mut occupied = 0_usize;
        for place in 0..16_u8 {
            let item = match first_two.next() {
                Some(item) => item,
                None => next(&mut items, node)?,
            };
            let reference = reference(item, node)?;
            occupied = occupied.saturating_add(usize::from(reference.is_some()));
            if nibble == Some(place) {
                child = reference;
            }
        }
        let value = Self::branch_value(items, node)?;
        let occupied = occupied.saturating_add(usize::from(!value.is_empty()));
        if occupied < 2 {
            return Err(MptRejection::SparseBranch { node, occupied });
        }
        Ok(Self::Branch { child, value })
    }

    /// The last item of a branch.
    fn branch_value(mut items: Reader<'a>, node: usize) -> Result<&'a [u8], MptRejection> {
        let (value, _) = next(&mut items, node)?;
        if !items.is_empty() {
            return Err(MptRejection::WrongItemCount { node });
        }
        value
            .string()
            .map_err(|source| MptRejection::Encoding { node, source })
    }
}

/// An item and its encoding.
type Encoded<'a> = (Item<'a>, &'a [u8]);

fn next<'a>(items: &mut Reader<'a>, node: usize) -> Result<Encoded<'a>, MptRejection> {
    if items.is_empty() {
        return Err(MptRejection::WrongItemCount { node });
    }
    items
        .encoded_item()
        .map_err(|source: RlpRejection| MptRejection::Encoding { node, source })
}

/// What stands for a child: nothing, a hash, or a node that is shorter than a hash.
#[inline]
fn reference<'a>((item, encoding): Encoded<'a>, node: usize) -> Result<Option<Reference<'a>>, MptRejection> {
    match item {
        Item::String([]) => Ok(None),
        Item::String(bytes) => match bytes.try_into() {
            Ok(hash) => Ok(Some(Reference::Hash(hash))),
            Err(_) => Err(MptRejection::MalformedReference {
                node,
                length: bytes.len(),
            }),
        },
        Item::List(_) if encoding.len() < HASHED_FROM_BYTES => Ok(Some(Reference::Embedded(encoding))),
        Item::List(_) => Err(MptRejection::EmbeddedNodeTooLong {
            node,
            length: encoding.len(),
        }),
    }
}

/// What the flag of a hex-prefix path says about its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathKind {
    Extension,
    Leaf,
}

/// A sequence of nibbles, borrowed from bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a> {
    bytes: &'a [u8],
    /// First nibble that counts: past what was walked, or past the flag.
    start: usize,
}

impl<'a> Path<'a> {
    pub(super) fn of_key(key: &'a [u8]) -> Self {
        Self { bytes: key, start: 0 }
    }

    /// Reads the hex-prefix form: flag nibble 0 to 3 (bit 0: odd count, bit 1: leaf), a zero nibble if the count is even.
    fn of_hex_prefix(bytes: &'a [u8]) -> Option<(Self, PathKind)> {
        let first = *bytes.first()?;
        let (start, kind) = match first {
            0x00 => (2, PathKind::Extension),
            0x10..=0x1f => (1, PathKind::Extension),
            0x20 => (2, PathKind::Leaf),
            0x30..=0x3f => (1, PathKind::Leaf),
            _ => return None,
        };
        Some((Self { bytes, start }, kind))
    }

    fn nibble(&self, position: usize) -> Option<u8> {
        let byte = self.bytes.get(position >> 1)?;
        Some(if position & 1 == 0 { byte >> 4 } else { byte & 0x0f })
    }

    fn len(&self) -> usize {
        self.bytes.len().saturating_mul(2).saturating_sub(self.start)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first nibble.
    pub(super) fn first(self) -> Option<u8> {
        self.nibble(self.start)
    }

    /// What follows the first `count` nibbles.
    pub(super) fn skip(self, count: usize) -> Self {
        Self {
            bytes: self.bytes,
            start: self.start.saturating_add(count),
        }
    }

    fn nibbles(self) -> impl Iterator<Item = u8> + 'a {
        (self.start..).map_while(move |position| self.nibble(position))
    }

    pub(super) fn strip_prefix(self, prefix: Path<'_>) -> Option<Self> {
        let starts_with_it =
            prefix.len() <= self.len() && prefix.nibbles().eq(self.nibbles().take(prefix.len()));
        starts_with_it.then(|| self.skip(prefix.len()))
    }
}

impl<'a, 'b> PartialEq<Path<'b>> for Path<'a> {
    fn eq(&self, other: &Path<'b>) -> bool {
        self.len() == other.len() && self.nibbles().eq(other.nibbles())
    }
}
