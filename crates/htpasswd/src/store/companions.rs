//! The names of companion files: journals, quarantined journals and incomplete new files.
//!
//! Example: the companions of `users` are `.htpasswd-journal.users`, `.htpasswd-quarantined-1.users` and
//! `.htpasswd-new.0123456789abcdef`. All names must begin with `.ht`, because the usual rules of Apache httpd and nginx
//! do not serve such files. A password file with a long name gets companions with a digest in their names.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use sha1::{Digest, Sha1};

use super::sys::{self, Location};

/// The maximum length of a file name on Linux file systems, in bytes.
const NAME_MAX: usize = 255;
/// The prefix of an incomplete new file. 16 hexadecimal digits follow it.
const NEW: &str = ".htpasswd-new.";
/// The maximum number of quarantined journals of one password file.
pub(super) const QUARANTINED_MAX: usize = 999;

pub(super) fn journal(name: &OsStr) -> OsString {
    with_prefix(".htpasswd-journal.", name)
}

/// The name of the journal in earlier versions.
pub(super) fn old_journal(name: &OsStr) -> OsString {
    with_suffix(name, b".htpasswd-journal")
}

/// The name of a quarantined journal. The numbers begin with 1.
pub(super) fn quarantined(name: &OsStr, number: usize) -> OsString {
    with_prefix(&format!(".htpasswd-quarantined-{number}."), name)
}

/// A random name for an incomplete new file or backup.
pub(super) fn new_name() -> io::Result<OsString> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(format!("{NEW}{:016x}", u64::from_ne_bytes(random)).into())
}

/// The paths of the existing companions of a password file, sorted by name. The result includes all incomplete new files in the
/// directory, because the name of such a file does not contain the name of its password file.
pub(super) fn find(location: &Location) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for (directory, path, base) in location.companion_places() {
        for name in sys::list(directory)? {
            let name = name?;
            if is_companion(&name, base) {
                found.push(path.join(name));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_companion(candidate: &OsStr, name: &OsStr) -> bool {
    let number = || {
        let rest = candidate.to_str()?.strip_prefix(".htpasswd-quarantined-")?;
        rest.split_once('.')?.0.parse().ok()
    };
    candidate == journal(name)
        || candidate == old_journal(name)
        || candidate == with_suffix(name, b".htpasswd-journal-aside")
        || candidate.as_encoded_bytes().starts_with(NEW.as_bytes())
        || number().is_some_and(|number| candidate == quarantined(name, number))
}

/// Returns the prefix, followed by the name. If the result would be too long, a digest replaces the end of the name.
fn with_prefix(prefix: &str, name: &OsStr) -> OsString {
    let name = shortened(name.as_encoded_bytes(), NAME_MAX - prefix.len());
    sys::file_name([prefix.as_bytes(), &name].concat())
}

fn with_suffix(name: &OsStr, suffix: &[u8]) -> OsString {
    let name = name.as_encoded_bytes();
    let hidden = [b".", name].concat();
    let mut bytes = if hidden.len() + suffix.len() > NAME_MAX {
        shorten(&hidden, name, NAME_MAX - suffix.len())
    } else {
        hidden
    };
    bytes.extend_from_slice(suffix);
    sys::file_name(bytes)
}

fn shortened(name: &[u8], length: usize) -> Vec<u8> {
    if name.len() <= length { name.to_vec() } else { shorten(name, name, length) }
}

/// The beginning of `text`, then a dot and a digest of `name`: `length` bytes in all.
fn shorten(text: &[u8], name: &[u8], length: usize) -> Vec<u8> {
    let digest = Sha1::digest(name);
    let mut bytes = text[..length - 17].to_vec();
    bytes.push(b'.');
    bytes.extend(digest[..8].iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_companions_begin_with_ht() {
        for name in ["users", ".htpasswd", "a b", &"x".repeat(255)] {
            let name = OsStr::new(name);
            for companion in [journal(name), quarantined(name, 1), quarantined(name, QUARANTINED_MAX)] {
                assert!(companion.as_encoded_bytes().starts_with(b".ht"), "{companion:?}");
            }
        }
        assert_eq!(journal(OsStr::new(".htpasswd")), ".htpasswd-journal..htpasswd");
    }

    #[test]
    fn names_of_companions_fit_and_are_unique() {
        let name = |length: usize, last: char| OsString::from("x".repeat(length - 1) + &last.to_string());
        for length in [1, 230, 237, 238, 254, 255] {
            let (a, b) = (name(length, 'a'), name(length, 'b'));
            let of = |name: &OsStr| {
                [journal(name), old_journal(name), quarantined(name, 7), quarantined(name, 77)]
            };
            let mut all = [of(&a), of(&b)].concat();
            assert!(all.iter().all(|name| name.len() <= NAME_MAX), "{length}");
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 8, "{length}");
        }
    }

    #[test]
    fn the_old_journal_has_the_name_of_earlier_versions() {
        assert_eq!(old_journal(OsStr::new("users")), ".users.htpasswd-journal");
        let longest = OsString::from(".".to_owned() + &"x".repeat(237) + ".htpasswd-journal");
        assert_eq!(old_journal(OsStr::new(&"x".repeat(237))), longest);
    }

    #[test]
    fn companions_of_other_files_are_not_listed() {
        let users = OsStr::new("users");
        for name in [
            ".htpasswd-journal.users",
            ".htpasswd-quarantined-12.users",
            ".htpasswd-new.0123456789abcdef",
            ".users.htpasswd-journal",
            ".users.htpasswd-journal-aside",
        ] {
            assert!(is_companion(OsStr::new(name), users), "{name}");
        }
        for name in [
            "users",
            ".htpasswd",
            ".htpasswd-journal.users2",
            ".htpasswd-quarantined-x.users",
            ".htpasswd-quarantined-.users",
            ".htpasswd-quarantined-1.other",
        ] {
            assert!(!is_companion(OsStr::new(name), users), "{name}");
        }
    }
}
