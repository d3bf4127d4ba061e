//! `--ensure`: the user has this password, whatever was there before.

use std::path::Path;

use htpasswd::{Document, Edits, Params, Password, PasswordHash, StoreError, StoreOperation, Username};

use super::is_missing;
use crate::action::Ensure;
use crate::global_options::{GlobalOptions, Warnings};
use crate::limits::Limits;
use crate::messages::{self, Problem, Provisioning};
use crate::output::{self, eprint};
use crate::password::{self, HashSpec, Source};
use crate::store::Store;

/// How often somebody else may be faster.
const ROUNDS: usize = 10;

/// Of a file that is made: nobody has said yet who is to read it.
pub(super) const MODE: u32 = 0o600;

/// The password that the user is to have.
enum Wanted {
    Given(Password),
    /// One of this length, for a user who is not there: it cannot be compared with that of another one.
    New(usize),
}

pub(super) fn run(ensure: Ensure, globals: &GlobalOptions) -> Result<(), Problem> {
    let Ensure { file, user, source, hash_spec, dry_run, json } = ensure;
    let store =
        super::store(&file, &GlobalOptions { mode: globals.mode.or(Some(MODE)), ..*globals }).making_keys();
    check_access(&store, dry_run, true)?;
    globals.warnings.warn(&messages::name_warning(&user))?;
    super::warn_of_mode(&store, globals)?;
    if source.is_new() && !dry_run {
        output::check()?;
    }
    let wanted = match source {
        Source::Generate(length) => Wanted::New(length),
        source => Wanted::Given(password::obtain(source, &hash_spec, globals.warnings)?),
    };
    if let Wanted::Given(password) = &wanted
        && hash_spec.params == Params::Plain
    {
        // Whether it can be stored does not depend on what is there.
        password::hash(password, &hash_spec)?;
    }
    let mut made = None;

    for _ in 0..ROUNDS {
        let found = found(&store, user.as_bytes())?;
        let kept = match &found {
            Some(text) => wanted.kept(&user, text, &hash_spec, globals.limits)?,
            None => None,
        };
        let is_there = match (&found, &kept) {
            (None, _) => false,
            (Some(_), None) => matches!(wanted, Wanted::New(_)),
            (Some(_), Some(hash)) => stands(&store, &user, hash)?,
        };
        if is_there {
            if !dry_run {
                store.pass_through()?;
            }
            return report(user.as_bytes(), "unchanged", dry_run, json, None);
        }
        let change = if found.is_some() { "updated" } else { "added" };
        if dry_run {
            check_lines(&store)?;
            return report(user.as_bytes(), change, dry_run, json, None);
        }
        // Before the file is locked; whether it is still as it was found is looked at under the lock.
        let (password, hash) = match (&made, &wanted, kept) {
            (_, Wanted::Given(password), Some(hash)) => &(password.clone(), hash),
            (Some(made), ..) => made,
            (None, ..) => made.insert(wanted.make(&hash_spec, globals.warnings)?),
        };
        let is_done = match store.set_if(&user, found.as_deref(), hash) {
            Ok(change) => change.is_some(),
            Err(error) if is_missing(&error) => {
                let mut document = Document::default();
                document.set(&user, hash);
                make(&store, &document)?
            }
            Err(error) => return Err(Problem::Create(error)),
        };
        if is_done {
            report(user.as_bytes(), change, dry_run, json, Some(store.path()))?;
            // Not before: of several at once, one adds the user, and the password of the others is nobody's.
            return if let Wanted::New(_) = wanted { show(password) } else { Ok(()) };
        }
    }
    Err(Problem::Create(StoreError::Unstable(store.path().to_owned())))
}

/// Whether the file can be changed or, if it is to be made when there is none, made. A dry run needs to read it only.
pub(super) fn check_access(store: &Store, dry_run: bool, make: bool) -> Result<(), Problem> {
    match store.check_update() {
        Err(error) if make && is_missing(&error) => store.check_create().map_err(Problem::Create),
        Err(error) if is_missing(&error) => Err(error.into()),
        Err(StoreError::Io { operation: StoreOperation::Open, .. }) if dry_run => Ok(()),
        checked => checked.map_err(Problem::Create),
    }
}

/// Whether a write would be refused for a line that is no record.
fn check_lines(store: &Store) -> Result<(), Problem> {
    let path = store.path().to_owned();
    match store.load() {
        Err(error) if is_missing(&error) => Ok(()),
        loaded => match loaded.map_err(Problem::Verify)?.first_invalid_line() {
            Some(line) => Err(Problem::Create(StoreError::InvalidLine { path, line })),
            None => Ok(()),
        },
    }
}

/// What stands in the hash field of the user's first record.
fn found(store: &Store, user: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    match store.hash_of(user) {
        Err(error) if is_missing(&error) => Ok(None),
        found => found.map_err(Problem::Verify),
    }
}

/// Would writing this hash leave the user's first record as it is? Later records of the user do not count.
fn stands(store: &Store, user: &Username, hash: &PasswordHash) -> Result<bool, Problem> {
    let document = match store.load() {
        Err(error) if is_missing(&error) => return Ok(false),
        loaded => loaded.map_err(Problem::Verify)?,
    };
    let is_of_user =
        |line: &htpasswd::Line<'_>| line.record().is_some_and(|record| record.user == user.as_bytes());
    let Some(line) = document.lines().find(is_of_user) else { return Ok(false) };
    let mut edits = Edits::new();
    edits.set(user, hash);
    // Plain text with colons takes up several fields, which only the document knows.
    let is_same = Document::parse(line.bytes()).preview(&edits, |_, _| {}).unchanged > 0;
    Ok(is_same && !document.is_joined(user))
}

/// Makes the file; `false` if somebody else was faster.
pub(super) fn make(store: &Store, document: &Document) -> Result<bool, Problem> {
    match store.create_new(document) {
        Ok(()) => Ok(true),
        Err(StoreError::Exists(_)) => Ok(false),
        Err(error) => Err(Problem::Create(error)),
    }
}

impl Wanted {
    /// The hash that the user is to keep, if the one that is there will do.
    fn kept(
        &self,
        user: &Username,
        text: &[u8],
        hash_spec: &HashSpec,
        limits: Limits,
    ) -> Result<Option<PasswordHash>, Problem> {
        Ok(match self {
            Self::New(_) => None,
            Self::Given(password) if hash_spec.params == Params::Plain => {
                Some(password::hash(password, hash_spec)?)
            }
            Self::Given(password) => {
                keepable(user, text, hash_spec, limits)?.filter(|hash| hash.verify(password))
            }
        })
    }

    fn make(&self, hash_spec: &HashSpec, warnings: Warnings) -> Result<(Password, PasswordHash), Problem> {
        let password = match self {
            Self::Given(password) => password.clone(),
            Self::New(length) => password::obtain(Source::Generate(*length), hash_spec, warnings)?,
        };
        let hash = password::hash(&password, hash_spec)?;
        Ok((password, hash))
    }
}

/// The hash that is there, if it may stay should it be of the right password: a scheme that was asked for, and its
/// cost, are the least. That has to be computed, so one above the limits is an error.
pub(super) fn keepable(
    user: &Username,
    text: &[u8],
    hash_spec: &HashSpec,
    limits: Limits,
) -> Result<Option<PasswordHash>, Problem> {
    let hash = PasswordHash::parse(text).ok();
    let Some(hash) = hash.filter(|hash| !(hash_spec.is_asked_for && hash.needs_rehash(&hash_spec.params)))
    else {
        return Ok(None);
    };
    match limits.hashes.check(&hash) {
        Ok(()) => Ok(Some(hash)),
        Err(exceeded) => Err(Problem::NotCompared { user: user.as_bytes().to_vec(), exceeded }),
    }
}

fn report(
    user: &[u8],
    change: &str,
    dry_run: bool,
    json: bool,
    changed: Option<&Path>,
) -> Result<(), Problem> {
    if json {
        return output::report(messages::ensured_json(user, change, dry_run).as_bytes(), changed);
    }
    eprint(&messages::ensured(user, change, dry_run));
    Ok(())
}

fn show(password: &Password) -> Result<(), Problem> {
    password::show(b"", password).map_err(|problem| Provisioning::NotShown(Box::new(problem)).into())
}
