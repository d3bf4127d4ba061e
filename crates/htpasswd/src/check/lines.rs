//! What stands around the hashes.

use memchr::memchr;

use super::{FindingKind, Findings, Place};
use crate::document::{BYTE_ORDER_MARK, Content, Document, Line, Record, trim_start};

/// What Apache's own tool handles as one line, in bytes without the line feed.
pub(super) const TOOL_LINE: usize = 255;

impl<'a> Findings<'a> {
    /// The first line of all may stand behind a byte order mark.
    pub(super) fn look_at_mark(&mut self, document: &'a Document, line: &Line<'a>) {
        if document.as_bytes().starts_with(BYTE_ORDER_MARK) {
            let user = line.record().map(|record| record.user);
            self.push(line.number(), user, FindingKind::ByteOrderMark { hides_user: user.is_some() });
        }
    }

    /// What any line may have, a comment too.
    pub(super) fn look_at_line(&mut self, line: &Line<'a>) {
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
        if text.ends_with(b"\\") {
            self.push(number, None, FindingKind::Backslash);
        }
        if line.content() == Content::Invalid {
            self.push(number, None, FindingKind::NoColon);
        }
    }

    pub(super) fn look_at_record(&mut self, line: &Line<'a>, record: Record<'a>, place: Place) {
        let Record { user, hash } = record;
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
        let trimmed = hash.trim_ascii();
        if !trimmed.is_empty() {
            if hash.trim_ascii_start().len() < hash.len() {
                push(FindingKind::SpaceBeforeHash);
            }
            if hash.trim_ascii_end().len() < hash.len() {
                push(FindingKind::TrailingSpace);
            }
        }
        let behind = line.hash_range(record).end - line.start;
        if line.bytes().get(behind) == Some(&b':') {
            push(FindingKind::MoreFields);
        }
        if let Place::Later { first, last, .. } = place {
            push(FindingKind::Duplicate { first, last });
        }
        if place.counts_for(self.server) {
            let server = self.server;
            super::hash::judge(trimmed, server, |kind| self.push(line.number(), Some(user), kind));
        }
    }
}
