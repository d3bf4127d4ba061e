//! Compares the parser of the command line with a model. For random words, the parser and the model must have the same
//! exit code, or the same command and operands. The model is based on experiments with Apache's tool and on
//! docs/compatibility.md. No message contains a control character of the input.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the target uses a part of the command")]

/// The command has no library, so the target compiles the modules of its parser.
#[path = "../../crates/htpasswd-cli/src"]
mod command {
    pub(crate) mod args;
    pub(crate) mod escape;
    pub(crate) mod exit;
    pub(crate) mod export;
    pub(crate) mod limits;
    /// The part of the command's module `os` that the parser uses.
    #[path = "os/words.rs"]
    pub(crate) mod os;
    pub(crate) mod warning;
}

mod grammar;

/// The type of the command's module `accounts` that warnings name.
mod accounts {
    #[derive(Debug)]
    pub(crate) struct Account {
        pub(crate) name: String,
        pub(crate) group: String,
    }
}

/// The functions of the command's module `output` that the parser uses. In this target, these functions print nothing.
mod output {
    use std::fmt::Display;

    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    pub(crate) enum ColorChoice {
        #[default]
        Auto,
        Always,
        Never,
    }

    pub(crate) fn reason(error: &std::io::Error) -> String {
        error.to_string()
    }

    pub(crate) fn eprint(_: &str) {}

    pub(crate) fn eprint_error(_: &impl Display) {}

    pub(crate) fn eprint_getopt_error(_: &impl Display) {}

    pub(crate) fn eprint_warning(_: &impl Display) {}

    pub(crate) fn eprint_warning_on_line(_: &impl Display) {}

    pub(crate) fn record_warning(_: &str, _: &impl Display) {}
}

// The modules refer to each other by these paths.
pub(crate) use command::{args, escape, exit, export, limits, os, warning};

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use args::Parsed;
use args::command::{Command, HashSpec, PasswordInput, Print, Set, Target};
use grammar::{Call, From, Mode, Outcome, outcome};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // NUL separates the words, because the system ends arguments with it.
    let words: Vec<&[u8]> =
        if data.is_empty() { Vec::new() } else { data.split(|byte| *byte == 0).collect() };
    let os_words: Vec<_> = words.iter().map(|word| OsString::from_vec(word.to_vec())).collect();
    let Parsed { result, warnings } = args::parse(&os_words);
    for warning in &warnings {
        assert_is_one_line(&warning.to_string());
    }
    if let Err(error) = &result {
        assert_is_one_line(&error.to_string());
    }
    match (outcome(&words), result) {
        (Outcome::Exit(code), Err(error)) => assert_eq!(error.exit() as u8, code, "{error:?}"),
        (Outcome::Help, Ok((Command::Help, _)))
        | (Outcome::ShortHelp, Ok((Command::ShortHelp, _)))
        | (Outcome::Version, Ok((Command::Version, _))) => {}
        (Outcome::Call(call), Ok((command, _))) => assert_eq!(as_call(command), call),
        // The model does not predict calls with options that Apache's tool does not have, except for the exit codes.
        (Outcome::Added, Err(error)) => assert!([2, 5, 6].contains(&(error.exit() as u8)), "{error:?}"),
        (Outcome::Added, Ok(_)) => {}
        (outcome, result) => panic!("{outcome:?}, but {:?}", result.map(|(command, _)| command)),
    }
});

/// Asserts that a message contains no control character and no character that is invisible or reorders text.
fn assert_is_one_line(message: &str) {
    let text = escape::to_bytes(message);
    let reorders = String::from_utf8_lossy(&text).contains(['\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}']);
    let is_clean = !text.is_empty() && !text.iter().any(u8::is_ascii_control) && !reorders;
    assert!(is_clean, "{}", text.escape_ascii());
}

/// Converts a command into a call of the model.
fn as_call(command: Command) -> Call {
    let bytes = |target: Target| target.path().as_os_str().as_bytes().to_vec();
    let empty =
        Call { mode: Mode::Delete, file: None, user: Vec::new(), from: None, params: None, is_unused: false };
    let params_of = |hash_spec: HashSpec| (Some(hash_spec.params), hash_spec.unused_number);
    match command {
        Command::Print(Print { user, password, hash_spec, .. }) => {
            let (params, is_unused) = params_of(hash_spec);
            Call { mode: Mode::Print, user, from: from(password), params, is_unused, ..empty }
        }
        Command::Set(Set { create, file, user, password, hash_spec, .. }) => {
            let (params, is_unused) = params_of(hash_spec);
            let mode = if create { Mode::Create } else { Mode::Update };
            let (file, user) = (Some(bytes(file)), user.as_bytes().to_vec());
            Call { mode, file, user, from: from(password), params, is_unused }
        }
        Command::Delete { file, user } => Call { file: Some(bytes(file)), user, ..empty },
        Command::Verify { file, user, password, servers: None } => {
            Call { mode: Mode::Verify, file: Some(bytes(file)), user, from: from(password), ..empty }
        }
        other => panic!("{other:?} without an option for it"),
    }
}

fn from(password: PasswordInput) -> Option<From> {
    Some(match password {
        PasswordInput::Operand(password) => From::Operand(password.as_bytes().to_vec()),
        PasswordInput::Stdin => From::Stdin,
        PasswordInput::Prompt => From::Prompt,
        other => panic!("{other:?} without an option for it"),
    })
}
