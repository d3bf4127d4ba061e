//! `--ensure -D`: deletes a user who may not exist.
//!
//! The command reads the file first, and writes only if the user exists, so that a run without changes needs no
//! permission to write.

use super::ensure;
use crate::args::command::{EnsureDeleted, GlobalOptions};
use crate::error::Error;
use crate::report::{Change, ChangeReport};
use crate::target::PasswordFile;
use crate::target::error::{Purpose, TargetError};
use crate::warning::Warning;

pub(super) fn run(delete: &EnsureDeleted, globals: &GlobalOptions) -> Result<(), Error> {
    let EnsureDeleted { file, user, dry_run } = delete;
    let file = PasswordFile::new(file, globals);
    let is_removed = match exists(&file, user) {
        Err(error) if error.is_missing() => {
            // The path may be wrong, and the user may still be in the right file.
            Warning::FileMissing(file.path().to_owned()).emit(globals.strict)?;
            false
        }
        exists => exists? && (*dry_run || file.remove(user)? > 0),
    };
    if !is_removed && !dry_run {
        file.pass_through()?;
    }
    let change = if is_removed { Change::Removed } else { Change::Unchanged };
    let report = ChangeReport { file: file.path(), user, change, dry_run: *dry_run, password: None };
    ensure::print(&report, globals.json, (is_removed && !dry_run).then(|| file.path()))
}

/// Returns true if the user has a record. Fails if the file has an invalid line, as a write would.
fn exists(file: &PasswordFile, user: &[u8]) -> Result<bool, TargetError> {
    let document = file.load().map_err(|error| error.when(Purpose::Verify))?;
    ensure::check_lines(file)?;
    Ok(document.get(user).is_some())
}
