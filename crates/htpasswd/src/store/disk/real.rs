//! The operations of [`Disk`] as system calls.
//!
//! A [`RealDisk`] holds the locked password file and the open directory that contains it. Every journal is opened,
//! created, renamed and removed relative to that directory. No operation may follow a link or replace another file.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{self, File, FileTimes};
use std::io::ErrorKind::PermissionDenied;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FallocateFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::{Errno, retry_on_intr};
use rustix::time::ClockId;

use super::{Disk, FileId, FileTime, JournalFile, JournalName, Marks, Stamp, within_limit};
use crate::store::companions::{self, QUARANTINED_MAX};
use crate::store::resolve::Location;

/// The maximum size of a journal's head and checksum, in bytes.
const OVERHEAD_MAX: u64 = 512;
/// The maximum number of bytes that a journaled write adds to a file. The limit protects the memory: an attacker may
/// have written a very large journal.
const JOURNAL_GROWTH: u64 = 1 << 30;
/// A random identifier that the kernel generates at each boot; random(4).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A password file and its directory in the file system.
#[derive(Debug)]
pub(in crate::store) struct RealDisk {
    file: File,
    /// The modification time before the write. At the end of the write, the file must have a later modification time.
    modified: SystemTime,
    inode: u64,
    device: u64,
    owner: u32,
    /// The directory and the name of the file; `None` if this process cannot reach the directory.
    location: Option<Location>,
}

impl RealDisk {
    pub(in crate::store) fn new(file: File, location: Location) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            modified: metadata.modified()?,
            inode: metadata.ino(),
            device: metadata.dev(),
            owner: metadata.uid(),
            file,
            location: location.leads_to(&metadata)?.then_some(location),
        })
    }

    pub(in crate::store) fn file(&self) -> &File {
        &self.file
    }

    pub(in crate::store) fn into_file(self) -> File {
        self.file
    }

    /// The write must give the file a modification time that is later than `modified`. Raises `modified` to the latest
    /// modification time that any attempt has found; `seen` passes this time from one attempt to the next.
    pub(in crate::store) fn beyond(&mut self, seen: &mut Option<SystemTime>) {
        self.modified = seen.map_or(self.modified, |seen| seen.max(self.modified));
        *seen = Some(self.modified);
    }

    /// Returns true if a file has one of the two names of a journal.
    pub(in crate::store) fn has_journal(&self) -> bool {
        self.location.as_ref().is_some_and(|location| {
            [JournalName::Old, JournalName::Current].into_iter().any(|name| {
                let name = journal_name(location, name);
                !matches!(
                    rustix::fs::statat(&location.directory, &name, AtFlags::SYMLINK_NOFOLLOW),
                    Err(Errno::NOENT | Errno::NAMETOOLONG)
                )
            })
        })
    }

    /// The maximum size of a journal for this file, in bytes: the old and the new bytes of the whole file.
    fn longest_journal(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len().saturating_mul(2).saturating_add(JOURNAL_GROWTH + OVERHEAD_MAX))
    }

    pub(in crate::store) fn location(&self) -> io::Result<&Location> {
        self.location.as_ref().ok_or_else(|| Errno::ACCESS.into())
    }

    fn set_to_now(&self) -> io::Result<()> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        Ok(rustix::fs::futimens(&self.file, &Timestamps { last_access: now, last_modification: now })?)
    }

    /// Sets the times of the file to the present time until the modification time is later than `begun`, for at most
    /// 20 ms. Returns true if it is later.
    fn wait_for_the_clock(&self, begun: SystemTime) -> io::Result<bool> {
        for _ in 0..20 {
            self.set_to_now()?;
            if self.file.metadata()?.modified()? > begun {
                return Ok(true);
            }
            sleep(Duration::from_millis(1));
        }
        Ok(false)
    }

    /// Handles a journal that this user may not read. A journal of the file's owner or of root is an error, because
    /// that user can recover the file. A journal of any other user is foreign.
    fn unreadable<J>(&self, location: &Location, name: &OsString) -> io::Result<JournalFile<J>> {
        let owner = rustix::fs::statat(&location.directory, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
        if owner == self.owner || owner == 0 { Err(Errno::ACCESS.into()) } else { Ok(JournalFile::Foreign) }
    }
}

impl Disk for RealDisk {
    type Journal = File;

    fn id(&self) -> FileId {
        FileId { boot: boot_id(), device: self.device, inode: self.inode }
    }

    fn stamp(&self) -> io::Result<Stamp> {
        Stamp::of(&self.file)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length)?;
        bytes.resize(length, 0);
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    fn reserve(&self, length: u64) -> io::Result<()> {
        within_limit(length)?;
        let metadata = self.file.metadata()?;
        let now = metadata.len();
        // The last block of the file often has enough space. Then fallocate(2) is not called, because it would change
        // the times of the file.
        if length <= now.max(metadata.blocks() * 512) {
            return Ok(());
        }
        let grow = || rustix::fs::fallocate(&self.file, FallocateFlags::KEEP_SIZE, now, length - now);
        match retry_on_intr(grow) {
            // Some file systems do not support fallocate(2). On these, the write itself fails if the disk is full.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    /// Servers read the file again when this time changes. A server that read during the write has already seen the
    /// time at which the write began, so the file gets a later time at the end of the write.
    fn touch(&self) -> io::Result<bool> {
        let begun = self.file.metadata()?.modified()?.max(self.modified);
        let Some(later) = begun.checked_add(Duration::from_micros(1)) else {
            return self.set_to_now().map(|()| false);
        };
        match self.file.set_times(FileTimes::new().set_modified(later)) {
            Ok(()) if self.file.metadata()?.modified()? > begun => Ok(true),
            // The file has the latest time that the file system supports. A different time still makes servers read the
            // file again.
            Ok(()) => self.set_to_now().map(|()| false),
            // Only the owner of a file may set an arbitrary time. Other users may set the present time, which advances
            // in milliseconds.
            Err(error) if error.kind() == PermissionDenied => self.wait_for_the_clock(begun),
            Err(error) => Err(error),
        }
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn tick(&self) -> Duration {
        let tick = rustix::time::clock_getres(ClockId::RealtimeCoarse);
        Duration::try_from(tick).unwrap_or_default()
    }

    fn find_journal(&self, name: JournalName) -> io::Result<JournalFile<File>> {
        let Ok(location) = self.location() else { return Ok(JournalFile::Absent) };
        let name = journal_name(location, name);
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let open =
            |flags| retry_on_intr(|| rustix::fs::openat(&location.directory, &name, flags, Mode::empty()));
        // A read would change the access time, which is a part of the mark. Only the owner and root may use O_NOATIME.
        let opened = match open(flags | OFlags::NOATIME) {
            Err(Errno::PERM) => open(flags),
            opened => opened,
        };
        let journal = match opened {
            Ok(journal) => File::from(journal),
            Err(Errno::NOENT | Errno::NAMETOOLONG) => return Ok(JournalFile::Absent),
            // open(2) returns these errors for a link, a socket and a directory.
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => return Ok(JournalFile::Foreign),
            Err(Errno::ACCESS) => return self.unreadable(location, &name),
            Err(error) => return Err(error.into()),
        };
        let metadata = journal.metadata()?;
        let limit = self.longest_journal()?;
        let me = rustix::process::geteuid().as_raw();
        let is_like_ours = metadata.is_file()
            && metadata.nlink() == 1
            && metadata.len() <= limit
            && metadata.mode() & 0o7777 == 0o600
            && (metadata.uid() == self.owner || metadata.uid() == me);
        if !is_like_ours {
            return Ok(JournalFile::Foreign);
        }
        let mut bytes = Vec::new();
        // The file may have grown since its length was checked.
        (&journal).take(limit).read_to_end(&mut bytes)?;
        let marks = Marks {
            modified: [metadata.atime(), metadata.atime_nsec()],
            changed: [metadata.mtime(), metadata.mtime_nsec()],
            at: [metadata.ctime(), metadata.ctime_nsec()],
        };
        Ok(JournalFile::Candidate { journal, bytes, marks })
    }

    fn new_journal(&self) -> io::Result<File> {
        let location = self.location()?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let name = journal_name(location, JournalName::Current);
        let create = || rustix::fs::openat(&location.directory, &name, flags, Mode::RUSR | Mode::WUSR);
        Ok(File::from(retry_on_intr(create)?))
    }

    fn write_journal(&self, journal: &mut File, pieces: &[Cow<'_, [u8]>]) -> io::Result<()> {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        within_limit(length)?;
        // The recovery would reject a longer journal as foreign, so such a journal is not written.
        if length > self.longest_journal()? {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // The umask may have removed permissions that the recovery requires.
        rustix::fs::fchmod(&*journal, Mode::RUSR | Mode::WUSR)?;
        // Most journals are small, so the buffer makes them one write(2).
        let mut journal = BufWriter::new(journal);
        pieces.iter().try_for_each(|piece| journal.write_all(piece))?;
        journal.flush()
    }

    fn sync_journal(&self, journal: &File) -> io::Result<()> {
        journal.sync_all()
    }

    fn mark(&self, journal: &File) -> io::Result<()> {
        let Stamp { modified, changed, .. } = self.stamp()?;
        let time = |[tv_sec, tv_nsec]: FileTime| Timespec { tv_sec, tv_nsec };
        let times = Timestamps { last_access: time(modified), last_modification: time(changed) };
        Ok(rustix::fs::futimens(journal, &times)?)
    }

    fn empty_journal(&self, journal: &File) -> io::Result<()> {
        journal.set_len(0)
    }

    fn sync_directory(&self) -> io::Result<()> {
        sync_directory(&self.location()?.directory)
    }

    fn remove_journal(&self, name: JournalName) -> io::Result<()> {
        let location = self.location()?;
        Ok(rustix::fs::unlinkat(&location.directory, journal_name(location, name), AtFlags::empty())?)
    }

    fn quarantine_journal(&self, name: JournalName) -> io::Result<PathBuf> {
        let location = self.location()?;
        let journal = journal_name(location, name);
        for number in 1..=QUARANTINED_MAX {
            let place = companions::quarantined(&location.name, number);
            match rename_to_free_name(&location.directory, &journal, &place) {
                Ok(()) => return Ok(location.directory_path.join(place)),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::EXIST.into())
    }
}

fn journal_name(location: &Location, name: JournalName) -> OsString {
    match name {
        JournalName::Old => companions::old_journal(&location.name),
        JournalName::Current => companions::journal(&location.name),
    }
}

/// Renames a file; fails if the new name exists. On file systems without `RENAME_NOREPLACE`, a hard link with the new
/// name is made, which also fails if the new name exists.
fn rename_to_free_name(directory: &OwnedFd, old: &OsString, new: &OsString) -> Result<(), Errno> {
    match rustix::fs::renameat_with(directory, old, directory, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            rustix::fs::linkat(directory, old, directory, new, AtFlags::empty())?;
            rustix::fs::unlinkat(directory, old, AtFlags::empty())
        }
        renamed => renamed,
    }
}

/// The identifier of the boot as 16 bytes; `None` without /proc.
fn boot_id() -> Option<[u8; 16]> {
    let text = fs::read_to_string(BOOT_ID).ok()?;
    let number = u128::from_str_radix(&text.trim_end().replace('-', ""), 16).ok()?;
    Some(number.to_be_bytes())
}

/// Flushes a directory, if the file system can flush directories.
fn sync_directory(directory: &OwnedFd) -> io::Result<()> {
    match retry_on_intr(|| rustix::fs::fsync(directory)) {
        // EINVAL and EOPNOTSUPP mean that the file system does not flush directories. EBADF means that this process may
        // search the directory but not list it, so the descriptor was opened with O_PATH.
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::BADF) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
