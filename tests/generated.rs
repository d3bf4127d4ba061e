//! The man page and the completions that are committed are those that the table of options gives.

use std::process::Command;

#[test]
fn man_page_and_completions_are_as_the_table_of_options_has_them() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["generate", "--check"]).output();
    let output = output.expect("the xtask was built for this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
