//! The public methods of a store on real files: updates, locks, new files, limits and errors.

use std::fs::{self, File};
use std::thread;

use tempfile::TempDir;

use super::disk::Stamp;
use super::rewrite::Attempt;
use super::sys::{Access, Location};
use super::*;
use crate::document::Document;
use crate::hash::{Params, PasswordHash};
use crate::password::Password;
use crate::username::Username;

fn store(content: &[u8]) -> (TempDir, FileStore) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, content).unwrap();
    (directory, FileStore::new(path))
}

fn bytes(store: &FileStore) -> Vec<u8> {
    fs::read(store.path()).unwrap()
}

fn hash(password: &str) -> PasswordHash {
    PasswordHash::create(&Password::new(password).unwrap(), &Params::Sha1).unwrap()
}

/// Locks the file as another writer does.
fn locked(store: &FileStore) -> File {
    let file = Location::of(store.path()).unwrap().open(Access::ReadWrite).unwrap();
    assert!(lock::exclusive(&file, Duration::ZERO).unwrap());
    file
}

fn set(store: &FileStore, user: &str) {
    store.set(&Username::new(user).unwrap(), &hash("x")).unwrap();
}

#[test]
fn an_update_keeps_the_inode_and_moves_the_time_forward() {
    let (_directory, store) = store(b"bob:x\n");
    let identity = || sys::identity_at(store.path(), &fs::metadata(store.path()).unwrap()).unwrap();
    let before = identity();
    for password in 0..20 {
        let old = fs::metadata(store.path()).unwrap().modified().unwrap();
        store.set(&Username::new("bob").unwrap(), &hash(&password.to_string())).unwrap();
        assert!(fs::metadata(store.path()).unwrap().modified().unwrap() > old);
    }
    assert_eq!(identity(), before);
    assert_eq!(bytes(&store).len(), b"bob:".len() + 33 + 1);
}

#[test]
fn a_file_that_shrinks_is_cut_to_its_new_length() {
    let (_directory, store) = store(b"bob:x\ncarol:y\ndave:z\n");
    let remove = |user: &str| store.remove(user).unwrap();
    assert_eq!(remove("carol"), 1);
    assert_eq!(bytes(&store), b"bob:x\ndave:z\n");
    assert_eq!(remove("bob"), 1);
    assert_eq!(remove("dave"), 1);
    assert_eq!(bytes(&store), b"");
}

/// An edit may assign a document that was not parsed from the file.
#[test]
fn an_edit_may_replace_the_document_with_another_one() {
    let old = b"alice:x\nbob:y\ncarol:z\n";
    let mut edited = Document::parse("a:x\nbob:y\n");
    edited.remove("a");
    let mut of_the_same_length = Document::parse("alice:X\nbob:Y\ncarol:Z\n");
    of_the_same_length.remove("dave");
    let (_other_directory, other) = store(old);
    let mut earlier = None;
    other
        .try_update(|document| {
            document.remove("bob");
            earlier = Some(document.clone());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let others =
        [Document::parse("dave:z\n"), Document::default(), edited, of_the_same_length, earlier.unwrap()];
    for other in others {
        let (_directory, store) = store(old);
        store
            .try_update(|document| {
                *document = other.clone();
                Ok::<_, StoreError>(())
            })
            .unwrap();
        assert_eq!(bytes(&store), other.as_bytes());
        // Edits of the other document are written, too.
        store
            .try_update(|document| {
                *document = other.clone();
                document.clear();
                Ok::<_, StoreError>(())
            })
            .unwrap();
        assert_eq!(bytes(&store), b"");
    }
    let (_directory, store) = store(old);
    let replaced = |document: &mut Document| {
        let mut moved = std::mem::take(document);
        moved.remove("bob");
        *document = moved.clone();
        Ok::<_, StoreError>(())
    };
    store.try_update(replaced).unwrap();
    assert_eq!(bytes(&store), b"alice:x\ncarol:z\n");
}

#[test]
fn a_file_that_shrinks_during_the_read_is_read_again() {
    let (_directory, store) = store(b"bob:x\n");
    let rounds = |kind: io::ErrorKind| {
        let mut rounds = 0;
        let result = store.rewrite(|_| {
            rounds += 1;
            Ok(Attempt { result: (), patch: if rounds < 3 { Err(kind.into()) } else { Ok(None) } })
        });
        (rounds, result)
    };
    assert!(matches!(rounds(io::ErrorKind::UnexpectedEof), (3, Ok(()))));
    assert!(matches!(
        rounds(io::ErrorKind::OutOfMemory),
        (1, Err(StoreError::Io { operation: StoreOperation::Read, .. }))
    ));
}

#[test]
fn a_file_that_keeps_changing_is_read_at_most_ten_times() {
    let (_directory, store) = store(b"");
    for (changes, wanted) in [(0, 1), (1, 2), (3, 4), (usize::MAX, ROUNDS)] {
        let mut rounds = 0;
        let seen = store.read_with(|file| {
            rounds += 1;
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            if rounds <= changes {
                fs::write(store.path(), format!("{text}#"))?;
            }
            Ok(text)
        });
        assert_eq!(rounds, wanted);
        let is_last = seen.unwrap().len() == bytes(&store).len();
        assert_eq!(is_last, changes < ROUNDS);
    }
}

#[test]
fn debug_shows_the_path() {
    assert_eq!(format!("{:?}", FileStore::new("a/users")), "FileStore(a/users)");
}

#[test]
fn an_edit_without_effect_or_with_an_error_writes_nothing() {
    let (_directory, store) = store(b"bob:x");
    let before = Stamp::of(&File::open(store.path()).unwrap()).unwrap();
    store.update(|document| document.remove("unknown")).unwrap();
    let failed = store.try_update(|document| {
        document.clear();
        Err::<(), _>(StoreError::Locked("no".into()))
    });
    assert!(failed.is_err());
    assert_eq!(Stamp::of(&File::open(store.path()).unwrap()).unwrap(), before);
    assert_eq!(bytes(&store), b"bob:x");
}

#[test]
fn edits_of_a_store_and_of_a_document_give_the_same_file() {
    let file = b"# staff\r\na:1\r\n b:2:B\r\nc:3\na:4".repeat(3);
    for (set, remove) in [("a", "b"), ("c", "a"), ("new", "c"), ("new", "unknown"), ("b", "b")] {
        let (_directory, store) = store(&file);
        let mut edits = crate::document::Edits::new();
        edits.set(&Username::new(set).unwrap(), &hash("x"));
        edits.remove(remove);
        let mut document = Document::parse(file.as_slice());
        assert_eq!(store.apply(&edits).unwrap(), document.apply(&edits));
        assert_eq!(bytes(&store), document.as_bytes());
    }
}

#[test]
fn a_store_that_refuses_invalid_lines_rejects_utf_16() {
    for text in [b"\xff\xfeb\0:\0x\0\n\0".as_slice(), b"\0b\0o\0b\0:\0x\0\n", b"\xff\xfe\n\0b\0:\0x\0"] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, text).unwrap();
        let store = FileStore::new(&path).refuse_invalid_lines();
        assert!(matches!(store.hash_of("b"), Err(StoreError::Utf16(_))));
        assert!(matches!(store.remove("b"), Err(StoreError::Utf16(_))));
        assert!(matches!(store.apply(&crate::document::Edits::new()), Err(StoreError::Utf16(_))));
        assert_eq!(fs::read(&path).unwrap(), text);
    }
}

#[test]
fn hash_of_returns_the_first_record_of_a_user() {
    let (_directory, store) = store(b"#a:0\na:1:x\nno colon\na:2\nb:3\n");
    assert_eq!(store.hash_of("a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.hash_of("b").unwrap(), Some(b"3".to_vec()));
    assert_eq!(store.hash_of("c").unwrap(), None);
    let strict = store.refuse_invalid_lines();
    assert_eq!(strict.hash_of("a").unwrap(), Some(b"1".to_vec()));
    for user in ["b", "c"] {
        assert!(matches!(strict.hash_of(user), Err(StoreError::InvalidLine { line: 3, .. })));
    }
}

#[test]
fn invalid_records_are_rejected_on_request() {
    let content = b"a:1\nno colon\n";
    let (_directory, store) = store(content);
    let strict = store.clone().refuse_invalid_lines();
    let result = strict.set(&Username::new("a").unwrap(), &hash("x"));
    assert!(matches!(result, Err(StoreError::InvalidLine { line: 2, .. })));
    assert!(matches!(strict.remove("a"), Err(StoreError::InvalidLine { line: 2, .. })));
    assert_eq!(bytes(&store), content);
    assert_eq!(store.remove("a").unwrap(), 1);
    assert_eq!(bytes(&store), b"no colon\n");
}

#[test]
fn concurrent_writers_lose_no_user() {
    let (_directory, store) = store(b"");
    thread::scope(|scope| {
        for user in 0..50 {
            let store = &store;
            scope.spawn(move || set(store, &format!("u{user}")));
        }
    });
    let document = store.load().unwrap();
    let mut users: Vec<_> = document.records().map(|record| record.user.to_vec()).collect();
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 50);
    assert_eq!(document.lines().count(), 50);
}

#[test]
fn a_lock_that_stays_held_is_an_error_after_the_time_out() {
    let (_directory, store) = store(b"bob:x\n");
    let other = locked(&store);
    let impatient = store.clone().lock_timeout(Duration::from_millis(20));
    let result = impatient.update(|document| document.remove("bob"));
    assert!(matches!(result, Err(StoreError::Locked(_))));
    drop(other);
    assert_eq!(impatient.update(|document| document.remove("bob")).unwrap(), 1);
}

/// On Windows, no program can replace a file that is locked.
#[test]
#[cfg(unix)]
fn a_file_replaced_during_the_wait_for_the_lock_is_changed() {
    let (directory, store) = store(b"old:x\n");
    let other = locked(&store);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| set(&store, "alice"));
        thread::sleep(Duration::from_millis(50));
        let replacement = directory.path().join("new");
        fs::write(&replacement, b"new:x\n").unwrap();
        fs::rename(&replacement, store.path()).unwrap();
        drop(other);
        waiting.join().unwrap();
    });
    assert!(bytes(&store).starts_with(b"new:x\nalice:"));
}

#[test]
fn a_new_file_is_complete_and_leaves_no_other_file() {
    let directory = tempfile::tempdir().unwrap();
    let [plain, link] = ["plain", "link"];
    #[cfg(unix)]
    std::os::unix::fs::symlink("target", directory.path().join(link)).unwrap();
    for name in [plain, link] {
        let store = FileStore::new(directory.path().join(name));
        let user = Username::new("bob").unwrap();
        let hash = hash("x");
        store.check_create().unwrap();
        store.create(|document| document.set(&user, &hash)).unwrap();
        assert!(bytes(&store).starts_with(b"bob:{SHA}"));
    }
    let mut names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let target = cfg!(unix).then_some("target");
    assert_eq!(names, [link, plain].into_iter().chain(target).collect::<Vec<_>>());
}

#[test]
fn a_new_file_is_complete_without_o_tmpfile() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let location = Location::of(&path).unwrap();
    create::renamed(&location, b"bob:x\n", NewAccess::default()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"bob:x\n");
    let (operation, error) = create::renamed(&location, b"carol:y\n", NewAccess::default()).unwrap_err();
    assert_eq!((operation, error.kind()), (StoreOperation::Create, io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read(&path).unwrap(), b"bob:x\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_new_file_in_a_missing_directory_fails_at_once() {
    let store = FileStore::new("/no/such/directory/users");
    let (mut edits, none) = (0, io::ErrorKind::NotFound);
    let result = store.try_create(|_| {
        edits += 1;
        Ok::<_, StoreError>(())
    });
    assert!(
        matches!(result, Err(StoreError::Io { operation: StoreOperation::Create, source, .. }) if source.kind() == none)
    );
    assert_eq!(edits, 1);
}

#[test]
fn a_failed_edit_creates_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("users"));
    let result = store.try_create(|_| Err::<(), _>(StoreError::Locked("no".into())));
    assert!(result.is_err());
    assert!(!store.path().exists());
}

#[test]
#[cfg(unix)]
fn only_a_new_file_gets_the_mode() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let (one, two) = (directory.path().join("one"), directory.path().join("two"));
    for wanted in [0o600, 0o640, 0o666, 0o400] {
        let store = FileStore::new(&one).mode(wanted | 0o4000);
        store.create_new(&Document::parse("bob:x\n")).unwrap();
        assert_eq!(mode(&one), wanted);
        fs::remove_file(&one).unwrap();
        let access = NewAccess { mode: Some(wanted), ..NewAccess::default() };
        create::renamed(&Location::of(&two).unwrap(), b"bob:x\n", access).unwrap();
        assert_eq!((mode(&two), fs::read(&two).unwrap()), (wanted, b"bob:x\n".to_vec()));
        FileStore::new(&two).mode(0o644).create(|_| ()).unwrap();
        assert_eq!(mode(&two), wanted);
        fs::remove_file(&two).unwrap();
    }
}

#[test]
fn create_new_changes_no_existing_file() {
    let (directory, store) = store(b"bob:x\n");
    let device = cfg!(unix).then_some(Path::new("/dev/null"));
    for path in [store.path(), directory.path()].into_iter().chain(device) {
        let result = FileStore::new(path).create_new(&Document::parse("carol:y\n"));
        assert!(matches!(result, Err(StoreError::Exists(_))), "{}", path.display());
    }
    assert_eq!(bytes(&store), b"bob:x\n");
}

#[test]
fn set_if_replaces_only_the_expected_hash() {
    let bob = Username::new("bob").unwrap();
    for (text, found, is_replaced) in [
        (&b"bob:x\nbob:y\n"[..], Some(&b"x"[..]), true),
        (b"bob:x\nbob:y\n", Some(b"y"), false),
        (b"bob:x:more\n", Some(b"x"), true),
        (b"bob:\n", Some(b""), true),
        (b"bob:x\n", None, false),
        (b"bo:x\n", None, true),
        (b"bo:x\n", Some(b"x"), false),
        (b"", None, true),
    ] {
        let (_directory, store) = store(text);
        let change = store.set_if(&bob, found, &hash("secret")).unwrap();
        assert_eq!(change.is_some(), is_replaced, "{}", text.escape_ascii());
        assert_eq!(bytes(&store) != text, is_replaced, "{}", text.escape_ascii());
    }
    let (_directory, store) = store(b"bob:x\n<html>\n");
    let result = store.refuse_invalid_lines().set_if(&bob, Some(b"x"), &hash("secret"));
    assert!(matches!(result, Err(StoreError::InvalidLine { line: 2, .. })));
}

#[test]
fn the_lock_time_out_can_be_unlimited() {
    let (_directory, store) = store(b"bob:x\n");
    let patient = store.lock_timeout(Duration::MAX);
    assert_eq!(patient.remove("bob").unwrap(), 1);
}

#[test]
fn errors_name_the_operation_and_the_path() {
    let directory = tempfile::tempdir().unwrap();
    let missing = FileStore::new(directory.path().join("none"));
    let message = missing.load().unwrap_err().to_string();
    assert!(message.starts_with("cannot open ") && message.ends_with("none"), "{message}");
    let result = FileStore::new(directory.path()).check_update();
    assert!(matches!(result, Err(StoreError::NotAFile(_))));
}

#[test]
fn replace_range_replaces_a_range_of_any_file() {
    for (range, text) in
        [(0..0, "a"), (3..5, "longer"), (3..9, "x"), (10..10, "end"), (0..10, ""), (2..4, "YZ")]
    {
        let (_directory, store) = store(b"0123456789");
        let length = store.replace_range(|bytes| {
            Ok::<_, StoreError>((bytes.len(), Some((range.clone(), text.as_bytes().to_vec()))))
        });
        assert_eq!(length.unwrap(), 10);
        let mut wanted = "0123456789".to_owned();
        wanted.replace_range(range, text);
        assert_eq!(String::from_utf8(bytes(&store)).unwrap(), wanted);
        assert_eq!(fs::read_dir(store.path().parent().unwrap()).unwrap().count(), 1);
    }
}

#[test]
fn replace_range_writes_no_missing_or_unchanged_range() {
    let (_directory, store) = store(b"0123456789");
    let before = fs::metadata(store.path()).unwrap().modified().unwrap();
    let replace = |change: Option<(std::ops::Range<usize>, Vec<u8>)>| {
        store.replace_range(|_| Ok::<_, StoreError>(((), change.clone())))
    };
    replace(None).unwrap();
    replace(Some((2..4, b"23".to_vec()))).unwrap();
    #[allow(clippy::reversed_empty_ranges, reason = "a caller can pass such a range")]
    for range in [0..11, 11..11, 5..4] {
        let error = replace(Some((range, Vec::new()))).unwrap_err();
        assert!(matches!(error, StoreError::Io { operation: StoreOperation::Read, .. }), "{error}");
    }
    let result = store.replace_range(|_| Err::<((), _), _>(StoreError::Locked("x".into())));
    assert!(matches!(result, Err(StoreError::Locked(_))));
    assert_eq!(bytes(&store), b"0123456789");
    assert_eq!(fs::metadata(store.path()).unwrap().modified().unwrap(), before);
}
