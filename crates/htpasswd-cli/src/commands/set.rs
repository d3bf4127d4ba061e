//! Add a user or change a password; with `-c`, replace the file.

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
    let file = PasswordFile::new(&file, globals);
    // Before anybody is asked for a password.
    access::check_access(&file, create, globals)?;
    warning::emit_all(Warning::of_name(&user), globals.strict)?;
    let is_generated = password.is_generated();
    let password = password::obtain(password, &hash_spec, globals.strict)?;
    let hash = password::hash(&password, &hash_spec)?;
    if is_generated {
        // Before it is set: a password that could not be printed would lock the user out.
        password::show(b"", &password)?;
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

/// The status line, with the verb once for each record that there was, as Apache's tool prints it.
fn status(lines: usize, user: &Username) -> String {
    let mut status = if lines == 0 { "Adding ".to_owned() } else { "Updating ".repeat(lines) };
    let _ = write!(status, "password for user {}", Visible(user.as_bytes()));
    status
}
