//! The header of an execution block: decoded from RLP, or rebuilt from a node's fields, and checked against a verified hash.
//!
//! ```text
//!  verified block hash == keccak256( rlp[ parent_hash, ommers_hash, .., nonce,          every fork
//!                                         base_fee_per_gas,                             London
//!                                         withdrawals_root,                             Shanghai
//!                                         blob_gas_used, excess_blob_gas, parent_beacon_block_root,   Cancun
//!                                         requests_hash,                                Prague, Osaka
//!                                         later fields.. ] )
//! ```
//!
//! # Guarantees
//! [`VerifiedHeader`] is made only by a hash that matches, so every field in it is what the block's producer hashed.
//! Forks only append fields: what follows the fields known here is kept undecoded and is bound by the hash all the same.
//!
//! # Not guaranteed
//! That the block is valid by the rules of execution: its hash being final says so.
//!
//! Rules: Ethereum Yellow Paper 4.4; EIP-1559, 4895, 4844, 4788, 7685; `spec/light-client.md`, Ethereum (execution).

use alloc::vec::Vec;

use ruint::aliases::U256;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

use super::{Address, Bloom};
use crate::{
    Hash32, UnixSeconds,
    proof::{
        keccak256,
        rlp::{self, Item, Reader, RlpRejection, encode_integer, encode_list, encode_string},
    },
};

/// Longest header that is hashed: fixed fields take about 700 bytes, `extra_data` of authority chains some thousand.
pub const MAX_HEADER_BYTES: usize = 64 << 10;

/// Why a header is not the one of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum HeaderRejection {
    /// The block hash is zero: what an unset hash looks like.
    #[error("the block hash is zero")]
    ZeroHash,
    /// Longer than [`MAX_HEADER_BYTES`].
    #[error("a header of {length} bytes, at most {MAX_HEADER_BYTES}")]
    HeaderTooLong {
        /// Bytes given.
        length: usize,
    },
    /// The header is another block's, or was altered.
    #[error("the header hashes to {got}, the block is {expected}")]
    HashMismatch {
        /// The verified block hash.
        expected: Hash32,
        /// Hash of the header given.
        got: Hash32,
    },
    /// A field is not canonical RLP of its type.
    #[error("{field}: {source}")]
    Encoding {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: RlpRejection,
    },
    /// A field of an earlier fork is missing where one of a later fork is present.
    #[error("{field} is missing before later fields")]
    MissingField {
        /// The missing field.
        field: &'static str,
    },
}

/// A header's fields, of any fork. Not verified: see [`VerifiedHeader`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionHeader {
    /// Hash of the parent's header.
    pub parent_hash: Hash32,
    /// Hash of the list of uncles, of the empty list since the merge.
    pub ommers_hash: Hash32,
    /// Receives the fees.
    pub beneficiary: Address,
    /// Root of the account trie after the block.
    pub state_root: Hash32,
    /// Root of the trie of transactions.
    pub transactions_root: Hash32,
    /// Root of the trie of receipts.
    pub receipts_root: Hash32,
    /// Filter over the emitters and topics of all logs.
    pub logs_bloom: Bloom,
    /// Zero since the merge.
    pub difficulty: U256,
    /// Blocks below this one.
    pub number: u64,
    /// Gas that the block may use.
    pub gas_limit: u64,
    /// Gas that the block used.
    pub gas_used: u64,
    /// When the block was produced.
    pub timestamp: UnixSeconds,
    /// Free bytes of the producer.
    pub extra_data: Vec<u8>,
    /// Proof-of-work mix, `prev_randao` since the merge.
    pub mix_hash: Hash32,
    /// Proof-of-work nonce, zero since the merge.
    pub nonce: [u8; 8],
    /// Wei per gas, since London.
    pub base_fee_per_gas: Option<U256>,
    /// Root of the trie of withdrawals, since Shanghai.
    pub withdrawals_root: Option<Hash32>,
    /// Gas used by blobs, since Cancun.
    pub blob_gas_used: Option<u64>,
    /// Running excess of blob gas, since Cancun.
    pub excess_blob_gas: Option<u64>,
    /// Root of the parent beacon block, since Cancun.
    pub parent_beacon_block_root: Option<Hash32>,
    /// Hash over the requests to the consensus layer, since Prague.
    pub requests_hash: Option<Hash32>,
    /// Encoded items of later forks.
    pub later_fields: Vec<u8>,
}

/// A header whose hash was compared with a verified block hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHeader {
    hash: Hash32,
    header: ExecutionHeader,
}

impl VerifiedHeader {
    /// Checks the RLP of a header (`debug_getRawHeader`) against the verified hash of its block.
    ///
    /// # Errors
    /// The first fact that fails, as a [`HeaderRejection`].
    pub fn from_rlp(block_hash: &Hash32, bytes: &[u8]) -> Result<Self, HeaderRejection> {
        length_is_bounded(bytes)?;
        hash_is_that_of_the_block(block_hash, bytes)?;
        Ok(Self {
            hash: *block_hash,
            header: ExecutionHeader::decode(bytes)?,
        })
    }

    /// Checks fields (`eth_getBlockByHash`) against the verified hash of their block, by encoding them.
    ///
    /// # Errors
    /// The first fact that fails, as a [`HeaderRejection`].
    pub fn from_fields(block_hash: &Hash32, header: ExecutionHeader) -> Result<Self, HeaderRejection> {
        hash_is_that_of_the_block(block_hash, &header.encode()?)?;
        Ok(Self {
            hash: *block_hash,
            header,
        })
    }

    /// The block's hash.
    pub fn hash(&self) -> &Hash32 {
        &self.hash
    }

    /// The authenticated fields.
    pub fn fields(&self) -> &ExecutionHeader {
        &self.header
    }
}

fn length_is_bounded(bytes: &[u8]) -> Result<(), HeaderRejection> {
    if bytes.len() > MAX_HEADER_BYTES {
        return Err(HeaderRejection::HeaderTooLong { length: bytes.len() });
    }
    Ok(())
}

fn hash_is_that_of_the_block(block_hash: &Hash32, bytes: &[u8]) -> Result<(), HeaderRejection> {
    if block_hash.is_zero() {
        return Err(HeaderRejection::ZeroHash);
    }
    let got = keccak256(bytes);
    if got != *block_hash {
        return Err(HeaderRejection::HashMismatch {
            expected: *block_hash,
            got,
        });
    }
    Ok(())
}

impl ExecutionHeader {
    /// Decodes without checking any hash.
    ///
    /// # Errors
    /// [`HeaderRejection::Encoding`] with the field at fault, [`HeaderRejection::HeaderTooLong`].
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderRejection> {
        length_is_bounded(bytes)?;
        let mut fields = Fields(rlp::decode(bytes).and_then(Item::list).map_err(of("header"))?);
        Ok(Self {
            parent_hash: fields.hash("parent_hash")?,
            ommers_hash: fields.hash("ommers_hash")?,
            beneficiary: Address(fields.fixed("beneficiary")?),
            state_root: fields.hash("state_root")?,
            transactions_root: fields.hash("transactions_root")?,
            receipts_root: fields.hash("receipts_root")?,
            logs_bloom: Bloom(fields.fixed("logs_bloom")?),
            difficulty: fields.u256("difficulty")?,
            number: fields.u64("number")?,
            gas_limit: fields.u64("gas_limit")?,
            gas_used: fields.u64("gas_used")?,
            timestamp: UnixSeconds(fields.u64("timestamp")?),
            extra_data: fields.0.string().map_err(of("extra_data"))?.to_vec(),
            mix_hash: fields.hash("mix_hash")?,
            nonce: fields.fixed("nonce")?,
            base_fee_per_gas: fields.optional(|fields| fields.u256("base_fee_per_gas"))?,
            withdrawals_root: fields.optional(|fields| fields.hash("withdrawals_root"))?,
            blob_gas_used: fields.optional(|fields| fields.u64("blob_gas_used"))?,
            excess_blob_gas: fields.optional(|fields| fields.u64("excess_blob_gas"))?,
            parent_beacon_block_root: fields.optional(|fields| fields.hash("parent_beacon_block_root"))?,
            requests_hash: fields.optional(|fields| fields.hash("requests_hash"))?,
            later_fields: fields.later()?,
        })
    }

    /// The RLP that is hashed to the block hash.
    ///
    /// # Errors
    /// [`HeaderRejection::MissingField`] when the optional fields are not those of any fork.
    pub fn encode(&self) -> Result<Vec<u8>, HeaderRejection> {
        let optional = self.optional_fields();
        let present = optional.iter().take_while(|(_, field)| field.is_some()).count();
        if let Some((field, None)) = optional.get(present)
            && (optional.iter().skip(present).any(|(_, field)| field.is_some())
                || !self.later_fields.is_empty())
        {
            return Err(HeaderRejection::MissingField { field });
        }
        let mut bytes = Vec::with_capacity(768);
        encode_list(&mut bytes, |out| {
            self.encode_fields_of_every_fork(out);
            for field in optional.iter().filter_map(|(_, field)| field.as_ref()) {
                out.extend_from_slice(field);
            }
            out.extend_from_slice(&self.later_fields);
        });
        Ok(bytes)
    }

    fn encode_fields_of_every_fork(&self, out: &mut Vec<u8>) {
        encode_string(out, &self.parent_hash.0);
        encode_string(out, &self.ommers_hash.0);
        encode_string(out, &self.beneficiary.0);
        encode_string(out, &self.state_root.0);
        encode_string(out, &self.transactions_root.0);
        encode_string(out, &self.receipts_root.0);
        encode_string(out, &self.logs_bloom.0);
        encode_integer(out, &self.difficulty.to_be_bytes::<32>());
        encode_integer(out, &self.number.to_be_bytes());
        encode_integer(out, &self.gas_limit.to_be_bytes());
        encode_integer(out, &self.gas_used.to_be_bytes());
        encode_integer(out, &self.timestamp.0.to_be_bytes());
        encode_string(out, &self.extra_data);
        encode_string(out, &self.mix_hash.0);
        encode_string(out, &self.nonce);
    }

    /// The fields that forks added, in their order, each encoded if present.
    fn optional_fields(&self) -> [(&'static str, Option<Vec<u8>>); 6] {
        let hash = |hash: Hash32| encoded(|out| encode_string(out, &hash.0));
        let u64 = |value: u64| encoded(|out| encode_integer(out, &value.to_be_bytes()));
        let u256 = |value: U256| encoded(|out| encode_integer(out, &value.to_be_bytes::<32>()));
        [
            ("base_fee_per_gas", self.base_fee_per_gas.map(u256)),
            ("withdrawals_root", self.withdrawals_root.map(hash)),
            ("blob_gas_used", self.blob_gas_used.map(u64)),
            ("excess_blob_gas", self.excess_blob_gas.map(u64)),
            (
                "parent_beacon_block_root",
                self.parent_beacon_block_root.map(hash),
            ),
            ("requests_hash", self.requests_hash.map(hash)),
        ]
    }
}

fn encoded(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn of(field: &'static str) -> impl FnOnce(RlpRejection) -> HeaderRejection {
    move |source| HeaderRejection::Encoding { field, source }
}

/// The header's items, read with the field's name at hand.
struct Fields<'a>(Reader<'a>);

impl Fields<'_> {
    fn fixed<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], HeaderRejection> {
        self.0.fixed().map_err(of(field))
    }

    fn hash(&mut self, field: &'static str) -> Result<Hash32, HeaderRejection> {
        self.fixed(field).map(Hash32)
    }

    fn u64(&mut self, field: &'static str) -> Result<u64, HeaderRejection> {
        self.0.u64().map_err(of(field))
    }

    fn u256(&mut self, field: &'static str) -> Result<U256, HeaderRejection> {
        self.0.u256().map_err(of(field))
    }

    /// Reads a field that earlier forks do not have.
    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, HeaderRejection>,
    ) -> Result<Option<T>, HeaderRejection> {
        if self.0.is_empty() {
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// What is left, each item checked to be one.
    fn later(mut self) -> Result<Vec<u8>, HeaderRejection> {
        let mut bytes = Vec::new();
        while !self.0.is_empty() {
            let (_, encoding) = self.0.encoded_item().map_err(of("later_fields"))?;
            bytes.extend_from_slice(encoding);
        }
        Ok(bytes)
    }
}
