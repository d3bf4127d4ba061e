//! The sentences around a state that is ensured: where its passwords come from, what it heeds, what was done.

use std::path::{Path, PathBuf};

use htpasswd::Password;

use super::check::json_text;
use super::{Problem, path, reason, shell_word, shown};
use crate::exit::Exit;
use crate::options::{FlagId, spelling};

/// What ended the run.
#[derive(Debug)]
pub(crate) enum Provisioning {
    NotADescriptor,
    NotAMode,
    NotSeconds,
    /// Of a generated password.
    Length {
        what: &'static str,
        least: usize,
        most: usize,
    },
    GenerateForCrypt,
    PasswordFile(PathBuf, std::io::Error),
    PasswordFd(i32, std::io::Error),
    NoVariable(Vec<u8>),
    Strict,
    /// `--prune` and a list without users.
    NobodyLeft,
    /// `--prune` and a list with refused records.
    NothingPruned {
        refused: usize,
        records: usize,
    },
    /// A generated password that is set.
    NotShown(Box<Problem>),
    /// A file that was changed, and the report of it was lost.
    NotReported(PathBuf, std::io::Error),
}

impl From<Provisioning> for Problem {
    fn from(problem: Provisioning) -> Self {
        Self::Provisioning(problem)
    }
}

impl Provisioning {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::NotADescriptor
            | Self::NotAMode
            | Self::NotSeconds
            | Self::Length { .. }
            | Self::GenerateForCrypt => Exit::Usage,
            Self::PasswordFile(..)
            | Self::PasswordFd(..)
            | Self::NoVariable(_)
            | Self::Strict
            | Self::NobodyLeft
            | Self::NothingPruned { .. }
            | Self::NotShown(_)
            | Self::NotReported(..) => Exit::Failure,
        }
    }

    pub(super) fn text(&self, program: &[u8]) -> Vec<u8> {
        let named = |text: &[u8]| [program, b": ", text, b"\n"].concat();
        let unreadable = |place: &[u8], error| {
            named(&[b"cannot read the password from ", place, b": ", reason(error).as_bytes()].concat())
        };
        let text = match self {
            Self::NotADescriptor => {
                format!("argument to {} must be a number, from 0 on", spelling(FlagId::PasswordFd))
            }
            Self::NotAMode => {
                format!(
                    "argument to {} must be permissions as an octal number, such as 640",
                    spelling(FlagId::Mode)
                )
            }
            Self::NotSeconds => {
                format!("argument to {} must be seconds, such as 0, 2.5 or 60", spelling(FlagId::LockTimeout))
            }
            Self::Length { what, least, most } => {
                format!(
                    "argument to {} must be from {least} to {most} for {what}",
                    spelling(FlagId::Generate)
                )
            }
            Self::GenerateForCrypt => format!(
                "{} cannot be combined with {}, which reads 8 characters; these are soon guessed",
                spelling(FlagId::Generate),
                spelling(FlagId::Crypt)
            ),
            Self::PasswordFile(file, error) => return unreadable(&path(file), error),
            Self::PasswordFd(number, error) => {
                return unreadable(format!("file descriptor {number}").as_bytes(), error);
            }
            Self::NoVariable(name) => {
                return named(
                    &[b"the environment variable ", shown(name).as_slice(), b" is not set"].concat(),
                );
            }
            Self::Strict => {
                format!("{} takes this warning for an error; nothing was changed", spelling(FlagId::Strict))
            }
            Self::NobodyLeft => format!(
                "nothing was written: the list has no users, and {} would delete all that there are",
                spelling(FlagId::Prune)
            ),
            Self::NothingPruned { refused, records } => format!(
                "nothing was written: {refused} of {records} records refused; {} takes a whole list or none",
                spelling(FlagId::Prune)
            ),
            Self::NotReported(file, error) => {
                let what = format!("cannot write to standard output: {}; the file ", reason(error));
                return named(&[what.as_bytes(), &path(file), b" was changed"].concat());
            }
            Self::NotShown(problem) => {
                let what = "the generated password is set, but nobody has seen it; set another one";
                return [problem.text(program), named(what.as_bytes())].concat();
            }
        };
        named(text.as_bytes())
    }
}

/// A password file that is no secret.
pub(crate) fn readable_by_others(file: &Path) -> Vec<u8> {
    let text = b" can be read by all users of the machine.\n".as_slice();
    [b"Warning: the password file ", path(file).as_slice(), text].concat()
}

/// A file that is there has another mode than the one for a new file.
pub(crate) fn mode_stays(file: &Path, mode: u32, wanted: u32) -> Vec<u8> {
    let option = spelling(FlagId::Mode);
    let text =
        format!(" keeps its mode {mode:03o}; {option} {wanted:03o} is for a new file (chmod {wanted:03o} ");
    [b"Warning: the file ", path(file).as_slice(), text.as_bytes(), &shell_word(file), b").\n"].concat()
}

/// How good a generated password is.
pub(crate) fn generated(password: &Password) -> Vec<u8> {
    let length = password.as_bytes().len();
    let bits = Password::generated_bits(length);
    format!("Generated a password of {length} characters, {bits} bits of entropy\n").into_bytes()
}

/// What `--ensure` did.
pub(crate) fn ensured(user: &[u8], change: &str, dry_run: bool) -> Vec<u8> {
    let rest = if dry_run { " (dry run, nothing was written)\n" } else { "\n" };
    [b"User ", shown(user).as_slice(), b": ", change.as_bytes(), rest.as_bytes()].concat()
}

/// The same for programs.
pub(crate) fn ensured_json(user: &[u8], change: &str, dry_run: bool) -> String {
    let user = json_text(&String::from_utf8_lossy(user));
    format!(r#"{{"user":{user},"change":"{change}","dry_run":{dry_run}}}"#) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_one_line() {
        let io = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        for problem in [
            Provisioning::NotADescriptor,
            Provisioning::NotAMode,
            Provisioning::NotSeconds,
            Provisioning::Length { what: "bcrypt", least: 13, most: 72 },
            Provisioning::GenerateForCrypt,
            Provisioning::PasswordFile("a\nb".into(), io()),
            Provisioning::PasswordFd(7, io()),
            Provisioning::NoVariable(b"a\nb".to_vec()),
            Provisioning::Strict,
            Provisioning::NobodyLeft,
            Provisioning::NothingPruned { refused: 1, records: 2 },
            Provisioning::NotReported("a\nb".into(), io()),
        ] {
            let text = problem.text(b"htpasswd");
            assert!(text.starts_with(b"htpasswd: "), "{}", text.escape_ascii());
            assert_eq!(text.iter().position(|byte| *byte == b'\n'), Some(text.len() - 1), "{problem:?}");
        }
    }

    #[test]
    fn what_was_ensured_is_a_line_or_an_object() {
        assert_eq!(ensured(b"a\nb", "added", false), b"User a\\nb: added\n");
        assert_eq!(ensured(b"bob", "updated", true), b"User bob: updated (dry run, nothing was written)\n");
        let object = "{\"user\":\"a\\nb\",\"change\":\"added\",\"dry_run\":true}\n";
        assert_eq!(ensured_json(b"a\nb", "added", true), object);
    }
}
