//! Checks the file before the command prompts for a password.
//!
//! An error is reported before the user types a password for nothing. These checks must never change the file.

use std::fs::Metadata;

use htpasswd::servers::ServerSet;
use htpasswd::store::StoreError;

use crate::accounts::{self, Account};
use crate::args::command::{GlobalOptions, Target};
use crate::error::Error;
use crate::os::{self, Permissions};
use crate::target::PasswordFile;
use crate::target::error::{Purpose, TargetError};
use crate::warning::{StrictError, Warning};

/// Fails if the file cannot be written or, with `create`, cannot be created. A later write may still fail.
pub(super) fn check_access(file: &PasswordFile, create: bool, globals: &GlobalOptions) -> Result<(), Error> {
    if !create {
        return Ok(file.check_update()?);
    }
    if globals.no_clobber && file.path().exists() {
        let error = TargetError::from(StoreError::Exists(file.path().to_owned()));
        return Err(error.when(Purpose::Create).into());
    }
    file.check_create().map_err(|error| error.when(Purpose::Create))?;
    Ok(warn_of_access(file, globals)?)
}

/// Warns if the file exists and its mode or group differs from `--mode` or `--group`.
pub(super) fn warn_of_access(file: &PasswordFile, globals: &GlobalOptions) -> Result<(), StrictError> {
    let metadata = std::fs::metadata(file.path()).ok().filter(Metadata::is_file);
    if let (Some(requested), Some(metadata)) = (globals.group.clone(), metadata)
        && accounts::group_id(&requested).is_some_and(|group| group != os::permissions(&metadata).gid)
    {
        Warning::GroupUnchanged { file: file.path().to_owned(), requested }.emit(globals.strict)?;
    }
    warn_of_mode(file, globals)
}

/// The options for a file that is made for these servers. If root makes the file and names neither mode nor
/// group, the file gets the group of the servers' user, and only that user and root can read it.
///
/// `default` is the mode of a new file; `None` applies the umask. A system without modes ignores it.
pub(super) fn for_readers(
    target: &Target,
    original: &GlobalOptions,
    servers: Option<&ServerSet>,
    default: Option<u32>,
) -> Result<GlobalOptions, StrictError> {
    let mut globals =
        GlobalOptions { mode: original.mode.or(default.filter(|_| os::HAS_MODES)), ..original.clone() };
    let has_default = original.mode.is_none();
    let is_chosen = globals.group.is_some();
    if is_chosen && has_default {
        // Without --mode, a file with a group is for that group to read.
        globals.mode = Some(0o640);
    }
    let servers = servers.map_or(&[][..], ServerSet::as_slice);
    let readers: Vec<_> = servers.iter().filter_map(|s| Some((*s, Account::of_server(s)?))).collect();
    let (Target::File(path), Some((_, first))) = (target, readers.first()) else { return Ok(globals) };
    if path.symlink_metadata().is_ok() {
        return Ok(globals);
    }
    let own = os::effective_ids();
    let is_common = readers.iter().all(|(_, reader)| reader.gid == first.gid);
    if own.0 == 0 && is_common && !is_chosen && has_default {
        globals.group = Some(first.gid.to_string().into());
        globals.mode = Some(0o640);
    }
    let gid = globals.group.as_deref().and_then(accounts::group_id).unwrap_or(own.1);
    let mode = globals.mode.unwrap_or(0o666 & !os::umask());
    for (server, reader) in readers {
        let directory = reader.cannot_enter(path);
        if directory.is_some() || !reader.has(Permissions { uid: own.0, gid, mode }, 4) {
            let file = path.clone();
            Warning::UnreadableFor { file, server, reader, directory }.emit(globals.strict)?;
        }
    }
    Ok(globals)
}

/// Warns if the file exists and its mode differs from `--mode`.
fn warn_of_mode(file: &PasswordFile, globals: &GlobalOptions) -> Result<(), StrictError> {
    let metadata = std::fs::metadata(file.path()).ok().filter(Metadata::is_file);
    let (Some(requested), Some(metadata)) = (globals.mode, metadata) else { return Ok(()) };
    let mode = os::permissions(&metadata).mode & 0o7777;
    if mode == requested {
        return Ok(());
    }
    Warning::ModeUnchanged { file: file.path().to_owned(), mode, requested }.emit(globals.strict)
}
