//! `viaduct verify eth-receipt`: a transaction's receipt under a receipts root, from the nodes of its proof.
//!
//! Fact: `receipt`, with its status and logs. Before Byzantium a receipt has no status: `status` is null, and
//! `state_root` is what the receipt has in its place. A log's `index` is the one in its receipt.

use std::{fmt, path::PathBuf};

use clap::Args;
use light_client::{
    Hash32,
    ethereum::execution::{Log, Outcome, ProvenReceipt, json},
};
use serde::Serialize;

use crate::cli::{Failure, Output, input, output::Decimal};

/// Arguments of the command.
#[derive(Args)]
pub(crate) struct EthReceipt {
    /// Receipts root of a verified execution block
    #[arg(long, value_name = "ROOT")]
    receipts_root: Hash32,
    /// Index of the transaction in its block
    #[arg(long, value_name = "N")]
    index: u32,
    /// The proof's nodes from the root on (JSON array of hex strings)
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
}

/// Runs the verification and prints what it establishes.
pub(crate) fn run(arguments: &EthReceipt, output: &mut Output) -> Result<(), Failure> {
    let bytes = input::read(&arguments.proof)?;
    let nodes =
        json::proof_nodes(&bytes).map_err(|error| Failure::input(arguments.proof.display(), error))?;
    let proven = ProvenReceipt::verify(&arguments.receipts_root, arguments.index.into(), &nodes)
        .map_err(|error| Failure::rejected(&error))?;
    output.fact(&ReceiptFact::of(arguments.index, &proven))
}

#[derive(Serialize)]
struct ReceiptFact {
    fact: &'static str,
    index: u32,
    r#type: u8,
    status: Option<u8>,
    state_root: Option<String>,
    cumulative_gas_used: Decimal,
    logs: Vec<LogFact>,
}

impl ReceiptFact {
    fn of(index: u32, proven: &ProvenReceipt) -> Self {
        let receipt = proven.receipt();
        let (status, state_root) = match receipt.outcome {
            Outcome::Succeeded => (Some(1), None),
            Outcome::Reverted => (Some(0), None),
            Outcome::StateRoot(root) => (None, Some(root.to_string())),
        };
        Self {
            fact: "receipt",
            index,
            r#type: receipt.transaction_type.number(),
            status,
            state_root,
            cumulative_gas_used: Decimal(receipt.cumulative_gas_used),
            logs: (0..).zip(&receipt.logs).map(LogFact::of).collect(),
        }
    }
}

impl fmt::Display for ReceiptFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "receipt    {}  ", self.index)?;
        match (self.status, &self.state_root) {
            (Some(1), _) => formatter.write_str("succeeded")?,
            (Some(_), _) => formatter.write_str("reverted")?,
            (None, root) => write!(formatter, "state root {}", root.as_deref().unwrap_or_default())?,
        }
        write!(formatter, "  {} logs", self.logs.len())?;
        self.logs.iter().try_for_each(|log| write!(formatter, "\n{log}"))
    }
}

#[derive(Serialize)]
struct LogFact {
    index: u32,
    address: String,
    topics: Vec<String>,
    data: String,
}

impl LogFact {
    fn of((index, log): (u32, &Log)) -> Self {
        Self {
            index,
            address: log.emitter.to_string(),
            topics: log.topics.iter().map(Hash32::to_string).collect(),
            data: format!("0x{}", hex::encode(&log.data)),
        }
    }
}

impl fmt::Display for LogFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "  log {}  {}  topics [{}]  data {}",
            self.index,
            self.address,
            self.topics.join(", "),
            self.data
        )
    }
}
