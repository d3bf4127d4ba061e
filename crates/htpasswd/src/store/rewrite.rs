//! The one way to change a file: lock it, recover it, let a plan read it, and write what the plan says.
//!
//! Every call that changes a file that is there ends in `FileStore::rewrite`, which tries again while other programs
//! change the file without a lock. A plan must not write anything itself, because it may run more than once.

use std::fs::File;
use std::io;

use super::commit::{self, Remarks, Reserved, Written};
use super::disk::{Disk, JournalName, RealDisk};
use super::recover::{Recovery, recover};
use super::{FileStore, ROUNDS, StoreError, StoreEvent, StoreOperation, read};
use crate::document::{Document, Patch};

/// What a plan has made of the file as it is now.
pub(super) struct Attempt<'p, T> {
    /// What the caller gets if the file can be written.
    pub(super) result: T,
    /// What is to be written; `None` if nothing is. An unexpected end says that another program has cut the file
    /// meanwhile, and any other error that the file cannot be read.
    pub(super) patch: io::Result<Option<Patch<'p>>>,
}

impl FileStore {
    /// Changes the file: locks it, reads it, lets `edit` change the document, writes from the first
    /// change on, and flushes to disk. If `edit` changes nothing, nothing is written.
    ///
    /// `edit` may run more than once, each time on a document read anew. Other writers wait meanwhile:
    /// compute hashes before.
    ///
    /// ```
    /// use htpasswd::{Document, FileStore, StoreError};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\ndave:z\n")?;
    /// let removed = FileStore::new(&path).update(|document: &mut Document| {
    ///     Ok::<_, StoreError>(["bob", "dave"].map(|user| document.remove(user)))
    /// })?;
    /// assert_eq!(removed, [1, 1]);
    /// assert_eq!(std::fs::read(&path)?, b"carol:y\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `edit` returns, the file untouched; or a [`StoreError`]: no such file, not a regular one, no
    /// access, locked for longer than the time-out, no space. After [`StoreOperation::Write`] the old bytes have
    /// been put back as far as the system let them.
    pub fn update<T, E>(&self, mut edit: impl FnMut(&mut Document) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        self.rewrite(|mut file| {
            let bytes = read::to_end(&mut file, self.max_read)
                .map_err(|error| self.io(StoreOperation::Read, error))?;
            let mut document = Document::parse(bytes);
            let origin = document.origin();
            let result = edit(&mut document)?;
            // It may be another one by now: one that was put together elsewhere, or read earlier.
            document.rebase(&origin);
            Ok(Attempt { result, patch: Ok(document.into_patch()) })
        })
    }

    /// Locks the file, lets `plan` read it and say what is to be written, and writes that.
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
            let written = commit::write(&disk, patch, before, &mut reserved);
            match written.map_err(|error| self.io(StoreOperation::Write, error))? {
                Written::Done(remarks) => self.report_remarks(remarks),
                Written::Outdated => continue,
            }
            // Replaced meanwhile by a program that knows no lock: the change is gone with the old file.
            if self.names(disk.file()) {
                return Ok(result);
            }
        }
        Err(StoreError::Unstable(self.path.clone()).into())
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
