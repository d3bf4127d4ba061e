//! `-D`: deletes a user. An unknown user is not an error, as in Apache's tool.

use crate::args::command::{GlobalOptions, Target};
use crate::error::Error;
use crate::escape::Visible;
use crate::output;
use crate::target::PasswordFile;

pub(super) fn run(file: &Target, user: &[u8], globals: &GlobalOptions) -> Result<(), Error> {
    let lines = PasswordFile::new(file, globals).remove(user)?;
    let name = Visible(user);
    if lines == 0 {
        output::eprintln(&format_args!("User {name} not found"));
    } else {
        output::eprintln(&format_args!("{}password for user {name}", "Deleting ".repeat(lines)));
    }
    Ok(())
}
