//! The operations of a write on the password file and its journal.
//!
//! `commit` and `recover` use the disk only through the trait [`Disk`]. [`RealDisk`] implements it with system calls.
//! The tests implement it with a model in memory that loses its power. An operation must never decide which bytes are
//! written, because the model would not test that decision.

mod real;

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use self::real::RealDisk;
use super::sys;
pub(super) use super::sys::FileTime;

/// The length and the times of a file. A write by any program changes at least one of them, unless the write occurs
/// within the same clock tick.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) length: u64,
    pub(super) modified: FileTime,
    /// The change time, which no program can set. Windows has a substitute for it; see [`sys::proving_time`].
    pub(super) changed: FileTime,
}

impl Stamp {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let times = sys::times(&metadata);
        Ok(Self { length: metadata.len(), modified: times.modified, changed: sys::proving_time(&times) })
    }
}

/// The identity of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    /// The boot of the system; `None` if it is unknown.
    pub(super) boot: Option<[u8; 16]>,
    pub(super) device: u64,
    pub(super) inode: u64,
}

/// A mark: the times of the file, which the writer copied into the times of the journal.
///
/// Example: the write gave the file the modification time 12:00:00.001 and the change time 12:00:00.000. The mark at
/// 12:00:00.002 gives the journal the access time 12:00:00.001 and the modification time 12:00:00.000. The kernel sets
/// the journal's change time to 12:00:00.002. If the file still has the two times of the mark at the recovery, no
/// program has changed the file since the mark.
///
/// On ext4 and XFS, a mark reaches the disk in order with the times of the file. The content of the journal does not
/// reach the disk in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// The modification time of the file at the last mark, stored as the access time of the journal.
    pub(super) modified: FileTime,
    /// The change time of the file at the last mark, stored as the modification time of the journal.
    pub(super) changed: FileTime,
    /// The moment of the last mark: the change time of the journal.
    pub(super) at: FileTime,
}

/// The two names that a journal can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JournalName {
    /// `.NAME.htpasswd-journal`, the name in earlier versions. This version writes no journal of this name.
    Old,
    /// `.htpasswd-journal.NAME`.
    Current,
}

/// The file that has the name of the journal.
#[derive(Debug)]
pub(super) enum JournalFile<J> {
    Absent,
    /// A file with the type, mode, owner and size of a journal. The caller must check its content.
    Candidate {
        journal: J,
        bytes: Vec<u8>,
        marks: Marks,
    },
    /// A link, a device, a file of another user, or a file that other users can read. A `Foreign` file was not written
    /// by this library.
    Foreign,
}

/// A password file and its journal.
pub(super) trait Disk {
    /// An open journal.
    type Journal;

    fn id(&self) -> FileId;
    fn stamp(&self) -> io::Result<Stamp>;
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// Reserves space on the disk, so that a later write up to `length` cannot fail for lack of space.
    fn reserve(&self, length: u64) -> io::Result<()>;
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// Moves the modification time of the file forward. Returns false if the file system supports no later time.
    fn touch(&self) -> io::Result<bool>;
    /// Flushes the file.
    fn sync(&self) -> io::Result<()>;
    /// The clock tick: the distance between two successive times that the kernel gives to files.
    fn tick(&self) -> Duration;

    fn find_journal(&self, name: JournalName) -> io::Result<JournalFile<Self::Journal>>;
    /// Creates an empty journal. Never replaces another file.
    fn new_journal(&self) -> io::Result<Self::Journal>;
    /// Writes the pieces one after the other.
    fn write_journal(&self, journal: &mut Self::Journal, pieces: &[Cow<'_, [u8]>]) -> io::Result<()>;
    fn sync_journal(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Copies the times of the file into the times of the journal; see [`Marks`].
    fn mark(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Truncates the journal to zero bytes, which records that the write is complete.
    fn empty_journal(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Flushes the directory: the names of new and removed journals.
    fn sync_directory(&self) -> io::Result<()>;
    fn remove_journal(&self, name: JournalName) -> io::Result<()>;
    /// Renames the file that has the name of the journal, and returns its new path. Never replaces another file.
    fn quarantine_journal(&self, name: JournalName) -> io::Result<PathBuf>;
}
