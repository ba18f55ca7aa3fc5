//! Whether a light-client header's execution part belongs to its beacon block: `is_valid_light_client_header`.
//!
//! The rule is chosen by the block's slot; the container that carried the header may be of a later fork.
//!
//! | slot of | container | accepted when |
//! |---|---|---|
//! | Altair, Bellatrix | any | execution fields absent or all zero |
//! | Capella | payload | blob gas absent or zero; the Capella root is at 25 in the body |
//! | Deneb to Fulu | payload with blob gas | its root is at 25 in the body |
//! | Capella, Deneb to Fulu | block hash | the hash is at 412, 812 in the body |
//! | Gloas | block hash | the hash is at 2856 in the body |

use super::{
    network::{EXECUTION_PAYLOAD_INDEX, Fork, Network},
    rejection::Rejection,
    types::{BlobGas, Execution, ExecutionPayloadHeader, LightClientHeader, PayloadType, is_zero},
};
use crate::{
    Hash32,
    proof::ssz::{BranchRejection, GeneralizedIndex, verify_normalised_branch},
};

/// Proves the execution part against the beacon block's body root.
pub(super) fn is_valid(header: &LightClientHeader, network: &Network) -> Result<(), Rejection> {
    let slot = header.beacon.slot;
    let fork = network.fork(slot);
    let Some(block_hash_index) = fork.block_hash_index() else {
        return has_no_execution(header);
    };
    let (leaf, index) = match &header.execution {
        Execution::Payload(payload) if fork < Fork::Gloas => {
            (payload_root(header, payload, fork)?, EXECUTION_PAYLOAD_INDEX)
        }
        Execution::BlockHash(hash) => (*hash, block_hash_index),
        _ => return Err(Rejection::MissingExecution { slot }),
    };
    is_in_body(header, leaf, index)
}

/// The branch has its container's length, whatever it holds.
fn has_branch_of_container(header: &LightClientHeader) -> Result<(), Rejection> {
    let depth = match header.execution {
        Execution::Absent => 0,
        Execution::Payload(_) => EXECUTION_PAYLOAD_INDEX.depth(),
        Execution::BlockHash(_) => Fork::Gloas.execution_branch_length(),
    };
    let (got, slot) = (header.execution_branch.len(), header.beacon.slot);
    if got != depth {
        let source = BranchRejection::Length { got, depth };
        return Err(Rejection::ExecutionBranch { slot, source });
    }
    Ok(())
}

fn is_in_body(header: &LightClientHeader, leaf: Hash32, index: GeneralizedIndex) -> Result<(), Rejection> {
    has_branch_of_container(header)?;
    let slot = header.beacon.slot;
    verify_normalised_branch(leaf, &header.execution_branch, index, header.beacon.body_root)
        .map_err(|source| Rejection::ExecutionBranch { slot, source })
}

fn has_no_execution(header: &LightClientHeader) -> Result<(), Rejection> {
    let slot = header.beacon.slot;
    let zero = match &header.execution {
        Execution::Absent => true,
        Execution::Payload(payload) => payload.is_zero(),
        Execution::BlockHash(hash) => hash.is_zero(),
    };
    if !zero || !is_zero(&header.execution_branch) {
        return Err(Rejection::UnexpectedExecution { slot });
    }
    has_branch_of_container(header)
}

fn payload_root(
    header: &LightClientHeader,
    payload: &ExecutionPayloadHeader,
    fork: Fork,
) -> Result<Hash32, Rejection> {
    let slot = header.beacon.slot;
    if fork >= Fork::Deneb {
        return match payload.blob_gas {
            Some(_) => Ok(payload.root(PayloadType::Deneb)),
            None => Err(Rejection::MissingBlobGas { slot }),
        };
    }
    if payload
        .blob_gas
        .is_some_and(|blob_gas| blob_gas != BlobGas::default())
    {
        return Err(Rejection::UnexpectedBlobGas { slot });
    }
    Ok(payload.root(PayloadType::Capella))
}
