//! The sentences of `--import`.

use std::path::Path;

use htpasswd::{HashError, PasswordError};

use super::check::{json_name, shown_unless_hash};
use super::{PLAIN_WITH_BACKSLASH, PLAIN_WITH_LINE_BREAK, path, warning};
use crate::import::{Duplicates, Planned, Refused, RowError, Summary};
use crate::password::PasswordWarning;

/// What somebody should know about several passwords, the first of them on this line of the list.
pub(crate) fn password_warnings(kind: PasswordWarning, number: usize, line: usize) -> Vec<u8> {
    let passwords = count(number, "password");
    let what = match kind {
        PasswordWarning::Empty if number == 1 => "is empty",
        PasswordWarning::Empty => "are empty",
        PasswordWarning::CryptCuts => "truncated to 8 characters by CRYPT algorithm",
        PasswordWarning::BcryptCuts => "truncated to 72 bytes by bcrypt algorithm",
    };
    let place = if number == 1 { "line" } else { "the first in line" };
    warning(&format!("{passwords} {what} ({place} {line})"))
}

/// What somebody should know about user names that end with blanks, the first of them on this line of the list.
pub(crate) fn names_with_blanks(number: usize, line: usize) -> Vec<u8> {
    let names = count(number, "user name");
    let ends = if number == 1 { "ends" } else { "end" };
    let place = if number == 1 { "line" } else { "the first in line" };
    warning(&format!("{names} {ends} with a blank, which some servers take off ({place} {line})"))
}

/// The records of a list that are not taken, by their lines.
pub(crate) fn refused(refused: &Refused, program: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for (line, error) in &refused.first {
        text.extend([program, format!(": line {line}: {}\n", why_refused(error)).as_bytes()].concat());
    }
    let rest = refused.count - refused.first.len();
    if rest > 0 {
        text.extend([program, format!(": … and {rest} more\n").as_bytes()].concat());
    }
    text
}

fn why_refused(error: &RowError) -> String {
    match error {
        RowError::NoColon { secret } => format!("no colon between user and {secret}"),
        RowError::Name(error) => error.to_string(),
        RowError::Password(PasswordError::Nul) => {
            "the password contains a NUL byte; servers would cut it there".to_owned()
        }
        RowError::Password(_) => "the password is too long (> 255 bytes)".to_owned(),
        RowError::PlainWithLineBreak => PLAIN_WITH_LINE_BREAK.to_owned(),
        RowError::PlainWithBackslash => PLAIN_WITH_BACKSLASH.to_owned(),
        RowError::Hash(HashError::Locked) => "the hash starts with '*' or '!': the user is locked".to_owned(),
        RowError::Hash(error) => error.to_string(),
        RowError::Fields { found, wanted } => {
            format!("{}, but the header has {wanted}", count(*found, "field"))
        }
        RowError::Malformed => {
            "a quotation mark or carriage return in the wrong place; fields with such are quoted".to_owned()
        }
        RowError::Json { column } => format!("no valid JSON at byte {column} of the line"),
        RowError::NotAnObject => "no JSON object".to_owned(),
        RowError::NotAString(name) => format!("no member '{name}' that is a text"),
        RowError::DuplicateKey(name) => format!("more than one member '{name}'"),
    }
}

/// The users of a list that come more than once.
pub(crate) fn duplicates(duplicates: &Duplicates) -> Vec<u8> {
    let mut text = Vec::new();
    for duplicate in &duplicates.first {
        let lines = format!(
            " stands in line {} and in line {}; the last one counts.\n",
            duplicate.earlier, duplicate.later
        );
        let user = shown_unless_hash(duplicate.user.as_bytes());
        text.extend([b"Warning: user ", user.as_slice(), lines.as_bytes()].concat());
    }
    let rest = duplicates.count - duplicates.first.len();
    if rest > 0 {
        text.extend(warning(&format!("… and {rest} more that come again")));
    }
    text
}

/// What an import did, or would do.
pub(crate) fn imported(file: &Path, summary: &Summary) -> Vec<u8> {
    let Summary { added, updated, unchanged, refused, .. } = summary;
    let verb: &[u8] =
        if summary.planned.is_some() { b"Dry run, nothing was written: " } else { b"Imported " };
    let counts = format!(": {added} added, {updated} updated, {unchanged} unchanged, {refused} refused");
    let removed = summary.removed.map_or(String::new(), |removed| format!(", {removed} removed"));
    [verb, path(file).as_slice(), counts.as_bytes(), removed.as_bytes(), b"\n"].concat()
}

/// The same for programs.
pub(crate) fn imported_json(summary: &Summary) -> String {
    let Summary { added, updated, unchanged, refused, duplicates, written, .. } = summary;
    let users = format!(r#""added":{added},"updated":{updated},"unchanged":{unchanged}"#);
    let removed = summary.removed.map_or(String::new(), |removed| format!(r#","removed":{removed}"#));
    let planned = summary.planned.as_ref().map_or(String::new(), |Planned { added, updated, removed }| {
        let list = |users: &[Vec<u8>]| users.iter().map(|user| json_name(user)).collect::<Vec<_>>().join(",");
        let (added, updated, removed) = (list(added), list(updated), list(removed));
        format!(r#","dry_run":true,"plan":{{"added":[{added}],"updated":[{updated}],"removed":[{removed}]}}"#)
    });
    let rest = format!(r#""refused":{refused},"duplicates":{duplicates},"written":{written}"#);
    format!("{{{users},{rest}{removed}{planned}}}\n")
}

/// Who would be what, a user a line.
pub(crate) fn planned(planned: &Planned) -> Vec<u8> {
    let mut text = Vec::new();
    for (verb, users) in
        [("added ", &planned.added), ("updated ", &planned.updated), ("removed ", &planned.removed)]
    {
        for user in users {
            for part in [verb.as_bytes(), &shown_unless_hash(user), b"\n"] {
                text.extend_from_slice(part);
            }
        }
    }
    text
}

/// `1 user`, `2 users`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use htpasswd::Username;

    use super::*;
    use crate::import::Duplicate;

    fn refusals(first: Vec<(usize, RowError)>, count: usize) -> String {
        String::from_utf8(refused(&Refused { first, count }, b"htpasswd")).unwrap()
    }

    #[test]
    fn refusals_name_their_lines_and_say_how_many_more_there_are() {
        let no_colon = |line| (line, RowError::NoColon { secret: "password" });
        let text = "htpasswd: line 3: no colon between user and password\n";
        assert_eq!(refusals(vec![], 0), "");
        assert_eq!(refusals(vec![no_colon(3)], 1), text);
        assert_eq!(refusals(vec![no_colon(3)], 5), format!("{text}htpasswd: … and 4 more\n"));
    }

    #[test]
    fn every_refusal_is_one_line() {
        for error in [
            RowError::Name(htpasswd::UsernameError::Control),
            RowError::Password(PasswordError::Nul),
            RowError::Password(PasswordError::TooLong),
            RowError::PlainWithLineBreak,
            RowError::PlainWithBackslash,
            RowError::Hash(HashError::Locked),
            RowError::Hash(HashError::Malformed),
            RowError::Fields { found: 1, wanted: 2 },
            RowError::Malformed,
            RowError::Json { column: 7 },
            RowError::NotAnObject,
            RowError::NotAString("user"),
            RowError::DuplicateKey("password"),
        ] {
            let text = refusals(vec![(7, error)], 1);
            assert!(text.starts_with("htpasswd: line 7: ") && text.lines().count() == 1, "{text}");
        }
    }

    #[test]
    fn repeated_users_are_told_with_both_lines() {
        let duplicate = || Duplicate { user: Username::new("m\u{fc}ller").unwrap(), earlier: 3, later: 9 };
        let text = |count| duplicates(&Duplicates { first: vec![duplicate(), duplicate()], count });
        let line = "Warning: user m\u{fc}ller stands in line 3 and in line 9; the last one counts.\n";
        assert_eq!(String::from_utf8(text(2)).unwrap(), line.repeat(2));
        let more = format!("{}Warning: … and 5 more that come again.\n", line.repeat(2));
        assert_eq!(String::from_utf8(text(7)).unwrap(), more);
        assert_eq!(duplicates(&Duplicates::default()), b"");
    }

    #[test]
    fn one_and_many_are_told_apart() {
        let text = |kind, number| String::from_utf8(password_warnings(kind, number, 7)).unwrap();
        assert_eq!(text(PasswordWarning::Empty, 1), "Warning: 1 password is empty (line 7).\n");
        assert_eq!(
            text(PasswordWarning::Empty, 2),
            "Warning: 2 passwords are empty (the first in line 7).\n"
        );
        let cut = "Warning: 2 passwords truncated to 72 bytes by bcrypt algorithm (the first in line 7).\n";
        assert_eq!(text(PasswordWarning::BcryptCuts, 2), cut);
        let blanks = |number| String::from_utf8(names_with_blanks(number, 7)).unwrap();
        let warning = "Warning: 1 user name ends with a blank, which some servers take off (line 7).\n";
        assert_eq!(blanks(1), warning);
        let warning =
            "Warning: 2 user names end with a blank, which some servers take off (the first in line 7).\n";
        assert_eq!(blanks(2), warning);
    }

    #[test]
    fn the_summary_is_a_line_or_an_object() {
        let summary = Summary {
            added: 1,
            updated: 2,
            unchanged: 3,
            refused: 4,
            duplicates: 5,
            written: true,
            ..Summary::default()
        };
        let line = b"Imported a\\nb: 1 added, 2 updated, 3 unchanged, 4 refused\n";
        assert_eq!(imported(Path::new("a\nb"), &summary), line);
        let object = r#"{"added":1,"updated":2,"unchanged":3,"refused":4,"duplicates":5,"written":true}"#;
        assert_eq!(imported_json(&summary), format!("{object}\n"));
    }
    #[test]
    fn a_plan_names_users_as_they_can_be_shown() {
        let names = |names: &[&[u8]]| names.iter().map(|name| name.to_vec()).collect();
        let plan = Planned {
            added: names(&[b"a\"b", b"m\xfcller"]),
            updated: names(&[]),
            removed: names(&[b"\x1b[31m"]),
        };
        assert_eq!(planned(&plan), b"added a\"b\nadded m\xfcller\nremoved \\u{1b}[31m\n");
        let summary = Summary { added: 2, removed: Some(1), planned: Some(plan), ..Summary::default() };
        let line =
            b"Dry run, nothing was written: f: 2 added, 0 updated, 0 unchanged, 0 refused, 1 removed\n";
        assert_eq!(imported(Path::new("f"), &summary), line);
        let object: serde_json::Value = serde_json::from_str(&imported_json(&summary)).unwrap();
        assert_eq!(object["plan"]["added"][0], "a\"b");
        assert_eq!(object["plan"]["added"][1], "m\u{fffd}ller");
        assert_eq!(object["plan"]["removed"][0], "\u{1b}[31m");
        assert_eq!((&object["removed"], &object["dry_run"]), (&1.into(), &true.into()));
    }
}
