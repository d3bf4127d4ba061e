//! `--import`: adds or updates many users in one write.
//!
//! [`run`] reads the user list, rejects invalid records, hashes the passwords and applies all edits at once. With
//! `--dry-run` it only reports the edits. An import must write all valid records or nothing.

use std::ops::ControlFlow;
use std::path::Path;

use htpasswd::bulk::{BulkHashError, BulkHasher, Progress};
use htpasswd::document::{EditSummary, Edits, UserChange};
use htpasswd::hash::{Argon2Cost, Rounds};
use htpasswd::store::StoreError;
use htpasswd::{Cost, Document, Params, Password, PasswordHash, Username};

use super::hand_out::{self, HandOut};
use super::recreate::Replacement;
use super::{access, ensure};
use crate::args::command::{GlobalOptions, HashSpec, Import, Secrets};
use crate::encoding::Utf16Text;
use crate::error::Error;
use crate::exit::Exit;
use crate::import::error::{ImportError, RowError, name};
use crate::import::{self, Entry, Invalid, MAX_REPORTED_INVALID, Secret, reader};
use crate::output;
use crate::password::{self, error::PasswordInputError};
use crate::progress::ProgressBar;
use crate::report::json::{self, Failure};
use crate::report::{ImportPlan, ImportReport, Rejection};
use crate::target::PasswordFile;
use crate::target::error::TargetError;
use crate::warning::{self, StrictError, Warning};

/// The command tries this many times to write the file. An attempt fails if another program creates or deletes the file
/// between the check and the write.
const ATTEMPTS: usize = 10;

/// A user, the password, and the hash that stays if it matches the password.
type EnsuredJob = (Username, (Password, Option<PasswordHash>));

/// The passwords to hash.
enum Jobs {
    New(Vec<(Username, Password)>),
    Ensured(Vec<EnsuredJob>),
}

impl Jobs {
    fn len(&self) -> usize {
        match self {
            Self::New(jobs) => jobs.len(),
            Self::Ensured(jobs) => jobs.len(),
        }
    }
}

/// The changes of an import, and the passwords that are handed out before the changes are written.
struct Prepared<'a> {
    edits: Edits,
    passwords: Option<HandOut<'a>>,
}

impl From<Edits> for Prepared<'_> {
    fn from(edits: Edits) -> Self {
        Self { edits, passwords: None }
    }
}

/// The parts of an import.
struct Work<'a> {
    import: &'a Import,
    globals: &'a GlobalOptions,
    file: PasswordFile,
}

pub(super) fn run(import: &Import, globals: &GlobalOptions) -> Result<Exit, Error> {
    let servers = match &import.secrets {
        Secrets::Passwords(hash_spec) | Secrets::Generate { hash_spec, .. } => hash_spec.servers.as_ref(),
        Secrets::Hashes => None,
    };
    let default = import.ensure.then_some(ensure::MODE);
    let made = access::for_readers(&import.file, globals, servers, default)?;
    let file = PasswordFile::new(&import.file, &made);
    let file = if import.ensure { file.create_missing_key() } else { file };
    let work = Work { import, globals, file };
    match &import.secrets {
        Secrets::Hashes => work.run(import::parse_hash, |entries| {
            warning::emit_all(import::unread_hashes(&entries), globals.strict)?;
            Ok(entries.into_iter().map(|entry| (entry.user, entry.secret)).collect::<Edits>().into())
        }),
        Secrets::Passwords(hash_spec) => {
            password::warn_of_number(hash_spec, globals.strict)?;
            let parse = |field: &[u8]| import::parse_password(field, &hash_spec.params);
            work.run(parse, |passwords| Ok(work.hash(passwords, hash_spec)?.into()))
        }
        Secrets::Generate { hash_spec, length, output } => {
            password::warn_of_number(hash_spec, globals.strict)?;
            if !import.dry_run {
                hand_out::check(output.as_deref())?;
            }
            work.run(|_| Ok(()), |names| work.generate(names, hash_spec, *length, output.as_deref()))
        }
    }
}

fn warn_of_disabled(summary: EditSummary, strict: bool) -> Result<(), StrictError> {
    let warning = Some(summary.disabled).filter(|&users| users > 0).map(Warning::StaysDisabled);
    warning::emit_all(warning, strict)
}

impl Work<'_> {
    fn run<'w, T: Secret>(
        &'w self,
        parse: impl FnMut(&[u8]) -> Result<T, RowError>,
        make: impl FnOnce(Vec<Entry<T>>) -> Result<Prepared<'w>, Error>,
    ) -> Result<Exit, Error> {
        let Self { import, globals, file } = self;
        // A file that cannot be changed is an error before the list is read.
        if import.ensure || import.dry_run {
            ensure::check_access(file, import.ensure)?;
            access::warn_of_access(file, globals)?;
        } else {
            access::check_access(file, import.create, globals)?;
        }

        // If the user list were the password file itself, its hashes would be imported as passwords.
        let excluded = (!T::IN_PASSWORD_FILE).then_some(import.file.path());
        let list = reader::read(import.users.as_deref(), excluded, globals.limits.list)?;
        if let Some(text) = Utf16Text::detect(&list, import.users.as_deref()) {
            return Err(ImportError::Utf16 { list: import.users.clone(), text }.into());
        }
        let max_invalid = if globals.json { usize::MAX } else { MAX_REPORTED_INVALID };
        let records = import::read(import.format, &list, max_invalid, parse);
        let mut records = records.map_err(|error| ImportError::List { list: import.users.clone(), error })?;
        // The passwords in the list are wiped before hashing, which may take long.
        drop(list);

        let invalid = records.invalid.count;
        let all = records.entries.len() + invalid;
        print_invalid(&records.invalid, import.users.as_deref());
        let duplicates = records.drop_duplicates();
        warning::emit_all(duplicates.warnings(), globals.strict)?;
        warning::emit_all(records.name_warning(), globals.strict)?;

        let mut report = ImportReport::new(file.path(), invalid, duplicates.count);
        if globals.json {
            report.rejections = rejections(&records.invalid, import.users.as_deref());
        }
        if let Some(error) = self.rejection(invalid, all) {
            let error = Error::Reported(error);
            if globals.json {
                let error = error.report();
                output::print(&json::to_line(&Failure { report, error }))?;
            }
            return Err(error);
        }
        report.written = !import.dry_run && !records.entries.is_empty();
        if import.dry_run {
            report.plan = Some(ImportPlan::default());
        }
        // With -c, an empty list would delete all users. That is probably a mistake, so nothing is written.
        if !records.entries.is_empty() {
            let Prepared { mut edits, passwords } = make(records.entries)?;
            if import.prune {
                edits.prune();
            }
            edits.keep_disabled();
            if globals.strict && !import.create {
                // With --strict, the warning has to come before the write.
                warn_of_disabled(self.preview(&edits, &mut ImportPlan::default())?, true)?;
            }
            let summary = match &mut report.plan {
                Some(plan) => self.preview(&edits, plan)?,
                None => self.write(&edits, passwords.as_ref())?,
            };
            if !globals.strict {
                warn_of_disabled(summary, false)?;
            }
            report.added = summary.added;
            report.updated = summary.updated;
            report.unchanged = summary.unchanged;
            report.generated = passwords.map(|passwords| passwords.count()).filter(|_| !import.dry_run);
            report.removed = import.prune.then_some(summary.removed);
        } else if !import.dry_run {
            file.pass_through()?;
        }
        self.print(&report)?;
        Ok(if invalid == 0 { Exit::Success } else { Exit::Failure })
    }

    /// The reason to write nothing, if there is one.
    fn rejection(&self, invalid: usize, records: usize) -> Option<ImportError> {
        let Import { prune, keep_going, .. } = *self.import;
        if invalid > 0 && prune {
            Some(ImportError::PruneNeedsAll { invalid, records })
        } else if invalid > 0 && !keep_going {
            Some(ImportError::InvalidRecords { invalid, records })
        } else if prune && records == 0 {
            Some(ImportError::PruneAll { list: self.import.users.clone() })
        } else {
            None
        }
    }

    fn print(&self, report: &ImportReport<'_>) -> Result<(), Error> {
        if self.globals.json {
            let changes = report.added + report.updated + report.removed.unwrap_or(0);
            let is_changed = report.written && changes > 0;
            return Ok(output::report(&json::to_line(report), is_changed.then(|| self.file.path()))?);
        }
        if let Some(plan) = &report.plan {
            output::print(&plan.to_string())?;
        }
        output::eprint(&report.to_string());
        Ok(())
    }

    /// Generates a password for each user. With `--ensure`, users who exist keep their passwords.
    fn generate<'o>(
        &self,
        names: Vec<Entry<()>>,
        hash_spec: &HashSpec,
        length: usize,
        output: Option<&'o Path>,
    ) -> Result<Prepared<'o>, Error> {
        let document = if self.import.ensure { self.load()? } else { Document::default() };
        let index = document.index();
        let (kept, new): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|entry| index.get(&entry.user).is_some());
        let mut passwords = HandOut::new(output, length, new.iter().map(|entry| entry.user.as_bytes().len()));
        let mut jobs = Vec::with_capacity(new.len());
        for Entry { line, user, .. } in new {
            let password = Password::generate(length).map_err(|_| PasswordInputError::NoRandom)?;
            passwords.push(&user, &password, line)?;
            jobs.push((user, password));
        }
        let mut edits = self.hash_all(vec![(hash_spec.params, Jobs::New(jobs))], hash_spec)?;
        for entry in kept {
            edits.keep(&entry.user);
        }
        Ok(Prepared { edits, passwords: Some(passwords) })
    }

    fn hash(&self, entries: Vec<Entry<Password>>, hash_spec: &HashSpec) -> Result<Edits, Error> {
        if import::are_hashes(&entries) {
            let list = self.import.users.clone();
            return Err(ImportError::AllHashes { list }.into());
        }
        warning::emit_all(import::password_warnings(&entries, &hash_spec.params), self.globals.strict)?;
        let groups = if self.import.ensure {
            let groups = self.ensured(entries, hash_spec)?.into_iter();
            groups.map(|(params, jobs)| (params, Jobs::Ensured(jobs))).collect()
        } else {
            let jobs = entries.into_iter().map(|entry| (entry.user, entry.secret)).collect();
            vec![(hash_spec.params, Jobs::New(jobs))]
        };
        self.hash_all(groups, hash_spec)
    }

    /// Hashes the passwords of each group with the parameters of the group, and shows the progress.
    fn hash_all(&self, groups: Vec<(Params, Jobs)>, hash_spec: &HashSpec) -> Result<Edits, Error> {
        let all = groups.iter().map(|(_, jobs)| jobs.len()).sum();
        let mut edits = Edits::with_capacity(all);
        let mut bar = ProgressBar::begin(all);
        let mut done = 0;
        for (params, jobs) in groups {
            let params = if self.import.dry_run { cheapest(params) } else { params };
            let before = done;
            done += jobs.len();
            let show = |progress: Progress| {
                bar.set(before + progress.done);
                ControlFlow::Continue(())
            };
            let hasher = BulkHasher::new(params).on_progress(show);
            let set = |user: Username, hash| edits.set(&user, &hash_spec.with_readable_prefix(hash));
            let hashed = match jobs {
                Jobs::New(jobs) => hasher.hash_each(jobs, set),
                Jobs::Ensured(jobs) => hasher.ensure_each(jobs, set),
            };
            hashed.map_err(|error| match error {
                BulkHashError::Hash { source, .. } => PasswordInputError::from(source).into(),
                error => Error::from(ImportError::NotHashed(error)),
            })?;
        }
        Ok(edits)
    }

    /// The jobs of `--ensure`, by the parameters of a new hash. Each job has the hash that stays if it matches the
    /// password.
    ///
    /// If another program changes a user between this read and the write, the write restores the hash that matched the
    /// password. A hash above the limits is reported before any hash is computed.
    fn ensured(
        &self,
        entries: Vec<Entry<Password>>,
        hash_spec: &HashSpec,
    ) -> Result<Vec<(Params, Vec<EnsuredJob>)>, Error> {
        let document = self.load()?;
        let index = document.index();
        let mut groups: Vec<(Params, Vec<EnsuredJob>)> = Vec::new();
        for Entry { user, secret, .. } in entries {
            let found = index.get(&user).map(|record| record.hash);
            let hash = match found {
                Some(found) => ensure::keepable(&user, found, hash_spec, self.globals.limits)?,
                None => None,
            };
            let params = ensure::params_in_place_of(found, hash_spec);
            let job = (user, (secret, hash));
            match groups.iter_mut().find(|(known, _)| *known == params) {
                Some((_, jobs)) => jobs.push(job),
                None => groups.push((params, vec![job])),
            }
        }
        Ok(groups)
    }

    /// The current content of the file. With `--ensure`, a missing file is empty.
    fn load(&self) -> Result<Document, TargetError> {
        match self.file.load() {
            Err(error) if self.import.ensure && error.is_missing() => Ok(Document::default()),
            loaded => loaded,
        }
    }

    /// The changes that the edits would make.
    fn preview(&self, edits: &Edits, plan: &mut ImportPlan) -> Result<EditSummary, TargetError> {
        let document = self.load()?;
        if let Some(line) = document.first_invalid_line() {
            return Err(StoreError::InvalidLine { path: self.file.path().to_owned(), line }.into());
        }
        Ok(document.preview(edits, |user, change| match change {
            UserChange::Added => plan.added.push(user.to_vec()),
            UserChange::Updated => plan.updated.push(user.to_vec()),
            UserChange::Removed => plan.removed.push(user.to_vec()),
            _ => {}
        }))
    }

    /// Hands out the passwords, then writes the edits.
    fn write(&self, edits: &Edits, passwords: Option<&HandOut<'_>>) -> Result<EditSummary, Error> {
        let keeps = |user: &[u8]| edits.contains(user);
        let mut replacement = self.import.create.then(|| Replacement::new(&self.file, self.globals));
        if let Some(replacement) = &mut replacement {
            replacement.warn(keeps)?;
        }
        passwords.map_or(Ok(()), |passwords| passwords.write(self.file.path()))?;
        let written = match replacement {
            Some(mut replacement) => replacement.write(keeps, |document| document.apply(edits)),
            None => self.apply(edits),
        };
        match passwords {
            Some(passwords) => {
                let summary = written.map_err(|error| passwords.not_in_force(error))?;
                passwords.report();
                Ok(summary)
            }
            None => written,
        }
    }

    fn apply(&self, edits: &Edits) -> Result<EditSummary, Error> {
        for _ in 0..ATTEMPTS {
            match self.file.apply(edits) {
                Err(error) if self.import.ensure && error.is_missing() => {
                    let mut document = Document::default();
                    let summary = document.apply(edits);
                    if ensure::create(&self.file, &document)? {
                        return Ok(summary);
                    }
                }
                Err(error) if self.import.ensure && error.is_open() => {
                    // The file cannot be written. That is an error only if there is something to write.
                    let summary = self.preview(edits, &mut ImportPlan::default())?;
                    let changes = summary.added + summary.updated + summary.removed;
                    return if changes == 0 { Ok(summary) } else { Err(error.into()) };
                }
                applied => return Ok(applied?),
            }
        }
        Err(ensure::unstable(&self.file))
    }
}

/// Prints the first invalid records with their lines, and the number of the others.
fn print_invalid(invalid: &Invalid, list: Option<&Path>) {
    let list = name(list);
    let reported = || invalid.first.iter().take(MAX_REPORTED_INVALID);
    for (line, error) in reported() {
        output::eprint_error(&format_args!("line {line} of {list}: {error}"));
    }
    let rest = invalid.count - reported().count();
    if rest > 0 {
        output::eprint_error(&format_args!("… and {rest} more"));
    }
}

/// The invalid records for JSON, which has all of them.
fn rejections<'a>(invalid: &Invalid, list: Option<&'a Path>) -> Vec<Rejection<'a>> {
    let rejection = |(line, error): &(usize, RowError)| Rejection {
        file: list.map(Path::to_string_lossy),
        line: *line,
        reason: json::message(error),
    };
    invalid.first.iter().map(rejection).collect()
}

/// Returns the cheapest parameters of the same scheme. A dry run uses them, because it does not keep the hashes. As
/// with `params`, each hash has a new salt if the scheme has one.
fn cheapest(params: Params) -> Params {
    let rounds = Rounds::new(Rounds::MIN).ok();
    match params {
        Params::Argon2id(_) => Argon2Cost::new(8, 1, 1).map_or(params, Params::Argon2id),
        Params::Bcrypt(_) => Cost::new(Cost::MIN).map_or(params, Params::Bcrypt),
        Params::Sha256Crypt(_) => Params::Sha256Crypt(rounds),
        Params::Sha512Crypt(_) => Params::Sha512Crypt(rounds),
        other => other,
    }
}
