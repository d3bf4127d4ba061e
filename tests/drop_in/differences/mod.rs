//! Where this program differs from Apache's on purpose: one test for each row of `docs/compatibility.md`.
//!
//! Each test says what our program does, and, with `HTPASSWD_UNDER_TEST` set, what Apache's does, so that the table
//! stays honest. Rows that are kept as they are have one half only.

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

/// Refused with this code, with a message of whole lines, and the password file is as it was.
#[track_caller]
fn refused(sandbox: &Sandbox, run: &Run, code: i32) {
    run.exits(code).stdout_is("");
    assert!(run.stderr().ends_with('\n'), "no message of whole lines\n{run}");
    assert_eq!(sandbox.text("passwd"), TWO_USERS, "the file changed\n{run}");
    assert_eq!(sandbox.names(), ["passwd"], "something was left beside the file\n{run}");
}

/// `count` users with the password `secret`.
fn many_users(count: usize) -> String {
    let record = |number| format!("u{number:03}:{SHA1}\n");
    (0..count).map(record).collect()
}
