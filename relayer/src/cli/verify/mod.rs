//! `viaduct verify`: offline verification of files in the formats that nodes serve.

use clap::Subcommand;

use super::{Failure, Output};

/// One verification; each variant's module documents its input and the facts it prints.
#[derive(Subcommand)]
pub(crate) enum Verify {}

/// Runs one verification and prints the facts it establishes.
pub(crate) fn run(command: Verify, _output: &mut Output) -> Result<(), Failure> {
    match command {}
}
