//! The tower layer, and the examples made with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, which is what it should do"
)]

#[path = "../support/layer.rs"]
mod layer;
#[path = "../support/proxy.rs"]
mod proxy;

mod forward_auth;
mod load;
mod requests;
mod server;
mod slow_clients;
