//! A password file and its journal in the file system.

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

/// A journal is at most so much longer than the old and new bytes in it.
const OVERHEAD_MAX: u64 = 512;
/// How much a write may add to a file and be journaled: a planted journal must not fill the memory.
const JOURNAL_GROWTH: u64 = 1 << 30;
/// Given by the kernel anew at each boot; random(4).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A password file of the operating system.
#[derive(Debug)]
pub(in crate::store) struct RealDisk {
    file: File,
    modified: SystemTime,
    inode: u64,
    device: u64,
    owner: u32,
    /// Where the file is; `None` if its directory is out of reach.
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

    /// The time of modification that a write has to go beyond: that of the file, or a later one that an earlier attempt
    /// has seen.
    pub(in crate::store) fn beyond(&mut self, seen: &mut Option<SystemTime>) {
        self.modified = seen.map_or(self.modified, |seen| seen.max(self.modified));
        *seen = Some(self.modified);
    }

    /// Whether something lies in the place of a journal.
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

    /// Old and new bytes of the whole file, as it is before a write.
    fn longest_journal(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len().saturating_mul(2).saturating_add(JOURNAL_GROWTH + OVERHEAD_MAX))
    }

    fn location(&self) -> io::Result<&Location> {
        self.location.as_ref().ok_or_else(|| Errno::ACCESS.into())
    }

    fn set_to_now(&self) -> io::Result<()> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        Ok(rustix::fs::futimens(&self.file, &Timestamps { last_access: now, last_modification: now })?)
    }

    /// As long as the clock gives the same time. Returns whether there is a later one now.
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

    /// A journal that this user may not read. That of the file's owner or of root, who can recover the file, is an error;
    /// anybody else has no say in this.
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
        // The last block often has room enough, and asking for more moves the time of modification.
        if length <= now.max(metadata.blocks() * 512) {
            return Ok(());
        }
        let grow = || rustix::fs::fallocate(&self.file, FallocateFlags::KEEP_SIZE, now, length - now);
        match retry_on_intr(grow) {
            // Not every file system can; the write itself has to find out there.
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

    /// Servers look at this time to see whether to read again. One that read in the middle of the write has seen the time
    /// of its beginning, so the file gets another one at its end.
    fn touch(&self) -> io::Result<bool> {
        let begun = self.file.metadata()?.modified()?.max(self.modified);
        let Some(later) = begun.checked_add(Duration::from_micros(1)) else {
            return self.set_to_now().map(|()| false);
        };
        match self.file.set_times(FileTimes::new().set_modified(later)) {
            Ok(()) if self.file.metadata()?.modified()? > begun => Ok(true),
            // The file system's last second: any other time than before is better than none.
            Ok(()) => self.set_to_now().map(|()| false),
            // Only the owner may set a time. Others may ask for that of the clock, which ticks in milliseconds.
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
        // Reading would change the time of access, which is a mark. Only the owner and root may ask for that.
        let opened = match open(flags | OFlags::NOATIME) {
            Err(Errno::PERM) => open(flags),
            opened => opened,
        };
        let journal = match opened {
            Ok(journal) => File::from(journal),
            Err(Errno::NOENT | Errno::NAMETOOLONG) => return Ok(JournalFile::Absent),
            // A link, a socket or a directory.
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
        // It may have grown since.
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
        // Not even begun: the recovery would not take it for ours.
        if length > self.longest_journal()? {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // A umask may have taken rights that the recovery looks for.
        rustix::fs::fchmod(&*journal, Mode::RUSR | Mode::WUSR)?;
        // Most journals are small, and one write.
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

/// Never takes the place of another file, whatever the file system can do.
fn rename_to_free_name(directory: &OwnedFd, old: &OsString, new: &OsString) -> Result<(), Errno> {
    match rustix::fs::renameat_with(directory, old, directory, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            rustix::fs::linkat(directory, old, directory, new, AtFlags::empty())?;
            rustix::fs::unlinkat(directory, old, AtFlags::empty())
        }
        renamed => renamed,
    }
}

/// The boot as 16 bytes; `None` without /proc.
fn boot_id() -> Option<[u8; 16]> {
    let text = fs::read_to_string(BOOT_ID).ok()?;
    let number = u128::from_str_radix(&text.trim_end().replace('-', ""), 16).ok()?;
    Some(number.to_be_bytes())
}

/// Some file systems cannot flush a directory, or need not.
fn sync_directory(directory: &OwnedFd) -> io::Result<()> {
    match retry_on_intr(|| rustix::fs::fsync(directory)) {
        // The last one: a directory that may be written but not listed.
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::BADF) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
