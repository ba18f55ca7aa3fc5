//! Molecule (CKB RFC 8): strict reading and canonical writing of CKB's own serialisation.
//!
//! ```text
//! struct, array   fields one after the other, fixed size
//! fixvec          count ‖ items of one size            table, dynvec   full size ‖ offsets ‖ items
//! option          nothing, or the item                 all integers    little endian, 32 bits in framing
//! ```
//! Guarantees: what is read writes back to the same bytes. Sizes are exact, offsets ascend and start where they must, nothing
//! trails, unknown table fields are refused. Nothing is allocated before the counts were checked against the bytes at hand.

use alloc::vec::Vec;

/// Why bytes are not the molecule type they should be. `at` names the type or field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum MoleculeError {
    /// Not the one size that the type has.
    #[error("{at}: {got} bytes instead of {expected}")]
    Size {
        /// Type or field.
        at: &'static str,
        /// The type's size, or the size its framing declares.
        expected: usize,
        /// Bytes present.
        got: usize,
    },
    /// An offset is not where the item before it ends.
    #[error("{at}: offset {offset} is out of place")]
    Offset {
        /// Type or field.
        at: &'static str,
        /// The offset.
        offset: usize,
    },
    /// A table with fewer or more fields than the type has.
    #[error("{at}: {got} fields instead of {expected}")]
    Fields {
        /// Type.
        at: &'static str,
        /// Fields of the type.
        expected: usize,
        /// Fields present.
        got: usize,
    },
    /// A byte outside the values of its enumeration.
    #[error("{at}: unknown value {value}")]
    UnknownValue {
        /// Field.
        at: &'static str,
        /// The byte.
        value: u8,
    },
}

/// Bytes of one value and the name it has in errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) at: &'static str,
    pub(super) bytes: &'a [u8],
}

impl<'a> Field<'a> {
    pub(super) fn new(at: &'static str, bytes: &'a [u8]) -> Self {
        Self { at, bytes }
    }

    /// The same bytes under a more specific name.
    pub(super) fn named(self, at: &'static str) -> Self {
        Self { at, ..self }
    }

    fn size_error(&self, expected: usize) -> MoleculeError {
        MoleculeError::Size {
            at: self.at,
            expected,
            got: self.bytes.len(),
        }
    }

    /// All bytes as an array.
    pub(super) fn array<const N: usize>(self) -> Result<[u8; N], MoleculeError> {
        self.bytes.try_into().map_err(|_| self.size_error(N))
    }

    pub(super) fn u32(self) -> Result<u32, MoleculeError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(self) -> Result<u64, MoleculeError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Takes `N` bytes from the front of a struct.
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], MoleculeError> {
        let (head, rest) = self.bytes.split_first_chunk().ok_or_else(|| self.size_error(N))?;
        self.bytes = rest;
        Ok(*head)
    }

    /// Fails unless all bytes were taken.
    pub(super) fn end(self) -> Result<(), MoleculeError> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(self.size_error(0))
        }
    }

    /// Items of a vector whose items have `item` bytes each.
    pub(super) fn fixvec(
        self,
        item: usize,
    ) -> Result<impl ExactSizeIterator<Item = Field<'a>>, MoleculeError> {
        let (count, items) = self.leading_u32()?;
        let expected = count.saturating_mul(item);
        if items.len() != expected {
            return Err(MoleculeError::Size {
                at: self.at,
                expected: expected.saturating_add(4),
                got: self.bytes.len(),
            });
        }
        Ok(items.chunks_exact(item).map(move |bytes| Field { bytes, ..self }))
    }

    /// A `Bytes` value.
    pub(super) fn byte_vector(self) -> Result<&'a [u8], MoleculeError> {
        let (count, bytes) = self.leading_u32()?;
        if bytes.len() == count {
            return Ok(bytes);
        }
        Err(self.size_error(count.saturating_add(4)))
    }

    /// The value of an option, absent when empty.
    pub(super) fn option(self) -> Option<Self> {
        (!self.bytes.is_empty()).then_some(self)
    }

    /// Items of a vector of any size; also the fields of a table.
    pub(super) fn dynvec(self) -> Result<Vec<Field<'a>>, MoleculeError> {
        let (size, framed) = self.leading_u32()?;
        if size != self.bytes.len() {
            return Err(self.size_error(size));
        }
        if framed.is_empty() {
            return Ok(Vec::new());
        }
        let first = Field {
            bytes: framed,
            ..self
        }
        .leading_u32()?
        .0;
        let offsets = self.offsets(first)?;
        let mut items = Vec::with_capacity(offsets.len());
        for (place, offset) in offsets.iter().enumerate() {
            let end = offsets.get(place.saturating_add(1)).map_or(size, offset_of);
            let offset = offset_of(offset);
            let bytes = self
                .bytes
                .get(offset..end)
                .ok_or(MoleculeError::Offset { at: self.at, offset })?;
            items.push(Field { bytes, ..self });
        }
        Ok(items)
    }

    /// The offsets before the first item.
    fn offsets(&self, first: usize) -> Result<&'a [[u8; 4]], MoleculeError> {
        let misplaced = MoleculeError::Offset {
            at: self.at,
            offset: first,
        };
        match self.bytes.get(4..first).map(<[u8]>::as_chunks) {
            Some((offsets @ [_, ..], [])) => Ok(offsets),
            _ => Err(misplaced),
        }
    }

    /// Exactly the fields of a table.
    pub(super) fn table<const N: usize>(self) -> Result<[Field<'a>; N], MoleculeError> {
        let fields = self.dynvec()?;
        let got = fields.len();
        fields.try_into().map_err(|_| MoleculeError::Fields {
            at: self.at,
            expected: N,
            got,
        })
    }

    fn leading_u32(&self) -> Result<(usize, &'a [u8]), MoleculeError> {
        let (head, rest) = self.bytes.split_first_chunk().ok_or_else(|| self.size_error(4))?;
        Ok((offset_of(head), rest))
    }
}

fn offset_of(bytes: &[u8; 4]) -> usize {
    usize::try_from(u32::from_le_bytes(*bytes)).unwrap_or(usize::MAX)
}

/// A count or size as it is written. Values above 32 bits cannot occur: they would not fit the memory they are made from.
fn framing(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

/// Writes a vector of items that all have one size.
pub(super) fn write_fixvec<'a>(items: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = framing(items.len()).to_vec();
    items.for_each(|item| bytes.extend_from_slice(item));
    bytes
}

/// Writes a `Bytes` value.
pub(super) fn write_bytes(bytes: &[u8]) -> Vec<u8> {
    [&framing(bytes.len()), bytes].concat()
}

/// Writes a table, or a vector of items of any size.
pub(super) fn write_dynvec(items: &[Vec<u8>]) -> Vec<u8> {
    let header = items.len().saturating_add(1).saturating_mul(4);
    let size = items
        .iter()
        .fold(header, |size, item| size.saturating_add(item.len()));
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(&framing(size));
    let mut offset = header;
    for item in items {
        bytes.extend_from_slice(&framing(offset));
        offset = offset.saturating_add(item.len());
    }
    items.iter().for_each(|item| bytes.extend_from_slice(item));
    bytes
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use strum::VariantNames as _;

    use super::*;

    fn dynvec(bytes: &[u8]) -> Result<Vec<Vec<u8>>, MoleculeError> {
        Field::new("test", bytes)
            .dynvec()
            .map(|items| items.iter().map(|item| item.bytes.to_vec()).collect())
    }

    #[test]
    fn reads_what_it_writes() {
        for items in [vec![], vec![vec![]], vec![vec![1], vec![], vec![2, 3]]] {
            assert_eq!(dynvec(&write_dynvec(&items)), Ok(items));
        }
        assert_eq!(
            Field::new("test", &write_bytes(&[7; 5])).byte_vector(),
            Ok(&[7; 5][..])
        );
    }

    #[test]
    fn rejects_trailing_and_missing_bytes() {
        let bytes = write_dynvec(&[vec![1], vec![2]]);
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(
            dynvec(&longer),
            Err(MoleculeError::Size {
                at: "test",
                expected: 14,
                got: 15
            })
        );
        for length in 0..bytes.len() {
            assert!(dynvec(&bytes[..length]).is_err(), "length {length}");
        }
        assert!(Field::new("test", &[1, 0, 0, 0]).byte_vector().is_err());
        assert!(Field::new("test", &[255, 255, 255, 255]).fixvec(32).is_err());
    }

    #[test]
    fn rejects_offsets_out_of_place() {
        let good = write_dynvec(&[vec![1], vec![2]]);
        for (place, value) in [(4, 13), (4, 0), (4, 7), (8, 11), (8, 200)] {
            let mut bytes = good.clone();
            bytes[place] = value;
            let refused = dynvec(&bytes).unwrap_err();
            assert!(
                matches!(refused, MoleculeError::Offset { .. }),
                "{place} {value}: {refused}"
            );
        }
    }

    #[test]
    fn rejects_a_table_with_unknown_fields() {
        let bytes = write_dynvec(&[vec![1], vec![2], vec![3]]);
        let refused = Field::new("test", &bytes).table::<2>().unwrap_err();
        assert_eq!(
            refused,
            MoleculeError::Fields {
                at: "test",
                expected: 2,
                got: 3
            }
        );
    }

    #[test]
    fn every_error_has_a_test() {
        // UnknownValue: transaction.rs, `rejects_unknown_hash_and_dependency_types`.
        assert_eq!(
            MoleculeError::VARIANTS,
            ["Size", "Offset", "Fields", "UnknownValue"]
        );
    }
}
