//! The users and groups of this machine, and whether a user can read a file.
//!
//! The check and the commands that create a file ask [`Account::of_server`] for the user as which a server reads the
//! file. The module reads /etc/passwd and /etc/group itself, and must never change an account. Accounts of other
//! sources, such as LDAP, are unknown, so nothing is reported about them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use htpasswd::servers::Server;

use crate::os::{self, Permissions};

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// The name of the user's own group.
    pub(crate) group: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The other groups of the user.
    gids: Vec<u32>,
}

impl Account {
    /// The user as which a package of the server reads its files on this machine; `None` if there is no such user.
    pub(crate) fn of_server(server: &Server) -> Option<Self> {
        if server.workers.is_empty() {
            return None;
        }
        let (users, groups) = (lines("/etc/passwd"), lines("/etc/group"));
        server.workers.iter().find_map(|name| Self::named(name, &users, &groups))
    }

    /// The user with this name in the lines of /etc/passwd and /etc/group.
    pub(crate) fn named(name: &str, users: &[String], groups: &[String]) -> Option<Self> {
        let line = users.iter().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(|field| field.parse().ok());
        let (uid, gid) = (fields.next()??, fields.next()??);
        let records = || groups.iter().map(|line| line.split(':').collect::<Vec<_>>());
        let id = |fields: &[&str]| fields.get(2).and_then(|id| id.parse::<u32>().ok());
        let group = records().find(|fields| id(fields) == Some(gid));
        let group = group.map_or_else(|| gid.to_string(), |fields| fields[0].to_owned());
        let is_member =
            |fields: &Vec<&str>| fields.get(3).is_some_and(|list| list.split(',').any(|user| user == name));
        let gids = records().filter(is_member).filter_map(|fields| id(&fields)).collect();
        Some(Self { name: name.to_owned(), group, uid, gid, gids })
    }

    /// Returns true if a file with these permissions has this bit for the user: 4 to read, 1 to enter a directory.
    pub(crate) fn has(&self, permissions: Permissions, bit: u32) -> bool {
        let Permissions { uid, gid, mode } = permissions;
        let shift = if self.uid == uid {
            6
        } else if self.gid == gid || self.gids.contains(&gid) {
            3
        } else {
            0
        };
        self.uid == 0 || mode >> shift & bit != 0
    }

    /// The first directory above the file that the user cannot enter.
    pub(crate) fn cannot_enter(&self, file: &Path) -> Option<PathBuf> {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = match file.canonicalize() {
            Ok(file) => file.parent()?.to_owned(),
            // The file does not exist yet.
            Err(_) => parent.unwrap_or(Path::new(".")).canonicalize().ok()?,
        };
        let mut above: Vec<_> = directory.ancestors().collect();
        above.reverse();
        let is_closed = |directory: &&&Path| {
            std::fs::metadata(directory)
                .is_ok_and(|metadata| !self.has(os::permissions(&metadata), 1) && !os::has_acl(directory))
        };
        above.iter().find(is_closed).map(|directory| directory.to_path_buf())
    }
}

/// The number of the group with this name or number.
pub(crate) fn group_id(name: &OsStr) -> Option<u32> {
    let name = name.to_str()?;
    let groups = lines("/etc/group");
    let line = groups.iter().find(|line| line.split(':').next() == Some(name));
    match line {
        Some(line) => line.split(':').nth(2)?.parse().ok(),
        None if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) => name.parse().ok(),
        None => None,
    }
}

/// The lines of a file of the system. A line that is not UTF-8 is left out.
fn lines(file: &str) -> Vec<String> {
    if !os::HAS_ACCOUNTS {
        return Vec::new();
    }
    let bytes = std::fs::read(file).unwrap_or_default();
    let lines = bytes.split(|&byte| byte == b'\n');
    lines.filter_map(|line| str::from_utf8(line).ok().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        let users = ["root:x:0:0::/:/bin/sh", "www:x:33:34::/:/bin/sh"].map(str::to_owned);
        let groups = ["ssl:x:90:max,www", "www-data:x:34:", "root:x:0:"].map(str::to_owned);
        Account::named("www", &users, &groups).unwrap()
    }

    #[test]
    fn an_account_has_its_groups() {
        let expected =
            Account { name: "www".into(), group: "www-data".into(), uid: 33, gid: 34, gids: vec![90] };
        assert_eq!(account(), expected);
        assert_eq!(Account::named("nginx", &["root:x:0:0".to_owned()], &[]), None);
        assert_eq!(Account::named("x", &["x:x:a:0".to_owned()], &[]), None);
    }

    #[test]
    fn only_the_first_class_that_fits_the_user_counts() {
        let account = account();
        for (uid, gid, mode, can_read) in [
            (0, 0, 0o600, false),
            (0, 0, 0o604, true),
            (0, 34, 0o640, true),
            (0, 34, 0o604, false),
            (0, 90, 0o640, true),
            (33, 0, 0o044, false),
            (33, 0, 0o400, true),
            (0, 0, 0o640, false),
        ] {
            assert_eq!(account.has(Permissions { uid, gid, mode }, 4), can_read, "{uid} {gid} {mode:o}");
        }
        let root = Account { uid: 0, ..account };
        assert!(root.has(Permissions { uid: 1, gid: 1, mode: 0 }, 4));
    }

    #[test]
    #[cfg(unix)]
    fn groups_have_names_and_numbers() {
        assert_eq!(group_id(OsStr::new("root")), Some(0));
        assert_eq!(group_id(OsStr::new("1234")), Some(1234));
        for name in ["", "no such group", "-1", "12x"] {
            assert_eq!(group_id(OsStr::new(name)), None, "{name}");
        }
    }
}
