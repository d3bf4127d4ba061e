//! The JSON of a check: one object with the counts, the repairs and all findings.

use std::fmt::Display;

use htpasswd::lint::Severity;
use htpasswd::servers::ServerSet;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::super::json;
use super::CheckReport;
use crate::escape::ShownUser;

impl Serialize for CheckReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fixed = self.repairs.map(|repairs| Fixed {
            byte_order_mark: repairs.byte_order_mark,
            crlf: repairs.carriage_returns,
            duplicates: repairs.duplicates,
            final_line_feed: repairs.final_line_feed,
            utf16: repairs.utf16,
        });
        let members = if self.user.is_some() { 11 } else { 8 };
        let mut object = serializer.serialize_struct("CheckReport", members)?;
        object.serialize_field("file", &self.file.to_string_lossy())?;
        object.serialize_field("server", &self.servers.as_ref().map(ServerSet::names))?;
        object.serialize_field("users", &self.users)?;
        object.serialize_field("error_count", &self.count(Severity::Error))?;
        object.serialize_field("warning_count", &self.count(Severity::Warning))?;
        object.serialize_field("fixed", &fixed)?;
        object.serialize_field("findings", &Findings(self))?;
        object.serialize_field("ignored_count", &self.ignored)?;
        if let Some(user) = &self.user {
            object.serialize_field("user", &ShownUser(user.user))?;
            object.serialize_field("records", &user.records)?;
            object.serialize_field("similar", &user.similar_names())?;
        }
        object.end()
    }
}

/// [`htpasswd::document::Repairs`] with the names of the JSON members.
#[derive(Serialize)]
struct Fixed {
    byte_order_mark: bool,
    crlf: usize,
    duplicates: usize,
    final_line_feed: bool,
    utf16: bool,
}

/// The findings of a report. They are serialized one by one, because a damaged file may have millions of findings.
struct Findings<'r>(&'r CheckReport<'r>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_file = self.0.file_findings.iter().map(|finding| FindingObject {
            line: None,
            severity: severity_name(finding.severity()),
            kind: finding.name(),
            user: None,
            message: finding,
        });
        let of_lines = self.0.line_findings.iter().map(|finding| FindingObject {
            line: Some(finding.line),
            severity: severity_name(finding.severity),
            kind: finding.kind.name(),
            user: finding.user.map(ShownUser),
            message: finding,
        });
        serializer.collect_seq(of_file.chain(of_lines))
    }
}

#[derive(Serialize)]
struct FindingObject<'r> {
    line: Option<usize>,
    severity: &'static str,
    kind: &'static str,
    user: Option<ShownUser<'r>>,
    #[serde(serialize_with = "json::text")]
    message: &'r dyn Display,
}

fn severity_name(severity: Severity) -> &'static str {
    if severity == Severity::Error { "error" } else { "warning" }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use htpasswd::Document;
    use htpasswd::lint::check;

    use super::super::FileFinding;
    use super::json::to_line;
    use super::*;

    #[test]
    fn members_have_a_fixed_order_with_findings_of_the_file_first() {
        let mut document = Document::parse("a\"b:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\r\nno colon");
        let mut report = CheckReport {
            file: Path::new("f\u{202e}"),
            is_stream: false,
            manifest: None,
            servers: None,
            group: None,
            users: 1,
            repairs: None,
            file_findings: vec![FileFinding::ReadableByOthers],
            line_findings: Vec::new(),
            ignored: 0,
            user: None,
        };
        let line = concat!(
            r#"{"file":"f\u202e","server":null,"users":1,"error_count":0,"warning_count":1,"fixed":null,"findings":["#,
            r#"{"line":null,"severity":"warning","kind":"readable-by-others","user":null,"#,
            r#""message":"every user of this machine can read the hashes"}],"ignored_count":0}"#,
            "\n"
        );
        assert_eq!(to_line(&report), line);

        report.repairs = Some(document.repair());
        report.file_findings.clear();
        report.line_findings = check(&document, None);
        let line = to_line(&report);
        let fixed = r#""fixed":{"byte_order_mark":false,"crlf":1,"duplicates":0,"final_line_feed":true,"utf16":false}"#;
        assert!(
            line.contains(&format!(r#""error_count":1,"warning_count":1,{fixed},"findings":["#)),
            "{line}"
        );
        let weak = r#"[{"line":1,"severity":"warning","kind":"weak-scheme","user":"a\"b","message":""#;
        let no_colon = r#"},{"line":2,"severity":"error","kind":"no-colon","user":null,"message":""#;
        assert!(line.contains(weak) && line.contains(no_colon), "{line}");
    }
}
