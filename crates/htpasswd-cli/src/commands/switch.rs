//! `--disable` and `--enable`: write or remove `!` before the hash of a user.
//!
//! The command reads the file first, and writes only if the user changes, so that a run without changes needs no
//! permission to write.

use htpasswd::document::{EditSummary, Edits};

use super::ensure;
use crate::args::command::{GlobalOptions, Switch};
use crate::error::Error;
use crate::report::{EnsureChange, EnsureReport};
use crate::target::PasswordFile;
use crate::target::error::Purpose;

pub(super) fn run(switch: &Switch, globals: &GlobalOptions) -> Result<(), Error> {
    let Switch { file, user, enables, dry_run, json } = switch;
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
        (0, _) => EnsureChange::Unchanged,
        (_, true) => EnsureChange::Enabled,
        (_, false) => EnsureChange::Disabled,
    };
    let report = EnsureReport { user, change, dry_run: *dry_run };
    ensure::print(&report, *json, (summary.updated > 0 && !dry_run).then(|| file.path()))
}
