//! `--list`: users, schemes, costs and findings; never a hash.

use htpasswd::{Hash, check};

use crate::action::Inspect;
use crate::console;
use crate::messages::{self, Problem, Row};

pub(super) fn run(what: &Inspect) -> Result<(), Problem> {
    let document = super::store(what.file.clone()).load().map_err(Problem::Verify)?;
    let findings = check(&document, what.server);
    let mut findings = findings.iter().filter(|finding| finding.user.is_some()).peekable();
    let mut rows = Vec::new();
    for line in document.lines() {
        let Some(record) = line.record() else { continue };
        let hash = Hash::parse(record.hash.trim_ascii()).ok();
        let mut row = Row {
            line: line.number(),
            user: record.user,
            scheme: hash.as_ref().map(Hash::scheme),
            cost: hash.as_ref().and_then(Hash::cost),
            findings: Vec::new(),
        };
        while let Some(finding) = findings.next_if(|finding| finding.line == row.line) {
            row.findings.push(finding.kind.name());
        }
        rows.push(row);
    }
    if what.json {
        console::print(messages::listed_json(&what.file, what.server, &rows).as_bytes())
    } else {
        console::print(&messages::listed(&rows))
    }
}
