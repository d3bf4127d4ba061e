//! Adds a user or changes a password. With `-c`, replaces the file.

use std::fmt::Write;

use htpasswd::document::SetOutcome;
use htpasswd::{Document, PasswordHash, Username};

use super::{access, recreate};
use crate::args::command::{GlobalOptions, Set};
use crate::error::Error;
use crate::escape::Visible;
use crate::output;
use crate::password;
use crate::target::PasswordFile;
use crate::warning::{self, Warning};

pub(super) fn run(set: Set, globals: &GlobalOptions) -> Result<(), Error> {
    let Set { create, file, user, password, hash_spec } = set;
    let made = if create {
        access::for_readers(&file, globals, hash_spec.servers.as_ref(), None)?
    } else {
        globals.clone()
    };
    let file = PasswordFile::new(&file, &made);
    // A file that cannot be written is an error before the prompt.
    access::check_access(&file, create, globals)?;
    warning::emit_all(Warning::of_name(&user), globals.strict)?;
    let is_generated = password.is_generated();
    let password = password::obtain(password, &hash_spec, globals.strict)?;
    let hash = password::hash(&password, &hash_spec)?;
    if is_generated {
        // The password is printed before it is written to the file. If printing fails, the user still has the old
        // password.
        password::print_generated(b"", &password)?;
    }
    drop(password);
    if create { recreate(&file, &user, &hash, globals) } else { update(&file, &user, &hash) }
}

fn update(file: &PasswordFile, user: &Username, hash: &PasswordHash) -> Result<(), Error> {
    let result = file.set(user, hash);
    let lines = match &result {
        Ok(SetOutcome::Updated { lines }) => Some(*lines),
        Ok(_) => Some(0),
        // Apache's tool prints its status line before it writes.
        Err(error) if error.is_write() => {
            Some(file.hash_of(user.as_bytes()).map_or(0, |hash| usize::from(hash.is_some())))
        }
        Err(_) => None,
    };
    if let Some(lines) = lines {
        output::eprintln(&status(lines, user));
    }
    Ok(result.map(drop)?)
}

fn recreate(
    file: &PasswordFile,
    user: &Username,
    hash: &PasswordHash,
    globals: &GlobalOptions,
) -> Result<(), Error> {
    let mut warning = None;
    let result = recreate::recreate(file, globals, |document: &mut Document| {
        warning = recreate::clear(document, |other| other == user.as_bytes(), globals.strict)?;
        document.set(user, hash);
        Ok(())
    });
    // Apache's tool prints its status line before it writes.
    if matches!(&result, Ok(())) || matches!(&result, Err(Error::Target(error)) if error.is_write()) {
        warning::emit_all(warning, false)?;
        output::eprintln(&status(0, user));
    }
    result
}

/// Returns the status line of Apache's tool, which repeats the verb once for each changed record.
fn status(lines: usize, user: &Username) -> String {
    let mut status = if lines == 0 { "Adding ".to_owned() } else { "Updating ".repeat(lines) };
    let _ = write!(status, "password for user {}", Visible(user.as_bytes()));
    status
}
