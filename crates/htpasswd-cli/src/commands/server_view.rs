//! How one server reads the records of one user, for `--check FILE USER` and `-v --for`.

use htpasswd::Document;
use htpasswd::document::Line;
use htpasswd::lint::{Finding, UsedRecord, used_records};
use htpasswd::servers::Server;

use super::findings;
use crate::args::command::Target;
use crate::report::FileFinding;
use crate::target::PasswordFile;

/// The records of a user that a server uses, and the problems that the server has with the file.
pub(super) struct ServerView<'a> {
    pub(super) server: &'static Server,
    pub(super) records: Vec<UsedRecord<'a>>,
    findings: Vec<Finding<'a>>,
    /// The user of the server cannot read the file.
    unreadable: Option<FileFinding>,
}

impl<'a> ServerView<'a> {
    pub(super) fn new(
        server: &'static Server,
        (target, file): (&Target, &PasswordFile),
        document: &'a Document,
        user: &[u8],
    ) -> Self {
        let unreadable = if target.is_dash() {
            None
        } else {
            findings::unreadable(file, &findings::readers(&[server])).pop()
        };
        Self {
            server,
            records: used_records(document, user, server),
            findings: findings::of_lines(target, document, &[server]),
            unreadable,
        }
    }

    /// Returns true if the server uses the record in this line.
    pub(super) fn uses(&self, line: &Line<'_>) -> bool {
        self.records.iter().any(|record| record.line == line.number())
    }

    /// The reason why the server rejects the user of the record in this line; `None` if it reads the record.
    pub(super) fn obstacle(&self, line: &Line<'_>) -> Option<String> {
        let of_file = self.unreadable.as_ref().map(ToString::to_string);
        of_file
            .or_else(|| self.findings.iter().find(|finding| finding.rejects(line)).map(ToString::to_string))
    }
}
