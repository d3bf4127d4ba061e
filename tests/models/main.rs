//! Model-based tests: generated inputs go through the library and through a naive model, and the results must agree.
//!
//! `cargo test` uses the same inputs in each run. `HTPASSWD_TEST_FULL=1` uses many more inputs, with a random seed.
//! proptest minimizes a failing input and prints it. The input is not stored, so add a named test for it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

mod calls;
mod document;
mod inputs;
mod interrupted;
mod naive;
mod store;
mod world;

use proptest::test_runner::{Config, RngSeed};

/// Runs `few` inputs by default, and `many` with `HTPASSWD_TEST_FULL=1`.
fn cases(few: u32, many: u32) -> Config {
    let full = std::env::var_os("HTPASSWD_TEST_FULL").is_some_and(|value| value == "1");
    let (cases, rng_seed) = if full { (many, RngSeed::Random) } else { (few, RngSeed::Fixed(1)) };
    Config { cases, rng_seed, failure_persistence: None, ..Config::default() }
}
