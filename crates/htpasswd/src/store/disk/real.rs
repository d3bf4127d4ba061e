//! The operations of [`Disk`] as system calls.
//!
//! A [`RealDisk`] holds the locked password file and the open directory that contains it. Every journal is opened,
//! created, renamed and removed relative to that directory. No operation may follow a link or replace another file.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{File, FileTimes};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::{Disk, FileId, JournalFile, JournalName, Marks, Stamp};
use crate::store::companions::{self, QUARANTINED_MAX};
use crate::store::sys::{self, Access, Identity, Location, Naming, NewMode, Opened, Owner};

/// The maximum size of a journal's head and checksum, in bytes.
const OVERHEAD_MAX: u64 = 512;
/// The maximum number of bytes that a journaled write adds to a file. The limit protects the memory: an attacker may
/// have written a very large journal.
const JOURNAL_GROWTH: u64 = 1 << 30;

/// A password file and its directory in the file system.
#[derive(Debug)]
pub(in crate::store) struct RealDisk {
    file: File,
    /// The modification time before the write. At the end of the write, the file must have a later modification time.
    modified: SystemTime,
    identity: Identity,
    owner: Owner,
    /// The directory and the name of the file; `None` if this process cannot reach the directory.
    location: Option<Location>,
}

impl RealDisk {
    pub(in crate::store) fn new(file: File, location: Location) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let identity = sys::identity(&file, &metadata)?;
        Ok(Self {
            modified: metadata.modified()?,
            identity,
            owner: sys::owner(&metadata),
            file,
            location: location.leads_to(identity)?.then_some(location),
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
            let Ok(journals) = location.journals() else { return false };
            [JournalName::Old, JournalName::Current]
                .into_iter()
                .any(|name| sys::may_exist(journals, &journal_name(location, name)))
        })
    }

    /// The maximum size of a journal for this file, in bytes: the old and the new bytes of the whole file.
    fn longest_journal(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len().saturating_mul(2).saturating_add(JOURNAL_GROWTH + OVERHEAD_MAX))
    }

    pub(in crate::store) fn location(&self) -> io::Result<&Location> {
        self.location.as_ref().ok_or_else(sys::denied)
    }

    /// Sets the times of the file to the present time until the modification time is later than `begun`, for at most
    /// 20 ms. Returns true if it is later.
    fn wait_for_the_clock(&self, begun: SystemTime) -> io::Result<bool> {
        for _ in 0..20 {
            sys::set_times_to_now(&self.file)?;
            if self.file.metadata()?.modified()? > begun {
                return Ok(true);
            }
            sleep(Duration::from_millis(1));
        }
        Ok(false)
    }

    /// Handles a journal of this owner, if the user of this process may not read it. A journal of the file's owner or
    /// of root is an error, because that user can recover the file. A journal of any other user is foreign.
    fn unreadable<J>(&self, owner: Owner) -> io::Result<JournalFile<J>> {
        if owner == self.owner || owner == sys::ROOT { Err(sys::denied()) } else { Ok(JournalFile::Foreign) }
    }
}

impl Disk for RealDisk {
    type Journal = File;

    fn id(&self) -> FileId {
        let Identity { device, inode } = self.identity;
        FileId { boot: sys::boot_id(), device, inode }
    }

    fn stamp(&self) -> io::Result<Stamp> {
        Stamp::of(&self.file)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length)?;
        bytes.resize(length, 0);
        sys::read_at(&self.file, &mut bytes, offset)?;
        Ok(bytes)
    }

    fn reserve(&self, length: u64) -> io::Result<()> {
        sys::within_limit(length)?;
        sys::reserve(&self.file, length)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        sys::write_at(&self.file, bytes, offset)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    /// Servers read the file again when this time changes. A server that read during the write has already seen the
    /// time at which the write began, so the file gets a later time at the end of the write.
    fn touch(&self) -> io::Result<bool> {
        let begun = self.file.metadata()?.modified()?.max(self.modified);
        let Some(later) = begun.checked_add(Duration::from_micros(1)) else {
            return sys::set_times_to_now(&self.file).map(|()| false);
        };
        match self.file.set_times(FileTimes::new().set_modified(later)) {
            Ok(()) if self.file.metadata()?.modified()? > begun => Ok(true),
            // The file has the latest time that the file system supports. A different time still makes servers read the
            // file again.
            Ok(()) => sys::set_times_to_now(&self.file).map(|()| false),
            // Only the owner of a file may set an arbitrary time. Other users may set the present time, which advances
            // in milliseconds.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => self.wait_for_the_clock(begun),
            Err(error) => Err(error),
        }
    }

    fn sync(&self) -> io::Result<()> {
        sys::sync(&self.file)
    }

    fn tick(&self) -> Duration {
        sys::tick()
    }

    fn find_journal(&self, name: JournalName) -> io::Result<JournalFile<File>> {
        let Ok(location) = self.location() else { return Ok(JournalFile::Absent) };
        let Ok(journals) = location.journals() else { return Ok(JournalFile::Absent) };
        let journal = match sys::open_journal(journals, &journal_name(location, name))? {
            Opened::File(journal) => journal,
            Opened::Missing => return Ok(JournalFile::Absent),
            Opened::Special => return Ok(JournalFile::Foreign),
            Opened::Denied(owner) => return self.unreadable(owner),
        };
        let metadata = journal.metadata()?;
        let limit = self.longest_journal()?;
        if metadata.len() > limit || !sys::is_private(&metadata, self.owner) {
            return Ok(JournalFile::Foreign);
        }
        let mut bytes = Vec::new();
        // The file may have grown since its length was checked.
        (&journal).take(limit).read_to_end(&mut bytes)?;
        let times = sys::times(&metadata);
        let marks = Marks { modified: times.accessed, changed: times.modified, at: times.changed };
        Ok(JournalFile::Candidate { journal, bytes, marks })
    }

    fn new_journal(&self) -> io::Result<File> {
        let location = self.location()?;
        let name = journal_name(location, JournalName::Current);
        sys::create(location.create_journals()?, &name, Access::Write, NewMode::Private)
    }

    fn write_journal(&self, journal: &mut File, pieces: &[Cow<'_, [u8]>]) -> io::Result<()> {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        sys::within_limit(length)?;
        // The recovery would reject a longer journal as foreign, so such a journal is not written.
        if length > self.longest_journal()? {
            return Err(ErrorKind::FileTooLarge.into());
        }
        sys::keep_private(journal)?;
        // Most journals are small, so the buffer makes them one write(2).
        let mut journal = BufWriter::new(journal);
        pieces.iter().try_for_each(|piece| journal.write_all(piece))?;
        journal.flush()
    }

    fn sync_journal(&self, journal: &File) -> io::Result<()> {
        sys::sync(journal)
    }

    fn mark(&self, journal: &File) -> io::Result<()> {
        let Stamp { modified, changed, .. } = self.stamp()?;
        sys::set_times(journal, modified, changed)
    }

    fn empty_journal(&self, journal: &File) -> io::Result<()> {
        journal.set_len(0)
    }

    fn sync_directory(&self) -> io::Result<()> {
        sys::sync_directory(self.location()?.journals()?)
    }

    fn remove_journal(&self, name: JournalName) -> io::Result<()> {
        let location = self.location()?;
        sys::remove(location.journals()?, &journal_name(location, name))
    }

    fn quarantine_journal(&self, name: JournalName) -> io::Result<PathBuf> {
        let location = self.location()?;
        let (journals, journal) = (location.journals()?, journal_name(location, name));
        for number in 1..=QUARANTINED_MAX {
            let place = companions::quarantined(location.journal_base(), number);
            match sys::give_free_name(journals, &journal, &place) {
                Ok(Naming::Renamed) => {}
                Ok(Naming::Linked) => sys::remove(journals, &journal)?,
                Ok(Naming::Unsupported) => return Err(ErrorKind::Unsupported.into()),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            return Ok(location.journals_path().join(place));
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

fn journal_name(location: &Location, name: JournalName) -> OsString {
    match name {
        JournalName::Old => companions::old_journal(location.journal_base()),
        JournalName::Current => companions::journal(location.journal_base()),
    }
}

#[cfg(test)]
mod tests;
