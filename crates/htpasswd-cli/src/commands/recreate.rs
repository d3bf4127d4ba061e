//! `-c`: replaces the file with a new one. `set` and `import` use these functions.

use htpasswd::Document;

use crate::args::command::GlobalOptions;
use crate::error::Error;
use crate::target::PasswordFile;
use crate::target::error::Purpose;
use crate::warning::{self, StrictError, Warning};

/// Edits an empty document and replaces the file with it. With `--no-clobber`, fails if the file exists.
pub(super) fn recreate<T>(
    file: &PasswordFile,
    globals: &GlobalOptions,
    mut edit: impl FnMut(&mut Document) -> Result<T, Error>,
) -> Result<T, Error> {
    if !globals.no_clobber {
        return file.create(edit).map_err(create_error);
    }
    let mut document = Document::default();
    let result = edit(&mut document)?;
    file.create_new(&document).map_err(|error| create_error(error.into()))?;
    Ok(result)
}

/// Returns the error with the message for a file that cannot be created.
fn create_error(error: Error) -> Error {
    match error {
        Error::Target(error) => Error::Target(error.when(Purpose::Create)),
        other => other,
    }
}

/// Empties the document that `-c` replaces.
///
/// Returns a warning if the document has users for whom `keeps` returns false. With `strict`, the warning is an error,
/// and the file stays unchanged.
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
