//! A row that many hold and one writes: the undo, the receipts and the root's thread keep a sub as it was while the state goes on.
//!
//! Holding a row costs a count; the first write to one that somebody else still holds copies it. Reads, equality and bytes are
//! those of the row itself.

use alloc::{sync::Arc, vec::Vec};
use core::ops::{Deref, DerefMut};
use wire::encoding::{Canonical, DecodeError, Reader};

/// A shared row; see the module head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> From<T> for Shared<T> {
    fn from(row: T) -> Self {
        Self(Arc::new(row))
    }
}

impl<T: Canonical> Canonical for Shared<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.0.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::decode_from(input).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Shared;

    #[test]
    fn a_write_leaves_what_others_hold_as_it_was() {
        let mut row = Shared::from(1);
        let held = row.clone();
        *row = 2;
        assert_eq!((*held, *row), (1, 2));
    }
}
