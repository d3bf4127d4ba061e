//! The report of `--check`: the problems of a password file, and the repairs of `--fix`.

mod json;
mod text;
mod user;

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use htpasswd::document::Repairs;
use htpasswd::lint::{Finding, Severity};
use htpasswd::servers::{Server, ServerSet};

pub(crate) use self::user::{RecordState, UserRecord, UserReport};
use crate::accounts::Account;
use crate::escape::{Visible, to_bytes};

/// All findings about one password file.
#[derive(Debug)]
pub(crate) struct CheckReport<'a> {
    pub(crate) file: &'a Path,
    /// True if the text came from standard input, so that htpasswd cannot change it in place.
    pub(crate) is_stream: bool,
    /// The manifest, if the password file is the value of a key in a Secret manifest.
    pub(crate) manifest: Option<ManifestSource>,
    pub(crate) servers: Option<ServerSet>,
    /// The group of the user as which the first of these servers reads the file.
    pub(crate) group: Option<String>,
    pub(crate) users: usize,
    /// The repairs that were made; `None` without `--fix`.
    pub(crate) repairs: Option<Repairs>,
    pub(crate) file_findings: Vec<FileFinding>,
    pub(crate) line_findings: Vec<Finding<'a>>,
    /// The number of findings that `--ignore` removed.
    pub(crate) ignored: usize,
    /// The user to whom the findings are restricted; `None` for a report about the whole file.
    pub(crate) user: Option<UserReport<'a>>,
}

/// The facts about a manifest on which the advice depends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ManifestSource {
    /// True if the call named the Secret or its key.
    pub(crate) is_selected: bool,
}

/// A finding about the file as a whole, or about another file in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileFinding {
    Missing,
    /// The user as which the server runs cannot read the file, or cannot enter the directory.
    NotReadableBy {
        server: &'static Server,
        reader: Account,
        directory: Option<PathBuf>,
    },
    ReadableByOthers,
    WritableByOthers,
    /// The name of this backup does not begin with `.ht`, but the name of the file does.
    UnhiddenBackup(PathBuf),
    /// An interrupted change has left this file.
    Leftover(PathBuf),
}

impl FileFinding {
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::Missing | Self::NotReadableBy { .. } => Severity::Error,
            Self::ReadableByOthers | Self::WritableByOthers | Self::UnhiddenBackup(_) | Self::Leftover(_) => {
                Severity::Warning
            }
        }
    }

    /// The name of the kind in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing-file",
            Self::NotReadableBy { .. } => "not-readable",
            Self::ReadableByOthers => "readable-by-others",
            Self::WritableByOthers => "writable-by-others",
            Self::UnhiddenBackup(_) => "unhidden-backup",
            Self::Leftover(_) => "leftover-file",
        }
    }
}

impl Display for FileFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the file does not exist",
            Self::NotReadableBy { server, reader, directory } => {
                let name = &reader.name;
                return match directory {
                    Some(directory) => {
                        let directory = utf8(directory);
                        write!(f, "{server} runs as {name}, which cannot enter the directory {directory}")
                    }
                    None => write!(f, "{server} runs as {name}, which cannot read the file"),
                };
            }
            Self::ReadableByOthers => "every user of this machine can read the hashes",
            Self::WritableByOthers => "every user of this machine can change the file",
            Self::UnhiddenBackup(file) => {
                let file = utf8(file);
                return write!(
                    f,
                    "a web server hides names that begin with .ht, but may serve the backup {file}"
                );
            }
            Self::Leftover(file) => {
                return write!(f, "an interrupted change has left {}, which may hold hashes", utf8(file));
            }
        })
    }
}

/// The path as a message shows it. The message is also in JSON, which can contain only UTF-8.
fn utf8(path: &Path) -> String {
    String::from_utf8_lossy(&to_bytes(&Visible::path(path).to_string())).into_owned()
}

impl CheckReport<'_> {
    /// Removes the findings of these kinds, and counts them as ignored.
    pub(crate) fn ignore(&mut self, kinds: &[&str]) {
        let before = self.file_findings.len() + self.line_findings.len();
        self.file_findings.retain(|finding| !kinds.contains(&finding.name()));
        self.line_findings.retain(|finding| !kinds.contains(&finding.kind.name()));
        self.ignored += before - self.file_findings.len() - self.line_findings.len();
    }

    /// The number of findings with this severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.file_findings.iter().filter(|finding| finding.severity() == severity).count()
            + self.line_findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
