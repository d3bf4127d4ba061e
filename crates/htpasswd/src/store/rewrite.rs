//! Runs the steps of a change of an existing file: lock, recover, plan, write.
//!
//! Every method that changes an existing file calls `FileStore::rewrite` with a plan. The plan reads the file and
//! returns a patch. If another program changes the file without the lock, `rewrite` starts again, up to ten times. A
//! plan may therefore run more than once, and must never write anything itself.

use std::fs::File;
use std::io;

use super::commit::{self, Remarks, Reserved, Written};
use super::disk::{Disk, JournalName, RealDisk};
use super::recover::{Recovery, recover};
use super::{FileStore, ROUNDS, StoreError, StoreEvent, StoreOperation, read, sys};
use crate::document::{Document, Patch};

/// The output of a plan for the present content of the file.
pub(super) struct Attempt<'p, T> {
    /// The result that the caller gets after a successful write.
    pub(super) result: T,
    /// The bytes to be written; `None` if the file stays unchanged. `UnexpectedEof` means that another program has
    /// shortened the file during the plan, and causes another attempt. Any other error ends the call.
    pub(super) patch: io::Result<Option<Patch<'p>>>,
}

impl FileStore {
    /// Changes the file. The store locks the file, reads it, calls `edit` with the document, writes from the first
    /// change on, and flushes the file. If `edit` changes nothing, the store writes nothing.
    ///
    /// `edit` may run more than once, each time with a new document. Other writers wait while it runs, so compute
    /// hashes before the call.
    ///
    /// ```
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\ndave:z\n")?;
    /// let removed =
    ///     FileStore::new(&path).update(|document| ["bob", "dave"].map(|user| document.remove(user)))?;
    /// assert_eq!(removed, [1, 1]);
    /// assert_eq!(std::fs::read(&path)?, b"carol:y\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A [`StoreError`] if the file is missing, is not a regular file, cannot be accessed, stays locked for longer than
    /// the time-out, or does not fit on the disk. After [`StoreOperation::Write`], the store has put the old bytes back
    /// as far as the system permitted it.
    pub fn update<T>(&self, mut edit: impl FnMut(&mut Document) -> T) -> Result<T, StoreError> {
        self.try_update(|document| Ok(edit(document)))
    }

    /// Changes the file like [`update`](Self::update). If `edit` fails, the file stays as it is.
    ///
    /// ```
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\n")?;
    /// let result: Result<(), Box<dyn std::error::Error>> = FileStore::new(&path).try_update(|document| {
    ///     document.remove("bob");
    ///     if document.remove("dave") == 0 { Err("dave is unknown".into()) } else { Ok(()) }
    /// });
    /// assert!(result.is_err());
    /// assert_eq!(std::fs::read(&path)?, b"bob:x\ncarol:y\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The error of `edit`, and the errors of [`update`](Self::update).
    pub fn try_update<T, E>(&self, mut edit: impl FnMut(&mut Document) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        self.rewrite(|mut file| {
            let bytes = read::to_end(&mut file, self.max_read)
                .map_err(|error| self.io(StoreOperation::Read, error))?;
            let mut document = Document::parse(bytes);
            let origin = document.origin();
            let result = edit(&mut document)?;
            // `edit` may have assigned another document, which was not parsed from this file.
            document.rebase(&origin);
            Ok(Attempt { result, patch: Ok(document.into_patch()) })
        })
    }

    /// Locks and recovers the file, calls `plan`, and writes the patch of the plan. Returns the result of the plan.
    pub(super) fn rewrite<'p, T, E>(
        &self,
        mut plan: impl FnMut(&File) -> Result<Attempt<'p, T>, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let (mut reserved, mut modified) = (Reserved::default(), None);
        for _ in 0..ROUNDS {
            let mut disk = self.open_locked()?;
            disk.beyond(&mut modified);
            self.recover(&disk)?;
            let before = disk.stamp().map_err(|error| self.io(StoreOperation::Read, error))?;
            let Attempt { result, patch } = plan(disk.file())?;
            let patch = match patch {
                Ok(Some(patch)) => patch,
                Ok(None) => return Ok(result),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => continue,
                Err(error) => return Err(self.io(StoreOperation::Read, error).into()),
            };
            if patch.replaced > 0 {
                self.back_up(&disk)?;
            }
            let written = commit::write(&disk, patch, before, &mut reserved);
            match written.map_err(|error| self.io(StoreOperation::Write, error))? {
                Written::Done(remarks) => self.report_remarks(remarks),
                Written::Outdated => continue,
            }
            // If a program without the lock has replaced the file, the change is lost with the old file. The next
            // attempt changes the new file.
            if sys::names(&self.path, disk.file()) {
                return Ok(result);
            }
        }
        Err(StoreError::Unstable(self.path.clone()).into())
    }

    fn back_up(&self, disk: &RealDisk) -> Result<(), StoreError> {
        let Some(suffix) = &self.backup else { return Ok(()) };
        match disk.back_up(suffix) {
            Ok(path) => self.report(StoreEvent::BackedUp(path)),
            Err((path, source)) => {
                return Err(StoreError::Io { operation: StoreOperation::BackUp, path, source });
            }
        }
        Ok(())
    }

    pub(super) fn recover(&self, disk: &RealDisk) -> Result<(), StoreError> {
        for name in [JournalName::Old, JournalName::Current] {
            match recover(disk, name).map_err(|error| self.io(StoreOperation::Recover, error))? {
                Recovery::Clean => {}
                Recovery::Finished => self.report(StoreEvent::Recovered),
                Recovery::Quarantined(path) => self.report(StoreEvent::JournalQuarantined(path)),
                Recovery::Blocked => self.report(StoreEvent::JournalBlocked),
            }
        }
        Ok(())
    }

    fn report_remarks(&self, remarks: Remarks) {
        if let Some(error) = remarks.journal_stays {
            self.report(StoreEvent::JournalNotRemoved(error));
        }
        if remarks.time_stays {
            self.report(StoreEvent::TimeNotMoved);
        }
    }
}
