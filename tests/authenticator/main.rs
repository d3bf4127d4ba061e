//! `Authenticator`: who gets in, when, and at what price.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

mod login;

mod cache;
mod end;
mod extremes;
mod failures;
mod flight;
mod hook;
mod lanes;
mod queue;
mod rehash;
mod reload;
mod turns;
mod verdicts;
