//! `--list`: users, schemes, costs and findings; never a hash unless a `--format` for records is named.

use htpasswd::{Document, PasswordHash, check};

use crate::action::Inspect;
use crate::export::{self, Output};
use crate::global_options::GlobalOptions;
use crate::messages::{self, Placing, Problem, Row};
use crate::output;

pub(super) fn run(what: &Inspect, globals: &GlobalOptions) -> Result<(), Problem> {
    let document = super::store(&what.file, globals).load().map_err(Problem::Look)?;
    if let Some(output) = &what.output {
        return records(&document, output);
    }
    let findings = check(&document, what.server);
    let mut findings = findings.iter().filter(|finding| finding.user.is_some()).peekable();
    let mut rows = Vec::new();
    for line in document.lines() {
        let Some(record) = line.record() else { continue };
        let hash = PasswordHash::parse(record.hash.trim_ascii()).ok();
        let mut row = Row {
            line: line.number(),
            user: record.user,
            scheme: hash.as_ref().map(PasswordHash::scheme),
            cost: hash.as_ref().and_then(PasswordHash::cost),
            findings: Vec::new(),
        };
        while let Some(finding) = findings.next_if(|finding| finding.line == row.line) {
            row.findings.push(finding.kind.name());
        }
        rows.push(row);
    }
    if what.json {
        output::print(messages::listed_json(what.file.path(), what.server, &rows).as_bytes())
    } else {
        output::print(&messages::listed(&rows))
    }
}

/// The first record of each user, which is the one that decides.
fn records(document: &Document, output: &Output) -> Result<(), Problem> {
    let index = document.index();
    let is_first = |user: &[u8]| index.get(user).is_some_and(|first| std::ptr::eq(first.user, user));
    let records = document.records().filter(|record| is_first(record.user));
    let records = records.map(|record| (record.user, record.hash.trim_ascii()));
    let text = export::write(records, output).map_err(|unfit| Placing::Unfit(output.format, unfit))?;
    output::print(&text)
}
