//! The command `htpasswd`: a drop-in for Apache's, on top of the `htpasswd` library.

mod action;
mod argv;
mod commands;
mod exit;
mod export;
mod global_options;
mod import;
mod limits;
mod messages;
mod options;
mod output;
mod password;
mod progress;
mod stdio;
mod store;

fn main() -> std::process::ExitCode {
    commands::run(std::env::args_os())
}
