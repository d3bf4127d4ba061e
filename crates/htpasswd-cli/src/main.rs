//! The command `htpasswd`: a drop-in replacement for Apache's tool, built on the library `htpasswd`.
//!
//! `main` parses the call, runs the command, and exits with its exit code. Modules explain their parts.

mod accounts;
mod args;
mod commands;
mod encoding;
mod error;
mod escape;
mod exit;
mod export;
mod import;
mod limits;
mod os;
mod output;
mod password;
mod progress;
mod report;
mod target;
mod warning;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::error::Error;
use crate::report::json;

fn main() -> ExitCode {
    os::forbid_core_dumps();
    let mut words = std::env::args_os();
    output::set_program(words.next().map_or_else(|| b"htpasswd".to_vec(), OsString::into_encoded_bytes));
    let words: Vec<_> = words.collect();
    let exit = run(&words).unwrap_or_else(|error| {
        error.print();
        error.exit()
    });
    output::print_deferred();
    exit.into()
}

fn run(words: &[OsString]) -> Result<exit::Exit, Error> {
    let args::Parsed { result, warnings } = args::parse(words);
    match &result {
        Ok((command, globals)) => {
            output::set_color(globals.color);
            if globals.json {
                json::begin(command.name());
            }
        }
        Err(wrong) if wrong.wants_json() => json::begin(None),
        Err(_) => {}
    }
    let strict = result.as_ref().is_ok_and(|(_, globals)| globals.strict);
    let emitted = warning::emit_all(warnings, strict);
    let (command, globals) = result?;
    emitted?;
    commands::run(command, &globals)
}
