//! Certificates: signatures of attesters over one digest.
use alloc::vec::Vec;

use crate::{
    encoding::{Canonical, DecodeError, Reader},
    signature::Signature,
};

/// A statement with the signatures of a quorum, which nothing has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified<T> {
    /// What is said.
    pub statement: T,
    /// Strictly ascending by signer, none more than the quorum needs.
    pub signatures: Vec<Signature>,
}

impl<T: Canonical> Canonical for Certified<T> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.statement.encode_to(out);
        self.signatures.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            statement: T::decode_from(input)?,
            signatures: Canonical::decode_from(input)?,
        })
    }
}

#[cfg(test)]
impl<T: crate::sample::Sample> crate::sample::Sample for Certified<T> {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        Self {
            statement: T::sample(rng),
            signatures: crate::sample::Sample::sample(rng),
        }
    }
}
