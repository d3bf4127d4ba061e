//! Every sentence the program says when something is wrong, and which exit code goes with it.
//!
//! Scripts match on these; where Apache's tool has words for a case, they are used to the letter. Names
//! are bytes: they are shown as they are, except control characters, which could steer a terminal, and characters that
//! cannot be seen or that reorder the text around them.

mod check;
mod import;
mod limits;
mod list;
mod manifest;
mod provisioning;
mod servers;
mod store;

use std::path::{Path, PathBuf};

use htpasswd::{
    BulkHashError, Document, LimitExceeded, Server, StoreError, StoreEvent, Username, is_invisible,
};

pub(crate) use self::check::{About, Manifest, Report, checked, checked_json};
pub(crate) use self::import::{
    duplicates, imported, imported_json, names_with_blanks, password_warnings, planned, refused,
};
pub(crate) use self::limits::above_servers;
pub(crate) use self::list::{Row, listed, listed_json};
pub(crate) use self::manifest::{Placing, manifest_warning};
pub(crate) use self::provisioning::{
    Provisioning, ensured, ensured_json, generated, mode_stays, readable_by_others,
};
pub(crate) use self::servers::{servers, weak_for};
use crate::action::WrongOperands;
use crate::argv::WordError;
use crate::exit::Exit;
use crate::options::{self, FlagId, OPTIONS, spelling};
use crate::password::PasswordWarning;

/// Longest path that is taken, in bytes (`PATH_MAX` less its NUL).
pub(crate) const MAX_PATH: usize = 4095;

const PLAIN_WITH_LINE_BREAK: &str =
    "a plain-text password cannot contain a line break; it would start another record";
const PLAIN_WITH_BACKSLASH: &str =
    "a plain-text password cannot end in a backslash; Apache httpd would join the next record to it";

/// What ended the run.
#[derive(Debug)]
pub(crate) enum Problem {
    Words(WordError),
    NotANumber,
    Range {
        what: &'static str,
        least: u32,
        most: u32,
    },
    Modes,
    NotTogether(FlagId, FlagId),
    GoesWith(FlagId, &'static [FlagId]),
    NotAFormat,
    UnknownServer(Vec<u8>),
    Placing(Placing),
    /// The scheme that was asked for is not among those of the server.
    UnreadableScheme(FlagId, &'static Server),
    Operands(WrongOperands),
    PathTooLong,
    NameTooLong,
    NameWithColon,
    Name(htpasswd::UsernameError),
    PasswordTooLong,
    /// The same as `-v` says it: without the program's name.
    VerifiedPasswordTooLong,
    /// The same for the operand that `-D -b` takes and does not use.
    UnusedPasswordTooLong,
    PasswordWithNul,
    PlainWithLineBreak,
    PlainWithBackslash,
    PasswordsDiffer,
    NoPassword,
    Unreadable(std::io::Error),
    /// The list of an import; without a path, standard input.
    Users {
        path: Option<PathBuf>,
        source: std::io::Error,
    },
    /// The list of an import, a file or standard input, is larger than this number of bytes.
    UsersTooLarge {
        path: Option<PathBuf>,
        limit: usize,
    },
    /// The list of an import is the password file.
    ListIsFile,
    /// The header of a CSV list.
    Columns {
        secret: &'static str,
    },
    NothingWritten {
        refused: usize,
        records: usize,
    },
    Interrupted,
    Random,
    NotHashed(BulkHashError),
    Update(StoreError),
    Create(StoreError),
    Verify(StoreError),
    /// As [`Self::Verify`], of a call that only looks and is not Apache's.
    Look(StoreError),
    Output(std::io::Error),
    WrongPassword {
        why: Option<&'static str>,
    },
    /// `-v` of a hash that is above the limits.
    NotVerified(LimitExceeded),
    /// A user's hash has to be compared before a change, and is above the limits.
    NotCompared {
        user: Vec<u8>,
        exceeded: LimitExceeded,
    },
    EmptyHash(Vec<u8>),
    UnknownUser(Vec<u8>),
    Provisioning(Provisioning),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Update(error)
    }
}

impl Problem {
    /// An error of the store comes from making a file.
    pub(crate) fn of_create(self) -> Self {
        match self {
            Self::Update(error) => Self::Create(error),
            other => other,
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Words(_)
            | Self::NotANumber
            | Self::Range { .. }
            | Self::Modes
            | Self::NotTogether(..)
            | Self::GoesWith(..)
            | Self::NotAFormat
            | Self::UnknownServer(_)
            | Self::UnreadableScheme(..)
            | Self::Placing(_)
            | Self::ListIsFile
            | Self::Operands(_)
            | Self::PasswordWithNul
            | Self::PlainWithLineBreak
            | Self::PlainWithBackslash => Exit::Usage,
            Self::PathTooLong
            | Self::NameTooLong
            | Self::PasswordTooLong
            | Self::VerifiedPasswordTooLong
            | Self::UnusedPasswordTooLong => Exit::TooLong,
            Self::NameWithColon | Self::Name(_) | Self::UnknownUser(_) => Exit::User,
            Self::PasswordsDiffer | Self::WrongPassword { .. } | Self::NotVerified(_) => Exit::Mismatch,
            Self::Interrupted => Exit::Interrupted,
            Self::Update(StoreError::InvalidLine { .. })
            | Self::Create(StoreError::InvalidLine { .. })
            | Self::Verify(StoreError::InvalidLine { .. })
            | Self::Look(StoreError::InvalidLine { .. })
            | Self::EmptyHash(_) => Exit::InvalidFile,
            Self::NoPassword
            | Self::Unreadable(_)
            | Self::Users { .. }
            | Self::UsersTooLarge { .. }
            | Self::NotCompared { .. }
            | Self::Columns { .. }
            | Self::NothingWritten { .. }
            | Self::Random
            | Self::NotHashed(_)
            | Self::Update(_)
            | Self::Create(_)
            | Self::Verify(_)
            | Self::Look(_)
            | Self::Output(_) => Exit::Failure,
            Self::Provisioning(problem) => problem.exit(),
        }
    }

    /// The whole lines to show. `program` is how the program was called.
    pub(crate) fn text(&self, program: &[u8]) -> Vec<u8> {
        let named = |text: &str| [program, b": ", text.as_bytes(), b"\n"].concat();
        match self {
            Self::Words(error) => words(error, program),
            Self::NotANumber => named("argument to -C/-r must be a positive integer"),
            Self::Range { what, least, most } => {
                named(&format!("argument to -C/-r must be from {least} to {most} for {what}"))
            }
            Self::Modes => named("only one of -c -n -v -D may be specified"),
            Self::NotTogether(one, other) => {
                named(&format!("{} cannot be combined with {}", spelling(*one), spelling(*other)))
            }
            Self::UnknownServer(name) => servers::unknown(name, program),
            Self::Placing(problem) => problem.text(program),
            Self::UnreadableScheme(option, server) => named(&servers::unreadable(&spelling(*option), server)),
            Self::GoesWith(option, others) => {
                let mut others: Vec<_> = others.iter().map(|other| spelling(*other)).collect();
                let last = others.pop().unwrap_or_default();
                let others =
                    if others.is_empty() { last } else { format!("{} or {last}", others.join(", ")) };
                named(&format!("{} goes with {others} only", spelling(*option)))
            }
            Self::NotAFormat => {
                named(&format!("argument to {} must be lines, csv or json", spelling(FlagId::ImportFormat)))
            }
            Self::Operands(wrong) => [operands(wrong, program), usage()].concat(),
            Self::PathTooLong => named("filename too long"),
            Self::NameTooLong => named("username too long (> 255)"),
            Self::NameWithColon => named("username contains illegal character ':'"),
            Self::Name(error) => named(&format!("{error}; choose another name")),
            Self::PasswordTooLong => named("password too long (>256)"),
            Self::VerifiedPasswordTooLong => b"password too long (>256)\n".to_vec(),
            Self::UnusedPasswordTooLong => named("password too long (> 256)"),
            Self::PasswordWithNul => named("the password contains a NUL byte; servers would cut it there"),
            Self::PlainWithLineBreak => named(PLAIN_WITH_LINE_BREAK),
            Self::PlainWithBackslash => named(PLAIN_WITH_BACKSLASH),
            Self::PasswordsDiffer => named("password verification error"),
            Self::NoPassword => named("no password was given: the input ended too early"),
            Self::Unreadable(error) => named(&format!("cannot read the password: {}", reason(error))),
            Self::Users { path, source } => {
                let why = [b": ", reason(source).as_bytes(), b"\n"].concat();
                [program, b": cannot read the users from ", &list(path.as_deref()), &why].concat()
            }
            Self::UsersTooLarge { path, limit } => {
                limits::too_large("the users from ", &list(path.as_deref()), *limit, program)
            }
            Self::ListIsFile => named(&format!(
                "FILE and USERS are the same file; {} takes the hashes in it as they are",
                spelling(FlagId::Hashed)
            )),
            Self::Columns { secret } => named(&format!(
                "the header needs one column 'user' or 'username' and one column '{secret}', \
                 separated by a comma"
            )),
            Self::NothingWritten { refused, records } => {
                let option = spelling(FlagId::KeepGoing);
                named(&format!(
                    "nothing was written: {refused} of {records} records refused; {option} takes the others"
                ))
            }
            Self::Interrupted => Vec::new(),
            Self::Random => named("the operating system gave no random bytes"),
            Self::NotHashed(error) => named(&format!("cannot hash the passwords: {error}")),
            Self::Update(error) => store::update(error, program),
            Self::Create(error) => store::create(error, program),
            Self::Verify(error) => store::verify(error, program),
            Self::Look(error) => store::look(error, program),
            Self::Output(error) => named(&format!("cannot write to standard output: {}", reason(error))),
            Self::WrongPassword { why: None } => b"password verification failed\n".to_vec(),
            Self::WrongPassword { why: Some(why) } => {
                format!("password verification failed: {why}\n").into_bytes()
            }
            Self::NotVerified(exceeded) => limits::not_verified(*exceeded),
            Self::NotCompared { user, exceeded } => limits::not_compared(user, *exceeded, program),
            Self::EmptyHash(user) => [b"Empty hash for user ", shown(user).as_slice(), b"\n"].concat(),
            Self::UnknownUser(user) => user_not_found(user),
            Self::Provisioning(problem) => problem.text(program),
        }
    }
}

/// `Warning: …`, the only lines that Apache's tool would not have printed.
pub(crate) fn warning(text: &str) -> Vec<u8> {
    format!("Warning: {}.\n", text.trim_end_matches('.')).into_bytes()
}

/// The sentence for something that happened during a change and is not an error.
pub(crate) fn store_event(event: &StoreEvent) -> Vec<u8> {
    match event {
        StoreEvent::Recovered => {
            warning("an earlier change of this file was cut off and has now been finished")
        }
        StoreEvent::JournalQuarantined(place) => {
            let moved = b"Warning: a journal that does not match this file was moved to ";
            let next = b"; the file was not touched. Check its users, then remove that journal.\n";
            [moved.as_slice(), &path(place), next].concat()
        }
        StoreEvent::JournalNotRemoved(error) => {
            let why = reason(error);
            warning(&format!("the change is done, but its journal could not be removed ({why})"))
        }
        StoreEvent::TimeNotMoved => warning(
            "the change is done, but the file's time cannot move forward; \
            servers that reload by time may need a restart (run 'touch' on the file)",
        ),
        _ => warning(
            "something else is in the journal's place beside the file; this change goes without a journal",
        ),
    }
}

pub(crate) fn user_not_found(user: &[u8]) -> Vec<u8> {
    [b"User ", shown(user).as_slice(), b" not found\n"].concat()
}

/// The way out of a wrong call.
pub(crate) fn usage() -> Vec<u8> {
    options::SHORT_USAGE.as_bytes().to_vec()
}

fn operands(wrong: &WrongOperands, program: &[u8]) -> Vec<u8> {
    let reason = match wrong {
        WrongOperands::Missing(name) => format!("{name} is missing").into_bytes(),
        WrongOperands::LateOption(option) => {
            [b"options go before FILE: ", shown(option.as_encoded_bytes()).as_slice()].concat()
        }
        WrongOperands::TooMany { word, needs_batch } => {
            let hint: &[u8] = if *needs_batch { b"' (is -b missing?)" } else { b"'" };
            [b"too many operands: '", shown(word.as_encoded_bytes()).as_slice(), hint].concat()
        }
    };
    [program, b": ", &reason, b"\n"].concat()
}

/// A name with invisible characters escaped, those of ISO 8859 too; everything else byte for byte.
pub(crate) fn shown(name: &[u8]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_invisible(character) {
                shown.extend_from_slice(character.escape_default().to_string().as_bytes());
            } else {
                shown.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        for byte in chunk.invalid() {
            match byte {
                0x80..=0xa0 | 0xad => shown.extend(byte.escape_ascii()),
                _ => shown.push(*byte),
            }
        }
    }
    shown
}

/// The list of an import, as it was named.
fn list(file: Option<&Path>) -> Vec<u8> {
    file.map_or_else(|| b"standard input".to_vec(), path)
}

fn path(path: &Path) -> Vec<u8> {
    shown(path.as_os_str().as_encoded_bytes())
}

/// A path in a command that the reader can copy to a shell.
fn shell_word(file: &Path) -> Vec<u8> {
    let bytes = file.as_os_str().as_encoded_bytes();
    let prefix: &[u8] = if bytes.starts_with(b"-") { b"./" } else { b"" };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return [prefix, bytes].concat();
    }
    let parts: Vec<_> = bytes.split(|&byte| byte == b'\'').collect();
    shown(&[b"'", prefix, parts.join(&br"'\''"[..]).as_slice(), b"'"].concat())
}

/// What the operating system said, without the number that Rust adds.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn words(error: &WordError, program: &[u8]) -> Vec<u8> {
    let base = program.rsplit(|&byte| byte == b'/').next().unwrap_or(program);
    let line = |prefix: &[u8], parts: &[&[u8]]| [prefix, b": ", &parts.concat(), b"\n"].concat();
    match error {
        WordError::Letter(letter) => {
            [line(base, &[b"illegal option -- ", &shown(&[*letter])]), usage()].concat()
        }
        WordError::LetterWithoutValue(letter) => {
            [line(base, &[b"option requires an argument -- ", &[*letter]]), usage()].concat()
        }
        WordError::Name(name) => {
            let name = name.as_encoded_bytes();
            let advice = match nearest(name) {
                Some(option) => format!("; did you mean --{option}?"),
                None => "; --help lists the options".to_owned(),
            };
            line(program, &[b"unknown option --", &shown(name), advice.as_bytes()])
        }
        WordError::NameWithoutValue(name) => {
            line(program, &[b"option --", name.as_bytes(), b" needs a value"])
        }
        WordError::NameWithValue(name) => line(program, &[b"option --", name.as_bytes(), b" takes no value"]),
    }
}

/// The option that was probably meant; the most alike, if it is alike at all.
fn nearest(name: &[u8]) -> Option<&'static str> {
    let name = String::from_utf8_lossy(name);
    let alike = OPTIONS.iter().map(|option| (strsim::jaro(&name, option.long), option.long));
    let best = alike.filter(|&(likeness, _)| likeness > 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, long)| long)
}

/// What `-c` did to users that stood in the file.
pub(crate) fn replaced(document: &Document, stays: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let gone = document.records().filter(|record| !stays(record.user)).count();
    let users = if gone == 1 { "1 other user" } else { &format!("{gone} other users") };
    (gone > 0)
        .then(|| warning(&format!("-c makes the file anew, without {users} in it; without -c they stay")))
}

/// What somebody should know about the name of a user, if anything.
pub(crate) fn name_warning(user: &Username) -> Vec<u8> {
    if user.ends_with_blank() {
        warning(
            "the user name ends with a blank, which some servers take off: to them it is another user's name",
        )
    } else {
        Vec::new()
    }
}

/// What somebody should know about the password.
pub(crate) fn password_warning(kind: PasswordWarning) -> Vec<u8> {
    warning(match kind {
        PasswordWarning::Empty => "the password is empty.",
        PasswordWarning::CryptCuts => "Password truncated to 8 characters by CRYPT algorithm.",
        PasswordWarning::BcryptCuts => "Password truncated to 72 bytes by bcrypt algorithm.",
    })
}

#[cfg(test)]
mod tests;
