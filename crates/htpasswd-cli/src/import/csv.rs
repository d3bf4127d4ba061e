//! Reads user lists in CSV with a header (RFC 4180). Newlines may also be LF alone.
//!
//! csv-core accepts any text as CSV. This module rejects what RFC 4180 does not allow and what could change a password:
//! superfluous fields, and quotation marks or carriage returns within a field.

use csv_core::{ReadRecordResult, Reader};
use memchr::{memchr, memchr_iter};
use zeroize::Zeroizing;

use super::error::{ListError, RowError};
use super::record::{SECRETS, Sink, USER};

/// The first size of the buffer for a row, in bytes. Most rows fit.
const FIRST_SIZE: usize = 1024;

/// Calls `sink` with each record after the header.
pub(super) fn read(
    input: &[u8],
    secret: Option<&'static str>,
    sink: &mut impl Sink,
) -> Result<(), ListError> {
    let mut rows = Rows::new(input);
    let Some(header) = rows.next() else { return Ok(()) };
    let expected = header.len();
    let error = ListError { line: header.line, error: RowError::Columns { secret } };
    if !header.is_well_formed {
        return Err(error);
    }
    let found = match secret {
        Some(secret) => header.only(&[secret]).map(Some),
        None if SECRETS.iter().any(|secret| header.only(&[secret]).is_some()) => None,
        None => Some(None),
    };
    let (Some(user), Some(secret)) = (header.only(&USER), found) else { return Err(error) };
    while let Some(row) = rows.next() {
        let pair = if !row.is_well_formed {
            Err(RowError::Malformed)
        } else if row.len() == expected {
            Ok((row.field(user), secret.map_or(&b""[..], |secret| row.field(secret))))
        } else {
            Err(RowError::Fields { found: row.len(), expected })
        };
        sink(row.line, pair);
    }
    Ok(())
}

/// Returns true if the input starts with the header of a list with these names in its columns.
pub(super) fn has_header(input: &[u8], secret: Option<&'static str>) -> bool {
    read(input, secret, &mut |_, _| {}).is_ok()
}

/// An iterator over rows. It unquotes each row into a buffer that is wiped later.
struct Rows<'a> {
    reader: Reader,
    rest: &'a [u8],
    /// The number of the line where `rest` starts.
    line: usize,
    text: Zeroizing<Vec<u8>>,
    /// The end of each field in `text`.
    ends: Vec<usize>,
}

struct Row<'a> {
    line: usize,
    /// True if RFC 4180 allows the row.
    is_well_formed: bool,
    text: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Rows<'a> {
    fn new(input: &'a [u8]) -> Self {
        let text = Zeroizing::new(vec![0; FIRST_SIZE]);
        Self { reader: Reader::new(), rest: input, line: 1, text, ends: vec![0; 16] }
    }

    fn next(&mut self) -> Option<Row<'_>> {
        // Blank lines before a row are not rows, but they count as lines.
        while let [b'\n', ..] | [b'\r', b'\n', ..] = self.rest {
            self.skip(1);
        }
        let (line, start) = (self.line, self.rest);
        let (mut read, mut written, mut fields) = (0, 0, 0);
        loop {
            let (result, more_read, more_written, more_fields) =
                self.reader.read_record(&start[read..], &mut self.text[written..], &mut self.ends[fields..]);
            read += more_read;
            written += more_written;
            fields += more_fields;
            match result {
                // The end of the input also ends a row. csv-core reports the end of the row in the next call, which has
                // no input.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    // The buffer is never grown in place, because that would leave a copy in memory.
                    let mut larger = Zeroizing::new(vec![0; self.text.len() * 2]);
                    larger[..written].copy_from_slice(&self.text[..written]);
                    self.text = larger;
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return None,
            }
        }
        if start[..read].ends_with(b"\r") {
            if start[read..].starts_with(b"\n") {
                read += 1;
            } else {
                // csv-core would read the rest of the line as the next row.
                read = memchr(b'\n', &start[read..]).map_or(start.len(), |end| read + end + 1);
                self.reader = Reader::new();
            }
        }
        self.skip(read);
        let is_well_formed = is_well_formed(&start[..read]);
        Some(Row { line, is_well_formed, text: &self.text[..written], ends: &self.ends[..fields] })
    }

    fn skip(&mut self, length: usize) {
        let (skipped, rest) = self.rest.split_at(length);
        self.line += memchr_iter(b'\n', skipped).count();
        self.rest = rest;
    }
}

/// Returns true if each field is quoted or contains neither quotation marks nor newlines.
fn is_well_formed(row: &[u8]) -> bool {
    let mut rest = row;
    loop {
        rest = if let [b'"', quoted @ ..] = rest {
            after_quoted(quoted)
        } else {
            let end = rest.iter().position(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'));
            &rest[end.unwrap_or(rest.len())..]
        };
        match rest {
            b"" | b"\n" | b"\r\n" => return true,
            [b',', next @ ..] => rest = next,
            _ => return false,
        }
    }
}

/// The text after the closing quotation mark, or one quotation mark if there is no closing quotation mark.
fn after_quoted(mut text: &[u8]) -> &[u8] {
    loop {
        match memchr(b'"', text).map(|mark| &text[mark + 1..]) {
            Some([b'"', rest @ ..]) => text = rest,
            Some(rest) => return rest,
            None => return b"\"",
        }
    }
}

impl Row<'_> {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn field(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[index]]
    }

    /// The index of the field that is one of these names; `None` if no field or several fields are.
    fn only(&self, names: &[&str]) -> Option<usize> {
        let is_one =
            |&index: &usize| names.iter().any(|name| self.field(index).eq_ignore_ascii_case(name.as_bytes()));
        let mut found = (0..self.len()).filter(is_one);
        found.next().filter(|_| found.next().is_none())
    }
}
