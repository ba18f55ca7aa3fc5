//! Canonical RLP: every rejection, and `alloy-rlp` as the second opinion.

use std::{collections::BTreeSet, vec, vec::Vec};

use proptest::prelude::*;
use strum::VariantNames as _;

use super::*;

fn first_fault(bytes: &[u8]) -> Result<(), RlpRejection> {
    fn check(item: Item<'_>) -> Result<(), RlpRejection> {
        if let Item::List(mut items) = item {
            while !items.is_empty() {
                check(items.item()?)?;
            }
        }
        Ok(())
    }
    decode(bytes).and_then(check)
}

#[test]
fn reaches_every_rejection() {
    let mut long = vec![0xb8, 55];
    long.extend([1; 55]);
    let mut zero_led = vec![0xb9, 0, 56];
    zero_led.extend([1; 56]);
    let read = |bytes: &'static [u8]| Reader::new(bytes);
    let cases = [
        (
            first_fault(&[]),
            RlpRejection::Truncated {
                needed: 1,
                available: 0,
            },
        ),
        (
            first_fault(&[0x83, 1, 2]),
            RlpRejection::Truncated {
                needed: 3,
                available: 2,
            },
        ),
        (
            first_fault(&[0xb9, 1]),
            RlpRejection::Truncated {
                needed: 2,
                available: 1,
            },
        ),
        (
            first_fault(&long),
            RlpRejection::NonCanonicalLength { length: 55 },
        ),
        (
            first_fault(&zero_led),
            RlpRejection::NonCanonicalLength { length: 56 },
        ),
        (
            first_fault(&[0x81, 0x7f]),
            RlpRejection::NonCanonicalByte { byte: 0x7f },
        ),
        (
            first_fault(&[0xc2, 0x81, 0x00]),
            RlpRejection::NonCanonicalByte { byte: 0 },
        ),
        (
            first_fault(&[0xc0, 0xc0]),
            RlpRejection::TrailingBytes { count: 1 },
        ),
        (read(&[0xc0]).string().map(drop), RlpRejection::ExpectedString),
        (read(&[0x80]).list().map(drop), RlpRejection::ExpectedList),
        (read(&[0x00]).u64().map(drop), RlpRejection::LeadingZero),
        (read(&[0x82, 0, 1]).u256().map(drop), RlpRejection::LeadingZero),
        (
            read(&[0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9]).u64().map(drop),
            RlpRejection::IntegerTooLarge { got: 9, limit: 8 },
        ),
        (
            read(&[0x82, 1, 2]).fixed::<3>().map(drop),
            RlpRejection::WrongLength { got: 2, expected: 3 },
        ),
    ];
    let mut reached = BTreeSet::new();
    for (got, expected) in cases {
        assert_eq!(got, Err(expected));
        reached.insert(<&str>::from(expected));
    }
    assert_eq!(reached, RlpRejection::VARIANTS.iter().copied().collect());
}

#[test]
fn a_huge_length_is_refused_before_anything_is_read() {
    let huge = [0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(
        first_fault(&huge),
        Err(RlpRejection::Truncated {
            needed: usize::MAX,
            available: 0
        })
    );
}

#[test]
fn integers_read_back() {
    for value in [0, 1, 0x7f, 0x80, 0xff, 0x100, u64::MAX] {
        let mut bytes = Vec::new();
        encode_integer(&mut bytes, &value.to_be_bytes());
        assert_eq!(bytes, alloy_rlp::encode(value));
        assert_eq!(Reader::new(&bytes).u64(), Ok(value));
        assert_eq!(Reader::new(&bytes).u256(), Ok(U256::from(value)));
    }
}

proptest! {
    #[test]
    fn strings_and_lists_are_written_as_the_peer_writes_them(
        strings in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..6),
    ) {
        let mut ours = Vec::new();
        encode_list(&mut ours, |out| strings.iter().for_each(|bytes| encode_string(out, bytes)));
        let peer = alloy_rlp::encode(
            strings.iter().map(|bytes| alloy_primitives::Bytes::copy_from_slice(bytes)).collect::<Vec<_>>(),
        );
        prop_assert_eq!(&ours, &peer);
        let mut items = decode(&ours).unwrap().list().unwrap();
        for bytes in &strings {
            prop_assert_eq!(items.string(), Ok(&bytes[..]));
        }
        prop_assert_eq!(items.finish(), Ok(()));
    }

    #[test]
    fn any_bytes_read_as_the_peer_reads_them(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut rest = &bytes[..];
        let peer = alloy_rlp::Header::decode(&mut rest)
            .ok()
            .filter(|header| header.payload_length == rest.len());
        prop_assert_eq!(decode(&bytes).is_ok(), peer.is_some());
    }
}
