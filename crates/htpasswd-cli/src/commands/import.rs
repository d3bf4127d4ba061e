//! `--import`: adds or updates many users in one write.
//!
//! [`run`] reads the user list, rejects invalid records, hashes the passwords and applies all edits at once. With
//! `--dry-run` it only reports the edits. An import must write all valid records or nothing.

use std::ops::ControlFlow;

use htpasswd::bulk::{BulkHashError, BulkHasher, Progress};
use htpasswd::document::{EditSummary, Edits, UserChange};
use htpasswd::hash::Rounds;
use htpasswd::store::StoreError;
use htpasswd::{Cost, Document, Params, Password};

use super::{access, ensure, recreate};
use crate::args::command::{GlobalOptions, HashSpec, Import, Secrets};
use crate::error::Error;
use crate::exit::Exit;
use crate::import::error::{ImportError, RowError};
use crate::import::{self, Entry, Invalid, Secret, reader};
use crate::output;
use crate::password::{self, error::PasswordInputError};
use crate::progress::ProgressBar;
use crate::report::{ImportPlan, ImportReport, json};
use crate::target::PasswordFile;
use crate::target::error::TargetError;
use crate::warning;

/// The command tries this many times to write the file. An attempt fails if another program creates or deletes the file
/// between the check and the write.
const ATTEMPTS: usize = 10;

/// The parts of an import.
struct Work<'a> {
    import: &'a Import,
    globals: &'a GlobalOptions,
    file: PasswordFile,
}

pub(super) fn run(import: &Import, globals: &GlobalOptions) -> Result<Exit, Error> {
    let servers = match &import.secrets {
        Secrets::Passwords(hash_spec) => hash_spec.servers.as_ref(),
        Secrets::Hashes => None,
    };
    let default = import.ensure.then_some(ensure::MODE);
    let made = access::for_readers(&import.file, globals, servers, default)?;
    let file = PasswordFile::new(&import.file, &made);
    let file = if import.ensure { file.create_missing_key() } else { file };
    let work = Work { import, globals, file };
    match &import.secrets {
        Secrets::Hashes => work.run(import::parse_hash, |entries| {
            Ok(entries.into_iter().map(|entry| (entry.user, entry.secret)).collect())
        }),
        Secrets::Passwords(hash_spec) => {
            password::warn_of_number(hash_spec, globals.strict)?;
            let parse = |field: &[u8]| import::parse_password(field, &hash_spec.params);
            work.run(parse, |passwords| work.hash(passwords, hash_spec))
        }
    }
}

impl Work<'_> {
    fn run<T: Secret>(
        &self,
        parse: impl FnMut(&[u8]) -> Result<T, RowError>,
        make: impl FnOnce(Vec<Entry<T>>) -> Result<Edits, Error>,
    ) -> Result<Exit, Error> {
        let Self { import, globals, file } = self;
        // A file that cannot be changed is an error before the list is read.
        if import.ensure || import.dry_run {
            ensure::check_access(file, import.dry_run, import.ensure)?;
            access::warn_of_access(file, globals)?;
        } else {
            access::check_access(file, import.create, globals)?;
        }

        // If the user list were the password file itself, its hashes would be imported as passwords.
        let excluded = (!T::IN_PASSWORD_FILE).then_some(import.file.path());
        let list = reader::read(import.users.as_deref(), excluded, globals.limits.list)?;
        let mut records = import::read(import.format, &list, parse)?;
        // The passwords in the list are wiped before hashing, which may take long.
        drop(list);

        let invalid = records.invalid.count;
        let all = records.entries.len() + invalid;
        print_invalid(&records.invalid);
        let duplicates = records.drop_duplicates();
        warning::emit_all(duplicates.warnings(), globals.strict)?;
        warning::emit_all(records.name_warning(), globals.strict)?;

        let mut report = ImportReport::new(file.path(), invalid, duplicates.count);
        if let Some(error) = self.rejection(invalid, all) {
            if import.json {
                output::print(&json::to_line(&report))?;
            }
            return Err(error.into());
        }
        report.written = !import.dry_run && !records.entries.is_empty();
        if import.dry_run {
            report.plan = Some(ImportPlan::default());
        }
        // With -c, an empty list would delete all users. That is probably a mistake, so nothing is written.
        if !records.entries.is_empty() {
            let mut edits = make(records.entries)?;
            if import.prune {
                edits.prune();
            }
            let summary = match &mut report.plan {
                Some(plan) => self.preview(&edits, plan)?,
                None => self.write(&edits)?,
            };
            report.added = summary.added;
            report.updated = summary.updated;
            report.unchanged = summary.unchanged;
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
            Some(ImportError::PruneAll)
        } else {
            None
        }
    }

    fn print(&self, report: &ImportReport<'_>) -> Result<(), Error> {
        if self.import.json {
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

    fn hash(&self, entries: Vec<Entry<Password>>, hash_spec: &HashSpec) -> Result<Edits, Error> {
        warning::emit_all(import::password_warnings(&entries, &hash_spec.params), self.globals.strict)?;
        let mut edits = Edits::with_capacity(entries.len());
        let mut bar = ProgressBar::begin(entries.len());
        let show = move |progress: Progress| {
            bar.set(progress.done);
            ControlFlow::Continue(())
        };
        let params = if self.import.dry_run { cheapest(hash_spec.params) } else { hash_spec.params };
        let hasher = BulkHasher::new(params).on_progress(show);
        let hashed = if self.import.ensure {
            // If another program changes a user between this read and the write, the write restores the hash that
            // matched the password.
            let document = self.load()?;
            let index = document.index();
            let limits = self.globals.limits;
            let jobs = entries.into_iter().map(|Entry { user, secret, .. }| {
                let hash = match index.get(&user) {
                    Some(record) => ensure::keepable(&user, record.hash, hash_spec, limits)?,
                    None => None,
                };
                Ok((user, (secret, hash)))
            });
            // A hash above the limits is reported before any hash is computed.
            let jobs = jobs.collect::<Result<Vec<_>, Error>>()?;
            hasher.ensure_each(jobs, |user, hash| {
                edits.set(&user, &hash_spec.with_readable_prefix(hash));
            })
        } else {
            let jobs = entries.into_iter().map(|entry| (entry.user, entry.secret));
            hasher.hash_each(jobs, |user, hash| {
                edits.set(&user, &hash_spec.with_readable_prefix(hash));
            })
        };
        hashed.map_err(|error| match error {
            BulkHashError::Hash { source, .. } => PasswordInputError::from(source).into(),
            error => Error::from(ImportError::NotHashed(error)),
        })?;
        Ok(edits)
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

    fn write(&self, edits: &Edits) -> Result<EditSummary, Error> {
        if self.import.create {
            return self.recreate(edits);
        }
        for _ in 0..ATTEMPTS {
            match self.file.apply(edits) {
                Err(error) if self.import.ensure && error.is_missing() => {
                    let mut document = Document::default();
                    let summary = document.apply(edits);
                    if ensure::create(&self.file, &document)? {
                        return Ok(summary);
                    }
                }
                applied => return Ok(applied?),
            }
        }
        Err(ensure::unstable(&self.file))
    }

    fn recreate(&self, edits: &Edits) -> Result<EditSummary, Error> {
        let mut warning = None;
        let summary = recreate::recreate(&self.file, self.globals, |document: &mut Document| {
            warning = recreate::clear(document, |user| edits.contains(user), self.globals.strict)?;
            Ok(document.apply(edits))
        })?;
        warning::emit_all(warning, false)?;
        Ok(summary)
    }
}

/// Prints the first invalid records with their lines, and the number of the others.
fn print_invalid(invalid: &Invalid) {
    for (line, error) in &invalid.first {
        output::eprint_error(&format_args!("line {line}: {error}"));
    }
    let rest = invalid.count - invalid.first.len();
    if rest > 0 {
        output::eprint_error(&format_args!("… and {rest} more"));
    }
}

/// Returns the cheapest parameters of the same scheme. A dry run uses them, because it does not keep the hashes. As
/// with `params`, each hash has a new salt if the scheme has one.
fn cheapest(params: Params) -> Params {
    let rounds = Rounds::new(Rounds::MIN).ok();
    match params {
        Params::Bcrypt(_) => Cost::new(Cost::MIN).map_or(params, Params::Bcrypt),
        Params::Sha256Crypt(_) => Params::Sha256Crypt(rounds),
        Params::Sha512Crypt(_) => Params::Sha512Crypt(rounds),
        other => other,
    }
}
