//! The call: words become a [`Command`] with its options, or a [`WrongCall`]. Nothing is printed here, and no file is
//! looked at.
//!
//! The order of the checks is that of Apache's tool: scripts see its exit code for a call with several mistakes.

pub(crate) mod command;
mod conflicts;
pub(crate) mod error;
mod flags;
mod inspect;
mod manifest;
mod operands;
pub(crate) mod options;
mod scheme;
mod target;
mod values;
mod words;

use std::ffi::OsString;

use self::command::{Command, GlobalOptions};
use self::error::WrongCall;
use crate::warning::Warning;

/// What a call asks for, and what should be said about it.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) result: Result<(Command, GlobalOptions), WrongCall>,
    /// To be printed before anything else, even if the call is wrong.
    pub(crate) warnings: Vec<Warning>,
}

/// Parses the words after the program's name.
pub(crate) fn parse(words: &[OsString]) -> Parsed {
    let mut warnings = Vec::new();
    let result = match words {
        // Two letters that count as the one word of a call only: Apache's tool calls them illegal.
        [word] if word == "-h" => Ok((Command::ShortHelp, GlobalOptions::default())),
        [word] if word == "-V" => Ok((Command::Version, GlobalOptions::default())),
        _ => flags::judge(words::split(words), &mut warnings),
    };
    Parsed {
        result: result.map_err(|reason| WrongCall { reason, long: words::typed_by_name(words) }),
        warnings,
    }
}

#[cfg(test)]
mod tests;
