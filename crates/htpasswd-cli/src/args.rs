//! Parses the words of a call into a [`Command`] with its options, or into a [`WrongCall`].
//!
//! `main` calls [`parse`]. This module must never print anything or open a file. It checks a call in the same order as
//! Apache's tool, because scripts depend on the exit code of a call with several mistakes.

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
use self::error::{UsageError, WrongCall};
pub(crate) use self::values::format_of_name as list_format_of;
use crate::os;
use crate::warning::Warning;

/// The command of a call, and the warnings about the call.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) result: Result<(Command, GlobalOptions), WrongCall>,
    /// The caller prints these warnings before anything else, even if the call is wrong.
    pub(crate) warnings: Vec<Warning>,
}

/// Parses the words after the program's name.
pub(crate) fn parse(words: &[OsString]) -> Parsed {
    let mut warnings = Vec::new();
    let result = match words {
        // Apache's tool rejects these two letters, so they count only if they are the whole call.
        [word] if word == "-h" => Ok((Command::ShortHelp, GlobalOptions::default())),
        [word] if word == "-V" => Ok((Command::Version, GlobalOptions::default())),
        _ => {
            if words.iter().all(|word| os::is_valid_word(word)) {
                flags::parse(words::split(words), &mut warnings)
            } else {
                Err(UsageError::NotUnicode)
            }
        }
    };
    Parsed {
        result: result.map_err(|reason| WrongCall { reason, long: words::typed_by_name(words) }),
        warnings,
    }
}

#[cfg(test)]
mod tests;
