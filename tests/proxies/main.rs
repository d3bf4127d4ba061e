//! Black-box tests of the recipes in `docs/proxies/`: the tests take each configuration out of its page, replace only
//! addresses and paths, and start the real proxy, the service and an application.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure here fails the test, as intended"
)]

#[path = "../auth/service.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "the tests of the service use all of this file, and these tests use a part"
)]
mod service;

mod application;
mod caddy;
mod checks;
mod connections;
mod doctor;
mod envoy;
mod failures;
mod haproxy;
mod nginx;
mod page;
mod recipe;
mod recorded;
mod site;
mod soak;
mod traefik;
