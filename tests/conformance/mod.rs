//! One table maps every vector file to a runner or to the reason why it is left out.
//!
//! A row names glob patterns below the vectors' folder and a runner. The runner gets the matching [`Files`] and must open
//! each of them; a file that no row matches, that two rows match, or that its runner never opens fails the run.

mod ckb;
mod ethereum_ancestry;
mod ethereum_argument;
mod ethereum_bls;
mod ethereum_consensus;
mod ethereum_execution;
mod ethereum_local;
mod ethereum_nodes;
mod ethereum_spec_tests;
mod margin;
mod tigerbeetle;
mod wire;

use std::collections::BTreeMap;

use tests::Files;

/// What is done with the files of a row.
pub(crate) enum Treatment {
    /// Run by a test of its own.
    Run,
    /// Not a vector for this project, and why.
    LeftOut(&'static str),
}

/// Patterns and what is done with their files.
pub(crate) struct Row {
    pub(crate) patterns: &'static [&'static str],
    pub(crate) treatment: Treatment,
}

/// Declares rows, and one test for each that is run.
///
/// ```ignore
/// rows! {
///     run bootstraps ["ethereum/mainnet/x/bootstrap*.json"];
///     left_out ["ethereum/mainnet/x/notes.txt"] "prose";
/// }
/// fn bootstraps(files: &Files) { .. }
/// ```
macro_rules! rows {
    (@rows [$($done:expr,)*] ) => {
        pub(crate) const ROWS: &[crate::conformance::Row] = &[$($done,)*];
    };
    (@rows [$($done:expr,)*] run $name:ident [$($pattern:literal),+ $(,)?]; $($rest:tt)*) => {
        rows!(@rows [$($done,)* crate::conformance::Row {
            patterns: &[$($pattern),+],
            treatment: crate::conformance::Treatment::Run,
        },] $($rest)*);
    };
    (@rows [$($done:expr,)*] left_out [$($pattern:literal),+ $(,)?] $why:literal; $($rest:tt)*) => {
        rows!(@rows [$($done,)* crate::conformance::Row {
            patterns: &[$($pattern),+],
            treatment: crate::conformance::Treatment::LeftOut($why),
        },] $($rest)*);
    };
    (@tests) => {};
    (@tests run $name:ident [$($pattern:literal),+ $(,)?]; $($rest:tt)*) => {
        mod $name {
            #[test]
            fn conforms() {
                crate::conformance::run(&[$($pattern),+], super::$name);
            }
        }
        rows!(@tests $($rest)*);
    };
    (@tests left_out [$($pattern:literal),+ $(,)?] $why:literal; $($rest:tt)*) => {
        rows!(@tests $($rest)*);
    };
    ($($row:tt)*) => {
        rows!(@rows [] $($row)*);
        rows!(@tests $($row)*);
    };
}
pub(crate) use rows;

/// Folders whose files must all have a row.
const COVERED: &[&str] = &[
    "ckb",
    "local-nodes/ckb",
    "local-nodes/anvil",
    "local-nodes/ethereumjs",
    "local-nodes/ethereumjs-prague",
    "local-nodes/geth-dev",
    "local-nodes/prysm-electra",
    "local-nodes/prysm-electra-8slot-epochs",
    "local-nodes/prysm-electra-t0",
    "local-nodes/prysm-minimal-electra-to-fulu",
    "ethereum",
    "local-nodes/lodestar",
    "local-nodes/prysm-*",
    "margin",
    "ethereum/ecdsa",
];

/// Every module's rows.
fn all_rows() -> Vec<&'static Row> {
    let modules: &[&'static [Row]] = &[
        ckb::ROWS,
        ethereum_ancestry::ROWS,
        ethereum_argument::ROWS,
        ethereum_bls::ROWS,
        ethereum_consensus::ROWS,
        ethereum_local::ROWS,
        ethereum_nodes::ROWS,
        ethereum_spec_tests::ROWS,
        tigerbeetle::ROWS,
        wire::ROWS,
    ];
    modules
        .iter()
        .chain(ethereum_execution::ROWS)
        .chain(margin::ROWS)
        .flat_map(|rows| rows.iter())
        .collect()
}

/// Runs one row over its files and demands that each was opened.
pub(crate) fn run(patterns: &[&str], runner: fn(&Files)) {
    let Some(root) = tests::available() else {
        return;
    };
    let files = Files::matching(&root, patterns);
    assert!(files.paths().next().is_some(), "no file matches {patterns:?}");
    runner(&files);
    let unopened = files.unopened();
    assert!(unopened.is_empty(), "never opened: {unopened:?}");
}

#[test]
fn every_vector_file_has_exactly_one_row() {
    let Some(root) = tests::available() else {
        return;
    };
    let mut matches: BTreeMap<String, usize> = COVERED
        .iter()
        .flat_map(|folder| tests::expand(&root, &format!("{folder}/**/*")))
        .map(|path| (path, 0))
        .collect();
    let mut empty = Vec::new();
    for row in all_rows() {
        for pattern in row.patterns {
            let paths = tests::expand(&root, pattern);
            if paths.is_empty() {
                empty.push(*pattern);
            }
            for path in paths {
                *matches.entry(path).or_default() += 1;
            }
        }
        if let Treatment::LeftOut(why) = row.treatment {
            assert!(!why.is_empty(), "{:?} is left out without a reason", row.patterns);
        }
    }
    assert!(empty.is_empty(), "patterns without a file: {empty:?}");
    let wrong: Vec<_> = matches.iter().filter(|(_, count)| **count != 1).collect();
    assert!(wrong.is_empty(), "files with no row (0) or several: {wrong:#?}");
}
