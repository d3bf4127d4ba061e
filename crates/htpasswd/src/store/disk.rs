//! The few things that a safe write does to a file and to the journal beside it: the seam behind which
//! the tests put a disk that loses its power.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes, Metadata};
use std::io::ErrorKind::{NotFound, PermissionDenied};
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, FallocateFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::Resource;
use sha1::{Digest, Sha1};

use super::path;

/// How much a write may add to a file and be journaled: a planted journal must not fill the memory.
const JOURNAL_GROWTH: u64 = 1 << 30;

/// What changes when somebody writes to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) length: u64,
    /// In seconds and nanoseconds, as are all.
    pub(super) modified: [i64; 2],
    /// Also moved by what leaves the content alone.
    pub(super) changed: [i64; 2],
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

/// What lies at the journal's place.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    /// Something of ours; its content is still to be checked.
    Ours(Vec<u8>),
    /// A link, a device, another owner's or an open file: nothing that this library wrote.
    Foreign,
}

/// A file and its journal.
pub(super) trait Disk {
    /// An open journal.
    type Journal;

    fn inode(&self) -> u64;
    fn stamp(&self) -> io::Result<Stamp>;
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// Makes sure that the file can be written up to `length`.
    fn reserve(&self, length: u64) -> io::Result<()>;
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// Flushes the file; its time of modification has moved forward by then.
    fn sync(&self) -> io::Result<()>;

    fn find_journal(&self) -> io::Result<Found>;
    /// Makes an empty one, never in place of something else.
    fn new_journal(&self) -> io::Result<Self::Journal>;
    /// All of its pieces, one after the other.
    fn write_journal(&self, journal: &mut Self::Journal, pieces: &[Cow<'_, [u8]>]) -> io::Result<()>;
    fn sync_journal(&self, journal: &Self::Journal) -> io::Result<()>;
    /// Flushes the names in the directory.
    fn sync_directory(&self) -> io::Result<()>;
    fn remove_journal(&self) -> io::Result<()>;
    /// Renames what lies at the journal's place; says where it is now.
    fn set_journal_aside(&self) -> io::Result<PathBuf>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct RealDisk {
    file: File,
    modified: SystemTime,
    inode: u64,
    owner: u32,
    /// The real directory of the file; `None` if it is out of reach.
    directory: Option<OwnedFd>,
    directory_path: PathBuf,
    journal: OsString,
    aside: OsString,
}

impl RealDisk {
    /// `path` names `file`; links in it are followed to where the file really is.
    pub(super) fn new(file: File, path: &Path) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let real_path = path::follow(path);
        let name = real_path.file_name().unwrap_or_default();
        let directory_path = path::directory(&real_path);
        let open = |flags| {
            let flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
            retry_on_intr(|| rustix::fs::openat(CWD, &directory_path, flags, Mode::empty()))
        };
        let leads_there = match fs::metadata(&real_path) {
            Ok(named) => is_same(&named, &metadata),
            Err(error) if error.kind() == NotFound => false,
            // Behind a descriptor that was handed over, the file itself may be out of reach.
            Err(error) if error.kind() == PermissionDenied && real_path != path => false,
            Err(error) => return Err(error),
        };
        let directory = match open(OFlags::RDONLY) {
            _ if !leads_there => None,
            // One that may not be listed can still be written to.
            Err(Errno::ACCESS) => Some(open(OFlags::PATH)?),
            directory => Some(directory?),
        };
        Ok(Self {
            modified: metadata.modified()?,
            inode: metadata.ino(),
            owner: metadata.uid(),
            file,
            directory,
            journal: beside(name, b".htpasswd-journal"),
            aside: beside(name, b".htpasswd-journal-aside"),
            directory_path,
        })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// The time of modification that a write has to go beyond: that of the file, or a later one that an
    /// earlier attempt has seen.
    pub(super) fn beyond(&mut self, seen: &mut Option<SystemTime>) {
        self.modified = seen.map_or(self.modified, |seen| seen.max(self.modified));
        *seen = Some(self.modified);
    }

    /// Old and new bytes of the whole file, as it is before a write.
    fn longest_journal(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len().saturating_mul(2).saturating_add(JOURNAL_GROWTH))
    }

    fn directory(&self) -> io::Result<&OwnedFd> {
        self.directory.as_ref().ok_or_else(|| Errno::ACCESS.into())
    }

    /// Servers look at the time to see whether to read again. One that read in the middle of the write has
    /// seen the time of its beginning, so there has to be another one at its end.
    fn move_time_forward(&self) -> io::Result<()> {
        let begun = self.file.metadata()?.modified()?.max(self.modified);
        let times = FileTimes::new().set_modified(begun + Duration::from_micros(1));
        match self.file.set_times(times) {
            // Only the owner may set a time. Others may ask for that of the clock, which ticks in milliseconds.
            Err(error) if error.kind() == PermissionDenied => self.wait_for_the_clock(begun),
            set => set,
        }
    }

    fn wait_for_the_clock(&self, begun: SystemTime) -> io::Result<()> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        for _ in 0..20 {
            rustix::fs::futimens(&self.file, &Timestamps { last_access: now, last_modification: now })?;
            if self.file.metadata()?.modified()? > begun {
                break;
            }
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Disk for RealDisk {
    type Journal = File;

    fn inode(&self) -> u64 {
        self.inode
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

    fn sync(&self) -> io::Result<()> {
        self.move_time_forward()?;
        self.file.sync_all()
    }

    fn find_journal(&self) -> io::Result<Found> {
        let Ok(directory) = self.directory() else { return Ok(Found::Nothing) };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(directory, &self.journal, flags, Mode::empty());
        let mut journal = match retry_on_intr(open) {
            Ok(journal) => File::from(journal),
            Err(Errno::NOENT | Errno::NAMETOOLONG) => return Ok(Found::Nothing),
            // A link or a socket.
            Err(Errno::LOOP | Errno::NXIO) => return Ok(Found::Foreign),
            Err(Errno::ACCESS) => {
                // That of the file's owner, who can read and use it, or of somebody with no say in this.
                let owner = rustix::fs::statat(directory, &self.journal, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
                let known = owner == self.owner || owner == 0;
                return if known { Err(Errno::ACCESS.into()) } else { Ok(Found::Foreign) };
            }
            Err(error) => return Err(error.into()),
        };
        let metadata = journal.metadata()?;
        let me = rustix::process::geteuid().as_raw();
        let ours = metadata.is_file()
            && metadata.nlink() == 1
            && metadata.len() <= self.longest_journal()?
            && metadata.mode() & 0o7777 == 0o600
            && (metadata.uid() == self.owner || metadata.uid() == me);
        if !ours {
            return Ok(Found::Foreign);
        }
        let mut bytes = Vec::new();
        journal.read_to_end(&mut bytes)?;
        Ok(Found::Ours(bytes))
    }

    fn new_journal(&self) -> io::Result<File> {
        let directory = self.directory()?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let create = || rustix::fs::openat(directory, &self.journal, flags, Mode::RUSR | Mode::WUSR);
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

    fn sync_directory(&self) -> io::Result<()> {
        sync_directory(self.directory()?)
    }

    fn remove_journal(&self) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self.directory()?, &self.journal, AtFlags::empty())?)
    }

    fn set_journal_aside(&self) -> io::Result<PathBuf> {
        let directory = self.directory()?;
        rustix::fs::renameat_with(directory, &self.journal, directory, &self.aside, RenameFlags::empty())?;
        Ok(self.directory_path.join(&self.aside))
    }
}

pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// A hidden name beside `name`, shortened if it would not fit.
fn beside(name: &OsStr, suffix: &[u8]) -> OsString {
    const NAME_MAX: usize = 255;
    let mut hidden = [b".", name.as_bytes()].concat();
    if hidden.len() + suffix.len() > NAME_MAX {
        let digest = Sha1::digest(name.as_bytes());
        hidden.truncate(NAME_MAX - suffix.len() - 17);
        hidden.push(b'.');
        hidden.extend(digest[..8].iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
    }
    hidden.extend_from_slice(suffix);
    OsString::from_vec(hidden)
}

/// No more than `ulimit -f` allows: going over it would end the program.
pub(super) fn within_limit(length: u64) -> io::Result<()> {
    match rustix::process::getrlimit(Resource::Fsize).current {
        Some(limit) if length > limit => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
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
mod tests {
    use super::*;

    #[test]
    fn names_beside_a_name_fit_and_differ() {
        let name = |length: usize, last: char| OsString::from("x".repeat(length - 1) + &last.to_string());
        assert_eq!(beside(OsStr::new("users"), b".htpasswd-journal"), ".users.htpasswd-journal");
        let longest = OsString::from(".".to_owned() + &"x".repeat(237) + ".htpasswd-journal");
        assert_eq!(beside(&name(237, 'x'), b".htpasswd-journal"), longest);
        for length in [237, 238, 254, 255] {
            let (a, b) = (
                beside(&name(length, 'a'), b".htpasswd-journal"),
                beside(&name(length, 'b'), b".htpasswd-journal"),
            );
            assert!(a.len() <= 255 && a != b, "{length}");
        }
    }

    #[test]
    fn a_journal_is_never_made_in_place_of_something_else() {
        let directory = tempfile::tempdir().unwrap();
        let [users, journal, other] =
            ["users", ".users.htpasswd-journal", "other"].map(|name| directory.path().join(name));
        for path in [&users, &other] {
            fs::write(path, "bob:x\n").unwrap();
        }
        let disk = RealDisk::new(File::open(&users).unwrap(), &users).unwrap();
        let plants: [fn(&Path, &Path) -> io::Result<()>; 3] = [
            |other, journal| fs::copy(other, journal).map(drop),
            |other, journal| std::os::unix::fs::symlink(other, journal),
            |_, journal| std::os::unix::fs::symlink("nothing", journal),
        ];
        for plant in plants {
            plant(&other, &journal).unwrap();
            assert_eq!(disk.new_journal().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert!(!directory.path().join("nothing").exists());
            fs::remove_file(&journal).unwrap();
        }
        disk.new_journal().unwrap();
        assert!(journal.exists());
    }
}
