//! One verb a file: ask the library, say one sentence.

mod check;
mod delete;
mod ensure;
mod import;
mod list;
mod print;
mod verify;
mod write;

use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;

use htpasswd::{Document, FileStore, StoreError, StoreOperation};

use crate::action::{self, Action};
use crate::exit::Exit;
use crate::manner::Manner;
use crate::messages::Problem;
use crate::store::{Place, Store};
use crate::{argv, console, messages, options, startup};

/// Runs the whole program.
pub(crate) fn run(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    startup::forbid_core_dumps();
    let program = args.next().map_or_else(|| b"htpasswd".to_vec(), OsString::into_vec);
    let result =
        action::parse(argv::split(args)).and_then(|(action, manner)| perform(action, &manner, &program));
    let exit = result.unwrap_or_else(|problem| {
        console::complain(&problem.text(&program), &program);
        problem.exit()
    });
    exit.into()
}

fn perform(action: Action, manner: &Manner, program: &[u8]) -> Result<Exit, Problem> {
    match action {
        Action::Help => console::print(options::help().as_bytes())?,
        Action::Version => console::print(concat!("htpasswd ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())?,
        Action::Print { user, source, recipe, output } => {
            print::run(&user, source, &recipe, &output, manner.warnings)?;
        }
        Action::Write { create, file, user, source, recipe } => {
            write::run(create, &file, &user, source, &recipe, manner)?;
        }
        Action::Delete { file, user } => delete::run(&file, &user, manner)?,
        Action::Verify { file, user, source } => verify::run(&file, &user, source, manner)?,
        Action::Servers => console::print(&messages::servers())?,
        Action::Check { what, fix } => return check::run(&what, fix, manner),
        Action::List(what) => list::run(&what, manner)?,
        Action::Ensure(ensure) => ensure::run(ensure, manner)?,
        Action::Import(import) => return import::run(&import, manner, program),
    }
    Ok(Exit::Success)
}

/// The file, and what is told about it on the way. One with a line that is no record is left alone: it may
/// be no password file at all.
fn store(place: &Place, manner: &Manner) -> Store {
    Store::new(place, manner, |file, largest| {
        let store = FileStore::new(file).refuse_invalid_lines().max_read(largest);
        let store = store.on_event(|event| console::say(&messages::store_event(&event)));
        let store = store.lock_timeout(manner.lock_timeout.unwrap_or(FileStore::DEFAULT_LOCK_TIMEOUT));
        match manner.mode {
            Some(mode) => store.mode(mode),
            None => store,
        }
    })
}

/// Whether there is no file.
fn is_missing(error: &StoreError) -> bool {
    match error {
        StoreError::Io { operation: StoreOperation::Open, source, .. } => {
            source.kind() == std::io::ErrorKind::NotFound
        }
        _ => false,
    }
}

/// Whether the file can be written to, or made anew, as far as can be told beforehand.
fn check_access(store: &Store, create: bool, manner: &Manner) -> Result<(), Problem> {
    if !create {
        return Ok(store.check_update()?);
    }
    if manner.no_clobber && store.path().exists() {
        return Err(Problem::Create(StoreError::Exists(store.path().to_owned())));
    }
    store.check_create().map_err(Problem::Create)?;
    warn_of_mode(store, manner)
}

/// Warns if the file is there and has another mode than `--mode` says.
fn warn_of_mode(store: &Store, manner: &Manner) -> Result<(), Problem> {
    let metadata = std::fs::metadata(store.path()).ok().filter(Metadata::is_file);
    let (Some(wanted), Some(metadata)) = (manner.mode, metadata) else { return Ok(()) };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode == wanted {
        return Ok(());
    }
    manner.warnings.tell(&messages::mode_stays(store.path(), mode, wanted))
}

/// Makes the file anew; with `--no-clobber` only if there is none.
fn create<T>(
    store: &Store,
    manner: &Manner,
    mut edit: impl FnMut(&mut Document) -> Result<T, Problem>,
) -> Result<T, Problem> {
    if !manner.no_clobber {
        return store.create(edit).map_err(Problem::of_create);
    }
    let mut document = Document::default();
    let result = edit(&mut document)?;
    store.create_new(&document).map_err(Problem::Create)?;
    Ok(result)
}
