//! The intended differences from Apache's tool: at least one test for each row of `docs/compatibility.md`.
//!
//! Each test asserts what this program does. If `HTPASSWD_UNDER_TEST` is set, the test asserts what Apache's tool does,
//! so that both columns of the table stay right. In rows marked *same*, both programs do the same.

mod content;
mod hashes;
mod names;
mod options;
mod passwords;
mod terminal;
mod writes;

use crate::support::{Run, SHA1, Sandbox, TWO_USERS};

const FIRST: &str = "New password: ";
const SECOND: &str = "Re-type new password: ";
const TOO_LONG: &str = "htpasswd: password too long (>256)\n";
const WRONG: &str = "password verification failed\n";

/// Asserts that the program rejected the call with this exit code and a message of whole lines, and that the password
/// file has not changed.
#[track_caller]
fn is_rejected(sandbox: &Sandbox, run: &Run, code: i32) {
    run.exits(code).stdout_is("");
    assert!(run.stderr().ends_with('\n'), "the message has no newline at the end\n{run}");
    assert_eq!(sandbox.text("passwd"), TWO_USERS, "the file has changed\n{run}");
    assert_eq!(sandbox.names(), ["passwd"], "another file is left in the directory\n{run}");
}

/// A password file with `count` users with the password `secret`.
fn many_users(count: usize) -> String {
    let record = |number| format!("u{number:03}:{SHA1}\n");
    (0..count).map(record).collect()
}
