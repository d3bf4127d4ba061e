//! Names that Windows reserves, and the place of the journals.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::FileStore;
use crate::document::Patch;
use crate::store::disk::{Disk, RealDisk};
use crate::store::journal::Journal;
use crate::store::sys::{NewMode, Opened};
use crate::store::{StoreOperation, companions};

#[test]
fn devices_and_streams_are_no_password_files() {
    for name in [
        "NUL",
        "nul",
        "con",
        "Aux",
        "PRN",
        "COM1",
        "com9.txt",
        "LPT3",
        "NUL.users",
        "nul .txt",
        "CONIN$",
        "conout$",
        r"C:\auth\NUL",
        r"auth/con.htpasswd",
        "COM¹",
        r"\\.\C:",
        r"\\.\pipe\users",
        "users:stream",
        r"C:\auth\users:a",
        r"C:\auth:b\users",
        "users::$DATA",
    ] {
        assert!(is_no_file_name(Path::new(name)), "{name}");
        let store = FileStore::new(name);
        for error in [store.create(|_| ()).unwrap_err(), store.remove("bob").unwrap_err()] {
            let text = error.io_error().unwrap().to_string();
            let reason =
                if name.contains("users:") || name.contains(":b") { "has a colon" } else { "a device" };
            assert!(text.contains(reason), "{name}: {text}");
        }
    }
    for name in [
        "users",
        "NULL",
        "com",
        "COM0",
        "COM10",
        "console",
        r"C:\auth\users",
        "C:users",
        "a.con",
        r"nul\users",
    ] {
        assert!(!is_no_file_name(Path::new(name)), "{name}");
    }
}

#[test]
fn a_device_cannot_be_created_or_opened() {
    let error = FileStore::new("nul").check_create().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot {} nul", StoreOperation::Create));
}

/// Tears the file in the middle of a change, and returns the path of its journal.
fn torn(path: &Path) -> PathBuf {
    fs::write(path, "bob:x\ncarol:x\n").unwrap();
    let location = Location::of(path).unwrap();
    let journal = location.journals_path().join(companions::journal(location.journal_base()));
    let disk = RealDisk::new(location.open(Access::ReadWrite).unwrap(), location).unwrap();
    let (old, new) = (b"bob:x\ncarol:x\n".to_vec(), b"bob:y\ncarol:y\n");
    let length = old.len();
    let patch = Patch { offset: 0, replaced: length, bytes: new.into(), moved: 0, old_length: length };
    let content = Journal::new(disk.id(), disk.stamp().unwrap(), patch, old);
    let mut opened = disk.new_journal().unwrap();
    disk.write_journal(&mut opened, &content.encode()).unwrap();
    disk.write_at(0, b"bob:y\n").unwrap();
    disk.touch().unwrap();
    disk.mark(&opened).unwrap();
    journal
}

/// The journal is complete and fits the file, but another account may have made it.
#[test]
fn a_journal_beside_the_file_is_never_believed() {
    for name in [".htpasswd-journal.users", ".users.htpasswd-journal"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        let (journal, planted) = (torn(&path), directory.path().join(name));
        copy_with_times(&journal, &planted);
        fs::remove_file(&journal).unwrap();
        let store = FileStore::new(&path).on_event(|event| panic!("{event:?}"));
        assert_eq!(store.load().unwrap().as_bytes(), b"bob:y\ncarol:x\n");
        assert_eq!(store.remove("dave").unwrap(), 0);
        // It is listed, so that an administrator can remove it.
        assert_eq!(store.leftovers().unwrap(), [&*planted]);
        // In the profile, the same journal is believed.
        copy_with_times(&planted, &journal);
        let store = FileStore::new(&path);
        assert_eq!(store.load().unwrap().as_bytes(), b"bob:y\ncarol:y\n");
        assert!(!journal.exists());
    }
}

/// Copies a journal with its times, which are its marks.
fn copy_with_times(from: &Path, to: &Path) {
    let metadata = fs::metadata(from).unwrap();
    fs::copy(from, to).unwrap();
    let times = FileTimes::new()
        .set_accessed(metadata.accessed().unwrap())
        .set_modified(metadata.modified().unwrap());
    OpenOptions::new().write(true).open(to).unwrap().set_times(times).unwrap();
}

#[test]
fn journals_are_in_the_profile_of_the_account() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["users", "Users", "other"] {
        fs::write(directory.path().join(name), "bob:x\n").unwrap();
    }
    let place = |path: &Path| {
        let location = Location::of(path).unwrap();
        (location.journals_path().to_owned(), location.journal_base().to_owned())
    };
    let (journals, users) = place(&directory.path().join("users"));
    assert!(journals.starts_with(std::env::home_dir().unwrap()));
    assert!(journals.ends_with(r"AppData\Local\htpasswd"));
    // Each spelling of the path has the same journal, and another file or directory has another one.
    assert_eq!(place(&directory.path().join(r".\USERS")).1, users);
    assert_eq!(place(&directory.path().join("users.")).1, users);
    assert_ne!(place(&directory.path().join("other")).1, users);
    let other = tempfile::tempdir().unwrap();
    assert_ne!(place(&other.path().join("users")).1, users);
}

#[test]
fn a_directory_is_no_journal() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::of(&directory.path().join("users")).unwrap();
    fs::create_dir(directory.path().join("journal")).unwrap();
    let opened = open_journal(&location.directory, "journal".as_ref()).unwrap();
    assert!(matches!(opened, Opened::Special), "{opened:?}");
    let opened = open_journal(&location.directory, "missing".as_ref()).unwrap();
    assert!(matches!(opened, Opened::Missing), "{opened:?}");
}

#[test]
fn a_writer_keeps_out_writers_but_not_readers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, "bob:x\n").unwrap();
    let location = Location::of(&path).unwrap();
    let writer = location.open(Access::ReadWrite).unwrap();
    assert!(is_in_use(&location.open(Access::ReadWrite).unwrap_err()));
    assert!(is_in_use(&OpenOptions::new().append(true).open(&path).unwrap_err()));
    assert_eq!(fs::read(&path).unwrap(), b"bob:x\n");
    FileStore::new(&path).check_update().unwrap();
    drop(writer);
    location.open(Access::ReadWrite).unwrap();
}

#[test]
fn a_new_file_keeps_out_writers_until_it_is_complete() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::of(&directory.path().join("users")).unwrap();
    let file = create(&location.directory, "users".as_ref(), Access::ReadWrite, NewMode::Private).unwrap();
    assert!(is_in_use(&location.open(Access::ReadWrite).unwrap_err()));
    drop(file);
    location.open(Access::ReadWrite).unwrap();
}

#[test]
fn times_are_set_exactly() {
    let directory = tempfile::tempdir().unwrap();
    let file = File::create(directory.path().join("users")).unwrap();
    for time in [[1_700_000_000, 123_456_700], [1, 0], [-1, -500_000_000]] {
        set_times(&file, time, time).unwrap();
        let times = times(&file.metadata().unwrap());
        assert_eq!((times.accessed, times.modified), (time, time));
    }
}

#[test]
fn a_file_without_modes_rejects_a_mode() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("users")).mode(0o600);
    let error = store.create(|_| ()).unwrap_err();
    assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::Unsupported);
    assert!(!store.path().exists());
}
