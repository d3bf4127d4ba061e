//! What `--check` says.

mod json;
mod step;

pub(crate) use self::json::checked_json;
pub(super) use self::json::{json_name, json_path, json_text};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use htpasswd::{Finding, PasswordHash, Repairs, Scheme, Server, Severity};

use super::{path, shown};

/// How many findings of one kind are told to people one by one.
const TOLD: usize = 20;

/// All about one file.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) file: &'a Path,
    /// If the file is one with a password file in it.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) server: Option<&'static Server>,
    pub(crate) users: usize,
    /// What was repaired, if that was asked for.
    pub(crate) repairs: Option<Repairs>,
    pub(crate) about: Vec<About>,
    pub(crate) findings: Vec<Finding<'a>>,
}

/// What there is to know of a manifest for advice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manifest {
    /// It came from standard input, and nothing can be changed there.
    pub(crate) is_stream: bool,
    /// Its key or its Secret was named.
    pub(crate) is_selected: bool,
}

/// A finding about the file as a whole, or about what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    Missing,
    ReadableByOthers,
    WritableByOthers,
    /// An interrupted change has left this file.
    Leftover(PathBuf),
}

impl About {
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::Missing => Severity::Error,
            Self::ReadableByOthers | Self::WritableByOthers | Self::Leftover(_) => Severity::Warning,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing-file",
            Self::ReadableByOthers => "readable-by-others",
            Self::WritableByOthers => "writable-by-others",
            Self::Leftover(_) => "leftover-file",
        }
    }

    fn sentence(&self) -> Cow<'static, str> {
        match self {
            Self::Missing => "there is no such file".into(),
            Self::ReadableByOthers => "every user of this machine can read the hashes".into(),
            Self::WritableByOthers => "every user of this machine can change the file".into(),
            Self::Leftover(place) => {
                let place = String::from_utf8_lossy(&path(place)).into_owned();
                format!("an interrupted change has left {place}, which may hold hashes").into()
            }
        }
    }
}

impl Report<'_> {
    /// How many findings are so bad.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.about.iter().filter(|about| about.severity() == severity).count()
            + self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// For people: a line for each finding, and one that sums up and says what to do next.
pub(crate) fn checked(report: &Report<'_>, colour: bool) -> Vec<u8> {
    let file = path(report.file);
    let mut text = Vec::new();
    if let Some(repairs) = &report.repairs {
        text.extend([&file, b": ".as_slice(), fixed(repairs).as_bytes(), b"\n"].concat());
    }
    let told = Told::of(&report.findings);
    let width = told.first.last().map_or(0, |finding| finding.line.to_string().len() + 1);
    for about in &report.about {
        let line = sentence(about.severity(), colour, width, "", &about.sentence());
        text.extend([&file, b":".as_slice(), line.as_bytes(), b"\n"].concat());
    }
    for finding in &told.first {
        let place = format!("{}:", finding.line);
        let line = sentence(finding.severity, colour, width, &place, "");
        let user = finding.user.filter(|user| !user.is_empty()).map(named).unwrap_or_default();
        let said = finding.to_string();
        text.extend([&file, b":".as_slice(), line.as_bytes(), &user, said.as_bytes(), b"\n"].concat());
    }
    for (name, rest) in told.rest {
        let more = format!(": … and {rest} more of {name}; --json lists all\n");
        text.extend([&file, more.as_bytes()].concat());
    }
    text.extend([&file, b": ".as_slice(), sum(report).as_bytes()].concat());
    if let Some(step) = step::next(report, &file) {
        text.extend([b"; ".as_slice(), &step].concat());
    }
    text.push(b'\n');
    text
}

/// The findings that are told one by one, and how many more there are of which kind.
struct Told<'r, 'a> {
    first: Vec<&'r Finding<'a>>,
    rest: BTreeMap<&'static str, usize>,
}

impl<'r, 'a> Told<'r, 'a> {
    fn of(findings: &'r [Finding<'a>]) -> Self {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        let mut first = Vec::new();
        for finding in findings {
            let count = counts.entry(finding.kind.name()).or_default();
            *count += 1;
            if *count <= TOLD {
                first.push(finding);
            }
        }
        let rest = counts.into_iter().filter(|&(_, count)| count > TOLD);
        Self { first, rest: rest.map(|(name, count)| (name, count - TOLD)).collect() }
    }
}

/// `3: error:   what`, the severity in its place and, if so wanted, its colour.
fn sentence(severity: Severity, colour: bool, width: usize, place: &str, what: &str) -> String {
    let (word, code) = match severity {
        Severity::Error => ("error:", 31),
        _ => ("warning:", 33),
    };
    let padding = " ".repeat("warning:".len() - word.len());
    let word = if colour { format!("\x1b[{code}m{word}\x1b[0m") } else { word.to_owned() };
    format!("{place:width$} {word}{padding} {what}")
}

/// `user alice: `. What looks like a hash is none to be shown: the fields may have changed places.
fn named(user: &[u8]) -> Vec<u8> {
    [b"user ", shown_unless_hash(user).as_slice(), b": "].concat()
}

pub(super) fn shown_unless_hash(user: &[u8]) -> Vec<u8> {
    if is_hash(user) { "…".as_bytes().to_vec() } else { shown(user) }
}

/// Thirteen letters are more likely a name than DES, and so are those of bigcrypt.
fn is_hash(user: &[u8]) -> bool {
    PasswordHash::parse(user).is_ok_and(|hash| !matches!(hash.scheme(), Scheme::DesCrypt | Scheme::Bigcrypt))
}

fn fixed(repairs: &Repairs) -> String {
    let mut done = Vec::new();
    if repairs.byte_order_mark {
        done.push("took a byte order mark away".to_owned());
    }
    if repairs.carriage_returns > 0 {
        done.push(format!("took the carriage return off {}", count(repairs.carriage_returns, "line end")));
    }
    if repairs.duplicates > 0 {
        done.push(format!("dropped {}", count(repairs.duplicates, "exact repetition")));
    }
    if repairs.final_line_feed {
        done.push("ended the last line".to_owned());
    }
    if done.is_empty() { "nothing to fix".to_owned() } else { format!("fixed: {}", done.join(", ")) }
}

fn sum(report: &Report<'_>) -> String {
    let users = count(report.users, "user");
    let server = report.server.map_or(String::new(), |server| format!(" for {server}"));
    match (report.count(Severity::Error), report.count(Severity::Warning)) {
        (0, 0) => format!("clean{server}, {users}"),
        (errors, warnings) => {
            let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
            format!("{errors} and {warnings}{server}, {users}")
        }
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
