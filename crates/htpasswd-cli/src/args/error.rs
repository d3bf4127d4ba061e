//! The errors of wrong calls, and their messages.
//!
//! The parser returns a [`UsageError`], and [`WrongCall::print`] prints it with the usage or a pointer to the help. A
//! message is always one line and never contains a password.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};

use htpasswd::document::UsernameError;
use htpasswd::hash::PasswordError;
use htpasswd::servers::{Server, ServerSet};

use super::options::{FlagId, KINDS, SHORT_USAGE, TRY_HELP};
use crate::escape::Visible;
use crate::exit::{ErrorKind, Exit};
use crate::export::{Format, InsteadOfFile};
use crate::output;

/// The reason why a call is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    UnknownLetter(char),
    LetterNeedsValue(char),
    UnknownOption {
        name: String,
        suggestion: Option<String>,
    },
    OptionNeedsValue(String),
    OptionTakesNoValue(String),

    /// The system does not have the option, for this reason.
    Unavailable(FlagId, &'static str),
    /// A word of the call has a half of a UTF-16 character.
    NotUnicode,

    NotANumber,
    OutOfRange {
        what: &'static str,
        least: u32,
        most: u32,
    },
    /// The value of `--argon2-params`.
    NotAnArgon2Cost,
    UnknownListFormat,
    UnknownFormat(Vec<u8>),
    UnknownColor(Vec<u8>),
    UnknownServer(Vec<u8>),
    /// The value of `--ignore`.
    UnknownKind(Vec<u8>),
    NotADescriptor,
    NotAMode,
    /// The suffix of `--backup`.
    NotASuffix,
    NotSeconds,
    /// The length of a generated password.
    PasswordLength {
        what: &'static str,
        least: usize,
        most: usize,
    },
    /// The key or the name of a Secret.
    Selector(FlagId, secret_manifest::Error),

    SeveralModes,
    Conflict(FlagId, FlagId),
    /// The option needs one of the other options.
    Requires(FlagId, &'static [FlagId]),
    GenerateForCrypt,
    /// The server does not read the scheme of the option.
    UnreadableScheme(FlagId, ServerSet),
    /// No scheme is read by all of the servers.
    NoCommonScheme(ServerSet),
    /// The server reads no password file, so htpasswd must not edit FILE for it.
    NoPasswordFile(&'static Server),
    /// The server takes the mark of a disabled user for a part of a plain-text password.
    DisabledIsPlain(&'static Server),
    SelectorWithoutSecret(FlagId),
    /// The option describes a new Secret.
    NeedsSecretFormat(FlagId),
    /// `--secret -` uses standard input and output.
    StreamsTaken(FlagId),
    /// `--check --fix -`
    FixOfStdin,
    /// `--check - -`
    RepeatedStdin,

    MissingOperand(&'static str),
    /// An option after FILE or USER, which the parser treats as an operand.
    LateOption(OsString),
    /// The first superfluous operand. `needs_batch` is true if the call would be right with `-b`.
    TooManyOperands {
        word: OsString,
        needs_batch: bool,
    },
    PathTooLong,
    Name(UsernameError),
    Password(PasswordError),
    /// The password operand of `-D -b`, which is not used.
    UnusedPasswordTooLong,
}

impl UsageError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::PathTooLong
            | Self::Name(UsernameError::TooLong)
            | Self::Password(PasswordError::TooLong)
            | Self::UnusedPasswordTooLong => Exit::TooLong,
            Self::Name(_) => Exit::User,
            _ => Exit::Usage,
        }
    }
}

/// A wrong call: the reason, and the options that the call spells by their long names.
#[derive(Debug)]
pub(crate) struct WrongCall {
    pub(crate) reason: UsageError,
    pub(super) long: Vec<FlagId>,
}

impl std::error::Error for WrongCall {}

impl Display for WrongCall {
    /// Writes the reason, with each option spelled as in the call.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let spelled = |option: FlagId| {
            if self.long.contains(&option) { format!("--{}", option.name()) } else { option.spelling() }
        };
        self.reason.write(f, &spelled)
    }
}

impl WrongCall {
    pub(crate) fn exit(&self) -> Exit {
        self.reason.exit()
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self.exit() {
            Exit::TooLong => ErrorKind::TooLong,
            Exit::User => ErrorKind::InvalidUserName,
            _ => match self.reason {
                UsageError::Password(_) => ErrorKind::InvalidPassword,
                _ => ErrorKind::WrongCall,
            },
        }
    }

    /// Returns true if the call asks for JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.long.contains(&FlagId::Json)
    }

    /// The reason without superfluous operands, because one of them may be a password.
    pub(crate) fn without_operands(&self) -> String {
        match self.reason {
            UsageError::TooManyOperands { .. } => "too many operands".to_owned(),
            UsageError::LateOption(_) => "options go before FILE".to_owned(),
            _ => self.to_string(),
        }
    }

    /// Prints the reason, then the usage if operands are wrong, then a pointer to the help. Where Apache's tool prints
    /// only the reason, this function also prints only the reason, because scripts compare that output.
    pub(crate) fn print(&self) {
        match self.reason {
            UsageError::UnknownLetter(_) | UsageError::LetterNeedsValue(_) => {
                output::eprint_getopt_error(self);
            }
            _ => output::eprint_error(self),
        }
        output::eprint(&self.ending());
    }

    /// The lines after the reason.
    fn ending(&self) -> String {
        match self.reason {
            _ if self.exit() != Exit::Usage => String::new(),
            UsageError::NotANumber | UsageError::OutOfRange { .. } | UsageError::SeveralModes => {
                String::new()
            }
            UsageError::UnknownLetter(_)
            | UsageError::LetterNeedsValue(_)
            | UsageError::MissingOperand(_)
            | UsageError::LateOption(_)
            | UsageError::TooManyOperands { .. } => format!("{SHORT_USAGE}{TRY_HELP}"),
            _ => TRY_HELP.to_owned(),
        }
    }
}

/// Returns the spelling of an option in the call.
type Spelling<'a> = &'a dyn Fn(FlagId) -> String;

impl UsageError {
    #[expect(clippy::too_many_lines, reason = "the compiler checks that each reason has a sentence")]
    fn write(&self, f: &mut Formatter<'_>, spelled: Spelling<'_>) -> fmt::Result {
        match self {
            Self::UnknownLetter(letter) => {
                write!(f, "illegal option -- {}", Visible(letter.to_string().as_bytes()))
            }
            Self::LetterNeedsValue(letter) => write!(f, "option requires an argument -- {letter}"),
            Self::UnknownOption { name, suggestion } => {
                write!(f, "unknown option {}", Visible(name.as_bytes()))?;
                suggestion.as_ref().map_or(Ok(()), |option| write!(f, "; did you mean {option}?"))
            }
            Self::OptionNeedsValue(name) => write!(f, "option {name} needs a value"),
            Self::Unavailable(option, reason) => {
                write!(f, "{} is not available: {reason}", spelled(*option))
            }
            Self::NotUnicode => {
                f.write_str("an argument is not valid Unicode: it has half of a UTF-16 surrogate pair")
            }
            Self::OptionTakesNoValue(name) => write!(f, "option {name} takes no value"),
            Self::OutOfRange { what, least, most } => {
                write!(f, "argument to -C/-r must be from {least} to {most} for {what}")
            }
            Self::NotAnArgon2Cost => must_be(
                f,
                &spelled(FlagId::Argon2Params),
                "like m=19456,t=2,p=1: m up to 1048576 (KiB) and at least 8 for each lane, t and p from 1 to 16",
            ),
            Self::UnknownListFormat => must_be(f, &spelled(FlagId::ImportFormat), "lines, csv or json"),
            Self::UnknownFormat(name) => {
                let known = Format::ALL.map(|(name, _)| name).join(", ");
                write!(f, "unknown --format '{}'; it must be one of {known}", Visible(name))
            }
            Self::UnknownColor(name) => {
                write!(f, "unknown --color '{}'; it must be auto, always or never", Visible(name))
            }
            Self::UnknownServer(name) => unknown_server(name, f),
            Self::UnknownKind(name) => unknown_kind(name, f),
            Self::NotADescriptor => must_be(f, &spelled(FlagId::PasswordFd), "a number of 0 or more"),
            Self::NotAMode => {
                must_be(f, &spelled(FlagId::Mode), "permissions as an octal number, such as 640")
            }
            Self::NotASuffix => must_be(f, &spelled(FlagId::Backup), "a suffix without '/', such as .old"),
            Self::NotSeconds => must_be(f, &spelled(FlagId::LockTimeout), "seconds, such as 0, 2.5 or 60"),
            Self::PasswordLength { what, least, most } => {
                must_be(f, &spelled(FlagId::Generate), &format!("from {least} to {most} for {what}"))
            }
            Self::Selector(option, error) => write!(f, "argument to {}: {error}", spelled(*option)),
            Self::Conflict(one, other) => {
                write!(f, "{} cannot be combined with {}", spelled(*one), spelled(*other))
            }
            Self::Requires(option, others) => {
                write!(f, "{} needs {}", spelled(*option), one_of(others, spelled))
            }
            Self::UnreadableScheme(option, servers) => {
                let reads: Vec<_> = servers.reads().iter().map(ToString::to_string).collect();
                let (option, reads) = (spelled(*option), reads.join(", "));
                match servers.as_slice() {
                    [server] => write!(f, "{server} cannot read the hashes of {option}; it reads {reads}"),
                    _ => write!(
                        f,
                        "{servers} cannot all read the hashes of {option}; all of them read {reads}"
                    ),
                }
            }
            Self::NoCommonScheme(servers) => {
                write!(f, "{servers} read no common scheme; use one password file for each server")
            }
            Self::NoPasswordFile(server) => {
                write!(f, "{server} reads no password file; {}", InsteadOfFile(server))
            }
            Self::DisabledIsPlain(server) => write!(
                f,
                "{server} reads the hash of a disabled user as a plain-text password; delete the user with -D"
            ),
            Self::SelectorWithoutSecret(option) => {
                write!(f, "{} needs --secret or --format k8s-secret", spelled(*option))
            }
            Self::NeedsSecretFormat(option) => write!(f, "{} needs --format k8s-secret", spelled(*option)),
            Self::StreamsTaken(FlagId::Import) => f.write_str(
                "--import needs the file USERS with --secret -: the manifest uses standard input and output",
            ),
            Self::StreamsTaken(option) => write!(
                f,
                "{} cannot be combined with --secret -: the manifest uses standard input and output",
                spelled(*option)
            ),
            Self::MissingOperand(name) => write!(f, "{name} is missing"),
            Self::LateOption(word) => {
                write!(f, "options go before FILE: {}", Visible(word.as_encoded_bytes()))
            }
            Self::TooManyOperands { word, needs_batch } => {
                write!(f, "too many operands: '{}'", Visible(word.as_encoded_bytes()))?;
                f.write_str(if *needs_batch { " (is -b missing?)" } else { "" })
            }
            Self::NotANumber => f.write_str("argument to -C/-r must be a positive integer"),
            Self::SeveralModes => f.write_str("only one of -c -n -v -D may be specified"),
            Self::GenerateForCrypt => f.write_str(
                "--generate cannot be combined with -d: DES crypt uses 8 characters, which can be guessed",
            ),
            Self::FixOfStdin => f.write_str(
                "--fix cannot be combined with -: standard input cannot be repaired, so name a file",
            ),
            Self::RepeatedStdin => f.write_str("- is standard input, which can be read only once"),
            Self::PathTooLong => f.write_str("filename too long"),
            Self::Name(UsernameError::TooLong) => f.write_str("username too long (> 255)"),
            Self::Name(UsernameError::Colon) => f.write_str("username contains illegal character ':'"),
            Self::Name(error) => write!(f, "{error}; choose another name"),
            Self::Password(PasswordError::TooLong) => f.write_str("password too long (>256)"),
            Self::Password(_) => f.write_str("the password contains a NUL byte; servers would cut it there"),
            Self::UnusedPasswordTooLong => f.write_str("password too long (> 256)"),
        }
    }
}

fn must_be(f: &mut Formatter<'_>, option: &str, what: &str) -> fmt::Result {
    write!(f, "argument to {option} must be {what}")
}

/// A list of options, such as `--import, --ensure or --list`.
fn one_of(options: &[FlagId], spelled: Spelling<'_>) -> String {
    let mut options: Vec<_> = options.iter().map(|option| spelled(*option)).collect();
    let last = options.pop().unwrap_or_default();
    if options.is_empty() { last } else { format!("{} or {last}", options.join(", ")) }
}

fn unknown_server(name: &[u8], f: &mut Formatter<'_>) -> fmt::Result {
    let text = String::from_utf8_lossy(name).to_lowercase();
    let names = || Server::ALL.iter().flat_map(|server| std::iter::once(&server.name).chain(server.aliases));
    // For `my-registry`, the name is a part of the text.
    let mentioned = names().filter(|name| text.contains(**name)).max_by_key(|name| name.len());
    let distances = names().map(|name| (strsim::osa_distance(&text, name), name));
    // A name of another product is no typing mistake, so only a quarter of the characters may differ.
    let similar = distances.filter(|&(distance, name)| distance <= 2 && 4 * distance <= name.len());
    let similar = similar.min_by_key(|&(distance, _)| distance);
    write!(f, "unknown server '{}'; ", Visible(name))?;
    match mentioned.or(similar.map(|(_, name)| name)) {
        Some(name) => write!(f, "did you mean {name}?"),
        None => f.write_str("--for help lists the known servers"),
    }
}

fn unknown_kind(name: &[u8], f: &mut Formatter<'_>) -> fmt::Result {
    let text = String::from_utf8_lossy(name).to_lowercase();
    let distances = KINDS.into_iter().map(|kind| (strsim::osa_distance(&text, kind), kind));
    let similar = distances.filter(|&(distance, kind)| distance <= 4 && 3 * distance <= kind.len());
    // `weak` is the start of one kind.
    let started = KINDS.into_iter().find(|kind| text.len() > 2 && kind.starts_with(&text));
    write!(f, "unknown kind of finding '{}'; ", Visible(name))?;
    match started.or(similar.min_by_key(|&(distance, _)| distance).map(|(_, kind)| kind)) {
        Some(kind) => write!(f, "did you mean {kind}?"),
        None => f.write_str("--check --json prints the kind of each finding"),
    }
}

#[cfg(test)]
mod tests;
