//! The part of the model that reads and edits the lines of a password file by the rules of each program.

use super::model::{Dialect, Rows};

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A line as a program reads it. Apache's tool splits a long line into several lines.
pub(super) struct Line {
    indent: Vec<u8>,
    pub(super) kind: Kind,
    raw: Vec<u8>,
}

pub(super) enum Kind {
    /// A blank line or a comment.
    Nothing,
    Invalid,
    Record {
        user: Vec<u8>,
        hash: Vec<u8>,
        /// The fields after the hash, and the newline.
        rest: Vec<u8>,
    },
}

pub(super) struct File {
    /// True if this program skips a byte order mark at the start.
    mark: bool,
    dialect: Dialect,
    pub(super) lines: Vec<Line>,
}

fn is_blank(byte: u8) -> bool {
    b" \t\n\x0b\x0c\r".contains(&byte)
}

impl File {
    pub(super) fn read(bytes: &[u8], dialect: Dialect) -> Self {
        let mark = dialect == Dialect::Ours && bytes.starts_with(MARK);
        let bytes = if mark { &bytes[MARK.len()..] } else { bytes };
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        let lines: Vec<Vec<u8>> = match dialect {
            Dialect::Ours => lines.map(<[u8]>::to_vec).collect(),
            Dialect::Apache => lines
                .flat_map(|line| line.chunks(255))
                .map(|piece| piece.split(|&byte| byte == 0).next().unwrap().to_vec())
                .collect(),
        };
        Self { mark, dialect, lines: lines.into_iter().map(|raw| Line::read(raw, dialect)).collect() }
    }

    pub(super) fn records(&self, user: &[u8]) -> usize {
        self.lines.iter().filter(|line| line.is_of(user)).count()
    }

    pub(super) fn others(&self, user: &[u8]) -> usize {
        let is_record = |line: &&Line| matches!(line.kind, Kind::Record { .. });
        self.lines.iter().filter(is_record).count() - self.records(user)
    }

    /// The number of records of the user before the first invalid line, or `None` without such a line.
    pub(super) fn records_before_invalid(&self, user: &[u8]) -> Option<usize> {
        let at = self.lines.iter().position(|line| matches!(line.kind, Kind::Invalid))?;
        Some(self.lines[..at].iter().filter(|line| line.is_of(user)).count())
    }

    fn write(&self, lines: &[Vec<u8>]) -> Vec<u8> {
        [if self.mark { MARK } else { b"" }, &lines.concat()].concat()
    }

    /// The content of the file after the program has deleted the records of the user.
    pub(super) fn without(&self, user: &[u8], rows: &mut Rows) -> Vec<u8> {
        let raws: Vec<_> = self.lines.iter().map(|line| line.raw.clone()).collect();
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for (at, line) in self.lines.iter().enumerate().filter(|(_, line)| !line.is_of(user)) {
            // A line that httpd reads as a record must stay a record.
            if matches!(line.kind, Kind::Record { .. }) && !joins_next(&raws[..at]) {
                self.separate(&mut kept, rows);
            }
            kept.push(line.raw.clone());
        }
        let moved = self.lines.first().is_some_and(|line| line.is_of(user));
        let mut bytes = self.write(&kept);
        if self.dialect == Dialect::Ours && !self.mark && moved && bytes.starts_with(MARK) {
            // U+FEFF in the new first line must not become a byte order mark.
            bytes.insert(0, b'\n');
        }
        bytes
    }

    /// Adds blank lines until httpd does not join the next line to the last line. Apache's tool adds no such lines.
    /// Each blank line has the newline of the line before it.
    fn separate(&self, lines: &mut Vec<Vec<u8>>, rows: &mut Rows) {
        while self.dialect == Dialect::Ours && joins_next(lines) {
            rows.insert("D52");
            let is_crlf = lines.last().is_some_and(|line| line.ends_with(b"\r\n"));
            lines.push(if is_crlf { b"\r\n".to_vec() } else { b"\n".to_vec() });
        }
    }

    /// The content of the file after the program has set this hash for the user.
    pub(super) fn with(&self, user: &[u8], hash: &[u8], rows: &mut Rows) -> Vec<u8> {
        let record = [user, b":", hash, b"\n"].concat();
        let mut lines: Vec<_> = self.lines.iter().map(|line| line.raw.clone()).collect();
        let before_last = lines.iter().rev().nth(1);
        let style: &[u8] =
            if before_last.is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
        let missing_newline = |line: &[u8]| match line.last() {
            None | Some(b'\n') => b"",
            Some(b'\r') => b"\n".as_slice(),
            Some(_) => style,
        };
        for (raw, line) in lines.iter_mut().zip(&self.lines) {
            match &line.kind {
                Kind::Record { user: other, .. } if other != user => {}
                Kind::Record { .. } if self.dialect == Dialect::Apache => raw.clone_from(&record),
                Kind::Record { hash: old, rest, .. } if old != hash => {
                    let colons = hash.split(|&byte| byte == b':').count() - 1;
                    *raw = [&line.indent, user, b":", hash, without_fields(rest, colons)].concat();
                    raw.extend_from_slice(missing_newline(&raw.clone()));
                }
                _ => {}
            }
        }
        let mut separated = Vec::new();
        for (at, raw) in lines.into_iter().enumerate() {
            if self.lines[at].is_of(user) {
                self.separate(&mut separated, rows);
            }
            separated.push(raw);
        }
        let mut lines = separated;
        if self.records(user) == 0 {
            if let (Some(last), Dialect::Ours) = (lines.last_mut(), self.dialect) {
                last.extend_from_slice(missing_newline(&last.clone()));
                self.separate(&mut lines, rows);
            }
            lines.push(record);
        }
        self.write(&lines)
    }
}

/// Returns true if httpd joins the next line to the last of these lines.
fn joins_next(lines: &[Vec<u8>]) -> bool {
    let mut text: Vec<u8> = Vec::new();
    let mut joins = false;
    for line in lines {
        if !joins {
            text.clear();
        }
        text.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        let end = text.strip_suffix(b"\r").unwrap_or(&text).len();
        joins = !line.contains(&0) && text[..end].ends_with(b"\\");
        text.truncate(end - usize::from(joins));
    }
    joins
}

impl Line {
    fn read(raw: Vec<u8>, dialect: Dialect) -> Self {
        let blanks = raw.iter().take_while(|byte| is_blank(**byte)).count();
        let text = &raw[blanks..];
        let kind = match (text.first(), text.iter().position(|&byte| byte == b':')) {
            (None | Some(b'#'), _) => Kind::Nothing,
            (_, None) => Kind::Invalid,
            (_, Some(colon)) => {
                let (user, field) = (text[..colon].to_vec(), &text[colon + 1..]);
                let ends: &[u8] = if dialect == Dialect::Apache { b"\r\n" } else { b":\r\n\0" };
                let end = field.iter().position(|byte| ends.contains(byte)).unwrap_or(field.len());
                Kind::Record { user, hash: field[..end].to_vec(), rest: field[end..].to_vec() }
            }
        };
        Self { indent: raw[..blanks].to_vec(), kind, raw }
    }

    fn is_of(&self, name: &[u8]) -> bool {
        matches!(&self.kind, Kind::Record { user, .. } if user == name)
    }
}

/// Removes `count` fields from the rest of a record. An update to a plain-text password with colons replaces one more
/// field for each colon.
fn without_fields(rest: &[u8], count: usize) -> &[u8] {
    let mut rest = rest;
    for _ in 0..count {
        if rest.first() != Some(&b':') {
            break;
        }
        let end = rest[1..].iter().position(|byte| b":\r\n\0".contains(byte)).map_or(rest.len(), |at| at + 1);
        rest = &rest[end..];
    }
    rest
}

/// Adds the rows of `docs/compatibility.md` that describe unusual lines of this file, and an update of this user in
/// it.
pub(super) fn rows_of(bytes: &[u8], user: &[u8], updates: bool, rows: &mut Rows) {
    let ours = File::read(bytes, Dialect::Ours);
    if bytes.split_inclusive(|&byte| byte == b'\n').any(|line| line.len() > 255) {
        rows.insert("D04");
    }
    if bytes.contains(&0) {
        rows.insert("D05");
    }
    if ours.mark || ours.lines.iter().any(|line| line.raw.starts_with(MARK)) {
        rows.insert("D34");
    }
    for line in ours.lines.iter().filter(|line| line.is_of(user)) {
        let Kind::Record { rest, .. } = &line.kind else { continue };
        if rest.starts_with(b":") {
            rows.insert("D32");
        }
        // Both programs add a missing newline to the last line. Apache's tool adds LF. This program repeats the
        // newline of the previous line.
        let ends_with_newline = line.raw.ends_with(b"\n");
        if updates && (!line.indent.is_empty() || rest.contains(&b'\r') || !ends_with_newline) {
            rows.insert("D33");
        }
    }
}
