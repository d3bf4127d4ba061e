//! One verb a file: ask the library, say one sentence.

mod check;
mod delete;
mod import;
mod list;
mod print;
mod verify;
mod write;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use htpasswd::FileStore;

use crate::action::{self, Action};
use crate::exit::Exit;
use crate::messages::Problem;
use crate::store::{Place, Store};
use crate::{argv, console, messages, options};

/// Runs the whole program.
pub(crate) fn run(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let program = args.next().map_or_else(|| b"htpasswd".to_vec(), OsString::into_vec);
    let result = action::parse(argv::split(args)).and_then(|action| perform(action, &program));
    let exit = result.unwrap_or_else(|problem| {
        console::say(&problem.text(&program));
        problem.exit()
    });
    exit.into()
}

fn perform(action: Action, program: &[u8]) -> Result<Exit, Problem> {
    match action {
        Action::Help => console::print(options::help().as_bytes())?,
        Action::Version => console::print(concat!("htpasswd ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())?,
        Action::Print { user, source, recipe, output } => print::run(&user, source, &recipe, &output)?,
        Action::Write { create, file, user, source, recipe } => {
            write::run(create, &file, &user, source, &recipe)?;
        }
        Action::Delete { file, user } => delete::run(&file, &user)?,
        Action::Verify { file, user, source } => verify::run(&file, &user, source)?,
        Action::Servers => console::print(&messages::servers())?,
        Action::Check { what, fix } => return check::run(&what, fix),
        Action::List(what) => list::run(&what)?,
        Action::Import(import) => return import::run(&import, program),
    }
    Ok(Exit::Success)
}

/// The file, and what is told about it on the way. One with a line that is no record is left alone: it may
/// be no password file at all.
fn store(place: &Place) -> Store {
    Store::new(place, |file| {
        let store = FileStore::new(file).refuse_invalid_lines();
        store.on_notice(|notice| console::say(&messages::notice(&notice)))
    })
}

/// Whether the file can be written to, or made anew, as far as can be told beforehand.
fn check_access(store: &Store, create: bool) -> Result<(), Problem> {
    if create { store.check_create().map_err(Problem::Create) } else { Ok(store.check_update()?) }
}
