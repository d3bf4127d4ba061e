//! What edits come to: splices over the bytes of a file, found in one pass over its lines.

use std::borrow::Cow;

use super::edits::Edits;
use super::findings::{Findings, Found};
use super::joining::Joining;
use super::line::{BYTE_ORDER_MARK, Head, Line};
use super::patch::Splice;

/// What edits come to, line by line.
pub(crate) struct Plan<'e> {
    edits: &'e Edits,
    /// One for each edit.
    found: Vec<Found>,
    /// Who goes without having been named, each once; `None` if nobody does.
    pruned: Option<Edits>,
    splices: Vec<Splice<'e>>,
    first_invalid_line: Option<usize>,
    /// How far everything from the start of the file on goes.
    gone: usize,
    last_line: LastLine,
    /// The lines as they are.
    old: Joining,
    /// The lines as they are to be.
    new: Joining,
}

/// What is known of the end of the file.
#[derive(Default)]
struct LastLine {
    /// What has to stand between the last line and a new one.
    missing_end: &'static [u8],
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
            old: Joining::default(),
            new: Joining::default(),
        }
    }
}

impl<'e> Plan<'e> {
    /// Takes the next line of the file.
    pub(crate) fn look_at(&mut self, line: &Line<'_>) {
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
                    // Only one that loses the line between: others are as they were.
                    if !was_joined {
                        self.part(line);
                    }
                    self.new.add(line.bytes);
                }
            },
        }
        if self.gone == line.start && line.bytes.starts_with(BYTE_ORDER_MARK) {
            // Within the file it belongs to the user's name; in front it would not, and who is deleted would be
            // back with the hash of a namesake. A blank line keeps it from there.
            if let Some(last) = self.splices.last_mut() {
                last.text = b"\n".as_slice().into();
            }
        }
    }

    fn edit(&mut self, place: usize, line: &Line<'_>, user: &[u8]) {
        let found = &mut self.found[place];
        found.lines += 1;
        let Some(hash) = self.edits.users[place].hash(&self.edits.text) else {
            found.changed = true;
            self.drop_line(line);
            return;
        };
        let (old, range) = line.replaced_by(user, hash);
        let is_other = old != hash;
        found.changed |= is_other;
        if self.part(line) {
            self.found[place].changed = true;
        }
        if is_other {
            // What was taken away of the line has no say any more, and no hash ends in a backslash.
            self.new.add(&line.bytes[range.end - line.start..]);
            self.splices.push(Splice { range, text: hash.into() });
            self.last_line.updated = true;
        } else {
            self.new.add(line.bytes);
        }
    }

    /// Keeps a line that would be joined with the one before from that; says whether it would.
    #[inline]
    fn part(&mut self, line: &Line<'_>) -> bool {
        self.new.is_open() && self.part_joined(line)
    }

    #[cold]
    fn part_joined(&mut self, line: &Line<'_>) -> bool {
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

    /// The first line so far that is neither blank, comment nor record, counted from 1.
    pub(crate) fn first_invalid_line(&self) -> Option<usize> {
        self.first_invalid_line
    }

    /// After the last line of a file of this length: splices that are in order and do not overlap.
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

    /// How lines end here.
    fn style(&self) -> &'static [u8] {
        if self.crlf { b"\r\n" } else { b"\n" }
    }
}
