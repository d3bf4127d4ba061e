//! `-D`: deletes a user. As in Apache's tool, an unknown user is an error only with `--strict`.

use super::ensure;
use crate::args::command::{GlobalOptions, Target};
use crate::error::Error;
use crate::escape::Visible;
use crate::output;
use crate::report::{Change, ChangeReport};
use crate::target::PasswordFile;

pub(super) fn run(file: &Target, user: &[u8], globals: &GlobalOptions) -> Result<(), Error> {
    let file = PasswordFile::new(file, globals);
    let lines = file.remove(user)?;
    let name = Visible(user);
    if lines == 0 && globals.strict {
        // The message is the same line.
        return Err(Error::UserNotFound(user.to_vec()));
    }
    if lines == 0 {
        output::eprintln(&format_args!("User {name} not found"));
    } else {
        output::eprintln(&format_args!("{}password for user {name}", "Deleting ".repeat(lines)));
    }
    if !globals.json {
        return Ok(());
    }
    let change = if lines == 0 { Change::Unchanged } else { Change::Removed };
    let report = ChangeReport { file: file.path(), user, change, dry_run: false, password: None };
    ensure::print_json(&report, None, (lines > 0).then(|| file.path()))
}
