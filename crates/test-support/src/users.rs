//! Makes password files of any length, and computes the expected content after an edit.

use std::fmt::Write as _;

use super::SHA1;

/// The `{SHA}` hash of the password `other`.
pub const OTHER: &str = "{SHA}0JQeaNqPOBUf+Gph/Fn3xc+fyqI=";

/// A password file with `count` records with the password `secret`. The users are `u00000`, `u00001`, …
pub fn users(count: usize) -> String {
    let mut text = String::with_capacity(count * 41);
    for number in 0..count {
        writeln!(text, "u{number:05}:{SHA1}").unwrap();
    }
    text
}

/// The content with `line` inserted before line `at`, counted from 0.
pub fn insert(content: &str, at: usize, line: &str) -> String {
    let start = content.split_inclusive('\n').take(at).map(str::len).sum::<usize>();
    format!("{}{line}\n{}", &content[..start], &content[start..])
}

/// The content after this hash is set for this user: in the user's record, or in a new record at the end.
pub fn set(content: &str, user: &str, hash: &str) -> String {
    let prefix = format!("{user}:");
    let mut found = false;
    let mut text = String::with_capacity(content.len() + 100);
    for line in content.split_inclusive('\n') {
        if line.starts_with(&prefix) {
            found = true;
            writeln!(text, "{prefix}{hash}").unwrap();
        } else {
            text.push_str(line);
        }
    }
    if !found {
        writeln!(text, "{prefix}{hash}").unwrap();
    }
    text
}

/// A password file with these users and hashes.
pub fn list<const COUNT: usize>(hashes: [(&str, &str); COUNT]) -> String {
    hashes.map(|(user, hash)| format!("{user}:{hash}\n")).concat()
}

/// The content without its blank lines, which servers ignore.
pub fn without_blank_lines(content: &str) -> String {
    content.split_inclusive('\n').filter(|line| !line.trim().is_empty()).collect()
}

/// The text that replaces a complete bcrypt hash of cost 4 in [`masked`].
pub const SOME_BCRYPT: &str = "(bcrypt)";

/// The content with each complete bcrypt hash of cost 4 replaced, because the hash has a random salt.
pub fn masked(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    for line in content.split_inclusive('\n') {
        match line.split_once(":$2y$04$") {
            Some((user, rest)) if super::is_crypt_text(rest.trim_end_matches('\n'), 53) => {
                text.push_str(user);
                text.push(':');
                text.push_str(SOME_BCRYPT);
                text.push_str(&rest[53..]);
            }
            _ => text.push_str(line),
        }
    }
    text
}
