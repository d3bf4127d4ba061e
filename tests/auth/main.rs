//! Black-box tests of the program `htpasswd-auth`: the tests start it, send requests as a proxy does, and read its log.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

mod service;

mod addresses;
mod answers;
mod credentials;
mod forged;
mod logs;
mod nginx;
mod operation;
mod packaging;
mod races;
mod sites;
mod sockets;
mod timing;
mod tls;
