//! Calls of `FileStore`: [`make`] performs one in the world and in the model, and returns both results.

use std::time::Duration;

use htpasswd::document::SetOutcome;
use htpasswd::store::{StoreError, StoreOperation as At};
use htpasswd::{Document, FileStore};

use crate::document::counts;
use crate::inputs::{Edit, Edits, parse, username};
use crate::interrupted::Reach;
use crate::naive::{Counts, Text};
use crate::world::{Outside, Thing, World};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Apply {
        edits: Edits,
        strict: bool,
    },
    One(Edit),
    SetIf {
        user: &'static str,
        found: Option<&'static str>,
        hash: &'static str,
    },
    Update {
        edits: Vec<Edit>,
        fails: bool,
    },
    Bytes {
        at: usize,
        count: usize,
        text: Vec<u8>,
    },
    Create {
        edits: Vec<Edit>,
        cleared: bool,
    },
    CreateNew(Vec<u8>),
    Load,
    HashOf(&'static [u8]),
    /// Edits while another call holds the lock.
    Locked(Edits),
    /// An edit while another program writes without a lock.
    Race(Outside, Edit),
    ReadOnly(Edits),
    Outside(Outside),
    Crash(Edits, Reach),
    Plant(Thing),
}

/// The result of a call, from the library or from the model.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Result {
    Done,
    Counts([usize; 4]),
    Lines(usize),
    Bytes(Option<Vec<u8>>),
    /// The content of the file was not the content that the caller expected.
    Late,
    /// The caller's closure returned an error.
    CallerFailed,
    Missing,
    Exists,
    Locked,
    Invalid(usize),
    Failed(String),
}

impl From<StoreError> for Result {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Exists(_) => Self::Exists,
            StoreError::Locked(_) => Self::Locked,
            StoreError::InvalidLine { line, .. } => Self::Invalid(line),
            StoreError::Io { operation: At::Open, ref source, .. }
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                Self::Missing
            }
            error => Self::Failed(format!("{error:?}")),
        }
    }
}

fn either(result: std::result::Result<Result, impl Into<Result>>) -> Result {
    result.unwrap_or_else(Into::into)
}

fn lines(change: SetOutcome) -> usize {
    match change {
        SetOutcome::Updated { lines } => lines,
        _ => 0,
    }
}

fn edit_all(document: &mut Document, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Set(user, hash) => drop(document.set(&username(user), &parse(hash))),
            Edit::Remove(user) => drop(document.remove(user)),
        }
    }
}

/// Returns the bytes after these edits in order, and the counts of the last edit.
fn edited<'a>(bytes: &[u8], edits: impl IntoIterator<Item = &'a Edit>) -> (Vec<u8>, Counts) {
    edits
        .into_iter()
        .fold((bytes.to_vec(), Counts::default()), |(bytes, _), edit| applied(&bytes, &edit.clone().into()))
}

pub(crate) fn applied(bytes: &[u8], edits: &Edits) -> (Vec<u8>, Counts) {
    let mut text = Text::parse(bytes);
    let counts = text.apply(edits);
    (text.bytes(), counts)
}

/// The expected modification time of the file if a call leaves its bytes unchanged.
#[derive(PartialEq)]
pub(crate) enum Time {
    Unchanged,
    MayChange,
    /// Another program has written the file, so the test does not compare the time.
    Foreign,
}

/// Performs one call in the world and in the model, and returns the actual and the expected result.
pub(crate) fn make(step: &Step, world: &mut World, store: &FileStore) -> (Result, Result, Time) {
    match step {
        Step::Apply { .. } | Step::One(_) | Step::SetIf { .. } | Step::ReadOnly(_) => {
            let (result, expected) = edit_users(step, world, store);
            (result, expected, Time::Unchanged)
        }
        Step::Update { .. } | Step::Bytes { .. } | Step::Create { .. } | Step::CreateNew(_) => {
            let (result, expected) = change(step, world, store);
            (result, expected, Time::MayChange)
        }
        Step::Race(outside, edit) => race(outside, edit, world, store),
        _ => {
            let (result, expected) = read(step, world, store);
            (result, expected, Time::Unchanged)
        }
    }
}

/// Applies a change to the file of the model, and returns the expected result.
fn expect(
    world: &mut World,
    change: impl FnOnce(&[u8]) -> std::result::Result<(Vec<u8>, Result), Result>,
) -> Result {
    let Some(bytes) = &world.file else { return Result::Missing };
    match change(bytes) {
        Ok((bytes, result)) => {
            world.file = Some(bytes);
            result
        }
        Err(result) => result,
    }
}

fn edit_users(step: &Step, world: &mut World, store: &FileStore) -> (Result, Result) {
    let apply = |store: &FileStore, edits: &Edits| {
        either(store.apply(&edits.for_library()).map(|summary| Result::Counts(counts(summary))))
    };
    let with_counts = |(bytes, counts): (Vec<u8>, Counts)| (bytes, Result::Counts(counts.of_users()));
    let with_lines = |(bytes, counts): (Vec<u8>, Counts)| (bytes, Result::Lines(counts.lines));
    match step {
        Step::ReadOnly(edits) => {
            let result = world.read_only(|| apply(store, edits));
            (result, expect(world, |bytes| Ok(with_counts(applied(bytes, edits)))))
        }
        Step::Apply { edits, strict: true } => {
            let result = apply(&store.clone().refuse_invalid_lines(), edits);
            let expected = expect(world, |bytes| match Text::parse(bytes).first_invalid_line() {
                Some(line) => Err(Result::Invalid(line)),
                None => Ok(with_counts(applied(bytes, edits))),
            });
            (result, expected)
        }
        Step::Apply { edits, strict: false } => {
            (apply(store, edits), expect(world, |bytes| Ok(with_counts(applied(bytes, edits)))))
        }
        Step::SetIf { user, found, hash } => {
            let found = found.map(str::as_bytes);
            let result = store.set_if(&username(user), found, &parse(hash));
            let result =
                result.map(|change| change.map_or(Result::Late, |change| Result::Lines(lines(change))));
            let expected = expect(world, |bytes| {
                let is_found = Text::parse(bytes).get(user.as_bytes()).as_deref() == found;
                if is_found {
                    // A disabled user stays disabled.
                    let list = vec![Edit::Set(user, hash)];
                    Ok(with_lines(applied(bytes, &Edits { list, prune: false, keeps_disabled: true })))
                } else {
                    Err(Result::Late)
                }
            });
            (either(result), expected)
        }
        Step::One(edit) => {
            let result = match edit {
                Edit::Set(user, hash) => store.set(&username(user), &parse(hash)).map(lines),
                Edit::Remove(user) => store.remove(user),
            };
            (either(result.map(Result::Lines)), expect(world, |bytes| Ok(with_lines(edited(bytes, [edit])))))
        }
        _ => unreachable!("not an edit of users: {step:?}"),
    }
}

fn change(step: &Step, world: &mut World, store: &FileStore) -> (Result, Result) {
    match step {
        Step::Update { edits, fails } => {
            let result = store.try_update(|document| {
                edit_all(document, edits);
                document.repair();
                if *fails { Err(Result::CallerFailed) } else { Ok(Result::Done) }
            });
            let expected = expect(world, |bytes| {
                let mut text = Text::parse(&edited(bytes, edits).0);
                text.repair();
                if *fails { Err(Result::CallerFailed) } else { Ok((text.bytes(), Result::Done)) }
            });
            (either(result), expected)
        }
        Step::Bytes { at, count, text } => {
            let range = |length: usize| (*at).min(length)..(at + count).min(length);
            let result = store.replace_range(|bytes| {
                Ok::<_, StoreError>((Result::Done, Some((range(bytes.len()), text.clone()))))
            });
            let expected = expect(world, |bytes| {
                let range = range(bytes.len());
                Ok(([&bytes[..range.start], text, &bytes[range.end..]].concat(), Result::Done))
            });
            (either(result), expected)
        }
        Step::Create { edits, cleared } => {
            let result = store.try_create(|document| {
                if *cleared {
                    document.clear();
                }
                edit_all(document, edits);
                Ok::<_, StoreError>(Result::Done)
            });
            let before = world.file.take().filter(|_| !cleared).unwrap_or_default();
            world.file = Some(edited(&before, edits).0);
            (either(result), Result::Done)
        }
        Step::CreateNew(bytes) => {
            let result = store.create_new(&Document::parse(&bytes[..])).map(|()| Result::Done);
            let expected = if world.file.is_some() { Result::Exists } else { Result::Done };
            world.file.get_or_insert_with(|| bytes.clone());
            (either(result), expected)
        }
        _ => unreachable!("not a change: {step:?}"),
    }
}

fn read(step: &Step, world: &mut World, store: &FileStore) -> (Result, Result) {
    let expected = |read: &dyn Fn(&[u8]) -> Result| world.file.as_deref().map_or(Result::Missing, read);
    match step {
        Step::Load => {
            let result = store.load().map(|document| Result::Bytes(Some(document.as_bytes().to_vec())));
            (either(result), expected(&|bytes| Result::Bytes(Some(bytes.to_vec()))))
        }
        Step::HashOf(user) => {
            let result = store.hash_of(user).map(Result::Bytes);
            (either(result), expected(&|bytes| Result::Bytes(Text::parse(bytes).get(user))))
        }
        Step::Locked(edits) => {
            let impatient = FileStore::new(store.path()).lock_timeout(Duration::ZERO);
            let result = store.try_update(|document| {
                // A call that only reads the file does not wait for the lock.
                if impatient.load()?.as_bytes() != document.as_bytes() {
                    return Ok(Result::Late);
                }
                Ok::<_, StoreError>(
                    impatient.apply(&edits.for_library()).map_or_else(Result::from, |_| Result::Done),
                )
            });
            (either(result), expected(&|_| Result::Locked))
        }
        _ => unreachable!("not a read: {step:?}"),
    }
}

fn race(outside: &Outside, edit: &Edit, world: &mut World, store: &FileStore) -> (Result, Result, Time) {
    let before = world.file.clone();
    let mut meanwhile = Some(outside);
    let result = store.try_update(|document| {
        if let Some(outside) = meanwhile.take() {
            world.act(outside);
        }
        edit_all(document, std::slice::from_ref(edit));
        Ok::<_, StoreError>(Result::Done)
    });
    let result = either(result);
    let Some(before) = before else { return (result, Result::Missing, Time::Foreign) };
    if edited(&before, [edit]).0 == before {
        // The library does not read the file again if there is nothing to write.
        return (result, Result::Done, Time::Foreign);
    }
    let written_by_other = world.file.clone();
    let expected = expect(world, |bytes| Ok((edited(bytes, [edit]).0, Result::Done)));
    (result, expected, if world.file == written_by_other { Time::Foreign } else { Time::MayChange })
}
