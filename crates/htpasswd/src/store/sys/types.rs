//! The types that the operations of all systems share.
//!
//! This module must never contain code of one system.

/// A time of a file: seconds and nanoseconds since 1970.
pub(crate) type FileTime = [i64; 2];

/// The times of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) accessed: FileTime,
    pub(crate) modified: FileTime,
    /// The change time. The kernel sets it at every change of the content or the attributes, and no program can set it.
    pub(crate) changed: FileTime,
}

/// The device and the number of a file: on Windows, the serial number of the volume and the index. No two files have the same pair at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// The operations that an open file permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    ReadWrite,
    /// Reading and writing without a lock. On Windows, every other way to open a file for both also locks it.
    ReadWriteUnlocked,
}

/// The permissions of a new file until they are set. The umask can remove more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewMode {
    /// The owner can read and write: 0600.
    Private,
    /// Everyone can read and write, except where the umask forbids it: 0666.
    ByUmask,
}

/// The result of opening a file that may be a journal.
#[derive(Debug)]
pub(crate) enum Opened<F, O> {
    File(F),
    Missing,
    /// A link, a socket or a directory.
    Special,
    /// The user of this process may not open the file of this owner.
    Denied(O),
}

/// The result of giving a file a name that must be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// The file has the new name in place of the old one.
    #[cfg_attr(windows, expect(dead_code, reason = "a rename on Windows replaces a file"))]
    Renamed,
    /// The file has both names.
    Linked,
    /// The file system can neither rename without replacing a file, nor give a file two names.
    Unsupported,
}
