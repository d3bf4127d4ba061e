//! The report of `--import`: the numbers of added, updated, unchanged and removed users.
//!
//! With `--dry-run`, the report also names the users that would change.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::path::Path;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::json;
use crate::escape::{ShownUser, Visible};

/// The changes that an import made, or would make with `--dry-run`.
#[derive(Debug)]
pub(crate) struct ImportReport<'a> {
    pub(crate) file: &'a Path,
    /// The numbers of users that the import added, updated and left unchanged.
    pub(crate) added: usize,
    pub(crate) updated: usize,
    pub(crate) unchanged: usize,
    /// The number of invalid records in the user list.
    pub(crate) rejected: usize,
    /// All invalid records, if the call asks for JSON.
    pub(crate) rejections: Vec<Rejection<'a>>,
    /// The number of records that a later record of the same user replaces.
    pub(crate) duplicates: usize,
    /// True if the users of the list were written.
    pub(crate) written: bool,
    /// The number of deleted users; `None` without `--prune`.
    pub(crate) removed: Option<usize>,
    /// The number of generated passwords that were handed out; `None` without `--generate`.
    pub(crate) generated: Option<usize>,
    /// `None` without `--dry-run`.
    pub(crate) plan: Option<ImportPlan>,
}

/// An invalid record of the user list.
#[derive(Debug, Serialize)]
pub(crate) struct Rejection<'a> {
    /// The user list; `None` is standard input.
    pub(crate) file: Option<Cow<'a, str>>,
    pub(crate) line: usize,
    pub(crate) reason: String,
}

/// The users that an import would change.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ImportPlan {
    #[serde(serialize_with = "names")]
    pub(crate) added: Vec<Vec<u8>>,
    #[serde(serialize_with = "names")]
    pub(crate) updated: Vec<Vec<u8>>,
    #[serde(serialize_with = "names")]
    pub(crate) removed: Vec<Vec<u8>>,
}

impl<'a> ImportReport<'a> {
    /// The report before anything is written.
    pub(crate) fn new(file: &'a Path, rejected: usize, duplicates: usize) -> Self {
        Self {
            file,
            added: 0,
            updated: 0,
            unchanged: 0,
            rejected,
            rejections: Vec::new(),
            duplicates,
            written: false,
            removed: None,
            generated: None,
            plan: None,
        }
    }
}

impl Display for ImportReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, updated, unchanged, rejected, .. } = self;
        let verb = if self.plan.is_some() { "Dry run, nothing was written:" } else { "Imported" };
        write!(f, "{verb} {}: ", Visible::path(self.file))?;
        write!(f, "{added} added, {updated} updated, {unchanged} unchanged, {rejected} rejected")?;
        if let Some(removed) = self.removed {
            write!(f, ", {removed} removed")?;
        }
        writeln!(f)
    }
}

/// This code is not derived, because two members depend on one field.
impl Serialize for ImportReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = usize::from(self.removed.is_some()) + usize::from(self.generated.is_some());
        let optional = one + 2 * usize::from(self.plan.is_some());
        let mut object = serializer.serialize_struct("ImportReport", 8 + optional)?;
        object.serialize_field("file", &json::path_text(self.file))?;
        object.serialize_field("added", &self.added)?;
        object.serialize_field("updated", &self.updated)?;
        object.serialize_field("unchanged", &self.unchanged)?;
        object.serialize_field("rejected_count", &self.rejected)?;
        object.serialize_field("rejected", &self.rejections)?;
        object.serialize_field("duplicates", &self.duplicates)?;
        object.serialize_field("written", &self.written)?;
        if let Some(removed) = self.removed {
            object.serialize_field("removed", &removed)?;
        }
        if let Some(generated) = self.generated {
            object.serialize_field("generated", &generated)?;
        }
        if let Some(plan) = &self.plan {
            object.serialize_field("dry_run", &true)?;
            object.serialize_field("plan", plan)?;
        }
        object.end()
    }
}

/// A line for each user.
impl Display for ImportPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (verb, users) in [("added", &self.added), ("updated", &self.updated), ("removed", &self.removed)]
        {
            for user in users {
                writeln!(f, "{verb} {}", ShownUser(user))?;
            }
        }
        Ok(())
    }
}

fn names<S: Serializer>(users: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(users.iter().map(|user| ShownUser(user)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::to_bytes;
    use crate::report::json::to_line;

    #[test]
    fn the_summary_is_a_line_or_an_object() {
        let report = ImportReport {
            added: 1,
            updated: 2,
            unchanged: 3,
            written: true,
            ..ImportReport::new(Path::new("a\nb"), 4, 5)
        };
        let line = "Imported a\\nb: 1 added, 2 updated, 3 unchanged, 4 rejected\n";
        assert_eq!(report.to_string(), line);
        let object = concat!(
            r#"{"file":"a\nb","added":1,"updated":2,"unchanged":3,"rejected_count":4,"rejected":[],"#,
            r#""duplicates":5,"written":true}"#
        );
        assert_eq!(to_line(&report), format!("{object}\n"));
        let report = ImportReport { removed: Some(0), ..report };
        assert_eq!(report.to_string(), line.replace("rejected", "rejected, 0 removed"));
        assert_eq!(to_line(&report), object.replace('}', ",\"removed\":0}\n"));
        let rejections = vec![
            Rejection { file: None, line: 3, reason: "r".to_owned() },
            Rejection { file: Some("list".into()), line: 4, reason: "s".to_owned() },
        ];
        let rejected =
            r#""rejected":[{"file":null,"line":3,"reason":"r"},{"file":"list","line":4,"reason":"s"}]"#;
        assert!(to_line(&ImportReport { rejections, ..report }).contains(rejected));
    }

    #[test]
    fn a_plan_escapes_control_characters_in_names() {
        let names = |names: &[&[u8]]| names.iter().map(|name| name.to_vec()).collect();
        let plan = ImportPlan {
            added: names(&[b"a\"b", b"m\xfcller"]),
            updated: names(&[]),
            removed: names(&[b"\x1b[31m"]),
        };
        let lines = b"added a\"b\nadded m\xfcller\nremoved \\u{1b}[31m\n";
        assert_eq!(to_bytes(&plan.to_string()), lines.as_slice());
        let report = ImportReport {
            added: 2,
            removed: Some(1),
            plan: Some(plan),
            ..ImportReport::new(Path::new("f"), 0, 0)
        };
        let line =
            "Dry run, nothing was written: f: 2 added, 0 updated, 0 unchanged, 0 rejected, 1 removed\n";
        assert_eq!(report.to_string(), line);
        let object = [
            r#"{"file":"f","added":2,"updated":0,"unchanged":0,"rejected_count":0,"rejected":[],"#,
            r#""duplicates":0,"written":false,"#,
            r#""removed":1,"dry_run":true,"plan":{"added":["a\"b","m�ller"],"updated":[],"#,
            r#""removed":["\u001b[31m"]}}"#,
            "\n",
        ];
        assert_eq!(to_line(&report), object.concat());
    }
}
