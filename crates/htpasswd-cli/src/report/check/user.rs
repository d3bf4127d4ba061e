//! The part of a check that is about one user: the records of the user, without their hashes.

use std::fmt::{self, Display};

use htpasswd::hash::Scheme;
use serde::Serialize;

use super::super::json;
use crate::escape::ShownUser;

/// The user of a report, and all records of the user.
#[derive(Debug)]
pub(crate) struct UserReport<'a> {
    pub(crate) user: &'a [u8],
    pub(crate) records: Vec<UserRecord>,
    /// The names of other users that look the same.
    pub(crate) similar: Vec<&'a [u8]>,
}

/// A record of the user.
#[derive(Debug, Serialize)]
pub(crate) struct UserRecord {
    pub(crate) line: usize,
    /// `None` if the scheme is unknown.
    #[serde(serialize_with = "json::optional_text")]
    pub(crate) scheme: Option<Scheme>,
    pub(crate) cost: Option<u32>,
    pub(crate) state: RecordState,
    /// The servers of `--for` that use this record of the user; `None` without `--for`.
    pub(crate) used_by: Option<Vec<&'static str>>,
    /// The servers that use the record and can read it.
    pub(crate) read_by: Option<Vec<&'static str>>,
}

/// The state of a record. A password can match the hash of an enabled record only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RecordState {
    Enabled,
    /// `--enable` enables the user again.
    Disabled,
    Locked,
}

impl UserReport<'_> {
    /// The names of similar users, for JSON.
    pub(super) fn similar_names(&self) -> Vec<ShownUser<'_>> {
        self.similar.iter().map(|name| ShownUser(name)).collect()
    }
}

impl Display for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.scheme, self.cost) {
            (Some(scheme @ (Scheme::Sha256Crypt | Scheme::Sha512Crypt)), Some(rounds)) => {
                write!(f, "{scheme}, {rounds} rounds")?;
            }
            (Some(scheme), Some(cost)) => write!(f, "{scheme}, cost {cost}")?,
            (Some(scheme), None) => write!(f, "{scheme}")?,
            (None, _) if self.state == RecordState::Locked => f.write_str("no hash")?,
            (None, _) => f.write_str("unknown scheme")?,
        }
        match self.state {
            RecordState::Enabled => {}
            RecordState::Disabled => f.write_str("; the user is disabled (--enable)")?,
            RecordState::Locked => f.write_str("; the user is locked")?,
        }
        let names = |servers: &Option<Vec<&'static str>>| servers.clone().unwrap_or_default();
        let (used, read) = (names(&self.used_by), names(&self.read_by));
        let unread: Vec<_> = used.iter().copied().filter(|name| !read.contains(name)).collect();
        for (names, one, several) in
            [(read, "reads it", "read it"), (unread, "does not read it", "do not read it")]
        {
            if !names.is_empty() {
                write!(f, "; {} {}", names.join(", "), if names.len() == 1 { one } else { several })?;
            }
        }
        if self.used_by.as_ref().is_some_and(Vec::is_empty) {
            f.write_str("; not used")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line() {
        let record = |scheme, cost, state, used_by, read_by| {
            UserRecord { line: 1, scheme, cost, state, used_by, read_by }.to_string()
        };
        let enabled = RecordState::Enabled;
        assert_eq!(record(Some(Scheme::Bcrypt), Some(10), enabled, None, None), "bcrypt, cost 10");
        let rounds = record(Some(Scheme::Sha256Crypt), Some(5000), RecordState::Disabled, None, None);
        assert_eq!(rounds, "sha256-crypt, 5000 rounds; the user is disabled (--enable)");
        assert_eq!(record(None, None, RecordState::Locked, None, None), "no hash; the user is locked");
        assert_eq!(record(None, None, enabled, None, None), "unknown scheme");
        let servers = |used: &[&'static str], read: &[&'static str]| {
            record(Some(Scheme::Sha1), None, enabled, Some(used.to_vec()), Some(read.to_vec()))
        };
        assert_eq!(servers(&["nginx"], &["nginx"]), "{SHA}; nginx reads it");
        assert_eq!(servers(&["zot"], &[]), "{SHA}; zot does not read it");
        assert_eq!(servers(&["a", "b", "c", "d"], &["a", "c"]), "{SHA}; a, c read it; b, d do not read it");
        assert_eq!(servers(&[], &[]), "{SHA}; not used");
    }
}
