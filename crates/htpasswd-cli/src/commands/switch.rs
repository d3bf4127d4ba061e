//! `--disable` and `--enable`: write or remove `!` before the hash of a user.
//!
//! The command reads the file first, and writes only if the user changes, so that a run without changes needs no
//! permission to write.

use htpasswd::document::{EditSummary, Edits};

use super::ensure;
use crate::args::command::{GlobalOptions, Switch};
use crate::error::Error;
use crate::report::{Change, ChangeReport};
use crate::target::PasswordFile;
use crate::target::error::Purpose;

pub(super) fn run(switch: &Switch, globals: &GlobalOptions) -> Result<(), Error> {
    let Switch { file, user, enables, dry_run } = switch;
    let file = PasswordFile::new(file, globals);
    let mut edits = Edits::new();
    if *enables {
        edits.enable(user);
    } else {
        edits.disable(user);
    }

    let document = file.load().map_err(|error| error.when(Purpose::Update))?;
    ensure::check_lines(&file)?;
    let mut summary = document.preview(&edits, |_, _| {});
    if summary.updated > 0 && !dry_run {
        summary = file.apply(&edits)?;
    } else if !dry_run {
        file.pass_through()?;
    }
    if summary == EditSummary::default() {
        return Err(Error::UserNotFound(user.clone()));
    }
    let change = match (summary.updated, enables) {
        (0, _) => Change::Unchanged,
        (_, true) => Change::Enabled,
        (_, false) => Change::Disabled,
    };
    let report = ChangeReport { file: file.path(), user, change, dry_run: *dry_run, password: None };
    ensure::print(&report, globals.json, (summary.updated > 0 && !dry_run).then(|| file.path()))
}
