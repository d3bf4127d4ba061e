//! Checks a password file: users who cannot log in, text that servers read differently, and weak hashes.
//!
//! [`check`] reads a [`Document`] and returns its [`Finding`]s. `line` finds problems of lines and names, `hash` judges
//! hashes, `finding` grades them, and `message` writes their sentences. This module never changes a document, and a
//! finding never contains a hash.

mod cause;
mod finding;
mod hash;
mod line;
mod message;
mod names;
#[cfg(feature = "serde")]
mod serialize;
mod user;

use std::collections::{BTreeMap, BTreeSet};

pub use self::finding::{Finding, FindingKind, Severity};
pub use self::user::{UsedRecord, used_records};

use crate::document::{BYTE_ORDER_MARK, Content, Document, Joining, Line, Lines, Seen, Table, trim_start};
use crate::servers::{Duplicates, FileRules, Impact, Server, Trim};

/// Returns all findings about a password file, in the order of its lines.
///
/// With a server, the findings are those that concern this server: how it reads the file, and whether it reads the
/// hashes. Without a server, text that servers read differently is an error if it does harm with more than half of the
/// servers, and a warning otherwise. If the server reads no password file, [`FindingKind::NotRead`] is the only finding.
///
/// The check makes a few passes over the text. It needs 11 to 21 bytes of memory per line and about 70 bytes per
/// finding in addition to the text, or about 100 bytes per line if the server removes white space from a user name.
///
/// ```
/// use htpasswd::hash::Scheme;
/// use htpasswd::lint::{FindingKind, Severity, check};
/// use htpasswd::servers::Server;
/// use htpasswd::Document;
///
/// let document = Document::parse(b"alice:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n");
/// let findings = check(&document, Server::named("registry"));
/// assert_eq!(findings.len(), 1);
/// assert_eq!((findings[0].line, findings[0].severity), (1, Severity::Error));
/// assert_eq!(findings[0].kind, FindingKind::Unreadable(Scheme::Apr1));
/// assert_eq!(findings[0].to_string(), "registry does not read apr1; it reads bcrypt");
///
/// // Apache httpd reads the hash, so the user can log in. The scheme is weak.
/// let findings = check(&document, Server::named("httpd"));
/// assert_eq!(findings[0].kind, FindingKind::Weak(Scheme::Apr1));
/// ```
#[must_use]
pub fn check<'a>(document: &'a Document, server: Option<&'static Server>) -> Vec<Finding<'a>> {
    if server.is_some_and(|server| server.file.is_none()) {
        let kind = FindingKind::NotRead;
        return vec![Finding { line: 1, user: None, severity: Severity::Error, kind, server }];
    }
    check_lines(document, server)
}

fn check_lines<'a>(document: &'a Document, server: Option<&'static Server>) -> Vec<Finding<'a>> {
    if document.utf16().is_some() {
        // All findings about the lines would be wrong or misleading.
        let (line, user, severity, kind) = (1, None, Severity::Error, FindingKind::Utf16);
        return vec![Finding { line, user, severity, kind, server }];
    }
    let mut repeats = DuplicateRecords::of(document, server);
    let mut findings = Findings::new(server);
    let mut last = None;
    let mut carriage_returns: Option<(usize, usize)> = None;
    let mut records = 0_usize;
    let mut last_record = 0;
    for line in document.lines() {
        if line.number() == 1 {
            findings.check_mark(document, &line);
        }
        if line.bytes().ends_with(b"\r\n") {
            carriage_returns.get_or_insert((line.number(), 0)).1 += 1;
        }
        findings.check_line(&line);
        if let Content::Record(record) = line.content() {
            records += 1;
            last_record = line.number();
            let place = repeats.place(&line);
            findings.check_record(&line, record, place);
        }
        last = Some(line);
    }
    findings.report_backslash(false);
    if let Some((number, lines)) = carriage_returns {
        findings.push(number, None, FindingKind::CarriageReturns { lines });
    }
    match last {
        Some(line) if !line.bytes().ends_with(b"\n") => {
            findings.push(line.number(), None, FindingKind::NoFinalLineFeed);
        }
        _ => {}
    }
    if records == 0 {
        findings.push(last.map_or(1, |line| line.number()), None, FindingKind::NoUsers);
    }
    findings.forget_equal_fields();
    findings.forget_unread_rest(last_record);
    findings.found.sort_by_key(|finding| finding.line);
    findings.found
}

/// Returns all findings of [`check`] for each of the servers, in the order of the lines. A finding that has the same
/// sentence for several servers is there once.
///
/// ```
/// use htpasswd::lint::check_for;
/// use htpasswd::servers::ServerSet;
/// use htpasswd::Document;
///
/// let document = Document::parse("alice:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n");
/// let servers = ServerSet::named("nginx,registry")?;
/// let messages: Vec<_> = check_for(&document, servers.as_slice()).iter().map(ToString::to_string).collect();
/// assert_eq!(messages, ["apr1 is weak", "registry does not read apr1; it reads bcrypt"]);
/// # Ok::<(), htpasswd::servers::UnknownServer>(())
/// ```
#[must_use]
pub fn check_for<'a>(document: &'a Document, servers: &[&'static Server]) -> Vec<Finding<'a>> {
    for_each(document, servers, check)
}

/// Returns the findings of [`check_for`] for a Secret of Kubernetes in which each key is a user and each value is the
/// user's hash. The document has a record for each key. A server that reads only such Secrets has no
/// [`FindingKind::NotRead`].
///
/// ```
/// use htpasswd::lint::{FindingKind, check_for, check_user_keys};
/// use htpasswd::servers::ServerSet;
/// use htpasswd::Document;
///
/// let document = Document::parse("alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
/// let servers = ServerSet::named("haproxytech")?;
/// assert_eq!(check_for(&document, servers.as_slice())[0].kind, FindingKind::NotRead);
/// assert!(matches!(check_user_keys(&document, servers.as_slice())[0].kind, FindingKind::Unreadable(_)));
/// # Ok::<(), htpasswd::servers::UnknownServer>(())
/// ```
#[must_use]
pub fn check_user_keys<'a>(document: &'a Document, servers: &[&'static Server]) -> Vec<Finding<'a>> {
    for_each(document, servers, |document, server| match server {
        Some(reader) if reader.reads_user_keys => check_lines(document, server),
        _ => check(document, server),
    })
}

fn for_each<'a>(
    document: &'a Document,
    servers: &[&'static Server],
    check: impl Fn(&'a Document, Option<&'static Server>) -> Vec<Finding<'a>>,
) -> Vec<Finding<'a>> {
    match servers {
        [] => return check(document, None),
        [server] => return check(document, Some(server)),
        _ => {}
    }
    let mut seen = BTreeSet::new();
    let all = servers.iter().flat_map(|server| check(document, Some(server)));
    let mut findings: Vec<_> =
        all.filter(|finding| seen.insert((finding.line, finding.kind.name(), finding.to_string()))).collect();
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// The findings so far, and the state that the next line needs.
struct Findings<'a> {
    server: Option<&'static Server>,
    found: Vec<Finding<'a>>,
    /// Tracks whether httpd joins the next line to the lines so far.
    joining: Joining,
    /// The number of the last line that ends in a backslash, until the check knows whether a record follows it.
    backslash: Option<usize>,
    /// The number of fields of the first line with records; `None` before that line.
    fields: Option<usize>,
    /// True if a line has another number of fields.
    fields_differ: bool,
}

impl<'a> Findings<'a> {
    fn new(server: Option<&'static Server>) -> Self {
        let joining = Joining::default();
        Self { server, found: Vec::new(), joining, backslash: None, fields: None, fields_differ: false }
    }

    /// Removes the findings about lines after which the server ignores all users, if no user comes after them. A record
    /// in a long line is ignored too.
    fn forget_unread_rest(&mut self, last_record: usize) {
        let rules = self.server.and_then(|server| server.file.as_ref());
        self.found.retain(|finding| {
            let ignores_rest =
                rules.and_then(|rules| finding.kind.impact(rules)) == Some(Impact::RestIgnored);
            let first_lost = finding.line + usize::from(finding.kind == FindingKind::Nul);
            !ignores_rest || first_lost <= last_record
        });
    }

    /// Removes the findings about further fields if they have no effect, because all records have the same number of
    /// fields.
    fn forget_equal_fields(&mut self) {
        let rules = self.server.and_then(|server| server.file.as_ref());
        if rules.is_some_and(|rules| rules.equal_fields) && !self.fields_differ {
            self.found.retain(|finding| finding.kind != FindingKind::MoreFields);
        }
    }

    /// Returns true if the server rejects the whole file for such a record.
    fn rejects_file(&self, kind: FindingKind) -> bool {
        self.server.is_some_and(|server| {
            let impact = server.file.as_ref().and_then(|rules| kind.impact(rules));
            impact.unwrap_or(server.unreadable) == Impact::FileRejected
        })
    }

    /// Adds a finding if it concerns the server. A record without a user name has no user to harm, so a finding about
    /// such a record counts only if the server rejects the whole file for it.
    fn push(&mut self, line: usize, user: Option<&'a [u8]>, kind: FindingKind) {
        if user.is_some_and(<[u8]>::is_empty) && kind != FindingKind::NoUser && !self.rejects_file(kind) {
            return;
        }
        if let Some(severity) = finding::severity(kind, self.server) {
            self.found.push(Finding { line, user, severity, kind, server: self.server });
        }
    }
}

/// The place of a record among all records of its user.
#[derive(Clone, Copy)]
enum Place {
    /// The user has no other record.
    Only,
    First,
    /// `first` and `last` are the lines of the user's first and last record.
    Later {
        first: usize,
        last: usize,
        is_last: bool,
    },
}

impl Place {
    /// Returns true if the server uses this record. Without a server, any record can be used.
    fn counts_for(self, server: Option<&Server>) -> bool {
        let rules = server.and_then(|server| server.file.as_ref());
        match (self, rules.map(|rules| rules.duplicates)) {
            (Self::Only, _) | (_, None | Some(Duplicates::Refused | Duplicates::Any)) => true,
            (place, Some(Duplicates::First)) => matches!(place, Self::First),
            (place, Some(Duplicates::Last)) => matches!(place, Self::Later { is_last: true, .. }),
        }
    }
}

/// The records of users who have several records. The caller must call [`place`](Self::place) for the records in the
/// order of the file.
struct DuplicateRecords {
    /// The start of a user's first record, and the line numbers of the user's first and last record.
    users: BTreeMap<usize, (usize, usize)>,
    /// All records except first ones: their line numbers, and the start of the user's first record.
    later: std::iter::Peekable<std::vec::IntoIter<(usize, usize)>>,
}

impl DuplicateRecords {
    fn of(document: &Document, server: Option<&Server>) -> Self {
        let is_hidden = hidden(document, server);
        let trims = trims(server);
        if document.records().any(|record| trims.name(record.user) != record.user) {
            return Self::as_read(document, trims, is_hidden);
        }
        let mut users = BTreeMap::new();
        let mut later = Vec::new();
        // Maps the start of a hidden first record to the start of the next record with the same name for the server.
        let mut instead = BTreeMap::new();
        Table::new(document, |seen| {
            let Seen::Record { line, first: Some(first) } = seen else { return };
            let start = line.start;
            if is_hidden(start) {
                return;
            }
            let first = if is_hidden(first) { *instead.entry(first).or_insert(start) } else { first };
            if first != start {
                users.insert(first, (0, line.number()));
                later.push((line.number(), first));
            }
        });
        Self { users, later: later.into_iter().peekable() }
    }

    /// Groups the records by the user names as the server reads them, with white space removed.
    fn as_read(document: &Document, trims: Trim, is_hidden: impl Fn(usize) -> bool) -> Self {
        let mut records: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in document.lines().filter(|line| !is_hidden(line.start)) {
            if let Some(record) = line.record() {
                records.entry(trims.name(record.user)).or_default().push((line.number(), line.start));
            }
        }
        let mut users = BTreeMap::new();
        let mut later = Vec::new();
        for records in records.values() {
            if let [(_, first), others @ .., (last, _)] = records.as_slice() {
                users.insert(*first, (0, *last));
                later.extend(others.iter().map(|(number, _)| (*number, *first)));
                later.push((*last, *first));
            }
        }
        later.sort_unstable();
        Self { users, later: later.into_iter().peekable() }
    }

    fn place(&mut self, line: &Line<'_>) -> Place {
        if self.users.is_empty() {
            return Place::Only;
        }
        if let Some(user) = self.users.get_mut(&line.start) {
            user.0 = line.number();
            return Place::First;
        }
        match self.later.next_if(|&(number, _)| number == line.number()) {
            Some((number, start)) => {
                let (first, last) = self.users.get(&start).copied().unwrap_or_default();
                Place::Later { first, last, is_last: number == last }
            }
            None => Place::Only,
        }
    }
}

/// The white space that the server removes from user names.
fn trims(server: Option<&Server>) -> Trim {
    server.and_then(|server| server.file.as_ref()).map_or(Trim::Nothing, |rules| rules.trims)
}

/// Returns a test for records, by their start, whose name the server reads with the white space or the byte order mark
/// before it, and for records that the server ignores. Such a record is no duplicate of another record for the server.
fn hidden<'d>(document: &'d Document, server: Option<&'d Server>) -> impl Fn(usize) -> bool + 'd {
    let rules = server.and_then(|server| server.file.as_ref());
    let spaces = rules.is_some_and(|rules| rules.leading_space != Impact::None);
    let mark = rules.is_some_and(|rules| rules.byte_order_mark != Impact::None);
    let ignores_empty = rules.is_some_and(|rules| rules.empty_hash == Impact::None);
    let bytes = document.as_bytes();
    move |start| {
        let is_marked = start == BYTE_ORDER_MARK.len() && bytes.starts_with(BYTE_ORDER_MARK);
        let is_indented = || bytes.get(start..).is_some_and(|line| is_indented(line, rules));
        let is_empty = || {
            let line = bytes.get(start..).and_then(|rest| Lines::new(rest).next());
            line.is_some_and(|line| line.record().is_some_and(|record| line.real_hash(record).is_empty()))
        };
        (mark && is_marked) || (spaces && is_indented()) || (ignores_empty && is_empty())
    }
}

/// Returns true if a line starts with white space that the server does not ignore: a carriage return ends a line before
/// the name, or is ignored before the name.
fn is_indented(line: &[u8], rules: Option<&FileRules>) -> bool {
    let mut space = &line[..line.len() - trim_start(line).len()];
    if rules.is_some_and(|rules| rules.returns_end_lines) {
        space = space.rsplit(|&byte| byte == b'\r').next().unwrap_or_default();
    }
    if rules.is_some_and(|rules| rules.trims == Trim::CarriageReturn) {
        let returns = space.iter().take_while(|&&byte| byte == b'\r').count();
        space = &space[returns..];
    }
    !space.is_empty()
}

#[cfg(test)]
mod tests;
