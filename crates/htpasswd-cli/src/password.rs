//! Obtains the password of a call, and hashes it.
//!
//! [`obtain`] reads a password to hash, and [`obtain_to_verify`] reads one to verify. This module wipes its copies of
//! passwords, and it must never print a password that it has not generated.

pub(crate) mod error;
mod input;
pub(crate) mod prompt;
mod source;
pub(crate) mod warnings;

use htpasswd::hash::{Limits, PasswordError};
use htpasswd::{Password, PasswordHash};
use zeroize::Zeroizing;

use self::error::PasswordInputError;
use self::prompt::{Answer, Terminal, Until};
use crate::args::command::{HashSpec, PasswordInput};
use crate::limits::{MAX_PASSWORD, checked_password};
use crate::output::{self, OutputError};
use crate::warning::{PasswordWarning, StrictError, Warning};

/// The longest password at the prompt of `-v`. Apache's tool reads 256 bytes there, so users can verify such passwords.
const MAX_AT_VERIFY_PROMPT: usize = 256;

/// Warns if the scheme ignores `-C` and `-r`, or if the number is above the default limits of servers.
pub(crate) fn warn_of_number(hash_spec: &HashSpec, strict: bool) -> Result<(), StrictError> {
    if hash_spec.unused_number {
        Warning::UnusedNumber.emit(strict)?;
    }
    match Limits::default().check_params(&hash_spec.params) {
        Ok(()) => Ok(()),
        Err(exceeded) => Warning::AboveServerLimits(exceeded).emit(strict),
    }
}

/// Reads or generates a password to hash.
pub(crate) fn obtain(
    input: PasswordInput,
    hash_spec: &HashSpec,
    strict: bool,
) -> Result<Password, PasswordInputError> {
    warn_of_number(hash_spec, strict)?;
    let newline = match &input {
        PasswordInput::Stdin => Warning::StdinHasLines,
        PasswordInput::Operand(_) | PasswordInput::Prompt | PasswordInput::Generate(_) => {
            Warning::Password(PasswordWarning::Newline)
        }
        _ => Warning::InputHasLines,
    };
    let password = match input {
        PasswordInput::Operand(password) => password,
        PasswordInput::Stdin => require_input(source::stdin()?)?,
        PasswordInput::Prompt => ask_twice()?,
        PasswordInput::File(path) => require_input(source::file(path, strict)?)?,
        PasswordInput::Descriptor(number) => require_input(source::descriptor(number)?)?,
        PasswordInput::Environment(name) => require_input(source::environment(name)?)?,
        PasswordInput::Generate(length) => {
            Password::generate(length).map_err(|_| PasswordInputError::NoRandom)?
        }
    };
    for kind in warnings::of(&password, &hash_spec.params) {
        if kind == PasswordWarning::Newline {
            newline.emit(strict)?;
        } else {
            Warning::Password(kind).emit(strict)?;
        }
    }
    Ok(password)
}

/// Hashes the password.
pub(crate) fn hash(password: &Password, hash_spec: &HashSpec) -> Result<PasswordHash, PasswordInputError> {
    Ok(hash_spec.with_readable_prefix(PasswordHash::create(password, &hash_spec.params)?))
}

/// Prints a generated password after the record, which may be empty.
pub(crate) fn print_generated(record: &[u8], password: &Password) -> Result<(), OutputError> {
    let text = Zeroizing::new([record, password.as_bytes(), b"\n"].concat());
    output::print_or_report(&text)?;
    eprint_strength(password);
    Ok(())
}

/// Prints the length and the entropy of a generated password on standard error.
pub(crate) fn eprint_strength(password: &Password) {
    let length = password.as_bytes().len();
    let bits = Password::generated_bits(length);
    output::eprintln(&format!("Generated a password of {length} characters, {bits} bits of entropy"));
}

/// Rejects an input without any byte, because the program that should have written the password has failed.
fn require_input(answer: Answer) -> Result<Password, PasswordInputError> {
    if answer.is_missing { Err(PasswordInputError::NoInput) } else { check(answer.bytes, MAX_PASSWORD) }
}

/// Reads a password to verify. At a prompt and with `-i`, the end of the input is an empty password.
pub(crate) fn obtain_to_verify(input: PasswordInput, strict: bool) -> Result<Password, PasswordInputError> {
    let (answer, limit) = match input {
        PasswordInput::Operand(password) => return Ok(password),
        PasswordInput::File(path) => return whole_input(source::file(path, strict)?, strict),
        PasswordInput::Descriptor(number) => return whole_input(source::descriptor(number)?, strict),
        PasswordInput::Environment(name) => return whole_input(source::environment(name)?, strict),
        PasswordInput::Stdin => (source::stdin(), MAX_PASSWORD),
        // The parser rejects --generate with -v.
        PasswordInput::Prompt | PasswordInput::Generate(_) => {
            let answer = Terminal::open()?.ask("Enter password: ", Until::LineEnd, MAX_AT_VERIFY_PROMPT);
            (answer, MAX_AT_VERIFY_PROMPT)
        }
    };
    answer.and_then(|answer| check(answer.bytes, limit)).map_err(|error| match error {
        PasswordInputError::TooLong => PasswordInputError::TooLongToVerify,
        other => other,
    })
}

/// Returns a password to verify. Warns of a newline in it, because the password is probably only the first line.
fn whole_input(answer: Answer, strict: bool) -> Result<Password, PasswordInputError> {
    let password = require_input(answer)?;
    if password.as_bytes().contains(&b'\n') {
        Warning::InputHasLines.emit(strict)?;
    }
    Ok(password)
}

/// Prompts for a new password and for its repetition.
fn ask_twice() -> Result<Password, PasswordInputError> {
    let mut terminal = Terminal::open()?;
    let first = terminal.ask("New password: ", Until::LineEnd, MAX_PASSWORD)?;
    let password = check(first.bytes, MAX_PASSWORD)?;
    let second = terminal.ask("Re-type new password: ", Until::LineEnd, MAX_PASSWORD)?;
    if password.as_bytes() != second.bytes.as_slice() {
        return Err(PasswordInputError::Mismatch);
    }
    if first.is_missing || second.is_missing {
        return Err(PasswordInputError::NoInput);
    }
    Ok(password)
}

fn check(bytes: Zeroizing<Vec<u8>>, limit: usize) -> Result<Password, PasswordInputError> {
    checked_password(bytes, limit).map_err(|error| match error {
        PasswordError::Nul => PasswordInputError::Nul,
        _ => PasswordInputError::TooLong,
    })
}
