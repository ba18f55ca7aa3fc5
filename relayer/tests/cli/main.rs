//! The binary as its users run it: arguments and files in; standard output, standard error and exit status out.

mod ckb;
mod ckb_tx;
mod eth_account;
mod eth_receipt;
mod ethereum;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// What a run left behind.
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    /// The facts of a run that succeeded.
    fn facts(&self) -> Vec<Value> {
        assert_eq!(self.status, 0, "{}", self.stderr);
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("one JSON object per line"))
            .collect()
    }

    /// A rejection: exit status 3, the variant on standard error, nothing on standard output.
    fn is_rejected_as(&self, variant: &str) {
        assert_eq!(self.status, 3, "{}", self.stderr);
        assert!(
            self.stderr.starts_with(&format!("rejected: {variant}: ")),
            "{}",
            self.stderr
        );
        assert_eq!(self.stdout, "");
    }

    /// Malformed input: exit status 1, file and member on standard error.
    fn is_error_at(&self, file: &Path, member: &str) {
        assert_eq!(self.status, 1, "{}", self.stderr);
        let start = format!("error: {}: {member}: ", file.display());
        assert!(self.stderr.starts_with(&start), "{}", self.stderr);
        assert_eq!(self.stdout, "");
    }
}

fn viaduct(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_viaduct"))
        .args(arguments)
        .output()
        .expect("the binary runs");
    Run {
        status: output.status.code().expect("an exit status"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A file of this test run, removed when dropped.
struct Input(PathBuf);

impl Input {
    fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
        fs::write(&path, content).expect("the temporary folder is writable");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a UTF-8 path")
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // A file left in the target folder harms nothing.
        let _ = fs::remove_file(&self.0);
    }
}

/// A vector as JSON, or `None` where the vectors are missing.
fn vector(path: &str) -> Option<Value> {
    let bytes = fs::read(tests::available()?.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Some(serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{path}: {error}")))
}
