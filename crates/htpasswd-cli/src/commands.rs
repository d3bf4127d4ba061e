//! Runs the commands.
//!
//! Each file contains one command. It calls the library, and then prints the result or returns an error.

mod access;
mod check;
mod check_user;
mod delete;
mod ensure;
mod ensure_deleted;
mod findings;
mod hand_out;
mod import;
mod list;
mod print;
mod recreate;
mod server_view;
mod set;
mod switch;
mod verify;
mod verify_for;

use crate::accounts;
use crate::args::command::{Command, GlobalOptions};
use crate::args::options;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::report::{ServerTable, json};

pub(crate) fn run(command: Command, globals: &GlobalOptions) -> Result<Exit, Error> {
    if let Some(name) = globals.group.as_deref().filter(|name| accounts::group_id(name).is_none()) {
        return Err(Error::UnknownGroup(name.as_encoded_bytes().to_vec()));
    }
    match command {
        Command::Help => output::print(&options::help())?,
        Command::ShortHelp => output::print(options::SHORT_HELP)?,
        Command::Version => output::print(concat!("htpasswd ", env!("CARGO_PKG_VERSION"), "\n"))?,
        Command::Servers if globals.json => output::print(&json::to_line(&ServerTable))?,
        Command::Servers => output::print(&ServerTable.to_string())?,
        Command::Print(print) => print::run(print, globals)?,
        Command::Set(set) => set::run(set, globals)?,
        Command::Delete { file, user } => delete::run(&file, &user, globals)?,
        Command::Verify { file, user, password, servers: None } => {
            verify::run(&file, &user, password, globals)?;
        }
        Command::Verify { file, user, password, servers: Some(servers) } => {
            verify_for::run(&file, &user, servers.as_slice(), password, globals)?;
        }
        Command::Ensure(ensure) => ensure::run(ensure, globals)?,
        Command::EnsureDeleted(delete) => ensure_deleted::run(&delete, globals)?,
        Command::Switch(switch) => switch::run(&switch, globals)?,
        Command::List(what) => list::run(&what, globals)?,
        Command::Check(what) => return check::run(&what, globals),
        Command::Import(import) => return import::run(&import, globals),
    }
    Ok(Exit::Success)
}
