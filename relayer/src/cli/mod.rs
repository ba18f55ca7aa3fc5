//! The command line: parses arguments, runs one command, turns its outcome into an exit status.
//!
//! Data goes to stdout (one JSON object per line with `--json`), everything else to stderr.
//! Exit status: 0 done, 1 error, 2 usage, 3 verification rejected (`spec/relayer.md`, CLI).

mod failure;
mod input;
mod margin;
mod output;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use failure::Failure;
pub(crate) use output::Output;

/// Cross-chain bridge relayer with light-client verification and one margin ledger.
#[derive(Parser)]
#[command(name = "viaduct", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object per line instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Verify chain data offline, from files in the formats that nodes serve
    #[command(subcommand)]
    Verify(verify::Verify),
    Margin(margin::Margin),
}

/// Runs the command named by the process arguments.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let mut output = Output::new(arguments.json);
    let outcome = match arguments.command {
        Command::Verify(command) => verify::run(command, &mut output),
        Command::Margin(command) => margin::run(&command, &mut output),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
