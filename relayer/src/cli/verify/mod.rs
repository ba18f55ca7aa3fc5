//! `viaduct verify`: offline verification of files in the formats that nodes serve.

mod ethereum;

use clap::Subcommand;

use super::{Failure, Output};

/// One verification; each variant's module documents its input and the facts it prints.
#[derive(Subcommand)]
pub(crate) enum Verify {
    /// Follow Ethereum's beacon chain from a checkpoint
    Ethereum(ethereum::Ethereum),
}

/// Runs one verification and prints the facts it establishes.
pub(crate) fn run(command: Verify, output: &mut Output) -> Result<(), Failure> {
    match command {
        Verify::Ethereum(arguments) => ethereum::run(&arguments, output),
    }
}
