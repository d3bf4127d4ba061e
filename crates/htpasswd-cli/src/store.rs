//! The password file, wherever it is: a file of its own, or the value of a key in a Secret manifest.

mod manifest;

use std::path::{Path, PathBuf};

use htpasswd::{Document, EditSummary, Edits, FileStore, PasswordHash, SetOutcome, StoreError, Username};
use secret_manifest::Selector;

use self::manifest::Manifest;
pub(crate) use self::manifest::{Trouble, trouble};
use crate::global_options::GlobalOptions;

/// Where the password file is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    File(PathBuf),
    /// In a manifest; `-` is standard input and output.
    Manifest {
        path: PathBuf,
        selector: Selector,
    },
}

impl Target {
    /// Standard input and output.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Manifest { path, .. } if path.as_os_str() == "-")
    }

    /// The file that people named.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Manifest { path, .. } => path,
        }
    }
}

/// The password file at its place. What each method does is told at that of [`FileStore`].
pub(crate) enum Store {
    File(FileStore),
    Manifest(Manifest),
}

impl Store {
    /// `open` makes the store of a path, of which at most so many bytes are read into memory.
    pub(crate) fn new(
        target: &Target,
        globals: &GlobalOptions,
        open: impl FnOnce(&Path, usize) -> FileStore,
    ) -> Self {
        match target {
            Target::File(path) => Self::File(open(path, globals.limits.file)),
            Target::Manifest { path, selector } => {
                let file = (!target.is_stream()).then(|| open(path, globals.limits.manifest));
                Self::Manifest(Manifest::new(path, file, selector.clone(), globals))
            }
        }
    }

    /// From here on, a key that is not there is taken for an empty one, and made when it is changed.
    pub(crate) fn making_keys(self) -> Self {
        match self {
            Self::File(_) => self,
            Self::Manifest(manifest) => Self::Manifest(manifest.making_keys()),
        }
    }

    /// There is nothing to do; what passes through still has to.
    pub(crate) fn pass_through(&self) -> Result<(), StoreError> {
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

    pub(crate) fn check_update(&self) -> Result<(), StoreError> {
        match self {
            Self::File(store) => store.check_update(),
            Self::Manifest(manifest) => manifest.check(false),
        }
    }

    pub(crate) fn check_create(&self) -> Result<(), StoreError> {
        match self {
            Self::File(store) => store.check_create(),
            Self::Manifest(manifest) => manifest.check(true),
        }
    }

    pub(crate) fn leftovers(&self) -> Result<Vec<PathBuf>, StoreError> {
        match self {
            Self::File(store) => store.leftovers(),
            Self::Manifest(manifest) => FileStore::new(manifest.path()).leftovers(),
        }
    }

    pub(crate) fn load(&self) -> Result<Document, StoreError> {
        match self {
            Self::File(store) => store.load(),
            Self::Manifest(manifest) => manifest.load(),
        }
    }

    pub(crate) fn hash_of(&self, user: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::File(store) => store.hash_of(user),
            Self::Manifest(manifest) => manifest.hash_of(user),
        }
    }

    pub(crate) fn update<T, E: From<StoreError>>(
        &self,
        edit: impl FnMut(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::File(store) => store.update(edit),
            Self::Manifest(manifest) => manifest.edit(false, edit),
        }
    }

    pub(crate) fn create<T, E: From<StoreError>>(
        &self,
        edit: impl FnMut(&mut Document) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::File(store) => store.create(edit),
            Self::Manifest(manifest) => manifest.edit(true, edit),
        }
    }

    pub(crate) fn set(&self, user: &Username, hash: &PasswordHash) -> Result<SetOutcome, StoreError> {
        match self {
            Self::File(store) => store.set(user, hash),
            Self::Manifest(manifest) => manifest.edit_records(|document| document.set(user, hash)),
        }
    }

    pub(crate) fn set_if(
        &self,
        user: &Username,
        found: Option<&[u8]>,
        hash: &PasswordHash,
    ) -> Result<Option<SetOutcome>, StoreError> {
        match self {
            Self::File(store) => store.set_if(user, found, hash),
            Self::Manifest(manifest) => manifest.edit_records(|document| {
                let is_as_found = document.get(user).map(|record| record.hash) == found;
                is_as_found.then(|| document.set(user, hash))
            }),
        }
    }

    pub(crate) fn create_new(&self, document: &Document) -> Result<(), StoreError> {
        match self {
            Self::File(store) => store.create_new(document),
            // One that is missing is an error before.
            Self::Manifest(manifest) => Err(StoreError::Exists(manifest.path().to_owned())),
        }
    }

    pub(crate) fn remove(&self, user: &[u8]) -> Result<usize, StoreError> {
        match self {
            Self::File(store) => store.remove(user),
            Self::Manifest(manifest) => manifest.edit_records(|document| document.remove(user)),
        }
    }

    pub(crate) fn apply(&self, edits: &Edits) -> Result<EditSummary, StoreError> {
        match self {
            Self::File(store) => store.apply(edits),
            Self::Manifest(manifest) => manifest.edit_records(|document| document.apply(edits)),
        }
    }
}
