//! A signer whose secret is in this process.

use core::fmt;

use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use wire::{
    eip712::Digest,
    signature::{Signature, address_of},
    types::Address,
};

use crate::{Signer, SignerError, secret::Secret};

/// Why bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret is zero or not below the group order")]
pub struct NotAKey;

/// Signs with deterministic nonces (RFC 6979).
pub struct LocalSigner {
    secret: Secret,
    address: Address,
}

impl LocalSigner {
    /// A signer of this secret.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn new(secret: Secret) -> Result<Self, NotAKey> {
        let mut key = SecretKey::from_secret_bytes(*secret.expose()).map_err(|_| NotAKey)?;
        let address = address_of(&PublicKey::from_secret_key(&key));
        key.non_secure_erase();
        Ok(Self { secret, address })
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl Signer for LocalSigner {
    fn address(&self) -> Address {
        self.address
    }

    fn sign(&self, digest: Digest) -> Result<Signature, SignerError> {
        let mut key = SecretKey::from_secret_bytes(*self.secret.expose()).expect("checked when it was made");
        let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), &key);
        key.non_secure_erase();
        let (id, rs) = signature.serialize_compact();
        Ok(Signature::from_parts(rs, id.to_u8() & 1 == 1))
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LocalSigner({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_its_address_and_shows_nothing_else() {
        let signer = LocalSigner::new(Secret::take(&mut [7; 32])).unwrap();
        let digest = Digest([3; 32]);
        assert_eq!(signer.sign(digest).unwrap().recover(digest), Ok(signer.address()));
        assert_eq!(
            format!("{signer:?}"),
            format!("LocalSigner({})", signer.address())
        );
    }

    #[test]
    fn rejects_secrets_that_are_no_key() {
        for mut bytes in [[0; 32], [0xff; 32]] {
            assert_eq!(LocalSigner::new(Secret::take(&mut bytes)).err(), Some(NotAKey));
        }
    }
}
