//! Black-box tests of `htpasswd::Authenticator`: its verdicts, cache, queue, rate limits, events and reloads.
//! Each test runs an authenticator over a password file of its own; no test may depend on the speed of the machine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

mod login;

mod cache;
mod clock;
mod end;
mod extremes;
mod failures;
mod flight;
mod hook;
mod idle;
mod lanes;
mod memory;
mod queue;
mod rehash;
mod reload;
mod turns;
mod verdicts;
