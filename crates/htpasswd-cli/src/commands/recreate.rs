//! `-c`: a file that replaces the old one.

use htpasswd::Document;

use crate::args::command::GlobalOptions;
use crate::error::Error;
use crate::target::PasswordFile;
use crate::target::error::Purpose;
use crate::warning::{self, StrictError, Warning};

/// Replaces the file by an edited empty one (`-c`); with `--no-clobber` only if there is none.
pub(super) fn recreate<T>(
    file: &PasswordFile,
    globals: &GlobalOptions,
    mut edit: impl FnMut(&mut Document) -> Result<T, Error>,
) -> Result<T, Error> {
    if !globals.no_clobber {
        return file.create(edit).map_err(created);
    }
    let mut document = Document::default();
    let result = edit(&mut document)?;
    file.create_new(&document).map_err(|error| created(error.into()))?;
    Ok(result)
}

/// The error of a file that was to be made.
fn created(error: Error) -> Error {
    match error {
        Error::Target(error) => Error::Target(error.when(Purpose::Create)),
        other => other,
    }
}

/// Empties the document that `-c` replaces. Returns the warning about the users whom `keeps` does not name. With
/// `strict`, that warning is an error, before the file is replaced.
pub(super) fn clear(
    document: &mut Document,
    keeps: impl Fn(&[u8]) -> bool,
    strict: bool,
) -> Result<Option<Warning>, StrictError> {
    let removed = document.records().filter(|record| !keeps(record.user)).count();
    let mut warning = (removed > 0).then_some(Warning::UsersReplaced(removed));
    if strict {
        warning::emit_all(warning.take(), true)?;
    }
    document.clear();
    Ok(warning)
}
