//! Each source file can be read whole, and the repository does not hold files that a script makes in great number.

use std::fs;
use std::io::{self, Write as _};
use std::process::Command;

use crate::{files, has_extension, root};

/// Lines of a Rust file, tests included.
const MOST_LINES: usize = 500;
/// Files that git keeps.
const MOST_FILES: usize = 520;
/// Files that are a table of numbers and nothing else.
const TABLES: [&str; 1] = ["crates/bcrypt-lanes/src/pi.rs"];

#[test]
fn no_rust_file_is_too_long_but_named_tables() {
    let mut seen = 0;
    let mut long = Vec::new();
    for file in files(&root()).into_iter().filter(|file| has_extension(file, "rs")) {
        seen += 1;
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > MOST_LINES {
            long.push(file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
    long.sort();
    assert!(seen > 200, "{seen} files");
    assert_eq!(long, TABLES, "files of more than {MOST_LINES} lines, and the tables");
}

#[test]
fn git_keeps_few_files() {
    // The clone may belong to another user.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files"]).current_dir(root());
    let output = if root().join(".git").exists() { git.output().ok() } else { None };
    let Some(output) = output else {
        // As in `test-support`: past what the test harness captures.
        let _ = writeln!(io::stderr(), "SKIPPED: git_keeps_few_files: there is no clone, or no git");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count = String::from_utf8(output.stdout).unwrap().lines().count();
    assert!((200..=MOST_FILES).contains(&count), "{count} files");
}
