//! The two messages in molecule: `GetLastStateProof` as nodes read it, `SendLastStateProof` as they send it.

use alloc::vec::Vec;

use super::super::chain_root::{DIGEST_BYTES, HeaderDigest, VerifiableHeader};
use super::super::header::Header;
use super::super::molecule::{Field, MoleculeError, write_bytes, write_dynvec, write_fixvec};
use super::{Request, Response};
use crate::Hash32;

impl Request {
    /// The request as nodes read it.
    pub fn encode(&self) -> Vec<u8> {
        let difficulties: Vec<_> = self
            .difficulties
            .iter()
            .map(|difficulty| difficulty.to_le_bytes::<32>())
            .collect();
        write_dynvec(&[
            self.last_hash.0.to_vec(),
            self.start.block.hash.0.to_vec(),
            self.start.block.height.to_le_bytes().to_vec(),
            self.last_n.to_le_bytes().to_vec(),
            self.boundary.to_le_bytes::<32>().to_vec(),
            write_fixvec(difficulties.iter().map(|difficulty| difficulty.as_slice())),
        ])
    }
}

impl Response {
    /// Reads a node's answer.
    pub fn decode(bytes: &[u8]) -> Result<Self, MoleculeError> {
        let [last, proof, headers] = Field::new("last state proof", bytes).table()?;
        Ok(Self {
            last: VerifiableHeader::read(last.named("last_header"))?,
            proof: proof
                .named("proof")
                .fixvec(DIGEST_BYTES)?
                .map(HeaderDigest::read)
                .collect::<Result<_, _>>()?,
            headers: headers
                .named("headers")
                .dynvec()?
                .into_iter()
                .map(VerifiableHeader::read)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The answer as nodes send it.
    pub fn encode(&self) -> Vec<u8> {
        let proof: Vec<_> = self.proof.iter().map(HeaderDigest::encode).collect();
        let headers: Vec<_> = self.headers.iter().map(VerifiableHeader::encode).collect();
        write_dynvec(&[
            self.last.encode(),
            write_fixvec(proof.iter().map(|digest| digest.as_slice())),
            write_dynvec(&headers),
        ])
    }
}

impl VerifiableHeader {
    fn read(field: Field<'_>) -> Result<Self, MoleculeError> {
        let [header, uncles_hash, extension, parent_chain_root] = field.table()?;
        let extension = extension
            .named("extension")
            .option()
            .map(Field::byte_vector)
            .transpose()?;
        Ok(Self {
            header: Header::decode(header.bytes)?,
            uncles_hash: Hash32(uncles_hash.named("uncles_hash").array()?),
            extension: extension.map(<[u8]>::to_vec),
            parent_chain_root: HeaderDigest::read(parent_chain_root.named("parent_chain_root"))?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        write_dynvec(&[
            self.header.encode(),
            self.uncles_hash.0.to_vec(),
            self.extension.as_deref().map(write_bytes).unwrap_or_default(),
            self.parent_chain_root.encode(),
        ])
    }
}
