//! The view that a server has of one user: the records that it uses, and the findings that prevent a login.
//!
//! [`used_records`] and [`Finding::rejects`] answer why one user cannot log in. They apply the rules that
//! [`check`](super::check) applies to all lines, and must agree with it.

use super::finding::readers;
use super::hash::with_ignored_tail;
use super::{Finding, FindingKind, Severity, hidden, trims};
use crate::characters;
use crate::document::{Document, Line, Record};
use crate::servers::{Duplicates, EmptyField, Impact, Server};

/// A record that a server uses when a user logs in.
///
/// ```
/// use htpasswd::lint::{UsedRecord, used_records};
/// use htpasswd::servers::Server;
/// use htpasswd::Document;
///
/// let document = Document::parse("bob:x\nbob:y\n");
/// let registry = Server::named("registry").ok_or("no such server")?;
/// let UsedRecord { line, hash, .. } = used_records(&document, b"bob", registry)[0];
/// assert_eq!((line, hash), (2, &b"y"[..]));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UsedRecord<'a> {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The hash as the server reads it, for [`PasswordHash::parse`](crate::PasswordHash::parse).
    pub hash: &'a [u8],
}

/// Shows no hash.
impl std::fmt::Debug for UsedRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsedRecord").field("line", &self.line).finish_non_exhaustive()
    }
}

/// Returns the records that the server uses for this user, in the order of their lines.
///
/// Most servers use the first or the last record of a user. Some try all records. The list is empty if the server finds
/// no record of this user, for example because it reads white space before the name as a part of the name. A server can
/// still reject a record in the list; [`Finding::rejects`] says whether it does.
///
/// ```
/// use htpasswd::lint::used_records;
/// use htpasswd::servers::Server;
/// use htpasswd::Document;
///
/// let document = Document::parse("bob:x\n carol:y\nbob:z\n");
/// let lines = |server, user: &str| {
///     let server = Server::named(server)?;
///     Some(used_records(&document, user.as_bytes(), server).iter().map(|record| record.line).collect::<Vec<_>>())
/// };
/// assert_eq!((lines("nginx", "bob"), lines("registry", "bob")), (Some(vec![1]), Some(vec![3])));
/// assert_eq!((lines("nginx", "carol"), lines("registry", "carol")), (Some(vec![]), Some(vec![2])));
/// ```
#[must_use]
pub fn used_records<'a>(document: &'a Document, user: &[u8], server: &Server) -> Vec<UsedRecord<'a>> {
    if document.utf16().is_some() {
        return Vec::new();
    }
    let (is_hidden, trims) = (hidden(document, Some(server)), trims(Some(server)));
    let records = document.lines().filter_map(|line| {
        let record = line.record().filter(|record| trims.name(record.user) == user)?;
        let hash = hash_as_read(&line, record, server);
        (!is_hidden(line.start)).then_some(UsedRecord { line: line.number(), hash })
    });
    let mut records: Vec<_> = records.collect();
    // A Secret with one key for each user has one record for each user.
    match server.file.as_ref().map_or(Duplicates::First, |rules| rules.duplicates) {
        Duplicates::First => records.truncate(1),
        Duplicates::Last => records.drain(..records.len().saturating_sub(1)).for_each(drop),
        Duplicates::Any | Duplicates::Refused => {}
    }
    records
}

/// The hash without the text around it that the server ignores.
fn hash_as_read<'a>(line: &Line<'a>, record: Record<'a>, server: &Server) -> &'a [u8] {
    let rules = server.file.as_ref();
    let skips = rules.is_some_and(|rules| rules.empty_field == EmptyField::Skipped);
    let hash = if skips { line.real_hash(record) } else { record.hash };
    let hash = hash.trim_ascii();
    let trims = rules.is_some_and(|rules| rules.space_before_hash == Impact::None);
    let hash = if trims { characters::trim_start(hash, char::is_whitespace) } else { hash };
    with_ignored_tail(hash, server).unwrap_or(hash)
}

impl Finding<'_> {
    /// Returns true if the server rejects the user of the record in this line because of the finding. Without a server,
    /// returns true if one of the most common servers rejects the user.
    ///
    /// The finding can be about another line, if the server rejects the whole file or ignores the lines after it.
    ///
    /// ```
    /// use htpasswd::lint::check;
    /// use htpasswd::servers::Server;
    /// use htpasswd::Document;
    ///
    /// let document = Document::parse("bob:$2y$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\nno colon\n");
    /// let bob = document.lines().next().ok_or("no line")?;
    /// let rejects = |server| check(&document, Server::named(server)).iter().any(|finding| finding.rejects(&bob));
    /// assert!(rejects("registry") && !rejects("nginx"));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn rejects(&self, line: &Line<'_>) -> bool {
        match self.server {
            Some(server) => self.severity == Severity::Error && self.rejects_for(server, line),
            None => readers().any(|(server, _)| self.rejects_for(server, line)),
        }
    }

    fn rejects_for(&self, server: &Server, line: &Line<'_>) -> bool {
        let is_own = match self.kind {
            // The finding is about the first line of many.
            FindingKind::CarriageReturns { .. } => line.bytes().ends_with(b"\r\n"),
            _ => self.line == line.number(),
        };
        let rules = server.file.as_ref();
        let impact = rules.and_then(|rules| self.kind.impact(rules));
        match self.kind {
            // These two stall the server, or concern the record of another user on the same line.
            FindingKind::HighCost { .. } | FindingKind::SplitLine { .. } => false,
            FindingKind::NotRead | FindingKind::Utf16 => true,
            FindingKind::Duplicate { .. } => {
                let refuses = rules.is_some_and(|rules| rules.duplicates == Duplicates::Refused);
                refuses && (is_own || self.server.is_some())
            }
            _ => match impact {
                Some(Impact::None) => false,
                Some(Impact::UserRejected) => is_own,
                Some(Impact::LineMerged) => self.line + 1 == line.number(),
                Some(Impact::RestIgnored) => {
                    let is_lost = matches!(self.kind, FindingKind::LongLine { .. }) && is_own;
                    is_lost || self.line < line.number()
                }
                Some(Impact::FileRejected) => is_own || self.severity == Severity::Error,
                None if self.is_about_hash() => {
                    is_own || self.server.is_some() && server.unreadable == Impact::FileRejected
                }
                None => is_own && self.severity == Severity::Error,
            },
        }
    }

    /// Returns true if the server cannot read the hash.
    fn is_about_hash(&self) -> bool {
        matches!(
            self.kind,
            FindingKind::UnknownHash
                | FindingKind::MalformedHash
                | FindingKind::Unreadable(_)
                | FindingKind::UnreadablePrefix(_)
                | FindingKind::HexMd5
                | FindingKind::LostDollar
                | FindingKind::DoubledDollar
                | FindingKind::Quoted
                | FindingKind::TwoRecords
                | FindingKind::HtdigestRecord
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const BCRYPT: &str = "$2y$10$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
    const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

    /// The lines of the records that the server uses, each with the kinds of findings that reject it.
    fn view(text: impl AsRef<[u8]>, user: &str, server: &str) -> Vec<(usize, Vec<&'static str>)> {
        let document = Document::parse(text.as_ref());
        let server = Server::named(server).unwrap();
        let findings = check(&document, Some(server));
        let lines: Vec<_> = document.lines().collect();
        let used = used_records(&document, user.as_bytes(), server);
        let rejecting = |line: usize| {
            let rejecting = findings.iter().filter(|finding| finding.rejects(&lines[line - 1]));
            rejecting.map(|finding| finding.kind.name()).collect()
        };
        used.iter().map(|record| (record.line, rejecting(record.line))).collect()
    }

    /// Returns true if a finding without a server rejects the user of this line.
    fn is_rejected(text: &str, number: usize) -> bool {
        let document = Document::parse(text);
        let line = document.lines().nth(number - 1).unwrap();
        check(&document, None).iter().any(|finding| finding.rejects(&line))
    }

    #[test]
    fn each_server_uses_its_own_record_of_a_user() {
        let text = format!("a:{BCRYPT}\nb:{BCRYPT}\na:{BCRYPT}\na:{BCRYPT}\n");
        for (server, lines) in
            [("nginx", vec![1]), ("registry", vec![4]), ("haproxy", vec![1]), ("envoy", vec![1, 3, 4])]
        {
            let used: Vec<_> = view(&text, "a", server).iter().map(|(line, _)| *line).collect();
            assert_eq!(used, lines, "{server}");
        }
        assert_eq!(view(&text, "c", "nginx"), []);
        assert_eq!(view(&text, "b", "registry"), [(2, vec![])]);
    }

    #[test]
    fn names_are_compared_as_the_server_reads_them() {
        let text = format!("\u{a0}a:{BCRYPT}\n b:{BCRYPT}\nc:\nc:{BCRYPT}\n");
        assert_eq!(view(&text, "a", "registry")[0].0, 1);
        assert_eq!(view(&text, "a", "nginx"), []);
        assert_eq!(view(&text, "b", "nginx"), []);
        assert_eq!(view(&text, "b", "registry"), [(2, vec![])]);
        assert_eq!(view(&text, "c", "squid"), [(4, vec![])]);
        assert_eq!(view(&text, "c", "nginx")[0], (3, vec!["empty-hash"]));
    }

    #[test]
    fn the_hash_is_the_text_that_the_server_reads() {
        let hash = |text: &str, server: &str| {
            let document = Document::parse(text);
            let used = used_records(&document, b"a", Server::named(server).unwrap());
            String::from_utf8(used[0].hash.to_vec()).unwrap()
        };
        assert_eq!(hash(&format!("a: {BCRYPT}  :x\n"), "nginx"), BCRYPT);
        assert_eq!(hash(&format!("a::{SHA1}\n"), "squid"), SHA1);
        assert_eq!(hash(&format!("a::{SHA1}\n"), "nginx"), "");
        assert_eq!(hash(&format!("a:{BCRYPT}tail\n"), "registry"), BCRYPT);
        assert_eq!(hash(&format!("a:{BCRYPT}tail\n"), "nginx"), format!("{BCRYPT}tail"));
        assert_eq!(hash(&format!("a:\u{a0}{BCRYPT}\n"), "nginx"), format!("\u{a0}{BCRYPT}"));
    }

    #[test]
    fn a_finding_rejects_only_the_users_whom_it_harms() {
        let apr1 = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
        let text = format!("a:{apr1}\nb:{BCRYPT}\n");
        assert_eq!(view(&text, "a", "registry"), [(1, vec!["unreadable-scheme"])]);
        assert_eq!(view(&text, "b", "registry"), [(2, vec![])]);
        // Envoy rejects a file with such a record.
        let text = format!("a:{SHA1}\nb:{BCRYPT}\n");
        assert_eq!(view(&text, "a", "envoy"), [(1, vec!["unreadable-scheme"])]);
        assert_eq!(view(&text, "b", "nginx"), [(2, vec![])]);
    }

    #[test]
    fn a_rejected_file_rejects_every_user() {
        let text = format!("a:{SHA1}\nb:{SHA1}\nb:{SHA1}\n");
        assert_eq!(view(&text, "a", "envoy"), [(1, vec!["duplicate"])]);
        assert_eq!(view(&text, "a", "nginx"), [(1, vec![])]);
        let text = format!("a:{BCRYPT}\nno colon\n");
        assert_eq!(view(&text, "a", "registry"), [(1, vec!["no-colon"])]);
        assert_eq!(view(&text, "a", "nginx"), [(1, vec![])]);
        assert_eq!(view(&text, "a", "caddy"), [(1, vec!["not-read"])]);
    }

    #[test]
    fn lines_after_a_lost_line_are_lost() {
        let long = "x".repeat(9000);
        let text = format!("a:{BCRYPT}\n#{long}\nb:{BCRYPT}\n");
        assert_eq!(view(&text, "a", "httpd"), [(1, vec![])]);
        assert_eq!(view(&text, "b", "httpd"), [(3, vec!["long-line"])]);
        let text = format!("a:{BCRYPT}:{long}\nb:{BCRYPT}\n");
        assert_eq!(view(&text, "a", "httpd"), [(1, vec!["long-line"])]);
        let text = format!("# x\\\na:{BCRYPT}\nb:{BCRYPT}\n");
        assert_eq!(view(&text, "a", "httpd"), [(2, vec!["backslash"])]);
        assert_eq!(view(&text, "b", "httpd"), [(3, vec![])]);
    }

    #[test]
    fn crlf_concerns_each_line_that_ends_in_it() {
        let text = format!("a:{BCRYPT}\r\nb:{BCRYPT}\r\nc:{BCRYPT}\n");
        let rejecting = Server::ALL.iter().filter(|server| {
            server.file.as_ref().is_some_and(|rules| rules.carriage_return == Impact::UserRejected)
        });
        let mut seen = 0;
        for server in rejecting {
            seen += 1;
            assert!(view(&text, "b", server.name)[0].1.contains(&"crlf"), "{server}");
            assert!(!view(&text, "c", server.name)[0].1.contains(&"crlf"), "{server}");
        }
        assert!(seen > 0);
    }

    #[test]
    fn an_expensive_hash_is_read() {
        let text = format!("a:{}\n", BCRYPT.replace("$10$", "$31$"));
        assert!(
            check(&Document::parse(&*text), None).iter().any(|finding| finding.kind.name() == "high-cost")
        );
        assert_eq!(view(&text, "a", "nginx"), [(1, vec![])]);
    }

    #[test]
    fn without_a_server_some_common_server_rejects_the_user() {
        assert!(is_rejected(&format!("a:{BCRYPT}\nno colon\n"), 1));
        assert!(is_rejected("a:x\n", 1));
        assert!(!is_rejected(&format!("a:x\nb:{BCRYPT}\n"), 2));
        assert!(!is_rejected(&format!("a:{SHA1}\n"), 1));
        assert!(!is_rejected(&format!("a:{SHA1}\nb:{SHA1}\nb:{SHA1}\n"), 1));
        assert!(is_rejected(&format!("a:{SHA1}\nb:{SHA1}\nb:{SHA1}\n"), 3));
    }

    #[test]
    fn no_server_reads_utf_16() {
        let text: Vec<u8> = "\u{feff}a:x\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let document = Document::parse(text);
        assert_eq!(used_records(&document, b"a", &Server::ALL[0]), []);
        let line = document.lines().next().unwrap();
        assert!(check(&document, None)[0].rejects(&line));
    }

    #[test]
    fn debug_output_has_no_hash() {
        let document = Document::parse("a:geheim\n");
        let used = used_records(&document, b"a", &Server::ALL[0]);
        assert_eq!(format!("{used:?}"), "[UsedRecord { line: 1, .. }]");
    }
}
