//! The few operations that a safe write does on a file and on the journal beside it: the interface behind which the tests
//! put a disk that loses its power.

mod real;

use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::Resource;

pub(super) use self::real::RealDisk;

/// A point in time of a file: seconds and nanoseconds.
pub(super) type FileTime = [i64; 2];

/// What changes when somebody writes to a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) length: u64,
    pub(super) modified: FileTime,
    /// Set by the kernel alone, at every change of the content or of the attributes.
    pub(super) changed: FileTime,
}

impl Stamp {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            length: metadata.len(),
            modified: [metadata.mtime(), metadata.mtime_nsec()],
            changed: [metadata.ctime(), metadata.ctime_nsec()],
        })
    }
}

/// Which file it is, and during which boot of the system; `None` if that is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    pub(super) boot: Option<[u8; 16]>,
    pub(super) device: u64,
    pub(super) inode: u64,
}

/// What the writer has recorded in the times of its journal. Unlike the journal's content, these reach the disk together
/// with the times of the file, at least with ext4 and XFS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// The file's time of modification at the last mark, kept as the journal's time of access.
    pub(super) modified: FileTime,
    /// The file's time of change at the last mark, kept as the journal's time of modification.
    pub(super) changed: FileTime,
    /// When the last mark was made: the journal's own time of change.
    pub(super) at: FileTime,
}

/// The two places where a journal may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JournalName {
    /// Where early versions of this library put it. Nothing is written there.
    Old,
    Current,
}

/// What lies in a journal's place.
#[derive(Debug)]
pub(super) enum JournalFile<J> {
    Absent,
    /// A file as this library makes them; its content is still to be checked.
    Candidate {
        journal: J,
        bytes: Vec<u8>,
        marks: Marks,
    },
    /// A link, a device, another user's file, or one that others can read: nothing that this library wrote.
    Foreign,
}

/// A file and its journal.
pub(super) trait Disk {
    /// An open journal.
    type Journal;

    fn id(&self) -> FileId;
    fn stamp(&self) -> io::Result<Stamp>;
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// Makes sure that the file can be written up to `length`.
    fn reserve(&self, length: u64) -> io::Result<()>;
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// Moves the file's time of modification forward; false if the file system has no later time.
    fn touch(&self) -> io::Result<bool>;
    /// Flushes the file.
    fn sync(&self) -> io::Result<()>;
    /// The step between two times that the kernel gives to files.
    fn tick(&self) -> Duration;

    fn find_journal(&self, name: JournalName) -> io::Result<JournalFile<Self::Journal>>;
    /// Makes an empty one, never in place of something else.
    fn new_journal(&self) -> io::Result<Self::Journal>;
    /// Writes all of its pieces, one after the other.
    fn write_journal(&self, journal: &mut Self::Journal, pieces: &[Cow<'_, [u8]>]) -> io::Result<()>;
    fn sync_journal(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Records the file's times in those of the journal; see [`Marks`].
    fn mark(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Takes the content away: there is nothing left to do.
    fn empty_journal(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Flushes the names in the directory.
    fn sync_directory(&self) -> io::Result<()>;
    fn remove_journal(&self, name: JournalName) -> io::Result<()>;
    /// Gives what lies in the journal's place another name, which it returns; no file there is ever replaced.
    fn quarantine_journal(&self, name: JournalName) -> io::Result<PathBuf>;
}

pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// No more than `ulimit -f` allows: going over it would end the program.
pub(super) fn within_limit(length: u64) -> io::Result<()> {
    match rustix::process::getrlimit(Resource::Fsize).current {
        Some(limit) if length > limit => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}
