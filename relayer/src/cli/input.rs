//! Reads input files: bounded, and every error names the file.

use std::{fs::File, io::Read, path::Path};

use super::Failure;

/// The largest file a command reads (`spec/relayer.md`, CLI).
pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;

/// Reads a whole file of at most [`MAX_FILE_BYTES`]. The bound holds for what is read, whatever size the file claims.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| Failure::input(path.display(), error);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(
            Failure::input(path.display(), "larger than 64 MiB").with_hint("split the file into several")
        );
    }
    Ok(bytes)
}
