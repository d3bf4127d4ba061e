//! The same as one object. Its names do not change.

use std::fmt::Write;
use std::path::Path;

use htpasswd::{Severity, is_invisible};

use super::{Report, is_hash};

/// For programs: one object.
pub(crate) fn checked_json(report: &Report<'_>) -> String {
    let fixed = report.repairs.map_or("null".to_owned(), |repairs| {
        format!(
            r#"{{"byte_order_mark":{},"crlf":{},"duplicates":{},"final_line_feed":{}}}"#,
            repairs.byte_order_mark, repairs.carriage_returns, repairs.duplicates, repairs.final_line_feed
        )
    });
    let mut json = format!(
        r#"{{"file":{},"server":{},"users":{},"errors":{},"warnings":{},"fixed":{fixed},"findings":["#,
        json_path(report.file),
        report.server.map_or("null".to_owned(), |server| json_text(server.name)),
        report.users,
        report.count(Severity::Error),
        report.count(Severity::Warning),
    );
    let about = report.about.iter().map(|about| {
        let sentence = about.sentence();
        json_finding("null", about.severity(), about.name(), None, &sentence)
    });
    let lines = report.findings.iter().map(|finding| {
        let line = finding.line.to_string();
        json_finding(&line, finding.severity, finding.kind.name(), finding.user, &finding.to_string())
    });
    for (index, finding) in about.chain(lines).enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&finding);
    }
    json + "]}\n"
}

fn json_finding(line: &str, severity: Severity, kind: &str, user: Option<&[u8]>, message: &str) -> String {
    let severity = if severity == Severity::Error { "error" } else { "warning" };
    let user = user.map_or("null".to_owned(), json_name);
    let message = json_text(message);
    format!(r#"{{"line":{line},"severity":"{severity}","kind":"{kind}","user":{user},"message":{message}}}"#)
}

pub(in super::super) fn json_path(path: &Path) -> String {
    json_text(&path.to_string_lossy())
}

/// A name as it is, control characters and all, as JSON escapes them; bytes that are no UTF-8 are replaced.
pub(in super::super) fn json_name(user: &[u8]) -> String {
    if is_hash(user) { json_text("…") } else { json_text(&String::from_utf8_lossy(user)) }
}

pub(in super::super) fn json_text(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    // JSON may hold them as they are; a terminal should not. A program reads the same text either way.
    if !json.chars().any(is_invisible) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_invisible(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_escaped_and_read_back_as_they_were() {
        let text = "a\u{202e}\u{200b}\u{7f}\u{9b}\u{a0}\u{feff}\u{e0041}\"\\\n漢é 😀";
        let json = json_text(text);
        assert!(!json.chars().any(is_invisible), "{json}");
        assert!(json.contains("\\u202e\\u200b") && json.contains("\\udb40\\udc41"), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
