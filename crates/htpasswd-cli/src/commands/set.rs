//! Adds a user or changes a password. With `-c`, replaces the file.

use std::fmt::Write;

use htpasswd::document::SetOutcome;
use htpasswd::hash::Scheme;
use htpasswd::{Params, PasswordHash, Username};

use super::recreate::Replacement;
use super::{access, ensure};
use crate::args::command::{GlobalOptions, HashSpec, PasswordInput, Set};
use crate::error::Error;
use crate::escape::Visible;
use crate::output;
use crate::password;
use crate::report::{Change, ChangeReport};
use crate::target::PasswordFile;
use crate::warning::{self, Warning};

/// The largest file, in bytes, in which all hashes are compared with the default scheme.
const SMALL: usize = 1 << 20;

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
    let mut replacement = create.then(|| Replacement::new(&file, globals));
    if let Some(replacement) = &mut replacement {
        replacement.warn(|other| other == user.as_bytes())?;
    }
    warning::emit_all(Warning::of_name(&user), globals.strict)?;
    if !create && matches!(password, PasswordInput::Prompt) {
        // A file in UTF-16 is an error before the prompt. Without a prompt, the write reports it soon enough.
        if file.load_small(SMALL).is_some_and(|document| document.utf16().is_some()) {
            file.load()?;
        }
    }
    if !create {
        warning::emit_all(weak_default(&file, &user, &hash_spec), globals.strict)?;
    }
    let is_generated = password.is_generated();
    if is_generated && globals.json {
        output::check_stdout()?;
    }
    let password = password::obtain(password, &hash_spec, globals.strict)?;
    let hash = password::hash(&password, &hash_spec)?;
    if is_generated && !globals.json {
        // The password is printed before it is written to the file. If printing fails, the user still has the old
        // password.
        password::print_generated(b"", &password)?;
    }
    // With JSON, the result is one object, so that the password is printed after the write.
    let generated = Some(password).filter(|_| is_generated && globals.json);
    let change = match replacement {
        Some(replacement) => recreate(replacement, &user, &hash)?,
        None => update(&file, &user, &hash)?,
    };
    if !globals.json {
        return Ok(());
    }
    let (path, user) = (file.path(), user.as_bytes());
    let report = ChangeReport { file: path, user, change, dry_run: false, password: None };
    ensure::print_json(&report, generated.as_ref(), Some(path))
}

/// A warning if the default scheme of the call, Apache's MD5, is weaker than a hash in the file.
///
/// The user's hash is always compared, and the hashes of other users only in a file of usual size, because the file is
/// read for no other purpose.
fn weak_default(file: &PasswordFile, user: &Username, hash_spec: &HashSpec) -> Option<Warning> {
    if hash_spec.is_explicit || hash_spec.params != Params::Apr1 {
        return None;
    }
    let strong = |hash: &[u8]| {
        PasswordHash::parse(hash).ok().map(|hash| hash.scheme()).filter(|&scheme| is_strong(scheme))
    };
    let document = file.load_small(SMALL);
    let of_user = match &document {
        Some(document) => document.get(user).and_then(|record| strong(record.hash)),
        None => strong(&file.hash_of(user.as_bytes()).ok()??),
    };
    if let Some(scheme) = of_user {
        return Some(Warning::StrongerHashReplaced(scheme));
    }
    let others = document.as_ref()?.records().find_map(|record| strong(record.hash));
    others.map(Warning::StrongerHashes)
}

/// Returns true if the scheme is stronger than all schemes with a fixed low cost.
fn is_strong(scheme: Scheme) -> bool {
    matches!(
        scheme,
        Scheme::Bcrypt
            | Scheme::Sha256Crypt
            | Scheme::Sha512Crypt
            | Scheme::Yescrypt
            | Scheme::GostYescrypt
            | Scheme::Scrypt
            | Scheme::Argon2id
            | Scheme::Argon2i
            | Scheme::Argon2d
    )
}

fn update(file: &PasswordFile, user: &Username, hash: &PasswordHash) -> Result<Change, Error> {
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
    Ok(if matches!(result?, SetOutcome::Updated { .. }) { Change::Updated } else { Change::Added })
}

fn recreate(mut replacement: Replacement<'_>, user: &Username, hash: &PasswordHash) -> Result<Change, Error> {
    let result = replacement.write(
        |other| other == user.as_bytes(),
        |document| {
            document.set(user, hash);
        },
    );
    // Apache's tool prints its status line before it writes.
    if matches!(&result, Ok(())) || matches!(&result, Err(Error::Target(error)) if error.is_write()) {
        output::eprintln(&status(0, user));
    }
    result.map(|()| Change::Added)
}

/// Returns the status line of Apache's tool, which repeats the verb once for each changed record.
fn status(lines: usize, user: &Username) -> String {
    let mut status = if lines == 0 { "Adding ".to_owned() } else { "Updating ".repeat(lines) };
    let _ = write!(status, "password for user {}", Visible(user.as_bytes()));
    status
}
