//! Tests of `examples/registry.rs` as its clients see it, with a password file that the command edits.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

use test_support as support;

mod browser;
mod clients;
mod images;
mod load;
mod tls;
mod users;
