//! The files that the program puts beside a password file, and another build of the program to compare with.

use std::path::PathBuf;

use super::{Call, Sandbox};

/// The journal of a password file whose name is not too long for it.
pub fn journal_of(name: &str) -> String {
    format!(".htpasswd-journal.{name}")
}

/// The name under which a journal that cannot be believed is kept.
pub fn quarantined(number: usize, name: &str) -> String {
    format!(".htpasswd-quarantined-{number}.{name}")
}

/// Where earlier versions of the program had the journal.
pub fn old_journal_of(name: &str) -> String {
    format!(".{name}.htpasswd-journal")
}

/// Another build of this program, an earlier one for example: `HTPASSWD_TEST_OLD_PROGRAM`.
pub fn old_program() -> Option<PathBuf> {
    let named = std::env::var_os("HTPASSWD_TEST_OLD_PROGRAM")?;
    let path = std::path::absolute(named).unwrap();
    assert!(path.exists(), "HTPASSWD_TEST_OLD_PROGRAM names no file: {}", path.display());
    Some(path)
}

impl Call<'_> {
    /// Runs the program that `HTPASSWD_TEST_OLD_PROGRAM` names, if it names one, in place of the program under test.
    pub fn by_old_program_if_named(self) -> Self {
        match old_program() {
            Some(path) => self.program(&path),
            None => self,
        }
    }
}

impl Sandbox {
    /// What lies in the working directory and has none of these names. Servers protect names that begin with `.ht`.
    pub fn companions(&self, others: &[&str]) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| !others.contains(&name.as_str()));
        names
    }

    /// The quarantined journals in the working directory.
    pub fn quarantined_names(&self) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| name.starts_with(".htpasswd-quarantined-"));
        names
    }
}
