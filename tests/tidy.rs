//! Checks over the source itself: what reviews would otherwise have to repeat.

use std::{fs, path::Path};

/// A file longer than this wants a better cut; flat lists and tables of tests may be longer.
const MAX_LINES: usize = 600;

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the project's folders are readable") {
            let path = entry.expect("the project's folders are readable").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if path.is_dir() {
                if !matches!(name, "target" | ".git" | "node_modules" | "out" | "cache") {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                let relative = path.strip_prefix(&root).expect("below the root");
                found.push((relative.display().to_string(), text));
            }
        }
    }
    assert!(found.len() > 10, "the walk lost the sources");
    found
}

#[test]
fn no_source_file_needs_a_better_cut() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:?}");
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "no module documentation: {silent:?}");
}

#[test]
fn no_unfinished_work_is_left_in_the_source() {
    let marks = ["TO\u{44}O", "FIX\u{4d}E", "XX\u{58}", "unimpl\u{65}mented!"];
    for (path, text) in sources() {
        for mark in marks {
            assert!(!text.contains(mark), "{path} contains {mark}");
        }
    }
}
