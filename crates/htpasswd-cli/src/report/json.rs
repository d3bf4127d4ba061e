//! Writes reports as JSON in one line, with invisible characters escaped.
//!
//! [`to_line`] serializes a report. The other functions serialize single fields of reports.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

use crate::escape::split_at_escaped;

/// The report as one line, with its newline.
pub(crate) fn to_line(report: &impl Serialize) -> String {
    let mut line = Vec::new();
    let written = report.serialize(&mut serde_json::Serializer::with_formatter(&mut line, EscapeInvisible));
    // Writing to memory never fails, and the keys of reports are strings.
    debug_assert!(written.is_ok(), "{written:?}");
    line.push(b'\n');
    // serde_json writes UTF-8 only.
    String::from_utf8(line).unwrap_or_default()
}

/// Escapes invisible characters, which JSON allows but which could control a terminal. A program that parses the JSON
/// gets the unescaped text.
struct EscapeInvisible;

impl Formatter for EscapeInvisible {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((printable, character, after)) = split_at_escaped(rest) {
            writer.write_all(printable.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        writer.write_all(rest.as_bytes())
    }
}

/// A user name. Bytes that are not UTF-8 are replaced by U+FFFD.
pub(super) fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

/// A path. Bytes that are not UTF-8 are replaced by U+FFFD.
pub(super) fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// The text of a value, as a string.
pub(super) fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The text of a value, as a string, or `null`.
#[expect(clippy::ref_option, reason = "the derive of serde passes a field by reference")]
pub(super) fn optional_text<S: Serializer>(
    value: &Option<impl Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use htpasswd::document::is_invisible;

    use super::*;

    #[test]
    fn invisible_characters_are_escaped_and_read_back_as_they_were() {
        let text = "a\u{202e}\u{200b}\u{7f}\u{9b}\u{a0}\u{feff}\u{e0041}\"\\\n漢é 😀";
        let json = to_line(&text);
        let json = json.strip_suffix('\n').unwrap();
        assert!(!json.chars().any(is_invisible), "{json}");
        assert!(json.contains("\\u202e\\u200b") && json.contains("\\udb40\\udc41"), "{json}");
        assert!(json.ends_with("\\\"\\\\\\n漢é 😀\""), "{json}");
        assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
    }

    #[test]
    fn no_character_of_json_is_printed_as_another_byte() {
        let text = "\u{10ff80}\u{10ffff}";
        let json = to_line(&text);
        assert_eq!(json, "\"\\udbff\\udf80\\udbff\\udfff\"\n");
        assert_eq!(crate::escape::to_bytes(&json), json.as_bytes());
    }
}
