//! The text of a check: one line for each finding, and a last line with the summary and the next step.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use htpasswd::document::Repairs;
use htpasswd::lint::{Finding, Severity};

use super::super::{advice, count};
use super::CheckReport;
use crate::escape::{ShownUser, Visible};

/// The largest number of printed findings of one kind. JSON contains all findings.
const MAX_PRINTED: usize = 20;

impl Display for CheckReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

/// The text of a report, with coloured severities if `is_colored` is set.
#[derive(Debug)]
pub(crate) struct Colored<'r, 'a> {
    report: &'r CheckReport<'a>,
    is_colored: bool,
}

impl Display for Colored<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.write(f, self.is_colored)
    }
}

impl<'a> CheckReport<'a> {
    pub(crate) fn colored(&self, is_colored: bool) -> Colored<'_, 'a> {
        Colored { report: self, is_colored }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, is_colored: bool) -> fmt::Result {
        let file = Visible::path(self.file);
        if let Some(repairs) = &self.repairs {
            writeln!(f, "{file}: {}", fixed(repairs))?;
        }
        let Selection { printed, omitted } = Selection::of(&self.line_findings);
        let records = self.user.as_ref().map_or(&[][..], |user| &user.records);
        // The last line number is the widest one. The others are padded to its width.
        let last = printed.last().map(|finding| finding.line).max(records.last().map(|record| record.line));
        let width = last.map_or(0, |line| line.to_string().len() + 1);
        for record in records {
            let line = format!("{}:", record.line);
            writeln!(f, "{file}:{line:width$} record:  {record}")?;
        }
        for finding in &self.file_findings {
            let label = Label { severity: finding.severity(), is_colored };
            writeln!(f, "{file}:{:width$} {label} {finding}", "")?;
        }
        for finding in printed {
            let label = Label { severity: finding.severity, is_colored };
            let line = format!("{}:", finding.line);
            write!(f, "{file}:{line:width$} {label} ")?;
            if let Some(user) = finding.user.filter(|user| !user.is_empty()) {
                write!(f, "user {}: ", ShownUser(user))?;
            }
            writeln!(f, "{finding}")?;
        }
        for (name, number) in omitted {
            writeln!(f, "{file}: … and {number} more of {name}; --json lists all")?;
        }
        for name in self.user.iter().flat_map(|user| &user.similar) {
            writeln!(f, "{file}:{:width$} similar: user {}", "", ShownUser(name))?;
        }
        write!(f, "{file}: {}", self.summary())?;
        if let Some(advice) = advice::next(self) {
            write!(f, "; {advice}")?;
        }
        writeln!(f)
    }

    fn summary(&self) -> String {
        let users = match &self.user {
            Some(user) => format!("user {}", ShownUser(user.user)),
            None => count(self.users, "user"),
        };
        let server = self.servers.as_ref().map_or(String::new(), |servers| format!(" for {servers}"));
        let ignored = match self.ignored {
            0 => String::new(),
            number => format!(", {} ignored", count(number, "finding")),
        };
        match (self.count(Severity::Error), self.count(Severity::Warning)) {
            (0, 0) => format!("clean{server}, {users}{ignored}"),
            (errors, warnings) => {
                let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
                format!("{errors} and {warnings}{server}, {users}{ignored}")
            }
        }
    }
}

/// The findings to print, and the number of omitted findings of each kind.
struct Selection<'r, 'a> {
    printed: Vec<&'r Finding<'a>>,
    omitted: BTreeMap<&'static str, usize>,
}

impl<'r, 'a> Selection<'r, 'a> {
    fn of(findings: &'r [Finding<'a>]) -> Self {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        let mut printed = Vec::new();
        for finding in findings {
            let count = counts.entry(finding.kind.name()).or_default();
            *count += 1;
            if *count <= MAX_PRINTED {
                printed.push(finding);
            }
        }
        let omitted = counts.into_iter().filter(|&(_, count)| count > MAX_PRINTED);
        Self { printed, omitted: omitted.map(|(name, count)| (name, count - MAX_PRINTED)).collect() }
    }
}

/// `error:` or `warning:`, padded to the same width.
struct Label {
    severity: Severity,
    is_colored: bool,
}

impl Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, color, padding) = match self.severity {
            Severity::Error => ("error:", 31, "  "),
            _ => ("warning:", 33, ""),
        };
        if self.is_colored {
            write!(f, "\x1b[{color}m{word}\x1b[0m{padding}")
        } else {
            write!(f, "{word}{padding}")
        }
    }
}

/// The repairs as one sentence.
fn fixed(repairs: &Repairs) -> String {
    let mut done = Vec::new();
    if repairs.utf16 {
        done.push("converted UTF-16 to UTF-8".to_owned());
    }
    if repairs.byte_order_mark {
        done.push("removed the byte order mark".to_owned());
    }
    if repairs.carriage_returns > 0 {
        done.push(format!("removed {}", count(repairs.carriage_returns, "carriage return")));
    }
    if repairs.duplicates > 0 {
        done.push(format!("deleted {}", count(repairs.duplicates, "exact duplicate")));
    }
    if repairs.final_line_feed {
        done.push("added the final newline".to_owned());
    }
    if done.is_empty() { "nothing to fix".to_owned() } else { format!("fixed: {}", done.join(", ")) }
}
