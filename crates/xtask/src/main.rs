//! Generates the man pages and the completion scripts with `cargo xtask generate`. The sources are the tables
//! of options of the command and of the login service, which are clap `Command`s, and the table of servers of the
//! library. With `--check`, the program writes
//! nothing, and fails if a file is out of date.
#![allow(clippy::print_stderr, reason = "only developers of htpasswd run this program")]

mod completions;
mod flag;
mod man;
#[path = "../../htpasswd-cli/src/args/options.rs"]
#[allow(dead_code, reason = "the generators use only the table")]
mod options;
#[path = "../../htpasswd-auth/src/options.rs"]
#[allow(dead_code, reason = "the generators use only the tables")]
mod service_options;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;

/// The path in the repository and the content of each generated file.
fn files() -> [(&'static str, String); 11] {
    let table = options::command();
    let flags = flag::read(&table);
    [
        ("docs/man/htpasswd.1", man::page(&flags)),
        ("docs/man/htpasswd-formats.7", man::formats_page()),
        ("docs/man/htpasswd-servers.7", man::servers_page()),
        ("docs/pictures/servers.json", man::json()),
        ("completions/htpasswd.bash", completions::bash::script(&flags)),
        ("completions/_htpasswd", completions::zsh::script(&flags)),
        ("completions/htpasswd.fish", completions::standard::script(Shell::Fish, &table)),
        ("completions/_htpasswd.ps1", completions::standard::script(Shell::PowerShell, &table)),
        ("completions/htpasswd-auth.bash", completions::service::script(Shell::Bash)),
        ("completions/_htpasswd-auth", completions::service::script(Shell::Zsh)),
        ("completions/htpasswd-auth.fish", completions::service::script(Shell::Fish)),
    ]
}

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["generate"] => generate(),
        ["generate", "--check"] => check(),
        _ => Err("usage: cargo xtask generate [--check]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), String> {
    for (path, text) in files() {
        fs::write(root().join(path), text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

fn check() -> Result<(), String> {
    let differs =
        |(path, text): &(&str, String)| fs::read(root().join(path)).ok().as_deref() != Some(text.as_bytes());
    let stale: Vec<_> = files().into_iter().filter(differs).map(|(path, _)| path).collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("these files are out of date, run cargo xtask generate: {}", stale.join(", ")))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
