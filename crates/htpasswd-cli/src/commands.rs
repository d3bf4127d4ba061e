//! One command a file. Each asks the library, and prints what it did or returns why it failed.

mod check;
mod delete;
mod ensure;
mod import;
mod list;
mod print;
mod set;
mod verify;

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;

use htpasswd::{Document, StoreError};

use crate::args::command::{Command, GlobalOptions};
use crate::args::options;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::report::ServerTable;
use crate::target::PasswordFile;
use crate::target::error::Purpose;
use crate::warning::{StrictError, Warning};

pub(crate) fn run(command: Command, globals: &GlobalOptions) -> Result<Exit, Error> {
    match command {
        Command::Help => output::print(&options::help())?,
        Command::ShortHelp => output::print(options::SHORT_HELP)?,
        Command::Version => output::print(concat!("htpasswd ", env!("CARGO_PKG_VERSION"), "\n"))?,
        Command::Servers => output::print(&ServerTable.to_string())?,
        Command::Print(print) => print::run(print, globals)?,
        Command::Set(set) => set::run(set, globals)?,
        Command::Delete { file, user } => delete::run(&file, &user, globals)?,
        Command::Verify { file, user, password } => verify::run(&file, &user, password, globals)?,
        Command::Ensure(ensure) => ensure::run(ensure, globals)?,
        Command::List(what) => list::run(&what, globals)?,
        Command::Check { what, fix } => return check::run(&what, fix, globals),
        Command::Import(import) => return import::run(&import, globals),
    }
    Ok(Exit::Success)
}

/// Fails early if the file cannot be written or, with `create`, made. Only what can be seen beforehand counts.
fn check_access(file: &PasswordFile, create: bool, globals: &GlobalOptions) -> Result<(), Error> {
    if !create {
        return Ok(file.check_update()?);
    }
    if globals.no_clobber && file.path().exists() {
        return Err(created(StoreError::Exists(file.path().to_owned()).into()));
    }
    file.check_create().map_err(|error| error.when(Purpose::Create))?;
    Ok(warn_of_mode(file, globals)?)
}

/// Warns if the file exists and has another mode than `--mode` says.
fn warn_of_mode(file: &PasswordFile, globals: &GlobalOptions) -> Result<(), StrictError> {
    let metadata = std::fs::metadata(file.path()).ok().filter(Metadata::is_file);
    let (Some(wanted), Some(metadata)) = (globals.mode, metadata) else { return Ok(()) };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode == wanted {
        return Ok(());
    }
    Warning::ModeUnchanged { file: file.path().to_owned(), mode, wanted }.emit(globals.strict)
}

/// Replaces the file by an edited empty one (`-c`); with `--no-clobber` only if there is none.
fn recreate<T>(
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

/// A warning if `-c` removes users whom `keeps` does not name.
fn replacement_warning(document: &Document, keeps: impl Fn(&[u8]) -> bool) -> Option<Warning> {
    let removed = document.records().filter(|record| !keeps(record.user)).count();
    (removed > 0).then_some(Warning::UsersReplaced(removed))
}
