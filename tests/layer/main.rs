//! Tests of `BasicAuthLayer`, alone, in an axum server and in the example servers built with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

mod layer;
mod proxy;

mod extract;
mod forward_auth;
mod load;
mod logins;
mod requests;
mod rules;
mod server;
mod slow_clients;
mod stack;

logins::check_logins!(hello_axum, crate::proxy::example("hello_axum"));
logins::check_logins!(hello_hyper, crate::proxy::example("hello_hyper"));
