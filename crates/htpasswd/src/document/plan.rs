//! Computes the splices of edits in one pass over the lines of a file.
//!
//! The caller passes each line to [`Plan::look_at`] and then calls [`Plan::finish`]. A plan holds no lines, so it also
//! works for files that do not fit into memory. A plan must leave the bytes of other users unchanged.

use std::borrow::Cow;

use super::edits::{Edits, disabled};
use super::findings::{Findings, Found};
use super::joining::Joining;
use super::line::{BYTE_ORDER_MARK, Head, Line};
use super::patch::Splice;

/// The splices and findings so far.
pub(crate) struct Plan<'e> {
    edits: &'e Edits,
    /// One entry for each edit.
    found: Vec<Found>,
    /// The users without an edit who are removed, each once; `None` if such users stay.
    pruned: Option<Edits>,
    splices: Vec<Splice<'e>>,
    first_invalid_line: Option<usize>,
    /// The end of the lines at the start of the file that are all removed.
    gone: usize,
    last_line: LastLine,
    /// True if an untouched record as the next line leaves the plan as it is. [`Plan::look_closely_at`] sets it.
    is_idle: bool,
    /// The joined lines of the old file.
    old: Joining,
    /// The joined lines of the new file.
    new: Joining,
}

/// The end of the last line so far.
#[derive(Default, PartialEq)]
struct LastLine {
    /// The newline that is missing between the last line and a new one.
    missing_end: &'static [u8],
    /// True if the last newline was preceded by a carriage return.
    crlf: bool,
    updated: bool,
}

impl Edits {
    pub(crate) fn plan(&self) -> Plan<'_> {
        Plan {
            edits: self,
            found: vec![Found::default(); self.len()],
            pruned: self.prunes.then(Edits::new),
            splices: Vec::new(),
            first_invalid_line: None,
            gone: 0,
            last_line: LastLine::default(),
            is_idle: false,
            old: Joining::default(),
            new: Joining::default(),
        }
    }
}

impl<'e> Plan<'e> {
    /// Plans the edit of the next line of the file.
    ///
    /// Nearly all lines of a long file are records of users without an edit. After most lines, such a record does not
    /// change the plan.
    #[inline]
    pub(crate) fn look_at(&mut self, line: &Line<'_>) {
        if !self.is_idle || !self.is_untouched(line) {
            self.look_closely_at(line);
        }
    }

    /// Returns true for a record of a user without an edit, if there is neither a carriage return nor a backslash before
    /// its newline.
    #[inline]
    fn is_untouched(&self, line: &Line<'_>) -> bool {
        matches!(line.bytes, [.., before, b'\n'] if !matches!(before, b'\\' | b'\r'))
            && matches!(line.head(), Head::Record { user } if self.edits.find(user).is_none())
    }

    /// Plans the edit of any line.
    #[inline(never)]
    fn look_closely_at(&mut self, line: &Line<'_>) {
        self.last_line.end_with(line.bytes);
        let was_joined = self.old.is_open();
        self.old.add(line.bytes);
        match line.head() {
            Head::Blank | Head::Comment => self.new.add(line.bytes),
            Head::Invalid => {
                self.first_invalid_line = self.first_invalid_line.or(Some(line.number));
                self.new.add(line.bytes);
            }
            Head::Record { user } => match (self.edits.find(user), &mut self.pruned) {
                (Some(place), _) => self.edit(place, line, user),
                (None, Some(pruned)) => {
                    pruned.remove(user);
                    self.drop_line(line);
                }
                (None, None) => {
                    // A record that httpd already joined with the line before it stays as it was.
                    if !was_joined {
                        self.part(line);
                    }
                    self.new.add(line.bytes);
                }
            },
        }
        if self.gone == line.start && line.bytes.starts_with(BYTE_ORDER_MARK) {
            // All lines before this one are removed, and this one begins with a byte order mark. Inside the file, the
            // mark is a part of the user name. At the start of the file, it would be ignored, and a removed user could
            // log in again with the hash of this record. A blank line before the mark keeps the mark inside the file.
            if let Some(last) = self.splices.last_mut() {
                last.text = b"\n".as_slice().into();
            }
        }
        self.is_idle = !self.old.is_open()
            && !self.new.is_open()
            && self.pruned.is_none()
            && self.gone != line.end()
            && self.last_line == LastLine::default();
    }

    fn edit(&mut self, place: usize, line: &Line<'_>, user: &[u8]) {
        let found = &mut self.found[place];
        found.lines += 1;
        let (old, _) = line.replaced_by(user, b"");
        let Some(hash) = self.edits.new_hash(place, old) else {
            found.changed = true;
            self.drop_line(line);
            return;
        };
        let (old, range) = line.replaced_by(user, &hash);
        let is_other = old != &*hash;
        found.changed |= is_other;
        found.disabled |= disabled(&hash).is_some() && disabled(old).is_some();
        if self.part(line) {
            self.found[place].changed = true;
        }
        if is_other {
            // Only a backslash at the end of a line joins the line with the next one. No hash ends with a backslash, so
            // only the text after the hash matters.
            self.new.add(&line.bytes[range.end - line.start..]);
            self.splices.push(Splice { range, text: hash });
            self.last_line.updated = true;
        } else {
            self.new.add(line.bytes);
        }
    }

    /// Inserts blank lines before a line that httpd would join with the line before it. Returns true if it inserted
    /// any.
    fn part(&mut self, line: &Line<'_>) -> bool {
        let blank_lines = self.new.close(self.last_line.style());
        let was_joined = !blank_lines.is_empty();
        if was_joined {
            self.splices.push(Splice { range: line.start..line.start, text: blank_lines.into() });
        }
        was_joined
    }

    fn drop_line(&mut self, line: &Line<'_>) {
        self.splices.push(Splice { range: line.start..line.end(), text: [].as_slice().into() });
        if line.start == self.gone {
            self.gone = line.end();
        }
        self.last_line.missing_end = b"";
    }

    /// The number of the first invalid record so far. The first line has the number 1.
    pub(crate) fn first_invalid_line(&self) -> Option<usize> {
        self.first_invalid_line
    }

    /// Ends the plan after the last line of a file of this length. Returns the findings, and splices that are in order
    /// and do not overlap.
    pub(crate) fn finish(mut self, length: usize) -> (Findings<'e>, Vec<Splice<'e>>) {
        let Edits { text, users, .. } = self.edits;
        let new = || {
            let edits = users.iter().zip(&self.found);
            edits.filter(|(_, found)| found.lines == 0).filter_map(|(edit, _)| edit.line(text))
        };
        let new_length = new().map(<[u8]>::len).sum::<usize>();
        let is_edited = self.last_line.updated || new_length > 0;
        let missing_end = if is_edited { self.last_line.missing_end } else { b"" };
        let blank_lines = if new_length > 0 { self.new.close(self.last_line.style()) } else { Vec::new() };
        let text = if missing_end.is_empty() && blank_lines.is_empty() && new_length == text.len() {
            Cow::Borrowed(text.as_slice())
        } else {
            let mut some = Vec::with_capacity(missing_end.len() + blank_lines.len() + new_length);
            some.extend_from_slice(missing_end);
            some.extend_from_slice(&blank_lines);
            new().for_each(|line| some.extend_from_slice(line));
            some.into()
        };
        if !text.is_empty() {
            self.splices.push(Splice { range: length..length, text });
        }
        (Findings { edits: self.edits, found: self.found, pruned: self.pruned }, self.splices)
    }
}

impl LastLine {
    fn end_with(&mut self, line: &[u8]) {
        self.updated = false;
        match line {
            [.., b'\n'] => {
                self.crlf = line.ends_with(b"\r\n");
                self.missing_end = b"";
            }
            [.., b'\r'] => self.missing_end = b"\n",
            _ => self.missing_end = self.style(),
        }
    }

    /// The newline of this file, with or without a carriage return.
    fn style(&self) -> &'static [u8] {
        if self.crlf { b"\r\n" } else { b"\n" }
    }
}
