//! `--import`: add or update many users in one write.

use std::ops::ControlFlow;

use htpasswd::{Document, Edits, Hash, Outcome, Params, Password, Provision, ProvisionError};

use crate::console::{self, say};
use crate::exit::Exit;
use crate::import::{self, Entry, Import, Refusal, Secret, Secrets, Summary, input};
use crate::messages::{self, Problem};
use crate::progress::Progress;
use crate::secret;
use crate::store::Store;

pub(super) fn run(import: &Import, program: &[u8]) -> Result<Exit, Problem> {
    match &import.secrets {
        Secrets::Hashes => {
            let check = |field: &[u8]| Hash::parse(field).map_err(Refusal::Hash);
            import_as(import, program, check, |entries| {
                Ok(entries.into_iter().map(|entry| (entry.user, entry.secret)).collect())
            })
        }
        Secrets::Passwords(recipe) => {
            recipe.tell_unused_number();
            let params = recipe.params;
            let check = |field: &[u8]| secret::of_many(field, &params);
            import_as(import, program, check, |passwords| hash(passwords, params))
        }
    }
}

fn import_as<T: Secret>(
    import: &Import,
    program: &[u8],
    check: impl FnMut(&[u8]) -> Result<T, Refusal>,
    make: impl FnOnce(Vec<Entry<T>>) -> Result<Edits, Problem>,
) -> Result<Exit, Problem> {
    let store = super::store(&import.file);
    // Before anything is read or hashed.
    super::check_access(&store, import.create)?;

    // Its hashes would be taken for passwords.
    let never = (!T::IN_PASSWORD_FILE).then_some(import.file.path());
    let list = input::read(import.users.as_deref(), never)?;
    let mut records = import::read(import.format, &list, check)?;
    // Wiped now: hashing may take long.
    drop(list);

    let refused = records.refused.count;
    let all = records.entries.len() + refused;
    say(&messages::refused(&records.refused, program));
    let repeats = records.drop_repeated();
    say(&messages::repeats(&repeats));

    let mut summary = Summary { refused, duplicates: repeats.count, ..Summary::default() };
    if refused > 0 && !import.keep_going {
        if import.json {
            console::print(messages::imported_json(&summary).as_bytes())?;
        }
        return Err(Problem::NothingWritten { refused, records: all });
    }
    summary.written = refused == 0 || refused < all;
    // With -c, a list that came out empty would take all users away: more likely a mistake than a wish.
    if !records.entries.is_empty() {
        let outcome = write(&store, import.create, &make(records.entries)?)?;
        summary.added = outcome.added;
        summary.updated = outcome.updated;
        summary.unchanged = outcome.unchanged;
    }
    if import.json {
        console::print(messages::imported_json(&summary).as_bytes())?;
    } else {
        say(&messages::imported(store.path(), &summary));
    }
    Ok(if refused == 0 { Exit::Success } else { Exit::Failure })
}

fn hash(entries: Vec<Entry<Password>>, params: Params) -> Result<Edits, Problem> {
    for (concern, count, line) in import::concerns(&entries, &params) {
        say(&messages::concerns(concern, count, line));
    }
    let mut edits = Edits::with_capacity(entries.len());
    let mut bar = Progress::begin(entries.len());
    let show = move |progress: htpasswd::Progress| {
        bar.set(progress.done);
        ControlFlow::Continue(())
    };
    let jobs = entries.into_iter().map(|entry| (entry.user, entry.secret));
    let hashed =
        Provision::new(params).on_progress(show).hash_each(jobs, |user, hash| edits.set(&user, &hash));
    hashed.map_err(|error| match error {
        ProvisionError::Hash { source, .. } => secret::unhashed(source),
        error => Problem::NotHashed(error),
    })?;
    Ok(edits)
}

fn write(store: &Store, create: bool, edits: &Edits) -> Result<Outcome, Problem> {
    if !create {
        return Ok(store.apply(edits)?);
    }
    let mut gone = None;
    let outcome = store.create(|document: &mut Document| {
        gone = messages::replaced(document, |user| edits.contains(user));
        document.clear();
        Ok(document.apply(edits))
    });
    let outcome = outcome.map_err(Problem::Create)?;
    say(&gone.unwrap_or_default());
    Ok(outcome)
}
