//! The serialized form of findings, for the feature `serde`.
//!
//! A finding has the members that `htpasswd --check --json` prints: `line`, `severity`, `kind`, `user` and `message`.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{Finding, FindingKind};

/// Serializes five members. Bytes of the user name that are not UTF-8 become U+FFFD.
impl Serialize for Finding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 5)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("severity", &self.severity)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("user", &self.user.map(String::from_utf8_lossy))?;
        object.serialize_field("message", &self.to_string())?;
        object.end()
    }
}

/// Serializes the [name](FindingKind::name) of the kind.
impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::super::check;
    use crate::document::{Edits, SetOutcome, UserChange};
    use crate::{Document, Params, Password, PasswordHash};

    #[test]
    fn a_finding_has_the_members_that_the_command_prints() {
        let document = Document::parse("m\u{fc}ller:*\n");
        let finding = check(&document, None)[0];
        let message = finding.to_string();
        assert_eq!(
            to_value(finding).unwrap(),
            json!({ "line": 1, "severity": "warning", "kind": "locked", "user": "m\u{fc}ller", "message": message })
        );
    }

    #[test]
    fn summaries_and_changes_are_serialized_by_their_names() {
        let mut document = Document::parse("bob:x\r\n");
        let mut edits = Edits::new();
        let hash = PasswordHash::create(&Password::new("abc123").unwrap(), &Params::Sha1).unwrap();
        edits.set(&"bob".parse().unwrap(), &hash);
        document
            .preview(&edits, |_, change: UserChange| assert_eq!(to_value(change).unwrap(), json!("updated")));
        assert_eq!(
            to_value(document.apply(&edits)).unwrap(),
            json!({ "added": 0, "updated": 1, "unchanged": 0, "removed": 0, "disabled": 0 })
        );
        let outcome: SetOutcome = document.set(&"bob".parse().unwrap(), &hash);
        assert_eq!(to_value(outcome).unwrap(), json!({ "updated": { "lines": 1 } }));
        assert_eq!(
            to_value(document.repair()).unwrap(),
            json!({ "byte_order_mark": false, "carriage_returns": 1, "duplicates": 0, "final_line_feed": false, "utf16": false })
        );
    }
}
