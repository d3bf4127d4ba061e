//! Findings about the text around the hashes: white space, line ends, backslashes and user names.
//!
//! [`check`](super::check) calls each method once per line, in the order of the lines. The `hash` module judges the
//! hashes.

use memchr::memchr;

use super::{FindingKind, Findings, Place};
use crate::characters::{self, is_invisible, is_trimmed, trim_end};
use crate::document::{BYTE_ORDER_MARK, Content, Document, Line, Record, trim_start};
use crate::servers::Server;

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
        let text = &text[..text.len() - returns];
        if memchr(b'\r', trim_start(text)).is_some() {
            self.push(number, None, FindingKind::StrayCarriageReturn);
        }
        if memchr(0, text).is_some() {
            self.push(number, None, FindingKind::Nul);
        }
        self.check_joining(line, text.ends_with(b"\\"));
        if line.content() == Content::Invalid {
            self.push(number, None, FindingKind::NoColon);
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
        if trim_start(line.bytes()).len() < line.bytes().len() {
            push(FindingKind::LeadingSpace);
        }
        if user.last().is_some_and(u8::is_ascii_whitespace) {
            push(FindingKind::SpaceAfterName);
        }
        check_name(user, server, &mut push);
        let trimmed = hash.trim_ascii();
        if !trimmed.is_empty() {
            if hash.trim_ascii_start().len() < hash.len() {
                push(FindingKind::SpaceBeforeHash);
            }
            if hash.trim_ascii_end().len() < hash.len() {
                push(FindingKind::TrailingSpace);
            }
        }
        let end = line.hash_range(record).end - line.start;
        if line.bytes().get(end) == Some(&b':') {
            push(FindingKind::MoreFields);
        }
        if let Place::Later { first, last, .. } = place {
            push(FindingKind::Duplicate { first, last });
        }
        if place.counts_for(self.server) {
            super::hash::judge(trimmed, server, |kind| self.push(line.number(), Some(user), kind));
        }
    }
}
