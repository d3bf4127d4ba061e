//! What `--list` says.

use std::fmt::Write;
use std::path::Path;

use htpasswd::{Scheme, Server};

use super::check::{json_name, json_path, json_text, shown_unless_hash};

/// One record; never its hash.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) line: usize,
    pub(crate) user: &'a [u8],
    /// `None`: none that is known.
    pub(crate) scheme: Option<Scheme>,
    pub(crate) cost: Option<u32>,
    /// The names of what was found.
    pub(crate) findings: Vec<&'static str>,
}

/// Names are padded to the width of the longest one, but not beyond this.
const WIDEST: usize = 40;

/// For people: columns.
pub(crate) fn listed(rows: &[Row<'_>]) -> Vec<u8> {
    let header = ["USER".as_bytes().to_vec(), b"SCHEME".to_vec(), b"COST".to_vec(), b"FINDINGS".to_vec()];
    let cells = |row: &Row<'_>| {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned()).into_bytes();
        [
            shown_unless_hash(row.user),
            or_none(row.scheme.map(|scheme| scheme.to_string())),
            or_none(row.cost.map(|cost| cost.to_string())),
            row.findings.join(", ").into_bytes(),
        ]
    };
    let lines: Vec<_> = std::iter::once(header).chain(rows.iter().map(cells)).collect();
    let widest = |column: usize| lines.iter().map(|line| width(&line[column])).max().unwrap_or(0);
    let (name, scheme, cost) = (widest(0).min(WIDEST), widest(1), widest(2));
    let mut text = Vec::new();
    for [user, of, work, findings] in &lines {
        let start = text.len();
        text.extend(pad(user, name));
        text.extend([b"  ", pad(of, scheme).as_slice(), b"  "].concat());
        text.extend(vec![b' '; cost.saturating_sub(width(work))]);
        text.extend([work, b"  ".as_slice(), findings].concat());
        let end = text[start..].trim_ascii_end().len();
        text.truncate(start + end);
        text.push(b'\n');
    }
    text
}

/// In characters; most of them take one column.
fn width(text: &[u8]) -> usize {
    String::from_utf8_lossy(text).chars().count()
}

fn pad(text: &[u8], wanted: usize) -> Vec<u8> {
    let mut padded = text.to_vec();
    padded.resize(text.len() + wanted.saturating_sub(width(text)), b' ');
    padded
}

/// For programs: one object.
pub(crate) fn listed_json(file: &Path, server: Option<&Server>, rows: &[Row<'_>]) -> String {
    let server = server.map_or("null".to_owned(), |server| json_text(server.name));
    let mut json = format!(r#"{{"file":{},"server":{server},"users":["#, json_path(file));
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        let scheme = row.scheme.map_or("null".to_owned(), |scheme| json_text(&scheme.to_string()));
        let cost = row.cost.map_or("null".to_owned(), |cost| cost.to_string());
        let findings: Vec<_> = row.findings.iter().map(|name| json_text(name)).collect();
        let _ = write!(
            json,
            r#"{{"line":{},"user":{},"scheme":{scheme},"cost":{cost},"findings":[{}]}}"#,
            row.line,
            json_name(row.user),
            findings.join(","),
        );
    }
    json + "]}\n"
}
