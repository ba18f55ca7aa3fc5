//! Decodes light-client objects from SSZ, strictly: every offset exact, every length exact, no byte left over.
//!
//! A container's fork decides its layout; servers name it by a 4-byte fork digest in front of the object.
//! ```text
//!  update stream:  [ length: u64 LE | digest: 4 | update: length - 4 ] …
//!  container:      fixed fields and u32 offsets, in field order | variable fields, in field order
//! ```
//! Only headers (Capella to Fulu) and their extra data are variable.
//!
//! Spec: consensus-specs `ssz/simple-serialize.md`; Beacon API, `/eth/v1/beacon/light_client`.

use alloc::{boxed::Box, vec::Vec};

use ruint::aliases::U256;

use super::{
    network::{Fork, Network, Preset},
    types::{
        BeaconBlockHeader, BlobGas, Bootstrap, Execution, ExecutionPayloadHeader, FinalizedHeader,
        LightClientHeader, NextSyncCommittee, PublicKeyBytes, Slot, SyncAggregate, SyncCommittee, Update,
    },
};
use crate::Hash32;

/// Updates that one answer may hold (`MAX_REQUEST_LIGHT_CLIENT_UPDATES`).
pub const MAX_UPDATES: usize = 128;
const MAX_EXTRA_DATA: usize = 32;

/// Why bytes are not the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum SszError {
    /// The bytes end before the object does.
    #[error("ends at byte {length}, inside a field that starts at byte {field}")]
    Truncated {
        /// Start of the field that is cut off.
        field: usize,
        /// Bytes there are.
        length: usize,
    },
    /// An offset does not point to where its field must start.
    #[error("an offset points to byte {got}, expected {expected}")]
    Offset {
        /// The offset.
        got: usize,
        /// The only place where its field can start, or the first place where it could.
        expected: usize,
    },
    /// Bytes follow the object.
    #[error("{count} bytes follow the object")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A list is longer than its limit.
    #[error("a list of {length} exceeds its limit of {limit}")]
    ListTooLong {
        /// Its length.
        length: usize,
        /// Its limit.
        limit: usize,
    },
    /// No fork of the network has this digest.
    #[error("fork digest {digest:02x?} belongs to no fork of this network")]
    UnknownForkDigest {
        /// The digest.
        digest: [u8; 4],
    },
    /// The fork has no light-client objects.
    #[error("{fork} has no light-client objects")]
    NoLightClient {
        /// The fork.
        fork: Fork,
    },
}

/// Why a stream is not one of updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("update {index}: {error}")]
pub struct StreamError {
    /// Position of the update in the stream.
    pub index: usize,
    /// What is wrong with it; places count from its own start where the update itself is wrong.
    pub error: SszError,
}

/// Decodes a bootstrap in its fork's container.
pub fn bootstrap(bytes: &[u8], fork: Fork, preset: &Preset) -> Result<Bootstrap, SszError> {
    let mut fields = Fields::new(bytes, fork)?;
    let header = fields.header()?;
    let current_sync_committee = fields.sync_committee(preset)?;
    let branch = fields.branch(fork.state_indices().current_sync_committee.depth())?;
    let [header] = fields.headers([header])?;
    Ok(Bootstrap {
        header,
        current_sync_committee,
        current_sync_committee_branch: branch,
    })
}

/// Decodes an update in its fork's container.
pub fn update(bytes: &[u8], fork: Fork, preset: &Preset) -> Result<Update, SszError> {
    let mut fields = Fields::new(bytes, fork)?;
    let indices = fork.state_indices();
    let attested = fields.header()?;
    let committee = fields.sync_committee(preset)?;
    let branch = fields.branch(indices.next_sync_committee.depth())?;
    let finalized = fields.header()?;
    let finality_branch = fields.branch(indices.finalized_root.depth())?;
    let sync_aggregate = fields.sync_aggregate(preset)?;
    let signature_slot = Slot(fields.uint64()?);
    let [attested_header, header] = fields.headers([attested, finalized])?;
    Ok(Update {
        attested_header,
        next_sync_committee: Some(NextSyncCommittee { committee, branch }),
        finality: Some(FinalizedHeader {
            header,
            branch: finality_branch,
        }),
        sync_aggregate,
        signature_slot,
    })
}

/// Decodes a finality update in its fork's container.
pub fn finality_update(bytes: &[u8], fork: Fork, preset: &Preset) -> Result<Update, SszError> {
    let mut fields = Fields::new(bytes, fork)?;
    let attested = fields.header()?;
    let finalized = fields.header()?;
    let branch = fields.branch(fork.state_indices().finalized_root.depth())?;
    let sync_aggregate = fields.sync_aggregate(preset)?;
    let signature_slot = Slot(fields.uint64()?);
    let [attested_header, header] = fields.headers([attested, finalized])?;
    Ok(Update {
        attested_header,
        next_sync_committee: None,
        finality: Some(FinalizedHeader { header, branch }),
        sync_aggregate,
        signature_slot,
    })
}

/// Decodes an optimistic update in its fork's container.
pub fn optimistic_update(bytes: &[u8], fork: Fork, preset: &Preset) -> Result<Update, SszError> {
    let mut fields = Fields::new(bytes, fork)?;
    let attested = fields.header()?;
    let sync_aggregate = fields.sync_aggregate(preset)?;
    let signature_slot = Slot(fields.uint64()?);
    let [attested_header] = fields.headers([attested])?;
    Ok(Update {
        attested_header,
        next_sync_committee: None,
        finality: None,
        sync_aggregate,
        signature_slot,
    })
}

/// Decodes a header in its fork's container.
pub fn light_client_header(bytes: &[u8], fork: Fork) -> Result<LightClientHeader, SszError> {
    Fields::new(bytes, fork)?;
    header(bytes, fork)
}

/// Decodes the updates that a server streams: each with its length and its fork digest; at most [`MAX_UPDATES`].
pub fn update_stream(bytes: &[u8], network: &Network) -> Result<Vec<Update>, StreamError> {
    let mut updates = Vec::new();
    let mut rest = Cursor { bytes, position: 0 };
    while rest.position < bytes.len() {
        let index = updates.len();
        let update = streamed_update(&mut rest, index, network);
        updates.push(update.map_err(|error| StreamError { index, error })?);
    }
    Ok(updates)
}

fn streamed_update(rest: &mut Cursor<'_>, index: usize, network: &Network) -> Result<Update, SszError> {
    if index == MAX_UPDATES {
        return Err(SszError::ListTooLong {
            length: MAX_UPDATES.saturating_add(1),
            limit: MAX_UPDATES,
        });
    }
    let length = u64::from_le_bytes(rest.array()?);
    let item = rest.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    let (fork, object) = split_digest(item, network)?;
    update(object, fork, &network.preset)
}

/// Splits the fork digest from an object that carries one in front.
pub fn split_digest<'a>(bytes: &'a [u8], network: &Network) -> Result<(Fork, &'a [u8]), SszError> {
    let mut cursor = Cursor { bytes, position: 0 };
    let digest = cursor.array()?;
    let fork = network
        .fork_of_digest(digest)
        .ok_or(SszError::UnknownForkDigest { digest })?;
    Ok((fork, cursor.rest()))
}

/// Takes fields off the front.
struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], SszError> {
        let end = self.position.saturating_add(length);
        let field = self.bytes.get(self.position..end).ok_or(SszError::Truncated {
            field: self.position,
            length: self.bytes.len(),
        })?;
        self.position = end;
        Ok(field)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SszError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn uint64(&mut self) -> Result<u64, SszError> {
        self.array().map(u64::from_le_bytes)
    }

    fn hash(&mut self) -> Result<Hash32, SszError> {
        self.array().map(Hash32)
    }

    fn offset(&mut self) -> Result<usize, SszError> {
        let offset = u32::from_le_bytes(self.array()?);
        Ok(usize::try_from(offset).unwrap_or(usize::MAX))
    }

    fn branch(&mut self, depth: usize) -> Result<Vec<Hash32>, SszError> {
        (0..depth).map(|_| self.hash()).collect()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or(&[])
    }

    fn finish(&self) -> Result<(), SszError> {
        match self.rest().len() {
            0 => Ok(()),
            count => Err(SszError::TrailingBytes { count }),
        }
    }
}

/// The fields of one container of one fork.
struct Fields<'a> {
    cursor: Cursor<'a>,
    fork: Fork,
}

/// A header field in a container's fixed part.
enum HeaderField<'a> {
    Inline(&'a [u8]),
    Offset(usize),
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8], fork: Fork) -> Result<Self, SszError> {
        if fork < Fork::Altair {
            return Err(SszError::NoLightClient { fork });
        }
        Ok(Self {
            cursor: Cursor { bytes, position: 0 },
            fork,
        })
    }

    fn header(&mut self) -> Result<HeaderField<'a>, SszError> {
        match self.fork {
            Fork::Phase0 | Fork::Altair | Fork::Bellatrix => self.cursor.take(112).map(HeaderField::Inline),
            Fork::Gloas => self.cursor.take(496).map(HeaderField::Inline),
            _ => self.cursor.offset().map(HeaderField::Offset),
        }
    }

    fn uint64(&mut self) -> Result<u64, SszError> {
        self.cursor.uint64()
    }

    fn branch(&mut self, depth: usize) -> Result<Vec<Hash32>, SszError> {
        self.cursor.branch(depth)
    }

    fn sync_committee(&mut self, preset: &Preset) -> Result<SyncCommittee, SszError> {
        let keys = (0..preset.sync_committee_size).map(|_| self.cursor.array());
        Ok(SyncCommittee {
            pubkeys: keys.collect::<Result<Vec<PublicKeyBytes>, _>>()?,
            aggregate_pubkey: self.cursor.array()?,
        })
    }

    fn sync_aggregate(&mut self, preset: &Preset) -> Result<SyncAggregate, SszError> {
        let bits = self.cursor.take(preset.sync_committee_size.div_ceil(8))?;
        Ok(SyncAggregate {
            bits: bits.into(),
            signature: self.cursor.array()?,
        })
    }

    /// Ends the fixed part: the headers stand one after the other behind it and end the object.
    fn headers<const N: usize>(
        self,
        fields: [HeaderField<'a>; N],
    ) -> Result<[LightClientHeader; N], SszError> {
        let ends: Vec<usize> = fields
            .iter()
            .filter_map(|field| match field {
                HeaderField::Offset(offset) => Some(*offset),
                HeaderField::Inline(_) => None,
            })
            .chain([self.cursor.bytes.len()])
            .collect();
        let first = ends.first().copied().unwrap_or(self.cursor.position);
        if first != self.cursor.position {
            return self.misplaced(first, ends.len());
        }
        let mut slices = ends.iter().zip(ends.iter().skip(1));
        let headers = fields.into_iter().map(|field| match field {
            HeaderField::Inline(bytes) => header(bytes, self.fork),
            HeaderField::Offset(start) => {
                let end = slices.next().map_or(start, |(_, end)| *end);
                let bytes = self.cursor.bytes.get(start..end);
                header(
                    bytes.ok_or(SszError::Offset {
                        got: end,
                        expected: start,
                    })?,
                    self.fork,
                )
            }
        });
        let headers: Vec<LightClientHeader> = headers.collect::<Result<_, _>>()?;
        headers
            .try_into()
            .map_err(|_| SszError::TrailingBytes { count: 0 })
    }

    /// The first variable field does not follow the fixed part; without variable fields, bytes are left over.
    fn misplaced<T>(&self, first: usize, ends: usize) -> Result<T, SszError> {
        if ends == 1 {
            self.cursor.finish()?;
        }
        Err(SszError::Offset {
            got: first,
            expected: self.cursor.position,
        })
    }
}

fn header(bytes: &[u8], fork: Fork) -> Result<LightClientHeader, SszError> {
    let mut cursor = Cursor { bytes, position: 0 };
    let beacon = beacon_header(&mut cursor)?;
    let (execution, execution_branch) = match fork {
        Fork::Phase0 | Fork::Altair | Fork::Bellatrix => (Execution::Absent, Vec::new()),
        Fork::Gloas => {
            let hash = cursor.hash()?;
            (
                Execution::BlockHash(hash),
                cursor.branch(fork.execution_branch_length())?,
            )
        }
        _ => {
            let got = cursor.offset()?;
            let branch = cursor.branch(fork.execution_branch_length())?;
            let expected = cursor.position;
            if got != expected {
                return Err(SszError::Offset { got, expected });
            }
            let payload = execution_payload_header(cursor.rest(), fork)?;
            cursor.position = bytes.len();
            (Execution::Payload(Box::new(payload)), branch)
        }
    };
    cursor.finish()?;
    Ok(LightClientHeader {
        beacon,
        execution,
        execution_branch,
    })
}

fn beacon_header(cursor: &mut Cursor<'_>) -> Result<BeaconBlockHeader, SszError> {
    Ok(BeaconBlockHeader {
        slot: Slot(cursor.uint64()?),
        proposer_index: cursor.uint64()?,
        parent_root: cursor.hash()?,
        state_root: cursor.hash()?,
        body_root: cursor.hash()?,
    })
}

fn execution_payload_header(bytes: &[u8], fork: Fork) -> Result<ExecutionPayloadHeader, SszError> {
    let mut cursor = Cursor { bytes, position: 0 };
    let extra_data_offset;
    let mut payload = ExecutionPayloadHeader {
        parent_hash: cursor.hash()?,
        fee_recipient: cursor.array()?,
        state_root: cursor.hash()?,
        receipts_root: cursor.hash()?,
        logs_bloom: Box::new(cursor.array()?),
        prev_randao: cursor.hash()?,
        block_number: cursor.uint64()?,
        gas_limit: cursor.uint64()?,
        gas_used: cursor.uint64()?,
        timestamp: cursor.uint64()?,
        extra_data: {
            extra_data_offset = cursor.offset()?;
            Vec::new()
        },
        base_fee_per_gas: U256::from_le_bytes::<32>(cursor.array()?),
        block_hash: cursor.hash()?,
        transactions_root: cursor.hash()?,
        withdrawals_root: cursor.hash()?,
        blob_gas: None,
    };
    if fork >= Fork::Deneb {
        payload.blob_gas = Some(BlobGas {
            used: cursor.uint64()?,
            excess: cursor.uint64()?,
        });
    }
    let expected = cursor.position;
    if extra_data_offset != expected {
        return Err(SszError::Offset {
            got: extra_data_offset,
            expected,
        });
    }
    payload.extra_data = short_list(cursor.rest())?;
    Ok(payload)
}

fn short_list(bytes: &[u8]) -> Result<Vec<u8>, SszError> {
    if bytes.len() > MAX_EXTRA_DATA {
        return Err(SszError::ListTooLong {
            length: bytes.len(),
            limit: MAX_EXTRA_DATA,
        });
    }
    Ok(bytes.into())
}
