//! Warnings: problems that do not stop a command, unless `--strict` makes them errors.
//!
//! A command makes a [`Warning`] and calls [`Warning::emit`], which prints it. A warning must never contain a password
//! or a hash.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use htpasswd::Username;
use htpasswd::hash::{LimitExceeded, Scheme};
use htpasswd::servers::{Server, ServerSet};
use htpasswd::store::StoreEvent;

use crate::accounts::Account;
use crate::escape::{ShellWord, Visible};
use crate::output::{self, reason};

/// The cause of a warning.
#[derive(Debug)]
pub(crate) enum Warning {
    /// `-p` stores plain text. Apache's tool prints the same sentence.
    PlainText,
    /// The scheme ignores `-C` and `-r`.
    UnusedNumber,
    /// A new hash costs more than servers accept by default.
    AboveServerLimits(LimitExceeded),
    /// The servers cannot read any strong scheme. The scheme is the strongest that all of them read.
    WeakServer(ServerSet, Scheme),
    /// The user name ends with a blank.
    TrailingBlank,
    /// Some user names of a user list end with blanks. The fields are the number of these names and the line of the
    /// first one.
    TrailingBlanks {
        count: usize,
        line: usize,
    },
    Password(PasswordWarning),
    /// Some passwords of a user list are unusual. The fields are the number of these passwords and the line of the
    /// first one.
    Passwords {
        kind: PasswordWarning,
        count: usize,
        line: usize,
    },
    /// No known server reads the scheme of some imported hashes. The fields are the number of these hashes and the line
    /// of the first one.
    UnreadHashes {
        scheme: Scheme,
        count: usize,
        line: usize,
    },
    /// The password from standard input contains a newline.
    StdinHasLines,
    /// The password from a file, a descriptor or an environment variable contains a newline.
    InputHasLines,
    /// Every user of this machine can read the file with the password.
    PasswordFileIsPublic(PathBuf),
    /// `-v` compared only the first bytes of the password, because bcrypt ignores the rest.
    ComparedPart,
    /// `--mode` does not change the mode of a file that exists.
    ModeUnchanged {
        file: PathBuf,
        mode: u32,
        requested: u32,
    },
    /// `--group` does not change the group of a file that exists.
    GroupUnchanged {
        file: PathBuf,
        requested: OsString,
    },
    /// A new file that the server's user cannot read, or a directory of it that the user cannot enter.
    UnreadableFor {
        file: PathBuf,
        server: &'static Server,
        reader: Account,
        directory: Option<PathBuf>,
    },
    /// `-c` replaces a file that has this number of other users.
    UsersReplaced(usize),
    /// `-c` replaces this file, which is not a password file.
    OtherFileReplaced(PathBuf),
    /// The call stores Apache's MD5 by default in place of a hash of this scheme.
    StrongerHashReplaced(Scheme),
    /// The call stores Apache's MD5 by default beside hashes of this scheme.
    StrongerHashes(Scheme),
    /// This number of users got hashes and stay disabled.
    StaysDisabled(usize),
    /// The file from which `--ensure -D` should delete a user does not exist.
    FileMissing(PathBuf),
    /// A user has two records in a list.
    DuplicateUser {
        user: String,
        earlier: usize,
        later: usize,
    },
    /// The number of duplicate users that the warnings do not name.
    MoreDuplicates(usize),
    Store(StoreEvent),
    Manifest(secret_manifest::Warning),
}

/// A reason to warn about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordWarning {
    Empty,
    /// The password starts with a UTF-8 byte order mark.
    ByteOrderMark,
    Newline,
    /// The password ends with a carriage return.
    CarriageReturn,
    /// The password contains another control character.
    Control,
    /// The password of a user list starts or ends with a blank.
    OuterBlank,
    /// The password is a hash of a known scheme.
    Hash,
    /// The password has more than the 8 bytes that DES crypt reads.
    CryptTruncates,
    /// The password has more than the 72 bytes that bcrypt reads.
    BcryptTruncates,
}

/// The command failed because `--strict` treats a warning as an error.
#[derive(Debug)]
pub(crate) struct StrictError;

impl Display for StrictError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("--strict treats this warning as an error; nothing was changed")
    }
}

impl std::error::Error for StrictError {}

impl Warning {
    /// A warning about this user name, if there is one.
    pub(crate) fn of_name(user: &Username) -> Option<Self> {
        user.ends_with_blank().then_some(Self::TrailingBlank)
    }

    /// Prints the warning. With `strict`, also returns an error.
    pub(crate) fn emit(&self, strict: bool) -> Result<(), StrictError> {
        output::record_warning(self.kind(), self);
        match self {
            // Apache's tool prints this warning directly after the prompts.
            Self::Password(PasswordWarning::CryptTruncates) => output::eprint_warning(self),
            _ if strict => output::eprint_warning(self),
            _ => output::eprint_warning_on_line(self),
        }
        if strict { Err(StrictError) } else { Ok(()) }
    }
}

impl Warning {
    /// Prints a warning that is no error with `--strict`, because the change is made already.
    pub(crate) fn print(&self) {
        output::record_warning(self.kind(), self);
        output::eprint_warning(self);
    }

    /// The name of the kind in JSON. Scripts read the names, so they must never change.
    fn kind(&self) -> &'static str {
        match self {
            Self::PlainText => "plain-text",
            Self::UnusedNumber => "unused-number",
            Self::AboveServerLimits(_) => "above-server-limits",
            Self::WeakServer(..) => "weak-server",
            Self::TrailingBlank | Self::TrailingBlanks { .. } => "trailing-blank",
            Self::Password(kind) | Self::Passwords { kind, .. } => kind.name(),
            Self::UnreadHashes { .. } => "unread-hashes",
            Self::StdinHasLines | Self::InputHasLines => PasswordWarning::Newline.name(),
            Self::PasswordFileIsPublic(_) => "public-password-file",
            Self::ComparedPart => PasswordWarning::BcryptTruncates.name(),
            Self::ModeUnchanged { .. } => "mode-unchanged",
            Self::GroupUnchanged { .. } => "group-unchanged",
            Self::UnreadableFor { .. } => "not-readable",
            Self::UsersReplaced(_) => "users-replaced",
            Self::OtherFileReplaced(_) => "other-file-replaced",
            Self::StrongerHashReplaced(_) | Self::StrongerHashes(_) => "weaker-scheme",
            Self::StaysDisabled(_) => "stays-disabled",
            Self::FileMissing(_) => "missing-file",
            Self::DuplicateUser { .. } | Self::MoreDuplicates(_) => "duplicate-user",
            Self::Store(event) => match event {
                StoreEvent::Recovered => "recovered",
                StoreEvent::JournalQuarantined(_) => "journal-quarantined",
                StoreEvent::JournalNotRemoved(_) => "journal-not-removed",
                StoreEvent::TimeNotMoved => "time-not-moved",
                _ => "no-journal",
            },
            Self::Manifest(about) => match about {
                secret_manifest::Warning::Immutable => "immutable-secret",
                secret_manifest::Warning::Sops => "sops-secret",
                secret_manifest::Warning::ApiVersion(_) => "api-version",
                _ => "ineffective-change",
            },
        }
    }
}

/// Prints all warnings. With `strict`, also returns an error if there is a warning.
pub(crate) fn emit_all(warnings: impl IntoIterator<Item = Warning>, strict: bool) -> Result<(), StrictError> {
    let emitted: Vec<_> = warnings.into_iter().map(|warning| warning.emit(strict)).collect();
    emitted.into_iter().collect()
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlainText => {
                f.write_str("storing passwords as plain text might just not work on this platform")
            }
            Self::UnusedNumber => f.write_str("Ignoring -C/-r argument for this algorithm"),
            Self::AboveServerLimits(exceeded) => {
                f.write_str("servers built with this library reject ")?;
                match exceeded {
                    LimitExceeded::BcryptCost { limit, .. } => write!(f, "bcrypt costs above {limit}")?,
                    LimitExceeded::Rounds { limit, .. } => write!(f, "rounds above {limit}")?,
                    other => write!(f, "such a hash ({other})")?,
                }
                f.write_str(" by default")
            }
            Self::WeakServer(servers, best) => {
                let read = if servers.as_slice().len() == 1 { "reads" } else { "read" };
                write!(
                    f,
                    "{servers} {read} nothing stronger than {best}, which is weak; keep the file secret"
                )
            }
            Self::TrailingBlank => f.write_str(
                "the user name ends with a blank, which some servers remove: they see another user's name",
            ),
            Self::TrailingBlanks { count, line } => {
                let (name, place) = if *count == 1 { ("name ends", "line") } else { ("names end", FIRST) };
                write!(f, "{count} user {name} with a blank, which some servers remove ({place} {line})")
            }
            Self::Password(kind) => kind.write(f, "", 1),
            Self::Passwords { kind, count, line } => {
                let plural = if *count == 1 { "" } else { "s" };
                let place = if *count == 1 { "line" } else { FIRST };
                kind.write(f, &format!("{count} password{plural}"), *count)?;
                write!(f, " ({place} {line})")
            }
            Self::UnreadHashes { scheme, count, line } => {
                let (hashes, place) = if *count == 1 { ("hash is", "line") } else { ("hashes are", FIRST) };
                write!(f, "{count} {hashes} {scheme}, which no known server reads ({place} {line})")
            }
            Self::StdinHasLines => {
                f.write_str("the password contains a newline; -i reads all of standard input as one password")
            }
            Self::InputHasLines => {
                f.write_str("the password contains a newline; the whole input is one password")
            }
            Self::PasswordFileIsPublic(file) => {
                write!(f, "every user of this machine can read the password in {}", Visible::path(file))
            }
            Self::ComparedPart => f.write_str(
                "only the first 72 bytes of the password were compared, because bcrypt reads no more",
            ),
            Self::ModeUnchanged { file, mode, requested } => write!(
                f,
                "the file {} keeps its mode {mode:03o}; --mode {requested:03o} applies to a new file \
                 (chmod {requested:03o} {})",
                Visible::path(file),
                ShellWord(file),
            ),
            Self::GroupUnchanged { file, requested } => write!(
                f,
                "the file {} keeps its group; --group applies to a new file (chgrp {} {})",
                Visible::path(file),
                ShellWord(Path::new(requested)),
                ShellWord(file),
            ),
            Self::UnreadableFor { file, server, reader, directory } => {
                unreadable(file, server, reader, directory.as_deref(), f)
            }
            Self::UsersReplaced(count) => {
                let (users, them) = if *count == 1 { ("user", "the user") } else { ("users", "them") };
                write!(f, "-c replaces the file and removes {count} other {users}; omit -c to keep {them}")
            }
            Self::OtherFileReplaced(file) => write!(
                f,
                "-c replaces the file {}, which does not appear to be a password file; --backup keeps it",
                Visible::path(file)
            ),
            Self::StrongerHashReplaced(scheme) => write!(
                f,
                "without a scheme, htpasswd stores Apache's MD5, which is weaker than the user's {scheme}; \
                 use -B or --for SERVER"
            ),
            Self::StrongerHashes(scheme) => write!(
                f,
                "without a scheme, htpasswd stores Apache's MD5, which is weaker than the {scheme} of other \
                 users; use -B or --for SERVER"
            ),
            Self::StaysDisabled(1) => f.write_str("the user is disabled, and stays disabled until --enable"),
            Self::StaysDisabled(users) => {
                write!(f, "{users} users are disabled, and stay disabled until --enable")
            }
            Self::FileMissing(file) => write!(f, "the file {} does not exist", Visible::path(file)),
            Self::DuplicateUser { user, earlier, later } => {
                write!(f, "user {user} is in line {earlier} and in line {later}; the last one counts")
            }
            Self::MoreDuplicates(count) => write!(f, "… and {count} more duplicate users"),
            Self::Store(event) => store_event(event, f),
            Self::Manifest(about) => manifest(about, f),
        }
    }
}

/// Writes that the user of a server cannot read a new file, or cannot enter a directory of it.
fn unreadable(
    file: &Path,
    server: &Server,
    reader: &Account,
    directory: Option<&Path>,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    let (name, group) = (&reader.name, ShellWord(Path::new(&reader.group)));
    if let Some(directory) = directory {
        let (shown, word) = (Visible::path(directory), ShellWord(directory));
        write!(f, "{server} runs as {name}, which cannot enter the directory {shown}; ")?;
        write!(f, "run afterwards: chgrp {group} {word} && chmod g+x {word}")
    } else {
        let word = ShellWord(file);
        write!(f, "{server} runs as {name}, which cannot read the new file; ")?;
        write!(f, "use --group {group}, or run afterwards: chgrp {group} {word} && chmod 640 {word}")
    }
}

const FIRST: &str = "the first in line";

impl PasswordWarning {
    /// The name of the kind in JSON.
    fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty-password",
            Self::ByteOrderMark => "password-byte-order-mark",
            Self::Newline => "password-newline",
            Self::CarriageReturn => "password-carriage-return",
            Self::Control => "password-control-character",
            Self::OuterBlank => "password-outer-blank",
            Self::Hash => "password-is-hash",
            Self::CryptTruncates | Self::BcryptTruncates => "password-truncated",
        }
    }

    /// Writes the warning about `count` passwords. An empty `subject` is the password of the call.
    fn write(self, f: &mut Formatter<'_>, subject: &str, count: usize) -> fmt::Result {
        let of_call = if self.is_of_apache() { "Password" } else { "the password" };
        let subject = if subject.is_empty() { of_call } else { subject };
        let (one, many) = match self {
            Self::Empty => ("is empty", "are empty"),
            Self::ByteOrderMark => (
                "starts with a byte order mark, which users cannot type",
                "start with a byte order mark, which users cannot type",
            ),
            Self::Newline => ("contains a newline", "contain a newline"),
            Self::CarriageReturn => (
                "ends with a carriage return, which users cannot type",
                "end with a carriage return, which users cannot type",
            ),
            Self::Control => (
                "contains a control character, which users cannot type",
                "contain a control character, which users cannot type",
            ),
            Self::OuterBlank => ("starts or ends with a blank", "start or end with a blank"),
            Self::Hash => (
                "is a hash, so users must type the hash; --import --hashed stores hashes as they are",
                "are hashes, so users must type the hashes; --hashed stores hashes as they are",
            ),
            Self::CryptTruncates => {
                let text = "truncated to 8 characters by CRYPT algorithm";
                (text, text)
            }
            Self::BcryptTruncates => {
                let text = "truncated to 72 bytes by bcrypt algorithm";
                (text, text)
            }
        };
        write!(f, "{subject} {}", if count == 1 { one } else { many })
    }

    /// Returns true if the sentence has the words of Apache's tool.
    fn is_of_apache(self) -> bool {
        matches!(self, Self::CryptTruncates | Self::BcryptTruncates)
    }
}

fn store_event(event: &StoreEvent, f: &mut Formatter<'_>) -> fmt::Result {
    match event {
        StoreEvent::Recovered => {
            f.write_str("an earlier change of this file was interrupted and has now been completed")
        }
        StoreEvent::JournalQuarantined(place) => write!(
            f,
            "a journal that does not match this file was moved to {}; the file was not touched. \
             Check its users, then remove that journal",
            Visible::path(place)
        ),
        StoreEvent::JournalNotRemoved(error) => {
            write!(f, "the change is done, but its journal could not be removed ({})", reason(error))
        }
        StoreEvent::TimeNotMoved => f.write_str(
            "the change is done, but the file's time cannot move forward; \
             servers that reload by time may need a restart (run 'touch' on the file)",
        ),
        _ => f.write_str("another file has the name of the journal; this change is made without a journal"),
    }
}

fn manifest(about: &secret_manifest::Warning, f: &mut Formatter<'_>) -> fmt::Result {
    match about {
        secret_manifest::Warning::Immutable => f.write_str(
            "the Secret is immutable, so Kubernetes rejects this change; delete the Secret before you apply \
             the manifest",
        ),
        secret_manifest::Warning::Sops => f.write_str(
            "the manifest has a sops block, and SOPS cannot decrypt it after this change; use sops to change it",
        ),
        secret_manifest::Warning::ApiVersion(version) => {
            write!(f, "the apiVersion of the Secret is '{}' and not v1", Visible(version.as_bytes()))
        }
        _ => f.write_str("this change of the Secret may have no effect"),
    }
}
