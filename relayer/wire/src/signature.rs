//! Signatures: 65 bytes r ‖ s ‖ v over an EIP-712 digest, from which the signer's address is recovered.
//!
//! ```text
//! accepted:  0 < r < n    0 < s <= n/2 (low s)    v = 27 or 28    the recovered address is not zero
//! address  = last 20 bytes of keccak256(x ‖ y of the recovered key)
//! ```
//! The law is the contracts': what `ecrecover` with these checks takes, this takes, and nothing else, so one signature has one
//! byte string. Recovery ids 2 and 3 (r overflowed the group order) are refused as `ecrecover` refuses them.
//!
//! Guarantees: a [`Verified`] statement was signed by the address in it. Not guaranteed: that the address may say so; membership
//! and weight are [`crate::certificate`]'s.
//!
//! Specification: `DESIGN.md`, Identities and formats; EIP-2 (low s).

use alloc::vec::Vec;
use core::{fmt, ops::Deref};

use secp256k1::{
    Message, PublicKey,
    ecdsa::{RecoverableSignature, RecoveryId},
};

use crate::{
    eip712::{Digest, Domain, Statement},
    encoding::{Canonical, DecodeError, Listed, Reader},
    types::{Address, keccak256},
};

/// Half the order of secp256k1, rounded down: the largest low s.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d,
    0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// Why a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum SignatureError {
    /// v is neither 27 nor 28.
    #[error("v is {got}, neither 27 nor 28")]
    RecoveryByte {
        /// The byte.
        got: u8,
    },
    /// s is above half the group order.
    #[error("s is above half the group order")]
    HighS,
    /// r or s is zero, or not below the group order.
    #[error("r or s is out of range")]
    OutOfRange,
    /// No key has such a signature over the digest.
    #[error("no key recovers from the signature over {digest}")]
    Unrecoverable {
        /// What was said to be signed.
        digest: Digest,
    },
    /// The recovered address is zero, which stands for none.
    #[error("the recovered address is zero")]
    ZeroAddress,
    /// Somebody else signed.
    #[error("signed by {got}, not by {expected}")]
    WrongSigner {
        /// Who signed.
        got: Address,
        /// Who should have.
        expected: Address,
    },
}

/// r ‖ s ‖ v as they were received; only [`Signature::recover`] judges them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature(pub [u8; 65]);

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Canonical for Signature {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.0.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.array().map(Self)
    }
}

impl Listed for Signature {
    /// Signatures of one certificate: one per member of the largest set.
    const LIMIT: u32 = 64;
}

#[cfg(test)]
impl crate::sample::Sample for Signature {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        Self(rng.bytes())
    }
}

impl Signature {
    /// Puts r ‖ s and the recovery id (0 or 1) of a signing library together.
    pub fn from_parts(rs: [u8; 64], odd_y: bool) -> Self {
        let mut bytes = [0; 65];
        bytes
            .iter_mut()
            .zip(rs.iter().chain(&[if odd_y { 28 } else { 27 }]))
            .for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// The address whose key signed `digest`.
    ///
    /// # Errors
    /// [`SignatureError`]; never [`SignatureError::WrongSigner`].
    pub fn recover(&self, digest: Digest) -> Result<Address, SignatureError> {
        not_zero(address_of(&self.recover_key(digest)?))
    }

    fn recover_key(&self, digest: Digest) -> Result<PublicKey, SignatureError> {
        let (rs, id) = self.checked_parts()?;
        RecoverableSignature::from_compact(&rs, id)
            .map_err(|_| SignatureError::OutOfRange)?
            .recover_ecdsa(Message::from_digest(digest.0))
            .map_err(|_| SignatureError::Unrecoverable { digest })
    }

    fn checked_parts(&self) -> Result<([u8; 64], RecoveryId), SignatureError> {
        let [rs @ .., v] = self.0;
        let id = match v {
            27 => RecoveryId::Zero,
            28 => RecoveryId::One,
            got => return Err(SignatureError::RecoveryByte { got }),
        };
        let (r, s) = rs.split_at(32);
        if is_zero(r) || is_zero(s) {
            return Err(SignatureError::OutOfRange);
        }
        if s > HALF_ORDER.as_slice() {
            return Err(SignatureError::HighS);
        }
        Ok((rs, id))
    }
}

fn not_zero(address: Address) -> Result<Address, SignatureError> {
    match address.is_zero() {
        true => Err(SignatureError::ZeroAddress),
        false => Ok(address),
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// The Ethereum address of a key.
pub fn address_of(key: &PublicKey) -> Address {
    let [_, point @ ..] = key.serialize_uncompressed();
    let hash = keccak256(&[&point]);
    let mut address = [0; 20];
    address
        .iter_mut()
        .rev()
        .zip(hash.0.iter().rev())
        .for_each(|(to, from)| *to = *from);
    Address(address)
}

/// A statement that names its one signer.
pub trait SignedBy: Statement {
    /// Who must have signed.
    fn signer(&self) -> Address;
}

/// A statement with a signature that nothing has checked yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    /// What is said.
    pub statement: T,
    /// By whose key.
    pub signature: Signature,
}

/// A statement whose signature was checked; only checking makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    statement: T,
    signer: Address,
}

impl<T> Verified<T> {
    /// Who signed.
    pub fn signer(&self) -> Address {
        self.signer
    }

    /// The statement.
    pub fn into_statement(self) -> T {
        self.statement
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.statement
    }
}

impl<T: Statement> Signed<T> {
    /// Recovers who signed the statement in `domain`.
    ///
    /// # Errors
    /// [`SignatureError`]; never [`SignatureError::WrongSigner`].
    pub fn recover(&self, domain: &Domain) -> Result<Address, SignatureError> {
        self.signature.recover(self.statement.digest(domain))
    }
}

impl<T: SignedBy + Clone> Signed<T> {
    /// Checks that the signer whom the statement names has signed it in `domain`.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, domain: &Domain) -> Result<Verified<T>, SignatureError> {
        let expected = self.statement.signer();
        let got = self.recover(domain)?;
        if got != expected {
            return Err(SignatureError::WrongSigner { got, expected });
        }
        Ok(Verified {
            statement: self.statement.clone(),
            signer: got,
        })
    }
}

impl<T: Canonical> Canonical for Signed<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.statement.encode_to(out);
        self.signature.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            statement: T::decode_from(input)?,
            signature: Canonical::decode_from(input)?,
        })
    }
}

#[cfg(test)]
impl<T: crate::sample::Sample> crate::sample::Sample for Signed<T> {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        Self {
            statement: T::sample(rng),
            signature: crate::sample::Sample::sample(rng),
        }
    }
}

#[cfg(test)]
mod tests;
