//! The command `htpasswd`: a drop-in for Apache's, on top of the `htpasswd` library.

mod action;
mod argv;
mod commands;
mod console;
mod exit;
mod format;
mod import;
mod limits;
mod manner;
mod messages;
mod options;
mod progress;
mod secret;
mod startup;
mod store;
mod terminal;

fn main() -> std::process::ExitCode {
    commands::run(std::env::args_os())
}
