//! Add or update a user, or, with `-c`, make the file anew.

use htpasswd::{Document, PasswordHash, SetOutcome, StoreError, StoreOperation, Username};

use crate::global_options::GlobalOptions;
use crate::messages::{Problem, name_warning, replaced, shown};
use crate::output::eprint;
use crate::password::{self, HashSpec, Source};
use crate::store::{Store, Target};

pub(super) fn run(
    create: bool,
    file: &Target,
    user: &Username,
    source: Source,
    hash_spec: &HashSpec,
    globals: &GlobalOptions,
) -> Result<(), Problem> {
    let store = super::store(file, globals);
    // Before anybody is asked for a password.
    super::check_access(&store, create, globals)?;
    globals.warnings.warn(&name_warning(user))?;
    let is_new = source.is_new();
    let password = password::obtain(source, hash_spec, globals.warnings)?;
    let hash = password::hash(&password, hash_spec)?;
    if is_new {
        // Before it is set: a password that nobody has seen would lock the user out.
        password::show(b"", &password)?;
    }
    drop(password);
    if create { recreate(&store, user, &hash, globals) } else { set(&store, user, &hash) }
}

fn set(store: &Store, user: &Username, hash: &PasswordHash) -> Result<(), Problem> {
    let result = store.set(user, hash);
    let lines = match &result {
        Ok(SetOutcome::Updated { lines }) => Some(*lines),
        Ok(_) => Some(0),
        // It is still said what was to be written, as Apache's tool does.
        Err(StoreError::Io { operation: StoreOperation::Write, .. }) => {
            Some(store.hash_of(user.as_bytes()).map_or(0, |hash| usize::from(hash.is_some())))
        }
        Err(_) => None,
    };
    if let Some(lines) = lines {
        eprint(&status(lines, user));
    }
    Ok(result.map(drop)?)
}

fn recreate(
    store: &Store,
    user: &Username,
    hash: &PasswordHash,
    globals: &GlobalOptions,
) -> Result<(), Problem> {
    let mut said = Vec::new();
    let result = super::create(store, globals, |document: &mut Document| {
        said = replaced(document, |other| other == user.as_bytes()).unwrap_or_default();
        globals.warnings.refuse(&said)?;
        document.clear();
        document.set(user, hash);
        said.extend(status(0, user));
        Ok(())
    });
    // As above.
    if matches!(
        result,
        Ok(()) | Err(Problem::Create(StoreError::Io { operation: StoreOperation::Write, .. }))
    ) {
        eprint(&said);
    }
    result
}

/// The verb once for each record that there was, as Apache's tool says it.
fn status(lines: usize, user: &Username) -> Vec<u8> {
    let verb = if lines == 0 { b"Adding ".to_vec() } else { b"Updating ".repeat(lines) };
    [&verb, b"password for user ".as_slice(), &shown(user.as_bytes()), b"\n"].concat()
}
