//! CSV with a header, by RFC 4180; line ends may be LF alone.
//!
//! csv-core takes anything for some CSV. What RFC 4180 does not allow and could make another password of
//! what stands there (a field too many, a quotation mark or a carriage return within a field) is refused here.

use csv_core::{ReadRecordResult, Reader};
use memchr::{memchr, memchr_iter};
use zeroize::Zeroizing;

use super::error::{ImportError, RowError};
use super::record::{Sink, USER};

/// Room for most rows.
const FIRST_SIZE: usize = 1024;

/// Calls `sink` with each record below the header.
pub(super) fn read(input: &[u8], secret: &'static str, sink: &mut impl Sink) -> Result<(), ImportError> {
    let mut rows = Rows::new(input);
    let Some(header) = rows.next() else { return Ok(()) };
    let wanted = header.len();
    if !header.is_well_formed {
        return Err(ImportError::Columns { secret });
    }
    let (Some(user), Some(secret)) = (header.only(&USER), header.only(&[secret])) else {
        return Err(ImportError::Columns { secret });
    };
    while let Some(row) = rows.next() {
        let pair = if !row.is_well_formed {
            Err(RowError::Malformed)
        } else if row.len() == wanted {
            Ok((row.field(user), row.field(secret)))
        } else {
            Err(RowError::Fields { found: row.len(), wanted })
        };
        sink(row.line, pair);
    }
    Ok(())
}

/// Goes through the rows; one at a time is unquoted, into buffers that are wiped.
struct Rows<'a> {
    reader: Reader,
    rest: &'a [u8],
    /// The number of the line where `rest` starts.
    line: usize,
    text: Zeroizing<Vec<u8>>,
    /// Where in `text` each field ends.
    ends: Vec<usize>,
}

struct Row<'a> {
    line: usize,
    /// As RFC 4180 allows it.
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
        // Line ends in front of a row are no row, but they count as lines.
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
                // The end is a row's end too: asked once more, with nothing to read, it says so.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    // Never grown in place: that would leave a copy behind.
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
                // To csv-core, what follows would be the next row.
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

/// Whether each field is free of quotation marks and line ends, or within quotation marks.
fn is_well_formed(row: &[u8]) -> bool {
    let mut rest = row;
    loop {
        rest = if let [b'"', quoted @ ..] = rest {
            behind_quoted(quoted)
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

/// What follows the closing quotation mark, or a quotation mark if there is none.
fn behind_quoted(mut text: &[u8]) -> &[u8] {
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

    /// Which field is one of these names; none if several are.
    fn only(&self, names: &[&str]) -> Option<usize> {
        let is_one =
            |&index: &usize| names.iter().any(|name| self.field(index).eq_ignore_ascii_case(name.as_bytes()));
        let mut found = (0..self.len()).filter(is_one);
        found.next().filter(|_| found.next().is_none())
    }
}
