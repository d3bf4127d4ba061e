//! Calls of Apache's tool that this program must handle in the same way, and the intended differences. All tests run
//! on both programs: set `HTPASSWD_UNDER_TEST` to test Apache's tool.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

use test_support as support;

mod differences;
mod differential;
mod files;
mod options;
mod passwords;
mod permissions;
mod prompts;
mod records;
mod schemes;
mod standard_streams;
mod verify;

use self::support::{SHA1, TWO_USERS};

/// The content of [`TWO_USERS`] after `alice` is added with `-s` and `secret`.
fn added() -> String {
    format!("{TWO_USERS}alice:{SHA1}\n")
}
