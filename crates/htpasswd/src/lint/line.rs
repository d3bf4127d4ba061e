//! Findings about the text around the hashes: white space, line ends, backslashes and user names.
//!
//! [`check`](super::check) calls each method once per line, in the order of the lines. The `hash` module judges the
//! hashes.

use memchr::{memchr, memchr_iter};

use super::hash::rejects_empty;
use super::{FindingKind, Findings, Place, cause, is_indented};
use crate::characters::{self, is_invisible, is_trimmed, trim_end};
use crate::document::{BYTE_ORDER_MARK, Content, Document, Line, Record, trim_start};
use crate::hash::{PasswordHash, Scheme};
use crate::servers::{EmptyField, FileRules, Impact, Server, Trim};

/// The longest line that Apache's htpasswd handles as one line, in bytes without the newline.
pub(super) const TOOL_LINE: usize = 255;

/// Finds invisible characters in a user name, and white space beyond ASCII that servers remove from it. NUL, carriage
/// returns and ASCII white space at the end are excluded, because other kinds of findings cover them.
fn check_name(user: &[u8], server: Option<&Server>, mut push: impl FnMut(FindingKind)) {
    if user.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let read = match server {
        None => trim_end(characters::trim_start(user, is_trimmed), is_trimmed),
        Some(_) => super::trims(server).name(user),
    };
    let beyond_ascii = |name: &[u8]| name.iter().filter(|byte| !byte.is_ascii()).count();
    if beyond_ascii(read) < beyond_ascii(user) {
        push(FindingKind::TrimmedName);
    }
    let is_found = |character| is_invisible(character) && !matches!(character, '\0' | '\r');
    if read.trim_ascii_end().utf8_chunks().any(|chunk| chunk.valid().contains(is_found)) {
        push(FindingKind::InvisibleCharacter);
    }
}

impl<'a> Findings<'a> {
    /// Checks whether a byte order mark precedes the first line.
    pub(super) fn check_mark(&mut self, document: &'a Document, line: &Line<'a>) {
        if document.as_bytes().starts_with(BYTE_ORDER_MARK) {
            let user = line.record().map(|record| record.user);
            self.push(line.number(), user, FindingKind::ByteOrderMark { hides_user: user.is_some() });
        }
    }

    /// Checks for problems that any line can have, even a comment.
    pub(super) fn check_line(&mut self, line: &Line<'a>) {
        let (number, bytes) = (line.number(), line.bytes());
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if text.len() > TOOL_LINE {
            self.push(number, None, FindingKind::LongLine { bytes: text.len() });
        }
        let returns = text.iter().rev().take_while(|&&byte| byte == b'\r').count();
        let is_record = matches!(line.content(), Content::Record(_));
        let is_ignored =
            line.record().is_some_and(|record| super::hash::ignores_tail(record.hash, self.server));
        if returns > 1
            && is_record
            && !is_ignored
            && self.rules().is_some_and(|rules| rules.repeated_return != Impact::None)
        {
            self.push(number, None, FindingKind::StrayCarriageReturn);
        }
        let text = &text[..text.len() - returns];
        self.check_split(number, text);
        let keeps_return =
            returns > 1 && self.rules().is_some_and(|rules| rules.repeated_return != Impact::None);
        self.check_lines_without_record(line, if keeps_return { bytes } else { text });
        if memchr(b'\r', trim_start(text)).is_some() {
            self.push(number, None, FindingKind::StrayCarriageReturn);
            self.check_lines_after_returns(number, text);
        }
        let nul_in_name = line.record().is_some_and(|record| memchr(0, record.user).is_some());
        let rejects_user = self.rules().is_some_and(|rules| rules.nul == Impact::UserRejected);
        if memchr(0, text).is_some() && (!rejects_user || is_record && (nul_in_name || !is_ignored)) {
            self.push(number, None, FindingKind::Nul);
        }
        self.check_joining(line, text.ends_with(b"\\"));
        let trims = self
            .rules()
            .is_some_and(|rules| matches!(rules.trims, Trim::Line | Trim::Name) || rules.returns_end_lines);
        let is_blank = trims && characters::trim_start(text, char::is_whitespace).is_empty();
        if line.content() == Content::Invalid && is_blank {
            self.push(number, None, FindingKind::BlankLine);
        } else if line.content() == Content::Invalid {
            let cause = cause::of_invalid_line(text.trim_ascii());
            self.push(number, None, cause.unwrap_or(FindingKind::NoColon));
        }
    }

    fn rules(&self) -> Option<&'static FileRules> {
        self.server.and_then(|server| server.file.as_ref())
    }

    /// Checks for a record that a server reads from the middle of a long line.
    fn check_split(&mut self, number: usize, text: &[u8]) {
        let servers = self.server.map_or(Server::ALL, std::slice::from_ref);
        let lengths = servers.iter().filter_map(|server| server.file.as_ref()?.splits_lines);
        for after in lengths {
            // Colons before the name are skipped, and a name without a hash is no record.
            let rest = text.get(after..).unwrap_or_default();
            let name = rest.iter().take_while(|&&byte| byte == b':').count();
            let mut fields = rest[name..].split(|&byte| byte == b':').skip(1);
            if fields.any(|field| !field.is_empty()) {
                self.push(number, None, FindingKind::SplitLine { after });
            }
        }
    }

    /// Checks empty lines and comments, and counts the fields of other lines.
    fn check_lines_without_record(&mut self, line: &Line<'a>, text: &[u8]) {
        let colons = memchr_iter(b':', text).count();
        let kind = match line.content() {
            Content::Blank if text.is_empty() => FindingKind::EmptyLine,
            Content::Blank => FindingKind::BlankLine,
            Content::Comment if text.starts_with(b"#") => FindingKind::Comment,
            Content::Comment => FindingKind::IndentedComment,
            Content::Record(_) | Content::Invalid => {
                self.fields_differ |= *self.fields.get_or_insert(colons) != colons;
                return;
            }
        };
        let rules = self.rules();
        // A reader of CSV takes such a comment with one colon for a record.
        let is_record = rules.is_some_and(|rules| rules.quotation_mark != Impact::None) && colons == 1;
        if !(kind == FindingKind::IndentedComment && is_record) {
            self.push(line.number(), None, kind);
        }
        if rules.is_some_and(|rules| rules.decodes_lines) && str::from_utf8(text).is_err() {
            self.push(line.number(), None, FindingKind::NotUtf8);
        }
    }

    /// Checks the text after each carriage return, if the server reads it as a line.
    fn check_lines_after_returns(&mut self, number: usize, text: &[u8]) {
        if !self.rules().is_some_and(|rules| rules.returns_end_lines) {
            return;
        }
        for line in text.split(|&byte| byte == b'\r').skip(1) {
            let start = trim_start(line);
            if start.is_empty() || start.starts_with(b"#") {
                continue;
            }
            match memchr(b':', line) {
                None => self.push(number, None, FindingKind::NoColon),
                Some(0) => self.push(number, None, FindingKind::NoUser),
                Some(colon) if colon + 1 == line.len() => self.push(number, None, FindingKind::EmptyHash),
                Some(_) => {}
            }
        }
    }

    fn check_joining(&mut self, line: &Line<'a>, ends_in_backslash: bool) {
        if self.joining.is_open() && matches!(line.content(), Content::Record(_)) {
            self.report_backslash(true);
        }
        self.joining.add(line.bytes());
        if ends_in_backslash || !self.joining.is_open() {
            self.report_backslash(false);
        }
        if ends_in_backslash {
            self.backslash = Some(line.number());
        }
    }

    /// Reports the last line that ends in a backslash, unless it is reported already.
    pub(super) fn report_backslash(&mut self, hides_user: bool) {
        if let Some(number) = self.backslash.take() {
            self.push(number, None, FindingKind::Backslash { hides_user });
        }
    }

    pub(super) fn check_record(&mut self, line: &Line<'a>, record: Record<'a>, place: Place) {
        let Record { user, hash } = record;
        let server = self.server;
        let mut push = |kind| self.push(line.number(), Some(user), kind);
        if user.is_empty() {
            push(FindingKind::NoUser);
        }
        let rules = server.and_then(|server| server.file.as_ref());
        if is_indented(line.bytes(), rules) {
            push(FindingKind::LeadingSpace);
        }
        if user.last().is_some_and(u8::is_ascii_whitespace) {
            push(FindingKind::SpaceAfterName);
        }
        if memchr(0, user).is_some() {
            push(FindingKind::NulInName);
        }
        let text = line.bytes().trim_ascii_end();
        let decoded = if rules.is_some_and(|rules| rules.decodes_lines) { text } else { user };
        if str::from_utf8(decoded).is_err() {
            push(FindingKind::NotUtf8);
        }
        if memchr(b'"', text).is_some() {
            push(FindingKind::QuotationMark);
        }
        if rules.is_some_and(|rules| !user.is_empty() && !rules.names.accepts(rules.trims.name(user))) {
            push(FindingKind::NameNotAccepted);
        }
        // A server that removes the mark from names reads the name after it.
        let is_marked = user.starts_with(BYTE_ORDER_MARK)
            && rules.is_none_or(|rules| rules.byte_order_mark != Impact::None);
        if is_marked {
            push(FindingKind::InnerByteOrderMark);
        }
        let shown = if is_marked { &user[BYTE_ORDER_MARK.len()..] } else { user };
        check_name(shown, server, &mut push);
        // No server reads the text after a carriage return or a NUL.
        let read = text.split(|byte| matches!(byte, b'\r' | 0)).next().unwrap_or_default();
        if let Some(cause) = cause::of_record(read.trim_ascii()) {
            push(cause);
            // The other causes make the hash unreadable, so further findings about it would only mislead.
            if cause != FindingKind::PrefixedName {
                let rejects = rules.is_some_and(|rules| rules.more_fields == Impact::FileRejected);
                if rejects && memchr_iter(b':', read).count() > 1 {
                    push(FindingKind::MoreFields);
                }
                if let Place::Later { first, last, .. } = place {
                    push(FindingKind::Duplicate { first, last });
                }
                return;
            }
        }
        let field = rules.map_or(EmptyField::IsHash, |rules| rules.empty_field);
        let is_skipped = hash.is_empty() && field != EmptyField::IsHash && !line.real_hash(record).is_empty();
        let hash = if is_skipped { line.real_hash(record) } else { hash };
        if is_skipped {
            push(FindingKind::EmptyField);
        }
        let trimmed = hash.trim_ascii();
        // A server that removes white space before a hash removes all of Unicode's White_Space.
        let trims = rules.is_some_and(|rules| rules.space_before_hash == Impact::None);
        let trimmed = if trims { characters::trim_start(trimmed, char::is_whitespace) } else { trimmed };
        let ignores_tail = super::hash::ignores_tail(trimmed, server);
        if !trimmed.is_empty() {
            if hash.trim_ascii_start().len() < hash.len() {
                push(FindingKind::SpaceBeforeHash);
            }
            let is_stripped = rules.is_some_and(|rules| rules.strips_other_hashes)
                && PasswordHash::parse(trimmed).is_ok_and(|hash| hash.scheme() != Scheme::Bcrypt);
            if hash.trim_ascii_end().len() < hash.len() && !ignores_tail && !is_stripped {
                push(FindingKind::TrailingSpace);
            }
        }
        let end = line.hash_range(record).end - line.start;
        let is_lost = rules.is_none_or(|rules| rules.more_fields != Impact::UserRejected) || !ignores_tail;
        let rejects = rules.is_some_and(|rules| rules.more_fields == Impact::FileRejected);
        let has_more = line.bytes().get(end) == Some(&b':');
        // Such a server counts the colons after a NUL or a carriage return too.
        if (has_more && is_lost && !is_skipped) || (rejects && memchr_iter(b':', text).count() > 1) {
            push(FindingKind::MoreFields);
        }
        // A server that removes white space only at the end of the line keeps it before a further field.
        let keeps = rules.is_some_and(|rules| {
            rules.trailing_space == Impact::None && rules.space_before_hash != Impact::None
        });
        let trimmed =
            if has_more && keeps && !ignores_tail && !is_skipped { hash.trim_ascii_start() } else { trimmed };
        if let Place::Later { first, last, .. } = place {
            push(FindingKind::Duplicate { first, last });
        }
        if is_skipped && field == EmptyField::BeforePlainText {
            self.push(line.number(), Some(user), FindingKind::Weak(Scheme::Plain));
        } else if hash.is_empty() && matches!(line.bytes().get(end), Some(b':' | 0)) && rejects_empty(server)
        {
            // Such a server rejects a record only if nothing follows the name.
        } else if place.counts_for(self.server) {
            super::hash::judge(trimmed, server, |kind| self.push(line.number(), Some(user), kind));
        }
    }
}
