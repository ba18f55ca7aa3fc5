//! A signer whose secret is in a PKCS#11 token and never leaves it.
//!
//! ```text
//! token: ECDSA over the digest ─► r ‖ s, s high or low ─► low s ─► recovery id by trial against the key's own address
//! ```
//! The key pair is found by its label; the secret key must be `CKA_SENSITIVE`, not `CKA_EXTRACTABLE`, and on secp256k1. The public key comes
//! from the token once, when the signer is opened; a token that later signs with another key is noticed at the next signature.
//!
//! Guarantees: what [`HsmSigner`] returns recovers to its address and has a low s, whatever the token answers. Not guaranteed: that
//! the token draws good nonces.
//!
//! Specification: `spec/relayer.md`, Security layers (keys); PKCS#11 2.40, 2.3.1 (EC keys) and 2.3.6 (`CKM_ECDSA`).

use core::fmt;
use std::{path::Path, sync::Mutex};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    types::AuthPin,
};
use secp256k1::{PublicKey, ecdsa};
use wire::{
    eip712::Digest,
    signature::{Signature, address_of},
    types::Address,
};

use crate::{Signer, SignerError};

/// The DER object identifier of secp256k1: 1.3.132.0.10.
pub const SECP256K1: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a];

/// Why a token's key is not taken.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum TokenError {
    /// The module or the token fails.
    #[error("the token fails: {0}")]
    Token(#[from] cryptoki::error::Error),
    /// No initialised token has the label.
    #[error("no token is labelled {label}")]
    NoSuchToken {
        /// The label.
        label: String,
    },
    /// Not exactly one object has the label.
    #[error("{count} {what} keys are labelled {label}")]
    KeyCount {
        /// Public or private.
        what: &'static str,
        /// The label.
        label: String,
        /// How many.
        count: usize,
    },
    /// The private key can be read out.
    #[error("key {label} is not sensitive, or it is extractable")]
    Extractable {
        /// The label.
        label: String,
    },
    /// The public key is no point of secp256k1.
    #[error("key {label} is not on secp256k1")]
    WrongCurve {
        /// The label.
        label: String,
    },
}

/// Signs with a token's key.
pub struct HsmSigner {
    session: Mutex<Session>,
    key: ObjectHandle,
    address: Address,
}

/// Loads a PKCS#11 module. One process loads a module once.
///
/// # Errors
/// [`TokenError::Token`].
pub fn load(module: &Path) -> Result<Pkcs11, TokenError> {
    let module = Pkcs11::new(module)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    Ok(module)
}

impl HsmSigner {
    /// Logs in to the token of this label and finds the key of that label.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn open(module: &Pkcs11, token: &str, pin: &AuthPin, key: &str) -> Result<Self, TokenError> {
        let session = module.open_ro_session(slot_of(module, token)?)?;
        session.login(UserType::User, Some(pin))?;
        let address = address_of(&public_key(&session, key)?);
        let secret = find(&session, ObjectClass::PRIVATE_KEY, "private", key)?;
        check_sealed(&session, secret, key)?;
        Ok(Self {
            session: Mutex::new(session),
            key: secret,
            address,
        })
    }

    fn raw(&self, digest: Digest) -> Result<Vec<u8>, SignerError> {
        let session = self
            .session
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(session.sign(&Mechanism::Ecdsa, self.key, &digest.0)?)
    }
}

fn slot_of(module: &Pkcs11, label: &str) -> Result<cryptoki::slot::Slot, TokenError> {
    for slot in module.get_slots_with_initialized_token()? {
        if module.get_token_info(slot)?.label() == label {
            return Ok(slot);
        }
    }
    Err(TokenError::NoSuchToken { label: label.into() })
}

fn find(
    session: &Session,
    class: ObjectClass,
    what: &'static str,
    label: &str,
) -> Result<ObjectHandle, TokenError> {
    let template = [
        Attribute::Class(class),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    match session.find_objects(&template)?[..] {
        [key] => Ok(key),
        ref keys => Err(TokenError::KeyCount {
            what,
            label: label.into(),
            count: keys.len(),
        }),
    }
}

fn public_key(session: &Session, label: &str) -> Result<PublicKey, TokenError> {
    let wrong = || TokenError::WrongCurve { label: label.into() };
    let key = find(session, ObjectClass::PUBLIC_KEY, "public", label)?;
    let attributes = session.get_attributes(key, &[AttributeType::EcParams, AttributeType::EcPoint])?;
    let [Attribute::EcParams(curve), Attribute::EcPoint(point)] = &attributes[..] else {
        return Err(wrong());
    };
    if curve[..] != SECP256K1 {
        return Err(wrong());
    }
    // A DER octet string around the uncompressed point; some tokens leave the wrapping out.
    let point = point.strip_prefix(&[0x04, 0x41]).unwrap_or(point);
    PublicKey::from_slice(point).map_err(|_| wrong())
}

fn check_sealed(session: &Session, key: ObjectHandle, label: &str) -> Result<(), TokenError> {
    let asked = [AttributeType::Sensitive, AttributeType::Extractable];
    let attributes = session.get_attributes(key, &asked)?;
    match attributes[..] {
        [Attribute::Sensitive(true), Attribute::Extractable(false)] => Ok(()),
        _ => Err(TokenError::Extractable { label: label.into() }),
    }
}

/// r ‖ s with a low s and the recovery id that gives `address`; none when neither does.
fn normalise(raw: &[u8], digest: Digest, address: Address) -> Option<Signature> {
    let mut signature = ecdsa::Signature::from_compact(raw).ok()?;
    signature.normalize_s();
    let rs = signature.serialize_compact();
    [false, true]
        .map(|odd_y| Signature::from_parts(rs, odd_y))
        .into_iter()
        .find(|signature| signature.recover(digest) == Ok(address))
}

impl Signer for HsmSigner {
    fn address(&self) -> Address {
        self.address
    }

    fn sign(&self, digest: Digest) -> Result<Signature, SignerError> {
        let address = self.address;
        normalise(&self.raw(digest)?, digest, address).ok_or(SignerError::NotASignature { address })
    }
}

impl fmt::Debug for HsmSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HsmSigner({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{local::LocalSigner, secret::Secret};

    /// The group order.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
        0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];

    fn with_high_s(signature: Signature) -> Vec<u8> {
        let mut borrow = 0_i32;
        let mut raw = signature.0[..64].to_vec();
        for index in (0..32).rev() {
            let difference = i32::from(ORDER[index]) - i32::from(raw[32 + index]) - borrow;
            borrow = i32::from(difference < 0);
            raw[32 + index] = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        raw
    }

    #[test]
    fn a_high_s_becomes_low_and_the_recovery_id_is_found() {
        let signer = LocalSigner::new(Secret::take(&mut [7; 32])).unwrap();
        for number in 0..50 {
            let digest = Digest([number; 32]);
            let expected = signer.sign(digest).unwrap();
            for raw in [expected.0[..64].to_vec(), with_high_s(expected)] {
                assert_eq!(normalise(&raw, digest, signer.address()), Some(expected));
            }
        }
    }

    #[test]
    fn what_is_no_signature_by_the_key_is_refused() {
        let signer = LocalSigner::new(Secret::take(&mut [7; 32])).unwrap();
        let (digest, other) = (Digest([1; 32]), Digest([2; 32]));
        let raw = &signer.sign(digest).unwrap().0[..64];
        assert_eq!(normalise(raw, other, signer.address()), None);
        assert_eq!(normalise(raw, digest, Address([1; 20])), None);
        assert_eq!(normalise(&raw[..63], digest, signer.address()), None);
        assert_eq!(normalise(&[0xff; 64], digest, signer.address()), None);
        assert_eq!(normalise(&[0; 64], digest, signer.address()), None);
    }
}
