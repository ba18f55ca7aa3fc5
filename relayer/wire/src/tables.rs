//! Canonical encoding of ordered tables and of tuples, for states that are kept and compared rather than signed.
//!
//! A map, be it a tree or one row after the other, is a `u32` count and its rows by strictly ascending key; a set is its keys alone; a tuple is its parts. A count is
//! believed up to the bytes that are left, since every row takes at least one.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use litemap::LiteMap;

use crate::encoding::{Canonical, DecodeError, Reader, encode_count};

impl Canonical for () {
    fn encode_to(&self, _: &mut Vec<u8>) {}

    fn decode_from(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}

macro_rules! tuples {
    ($( ($($part:ident $place:tt),+) )+) => {$(
        impl<$($part: Canonical),+> Canonical for ($($part,)+) {
            fn encode_to(&self, out: &mut Vec<u8>) {
                $( self.$place.encode_to(out); )+
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(($($part::decode_from(input)?,)+))
            }
        }
    )+};
}
tuples! { (A 0, B 1) (A 0, B 1, C 2) }

macro_rules! maps {
    ($( $map:ident, $last:ident; )+) => {$(
        impl<K: Canonical + Ord, V: Canonical> Canonical for $map<K, V> {
            fn encode_to(&self, out: &mut Vec<u8>) {
                encode_count(self.len(), out);
                for (key, value) in self {
                    key.encode_to(out);
                    value.encode_to(out);
                }
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let count = input.count(u32::MAX)?;
                let mut rows = Self::new();
                for _ in 0..count {
                    let (key, value) = (K::decode_from(input)?, V::decode_from(input)?);
                    if rows.$last().is_some_and(|(last, _)| *last >= key) {
                        return Err(DecodeError::Invalid { of: "ascending keys" });
                    }
                    rows.insert(key, value);
                }
                Ok(rows)
            }
        }
    )+};
}
maps! {
    BTreeMap, last_key_value;
    LiteMap, last;
}

impl<K: Canonical + Ord> Canonical for BTreeSet<K> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        encode_count(self.len(), out);
        self.iter().for_each(|key| key.encode_to(out));
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let rows = BTreeMap::<K, ()>::decode_from(input)?;
        Ok(rows.into_keys().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;

    #[test]
    fn tables_are_read_as_they_were_written() {
        let map = BTreeMap::from([(1_u8, (2_u32, true)), (3, (4, false))]);
        assert_eq!(BTreeMap::decode(&map.encode()), Ok(map));
        let set = BTreeSet::from([(1_u8, 2_u8, 3_u8)]);
        assert_eq!(set.encode(), vec![0, 0, 0, 1, 1, 2, 3]);
        assert_eq!(BTreeSet::decode(&set.encode()), Ok(set));
    }

    #[test]
    fn keys_out_of_order_or_twice_are_refused() {
        let rows = |keys: [u8; 2]| BTreeSet::<u8>::decode(&[0, 0, 0, 2, keys[0], keys[1]]);
        assert!(rows([1, 2]).is_ok());
        assert_eq!(rows([2, 1]), Err(DecodeError::Invalid { of: "ascending keys" }));
        assert_eq!(rows([1, 1]), Err(DecodeError::Invalid { of: "ascending keys" }));
    }

    #[test]
    fn a_count_beyond_the_input_is_refused_before_anything_is_read() {
        let claimed: Vec<u8> = vec![0xff, 0xff, 0xff, 0xff, 1];
        assert!(matches!(
            BTreeSet::<u8>::decode(&claimed),
            Err(DecodeError::Truncated { .. })
        ));
    }
}
