//! What to do about a journal that an earlier write has left.
//!
//! Recovery never undoes a later edit; that comes before finishing a write that was cut off. The bytes of a file cannot
//! say when they were written: a file that somebody has shortened can look like one whose write was cut off. So a torn
//! file is finished only if its times prove that nothing has changed it since the write.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::commit::apply;
use super::disk::{Disk, FileId, FileTime, JournalFile, JournalName, Marks, Stamp};
use super::journal::{Decoded, Journal, State};

/// What [`recover`] did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// There was no journal, or one that had nothing left to do.
    Clean,
    /// A write that was cut off has been finished.
    Finished,
    /// What lay in the journal's place is here now, and the file is untouched.
    Quarantined(PathBuf),
    /// What lies in the journal's place cannot be moved: writing goes without a journal.
    Blocked,
}

/// Deals with what lies in one of the journal's two places. A file in its old state stays so: the change was never
/// reported as done.
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
        // Perhaps not flushed, and with the time of the write's beginning.
        (State::Applied, _) => {
            disk.touch()?;
            disk.sync()?;
            remove(disk, name)
        }
        (State::Unapplied, JournalName::Current) => remove(disk, name),
        // To cut off blank lines brings no user back, whoever wrote them.
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

/// The file's times are those of the writer's last mark, or those from before the write: nothing has changed it since.
/// That holds after a reboot too, and whatever number the device has by now.
fn is_untouched(journal: &Journal<'_>, stamp: Stamp, marks: Marks) -> bool {
    let times = (stamp.modified, stamp.changed);
    // Equal times are those that the kernel gave to the journal when it was written, or to a file that its writer could
    // not touch. Another program's edit within the same tick of the clock has them too.
    let is_marked = marks.modified != marks.changed;
    is_marked && times == (marks.modified, marks.changed)
        || journal.before.is_some_and(|before| times == (before.modified, before.changed))
}

/// The file's times are those of the write itself: the program was killed before it could mark them. A program that
/// changes the file within the same tick of the clock cannot be told from the write. After a reboot this says nothing, as
/// the clock may have been set to another time.
fn is_cut_off(journal: &Journal<'_>, id: FileId, stamp: Stamp, marks: Marks, tick: Duration) -> bool {
    // A write gives a file one time; this library's own edits end with two different ones.
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
