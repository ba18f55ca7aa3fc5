//! A sync committee's keys, ready to check signatures, and the checks themselves.
//!
//! Keys are decompressed once per period and kept affine, beside their sum. The key of a signature's participants is the
//! sum minus the absentees when most signed, else the sum of the participants: at most half of the committee is added up.
//! ```text
//!  P = sum(all) - sum(absent)  or  sum(present)       e(P, H(m)) = e(g1, signature)
//!  batch, random r_i != 0:     prod e(r_i P_i, H(m_i)) = e(g1, sum r_i signature_i)
//! ```
//! Infinity is refused as key, sum and signature; signatures are checked to be in their subgroup. Committee keys are
//! checked to be in theirs when the header that names them was forced in without finality; keys below a finalized state
//! root were proved at deposit by their owners' signatures, which cover the subgroup.
//!
//! Not checked here: that the committee is the right one (its root is proved by the caller).

use alloc::vec::Vec;
use core::num::NonZeroU64;

use blst::{
    BLST_ERROR, Pairing, blst_p1_affine, blst_p2_affine,
    min_pk::{AggregatePublicKey, PublicKey, Signature},
};

use super::{
    rejection::Rejection,
    types::{PublicKeyBytes, SyncAggregate, SyncCommittee},
};
use crate::Hash32;

/// The ciphersuite of the beacon chain: proof of possession, hashing to G2.
const CIPHERSUITE: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
/// Set in the first byte of a compressed point: it is infinity.
const INFINITY_FLAG: u8 = 0x40;

/// Where a committee's keys come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// A state root that the chain finalised, or the checkpoint's.
    Finalized,
    /// A state root that was forced in without finality.
    Forced,
}

/// One period's committee. Knows its root; equal roots are equal committees.
#[derive(Clone, Debug)]
pub struct Committee {
    root: Hash32,
    keys: Vec<PublicKey>,
    sum: AggregatePublicKey,
}

impl Committee {
    /// Decompresses the keys. Refuses infinity, points off the curve and an aggregate that is not their sum.
    pub fn load(committee: &SyncCommittee, origin: KeyOrigin) -> Result<Self, Rejection> {
        let served = committee.pubkeys.iter().enumerate();
        let keys: Vec<PublicKey> = served
            .map(|(index, bytes)| key(bytes, index, origin))
            .collect::<Result<_, _>>()?;
        let sum = sum(keys.iter()).ok_or(Rejection::CommitteeSize {
            got: 0,
            expected: committee.pubkeys.len(),
        })?;
        if sum.to_public_key().compress() != committee.aggregate_pubkey {
            return Err(Rejection::AggregateKey);
        }
        let root = committee.root();
        Ok(Self { root, keys, sum })
    }

    /// `hash_tree_root` of the committee as served.
    pub fn root(&self) -> Hash32 {
        self.root
    }

    /// Checks a signature of this committee's participants over a signing root.
    ///
    /// # Errors
    /// [`Rejection::ParticipationBits`], [`Rejection::NoParticipant`], [`Rejection::MalformedSignature`] or
    /// [`Rejection::WrongSignature`].
    pub fn verify(&self, aggregate: &SyncAggregate, signing_root: Hash32) -> Result<(), Rejection> {
        bits_fit(aggregate, self.keys.len())?;
        let set = SignatureSet::new(self, aggregate, signing_root)?;
        let participants = aggregate.participants();
        if set.holds() {
            Ok(())
        } else {
            Err(Rejection::WrongSignature {
                participants,
                signing_root,
            })
        }
    }

    /// The key that verifies the participants' signature. The bits have been checked to fit the committee.
    fn participants_key(&self, aggregate: &SyncAggregate) -> Result<PublicKey, Rejection> {
        let with = |wanted: bool| {
            let members = self.keys.iter().zip(aggregate.participation());
            sum(members
                .filter(move |(_, took_part)| *took_part == wanted)
                .map(|(key, _)| key))
        };
        let present = aggregate.participants();
        let absent = self.keys.len().saturating_sub(present);
        if present <= absent {
            return with(true)
                .map(|sum| sum.to_public_key())
                .ok_or(Rejection::NoParticipant);
        }
        let mut participants = self.sum;
        if let Some(absentees) = with(false) {
            participants.sub_aggregate(&absentees);
        }
        Ok(participants.to_public_key())
    }
}

/// One bit per member and none beyond.
pub(super) fn bits_fit(aggregate: &SyncAggregate, size: usize) -> Result<(), Rejection> {
    let (got, expected) = (aggregate.bits.len(), size.div_ceil(8));
    let beyond = aggregate.participation().skip(size).any(|bit| bit);
    if got != expected || beyond {
        return Err(Rejection::ParticipationBits { got, expected, size });
    }
    Ok(())
}

fn sum<'a>(mut keys: impl Iterator<Item = &'a PublicKey>) -> Option<AggregatePublicKey> {
    let mut sum = AggregatePublicKey::from_public_key(keys.next()?);
    for key in keys {
        // Fails only when asked to validate the key.
        let _ = sum.add_public_key(key, false);
    }
    Some(sum)
}

fn key(bytes: &PublicKeyBytes, index: usize, origin: KeyOrigin) -> Result<PublicKey, Rejection> {
    let [first, ..] = bytes;
    if first & INFINITY_FLAG != 0 {
        return Err(Rejection::InfiniteKey { index });
    }
    let key = PublicKey::uncompress(bytes).map_err(|_| Rejection::MalformedKey { index })?;
    if origin == KeyOrigin::Forced {
        key.validate()
            .map_err(|_| Rejection::KeyOutsideSubgroup { index })?;
    }
    Ok(key)
}

/// A signature that is structurally sound and not yet checked.
pub(super) struct SignatureSet {
    key: PublicKey,
    signature: Signature,
    signing_root: Hash32,
}

impl SignatureSet {
    /// Parses the signature and adds up its participants' keys.
    pub(super) fn new(
        committee: &Committee,
        aggregate: &SyncAggregate,
        signing_root: Hash32,
    ) -> Result<Self, Rejection> {
        let signature =
            Signature::sig_validate(&aggregate.signature, true).map_err(|_| Rejection::MalformedSignature)?;
        Ok(Self {
            key: committee.participants_key(aggregate)?,
            signature,
            signing_root,
        })
    }

    /// Checks one signature. A key sum at infinity fails.
    fn holds(&self) -> bool {
        let mut pairing = Pairing::new(true, CIPHERSUITE);
        let [key, signature] = self.points();
        let added = pairing.aggregate(key, false, signature, false, &self.signing_root.0, &[]);
        added == BLST_ERROR::BLST_SUCCESS && finish(&mut pairing)
    }

    fn points(&self) -> [&dyn core::any::Any; 2] {
        let key: &blst_p1_affine = (&self.key).into();
        let signature: &blst_p2_affine = (&self.signature).into();
        [key, signature]
    }
}

/// Checks many signatures at once; each has its own random scalar. True for a false one with probability 2^-64.
pub(super) fn all_hold(sets: &[(SignatureSet, NonZeroU64)]) -> bool {
    let mut pairing = Pairing::new(true, CIPHERSUITE);
    for (set, scalar) in sets {
        let [key, signature] = set.points();
        let scalar = scalar.get().to_le_bytes();
        let message = &set.signing_root.0;
        let added = pairing.mul_n_aggregate(key, false, signature, false, &scalar, 64, message, &[]);
        if added != BLST_ERROR::BLST_SUCCESS {
            return false;
        }
    }
    !sets.is_empty() && finish(&mut pairing)
}

fn finish(pairing: &mut Pairing<'_>) -> bool {
    pairing.commit();
    pairing.finalverify(None)
}
