//! The tower layer, and the examples made with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

mod layer;
mod proxy;

mod forward_auth;
mod load;
mod requests;
mod server;
mod slow_clients;
