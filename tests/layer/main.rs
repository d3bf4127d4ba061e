//! Tests of `BasicAuthLayer`, alone, in an axum server and in the example servers built with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

mod layer;
mod program;

mod extract;
mod load;
mod logins;
mod requests;
mod rules;
mod server;
mod slow_clients;
mod stack;

logins::check_logins!(hello_axum, crate::program::example("hello_axum"));
logins::check_logins!(hello_hyper, crate::program::example("hello_hyper"));
