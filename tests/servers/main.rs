//! Real servers agree with the table of the library and with `--check`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

use test_support as support;

mod differential;
mod facts;
mod generated;
