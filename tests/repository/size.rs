//! Tests of sizes: each source file is short enough to read at once, and no script's output of many files is
//! committed.

use std::fs;
use std::io::{self, Write as _};
use std::process::Command;

use crate::{files, has_extension, root};

/// The maximum number of lines of a Rust file, with its tests.
const MAX_LINES: usize = 500;
/// The maximum number of committed files. Each crate, system and example needs only a few files, and each task and each
/// JSON output has one page or schema, which a test checks. A script that generates files would exceed this number.
const MAX_FILES: usize = 865;
/// Files that contain only a table of numbers, and may be longer.
const TABLES: [&str; 1] = ["crates/crypt-lanes/src/pi.rs"];

#[test]
fn no_rust_file_is_too_long_except_the_tables() {
    let mut seen = 0;
    let mut long = Vec::new();
    for file in files(&root()).into_iter().filter(|file| has_extension(file, "rs")) {
        seen += 1;
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > MAX_LINES {
            long.push(file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        }
    }
    long.sort();
    assert!(seen > 200, "{seen} files");
    assert_eq!(long, TABLES, "files of more than {MAX_LINES} lines, and the tables");
}

#[test]
fn few_files_are_committed() {
    // The clone may belong to another user.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files"]).current_dir(root());
    let output = if root().join(".git").exists() { git.output().ok() } else { None };
    let Some(output) = output else {
        // The test harness does not capture this line, so that the reader sees the skipped test.
        let _ = writeln!(io::stderr(), "SKIPPED: few_files_are_committed: there is no clone, or no git");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count = String::from_utf8(output.stdout).unwrap().lines().count();
    assert!((200..=MAX_FILES).contains(&count), "{count} files");
}
