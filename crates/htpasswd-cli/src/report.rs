//! Results that commands print: text for users, and JSON for programs.
//!
//! A command makes a report and prints it. `Display` writes the text, and [`json::to_line`] writes the JSON of a report
//! that implements `Serialize`. A report contains values only. It must never read a file or print anything. Only the
//! report of `-n` contains a hash. Scripts read the JSON, so the names of its members must never change.

mod advice;
mod change;
mod check;
mod import;
pub(crate) mod json;
mod list;
mod record;
mod servers;

use serde::{Serialize, Serializer};

pub(crate) use self::change::{Change, ChangeReport};
pub(crate) use self::check::{CheckReport, FileFinding, ManifestSource, RecordState, UserRecord, UserReport};
pub(crate) use self::import::{ImportPlan, ImportReport, Rejection};
pub(crate) use self::list::{ListReport, ListedRecord};
pub(crate) use self::record::{RecordReport, VerifyReport};
pub(crate) use self::servers::ServerTable;
use crate::escape::ShownUser;

impl Serialize for ShownUser<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_hash() { serializer.serialize_str(Self::HIDDEN) } else { json::bytes(self.0, serializer) }
    }
}

/// `1 user`, `2 users`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_like_a_hash_is_hidden() {
        for (name, text, member) in [
            ("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "…", "\"…\"\n"),
            ("abcdefghijklm", "abcdefghijklm", "\"abcdefghijklm\"\n"),
            ("a\nb", "a\\nb", "\"a\\nb\"\n"),
            ("a\u{202e}b", "a\\u{202e}b", "\"a\\u202eb\"\n"),
        ] {
            let name = ShownUser(name.as_bytes());
            assert_eq!((name.to_string().as_str(), json::to_line(&name).as_str()), (text, member));
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_kept_in_text_and_replaced_in_json() {
        let name = ShownUser(b"m\xfcller");
        assert_eq!(crate::escape::to_bytes(&name.to_string()), b"m\xfcller".as_slice());
        assert_eq!(json::to_line(&name), "\"m\u{fffd}ller\"\n");
    }
}
