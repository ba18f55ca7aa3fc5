//! `viaduct verify ckb-tx`: one transaction under a header's transactions root, with files as CKB nodes serve them.
//!
//! Fact: `transaction` with its hash, computed from the file's transaction, and its index in the block's tree. The header is taken as it
//! is: `viaduct verify ckb` is what makes it trusted.

use std::{fmt, path::Path, path::PathBuf};

use clap::Args;
use light_client::ckb::{
    block::{self, Rejection},
    json::{self, JsonError},
};
use serde::Serialize;

use super::ckb::refused;
use crate::cli::{Failure, Output, input};

/// Arguments of the command.
#[derive(Args)]
pub(crate) struct CkbTx {
    /// The block's header: get_header's answer
    #[arg(long, value_name = "FILE")]
    header: PathBuf,
    /// The transaction, alone or as get_transaction's answer
    #[arg(long, value_name = "FILE")]
    tx: PathBuf,
    /// get_transaction_proof's answer
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
}

/// Runs the verification and prints what it establishes.
pub(crate) fn run(arguments: &CkbTx, output: &mut Output) -> Result<(), Failure> {
    let header = decode(&arguments.header, json::header)?;
    let transaction = decode(&arguments.tx, json::transaction)?;
    let proof = decode(&arguments.proof, json::transaction_proof)?;
    let proved =
        block::transaction(&header, &transaction.raw, &proof).map_err(|rejection| match &rejection {
            // The walk's own reason says more than that it failed.
            Rejection::Proof(reason) => Failure::rejected(reason),
            _ => Failure::rejected(&rejection),
        })?;
    output.fact(&Transaction {
        fact: "transaction",
        hash: proved.hash.to_string(),
        index: proved.index,
    })
}

fn decode<T>(path: &Path, read: impl Fn(&[u8]) -> Result<T, JsonError>) -> Result<T, Failure> {
    let bytes = input::read(path)?;
    read(&bytes).map_err(|error| refused(path.display(), &error))
}

#[derive(Serialize)]
struct Transaction {
    fact: &'static str,
    hash: String,
    index: u32,
}

impl fmt::Display for Transaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "transaction {} index {}", self.hash, self.index)
    }
}
