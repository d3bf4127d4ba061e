//! Looks at the file before anybody is asked for a password.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;

use htpasswd::store::StoreError;

use crate::args::command::GlobalOptions;
use crate::error::Error;
use crate::target::PasswordFile;
use crate::target::error::{Purpose, TargetError};
use crate::warning::{StrictError, Warning};

/// Fails early if the file cannot be written or, with `create`, made. Only what can be seen beforehand counts.
pub(super) fn check_access(file: &PasswordFile, create: bool, globals: &GlobalOptions) -> Result<(), Error> {
    if !create {
        return Ok(file.check_update()?);
    }
    if globals.no_clobber && file.path().exists() {
        let error = TargetError::from(StoreError::Exists(file.path().to_owned()));
        return Err(error.when(Purpose::Create).into());
    }
    file.check_create().map_err(|error| error.when(Purpose::Create))?;
    Ok(warn_of_mode(file, globals)?)
}

/// Warns if the file exists and has another mode than `--mode` says.
pub(super) fn warn_of_mode(file: &PasswordFile, globals: &GlobalOptions) -> Result<(), StrictError> {
    let metadata = std::fs::metadata(file.path()).ok().filter(Metadata::is_file);
    let (Some(wanted), Some(metadata)) = (globals.mode, metadata) else { return Ok(()) };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode == wanted {
        return Ok(());
    }
    Warning::ModeUnchanged { file: file.path().to_owned(), mode, wanted }.emit(globals.strict)
}
