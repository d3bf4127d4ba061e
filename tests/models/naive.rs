//! The naive model of a password file: a list of lines. It is slow and simple, so that a reader can check it. It must
//! not call the library.

use std::collections::BTreeSet;

use crate::inputs::{Edit, Edits};

pub(crate) const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    marked: bool,
    lines: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Blank,
    Comment,
    Invalid,
    /// The indentation, the user name, the hash, and the rest of the line.
    Record([Vec<u8>; 4]),
}

/// The numbers of users that a batch of edits adds, updates, leaves unchanged and removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) added: usize,
    pub(crate) updated: usize,
    pub(crate) unchanged: usize,
    pub(crate) removed: usize,
    /// The number of records of the edited users before the edits.
    pub(crate) lines: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Repairs {
    pub(crate) byte_order_mark: bool,
    pub(crate) carriage_returns: usize,
    pub(crate) duplicates: usize,
    pub(crate) final_newline: bool,
}

pub(crate) fn kind(line: &[u8]) -> Kind {
    let blanks = line.iter().take_while(|byte| b" \t\n\x0b\x0c\r".contains(byte)).count();
    let (indent, text) = line.split_at(blanks);
    if text.is_empty() {
        return Kind::Blank;
    }
    if text[0] == b'#' {
        return Kind::Comment;
    }
    let Some(colon) = text.iter().position(|&byte| byte == b':') else { return Kind::Invalid };
    let (user, field) = (&text[..colon], &text[colon + 1..]);
    let end = field.iter().position(|byte| b":\r\n\0".contains(byte)).unwrap_or(field.len());
    Kind::Record([indent, user, &field[..end], &field[end..]].map(<[u8]>::to_vec))
}

/// Returns true if httpd joins the next line to the last of these lines. The code follows httpd's
/// `ap_cfg_getline_core`, which collects a line in one C buffer.
fn joins_next(lines: &[Vec<u8>]) -> bool {
    let mut buffer: Vec<u8> = Vec::new();
    let mut joins = false;
    for line in lines {
        if !joins {
            buffer.clear();
        }
        joins = false;
        buffer.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            // A line without a newline gets one before another line is added.
            buffer.push(b'\n');
        }
        if line.contains(&0) {
            continue;
        }
        buffer.pop();
        if buffer.ends_with(b"\r") {
            buffer.pop();
        }
        if buffer.ends_with(b"\\") {
            buffer.pop();
            joins = true;
        }
    }
    joins
}

impl Text {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let rest = bytes.strip_prefix(MARK);
        let lines = rest.unwrap_or(bytes).split_inclusive(|&byte| byte == b'\n');
        Self { marked: rest.is_some(), lines: lines.map(<[u8]>::to_vec).collect() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mark = if self.marked { MARK } else { b"" };
        [mark, &self.lines.concat()].concat()
    }

    pub(crate) fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    /// Returns the user name and the hash of each record.
    pub(crate) fn records(&self) -> impl DoubleEndedIterator<Item = (Vec<u8>, Vec<u8>)> {
        self.lines.iter().filter_map(|line| match kind(line) {
            Kind::Record([_, user, hash, _]) => Some((user, hash)),
            _ => None,
        })
    }

    pub(crate) fn users(&self) -> BTreeSet<Vec<u8>> {
        self.records().map(|(user, _)| user).collect()
    }

    /// Returns the hash of the user's first record.
    pub(crate) fn get(&self, user: &[u8]) -> Option<Vec<u8>> {
        self.records().find(|(other, _)| other == user).map(|(_, hash)| hash)
    }

    pub(crate) fn first_invalid_line(&self) -> Option<usize> {
        self.lines.iter().position(|line| kind(line) == Kind::Invalid).map(|index| index + 1)
    }

    pub(crate) fn apply(&mut self, edits: &Edits) -> Counts {
        let old = std::mem::take(&mut self.lines);
        let named = edits.in_force();
        let is_named = |user: &[u8]| named.iter().any(|edit| edit.user() == user);
        // As Apache's tool does, the library adds a missing newline to the last line. The library adds CRLF if the
        // previous line ends with CRLF.
        let line_ending: &[u8] =
            if old.iter().rev().nth(1).is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
        let missing_end = |line: &[u8]| match line.last() {
            None | Some(b'\n') => b"",
            Some(b'\r') => b"\n".as_slice(),
            Some(_) => line_ending,
        };

        // httpd must not join a record to the line before it if an edit sets the record, or if the record was a line of
        // its own before the edits.
        let mut separated = BTreeSet::new();

        let mut first = None;
        for (index, line) in old.iter().enumerate() {
            if let Kind::Record([_, user, ..]) = kind(line) {
                let edit = named.iter().find(|edit| edit.user() == user);
                let stays = edit.map_or(!edits.prune, |edit| matches!(edit, Edit::Set(..)));
                if stays && (edit.is_some() || !joins_next(&old[..index])) && joins_next(&self.lines) {
                    self.separate();
                    separated.insert(user);
                }
            }
            let new = match kind(line) {
                Kind::Record([indent, user, hash, rest]) => {
                    match named.iter().find(|edit| edit.user() == user) {
                        None if edits.prune => continue,
                        None => line.clone(),
                        Some(Edit::Remove(_)) => continue,
                        Some(Edit::Set(_, new)) if edits.hash_in_place_of(&hash, new) == hash => line.clone(),
                        Some(Edit::Set(_, new)) => {
                            let new = edits.hash_in_place_of(&hash, new);
                            let line = [&indent[..], &user, b":", &new, &rest].concat();
                            let end = missing_end(&line);
                            [&line[..], end].concat()
                        }
                    }
                }
                _ => line.clone(),
            };
            first = first.or(Some(index));
            self.lines.push(new);
        }
        // If a line becomes the first line, its first bytes must not become a byte order mark of the file.
        if !self.marked && first > Some(0) && self.lines[0].starts_with(MARK) {
            self.lines.insert(0, b"\n".to_vec());
        }

        let before = Self { marked: false, lines: old };
        let mut counts = Counts::default();
        for edit in &named {
            let hashes: Vec<_> =
                before.records().filter(|(user, _)| user == edit.user()).map(|(_, hash)| hash).collect();
            counts.lines += hashes.len();
            match edit {
                Edit::Remove(_) => counts.removed += usize::from(!hashes.is_empty()),
                Edit::Set(user, hash) if hashes.is_empty() => {
                    counts.added += 1;
                    if let Some(last) = self.lines.last_mut() {
                        last.extend_from_slice(missing_end(&last.clone()));
                        self.separate();
                    }
                    self.lines.push([user, ":", hash, "\n"].concat().into_bytes());
                }
                Edit::Set(user, hash)
                    if separated.contains(user.as_bytes())
                        || hashes.iter().any(|other| edits.hash_in_place_of(other, hash) != *other) =>
                {
                    counts.updated += 1;
                }
                Edit::Set(..) => counts.unchanged += 1,
            }
        }
        if edits.prune {
            counts.removed += before.users().iter().filter(|user| !is_named(user)).count();
        }
        counts
    }

    /// Adds blank lines, with the line ending of the last line, until httpd no longer joins the next line to the last
    /// line.
    fn separate(&mut self) {
        while joins_next(&self.lines) {
            let is_crlf = self.lines.last().is_some_and(|line| line.ends_with(b"\r\n"));
            self.lines.push(if is_crlf { b"\r\n".to_vec() } else { b"\n".to_vec() });
        }
    }

    pub(crate) fn repair(&mut self) -> Repairs {
        let mut repairs = Repairs { byte_order_mark: self.has_removable_mark(), ..Repairs::default() };
        self.marked &= !repairs.byte_order_mark;
        for line in &mut self.lines {
            if line.pop_if(|byte| *byte == b'\n').is_none() {
                repairs.final_newline = true;
            }
            if line.ends_with(b"\r") && !line.ends_with(b"\r\r") && !line.contains(&0) {
                line.pop();
                repairs.carriage_returns += 1;
            }
            line.push(b'\n');
        }
        let odd = |line: &Vec<u8>| {
            let odd_name = match kind(line) {
                Kind::Record([_, user, ..]) => {
                    // Invalid UTF-8 does not count as white space.
                    let name = String::from_utf8_lossy(&user);
                    name.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
                        != name
                }
                _ => false,
            };
            odd_name || line.contains(&0) || line.ends_with(b"\\\n")
        };
        if self.marked || self.lines.iter().any(odd) {
            return repairs;
        }
        let mut left: Vec<Vec<u8>> = Vec::new();
        for line in &self.lines {
            let user = |line: &[u8]| match kind(line) {
                Kind::Record([_, user, ..]) => Some(user),
                _ => None,
            };
            let before =
                user(line).and_then(|name| left.iter().rfind(|other| user(other).as_ref() == Some(&name)));
            if before == Some(line) {
                repairs.duplicates += 1;
            } else {
                left.push(line.clone());
            }
        }
        self.lines = left;
        repairs
    }

    fn has_removable_mark(&self) -> bool {
        let Some(first) = self.lines.first() else { return self.marked };
        if !self.marked || first.starts_with(MARK) {
            return false;
        }
        let Kind::Record([_, name, ..]) = kind(first) else { return true };
        let without_end = |line: &[u8]| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            line.strip_suffix(b"\r").unwrap_or(line).to_vec()
        };
        self.lines.iter().all(|line| match kind(line) {
            Kind::Record([_, user, ..]) if user == name => without_end(line) == without_end(first),
            Kind::Record([_, user, ..]) => user != [MARK, &name].concat(),
            _ => true,
        })
    }
}
