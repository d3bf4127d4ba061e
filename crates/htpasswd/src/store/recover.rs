//! Recovers a file whose write was interrupted, from its journal.
//!
//! [`recover`] runs under the lock, before the file is read. It compares the file with the journal:
//!
//! | state of the file | recovery |
//! |---|---|
//! | unapplied (old content) | removes the journal |
//! | applied (new content) | flushes the file, removes the journal |
//! | padded (new content and padding) | cuts off the padding, removes the journal |
//! | torn, and its times are those of the last mark or from before the write | finishes the write |
//! | torn between two pages within one clock tick of the first mark, in the same boot | finishes the write |
//! | anything else | quarantines the journal |
//!
//! Example: the journal has the old bytes `bob:x⏎carol:y⏎` and the new bytes `carol:y⏎⏎⏎⏎⏎⏎⏎`. After a power cut, the
//! file is `carox⏎carol:y⏎`, a mixture of both. If the file has the times of the last mark, no program has changed the
//! file since the mark, and the recovery writes the new bytes. If it has other times, an administrator may have edited
//! the file, and the recovery changes nothing.
//!
//! Recovery must never undo a later edit. This rule has priority over finishing a write. The bytes alone cannot show
//! when they were written: a file that another program has shortened can have the bytes of an interrupted write.
//! Therefore recovery finishes a torn file only if the times prove that no program has changed the file since the
//! write.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::commit::apply;
use super::disk::{Disk, FileId, FileTime, JournalFile, JournalName, Marks, Stamp};
use super::journal::{Decoded, Journal, State};

/// The result of [`recover`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// There was no journal, or the file needed no change.
    Clean,
    /// The recovery finished an interrupted write.
    Finished,
    /// The recovery renamed the journal to this path and did not change the file.
    Quarantined(PathBuf),
    /// The file with the name of the journal cannot be renamed. The next write continues without a journal.
    Blocked,
}

/// Recovers the file from the journal of this name. A file with its old content is not changed, because the interrupted
/// write was never reported as complete.
pub(super) fn recover(disk: &impl Disk, name: JournalName) -> io::Result<Recovery> {
    let (opened, bytes, marks) = match disk.find_journal(name)? {
        JournalFile::Absent => return Ok(Recovery::Clean),
        JournalFile::Candidate { journal, bytes, marks } => (journal, bytes, marks),
        JournalFile::Foreign => return Ok(quarantine(disk, name)),
    };
    let decoded = match name {
        JournalName::Current => Journal::decode(&bytes),
        JournalName::Old => Journal::decode_1(&bytes).map_or(Decoded::Unknown, Decoded::Whole),
    };
    let journal = match decoded {
        Decoded::Whole(journal) => journal,
        Decoded::Partial => return remove(disk, name),
        Decoded::Unknown => return Ok(quarantine(disk, name)),
    };
    let (id, stamp) = (disk.id(), disk.stamp()?);
    let count = journal.bytes_to_look_at(stamp.length).filter(|_| id.inode == journal.file.inode);
    let Some(count) = count else { return Ok(quarantine(disk, name)) };
    let now = disk.read_at(journal.offset, count)?;
    match (journal.state(stamp.length, &now), name) {
        // The new content may not have reached the disk, and the file may still have the modification time from before
        // the write.
        (State::Applied, _) => {
            disk.touch()?;
            disk.sync()?;
            remove(disk, name)
        }
        (State::Unapplied, JournalName::Current) => remove(disk, name),
        // Cutting off blank lines is safe even if another program has written them.
        (State::Padded, JournalName::Current) => finish(disk, &journal, &opened),
        (State::Torn, JournalName::Current)
            if is_untouched(&journal, stamp, marks)
                || is_cut_off(&journal, id, stamp, marks, disk.tick())
                    && journal.is_cut_between_pages(stamp.length, &now) =>
        {
            finish(disk, &journal, &opened)
        }
        _ => Ok(quarantine(disk, name)),
    }
}

/// Returns true if the times of the file are those of the last mark, or those from before the write. In both cases, no
/// program has changed the file since the write. This is also true after a reboot, and if the device has another
/// number.
fn is_untouched(journal: &Journal<'_>, stamp: Stamp, marks: Marks) -> bool {
    let times = (stamp.modified, stamp.changed);
    // If the two times are equal, they prove nothing. The kernel gives two equal times to a journal without a mark, and
    // to a file whose writer may not set its modification time. An edit by another program within the same clock tick
    // also gets two equal times.
    let is_marked = marks.modified != marks.changed;
    is_marked && times == (marks.modified, marks.changed)
        || journal.before.is_some_and(|before| times == (before.modified, before.changed))
}

/// Returns true if the times of the file are those of a write that began within one clock tick of the first mark, in
/// the same boot. The program was then killed before the second mark.
///
/// If another program edits the file within the same clock tick, the file has the same times. The caller therefore also
/// checks the bytes. After a reboot, the clock may have been set to another time, so the result is false.
fn is_cut_off(journal: &Journal<'_>, id: FileId, stamp: Stamp, marks: Marks, tick: Duration) -> bool {
    // pwrite(2) gives a file two equal times. A complete write of this library ends with two different ones.
    let is_write = stamp.modified == stamp.changed;
    let nanoseconds = |[seconds, nanos]: FileTime| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let since_mark = nanoseconds(stamp.changed) - nanoseconds(marks.at);
    let is_at_once = u128::try_from(since_mark).is_ok_and(|since| since <= tick.as_nanos());
    id.boot.is_some() && id == journal.file && is_write && is_at_once
}

fn finish<D: Disk>(disk: &D, journal: &Journal<'_>, opened: &D::Journal) -> io::Result<Recovery> {
    disk.reserve(journal.new_length.max(disk.stamp()?.length))?;
    apply(disk, journal, Some(opened))?;
    remove(disk, JournalName::Current)?;
    Ok(Recovery::Finished)
}

fn remove(disk: &impl Disk, name: JournalName) -> io::Result<Recovery> {
    disk.remove_journal(name)?;
    Ok(Recovery::Clean)
}

fn quarantine(disk: &impl Disk, name: JournalName) -> Recovery {
    disk.quarantine_journal(name).map_or(Recovery::Blocked, Recovery::Quarantined)
}
