//! Writes reports as JSON in one line, with invisible characters escaped.
//!
//! `main` calls [`begin`] if the call asks for JSON. [`to_line`] serializes a report or a [`Failure`], and adds the
//! members that all objects have: the number of the schema, the command and the warnings. The other functions serialize
//! single fields of reports. `docs/schemas/output.schema.json` describes all objects.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

use crate::escape::{split_at_escaped, to_bytes};
use crate::exit::{ErrorKind, Exit};
use crate::output::{self, RecordedWarning};

/// The number of the schema. It changes if a member is removed or renamed, or gets another meaning.
const SCHEMA: u32 = 1;

/// The command of a call that asks for JSON. The command is `None` if the call is wrong.
static COMMAND: OnceLock<Option<&'static str>> = OnceLock::new();

/// The members that all objects have, around the members of a report.
#[derive(Serialize)]
struct Object<'r, R> {
    schema: u32,
    command: Option<&'static str>,
    #[serde(flatten)]
    report: &'r R,
    warnings: Vec<RecordedWarning>,
}

/// A command that failed, with its report if there is one.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<R> {
    #[serde(flatten)]
    pub(crate) report: R,
    pub(crate) error: ErrorReport,
}

/// The report of a command that has no result.
#[derive(Debug, Serialize)]
pub(crate) struct NoReport {}

/// An error. It must never contain a password or a hash.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorReport {
    pub(crate) kind: ErrorKind,
    #[serde(serialize_with = "exit")]
    pub(crate) exit: Exit,
    /// The message on standard error, without the name of the program.
    pub(crate) message: String,
    /// The file that the error is about.
    pub(crate) file: Option<String>,
    pub(crate) line: Option<usize>,
}

/// Prepares the output of a call that asks for JSON: warnings are recorded from now on.
pub(crate) fn begin(command: Option<&'static str>) {
    // Only `main` calls this function, so the command is set once.
    let _ = COMMAND.set(command);
    output::record_warnings();
}

/// Returns true if the call asks for JSON.
pub(crate) fn is_wanted() -> bool {
    COMMAND.get().is_some()
}

/// The report as one line, with its newline. The line contains the warnings since the last line. Before [`begin`], as
/// in the unit tests of reports, the line has only the members of the report.
pub(crate) fn to_line(report: &impl Serialize) -> String {
    match COMMAND.get() {
        Some(&command) => {
            let warnings = output::take_recorded_warnings();
            serialize(&Object { schema: SCHEMA, command, report, warnings })
        }
        None => serialize(report),
    }
}

fn serialize(value: &impl Serialize) -> String {
    // Most objects fit, so that a generated password is not copied to a larger buffer.
    let mut line = Vec::with_capacity(1024);
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut line, EscapeInvisible));
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the derive of serde passes a field by reference")]
fn exit<S: Serializer>(exit: &Exit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(*exit as u8)
}

/// A message as text. Bytes that are not UTF-8 are replaced by U+FFFD.
pub(crate) fn message(message: &impl Display) -> String {
    String::from_utf8_lossy(&to_bytes(&message.to_string())).into_owned()
}

/// A path as text. Bytes that are not UTF-8 are replaced by U+FFFD.
pub(crate) fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
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
    use crate::escape::Visible;

    #[test]
    fn every_object_has_the_schema_the_command_and_the_warnings() {
        let error = ErrorReport {
            kind: ErrorKind::UserNotFound,
            exit: Exit::User,
            message: message(&Visible(b"m\xfcller")),
            file: Some(path_text(Path::new("f"))),
            line: None,
        };
        let warnings = vec![RecordedWarning { kind: "plain-text", message: "w".to_owned() }];
        let failure = Failure { report: NoReport {}, error };
        let object = Object { schema: SCHEMA, command: Some("set"), report: &failure, warnings };
        let line = concat!(
            r#"{"schema":1,"command":"set","error":{"kind":"user-not-found","exit":6,"message":"m�ller","#,
            r#""file":"f","line":null},"warnings":[{"kind":"plain-text","message":"w"}]}"#,
            "\n"
        );
        assert_eq!(serialize(&object), line);
    }

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
        assert_eq!(to_bytes(&json), json.as_bytes());
    }
}
