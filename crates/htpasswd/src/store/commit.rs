//! Changing a file in place so that each state on the way is the old one, the new one, or one that leads to the new one
//! by the journal.

use std::borrow::Cow;
use std::io;

use rustix::io::Errno;

use super::disk::{Disk, JournalName, Stamp};
use super::journal::Journal;
use crate::document::Patch;

/// What became of a patch.
#[derive(Debug)]
pub(super) enum Written {
    Done(Remarks),
    /// Nothing was written: since the file was read, a program that knows no lock has changed it.
    Outdated,
}

/// What did not go well although the change is done.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    /// The journal is still there, although there is nothing in it.
    pub(super) journal_stays: Option<io::Error>,
    /// The file's time of modification could not move forward.
    pub(super) time_stays: bool,
}

/// The space that has been reserved: up to this length, in the file of this inode.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reserved {
    inode: u64,
    length: u64,
}

/// Writes a patch to a file that had the stamp `read` when it was read. On an error, the file has its old bytes again; if
/// that is impossible, the journal stays, and the next run finishes the change.
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
    // Reserving is a change; some file systems take it for a modification too. The next round, which reads again, then
    // finds the space reserved.
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
    // The last moment to look: flushing the journal took its time.
    if disk.stamp()? != before {
        remove()?;
        return Ok(Written::Outdated);
    }
    let time_moved = match apply(disk, &journal, opened.as_ref()) {
        Ok(moved) => moved,
        Err(error) => {
            if undo(disk, &journal, opened.as_ref()).is_ok() {
                // If it stays, the next run sees the old state and drops it.
                let _ = remove();
            }
            return Err(error);
        }
    };
    // An empty journal says that the change is complete, whatever happens to the file from here on.
    let emptied = opened.as_ref().map_or(Ok(()), |opened| disk.empty_journal(opened));
    let journal_stays = remove().and(emptied).err();
    Ok(Written::Done(Remarks { journal_stays, time_stays: !time_moved }))
}

/// Writes the journal and flushes it and its name, or leaves nothing.
fn keep<D: Disk>(disk: &D, pieces: &[Cow<'_, [u8]>]) -> io::Result<D::Journal> {
    let mut journal = disk.new_journal()?;
    let kept = disk
        .write_journal(&mut journal, pieces)
        .and_then(|()| disk.sync_journal(&journal))
        .and_then(|()| disk.sync_directory());
    if kept.is_err() {
        // If it stays, the next run sees the old state and drops it.
        let _ = disk.remove_journal(JournalName::Current);
    }
    kept.map(|()| journal)
}

/// Writes the new bytes, as one piece, then cuts off what is too long. Marks the journal before the file is touched, and
/// when nothing is left but to flush it. Returns whether the file's time of modification has moved forward.
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

/// Puts the old bytes back. The journal is marked even if that fails: the next run may then finish the change.
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

/// Without room or right for a journal, the rest of the safe write still holds: the space of the file itself is reserved.
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
