//! `-D`: delete a user. That there is none is no error, as with Apache's tool.

use crate::global_options::GlobalOptions;
use crate::messages::{Problem, shown, user_not_found};
use crate::output::eprint;
use crate::store::Target;

pub(super) fn run(file: &Target, user: &[u8], globals: &GlobalOptions) -> Result<(), Problem> {
    let lines = super::store(file, globals).remove(user)?;
    if lines == 0 {
        eprint(&user_not_found(user));
    } else {
        eprint(
            &[&b"Deleting ".repeat(lines), b"password for user ".as_slice(), &shown(user), b"\n"].concat(),
        );
    }
    Ok(())
}
