//! Why a command did not succeed, and the exit status that says so.

use std::{fmt::Display, process::ExitCode};

use thiserror::Error;

/// The two ways a command fails; the third, wrong usage (exit status 2), is the argument parser's.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The input is well formed and not true: exit status 3.
    #[error("rejected: {variant}: {message}")]
    Rejected {
        /// Name of the rejection's variant, as documented by the verifying module.
        variant: &'static str,
        /// What was expected and what was found.
        message: String,
    },
    /// The input cannot be read or is not what the format says: exit status 1.
    #[error("error: {message}")]
    Error {
        /// What is wrong, with file and field.
        message: String,
        /// What to do next.
        hint: Option<String>,
    },
}

impl Failure {
    /// A verification that refused well-formed input.
    pub(crate) fn rejected<R>(rejection: &R) -> Self
    where
        R: Display,
        for<'a> &'a R: Into<&'static str>,
    {
        Self::Rejected {
            variant: rejection.into(),
            message: rejection.to_string(),
        }
    }

    /// Input that cannot be used, `at` naming the file (and field) or the argument.
    pub(crate) fn input(at: impl Display, problem: impl Display) -> Self {
        Self::Error {
            message: format!("{at}: {problem}"),
            hint: None,
        }
    }

    /// Adds what the user can do next.
    pub(crate) fn with_hint(self, next: impl Display) -> Self {
        match self {
            Self::Error { message, .. } => Self::Error {
                message,
                hint: Some(next.to_string()),
            },
            rejected @ Self::Rejected { .. } => rejected,
        }
    }

    /// Prints the failure on stderr and gives its exit status.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("{self}");
        match self {
            Self::Rejected { .. } => ExitCode::from(3),
            Self::Error { hint, .. } => {
                if let Some(next) = hint {
                    eprintln!("hint: {next}");
                }
                ExitCode::from(1)
            }
        }
    }
}
