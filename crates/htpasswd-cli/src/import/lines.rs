//! Reads user lists with one user per line: `user:password`, like chpasswd(8), the records of a password file, or the
//! name of the user alone.

use htpasswd::document::{Content, Lines};
use memchr::memchr;

use super::error::RowError;
use super::record::{Secret, Sink};

/// Calls `sink` with each record. Blank lines and comments are skipped.
pub(super) fn read<T: Secret>(input: &[u8], sink: &mut impl Sink) {
    match T::NAME {
        Some(secret) if T::IN_PASSWORD_FILE => records(input, secret, sink),
        Some(secret) => pairs(input, secret, sink),
        None => users(input).for_each(|(number, user)| sink(number, Ok((user, b"")))),
    }
}

/// Reads the lines of a password file in the same way as the library.
fn records(input: &[u8], secret: &'static str, sink: &mut impl Sink) {
    for line in Lines::new(input) {
        match line.content() {
            Content::Blank | Content::Comment => {}
            Content::Record(record) => sink(line.number(), Ok((record.user, record.hash))),
            _ => sink(line.number(), Err(RowError::NoColon { secret })),
        }
    }
}

/// Reads `user:password`. The password ends at the newline. White space before a user name belongs to the name.
fn pairs(input: &[u8], secret: &'static str, sink: &mut impl Sink) {
    for (number, line) in users(input) {
        let pair = memchr(b':', line).map(|colon| (&line[..colon], &line[colon + 1..]));
        sink(number, pair.ok_or(RowError::NoColon { secret }));
    }
}

/// The lines that have a user, with their numbers.
fn users(input: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = (1..).zip(split(input));
    lines.filter(|(_, line)| !line.starts_with(b"#") && !line.trim_ascii().is_empty())
}

/// The lines without their newlines, which are LF or CR LF.
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
