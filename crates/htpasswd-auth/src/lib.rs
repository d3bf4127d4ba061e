//! The login service `htpasswd-auth`, with the users of htpasswd files.
//!
//! The program in `main.rs` calls [`main`], and the fuzz targets call the functions of `fuzzing`. No other program can
//! rely on this library: its items change without notice.
//!
//! The service reads its configuration, opens files and sockets, and serves until a signal stops it. Data flows one way:
//! `args` → `config` → `sites` → `login` → `answer`. An error at the start is one sentence, and the program exits with 2.

mod address;
mod answer;
mod args;
mod config;
mod connection;
mod doctor;
mod encode;
mod endpoint;
mod events;
#[doc(hidden)]
pub mod fuzzing;
mod groups;
mod listener;
mod log;
mod login;
mod metrics;
mod networks;
mod notify;
mod options;
mod os;
mod server;
mod site;
mod sites;
mod start;
mod tls;

use std::process::ExitCode;

/// Runs the program with the words of its command line.
#[must_use]
pub fn main() -> ExitCode {
    if doctor::is_asked(std::env::args_os()) {
        return doctor::main(std::env::args_os().skip(1));
    }
    start::main()
}
