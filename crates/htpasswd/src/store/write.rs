//! Changing a file in place so that every state on the way is the old or the new one, or leads to the
//! new one by the journal.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

use super::disk::{Disk, Found, Stamp};
use super::journal::{Journal, State};
use crate::document::Patch;

/// What [`recover`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// No journal, or one that had nothing left to do.
    Clean,
    /// A write that was cut off has been finished.
    Finished,
    /// There was something else at the journal's place; it is here now.
    SetAside(PathBuf),
    /// There is something else at the journal's place, and it cannot be moved: writing goes without.
    Blocked,
}

/// What became of a patch.
#[derive(Debug)]
pub(super) enum Written {
    Done,
    /// As `Done`, but the journal is still there.
    Untidy(io::Error),
    /// Nothing was written: since the file was read, a program that knows no lock has changed it.
    Outdated,
}

/// The space that has been reserved: up to this length, in the file of this inode.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reserved {
    inode: u64,
    length: u64,
}

/// Writes a patch to a file that had the stamp `read` when it was read. On an error, the old bytes are
/// there again, or the journal is, and the next run finishes the change.
pub(super) fn write(
    disk: &impl Disk,
    patch: Patch<'_>,
    read: Stamp,
    reserved: &mut Reserved,
) -> io::Result<Written> {
    if disk.stamp()? != read {
        return Ok(Written::Outdated);
    }
    let (offset, old_end) = (patch.offset as u64, patch.offset + patch.replaced + patch.moved);
    let end = (patch.offset + patch.bytes.len()).max(old_end) as u64;
    let wanted = Reserved { inode: disk.inode(), length: end };
    if *reserved != wanted {
        disk.reserve(end)?;
        *reserved = wanted;
    }
    // Reserving is a change; some file systems take it for a modification too. The next round, which reads
    // again, then finds the space reserved.
    let before_journal = disk.stamp()?;
    if (before_journal.length, before_journal.modified) != (read.length, read.modified) {
        return Ok(Written::Outdated);
    }
    let replaced = disk.read_at(offset, patch.replaced)?;
    let journal = Journal::new(disk.inode(), patch, replaced);
    let journaled = match keep(disk, &journal.encode()) {
        Ok(()) => true,
        Err(error) if goes_without(&error) => false,
        Err(error) => return Err(error),
    };
    // The last moment to look: flushing the journal took its time.
    if disk.stamp()? != before_journal {
        if journaled {
            disk.remove_journal()?;
        }
        return Ok(Written::Outdated);
    }
    if let Err(error) = apply(disk, &journal) {
        let undone = undo(disk, &journal);
        if undone.is_ok() && journaled {
            // If it stays, the next run sees the old state and drops it.
            let _ = disk.remove_journal();
        }
        return Err(error);
    }
    let tidied = if journaled { disk.remove_journal() } else { Ok(()) };
    Ok(tidied.map_or_else(Written::Untidy, |()| Written::Done))
}

/// Writes the journal and flushes it and its name, or leaves nothing.
fn keep(disk: &impl Disk, pieces: &[Cow<'_, [u8]>]) -> io::Result<()> {
    let mut journal = disk.new_journal()?;
    let kept = disk
        .write_journal(&mut journal, pieces)
        .and_then(|()| disk.sync_journal(&journal))
        .and_then(|()| disk.sync_directory());
    if kept.is_err() {
        // If it stays, the next run sees the old state and drops it.
        let _ = disk.remove_journal();
    }
    kept
}

/// Writes the new bytes, as one piece, then cuts what is too long.
fn apply(disk: &impl Disk, journal: &Journal<'_>) -> io::Result<()> {
    disk.write_at(journal.offset, &journal.new)?;
    if journal.new_length < journal.old_length {
        disk.set_length(journal.new_length)?;
    }
    disk.sync()
}

/// Puts the old bytes back.
fn undo(disk: &impl Disk, journal: &Journal<'_>) -> io::Result<()> {
    let mut offset = journal.offset;
    for bytes in journal.old() {
        disk.write_at(offset, bytes)?;
        offset += bytes.len() as u64;
    }
    disk.set_length(journal.old_length)?;
    disk.sync()
}

/// Finishes a write that was cut off, if there was one. A file in its old state stays so: the change
/// was never reported as done.
pub(super) fn recover(disk: &impl Disk) -> io::Result<Recovery> {
    let bytes = match disk.find_journal()? {
        Found::Nothing => return Ok(Recovery::Clean),
        Found::Ours(bytes) => bytes,
        Found::Foreign => return Ok(disk.set_journal_aside().map_or(Recovery::Blocked, Recovery::SetAside)),
    };
    let Some(journal) = Journal::decode(&bytes) else {
        // Cut off while the journal was written, which is before the file is touched.
        disk.remove_journal()?;
        return Ok(Recovery::Clean);
    };
    let length = disk.stamp()?.length;
    let state = match journal.bytes_to_look_at(length) {
        Some(count) => journal.state(disk.inode(), length, &disk.read_at(journal.offset, count)?),
        None => State::Other,
    };
    match state {
        State::Other => Ok(disk.set_journal_aside().map_or(Recovery::Blocked, Recovery::SetAside)),
        State::Old => {
            disk.remove_journal()?;
            Ok(Recovery::Clean)
        }
        State::New => {
            // Perhaps not flushed, and the time still that of the write's beginning.
            disk.sync()?;
            disk.remove_journal()?;
            Ok(Recovery::Clean)
        }
        State::Between => {
            disk.reserve(journal.new_length.max(length))?;
            apply(disk, &journal)?;
            disk.remove_journal()?;
            Ok(Recovery::Finished)
        }
    }
}

/// Without room or right for a journal, the rest of the safe write still stands: the space of the file
/// itself is reserved.
fn goes_without(error: &io::Error) -> bool {
    let errors = [
        Errno::ACCESS,
        Errno::PERM,
        Errno::ROFS,
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::FBIG,
        Errno::NAMETOOLONG,
        Errno::EXIST,
    ];
    errors.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests;
