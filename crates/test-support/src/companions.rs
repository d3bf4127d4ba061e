//! Names of the files that htpasswd creates in the directory of a password file, and an earlier build of htpasswd to
//! compare with.

use std::path::PathBuf;

use super::{Call, Sandbox};

/// The name of the journal of a password file with a short name. For a long name, the journal has a digest instead of the name.
pub fn journal_of(name: &str) -> String {
    format!(".htpasswd-journal.{name}")
}

/// The name of a quarantined journal.
pub fn quarantined(number: usize, name: &str) -> String {
    format!(".htpasswd-quarantined-{number}.{name}")
}

/// The name of the journal in earlier versions of htpasswd.
pub fn old_journal_of(name: &str) -> String {
    format!(".{name}.htpasswd-journal")
}

/// The path of another build of htpasswd, such as an earlier one, from `HTPASSWD_TEST_OLD_PROGRAM`.
pub fn old_program() -> Option<PathBuf> {
    let named = std::env::var_os("HTPASSWD_TEST_OLD_PROGRAM")?;
    let path = std::path::absolute(named).unwrap();
    assert!(path.exists(), "HTPASSWD_TEST_OLD_PROGRAM names no file: {}", path.display());
    Some(path)
}

impl Call<'_> {
    /// Runs the program that `HTPASSWD_TEST_OLD_PROGRAM` names. Without this variable, runs the program under test.
    pub fn by_old_program_if_named(self) -> Self {
        match old_program() {
            Some(path) => self.program(&path),
            None => self,
        }
    }
}

impl Sandbox {
    /// The names in the working directory, except these. Servers do not serve files with names that start with `.ht`.
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
