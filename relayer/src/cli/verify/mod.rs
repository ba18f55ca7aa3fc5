//! `viaduct verify`: offline verification of files in the formats that nodes serve.

mod ckb;
mod ckb_tx;
mod eth_account;
mod eth_receipt;
mod ethereum;

use clap::Subcommand;

use super::{Failure, Output};

/// One verification; each variant's module documents its input and the facts it prints.
#[derive(Subcommand)]
pub(crate) enum Verify {
    /// Follow CKB headers from the first one in a file
    Ckb(ckb::Ckb),
    /// Prove one CKB transaction under a header
    CkbTx(ckb_tx::CkbTx),
    /// Follow Ethereum's beacon chain from a checkpoint
    Ethereum(ethereum::Ethereum),
    /// Verify an account and storage slots below a state root
    EthAccount(eth_account::EthAccount),
    /// Verify a transaction's receipt below a receipts root
    EthReceipt(eth_receipt::EthReceipt),
}

/// Runs one verification and prints the facts it establishes.
pub(crate) fn run(command: Verify, output: &mut Output) -> Result<(), Failure> {
    match command {
        Verify::Ckb(arguments) => ckb::run(&arguments, output),
        Verify::CkbTx(arguments) => ckb_tx::run(&arguments, output),
        Verify::Ethereum(arguments) => ethereum::run(&arguments, output),
        Verify::EthAccount(arguments) => eth_account::run(&arguments, output),
        Verify::EthReceipt(arguments) => eth_receipt::run(&arguments, output),
    }
}
