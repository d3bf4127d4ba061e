//! `--list`: prints users, schemes, costs and findings. The command must print hashes only with `--format`.

use htpasswd::servers::ServerSet;
use htpasswd::{Document, PasswordHash};

use super::findings;
use crate::args::command::{GlobalOptions, Inspect};
use crate::error::Error;
use crate::escape::ShownUser;
use crate::export::{self, Output};
use crate::output;
use crate::report::{ListReport, ListedRecord, json};
use crate::target::PasswordFile;
use crate::target::error::Purpose;

pub(super) fn run(what: &Inspect, globals: &GlobalOptions) -> Result<(), Error> {
    let document = PasswordFile::new(&what.file, globals).load();
    let document = document.map_err(|error| error.when(Purpose::Inspect))?;
    if let Some(output) = &what.output {
        return print_records(&document, output);
    }
    let servers = what.servers.as_ref().map_or(&[][..], ServerSet::as_slice);
    let findings = findings::of_lines(&what.file, &document, servers);
    let mut findings = findings.iter().filter(|finding| finding.user.is_some()).peekable();
    let mut records = Vec::new();
    for line in document.lines() {
        let Some(record) = line.record() else { continue };
        let hash = PasswordHash::parse_or_foreign(record.hash.trim_ascii()).ok();
        let mut listed = ListedRecord {
            line: line.number(),
            user: ShownUser(record.user),
            scheme: hash.as_ref().map(PasswordHash::scheme),
            cost: hash.as_ref().and_then(PasswordHash::cost),
            findings: Vec::new(),
        };
        while let Some(finding) = findings.next_if(|finding| finding.line == listed.line) {
            let name = finding.kind.name();
            // Several servers can have a finding of the same kind.
            if listed.findings.last() != Some(&name) {
                listed.findings.push(name);
            }
        }
        records.push(listed);
    }
    let server = what.servers.as_ref().map(ServerSet::names);
    let report = ListReport { file: what.file.path(), server, records };
    let text = if globals.json { json::to_line(&report) } else { report.to_string() };
    Ok(output::print(&text)?)
}

/// Prints the first record of each user. `-v` and Apache httpd ignore later records of the same user.
fn print_records(document: &Document, output: &Output) -> Result<(), Error> {
    let index = document.index();
    let is_first = |user: &[u8]| index.get(user).is_some_and(|first| std::ptr::eq(first.user, user));
    let records = document.records().filter(|record| is_first(record.user));
    let records = records.map(|record| (record.user, record.hash.trim_ascii()));
    Ok(output::print_bytes(&export::write(records, output)?)?)
}
