//! What a command prints on stdout: facts, as text or as one JSON object per line.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::Failure;

/// One thing that was established. Serialises to an object with the key `fact`; `Display` is the line a person reads.
pub(crate) trait Fact: Serialize + std::fmt::Display {}

impl<T: Serialize + std::fmt::Display> Fact for T {}

/// Standard output in the form the user asked for.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints one fact. A closed pipe is the reader's choice, any other write error is ours to report.
    pub(crate) fn fact(&mut self, fact: &impl Fact) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let written = if self.json {
            serde_json::to_writer(&mut stdout, fact)
                .map_err(io::Error::from)
                .and_then(|()| stdout.write_all(b"\n"))
        } else {
            writeln!(stdout, "{fact}")
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::input("standard output", error))
            }
            _ => Ok(()),
        }
    }
}

/// A number that may exceed 32 bits: a decimal string in JSON (`spec/relayer.md`, CLI), by its type, not its value.
#[derive(Clone, Copy)]
pub(crate) struct Decimal(pub(crate) u64);

impl std::fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
