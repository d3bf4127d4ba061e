//! `--ensure`: add or update a user only if that is necessary.

use std::path::Path;

use htpasswd::document::{Edits, Line};
use htpasswd::store::StoreError;
use htpasswd::{Document, Params, Password, PasswordHash, Username};

use super::access;
use crate::args::command::{Ensure, GlobalOptions, HashSpec, PasswordInput};
use crate::error::Error;
use crate::limits::Limits;
use crate::output;
use crate::password;
use crate::report::{EnsureChange, EnsureReport, json};
use crate::target::PasswordFile;
use crate::target::error::{Purpose, TargetError};
use crate::warning::{self, Warning};

/// How often another program may change the file between reading and writing it.
const ATTEMPTS: usize = 10;

/// Mode of a new file when `--mode` is not given: readable by its owner only.
pub(super) const MODE: u32 = 0o600;

/// The password that the user is to have.
enum Wanted {
    Given(Password),
    /// A generated one of this length, for a user who does not exist. It cannot be compared with an existing one.
    Generated(usize),
}

pub(super) fn run(ensure: Ensure, globals: &GlobalOptions) -> Result<(), Error> {
    let Ensure { file, user, password, hash_spec, dry_run, json } = ensure;
    let mode = globals.mode.or(Some(MODE));
    let file = PasswordFile::new(&file, &GlobalOptions { mode, ..*globals }).making_keys();
    check_access(&file, dry_run, true)?;
    warning::emit_all(Warning::of_name(&user), globals.strict)?;
    access::warn_of_mode(&file, globals)?;
    if password.is_generated() && !dry_run {
        output::check_stdout()?;
    }
    let wanted = match password {
        PasswordInput::Generate(length) => Wanted::Generated(length),
        password => Wanted::Given(password::obtain(password, &hash_spec, globals.strict)?),
    };
    if let Wanted::Given(password) = &wanted
        && hash_spec.params == Params::Plain
    {
        // Whether plain text can be stored does not depend on the file.
        password::hash(password, &hash_spec)?;
    }
    let report = |change| EnsureReport { user: user.as_bytes(), change, dry_run };
    let mut created = None;

    for _ in 0..ATTEMPTS {
        let found = found(&file, user.as_bytes())?;
        let kept = match &found {
            Some(hash) => wanted.kept(&user, hash, &hash_spec, globals.limits)?,
            None => None,
        };
        let is_satisfied = match (&found, &kept) {
            (None, _) => false,
            (Some(_), None) => matches!(wanted, Wanted::Generated(_)),
            (Some(_), Some(hash)) => is_unchanged_by(&file, &user, hash)?,
        };
        if is_satisfied {
            if !dry_run {
                file.pass_through()?;
            }
            return print(&report(EnsureChange::Unchanged), json, None);
        }
        let change = if found.is_some() { EnsureChange::Updated } else { EnsureChange::Added };
        if dry_run {
            check_lines(&file)?;
            return print(&report(change), json, None);
        }
        // The hash is computed before the file is locked. `set_if` then compares the file with what was found.
        let (password, hash) = match (&created, &wanted, kept) {
            (_, Wanted::Given(password), Some(hash)) => &(password.clone(), hash),
            (Some(created), ..) => created,
            (None, ..) => created.insert(wanted.hash(&hash_spec, globals.strict)?),
        };
        let is_done = match file.set_if(&user, found.as_deref(), hash) {
            Ok(change) => change.is_some(),
            Err(error) if error.is_missing() => {
                let mut document = Document::default();
                document.set(&user, hash);
                create(&file, &document)?
            }
            Err(error) => return Err(error.when(Purpose::Create).into()),
        };
        if is_done {
            print(&report(change), json, Some(file.path()))?;
            // Printed only now: of several runs at once, one adds the user, and only its password counts.
            return match wanted {
                Wanted::Generated(_) => password::show(b"", password).map_err(Error::PasswordLost),
                Wanted::Given(_) => Ok(()),
            };
        }
    }
    Err(unstable(&file))
}

/// Another program changes the file all the time.
pub(super) fn unstable(file: &PasswordFile) -> Error {
    TargetError::from(StoreError::Unstable(file.path().to_owned())).when(Purpose::Create).into()
}

/// Fails early if the file cannot be changed or, if it is missing and `create` is set, made. A dry run only reads.
pub(super) fn check_access(file: &PasswordFile, dry_run: bool, create: bool) -> Result<(), TargetError> {
    match file.check_update() {
        Err(error) if create && error.is_missing() => {
            file.check_create().map_err(|error| error.when(Purpose::Create))
        }
        Err(error) if error.is_missing() => Err(error),
        Err(error) if dry_run && error.is_open() => Ok(()),
        checked => checked.map_err(|error| error.when(Purpose::Create)),
    }
}

/// Fails if a line that is not a record would prevent the write.
fn check_lines(file: &PasswordFile) -> Result<(), TargetError> {
    match load(file)?.and_then(|document| document.first_invalid_line()) {
        Some(line) => {
            let error = StoreError::InvalidLine { path: file.path().to_owned(), line };
            Err(TargetError::from(error).when(Purpose::Create))
        }
        None => Ok(()),
    }
}

/// The document, unless the file is missing.
fn load(file: &PasswordFile) -> Result<Option<Document>, TargetError> {
    match file.load() {
        Err(error) if error.is_missing() => Ok(None),
        loaded => loaded.map(Some).map_err(|error| error.when(Purpose::Verify)),
    }
}

/// The hash field of the user's first record.
fn found(file: &PasswordFile, user: &[u8]) -> Result<Option<Vec<u8>>, TargetError> {
    match file.hash_of(user) {
        Err(error) if error.is_missing() => Ok(None),
        found => found.map_err(|error| error.when(Purpose::Verify)),
    }
}

/// Writing this hash would leave the user's first record as it is. Later records of the user do not count.
fn is_unchanged_by(file: &PasswordFile, user: &Username, hash: &PasswordHash) -> Result<bool, TargetError> {
    let Some(document) = load(file)? else { return Ok(false) };
    let is_of_user = |line: &Line<'_>| line.record().is_some_and(|record| record.user == user.as_bytes());
    let Some(line) = document.lines().find(is_of_user) else { return Ok(false) };
    let mut edits = Edits::new();
    edits.set(user, hash);
    // Plain text with colons takes up several fields, which only the document knows.
    let is_same = Document::parse(line.bytes()).preview(&edits, |_, _| {}).unchanged > 0;
    Ok(is_same && !document.is_joined(user))
}

/// Makes the file; `false` if another program made it first.
pub(super) fn create(file: &PasswordFile, document: &Document) -> Result<bool, TargetError> {
    match file.create_new(document) {
        Err(TargetError::Store(_, StoreError::Exists(_))) => Ok(false),
        created => created.map(|()| true).map_err(|error| error.when(Purpose::Create)),
    }
}

impl Wanted {
    /// The hash that the user is to keep, if the existing one will do.
    fn kept(
        &self,
        user: &Username,
        found: &[u8],
        hash_spec: &HashSpec,
        limits: Limits,
    ) -> Result<Option<PasswordHash>, Error> {
        Ok(match self {
            Self::Generated(_) => None,
            Self::Given(password) if hash_spec.params == Params::Plain => {
                Some(password::hash(password, hash_spec)?)
            }
            Self::Given(password) => {
                keepable(user, found, hash_spec, limits)?.filter(|hash| hash.verify(password))
            }
        })
    }

    fn hash(&self, hash_spec: &HashSpec, strict: bool) -> Result<(Password, PasswordHash), Error> {
        let password = match self {
            Self::Given(password) => password.clone(),
            Self::Generated(length) => password::obtain(PasswordInput::Generate(*length), hash_spec, strict)?,
        };
        let hash = password::hash(&password, hash_spec)?;
        Ok((password, hash))
    }
}

/// The existing hash, if it may stay when it matches the password: a scheme that was asked for, and its cost, are the
/// minimum. Comparing costs work, so a hash above the limits is an error.
pub(super) fn keepable(
    user: &Username,
    found: &[u8],
    hash_spec: &HashSpec,
    limits: Limits,
) -> Result<Option<PasswordHash>, Error> {
    let hash = PasswordHash::parse(found).ok();
    let Some(hash) = hash.filter(|hash| !(hash_spec.is_explicit && hash.needs_rehash(&hash_spec.params)))
    else {
        return Ok(None);
    };
    match limits.hashes.check(&hash) {
        Ok(()) => Ok(Some(hash)),
        Err(exceeded) => Err(Error::NotCompared(user.as_bytes().to_vec(), exceeded)),
    }
}

/// Prints JSON on standard output, or the text on standard error. `changed` is the file, if it was changed.
fn print(report: &EnsureReport<'_>, json: bool, changed: Option<&Path>) -> Result<(), Error> {
    if json {
        return Ok(output::report(&json::to_line(report), changed)?);
    }
    output::eprint(&report.to_string());
    Ok(())
}
