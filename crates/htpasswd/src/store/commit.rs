//! Writes a change to the password file in place, with a journal.
//!
//! Example: the file is `bob:x⏎carol:y⏎`, and the change removes bob. [`write`] makes these steps:
//!
//! | step | journal | file |
//! |---|---|---|
//! | reserve space, if the file grows | – | `bob:x⏎carol:y⏎` |
//! | write the journal, flush it and its directory | old and new bytes | `bob:x⏎carol:y⏎` |
//! | check the stamp of the file again | unchanged | `bob:x⏎carol:y⏎` |
//! | mark the journal | unchanged | `bob:x⏎carol:y⏎` |
//! | write the new bytes with one pwrite(2) | unchanged | `carol:y⏎⏎⏎⏎⏎⏎⏎` |
//! | cut off the padding | unchanged | `carol:y⏎` |
//! | move the modification time forward, mark the journal, flush the file | unchanged | `carol:y⏎` |
//! | empty the journal | empty | `carol:y⏎` |
//! | remove the journal | – | `carol:y⏎` |
//!
//! Each state of the file is the old content, the new content, or a content from which `recover` reaches the new one
//! with the journal. The exceptions are:
//!
//! - If another program has changed the file before the pwrite(2), [`write`] removes the journal and writes nothing.
//! - If a step fails, [`write`] puts the old bytes back.
//! - If the directory permits no journal or has no space for one, [`write`] continues without one. A crash can then
//!   leave a part of the change.
//! - After some crashes, the times of a torn file do not prove that it is unchanged. `recover` then quarantines the
//!   journal.

use std::borrow::Cow;
use std::io::{self, ErrorKind};

use super::disk::{Disk, JournalName, Stamp};
use super::journal::Journal;
use crate::document::Patch;

/// The result of [`write`].
#[derive(Debug)]
pub(super) enum Written {
    /// The change is complete and flushed.
    Done(Remarks),
    /// Nothing was written, because another program changed the file without the lock after the file was read.
    Outdated,
}

/// The problems of a change that is complete.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    /// The error if the journal could not be emptied or removed.
    pub(super) journal_stays: Option<io::Error>,
    /// True if the modification time of the file could not move forward.
    pub(super) time_stays: bool,
}

/// The space that an earlier attempt has reserved: up to this length, in the file of this inode.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reserved {
    inode: u64,
    length: u64,
}

/// Writes a patch to the file. `read` is the stamp that the file had when it was read.
///
/// # Errors
/// Returns the error of the step that failed. After an error, the file has its old bytes again. If the old bytes cannot
/// be written back, the journal stays, and the next run recovers the file.
pub(super) fn write(
    disk: &impl Disk,
    patch: Patch<'_>,
    read: Stamp,
    reserved: &mut Reserved,
) -> io::Result<Written> {
    if disk.stamp()? != read {
        return Ok(Written::Outdated);
    }
    let id = disk.id();
    let (offset, old_end) = (patch.offset as u64, patch.offset + patch.replaced + patch.moved);
    let end = (patch.offset + patch.bytes.len()).max(old_end) as u64;
    let wanted = Reserved { inode: id.inode, length: end };
    if *reserved != wanted {
        disk.reserve(end)?;
        *reserved = wanted;
    }
    // Reserving space changes the change time of the file, and on some file systems also the modification time. In that
    // case, the caller reads the file again, and the next attempt finds the space reserved.
    let before = disk.stamp()?;
    if (before.length, before.modified) != (read.length, read.modified) {
        return Ok(Written::Outdated);
    }
    let replaced = disk.read_at(offset, patch.replaced)?;
    let journal = Journal::new(id, before, patch, replaced);
    let opened = match keep(disk, &journal.encode()) {
        Ok(opened) => Some(opened),
        Err(error) if goes_without(&error) => None,
        Err(error) => return Err(error),
    };
    let remove = || if opened.is_some() { disk.remove_journal(JournalName::Current) } else { Ok(()) };
    // This is the last check for a writer without the lock. Flushing the journal took milliseconds, in which another
    // program may have changed the file.
    if disk.stamp()? != before {
        remove()?;
        return Ok(Written::Outdated);
    }
    let time_moved = match apply(disk, &journal, opened.as_ref()) {
        Ok(moved) => moved,
        Err(error) => {
            if undo(disk, &journal, opened.as_ref()).is_ok() {
                // If the journal stays, the next run finds the file unapplied and removes the journal.
                let _ = remove();
            }
            return Err(error);
        }
    };
    // An empty journal records that the change is complete. A recovery then leaves all later edits alone.
    let emptied = opened.as_ref().map_or(Ok(()), |opened| disk.empty_journal(opened));
    let journal_stays = remove().and(emptied).err();
    Ok(Written::Done(Remarks { journal_stays, time_stays: !time_moved }))
}

/// Writes the journal, and flushes it and its directory. On an error, it removes the journal.
fn keep<D: Disk>(disk: &D, pieces: &[Cow<'_, [u8]>]) -> io::Result<D::Journal> {
    let mut journal = disk.new_journal()?;
    let kept = disk
        .write_journal(&mut journal, pieces)
        .and_then(|()| disk.sync_journal(&journal))
        .and_then(|()| disk.sync_directory());
    if kept.is_err() {
        // If the journal stays, the next run finds the file unapplied and removes the journal.
        let _ = disk.remove_journal(JournalName::Current);
    }
    kept.map(|()| journal)
}

/// Writes the new bytes with one pwrite(2), cuts off the padding, and flushes the file. Returns true if the
/// modification time of the file has moved forward.
///
/// The journal is marked twice: before the first change of the file, and before the flush. After a kill between the
/// marks, the file has the times of the write itself. After the second mark, the file has the times of the mark.
pub(super) fn apply<D: Disk>(
    disk: &D,
    journal: &Journal<'_>,
    opened: Option<&D::Journal>,
) -> io::Result<bool> {
    let mark = || opened.map_or(Ok(()), |opened| disk.mark(opened));
    mark()?;
    disk.write_at(journal.offset, &journal.new)?;
    if journal.new_length < journal.old_length {
        disk.set_length(journal.new_length)?;
    }
    let moved = disk.touch()?;
    mark()?;
    disk.sync()?;
    Ok(moved)
}

/// Writes the old bytes back. Even if this write fails, the function marks the journal, because the next run can then
/// finish the change.
fn undo<D: Disk>(disk: &D, journal: &Journal<'_>, opened: Option<&D::Journal>) -> io::Result<()> {
    let put_back = || {
        let mut offset = journal.offset;
        for bytes in journal.old() {
            disk.write_at(offset, bytes)?;
            offset += bytes.len() as u64;
        }
        disk.set_length(journal.old_length)?;
        disk.touch()
    };
    let result = put_back();
    if let Some(opened) = opened {
        disk.mark(opened)?;
    }
    result?;
    disk.sync()
}

/// Returns true if the write continues without a journal after this error. These errors mean that a journal is not
/// permitted or that there is no space for it. The write itself does not run out of space, because the space for the
/// password file is already reserved.
fn goes_without(error: &io::Error) -> bool {
    // A disk rejects a journal that is too long for the recovery with an error of its own. That error ends the write.
    let is_of_the_system = error.raw_os_error().is_some();
    let permits_no_journal = matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::InvalidFilename
            | ErrorKind::AlreadyExists
    );
    is_of_the_system && permits_no_journal
}

#[cfg(test)]
mod tests;
