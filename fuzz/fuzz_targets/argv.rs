//! Any words, taken apart and decided upon, come to what a model says that was written from the record of Apache's tool
//! and docs/compatibility.md: the same exit code, or the same action with the same operands. No message shows a control
//! character of somebody's word.
#![no_main]
#![allow(dead_code, unused_imports, reason = "a part of the command is used")]

/// The command has no library, so its modules are taken as they are.
#[path = "../../crates/htpasswd-cli/src"]
mod command {
    pub(crate) mod action;
    pub(crate) mod argv;
    pub(crate) mod exit;
    pub(crate) mod export;
    pub(crate) mod global_options;
    pub(crate) mod import;
    pub(crate) mod limits;
    pub(crate) mod messages;
    pub(crate) mod options;
    pub(crate) mod password;
    pub(crate) mod progress;
    pub(crate) mod stdio;
    pub(crate) mod store;
}

/// In place of the one that prints.
mod output {
    use crate::messages::Problem;

    pub(crate) fn eprint(_: &[u8]) {}

    pub(crate) fn print(_: &[u8]) -> Result<(), Problem> {
        Ok(())
    }

    pub(crate) fn print_or_tell(_: &[u8]) -> Result<(), Problem> {
        Ok(())
    }

    pub(crate) fn check() -> Result<(), Problem> {
        Ok(())
    }

    pub(crate) fn wants_colour(_: &impl std::io::IsTerminal) -> bool {
        false
    }
}

mod grammar;

// They know each other by these paths.
pub(crate) use command::{
    action, argv, exit, export, global_options, import, limits, messages, options, password, progress, stdio,
    store,
};

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use action::Action;
use grammar::{Call, From, Mode, Outcome, outcome};
use htpasswd::Params;
use libfuzzer_sys::fuzz_target;
use password::{HashSpec, Source};
use store::Target;

fuzz_target!(|data: &[u8]| {
    // A word ends at a NUL, as it does for the system.
    let words: Vec<&[u8]> =
        if data.is_empty() { Vec::new() } else { data.split(|byte| *byte == 0).collect() };
    let result = action::parse(argv::split(words.iter().map(|word| OsString::from_vec(word.to_vec()))));
    if let Err(problem) = &result {
        let text = problem.text(b"htpasswd");
        assert!(text.is_empty() || text.ends_with(b"\n"));
        let shows = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
        let turns = String::from_utf8_lossy(&text).contains(['\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}']);
        assert!(!text.iter().any(shows) && !turns, "{}", text.escape_ascii());
    }
    match (outcome(&words), result) {
        (Outcome::Exit(code), Err(problem)) => assert_eq!(problem.exit() as u8, code, "{problem:?}"),
        (Outcome::Help, Ok((Action::Help, _))) | (Outcome::Version, Ok((Action::Version, _))) => {}
        (Outcome::Call(call), Ok((action, _))) => assert_eq!(shown(action), call),
        // What was added to Apache's options has rules of its own, and the same few codes.
        (Outcome::Added, Err(problem)) => assert!([1, 2, 5, 6].contains(&(problem.exit() as u8))),
        (Outcome::Added, Ok(_)) => {}
        (outcome, result) => panic!("{outcome:?}, but {:?}", result.map(|(action, _)| action)),
    }
});

/// An action in the words of the model.
fn shown(action: Action) -> Call {
    let bytes = |target: Target| target.path().as_os_str().as_bytes().to_vec();
    let nobody =
        Call { mode: Mode::Delete, file: None, user: Vec::new(), from: None, params: None, is_unused: false };
    let hashed = |hash_spec: HashSpec| (Some(hash_spec.params), hash_spec.unused_number);
    match action {
        Action::Print { user, source, hash_spec, .. } => {
            let (params, is_unused) = hashed(hash_spec);
            Call { mode: Mode::Print, user, from: from(source), params, is_unused, ..nobody }
        }
        Action::Write { create, file, user, source, hash_spec } => {
            let (params, is_unused) = hashed(hash_spec);
            let mode = if create { Mode::Create } else { Mode::Update };
            let (file, user) = (Some(bytes(file)), user.as_bytes().to_vec());
            Call { mode, file, user, from: from(source), params, is_unused }
        }
        Action::Delete { file, user } => Call { file: Some(bytes(file)), user, ..nobody },
        Action::Verify { file, user, source } => {
            Call { mode: Mode::Verify, file: Some(bytes(file)), user, from: from(source), ..nobody }
        }
        other => panic!("{other:?} without an option for it"),
    }
}

fn from(source: Source) -> Option<From> {
    Some(match source {
        Source::Operand(password) => From::Operand(password.as_bytes().to_vec()),
        Source::Stdin => From::Stdin,
        Source::Prompt => From::Prompt,
        other => panic!("{other:?} without an option for it"),
    })
}
