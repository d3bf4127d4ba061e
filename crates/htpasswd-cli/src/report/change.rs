//! The report of every command that changes one user: adding, `-c`, `-D`, `--ensure`, `--disable` and `--enable`.

use std::fmt::{self, Display};
use std::path::Path;

use serde::Serialize;

use super::json;
use crate::escape::Visible;

/// The change that the command made, or would make with `--dry-run`.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeReport<'a> {
    #[serde(serialize_with = "json::path")]
    pub(crate) file: &'a Path,
    #[serde(serialize_with = "json::bytes")]
    pub(crate) user: &'a [u8],
    #[serde(serialize_with = "json::text")]
    pub(crate) change: Change,
    pub(crate) dry_run: bool,
    /// The generated password, if the call asks for JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Updated,
    Unchanged,
    Removed,
    Disabled,
    Enabled,
}

impl Display for ChangeReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = if self.dry_run { " (dry run, nothing was written)" } else { "" };
        writeln!(f, "User {}: {}{note}", Visible(self.user), self.change)
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::to_line;

    #[test]
    fn the_report_is_one_line_of_text_or_of_json() {
        let file = Path::new("f");
        let report =
            ChangeReport { file, user: b"a\nb", change: Change::Added, dry_run: false, password: None };
        assert_eq!(report.to_string(), "User a\\nb: added\n");
        let object = "{\"file\":\"f\",\"user\":\"a\\nb\",\"change\":\"added\",\"dry_run\":false}\n";
        assert_eq!(to_line(&report), object);
        let report = ChangeReport { user: b"bob", change: Change::Updated, dry_run: true, ..report };
        assert_eq!(report.to_string(), "User bob: updated (dry run, nothing was written)\n");
        let object = "{\"file\":\"f\",\"user\":\"bob\",\"change\":\"updated\",\"dry_run\":true}\n";
        assert_eq!(to_line(&report), object);
        assert_eq!(Change::Unchanged.to_string(), "unchanged");
    }

    #[test]
    fn only_json_has_the_generated_password() {
        let (file, user, password) = (Path::new("f"), &b"bob"[..], Some("abc"));
        let report = ChangeReport { file, user, change: Change::Added, dry_run: false, password };
        assert_eq!(report.to_string(), "User bob: added\n");
        assert!(to_line(&report).ends_with(",\"dry_run\":false,\"password\":\"abc\"}\n"));
    }
}
