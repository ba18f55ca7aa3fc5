//! The answers' members, as the execution API names them, and what they become.

use alloc::vec::Vec;

use serde::Deserialize;
use thiserror::Error;

use super::{
    MAX_PROOF_NODES, MAX_SLOTS,
    values::{Bytes, Fixed, Limited, Quantity, Quantity64},
};
use crate::{
    Hash32, UnixSeconds,
    ethereum::execution::{
        Account, AccountProof, Bloom, DeclaredPlace, DeclaredReceipt, ExecutionHeader, Log, Outcome, Receipt,
        SlotProof, TransactionType,
    },
};

/// Logs of one receipt: 375 gas each.
const MAX_LOGS: usize = 1 << 18;
/// The EVM has LOG0 to LOG4.
const MAX_TOPICS: usize = 4;

type Nodes = Limited<Bytes, MAX_PROOF_NODES>;

fn nodes(nodes: Nodes) -> Vec<Vec<u8>> {
    nodes.0.into_iter().map(|node| node.0).collect()
}

/// `eth_getProof`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountAnswer {
    address: Fixed<20>,
    balance: Quantity,
    nonce: Quantity64,
    code_hash: Fixed<32>,
    storage_hash: Fixed<32>,
    account_proof: Nodes,
    storage_proof: Limited<SlotAnswer, MAX_SLOTS>,
}

#[derive(Deserialize)]
struct SlotAnswer {
    /// A number or 32 bytes: nodes echo the request, or pad it.
    key: Quantity,
    value: Quantity,
    proof: Nodes,
}

impl From<AccountAnswer> for AccountProof {
    fn from(answer: AccountAnswer) -> Self {
        Self {
            address: answer.address.into(),
            declared: Account {
                nonce: answer.nonce.0,
                balance: answer.balance.0,
                storage_root: answer.storage_hash.into(),
                code_hash: answer.code_hash.into(),
            },
            nodes: nodes(answer.account_proof),
            slots: answer.storage_proof.0.into_iter().map(SlotProof::from).collect(),
        }
    }
}

impl From<SlotAnswer> for SlotProof {
    fn from(answer: SlotAnswer) -> Self {
        Self {
            slot: Hash32(answer.key.0.to_be_bytes()),
            declared: answer.value.0,
            nodes: nodes(answer.proof),
        }
    }
}

/// `eth_getBlockByHash`, `eth_getBlockByNumber`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockAnswer {
    hash: Fixed<32>,
    parent_hash: Fixed<32>,
    #[serde(rename = "sha3Uncles")]
    ommers_hash: Fixed<32>,
    #[serde(rename = "miner")]
    beneficiary: Fixed<20>,
    state_root: Fixed<32>,
    transactions_root: Fixed<32>,
    receipts_root: Fixed<32>,
    logs_bloom: Fixed<256>,
    difficulty: Quantity,
    number: Quantity64,
    gas_limit: Quantity64,
    gas_used: Quantity64,
    timestamp: Quantity64,
    extra_data: Bytes,
    mix_hash: Fixed<32>,
    nonce: Fixed<8>,
    base_fee_per_gas: Option<Quantity>,
    withdrawals_root: Option<Fixed<32>>,
    blob_gas_used: Option<Quantity64>,
    excess_blob_gas: Option<Quantity64>,
    parent_beacon_block_root: Option<Fixed<32>>,
    requests_hash: Option<Fixed<32>>,
}

impl BlockAnswer {
    /// The fields, and the declared hash.
    pub(super) fn into_header(self) -> (ExecutionHeader, Hash32) {
        let header = ExecutionHeader {
            parent_hash: self.parent_hash.into(),
            ommers_hash: self.ommers_hash.into(),
            beneficiary: self.beneficiary.into(),
            state_root: self.state_root.into(),
            transactions_root: self.transactions_root.into(),
            receipts_root: self.receipts_root.into(),
            logs_bloom: Bloom(self.logs_bloom.0),
            difficulty: self.difficulty.0,
            number: self.number.0,
            gas_limit: self.gas_limit.0,
            gas_used: self.gas_used.0,
            timestamp: UnixSeconds(self.timestamp.0),
            extra_data: self.extra_data.0,
            mix_hash: self.mix_hash.into(),
            nonce: self.nonce.0,
            base_fee_per_gas: self.base_fee_per_gas.map(|fee| fee.0),
            withdrawals_root: self.withdrawals_root.map(Hash32::from),
            blob_gas_used: self.blob_gas_used.map(|gas| gas.0),
            excess_blob_gas: self.excess_blob_gas.map(|gas| gas.0),
            parent_beacon_block_root: self.parent_beacon_block_root.map(Hash32::from),
            requests_hash: self.requests_hash.map(Hash32::from),
            later_fields: Vec::new(),
        };
        (header, self.hash.into())
    }
}

/// `eth_getTransactionReceipt`, and an item of `eth_getBlockReceipts`.
#[derive(Deserialize)]
#[serde(try_from = "ReceiptMembers")]
pub(super) struct ReceiptAnswer(DeclaredReceipt);

impl From<ReceiptAnswer> for DeclaredReceipt {
    fn from(answer: ReceiptAnswer) -> Self {
        answer.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptMembers {
    #[serde(rename = "type")]
    transaction_type: Option<Quantity64>,
    status: Option<Quantity64>,
    /// Before Byzantium; later nodes leave it out or empty.
    root: Option<Bytes>,
    cumulative_gas_used: Quantity64,
    logs_bloom: Fixed<256>,
    logs: Limited<LogAnswer, MAX_LOGS>,
    block_hash: Option<Fixed<32>>,
    block_number: Option<Quantity64>,
    transaction_index: Option<Quantity64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogAnswer {
    address: Fixed<20>,
    topics: Limited<Fixed<32>, MAX_TOPICS>,
    data: Bytes,
    block_hash: Option<Fixed<32>>,
    block_number: Option<Quantity64>,
    transaction_index: Option<Quantity64>,
    log_index: Option<Quantity64>,
}

impl TryFrom<ReceiptMembers> for ReceiptAnswer {
    type Error = InvalidMember;

    fn try_from(members: ReceiptMembers) -> Result<Self, InvalidMember> {
        let (logs, places) = members.logs.0.into_iter().map(LogAnswer::split).unzip();
        let receipt = Receipt {
            transaction_type: transaction_type(members.transaction_type)?,
            outcome: outcome(members.status, members.root)?,
            cumulative_gas_used: members.cumulative_gas_used.0,
            bloom: Bloom(members.logs_bloom.0),
            logs,
        };
        let place = DeclaredPlace {
            block_hash: members.block_hash.map(Hash32::from),
            block_number: members.block_number.map(|number| number.0),
            transaction_index: members.transaction_index.map(|index| index.0),
            log_index: None,
        };
        Ok(Self(DeclaredReceipt {
            receipt,
            place,
            logs: places,
        }))
    }
}

impl LogAnswer {
    fn split(self) -> (Log, DeclaredPlace) {
        let log = Log {
            emitter: self.address.into(),
            topics: self.topics.0.into_iter().map(Hash32::from).collect(),
            data: self.data.0,
        };
        let place = DeclaredPlace {
            block_hash: self.block_hash.map(Hash32::from),
            block_number: self.block_number.map(|number| number.0),
            transaction_index: self.transaction_index.map(|index| index.0),
            log_index: self.log_index.map(|index| index.0),
        };
        (log, place)
    }
}

/// A member whose form is right and whose value means nothing.
#[derive(Clone, Copy, Debug, Error)]
enum InvalidMember {
    #[error("type {0} is unknown")]
    Type(u64),
    #[error("status {0} is neither 0 nor 1")]
    Status(u64),
    #[error("neither a status nor a root of 32 bytes")]
    NoOutcome,
}

/// Nodes from before typed transactions give no type.
fn transaction_type(number: Option<Quantity64>) -> Result<TransactionType, InvalidMember> {
    let number = number.map_or(0, |number| number.0);
    TransactionType::from_number(number).ok_or(InvalidMember::Type(number))
}

fn outcome(status: Option<Quantity64>, root: Option<Bytes>) -> Result<Outcome, InvalidMember> {
    match (status.map(|status| status.0), root) {
        (Some(1), _) => Ok(Outcome::Succeeded),
        (Some(0), _) => Ok(Outcome::Reverted),
        (Some(status), _) => Err(InvalidMember::Status(status)),
        (None, Some(root)) => Hash32::try_from(&*root.0)
            .map(Outcome::StateRoot)
            .map_err(|_| InvalidMember::NoOutcome),
        (None, None) => Err(InvalidMember::NoOutcome),
    }
}
