//! The operations on real files: journals, quarantine, marks, and recovery after a kill during pwrite(2).

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::*;
use crate::document::Patch;
use crate::store::commit::{Reserved, Written, write};
use crate::store::recover::{Recovery, recover};

fn disk(path: &Path) -> RealDisk {
    let location = Location::of(path).unwrap();
    RealDisk::new(OpenOptions::new().read(true).write(true).open(path).unwrap(), location).unwrap()
}

/// The path of the journal. Its directory is created if it is missing.
fn beside(disk: &RealDisk, name: JournalName) -> PathBuf {
    let location = disk.location().unwrap();
    location.create_journals().unwrap();
    location.journals_path().join(journal_name(location, name))
}

#[test]
fn a_new_journal_never_replaces_another_file() {
    let directory = tempfile::tempdir().unwrap();
    let [users, other] = ["users", "other"].map(|name| directory.path().join(name));
    for path in [&users, &other] {
        fs::write(path, "bob:x\n").unwrap();
    }
    let disk = disk(&users);
    let journal = beside(&disk, JournalName::Current);
    let plants: &[fn(&Path, &Path) -> io::Result<()>] = &[
        |other, journal| fs::copy(other, journal).map(drop),
        #[cfg(unix)]
        |other, journal| std::os::unix::fs::symlink(other, journal),
        #[cfg(unix)]
        |_, journal| std::os::unix::fs::symlink("nothing", journal),
    ];
    for plant in plants {
        plant(&other, &journal).unwrap();
        assert_eq!(disk.new_journal().unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert!(!directory.path().join("nothing").exists());
        fs::remove_file(&journal).unwrap();
    }
    disk.new_journal().unwrap();
    assert!(journal.exists());
    disk.remove_journal(JournalName::Current).unwrap();
}

#[test]
fn a_quarantined_journal_never_replaces_another_file() {
    let directory = tempfile::tempdir().unwrap();
    let users = directory.path().join("users");
    fs::write(&users, "bob:x\n").unwrap();
    let disk = disk(&users);
    let journal = beside(&disk, JournalName::Current);
    let base = disk.location().unwrap().journal_base();
    let quarantined = |number| journal.with_file_name(companions::quarantined(base, number));
    fs::create_dir(quarantined(2)).unwrap();
    for (content, number) in [("first", 1), ("second", 3), ("third", 4)] {
        fs::write(&journal, content).unwrap();
        assert_eq!(disk.quarantine_journal(JournalName::Current).unwrap(), quarantined(number));
    }
    for (content, number) in [("first", 1), ("second", 3), ("third", 4)] {
        assert_eq!(fs::read_to_string(quarantined(number)).unwrap(), content);
        fs::remove_file(quarantined(number)).unwrap();
    }
    fs::remove_dir(quarantined(2)).unwrap();
}

/// The content of a file of twenty pages, and the patch that changes all of its records.
fn twenty_pages() -> (Vec<u8>, Patch<'static>) {
    let (old, new) = (b"user:old\n".repeat(9_102), b"user:new\n".repeat(9_102));
    let length = old.len();
    (old, Patch { offset: 0, replaced: length, bytes: new.into(), moved: 0, old_length: length })
}

/// Leaves a file whose write was killed after the first mark and after `pages` pages. Returns the content of the file.
fn killed_after_pages(path: &Path, pages: usize) -> Vec<u8> {
    let (old, patch) = twenty_pages();
    fs::write(path, &old).unwrap();
    let disk = disk(path);
    let before = disk.stamp().unwrap();
    let new = patch.bytes.clone();
    let journal = crate::store::journal::Journal::new(disk.id(), before, patch, old.clone());
    let mut opened = disk.new_journal().unwrap();
    disk.write_journal(&mut opened, &journal.encode()).unwrap();
    disk.mark(&opened).unwrap();
    disk.write_at(0, &new[..pages * 4_096]).unwrap();
    [&new[..pages * 4_096], &old[pages * 4_096..]].concat()
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs the identifier of the boot")]
fn a_kill_between_two_pages_of_the_write_is_finished() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let (old, patch) = twenty_pages();
    for pages in [0, 1, 5, 9] {
        // On a busy machine, more than one clock tick can pass between the mark and the write.
        let finished = (0..100).any(|_| {
            let torn = killed_after_pages(&path, pages);
            let recovery = recover(&disk(&path), JournalName::Current).unwrap();
            let now = fs::read(&path).unwrap();
            match recovery {
                Recovery::Quarantined(place) => {
                    assert_eq!(now, torn);
                    fs::remove_file(place).unwrap();
                    false
                }
                Recovery::Clean => {
                    assert_eq!((pages, &now), (0, &old));
                    true
                }
                Recovery::Finished => {
                    assert_eq!(now, *patch.bytes);
                    true
                }
                Recovery::Blocked => panic!("the journal cannot be moved"),
            }
        });
        assert!(finished, "{pages} pages");
    }
}

/// The recovery compares the file with the journal, and then the edit reads the same open file from its start.
#[test]
fn an_edit_after_a_recovery_reads_the_whole_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let old = killed_after_pages(&path, 0);
    let store = crate::FileStore::new(&path);
    let hash = "{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=".parse().unwrap();
    assert_eq!(store.set(&"carol".parse().unwrap(), &hash).unwrap(), crate::document::SetOutcome::Added);
    assert_eq!(fs::read(&path).unwrap(), [&old[..], b"carol:", hash.as_bytes(), b"\n"].concat());
}

#[test]
fn reads_and_writes_at_an_offset_leave_the_position_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, "bob:x\ncarol:y\n").unwrap();
    let disk = disk(&path);
    disk.file().seek(SeekFrom::Start(6)).unwrap();
    assert_eq!(disk.read_at(0, 5).unwrap(), b"bob:x");
    disk.write_at(0, b"bob:z").unwrap();
    disk.read_at(10, 100).unwrap_err();
    let mut rest = String::new();
    disk.file().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "carol:y\n");
}

#[test]
fn a_torn_file_that_was_edited_later_is_not_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let torn = killed_after_pages(&path, 5);
    sleep(disk(&path).tick() * 3);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    sys::write_at(&file, &torn[..100], 0).unwrap();
    drop(file);
    quarantines(&disk(&path));
    assert_eq!(fs::read(&path).unwrap(), torn);
}

/// Asserts that the recovery quarantines the journal, and removes the quarantined journal.
fn quarantines(disk: &RealDisk) {
    match recover(disk, JournalName::Current).unwrap() {
        Recovery::Quarantined(place) => fs::remove_file(place).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_a_reboot_a_torn_file_is_finished_only_with_a_mark() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    for marked in [true, false] {
        let torn = killed_after_pages(&path, 5);
        let disk = disk(&path);
        let JournalFile::Candidate { journal: opened, mut bytes, .. } =
            disk.find_journal(JournalName::Current).unwrap()
        else {
            panic!("no journal")
        };
        // The test changes the boot in the journal, and then its checksum.
        bytes[16 + 13 * 8] ^= 1;
        let end = bytes.len() - 20;
        let checksum = <sha1::Sha1 as sha1::Digest>::digest(&bytes[..end]);
        bytes[end..].copy_from_slice(&checksum);
        sys::write_at(&opened, &bytes, 0).unwrap();
        disk.touch().unwrap();
        if marked {
            disk.mark(&opened).unwrap();
        }
        drop(opened);
        if marked {
            assert_eq!(recover(&disk, JournalName::Current).unwrap(), Recovery::Finished);
            assert_eq!(fs::read(&path).unwrap(), *twenty_pages().1.bytes);
        } else {
            quarantines(&disk);
            assert_eq!(fs::read(&path).unwrap(), torn);
        }
    }
}

#[test]
fn a_complete_write_removes_the_journal_and_moves_the_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let (old, patch) = twenty_pages();
    fs::write(&path, &old).unwrap();
    let disk = disk(&path);
    let before = disk.stamp().unwrap();
    let written = write(&disk, patch, before, &mut Reserved::default()).unwrap();
    assert!(
        matches!(written, Written::Done(remarks) if remarks.journal_stays.is_none() && !remarks.time_stays)
    );
    assert!(disk.stamp().unwrap().modified > before.modified);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs O_NOATIME")]
fn reading_a_journal_keeps_its_marks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    killed_after_pages(&path, 5);
    let disk = disk(&path);
    let marks = || match disk.find_journal(JournalName::Current).unwrap() {
        JournalFile::Candidate { marks, .. } => marks,
        other => panic!("{other:?}"),
    };
    assert_eq!(marks(), marks());
}

/// The latest time that ext4 can store is in the year 2446. For XFS, the year is 2038 or 2486. Other file systems can
/// store later times.
#[test]
fn a_time_that_cannot_move_forward_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, "bob:x\n").unwrap();
    // The second number of seconds is for Windows, whose times end in the year 30828.
    let times = [1 << 62, 900_000_000_000].map(Duration::from_secs);
    let last = times.into_iter().find_map(|since| SystemTime::UNIX_EPOCH.checked_add(since)).unwrap();
    if OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_times(FileTimes::new().set_modified(last))
        .is_err()
    {
        return;
    }
    let disk = disk(&path);
    let before = disk.stamp().unwrap().modified;
    let moved = disk.touch().unwrap();
    assert_ne!(disk.stamp().unwrap().modified, before, "servers must see a change");
    assert_eq!(moved, disk.stamp().unwrap().modified > before);
}

#[test]
fn a_journal_exceeds_its_bytes_by_at_most_the_overhead() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let (old, patch) = twenty_pages();
    fs::write(&path, &old).unwrap();
    let disk = disk(&path);
    let bytes = old.len() + patch.bytes.len();
    let journal = crate::store::journal::Journal::new(disk.id(), disk.stamp().unwrap(), patch, old);
    let length = journal.encode().concat().len();
    assert!(length > bytes && (length - bytes) as u64 <= OVERHEAD_MAX, "{length}");
}
