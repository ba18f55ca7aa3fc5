//! Pseudo-random values of every type, for tests: a seed in, the same value out.

use std::{boxed::Box, vec::Vec};

use ruint::aliases::U256;
use secp256k1::{PublicKey, SecretKey, ecdsa::RecoverableSignature};

use crate::{
    attesters::{AttesterSet, Member},
    eip712::{Digest, Domain},
    signature::{Signature, address_of},
    types::{Address, Hash, NetworkId},
};

/// SplitMix64.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.next().to_le_bytes()[0])
    }
}

/// A type with pseudo-random values, edges included.
pub(crate) trait Sample: Sized {
    fn sample(rng: &mut Rng) -> Self;

    fn of_seed(seed: u64) -> Self {
        Self::sample(&mut Rng(seed))
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Sample for $integer {
            fn sample(rng: &mut Rng) -> Self {
                match rng.below(8) {
                    0 => <$integer>::MIN,
                    1 => <$integer>::MAX,
                    2 => 1,
                    _ => <$integer>::from_be_bytes(rng.bytes()),
                }
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, i64, i128);

impl Sample for bool {
    fn sample(rng: &mut Rng) -> Self {
        rng.below(2) == 1
    }
}

impl Sample for U256 {
    fn sample(rng: &mut Rng) -> Self {
        U256::from_be_bytes::<32>(rng.bytes())
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(rng: &mut Rng) -> Self {
        bool::sample(rng).then(|| T::sample(rng))
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(rng: &mut Rng) -> Self {
        Box::new(T::sample(rng))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(rng: &mut Rng) -> Self {
        (0..rng.below(4)).map(|_| T::sample(rng)).collect()
    }
}

/// The domain of the tests' network.
pub(crate) fn domain() -> Domain {
    Domain::new(NetworkId(Hash([0x42; 32])))
}

/// A key that a number names.
pub(crate) fn key(number: u32) -> SecretKey {
    let mut bytes = [1; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    SecretKey::from_secret_bytes(bytes).unwrap()
}

pub(crate) fn address(key: &SecretKey) -> Address {
    address_of(&PublicKey::from_secret_key(key))
}

pub(crate) fn sign(key: &SecretKey, digest: Digest) -> Signature {
    let signature =
        RecoverableSignature::sign_ecdsa_recoverable(secp256k1::Message::from_digest(digest.0), key);
    let (id, rs) = signature.serialize_compact();
    Signature::from_parts(rs, id.to_u8() == 1)
}

/// Set 1 with these weights, and the members' keys in the set's order.
pub(crate) fn set_of(weights: &[u32]) -> (AttesterSet, Vec<SecretKey>) {
    let mut keys: Vec<_> = (1..).map(key).take(weights.len()).collect();
    keys.sort_by_key(address);
    let members = keys.iter().zip(weights);
    let members = members.map(|(key, weight)| Member {
        attester: address(key),
        weight: *weight,
    });
    (AttesterSet::new(1, members.collect()).unwrap(), keys)
}

/// Asserts that the errors show every variant of their enum.
pub(crate) fn assert_every_variant<E>(errors: Vec<E>)
where
    E: strum::VariantNames + Into<&'static str>,
{
    let reached: std::collections::BTreeSet<&str> = errors.into_iter().map(Into::into).collect();
    let declared = E::VARIANTS.iter().copied().collect();
    assert_eq!(reached, declared);
}
