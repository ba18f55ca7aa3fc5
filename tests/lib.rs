//! Finds and reads the shared vectors: real chain data and published numeric cases.

pub mod damage;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Where the vectors are: `VIADUCT_VECTORS`, else `../shared/vectors` beside the project.
pub fn root() -> PathBuf {
    match env::var_os("VIADUCT_VECTORS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
    }
}

/// The vectors' folder, or `None` after saying loudly on stderr that it is missing.
///
/// # Panics
/// In CI (`CI` is set), where a missing folder is a failure and not a choice.
pub fn available() -> Option<PathBuf> {
    let root = root();
    if root.is_dir() {
        return Some(root);
    }
    let missing = format!(
        "VECTORS MISSING: {} is not a folder; set VIADUCT_VECTORS. Nothing was checked against real chain data.",
        root.display()
    );
    assert!(env::var_os("CI").is_none(), "{missing}");
    // Written directly: the test runner swallows what `eprintln!` prints in a passing test.
    let _ = writeln!(std::io::stderr(), "{missing}");
    None
}

/// The vector files one conformance row is about. The row must open each of them.
pub struct Files {
    root: PathBuf,
    paths: Vec<String>,
    opened: RefCell<BTreeSet<String>>,
}

impl Files {
    /// Every file that matches one of the glob patterns, relative to `root`.
    pub fn matching(root: &Path, patterns: &[&str]) -> Self {
        let paths: BTreeSet<String> = patterns
            .iter()
            .flat_map(|pattern| expand(root, pattern))
            .collect();
        Self {
            root: root.into(),
            paths: paths.into_iter().collect(),
            opened: RefCell::default(),
        }
    }

    /// Paths relative to the vectors' folder, ascending.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Reads one file by its path relative to the vectors' folder.
    pub fn read(&self, path: &str) -> Vec<u8> {
        self.opened.borrow_mut().insert(path.into());
        fs::read(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Reads one file as text.
    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Reads one file as JSON. Numbers that do not fit 64 bits stay exact text in the vectors that have them.
    pub fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The row's files that nothing opened.
    pub fn unopened(&self) -> Vec<&str> {
        let opened = self.opened.borrow();
        self.paths().filter(|path| !opened.contains(*path)).collect()
    }
}

/// Files below `root` that match a glob pattern, as paths relative to `root`.
pub fn expand(root: &Path, pattern: &str) -> Vec<String> {
    let full = root.join(pattern);
    glob::glob(full.to_str().expect("vector paths are UTF-8"))
        .expect("a row's pattern is a valid glob")
        .filter_map(Result::ok)
        .filter(|path| path.is_file())
        .map(|path| {
            path.strip_prefix(root)
                .expect("the glob starts at the root")
                .to_str()
                .expect("vector paths are UTF-8")
                .to_owned()
        })
        .collect()
}
