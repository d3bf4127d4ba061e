//! `user:password`, as chpasswd(8) reads it, or the records of a password file.

use htpasswd::document::{Content, Lines};
use memchr::memchr;

use super::error::RowError;
use super::record::{Secret, Sink};

/// Calls `sink` with each record. Blank lines and comments are skipped.
pub(super) fn read<T: Secret>(input: &[u8], sink: &mut impl Sink) {
    if T::IN_PASSWORD_FILE { records::<T>(input, sink) } else { pairs::<T>(input, sink) }
}

/// In a password file, a line is what the library says it is.
fn records<T: Secret>(input: &[u8], sink: &mut impl Sink) {
    for line in Lines::new(input) {
        match line.content() {
            Content::Blank | Content::Comment => {}
            Content::Record(record) => sink(line.number(), Ok((record.user, record.hash))),
            _ => sink(line.number(), Err(RowError::NoColon { secret: T::NAME })),
        }
    }
}

/// A password is everything up to the line end, and white space in front of a user is not skipped.
fn pairs<T: Secret>(input: &[u8], sink: &mut impl Sink) {
    for (line, number) in split(input).zip(1..) {
        if line.starts_with(b"#") || line.trim_ascii().is_empty() {
            continue;
        }
        let pair = memchr(b':', line).map(|colon| (&line[..colon], &line[colon + 1..]));
        sink(number, pair.ok_or(RowError::NoColon { secret: T::NAME }));
    }
}

/// The lines without their ends, LF or CR LF.
pub(super) fn split(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = input;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = memchr(b'\n', rest) else { return Some(std::mem::take(&mut rest)) };
        let line = &rest[..end];
        rest = &rest[end + 1..];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}
