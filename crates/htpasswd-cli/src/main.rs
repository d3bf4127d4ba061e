//! The command `htpasswd`: a drop-in for Apache's, on top of the `htpasswd` library.

mod action;
mod argv;
mod commands;
mod console;
mod exit;
mod format;
mod global_options;
mod import;
mod limits;
mod messages;
mod options;
mod password;
mod progress;
mod stdio;
mod store;
mod terminal;

fn main() -> std::process::ExitCode {
    commands::run(std::env::args_os())
}
