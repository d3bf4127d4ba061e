//! `cargo xtask generate`: man page and completions from the command's table of options, which is a clap `Command`. With
//! `--check` nothing is written, and a file that differs from what the table gives is an error.
#![allow(clippy::print_stderr, reason = "this is a tool for whoever changes the code")]

mod completions;
mod flag;
mod man;
#[path = "../../htpasswd-cli/src/args/options.rs"]
#[allow(dead_code, reason = "the generators use only the table")]
mod options;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap_complete::Shell;

/// Every generated file, by its path in the repository.
fn files() -> [(&'static str, String); 5] {
    let table = options::command();
    let flags = flag::read(&table);
    [
        ("docs/man/htpasswd.1", man::page(&flags)),
        ("completions/htpasswd.bash", completions::bash::script(&flags)),
        ("completions/_htpasswd", completions::zsh::script(&flags)),
        ("completions/htpasswd.fish", completions::standard::script(Shell::Fish, &table)),
        ("completions/_htpasswd.ps1", completions::standard::script(Shell::PowerShell, &table)),
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
        Err(why) => {
            eprintln!("{why}");
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
    Err(format!("not as the table of options has it, run cargo xtask generate: {}", stale.join(", ")))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
