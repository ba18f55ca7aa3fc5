//! `viaduct`: one binary for operators, users and integrators (`spec/relayer.md`, CLI).

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
