//! The example registry with a password file of the command's, as clients see it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

use test_support as support;

mod browser;
mod clients;
mod images;
mod load;
mod tls;
mod users;
