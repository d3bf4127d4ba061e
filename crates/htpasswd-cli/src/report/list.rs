//! The report of `--list`: the records of a password file without their hashes.

use std::fmt::{self, Display};
use std::path::Path;

use htpasswd::hash::Scheme;
use serde::Serialize;

use super::json;
use crate::escape::{ShownUser, to_bytes};

/// All records, in the order of the file.
#[derive(Debug, Serialize)]
pub(crate) struct ListReport<'a> {
    #[serde(serialize_with = "json::path")]
    pub(crate) file: &'a Path,
    /// The name of the server that the findings are for.
    pub(crate) server: Option<String>,
    #[serde(rename = "users")]
    pub(crate) records: Vec<ListedRecord<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ListedRecord<'a> {
    pub(crate) line: usize,
    pub(crate) user: ShownUser<'a>,
    /// `None` if the scheme is unknown.
    #[serde(serialize_with = "json::optional_text")]
    pub(crate) scheme: Option<Scheme>,
    pub(crate) cost: Option<u32>,
    /// The kinds of findings about the record.
    pub(crate) findings: Vec<&'static str>,
}

/// User names are padded to the width of the longest one, but at most to this width.
const MAX_NAME_WIDTH: usize = 40;

/// A table with aligned columns.
impl Display for ListReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["USER", "SCHEME", "COST", "FINDINGS"].map(str::to_owned);
        let lines: Vec<_> =
            std::iter::once(header).chain(self.records.iter().map(ListedRecord::cells)).collect();
        let widest = |column: usize| lines.iter().map(|line| width(&line[column])).max().unwrap_or(0);
        let (name_width, scheme_width, cost_width) = (widest(0).min(MAX_NAME_WIDTH), widest(1), widest(2));
        for [user, scheme, cost, findings] in &lines {
            let padding = name_width.saturating_sub(width(user));
            let line =
                format!("{user}{:padding$}  {scheme:scheme_width$}  {cost:>cost_width$}  {findings}", "");
            writeln!(f, "{}", line.trim_ascii_end())?;
        }
        Ok(())
    }
}

impl ListedRecord<'_> {
    fn cells(&self) -> [String; 4] {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        [
            self.user.to_string(),
            or_dash(self.scheme.map(|scheme| scheme.to_string())),
            or_dash(self.cost.map(|cost| cost.to_string())),
            self.findings.join(", "),
        ]
    }
}

/// The width of a text in characters, most of which need one column. Bytes that are not UTF-8 become replacement
/// characters, as on a terminal.
fn width(text: &str) -> usize {
    String::from_utf8_lossy(&to_bytes(text)).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::to_line;

    fn report() -> ListReport<'static> {
        let record = |line, user, scheme, cost, findings: &[_]| ListedRecord {
            line,
            user: ShownUser(user),
            scheme,
            cost,
            findings: findings.to_vec(),
        };
        ListReport {
            file: Path::new("a\nb"),
            server: Some("nginx".to_owned()),
            records: vec![
                record(1, b"m\xfcller", Some(Scheme::Bcrypt), Some(12), &[]),
                record(3, "漢字".as_bytes(), None, None, &["locked", "crlf"]),
                record(4, b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", Some(Scheme::Sha1), None, &["weak-scheme"]),
            ],
        }
    }

    #[test]
    fn columns_are_aligned_and_no_line_ends_with_a_blank() {
        let expected = [
            &b"USER    SCHEME  COST  FINDINGS\n"[..],
            b"m\xfcller  bcrypt    12\n",
            "漢字      -          -  locked, crlf\n".as_bytes(),
            "…       {SHA}      -  weak-scheme\n".as_bytes(),
        ];
        assert_eq!(to_bytes(&report().to_string()), expected.concat());
        let mut long = report();
        let name = "x".repeat(MAX_NAME_WIDTH + 1);
        long.records[1].user = ShownUser(name.as_bytes());
        let text = long.to_string();
        assert!(text.contains(&format!("\n{name}  -          -  locked")), "{text}");
        assert!(text.starts_with(&format!("USER{}  SCHEME", " ".repeat(MAX_NAME_WIDTH - 4))), "{text}");
    }

    #[test]
    fn json_has_a_fixed_order_and_null_for_unknown_values() {
        let mut report = report();
        report.records.truncate(2);
        let expected = [
            r#"{"file":"a\nb","server":"nginx","users":["#,
            r#"{"line":1,"user":"m�ller","scheme":"bcrypt","cost":12,"findings":[]},"#,
            r#"{"line":3,"user":"漢字","scheme":null,"cost":null,"findings":["locked","crlf"]}]}"#,
        ];
        assert_eq!(to_line(&report), expected.concat() + "\n");
    }
}
