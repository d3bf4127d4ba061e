//! What the library does to bytes and to files, beside what naive models of it say, for generated inputs.
//!
//! `cargo test` tries the same few hundred inputs each time, `HTPASSWD_TEST_FULL=1` many more, other ones each time.
//! An input that fails is printed, made as small as it goes, and kept nowhere: it becomes a test with a name.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

mod calls;
mod document;
mod inputs;
mod interrupted;
mod naive;
mod store;
mod world;

use proptest::test_runner::{Config, RngSeed};

/// So many inputs by default, and so many in full.
fn cases(few: u32, many: u32) -> Config {
    let full = std::env::var_os("HTPASSWD_TEST_FULL").is_some_and(|value| value == "1");
    let (cases, rng_seed) = if full { (many, RngSeed::Random) } else { (few, RngSeed::Fixed(1)) };
    Config { cases, rng_seed, failure_persistence: None, ..Config::default() }
}
