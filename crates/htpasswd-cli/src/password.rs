//! The password: where it comes from, and what is worth a warning.

mod echo;
pub(crate) mod input;
pub(crate) mod prompt;
mod signals;
mod source;

use std::ffi::OsString;
use std::path::PathBuf;

use htpasswd::{HashError, Limits, Params, Password, PasswordError, PasswordHash, Scheme};
use zeroize::Zeroizing;

use self::prompt::{Answer, Terminal, Until};
use crate::global_options::Warnings;
use crate::import::RowError;
use crate::messages::{self, Problem, warning};
use crate::options::FlagId;
use crate::output::{self, eprint};

/// The longest password, in bytes, from every source.
pub(crate) const MAX: usize = 255;

/// At its prompt, Apache's tool takes one byte more; what was set so can be verified here.
const MAX_AT_VERIFY_PROMPT: usize = 256;

/// Where the password comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The last operand.
    Operand(Password),
    /// All of standard input.
    Stdin,
    /// Somebody who is asked.
    Prompt,
    File(PathBuf),
    /// An open file descriptor.
    Descriptor(i32),
    /// An environment variable.
    Environment(OsString),
    /// A new one of this length.
    Generate(usize),
}

impl Source {
    /// Whether somebody has to be told the password.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::Generate(_))
    }
}

/// How to hash, and whether a number was given that the scheme has no use for.
#[derive(Debug)]
pub(crate) struct HashSpec {
    pub(crate) params: Params,
    pub(crate) unused_number: bool,
    /// The scheme was asked for; otherwise it is the default.
    pub(crate) is_asked_for: bool,
}

impl HashSpec {
    /// Warns that `-C` or `-r` changes nothing, or asks for more than servers accept by default.
    pub(crate) fn warn_of_number(&self, warnings: Warnings) -> Result<(), Problem> {
        if self.unused_number {
            warnings.warn(&warning("Ignoring -C/-r argument for this algorithm."))?;
        }
        match Limits::default().check_params(&self.params) {
            Ok(()) => Ok(()),
            Err(exceeded) => warnings.warn(&messages::above_servers(exceeded)),
        }
    }
}

/// What somebody should know about a password that is taken all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordWarning {
    Empty,
    /// DES reads only 8 bytes of it.
    CryptCuts,
    /// bcrypt reads only 72 bytes of it.
    BcryptCuts,
}

/// Takes the last operand for the password.
pub(crate) fn operand(bytes: Vec<u8>, unused: bool) -> Result<Source, Problem> {
    check(Zeroizing::new(bytes), MAX).map(Source::Operand).map_err(|problem| match problem {
        Problem::PasswordTooLong if unused => Problem::UnusedPasswordTooLong,
        other => other,
    })
}

/// Gets the password that is to be hashed.
pub(crate) fn obtain(source: Source, hash_spec: &HashSpec, warnings: Warnings) -> Result<Password, Problem> {
    hash_spec.warn_of_number(warnings)?;
    let password = match source {
        Source::Operand(password) => password,
        Source::Stdin => {
            let answer = stdin()?;
            if answer.bytes.contains(&b'\n') {
                warnings.warn(&warning(
                    "the password contains a line break; -i takes all of the input as one password.",
                ))?;
            }
            require_input(answer)?
        }
        Source::Prompt => ask_twice()?,
        Source::File(path) => require_input(source::file(path, warnings)?)?,
        Source::Descriptor(number) => require_input(source::descriptor(number, warnings)?)?,
        Source::Environment(name) => require_input(source::environment(name, warnings)?)?,
        Source::Generate(length) => Password::generate(length).map_err(|_| Problem::Random)?,
    };
    for kind in password_warnings(&password, &hash_spec.params) {
        warnings.warn(&messages::password_warning(kind))?;
    }
    Ok(password)
}

/// Hashes it.
pub(crate) fn hash(password: &Password, hash_spec: &HashSpec) -> Result<PasswordHash, Problem> {
    PasswordHash::create(password, &hash_spec.params).map_err(hash_error)
}

/// Prints a password that is new, behind what else there is to print.
pub(crate) fn show(record: &[u8], password: &Password) -> Result<(), Problem> {
    let text = Zeroizing::new([record, password.as_bytes(), b"\n"].concat());
    output::print_or_tell(&text)?;
    eprint(&messages::generated(password));
    Ok(())
}

/// No input at all is no password.
fn require_input(answer: Answer) -> Result<Password, Problem> {
    if answer.nothing { Err(Problem::NoPassword) } else { check(answer.bytes, MAX) }
}

/// Why there is no hash.
pub(crate) fn hash_error(error: HashError) -> Problem {
    match error {
        HashError::NotPlain => Problem::PlainWithLineBreak,
        HashError::TrailingBackslash => Problem::PlainWithBackslash,
        _ => Problem::Random,
    }
}

/// Gets the password to be verified. The end of the input is an empty password here.
pub(crate) fn verify(source: Source, warnings: Warnings) -> Result<Password, Problem> {
    let (answer, limit) = match source {
        Source::Operand(password) => return Ok(password),
        Source::File(path) => return source::file(path, warnings).and_then(require_input),
        Source::Descriptor(number) => return source::descriptor(number, warnings).and_then(require_input),
        Source::Environment(name) => return source::environment(name, warnings).and_then(require_input),
        Source::Generate(_) => return Err(Problem::NotTogether(FlagId::Generate, FlagId::Verify)),
        Source::Stdin => (stdin(), MAX),
        Source::Prompt => {
            let answer = Terminal::open()?.ask("Enter password: ", Until::LineEnd, MAX_AT_VERIFY_PROMPT);
            (answer, MAX_AT_VERIFY_PROMPT)
        }
    };
    answer.and_then(|answer| check(answer.bytes, limit)).map_err(|problem| match problem {
        Problem::PasswordTooLong => Problem::VerifiedPasswordTooLong,
        other => other,
    })
}

fn ask_twice() -> Result<Password, Problem> {
    let mut terminal = Terminal::open()?;
    let first = terminal.ask("New password: ", Until::LineEnd, MAX)?;
    let password = check(first.bytes, MAX)?;
    let second = terminal.ask("Re-type new password: ", Until::LineEnd, MAX)?;
    if password.as_bytes() != second.bytes.as_slice() {
        return Err(Problem::PasswordsDiffer);
    }
    if first.nothing || second.nothing {
        return Err(Problem::NoPassword);
    }
    Ok(password)
}

/// All of standard input, less one line end.
fn stdin() -> Result<Answer, Problem> {
    read_all(Terminal::stdin()?)
}

fn read_all(mut input: Terminal) -> Result<Answer, Problem> {
    // Room for the line end.
    let mut answer = input.ask("", Until::End, MAX + 2)?;
    if answer.bytes.ends_with(b"\n") {
        answer.bytes.pop();
        if answer.bytes.ends_with(b"\r") {
            answer.bytes.pop();
        }
    }
    Ok(answer)
}

fn check(bytes: Zeroizing<Vec<u8>>, limit: usize) -> Result<Password, Problem> {
    checked(bytes, limit).map_err(|error| match error {
        PasswordError::Nul => Problem::PasswordWithNul,
        _ => Problem::PasswordTooLong,
    })
}

fn checked(mut bytes: Zeroizing<Vec<u8>>, limit: usize) -> Result<Password, PasswordError> {
    if bytes.len() > limit {
        return Err(PasswordError::TooLong);
    }
    Password::new(std::mem::take(&mut *bytes))
}

/// Takes one of many passwords; it has to be such that one alone would have been taken.
pub(crate) fn validate_row(bytes: &[u8], params: &Params) -> Result<Password, RowError> {
    let password = checked(Zeroizing::new(bytes.to_vec()), MAX).map_err(RowError::Password)?;
    // Nothing is hashed here, so it can be asked beforehand; what is copied will stand in the file anyway.
    if *params != Params::Plain {
        return Ok(password);
    }
    match PasswordHash::create(&password, params) {
        Ok(_) => Ok(password),
        Err(HashError::TrailingBackslash) => Err(RowError::PlainWithBackslash),
        Err(_) => Err(RowError::PlainWithLineBreak),
    }
}

/// Whether the scheme reads less than all of it.
pub(crate) fn is_cut(password: &Password, scheme: Scheme) -> bool {
    scheme.password_limit().is_some_and(|limit| password.as_bytes().len() > limit)
}

/// What the user should know about this password with this scheme.
pub(crate) fn password_warnings(
    password: &Password,
    params: &Params,
) -> impl Iterator<Item = PasswordWarning> {
    let length = password.as_bytes().len();
    let empty = (length == 0).then_some(PasswordWarning::Empty);
    let is_cut = is_cut(password, params.scheme());
    let cut = match params {
        Params::DesCrypt if is_cut => Some(PasswordWarning::CryptCuts),
        Params::Bcrypt(_) if is_cut => Some(PasswordWarning::BcryptCuts),
        _ => None,
    };
    empty.into_iter().chain(cut)
}
