//! Tests of htpasswd.exe under wine: the points in which Windows differs, kills during an edit, and writers and
//! readers at the same time.
//!
//! The tests run on Linux, and call the program with `HTPASSWD_TEST_BUILD`, which `.ci/windows.sh` sets. `cargo test`
//! leaves them out. Wine is not Windows: a result here is a reason to expect the same there, and no proof.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

use test_support as support;

mod calls;
mod kills;
mod same_time;

use self::support::Sandbox;

/// A sandbox with this content in the file `passwd`. Fails if the program under test is not htpasswd.exe.
fn sandbox(content: impl AsRef<[u8]>) -> Sandbox {
    assert!(std::env::var_os("HTPASSWD_TEST_BUILD").is_some(), "run .ci/windows.sh, which sets the program");
    Sandbox::with(content)
}
