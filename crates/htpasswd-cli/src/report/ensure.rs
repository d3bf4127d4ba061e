//! The report of `--ensure`, `--disable` and `--enable`: the change of the user.

use std::fmt::{self, Display};

use serde::Serialize;

use super::json;
use crate::escape::Visible;

/// The change that the command made, or would make with `--dry-run`.
#[derive(Debug, Serialize)]
pub(crate) struct EnsureReport<'a> {
    #[serde(serialize_with = "json::bytes")]
    pub(crate) user: &'a [u8],
    #[serde(serialize_with = "json::text")]
    pub(crate) change: EnsureChange,
    pub(crate) dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnsureChange {
    Added,
    Updated,
    Unchanged,
    Removed,
    Disabled,
    Enabled,
}

impl Display for EnsureReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let note = if self.dry_run { " (dry run, nothing was written)" } else { "" };
        writeln!(f, "User {}: {}{note}", Visible(self.user), self.change)
    }
}

impl Display for EnsureChange {
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
        let report = EnsureReport { user: b"a\nb", change: EnsureChange::Added, dry_run: false };
        assert_eq!(report.to_string(), "User a\\nb: added\n");
        let object = "{\"user\":\"a\\nb\",\"change\":\"added\",\"dry_run\":false}\n";
        assert_eq!(to_line(&report), object);
        let report = EnsureReport { user: b"bob", change: EnsureChange::Updated, dry_run: true };
        assert_eq!(report.to_string(), "User bob: updated (dry run, nothing was written)\n");
        let object = "{\"user\":\"bob\",\"change\":\"updated\",\"dry_run\":true}\n";
        assert_eq!(to_line(&report), object);
        assert_eq!(EnsureChange::Unchanged.to_string(), "unchanged");
    }
}
