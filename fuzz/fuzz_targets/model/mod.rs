//! The naive model of a password file: a list of lines. It is slow and simple, and it must not call the library.

const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone)]
pub struct Model {
    pub bytes: Vec<u8>,
}

impl Model {
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec() }
    }

    /// Returns the byte order mark, which may be empty, and the lines with their newlines.
    fn parts(&self) -> (&[u8], Vec<&[u8]>) {
        let (mark, text) = self.bytes.split_at(if self.bytes.starts_with(MARK) { 3 } else { 0 });
        (mark, text.split_inclusive(|byte| *byte == b'\n').collect())
    }

    pub fn records(&self) -> Vec<(&[u8], &[u8])> {
        let records = self.parts().1.into_iter().filter_map(split);
        records.map(|(user, field)| (user, &field[..end_of(field, 1)])).collect()
    }

    pub fn first_invalid_line(&self) -> Option<usize> {
        let is_invalid = |line: &&[u8]| {
            let text = &line[indent(line)..];
            !text.is_empty() && text[0] != b'#' && !text.contains(&b':')
        };
        self.parts().1.iter().position(is_invalid).map(|place| place + 1)
    }

    /// Sets the hash of each of these users, or removes the user if there is no hash. If `prunes` is true, all
    /// other users are removed.
    pub fn apply(&mut self, edits: &[(Vec<u8>, Option<&[u8]>)], prunes: bool) {
        let (mark, lines) = self.parts();
        let mut new: Vec<Vec<u8>> = Vec::new();
        let mut seen = vec![false; edits.len()];
        let mut has_lost_its_start = false;
        let mut updates_the_last = false;
        for (place, line) in lines.iter().enumerate() {
            let mut line = line.to_vec();
            updates_the_last = false;
            let edit = split(lines[place]).map(|(user, _)| edits.iter().find(|(named, _)| named == user));
            // httpd must find each record that the edits set, and each record that it found before the edits.
            let is_to_be_seen = match edit {
                Some(Some((_, hash))) => hash.is_some(),
                Some(None) => !prunes && !joins_next(&lines[..place]),
                None => false,
            };
            while is_to_be_seen && joins_next(&new) {
                new.push(blank_after(&new));
            }
            if let Some((user, _)) = split(lines[place]) {
                match edits.iter().position(|(named, _)| named == user) {
                    Some(named) => {
                        seen[named] = true;
                        match edits[named].1 {
                            Some(hash) => updates_the_last = update(&mut line, hash),
                            None => line.clear(),
                        }
                    }
                    None if prunes => line.clear(),
                    None => {}
                }
            }
            if line.is_empty() {
                has_lost_its_start |= new.is_empty();
                continue;
            }
            // The first bytes of the line must not become a byte order mark of the file.
            if new.is_empty() && has_lost_its_start && mark.is_empty() && line.starts_with(MARK) {
                new.push(b"\n".to_vec());
            }
            new.push(line);
        }
        let added: Vec<_> = edits.iter().zip(seen).filter(|(_, seen)| !seen).collect();
        let added: Vec<_> =
            added.into_iter().filter_map(|((user, hash), _)| Some((user, (*hash)?))).collect();
        let ends_open = lines.last().is_some_and(|line| !line.ends_with(b"\n"));
        let last_stays = lines.last().zip(new.last()).is_some_and(|_| ends_open)
            && new.last().is_some_and(|line| !line.ends_with(b"\n"));
        if last_stays && (updates_the_last || !added.is_empty()) {
            let crlf = lines.len() > 1 && lines[lines.len() - 2].ends_with(b"\r\n");
            let last = new.last_mut().unwrap();
            let end: &[u8] = if crlf && !last.ends_with(b"\r") { b"\r\n" } else { b"\n" };
            last.extend_from_slice(end);
        }
        while !added.is_empty() && joins_next(&new) {
            new.push(blank_after(&new));
        }
        for (user, hash) in added {
            new.push([user, &b":"[..], hash, b"\n"].concat());
        }
        self.bytes = [mark, &new.concat()].concat();
    }

    /// Asserts that a repair changes no user's first and last hash, and no line that is not a record.
    pub fn is_repaired_as(&self, repaired: &Self) {
        let (before, after) = (self.records(), repaired.records());
        for (user, _) in before.iter().take(50) {
            let of = |records: &[(&[u8], &[u8])]| -> Vec<Vec<u8>> {
                records.iter().filter(|record| record.0 == *user).map(|record| record.1.to_vec()).collect()
            };
            let (before, after) = (of(&before), of(&after));
            assert_eq!(before.first(), after.first());
            assert_eq!(before.last(), after.last());
            assert!(after.len() <= before.len());
        }
        let others = |model: &Self| -> Vec<Vec<u8>> {
            let lines = model.parts().1.into_iter().filter(|line| split(line).is_none());
            lines.map(|line| line.trim_ascii_end().to_vec()).collect()
        };
        assert_eq!(others(self), others(repaired));
        assert!(repaired.bytes.is_empty() || repaired.bytes.ends_with(b"\n") || repaired.bytes == MARK);
    }
}

/// Returns true if httpd joins the next line to the last of these lines. httpd removes the newline with one CR before
/// it, then a backslash at the end, and examines the rest again together with the next line. A line with a NUL is
/// never joined.
fn joins_next(lines: &[impl AsRef<[u8]>]) -> bool {
    let mut text = Vec::new();
    let mut joins = false;
    for line in lines.iter().map(AsRef::as_ref) {
        if !joins {
            text.clear();
        }
        text.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        let ended = text.strip_suffix(b"\r").unwrap_or(&text);
        joins = !line.contains(&0) && ended.ends_with(b"\\");
        text.truncate(ended.len() - usize::from(joins));
    }
    joins
}

/// Returns a blank line with the line ending of the last line.
fn blank_after(lines: &[Vec<u8>]) -> Vec<u8> {
    let is_crlf = lines.last().is_some_and(|line| line.ends_with(b"\r\n"));
    if is_crlf { b"\r\n".to_vec() } else { b"\n".to_vec() }
}

/// Returns the user name and the text after the colon.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = &line[indent(line)..];
    let colon = text.iter().position(|byte| *byte == b':')?;
    (text[0] != b'#').then(|| (&text[..colon], &text[colon + 1..]))
}

/// Returns the number of white space bytes at the start.
fn indent(line: &[u8]) -> usize {
    line.iter().position(|byte| !b" \t\n\x0b\x0c\r".contains(byte)).unwrap_or(line.len())
}

/// Returns the position where this number of fields ends.
fn end_of(text: &[u8], mut fields: usize) -> usize {
    for (at, byte) in text.iter().enumerate() {
        if b"\r\n\0".contains(byte) {
            return at;
        }
        if *byte == b':' {
            fields -= 1;
            if fields == 0 {
                return at;
            }
        }
    }
    text.len()
}

/// Replaces as many fields as the hash has, and returns true if the line changes.
fn update(line: &mut Vec<u8>, hash: &[u8]) -> bool {
    let colons = hash.iter().filter(|byte| **byte == b':').count();
    let field = split(line).unwrap().1;
    let (start, length) = (line.len() - field.len(), end_of(field, colons + 1));
    let is_change = line[start..start + length] != *hash;
    line.splice(start..start + length, hash.iter().copied());
    is_change
}
