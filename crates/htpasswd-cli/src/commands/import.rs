//! `--import`: add or update many users in one write.

use std::ops::ControlFlow;

use htpasswd::{
    BulkHashError, BulkHasher, Cost, Document, EditSummary, Edits, HashError, Params, Password, PasswordHash,
    Rounds, StoreError, UserChange,
};

use super::ensure;
use crate::exit::Exit;
use crate::global_options::GlobalOptions;
use crate::import::{self, Entry, Import, Planned, RowError, Secret, Secrets, Summary, reader};
use crate::messages::{self, Problem, Provisioning};
use crate::output::{self, eprint};
use crate::password::{self, HashSpec};
use crate::progress::Progress;
use crate::store::Store;

/// How often somebody else may make the file, and it be gone again.
const ROUNDS: usize = 10;

/// What an import works with.
struct Work<'a> {
    import: &'a Import,
    globals: &'a GlobalOptions,
    store: Store,
}

pub(super) fn run(import: &Import, globals: &GlobalOptions, program: &[u8]) -> Result<Exit, Problem> {
    let mode = if import.ensure { globals.mode.or(Some(ensure::MODE)) } else { globals.mode };
    let store = super::store(&import.file, &GlobalOptions { mode, ..*globals });
    let store = if import.ensure { store.making_keys() } else { store };
    let work = Work { import, globals, store };
    match &import.secrets {
        Secrets::Hashes => work.run(program, one_field, |entries| {
            Ok(entries.into_iter().map(|entry| (entry.user, entry.secret)).collect())
        }),
        Secrets::Passwords(hash_spec) => {
            hash_spec.warn_of_number(globals.warnings)?;
            let check = |field: &[u8]| password::validate_row(field, &hash_spec.params);
            work.run(program, check, |passwords| work.hash(passwords, hash_spec))
        }
    }
}

/// A hash from elsewhere. Not with a salt that would reach beyond its field, or that no program writes.
fn one_field(text: &[u8]) -> Result<PasswordHash, RowError> {
    let is_clean = text.iter().all(|&byte| byte.is_ascii_graphic() && byte != b':');
    let hash = PasswordHash::parse(text).map_err(RowError::Hash)?;
    if is_clean { Ok(hash) } else { Err(RowError::Hash(HashError::Malformed)) }
}

impl Work<'_> {
    fn run<T: Secret>(
        &self,
        program: &[u8],
        check: impl FnMut(&[u8]) -> Result<T, RowError>,
        make: impl FnOnce(Vec<Entry<T>>) -> Result<Edits, Problem>,
    ) -> Result<Exit, Problem> {
        let Self { import, globals, store } = self;
        // Before anything is read or hashed.
        if import.ensure || import.dry_run {
            ensure::check_access(store, import.dry_run, import.ensure)?;
            super::warn_of_mode(store, globals)?;
        } else {
            super::check_access(store, import.create, globals)?;
        }

        // Its hashes would be taken for passwords.
        let never = (!T::IN_PASSWORD_FILE).then_some(import.file.path());
        let list = reader::read(import.users.as_deref(), never, globals.limits.list)?;
        let mut records = import::read(import.format, &list, check)?;
        // Wiped now: hashing may take long.
        drop(list);

        let refused = records.refused.count;
        let all = records.entries.len() + refused;
        output::eprint_error(&messages::refused(&records.refused, program), program);
        let duplicates = records.drop_duplicates();
        globals.warnings.warn(&messages::duplicates(&duplicates))?;
        if let Some((count, line)) = records.names_with_blanks() {
            globals.warnings.warn(&messages::names_with_blanks(count, line))?;
        }

        let mut summary = Summary { refused, duplicates: duplicates.count, ..Summary::default() };
        let nothing = if refused > 0 && import.prune {
            Some(Provisioning::NothingPruned { refused, records: all }.into())
        } else if refused > 0 && !import.keep_going {
            Some(Problem::NothingWritten { refused, records: all })
        } else if import.prune && records.entries.is_empty() {
            Some(Provisioning::NobodyLeft.into())
        } else {
            None
        };
        if let Some(problem) = nothing {
            if import.json {
                output::print(messages::imported_json(&summary).as_bytes())?;
            }
            return Err(problem);
        }
        summary.written = !import.dry_run && !records.entries.is_empty();
        if import.dry_run {
            summary.planned = Some(Planned::default());
        }
        // With -c, a list that came out empty would take all users away: more likely a mistake than a wish.
        if !records.entries.is_empty() {
            let mut edits = make(records.entries)?;
            if import.prune {
                edits.prune();
            }
            let outcome = match &mut summary.planned {
                Some(planned) => self.preview(&edits, planned)?,
                None => self.write(&edits)?,
            };
            summary.added = outcome.added;
            summary.updated = outcome.updated;
            summary.unchanged = outcome.unchanged;
            summary.removed = import.prune.then_some(outcome.removed);
        } else if !import.dry_run {
            store.pass_through()?;
        }
        self.report(&summary)?;
        Ok(if refused == 0 { Exit::Success } else { Exit::Failure })
    }

    fn report(&self, summary: &Summary) -> Result<(), Problem> {
        if self.import.json {
            let Summary { added, updated, removed, .. } = *summary;
            let is_changed = summary.written && added + updated + removed.unwrap_or(0) > 0;
            let text = messages::imported_json(summary);
            return output::report(text.as_bytes(), is_changed.then(|| self.store.path()));
        }
        if let Some(planned) = &summary.planned {
            output::print(&messages::planned(planned))?;
        }
        eprint(&messages::imported(self.store.path(), summary));
        Ok(())
    }

    fn hash(&self, entries: Vec<Entry<Password>>, hash_spec: &HashSpec) -> Result<Edits, Problem> {
        for (kind, count, line) in import::password_warnings(&entries, &hash_spec.params) {
            self.globals.warnings.warn(&messages::password_warnings(kind, count, line))?;
        }
        let mut edits = Edits::with_capacity(entries.len());
        let mut bar = Progress::begin(entries.len());
        let show = move |progress: htpasswd::Progress| {
            bar.set(progress.done);
            ControlFlow::Continue(())
        };
        let params = if self.import.dry_run { cheapest(hash_spec.params) } else { hash_spec.params };
        let hasher = BulkHasher::new(params).on_progress(show);
        let hashed = if self.import.ensure {
            // Who has changed meanwhile gets the hash that was found right: that is the state which is wanted.
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
            // One that is above the limits is told before any hash is computed.
            let jobs = jobs.collect::<Result<Vec<_>, Problem>>()?;
            hasher.ensure_each(jobs, |user, hash| edits.set(&user, &hash))
        } else {
            let jobs = entries.into_iter().map(|entry| (entry.user, entry.secret));
            hasher.hash_each(jobs, |user, hash| edits.set(&user, &hash))
        };
        hashed.map_err(|error| match error {
            BulkHashError::Hash { source, .. } => password::hash_error(source),
            error => Problem::NotHashed(error),
        })?;
        Ok(edits)
    }

    /// The file as it is.
    fn load(&self) -> Result<Document, Problem> {
        match self.store.load() {
            Err(error) if self.import.ensure && super::is_missing(&error) => Ok(Document::default()),
            loaded => Ok(loaded?),
        }
    }

    /// What would become of whom.
    fn preview(&self, edits: &Edits, planned: &mut Planned) -> Result<EditSummary, Problem> {
        let document = self.load()?;
        if let Some(line) = document.first_invalid_line() {
            return Err(Problem::Update(StoreError::InvalidLine {
                path: self.store.path().to_owned(),
                line,
            }));
        }
        Ok(document.preview(edits, |user, change| match change {
            UserChange::Added => planned.added.push(user.to_vec()),
            UserChange::Updated => planned.updated.push(user.to_vec()),
            UserChange::Removed => planned.removed.push(user.to_vec()),
            _ => {}
        }))
    }

    fn write(&self, edits: &Edits) -> Result<EditSummary, Problem> {
        if self.import.create {
            return self.recreate(edits);
        }
        for _ in 0..ROUNDS {
            match self.store.apply(edits) {
                Err(error) if self.import.ensure && super::is_missing(&error) => {
                    let mut document = Document::default();
                    let outcome = document.apply(edits);
                    if ensure::make(&self.store, &document)? {
                        return Ok(outcome);
                    }
                }
                applied => return Ok(applied?),
            }
        }
        Err(Problem::Create(StoreError::Unstable(self.store.path().to_owned())))
    }

    fn recreate(&self, edits: &Edits) -> Result<EditSummary, Problem> {
        let mut gone = Vec::new();
        let outcome = super::create(&self.store, self.globals, |document: &mut Document| {
            gone = messages::replaced(document, |user| edits.contains(user)).unwrap_or_default();
            self.globals.warnings.refuse(&gone)?;
            document.clear();
            Ok(document.apply(edits))
        })?;
        eprint(&gone);
        Ok(outcome)
    }
}

/// What costs least to hash with and gives another text each time if `params` do: a dry run throws it away.
fn cheapest(params: Params) -> Params {
    let rounds = Rounds::new(Rounds::MIN).ok();
    match params {
        Params::Bcrypt(_) => Cost::new(Cost::MIN).map_or(params, Params::Bcrypt),
        Params::Sha256Crypt(_) => Params::Sha256Crypt(rounds),
        Params::Sha512Crypt(_) => Params::Sha512Crypt(rounds),
        other => other,
    }
}
