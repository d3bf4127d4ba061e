//! The report of `--check`: what is wrong with a password file, and what `--fix` repaired.

mod text;

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use htpasswd::{Finding, Repairs, Server, Severity};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::json;
use crate::escape::{ShownUser, Visible, to_bytes};

/// All findings about one password file.
#[derive(Debug)]
pub(crate) struct CheckReport<'a> {
    pub(crate) file: &'a Path,
    /// Set if the password file is the value of a key in a Secret manifest.
    pub(crate) manifest: Option<ManifestSource>,
    pub(crate) server: Option<&'static Server>,
    pub(crate) users: usize,
    /// What was repaired; `None` without `--fix`.
    pub(crate) repairs: Option<Repairs>,
    pub(crate) file_findings: Vec<FileFinding>,
    pub(crate) line_findings: Vec<Finding<'a>>,
}

/// What advice depends on if the password file is in a manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ManifestSource {
    /// The manifest came from standard input, so htpasswd cannot change it in place.
    pub(crate) is_stream: bool,
    /// The call named the Secret or its key.
    pub(crate) is_selected: bool,
}

/// A finding about the file as a whole, or about another file in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileFinding {
    Missing,
    ReadableByOthers,
    WritableByOthers,
    /// An interrupted change has left this file.
    Leftover(PathBuf),
}

impl FileFinding {
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::Missing => Severity::Error,
            Self::ReadableByOthers | Self::WritableByOthers | Self::Leftover(_) => Severity::Warning,
        }
    }

    /// The name of the kind in JSON.
    fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing-file",
            Self::ReadableByOthers => "readable-by-others",
            Self::WritableByOthers => "writable-by-others",
            Self::Leftover(_) => "leftover-file",
        }
    }
}

impl Display for FileFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such file",
            Self::ReadableByOthers => "every user of this machine can read the hashes",
            Self::WritableByOthers => "every user of this machine can change the file",
            Self::Leftover(file) => {
                // JSON has this sentence too, and has no place for other bytes.
                let file = Visible::path(file).to_string();
                let file = to_bytes(&file);
                let file = String::from_utf8_lossy(&file);
                return write!(f, "an interrupted change has left {file}, which may hold hashes");
            }
        })
    }
}

impl CheckReport<'_> {
    /// How many findings have this severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.file_findings.iter().filter(|finding| finding.severity() == severity).count()
            + self.line_findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

impl Serialize for CheckReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fixed = self.repairs.map(|repairs| Fixed {
            byte_order_mark: repairs.byte_order_mark,
            crlf: repairs.carriage_returns,
            duplicates: repairs.duplicates,
            final_line_feed: repairs.final_line_feed,
        });
        let mut object = serializer.serialize_struct("CheckReport", 7)?;
        object.serialize_field("file", &self.file.to_string_lossy())?;
        object.serialize_field("server", &self.server.map(|server| server.name))?;
        object.serialize_field("users", &self.users)?;
        object.serialize_field("errors", &self.count(Severity::Error))?;
        object.serialize_field("warnings", &self.count(Severity::Warning))?;
        object.serialize_field("fixed", &fixed)?;
        object.serialize_field("findings", &Findings(self))?;
        object.end()
    }
}

/// Member names of [`Repairs`] in JSON.
#[derive(Serialize)]
struct Fixed {
    byte_order_mark: bool,
    crlf: usize,
    duplicates: usize,
    final_line_feed: bool,
}

/// The findings of a report, serialized one by one: a damaged file may have millions of them.
struct Findings<'r>(&'r CheckReport<'r>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_file = self.0.file_findings.iter().map(|finding| FindingObject {
            line: None,
            severity: severity_name(finding.severity()),
            kind: finding.name(),
            user: None,
            message: finding,
        });
        let of_lines = self.0.line_findings.iter().map(|finding| FindingObject {
            line: Some(finding.line),
            severity: severity_name(finding.severity),
            kind: finding.kind.name(),
            user: finding.user.map(ShownUser),
            message: finding,
        });
        serializer.collect_seq(of_file.chain(of_lines))
    }
}

#[derive(Serialize)]
struct FindingObject<'r> {
    line: Option<usize>,
    severity: &'static str,
    kind: &'static str,
    user: Option<ShownUser<'r>>,
    #[serde(serialize_with = "json::text")]
    message: &'r dyn Display,
}

fn severity_name(severity: Severity) -> &'static str {
    if severity == Severity::Error { "error" } else { "warning" }
}
