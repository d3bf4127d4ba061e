//! Add or update a user, or, with `-c`, make the file anew.

use std::path::PathBuf;

use htpasswd::{Change, Document, Step, StoreError, Username};

use crate::console::say;
use crate::messages::{Problem, replaced};
use crate::secret::{self, Recipe, Source};

pub(super) fn run(
    create: bool,
    file: PathBuf,
    user: &Username,
    source: Source,
    recipe: &Recipe,
) -> Result<(), Problem> {
    let store = super::store(file);
    // Before anybody is asked for a password.
    if create {
        store.check_create().map_err(Problem::Create)?;
    } else {
        store.check_update()?;
    }
    let hash = secret::hash(source, recipe)?;

    let mut status = Vec::new();
    let mut edit = |document: &mut Document| {
        if create {
            status = replaced(document, user.as_bytes()).unwrap_or_default();
            document.clear();
        } else {
            super::check(document, store.path())?;
            status = Vec::new();
        }
        let verb = match document.set(user, &hash) {
            Change::Updated { lines } => b"Updating ".repeat(lines),
            _ => b"Adding ".to_vec(),
        };
        status.extend([&verb, b"password for user ".as_slice(), user.as_bytes(), b"\n"].concat());
        Ok(())
    };
    let result = if create {
        store.create(edit).map_err(|problem| match problem {
            Problem::Update(error) => Problem::Create(error),
            other => other,
        })
    } else {
        store.update(&mut edit)
    };
    // If writing failed, it is still said what was to be written, as Apache's tool does.
    if matches!(
        result,
        Ok(())
            | Err(Problem::Update(StoreError::Io { step: Step::Write, .. })
                | Problem::Create(StoreError::Io { step: Step::Write, .. }))
    ) {
        say(&status);
    }
    result
}
