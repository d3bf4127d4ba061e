use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::hash::{Hash, Params};
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

fn set(store: &FileStore, user: &str) {
    let user = Username::new(user).unwrap();
    let hash = Hash::create(&Password::new("x").unwrap(), &Params::Sha1).unwrap();
    store.update(|document| Ok::<_, StoreError>(document.set(&user, &hash))).unwrap();
}

#[test]
fn an_update_keeps_the_inode_and_moves_the_time_forward() {
    let (_directory, store) = store(b"bob:x\n");
    let before = fs::metadata(store.path()).unwrap();
    for _ in 0..20 {
        let old = fs::metadata(store.path()).unwrap().modified().unwrap();
        set(&store, "bob");
        assert!(fs::metadata(store.path()).unwrap().modified().unwrap() > old);
    }
    assert_eq!(fs::metadata(store.path()).unwrap().ino(), before.ino());
    assert_eq!(bytes(&store).len(), b"bob:".len() + 33 + 1);
}

#[test]
fn a_file_that_shrinks_ends_where_it_should() {
    let (_directory, store) = store(b"bob:x\ncarol:y\ndave:z\n");
    let remove = |user: &str| store.update(|document| Ok::<_, StoreError>(document.remove(user))).unwrap();
    assert_eq!(remove("carol"), 1);
    assert_eq!(bytes(&store), b"bob:x\ndave:z\n");
    assert_eq!(remove("bob"), 1);
    assert_eq!(remove("dave"), 1);
    assert_eq!(bytes(&store), b"");
}

#[test]
fn nothing_is_written_when_nothing_changes_or_the_edit_fails() {
    let (_directory, store) = store(b"bob:x");
    let before = Stamp::of(&File::open(store.path()).unwrap()).unwrap();
    store.update(|document| Ok::<_, StoreError>(document.remove("nobody"))).unwrap();
    let failed = store.update(|document| {
        document.clear();
        Err::<(), _>(StoreError::Locked("no".into()))
    });
    assert!(failed.is_err());
    assert_eq!(Stamp::of(&File::open(store.path()).unwrap()).unwrap(), before);
    assert_eq!(bytes(&store), b"bob:x");
}

#[test]
fn concurrent_writers_lose_nobody() {
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
fn a_lock_that_is_held_is_waited_for_and_then_reported() {
    let (_directory, store) = store(b"bob:x\n");
    let other = File::open(store.path()).unwrap();
    other.lock().unwrap();
    let impatient = store.clone().lock_timeout(Duration::from_millis(20));
    let result = impatient.update(|document| Ok::<_, StoreError>(document.remove("bob")));
    assert!(matches!(result, Err(StoreError::Locked(_))));
    drop(other);
    assert_eq!(impatient.update(|document| Ok::<_, StoreError>(document.remove("bob"))).unwrap(), 1);
}

#[test]
fn a_file_replaced_while_waiting_for_the_lock_is_found_again() {
    let (directory, store) = store(b"old:x\n");
    let other = File::open(store.path()).unwrap();
    other.lock().unwrap();
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
fn a_new_file_is_complete_and_alone() {
    let directory = tempfile::tempdir().unwrap();
    symlink("target", directory.path().join("link")).unwrap();
    for name in ["plain", "link"] {
        let store = FileStore::new(directory.path().join(name));
        let user = Username::new("bob").unwrap();
        let hash = Hash::create(&Password::new("x").unwrap(), &Params::Sha1).unwrap();
        store.check_create().unwrap();
        store.create(|document| Ok::<_, StoreError>(document.set(&user, &hash))).unwrap();
        assert!(bytes(&store).starts_with(b"bob:{SHA}"));
    }
    let mut names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["link", "plain", "target"]);
}

#[test]
fn a_file_system_without_nameless_files_gets_a_complete_one_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    create::renamed(directory.path(), &path, b"bob:x\n").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"bob:x\n");
    let (step, error) = create::renamed(directory.path(), &path, b"carol:y\n").unwrap_err();
    assert_eq!((step, error.kind()), (Step::Create, io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read(&path).unwrap(), b"bob:x\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_new_file_whose_edit_fails_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("users"));
    let result = store.create(|_| Err::<(), _>(StoreError::Locked("no".into())));
    assert!(result.is_err());
    assert!(!store.path().exists());
}

#[test]
fn errors_name_step_and_path() {
    let directory = tempfile::tempdir().unwrap();
    let missing = FileStore::new(directory.path().join("none"));
    let message = missing.load().unwrap_err().to_string();
    assert!(message.starts_with("cannot open ") && message.contains("none: No such file"), "{message}");
    let result = FileStore::new(directory.path()).check_update();
    assert!(matches!(result, Err(StoreError::NotAFile(_))));
}
