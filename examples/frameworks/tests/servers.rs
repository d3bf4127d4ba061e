//! Runs the checks of tests/layer/logins.rs on the example program of each framework.

#[path = "../../../tests/layer/logins.rs"]
mod logins;

logins::check_logins!(hello_actix, env!("CARGO_BIN_EXE_hello_actix"));
logins::check_logins!(hello_rocket, env!("CARGO_BIN_EXE_hello_rocket"));
logins::check_logins!(hello_tiny_http, env!("CARGO_BIN_EXE_hello_tiny_http"));
