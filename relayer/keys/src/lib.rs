//! Keys: who signs, where the secret lies, and the guard in front of it.
//!
//! ```text
//! statement ─► Guard: record synced, no conflict ─► digest ─► Signer ─► signature, checked against the signer's address
//!                                                             ├ LocalSigner   secret in locked memory, from an encrypted file
//!                                                             └ HsmSigner     secret in a PKCS#11 token
//! ```
//! Guarantees: whatever goes through one [`guard::Guard`] and its store can never be evidence against the key; no secret is logged,
//! shown by `Debug`, or left in memory that this crate owns. Not guaranteed: two guards with two stores over one key.
//!
//! Specification: `spec/relayer.md`, Security layers (keys), Replica (sign guard).

pub mod guard;
pub mod keystore;
pub mod local;
pub mod pkcs11;
pub mod secret;

use wire::{eip712::Digest, signature::Signature, types::Address};

/// Something that holds a key and signs digests with it. Only the guard may ask it to.
pub trait Signer: Send + Sync {
    /// The address of the key.
    fn address(&self) -> Address;

    /// Signs a digest: low s, recovery id included. May block on a device.
    ///
    /// # Errors
    /// [`SignerError`].
    fn sign(&self, digest: Digest) -> Result<Signature, SignerError>;
}

/// Why a signer does not sign.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum SignerError {
    /// The device fails.
    #[error("the token fails: {0}")]
    Token(#[from] cryptoki::error::Error),
    /// The device answers with something that is no signature by its key.
    #[error("the token's answer is no signature by {address}")]
    NotASignature {
        /// The key's address.
        address: Address,
    },
}
