//! The password file of a command: an ordinary file, or the value of a key in a Secret manifest.
//!
//! Commands read and change both kinds through [`PasswordFile`], so the code of a command does not depend on the kind.

pub(crate) mod error;
mod manifest;
pub(crate) mod stdin;

use std::path::{Path, PathBuf};

use htpasswd::document::{EditSummary, Edits, SetOutcome};
use htpasswd::store::{StoreError, StoreEvent};
use htpasswd::{Document, FileStore, PasswordHash, Username};

use self::error::TargetError;
use self::manifest::Manifest;
use crate::accounts;
use crate::args::command::{GlobalOptions, Target};
use crate::escape::Visible;
use crate::output;
use crate::warning::Warning;

/// A password file. If [`FileStore`] has a method of the same name, both methods do the same.
pub(crate) enum PasswordFile {
    File(FileStore),
    Manifest(Manifest),
}

impl PasswordFile {
    pub(crate) fn new(target: &Target, globals: &GlobalOptions) -> Self {
        match target {
            Target::File(path) => Self::File(file_store(path, globals.limits.file, globals)),
            Target::Manifest { path, selector } => {
                let file = (!target.is_stream()).then(|| file_store(path, globals.limits.manifest, globals));
                Self::Manifest(Manifest::new(path, file, selector.clone(), globals))
            }
        }
    }

    /// Treats a missing key of a manifest as empty, so that a change creates the key.
    pub(crate) fn create_missing_key(self) -> Self {
        match self {
            Self::File(_) => self,
            Self::Manifest(manifest) => Self::Manifest(manifest.create_missing_key()),
        }
    }

    /// Copies a manifest from standard input to standard output. A command calls this method if it changes nothing.
    pub(crate) fn pass_through(&self) -> Result<(), TargetError> {
        match self {
            Self::File(_) => Ok(()),
            Self::Manifest(manifest) => manifest.pass_through(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(store) => store.path(),
            Self::Manifest(manifest) => manifest.path(),
        }
    }

    pub(crate) fn check_update(&self) -> Result<(), TargetError> {
        match self {
            Self::File(store) => Ok(store.check_update()?),
            Self::Manifest(manifest) => manifest.check(false),
        }
    }

    pub(crate) fn check_create(&self) -> Result<(), TargetError> {
        match self {
            Self::File(store) => Ok(store.check_create()?),
            Self::Manifest(manifest) => manifest.check(true),
        }
    }

    pub(crate) fn leftovers(&self) -> Result<Vec<PathBuf>, TargetError> {
        match self {
            Self::File(store) => Ok(store.leftovers()?),
            Self::Manifest(manifest) => Ok(FileStore::new(manifest.path()).leftovers()?),
        }
    }

    /// Reads the file. Fails if it is UTF-16.
    pub(crate) fn load(&self) -> Result<Document, TargetError> {
        let document = self.load_any()?;
        if document.utf16().is_none() {
            return Ok(document);
        }
        Err(match self {
            Self::File(store) => StoreError::Utf16(store.path().to_owned()).into(),
            Self::Manifest(manifest) => manifest.utf16_value(),
        })
    }

    /// Reads the file in any encoding.
    pub(crate) fn load_any(&self) -> Result<Document, TargetError> {
        match self {
            Self::File(store) => Ok(store.load()?),
            Self::Manifest(manifest) => manifest.load(),
        }
    }

    /// Reads a password file of at most `limit` bytes. Returns `None` for any other file and after any error.
    pub(crate) fn load_small(&self, limit: usize) -> Option<Document> {
        match self {
            Self::File(store) if store.path().is_file() => store.clone().max_read(limit).load().ok(),
            _ => None,
        }
    }

    pub(crate) fn hash_of(&self, user: &[u8]) -> Result<Option<Vec<u8>>, TargetError> {
        match self {
            Self::File(store) => Ok(store.hash_of(user)?),
            Self::Manifest(manifest) => manifest.hash_of(user),
        }
    }

    pub(crate) fn update<T, E: From<StoreError> + From<TargetError>>(
        &self,
        edit: impl FnMut(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::File(store) => store.try_update(edit),
            Self::Manifest(manifest) => manifest.edit(false, edit),
        }
    }

    pub(crate) fn create<T, E: From<StoreError> + From<TargetError>>(
        &self,
        edit: impl FnMut(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::File(store) => store.try_create(edit),
            Self::Manifest(manifest) => manifest.edit(true, edit),
        }
    }

    pub(crate) fn set(&self, user: &Username, hash: &PasswordHash) -> Result<SetOutcome, TargetError> {
        match self {
            Self::File(store) => Ok(store.set(user, hash)?),
            Self::Manifest(manifest) => manifest.edit_records(|document| document.set(user, hash)),
        }
    }

    pub(crate) fn set_if(
        &self,
        user: &Username,
        found: Option<&[u8]>,
        hash: &PasswordHash,
    ) -> Result<bool, TargetError> {
        match self {
            Self::File(store) => Ok(store.set_if(user, found, hash)?.is_some()),
            Self::Manifest(manifest) => manifest.edit_records(|document| {
                let is_as_found = document.get(user).map(|record| record.hash) == found;
                if is_as_found {
                    let mut edits = Edits::new();
                    edits.set(user, hash);
                    edits.keep_disabled();
                    document.apply(&edits);
                }
                is_as_found
            }),
        }
    }

    pub(crate) fn create_new(&self, document: &Document) -> Result<(), TargetError> {
        match self {
            Self::File(store) => Ok(store.create_new(document)?),
            // The manifest exists, because a missing manifest is an error before this call.
            Self::Manifest(manifest) => Err(StoreError::Exists(manifest.path().to_owned()).into()),
        }
    }

    pub(crate) fn remove(&self, user: &[u8]) -> Result<usize, TargetError> {
        match self {
            Self::File(store) => Ok(store.remove(user)?),
            Self::Manifest(manifest) => manifest.edit_records(|document| document.remove(user)),
        }
    }

    pub(crate) fn apply(&self, edits: &Edits) -> Result<EditSummary, TargetError> {
        match self {
            Self::File(store) => Ok(store.apply(edits)?),
            Self::Manifest(manifest) => manifest.edit_records(|document| document.apply(edits)),
        }
    }
}

/// The store of a file. It keeps at most `max_read` bytes of the file in memory. It never changes a file with an
/// invalid line, because such a file may not be a password file.
fn file_store(path: &Path, max_read: usize, globals: &GlobalOptions) -> FileStore {
    let store = FileStore::new(path).refuse_invalid_lines().max_read(max_read);
    let store = store.on_event(|event| match event {
        StoreEvent::BackedUp(path) => {
            output::eprintln(&format_args!("Kept the old file as {}", Visible::path(&path)));
        }
        event => Warning::Store(event).print(),
    });
    let store = store.lock_timeout(globals.lock_timeout.unwrap_or(FileStore::DEFAULT_LOCK_TIMEOUT));
    let store = if globals.no_lock { store.without_lock() } else { store };
    let store = match &globals.backup {
        Some(suffix) => store.backup(suffix),
        None => store,
    };
    let store = match globals.mode {
        Some(mode) => store.mode(mode),
        None => store,
    };
    match globals.group.as_deref().and_then(accounts::group_id) {
        Some(group) => store.group(group),
        None => store,
    }
}
