//! `user:password`, as chpasswd(8) reads it, or the records of a password file.

use memchr::{memchr, memchr3};

use super::{Refusal, Secret, Sink};

/// Calls `sink` with each record. Blank lines and comments are skipped.
///
/// In a password file, a hash ends where Apache's programs see its end, and white space in front of a line
/// does not count. A password is everything up to the line end.
pub(super) fn read<T: Secret>(input: &[u8], sink: &mut impl Sink) {
    for (line, number) in split(input).zip(1..) {
        let line = if T::IN_PASSWORD_FILE { line.trim_ascii_start() } else { line };
        if line.starts_with(b"#") || line.trim_ascii().is_empty() {
            continue;
        }
        let record = memchr(b':', line).map(|colon| {
            let field = &line[colon + 1..];
            let end = if T::IN_PASSWORD_FILE { memchr3(b':', b'\r', 0, field) } else { None };
            (&line[..colon], &field[..end.unwrap_or(field.len())])
        });
        sink(number, record.ok_or(Refusal::NoColon { secret: T::NAME }));
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
