//! `--check FILE USER`: restricts the report about a file to one user.
//!
//! [`restrict`] keeps the findings that concern the user, and adds the records of the user without their hashes.

use htpasswd::document::{Line, disabled, is_invisible};
use htpasswd::hash::HashError;
use htpasswd::{Document, PasswordHash};

use super::server_view::ServerView;
use crate::error::Error;
use crate::report::{CheckReport, FileFinding, RecordState, UserRecord, UserReport};

/// The largest number of edits between a misspelled name and the name of a user.
const MAX_EDITS: usize = 1;
/// A name that is shorter has too many names near it.
const MIN_LENGTH: usize = 4;

/// Restricts the report to a user. Fails if the file has no record of the user.
///
/// `document` is `None` if the file does not exist. `views` has the view of each server of the call.
pub(super) fn restrict<'a>(
    report: &mut CheckReport<'a>,
    document: Option<&'a Document>,
    views: &[ServerView<'_>],
    user: &'a [u8],
) -> Result<(), Error> {
    report
        .file_findings
        .retain(|finding| matches!(finding, FileFinding::Missing | FileFinding::NotReadableBy { .. }));
    let mut of_user = UserReport { user, records: Vec::new(), similar: Vec::new() };
    // The lines of UTF-16 text have no records, and its only finding concerns all users.
    if let Some(document) = document.filter(|document| document.utf16().is_none()) {
        let is_of_user = |line: &Line<'_>| line.record().is_some_and(|record| record.user == user);
        let lines: Vec<_> = document.lines().filter(is_of_user).collect();
        if lines.is_empty() {
            let file = report.file.as_os_str().as_encoded_bytes().to_vec();
            let similar = misspelled(document, user).map(<[u8]>::to_vec);
            return Err(Error::NoFileOrUser { word: user.to_vec(), file, similar });
        }
        let concerns = |line: usize| lines.iter().any(|own| own.number() == line);
        report
            .line_findings
            .retain(|finding| concerns(finding.line) || lines.iter().any(|line| finding.rejects(line)));
        of_user.records = lines.iter().map(|line| record(line, views)).collect();
        of_user.similar = similar(document, user);
    }
    report.user = Some(of_user);
    Ok(())
}

fn record(line: &Line<'_>, views: &[ServerView<'_>]) -> UserRecord {
    let text = line.record().map_or(&[][..], |record| record.hash.trim_ascii());
    let (state, text) = match disabled(text) {
        Some(hash) if PasswordHash::parse_or_foreign(hash).is_ok() => (RecordState::Disabled, hash),
        _ if matches!(PasswordHash::parse(text), Err(HashError::Locked)) => (RecordState::Locked, text),
        _ => (RecordState::Enabled, text),
    };
    let hash = PasswordHash::parse_or_foreign(text).ok();
    let names = |is_wanted: &dyn Fn(&ServerView<'_>) -> bool| {
        let servers = views.iter().filter(|view| is_wanted(view));
        (!views.is_empty()).then(|| servers.map(|view| view.server.name).collect())
    };
    UserRecord {
        line: line.number(),
        scheme: hash.as_ref().map(PasswordHash::scheme),
        cost: hash.as_ref().and_then(PasswordHash::cost),
        state,
        used_by: names(&|view| view.uses(line)),
        read_by: names(&|view| view.uses(line) && view.obstacle(line).is_none()),
    }
}

/// The other names that differ from this one only in case, invisible characters, or white space at the ends.
fn similar<'a>(document: &'a Document, user: &[u8]) -> Vec<&'a [u8]> {
    let folded = folded(user);
    let mut similar = Vec::new();
    for record in document.records() {
        if record.user != user && folded == self::folded(record.user) && !similar.contains(&record.user) {
            similar.push(record.user);
        }
    }
    similar
}

/// The user whom a name without a record probably means.
fn misspelled<'a>(document: &'a Document, user: &[u8]) -> Option<&'a [u8]> {
    if let Some(similar) = similar(document, user).first() {
        return Some(similar);
    }
    let name = folded(user);
    let mut names = document.records().map(|record| record.user);
    names.find(|other| {
        name.chars().count() >= MIN_LENGTH && strsim::osa_distance(&name, &folded(other)) <= MAX_EDITS
    })
}

/// The name in lower case, without invisible characters and without white space at the ends.
fn folded(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let visible: String = name.chars().filter(|character| !is_invisible(*character)).collect();
    visible.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_similar_if_they_look_the_same() {
        let document = Document::parse("Alice:x\nalice :y\nal\u{200b}ice:z\nALICE:x\nAlice:y\nbob:x\n");
        let names = ["Alice", "alice ", "al\u{200b}ice", "ALICE"];
        assert_eq!(similar(&document, b"alice"), names.map(str::as_bytes));
        assert_eq!(similar(&document, b"bob"), [b""; 0]);
        assert_eq!(similar(&document, b"Bob"), [b"bob"]);
    }

    #[test]
    fn one_typing_mistake_in_a_long_name_is_recognized() {
        let document = Document::parse("alice:x\nbob:y\nM\u{fc}ller:z\n");
        for (name, user) in
            [("alcie", "alice"), ("alic", "alice"), ("Alicia", ""), ("rob", ""), ("BOB", "bob")]
        {
            assert_eq!(misspelled(&document, name.as_bytes()).unwrap_or_default(), user.as_bytes(), "{name}");
        }
        assert_eq!(misspelled(&document, "m\u{fc}lle".as_bytes()), Some("M\u{fc}ller".as_bytes()));
    }

    #[test]
    fn a_record_is_enabled_disabled_or_locked() {
        let state = |text: &str| {
            let document = Document::parse(text);
            let line = document.lines().next().unwrap();
            let record = record(&line, &[]);
            (record.state, record.scheme.map(|scheme| scheme.to_string()))
        };
        let sha1 = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
        let scheme = Some("{SHA}".to_owned());
        assert_eq!(state(&format!("a:{sha1}\n")), (RecordState::Enabled, scheme.clone()));
        assert_eq!(state(&format!("a:!{sha1}\n")), (RecordState::Disabled, scheme));
        for locked in ["a:*\n", "a:!\n", "a:!x\n"] {
            assert_eq!(state(locked), (RecordState::Locked, None), "{locked}");
        }
        assert_eq!(state("a:x\n"), (RecordState::Enabled, None));
    }
}
