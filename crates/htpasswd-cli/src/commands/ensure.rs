//! `--ensure`: adds or updates a user only if that is necessary.
//!
//! The command hashes the password before it locks the file, and writes only if the record is still the one that it
//! read. If another program changed the record, the command starts again. The command must never write if nothing has
//! to change.

use std::path::Path;

use htpasswd::document::{Edits, Line, disabled};
use htpasswd::hash::{Argon2Cost, Rounds, Scheme};
use htpasswd::store::StoreError;
use htpasswd::{Cost, Document, Params, Password, PasswordHash, Username};
use zeroize::Zeroizing;

use super::access;
use crate::args::command::{Ensure, GlobalOptions, HashSpec, PasswordInput};
use crate::error::Error;
use crate::limits::Limits;
use crate::output;
use crate::password;
use crate::report::{Change, ChangeReport, json};
use crate::target::PasswordFile;
use crate::target::error::{Purpose, TargetError};
use crate::warning::{self, Warning};

/// The command tries this many times to change the file. An attempt fails if another program changes the file between
/// reading and writing.
const ATTEMPTS: usize = 10;

/// Mode of a new file when `--mode` is not given: readable by its owner only.
pub(super) const MODE: u32 = 0o600;

/// The password that the user should have.
enum Desired {
    Given(Password),
    /// A new password of this length. Only a new user gets this password, because it cannot match an existing hash.
    Generated(usize),
}

pub(super) fn run(ensure: Ensure, globals: &GlobalOptions) -> Result<(), Error> {
    let Ensure { file, user, password, hash_spec, dry_run } = ensure;
    let made = access::for_readers(&file, globals, hash_spec.servers.as_ref(), Some(MODE))?;
    let file = PasswordFile::new(&file, &made).create_missing_key();
    check_access(&file, true)?;
    warning::emit_all(Warning::of_name(&user), globals.strict)?;
    access::warn_of_access(&file, globals)?;
    if password.is_generated() && !dry_run {
        output::check_stdout()?;
    }
    let desired = match password {
        PasswordInput::Generate(length) => Desired::Generated(length),
        password => Desired::Given(password::obtain(password, &hash_spec, globals.strict)?),
    };
    if let Desired::Given(password) = &desired
        && hash_spec.params == Params::Plain
    {
        // A password that cannot be stored as plain text is an error before the file is read.
        password::hash(password, &hash_spec)?;
    }
    let report =
        |change| ChangeReport { file: file.path(), user: user.as_bytes(), change, dry_run, password: None };
    let json = globals.json;
    let mut created = None;

    let mut has_warned = false;

    for _ in 0..ATTEMPTS {
        let found = find(&file, user.as_bytes())?;
        if found.as_deref().and_then(disabled).is_some() && !has_warned {
            has_warned = true;
            Warning::StaysDisabled(1).emit(globals.strict)?;
        }
        let kept = match &found {
            Some(hash) => desired.kept(&user, hash, &hash_spec, globals.limits)?,
            None => None,
        };
        let is_satisfied = match (&found, &kept) {
            (None, _) => false,
            (Some(_), None) => matches!(desired, Desired::Generated(_)),
            (Some(_), Some(hash)) => is_unchanged_by(&file, &user, hash)?,
        };
        if is_satisfied {
            if !dry_run {
                file.pass_through()?;
            }
            return print(&report(Change::Unchanged), json, None);
        }
        let change = if found.is_some() { Change::Updated } else { Change::Added };
        if dry_run {
            check_lines(&file)?;
            return print(&report(change), json, None);
        }
        // The hash is computed before the file is locked. `set_if` fails if the record is no longer the one in `found`.
        let params = params_in_place_of(found.as_deref(), &hash_spec);
        if created.as_ref().is_some_and(|(of, _)| *of != params) {
            created = None;
        }
        let (password, hash) = match (&created, &desired, kept) {
            (_, Desired::Given(password), Some(hash)) => &(password.clone(), hash),
            (Some((_, created)), ..) => created,
            (None, ..) => {
                let hash_spec = HashSpec { params, ..hash_spec.clone() };
                &created.insert((params, desired.hash(&hash_spec, globals.strict)?)).1
            }
        };
        let is_done = match file.set_if(&user, found.as_deref(), hash) {
            Ok(is_done) => is_done,
            Err(error) if error.is_missing() => {
                let mut document = Document::default();
                document.set(&user, hash);
                create(&file, &document)?
            }
            Err(error) => return Err(error.when(Purpose::Create).into()),
        };
        if is_done && json {
            let generated = matches!(desired, Desired::Generated(_)).then_some(password);
            return print_json(&report(change), generated, Some(file.path()));
        }
        if is_done {
            print(&report(change), json, Some(file.path()))?;
            // If several runs try to add the user at once, only one run succeeds. The password is therefore printed
            // after the write.
            return match desired {
                Desired::Generated(_) => {
                    password::print_generated(b"", password).map_err(Error::PasswordLost)
                }
                Desired::Given(_) => Ok(()),
            };
        }
    }
    Err(unstable(&file))
}

/// The error after the last attempt: another program keeps changing the file.
pub(super) fn unstable(file: &PasswordFile) -> Error {
    TargetError::from(StoreError::Unstable(file.path().to_owned())).when(Purpose::Create).into()
}

/// Fails if the file cannot be changed. With `create`, a missing file is no error if the file can be created.
///
/// A file that can be read but not written is no error, because there may be nothing to change. The write fails
/// otherwise.
pub(super) fn check_access(file: &PasswordFile, create: bool) -> Result<(), TargetError> {
    match file.check_update() {
        Err(error) if create && error.is_missing() => {
            file.check_create().map_err(|error| error.when(Purpose::Create))
        }
        Err(error) if error.is_missing() => Err(error),
        Err(error) if error.is_open() && !file.load().is_err_and(|error| error.is_open()) => Ok(()),
        checked => checked.map_err(|error| error.when(Purpose::Create)),
    }
}

/// Fails if the file has an invalid line, because the write would fail too.
pub(super) fn check_lines(file: &PasswordFile) -> Result<(), TargetError> {
    match load(file)?.and_then(|document| document.first_invalid_line()) {
        Some(line) => {
            let error = StoreError::InvalidLine { path: file.path().to_owned(), line };
            Err(TargetError::from(error).when(Purpose::Create))
        }
        None => Ok(()),
    }
}

/// The document, or `None` if the file is missing.
fn load(file: &PasswordFile) -> Result<Option<Document>, TargetError> {
    match file.load() {
        Err(error) if error.is_missing() => Ok(None),
        loaded => loaded.map(Some).map_err(|error| error.when(Purpose::Verify)),
    }
}

/// The hash field of the user's first record; `None` if the user or the file is missing.
fn find(file: &PasswordFile, user: &[u8]) -> Result<Option<Vec<u8>>, TargetError> {
    match file.hash_of(user) {
        Err(error) if error.is_missing() => Ok(None),
        hash => hash.map_err(|error| error.when(Purpose::Verify)),
    }
}

/// Returns true if writing this hash would not change the user's first record. Later records of the user do not count.
fn is_unchanged_by(file: &PasswordFile, user: &Username, hash: &PasswordHash) -> Result<bool, TargetError> {
    let Some(document) = load(file)? else { return Ok(false) };
    let is_of_user = |line: &Line<'_>| line.record().is_some_and(|record| record.user == user.as_bytes());
    let Some(line) = document.lines().find(is_of_user) else { return Ok(false) };
    let mut edits = Edits::new();
    edits.set(user, hash);
    edits.keep_disabled();
    // Plain text with colons is several fields of a record, so only the document can compare it.
    let is_same = Document::parse(line.bytes()).preview(&edits, |_, _| {}).unchanged > 0;
    Ok(is_same && !document.is_joined(user))
}

/// Creates the file. Returns false if another program created it first.
pub(super) fn create(file: &PasswordFile, document: &Document) -> Result<bool, TargetError> {
    match file.create_new(document) {
        Err(TargetError::Store(_, StoreError::Exists(_))) => Ok(false),
        created => created.map(|()| true).map_err(|error| error.when(Purpose::Create)),
    }
}

impl Desired {
    /// The hash that the user keeps; `None` if the user needs a new one.
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

/// The hash field without the mark of a disabled user.
fn enabled(found: &[u8]) -> &[u8] {
    disabled(found).unwrap_or(found)
}

/// The existing hash, if it is strong enough to stay when it matches the password.
///
/// If the call names a scheme, that scheme and its cost are the minimum. A hash above the limits is an error, because a
/// comparison would be too expensive.
pub(super) fn keepable(
    user: &Username,
    found: &[u8],
    hash_spec: &HashSpec,
    limits: Limits,
) -> Result<Option<PasswordHash>, Error> {
    let hash = PasswordHash::parse(enabled(found)).ok();
    let Some(hash) = hash.filter(|hash| {
        hash_spec.is_readable(hash) && !(hash_spec.is_explicit && hash.needs_rehash(&hash_spec.params))
    }) else {
        return Ok(None);
    };
    match limits.hashes.check(&hash) {
        Ok(()) => Ok(Some(hash)),
        Err(exceeded) => Err(Error::NotCompared(user.as_bytes().to_vec(), exceeded)),
    }
}

/// The parameters of a new hash in place of the hash field `found`.
///
/// If the call names no scheme, the new hash is not weaker than the old one: it has the scheme of the old hash if that is
/// strong and can be created, and at least its cost. argon2i and argon2d are replaced by argon2id.
pub(super) fn params_in_place_of(found: Option<&[u8]>, hash_spec: &HashSpec) -> Params {
    let default = hash_spec.params;
    let old =
        found.filter(|_| !hash_spec.is_explicit).and_then(|found| PasswordHash::parse(enabled(found)).ok());
    if let Some(cost) = old.as_ref().and_then(PasswordHash::argon2_cost) {
        return Params::Argon2id(at_least_default(cost));
    }
    let Some((scheme, cost)) = old.and_then(|hash| Some((hash.scheme(), hash.cost()?))) else {
        return default;
    };
    let rounds =
        || Rounds::new(cost).ok().max(Some(Rounds::DEFAULT)).filter(|rounds| *rounds != Rounds::DEFAULT);
    match (scheme, default) {
        (Scheme::Bcrypt, Params::Bcrypt(least)) => {
            Params::Bcrypt(Cost::new(cost).map_or(least, |cost| cost.max(least)))
        }
        (Scheme::Sha256Crypt, _) => Params::Sha256Crypt(rounds()),
        (Scheme::Sha512Crypt, _) => Params::Sha512Crypt(rounds()),
        _ => default,
    }
}

/// The cost with no less memory and passes than the default.
fn at_least_default(cost: Argon2Cost) -> Argon2Cost {
    let least = Argon2Cost::DEFAULT;
    let (memory, passes) = (cost.memory().max(least.memory()), cost.passes().max(least.passes()));
    Argon2Cost::new(memory, passes, cost.lanes()).unwrap_or(cost)
}

/// Prints JSON on standard output, or text on standard error. `changed` is the file if the command changed it.
pub(super) fn print(report: &ChangeReport<'_>, json: bool, changed: Option<&Path>) -> Result<(), Error> {
    if json {
        return print_json(report, None, changed);
    }
    output::eprint(&report.to_string());
    Ok(())
}

/// Prints the report as JSON, with the generated password if there is one.
pub(super) fn print_json(
    report: &ChangeReport<'_>,
    generated: Option<&Password>,
    changed: Option<&Path>,
) -> Result<(), Error> {
    let Some(password) = generated else {
        return Ok(output::report(&json::to_line(report), changed)?);
    };
    // A generated password consists of ASCII letters and digits.
    let report = ChangeReport { password: str::from_utf8(password.as_bytes()).ok(), ..*report };
    let line = Zeroizing::new(json::to_line(&report));
    output::report(&line, changed).map_err(Error::PasswordLost)?;
    password::eprint_strength(password);
    Ok(())
}
