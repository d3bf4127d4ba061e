//! The groups of users in a file with the format of Apache's `AuthGroupFile`.
//!
//! A line has the name of a group, a colon and the members. A word in quotation marks can contain blanks. A group can
//! have several lines. If the file cannot be read any more, its previous groups stay, as the users of a password file
//! do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::os::FileState;

/// The groups of each user, in alphabetical order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups(BTreeMap<String, BTreeSet<String>>);

impl Groups {
    pub(crate) fn parse(text: &str) -> Self {
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            let Some((group, members)) = line.split_once(':').filter(|(group, _)| !group.is_empty()) else {
                continue;
            };
            for member in words(members) {
                groups.entry(member).or_default().insert(group.trim().to_owned());
            }
        }
        Self(groups)
    }

    /// The groups of a user.
    pub(crate) fn of(&self, user: &str) -> impl Iterator<Item = &str> {
        self.0.get(user).into_iter().flatten().map(String::as_str)
    }
}

/// The words of a line, as Apache's `ap_getword_conf` reads them: a backslash keeps the next character in a word with
/// quotation marks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, tail) = if matches!(first, '"' | '\'') {
            quoted(&rest[1..], first)
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        words.push(word);
        rest = tail.trim_start();
    }
    words
}

/// Splits a text after the quotation mark that ends a word.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            _ if character == quote => return (word, &text[index + 1..]),
            '\\' => word.extend(characters.next().map(|(_, next)| next)),
            _ => word.push(character),
        }
    }
    (word, "")
}

/// A file of groups that is read again when it changes.
pub(crate) struct GroupFile {
    path: PathBuf,
    current: RwLock<Arc<Groups>>,
    last: Mutex<Last>,
}

/// The state of the file at the last check.
#[derive(Default)]
struct Last {
    fingerprint: Option<FileState>,
    /// The text of the last error. An error that lasts is reported once.
    error: Option<String>,
}

impl GroupFile {
    /// Reads the file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = Self { path: path.to_owned(), current: RwLock::default(), last: Mutex::default() };
        file.reload_if_changed()?;
        Ok(file)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn current(&self) -> Arc<Groups> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns true if the last check could not read the file.
    pub(crate) fn has_error(&self) -> bool {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).error.is_some()
    }

    /// Reads the file if it has changed. Returns true if new groups were loaded. Returns an error once; the same error
    /// at the next check is not returned again.
    pub(crate) fn reload_if_changed(&self) -> io::Result<bool> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = fs::metadata(&self.path).map(|metadata| FileState::of(&metadata));
        let read = match found {
            Ok(found) if last.fingerprint == Some(found) && last.error.is_none() => return Ok(false),
            Ok(found) => fs::read(&self.path).map(|bytes| (found, bytes)),
            Err(error) => Err(error),
        };
        let (found, bytes) = match read {
            Ok(read) => read,
            Err(error) => {
                let text = error.to_string();
                let is_new = last.error.as_ref() != Some(&text);
                last.error = Some(text);
                return if is_new { Err(error) } else { Ok(false) };
            }
        };
        // Bytes that are not UTF-8 make a name that no user has.
        let groups = Arc::new(Groups::parse(&String::from_utf8_lossy(&bytes)));
        *last = Last { fingerprint: Some(found), error: None };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = groups;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, user: &str) -> Vec<String> {
        Groups::parse(text).of(user).map(str::to_owned).collect()
    }

    #[test]
    fn a_user_has_the_groups_of_all_lines() {
        let text = "# staff: mallory\n: alice\nstaff: alice bob\n\n  admins :alice\nstaff:carol\nempty:\nno colon alice\n";
        assert_eq!(of(text, "alice"), ["admins", "staff"]);
        assert_eq!(of(text, "bob"), ["staff"]);
        assert_eq!(of(text, "carol"), ["staff"]);
        assert_eq!(of(text, "mallory"), [""; 0]);
        assert_eq!(of(text, "Alice"), [""; 0]);
    }

    #[test]
    fn words_in_quotation_marks_contain_blanks() {
        let text = "g: \"a b\" 'c \"d' \"e\\\"f\" g:h\t\"open end";
        for user in ["a b", "c \"d", "e\"f", "g:h", "open end"] {
            assert_eq!(of(text, user), ["g"], "{user}");
        }
        assert_eq!(of("g: \"a b\"", "a"), [""; 0]);
    }

    #[test]
    fn a_changed_file_is_read_and_a_missing_file_keeps_its_groups() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("groups");
        assert!(GroupFile::open(&path).is_err());
        fs::write(&path, "a: alice").unwrap();
        let file = GroupFile::open(&path).unwrap();
        assert_eq!(file.current().of("alice").count(), 1);
        fs::write(&path, "a: alice\nb: alice").unwrap();
        assert!(file.reload_if_changed().unwrap());
        assert_eq!(file.current().of("alice").count(), 2);
        assert!(!file.reload_if_changed().unwrap());
        fs::remove_file(&path).unwrap();
        assert!(file.reload_if_changed().is_err());
        assert!(!file.reload_if_changed().unwrap(), "the error is returned once");
        assert_eq!(file.current().of("alice").count(), 2);
        fs::write(&path, "").unwrap();
        assert!(file.reload_if_changed().unwrap());
        assert_eq!(file.current().of("alice").count(), 0);
    }
}
