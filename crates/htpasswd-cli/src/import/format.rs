//! Checks that a list has the format in which htpasswd reads it.
//!
//! Without this check, a list in JSON or YAML would be read as `user:password`, because its lines have colons: the first
//! part of a line would become a user name, and the rest a password.

use super::error::{ListError, RowError};
use super::{csv, lines};
use crate::args::command::ListFormat;

/// The format of the list. Without a known format, it is `lines`.
///
/// # Errors
/// The list is a JSON array, or its first record looks like another format than the assumed one. Such a user name is
/// accepted if the call names the format.
pub(super) fn check(
    format: Option<ListFormat>,
    input: &[u8],
    secret: Option<&'static str>,
) -> Result<ListFormat, ListError> {
    let is_comment = |line: &[u8]| format.is_none() && line.starts_with(b"#");
    let record = lines::split(input)
        .zip(1..)
        .map(|(line, number)| (line.trim_ascii_start(), number))
        .find(|(line, _)| !line.is_empty() && !is_comment(line));
    let Some((record, line)) = record else { return Ok(format.unwrap_or(ListFormat::Lines)) };
    match format {
        Some(ListFormat::Json) if record.starts_with(b"[") => Err(ListError { line, error: RowError::Array }),
        Some(format) => Ok(format),
        None => match other_format(record, secret) {
            Some((format, options)) => {
                Err(ListError { line, error: RowError::OtherFormat { format, options, secret } })
            }
            None => Ok(ListFormat::Lines),
        },
    }
}

/// The format that the first record looks like, and the next step; `None` for `lines`.
fn other_format(record: &[u8], secret: Option<&'static str>) -> Option<(&'static str, &'static str)> {
    match record {
        [b'{', rest @ ..] if !is_scheme(rest) => Some(("JSON", "--import-format json")),
        [b'[', ..] => Some(("a JSON array", "jq -c '.[]' and --import-format json")),
        [b'-', b' ', ..] | b"-" | b"---" => Some(("YAML", "--import-format json or csv after a conversion")),
        _ if csv::has_header(record, secret) => Some(("CSV", "--import-format csv")),
        _ => None,
    }
}

/// Returns true for the rest of a scheme such as `{SHA}`. A record without a user name can start with one.
fn is_scheme(rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
    end.is_some_and(|end| end > 0 && rest[end] == b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(format: Option<ListFormat>, input: &str) -> Option<String> {
        check(format, input.as_bytes(), Some("password"))
            .err()
            .map(|error| format!("{} {}", error.line, error.error))
    }

    #[test]
    fn a_list_of_another_format_is_rejected_if_the_format_is_assumed() {
        let end = "or --import-format lines for user:password";
        let json = format!("the list looks like JSON; use --import-format json, {end}");
        let array =
            format!("the list looks like a JSON array; use jq -c '.[]' and --import-format json, {end}");
        let yaml =
            format!("the list looks like YAML; use --import-format json or csv after a conversion, {end}");
        let csv = format!("the list looks like CSV; use --import-format csv, {end}");
        for (input, line, expected) in [
            ("{\"user\":\"a\",\"password\":\"b\"}\n", 1, &json),
            ("\n# users\n  {\n", 3, &json),
            ("[{\"user\":\"a\"}]\n", 1, &array),
            ("- user: a\n", 1, &yaml),
            ("---\n- user: a\n", 1, &yaml),
            ("-\n  user: a\n", 1, &yaml),
            ("\nuser,password\r\na,b:c\n", 2, &csv),
            ("id,Password,UserName\n", 1, &csv),
        ] {
            assert_eq!(error(None, input), Some(format!("{line} {expected}")), "{input:?}");
            assert_eq!(error(Some(ListFormat::Lines), input), None, "{input:?}");
        }
        for input in [
            "",
            "\n# {\n",
            "a:{\n{:b\n",
            "-a:b\n",
            "{SHA}x:y\n",
            "{BLF-CRYPT}\n",
            "user,pass:word\n",
            "users,password:x\n",
        ] {
            assert_eq!(error(None, input), None, "{input:?}");
        }
    }

    #[test]
    fn a_json_array_is_rejected_with_the_next_step() {
        let expected = "2 the list is a JSON array; write one object per line (jq -c '.[]')".to_owned();
        assert_eq!(error(Some(ListFormat::Json), "\n [ {}\n"), Some(expected));
        assert_eq!(error(Some(ListFormat::Csv), "[user,password\n"), None);
    }
}
