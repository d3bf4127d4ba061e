//! One verb a file: ask the library, say one sentence.

mod check;
mod delete;
mod ensure;
mod import;
mod list;
mod print;
mod set;
mod verify;

use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;

use htpasswd::{Document, FileStore, StoreError, StoreOperation};

use crate::action::{self, Action};
use crate::exit::Exit;
use crate::global_options::GlobalOptions;
use crate::messages::Problem;
use crate::store::{Store, Target};
use crate::{argv, messages, options, output, stdio};

/// Runs the whole program.
pub(crate) fn run(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    stdio::forbid_core_dumps();
    let program = args.next().map_or_else(|| b"htpasswd".to_vec(), OsString::into_vec);
    let words: Vec<OsString> = args.collect();
    let parsed = match one_word(&words) {
        Some(action) => Ok((action, GlobalOptions::default())),
        None => action::parse(argv::split(words)),
    };
    let result = parsed.and_then(|(action, globals)| perform(action, &globals, &program));
    let exit = result.unwrap_or_else(|problem| {
        output::eprint_error(&problem.text(&program), &program);
        problem.exit()
    });
    exit.into()
}

/// Two letters that count only as the one word of a call. With any other word they are illegal options, as in Apache's
/// tool.
fn one_word(words: &[OsString]) -> Option<Action> {
    match words {
        [word] if word == "-h" => Some(Action::ShortHelp),
        [word] if word == "-V" => Some(Action::Version),
        _ => None,
    }
}

fn perform(action: Action, globals: &GlobalOptions, program: &[u8]) -> Result<Exit, Problem> {
    match action {
        Action::Help => output::print(options::help().as_bytes())?,
        Action::ShortHelp => output::print(options::SHORT_HELP.as_bytes())?,
        Action::Version => output::print(concat!("htpasswd ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())?,
        Action::Print { user, source, hash_spec, output } => {
            print::run(&user, source, &hash_spec, &output, globals.warnings)?;
        }
        Action::Write { create, file, user, source, hash_spec } => {
            set::run(create, &file, &user, source, &hash_spec, globals)?;
        }
        Action::Delete { file, user } => delete::run(&file, &user, globals)?,
        Action::Verify { file, user, source } => verify::run(&file, &user, source, globals)?,
        Action::Servers => output::print(&messages::servers())?,
        Action::Check { what, fix } => return check::run(&what, fix, globals),
        Action::List(what) => list::run(&what, globals)?,
        Action::Ensure(ensure) => ensure::run(ensure, globals)?,
        Action::Import(import) => return import::run(&import, globals, program),
    }
    Ok(Exit::Success)
}

/// The file, and what is told about it on the way. One with a line that is no record is left alone: it may
/// be no password file at all.
fn store(target: &Target, globals: &GlobalOptions) -> Store {
    Store::new(target, globals, |file, largest| {
        let store = FileStore::new(file).refuse_invalid_lines().max_read(largest);
        let store = store.on_event(|event| output::eprint(&messages::store_event(&event)));
        let store = store.lock_timeout(globals.lock_timeout.unwrap_or(FileStore::DEFAULT_LOCK_TIMEOUT));
        match globals.mode {
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
fn check_access(store: &Store, create: bool, globals: &GlobalOptions) -> Result<(), Problem> {
    if !create {
        return Ok(store.check_update()?);
    }
    if globals.no_clobber && store.path().exists() {
        return Err(Problem::Create(StoreError::Exists(store.path().to_owned())));
    }
    store.check_create().map_err(Problem::Create)?;
    warn_of_mode(store, globals)
}

/// Warns if the file is there and has another mode than `--mode` says.
fn warn_of_mode(store: &Store, globals: &GlobalOptions) -> Result<(), Problem> {
    let metadata = std::fs::metadata(store.path()).ok().filter(Metadata::is_file);
    let (Some(wanted), Some(metadata)) = (globals.mode, metadata) else { return Ok(()) };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode == wanted {
        return Ok(());
    }
    globals.warnings.warn(&messages::mode_stays(store.path(), mode, wanted))
}

/// Makes the file anew; with `--no-clobber` only if there is none.
fn create<T>(
    store: &Store,
    globals: &GlobalOptions,
    mut edit: impl FnMut(&mut Document) -> Result<T, Problem>,
) -> Result<T, Problem> {
    if !globals.no_clobber {
        return store.create(edit).map_err(Problem::of_create);
    }
    let mut document = Document::default();
    let result = edit(&mut document)?;
    store.create_new(&document).map_err(Problem::Create)?;
    Ok(result)
}
