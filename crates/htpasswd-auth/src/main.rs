//! `htpasswd-auth`: the login service that proxies ask, with the users of htpasswd files.
//!
//! The program reads its configuration, opens files and sockets, and serves until a signal stops it. Data flows one way:
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
mod groups;
mod listener;
mod log;
mod login;
mod metrics;
mod networks;
mod notify;
mod options;
mod server;
mod site;
mod sites;
mod start;
mod tls;

use std::process::ExitCode;

fn main() -> ExitCode {
    if doctor::is_asked(std::env::args_os()) {
        return doctor::main(std::env::args_os().skip(1));
    }
    start::main()
}
