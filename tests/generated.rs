//! The committed man page and completions are up to date with the table of options.

use std::process::Command;

#[test]
fn man_page_and_completions_match_the_table_of_options() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["generate", "--check"]).output();
    let output = output.expect("cargo builds xtask for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
