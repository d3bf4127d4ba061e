//! [`WatchedUsers`] detect each kind of change to a file, and keep the previous users while the file cannot be read.

mod doubtful;

use std::fs::{self, File, FileTimes};
use std::io::{self, Write};
#[cfg(unix)]
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::fingerprint::{ATTEMPTS, Fingerprint, TICK, retry_not_found};
use super::*;
use crate::document::Document;
use crate::hash::{Params, PasswordHash};
use crate::password::Password;
use crate::store::{FileStore, StoreError, StoreOperation, sys};
use crate::username::Username;

const SHA1: &str = "{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=";
/// A time longer than any test.
const LONG: Duration = Duration::from_secs(3600);

fn text(users: &str) -> String {
    users.split_whitespace().map(|user| format!("{user}:{SHA1}\n")).collect::<Vec<_>>().concat()
}

/// A watched file, which each call of `reload_if_changed` checks.
struct Setup {
    directory: TempDir,
    users: WatchedUsers,
}

impl Setup {
    fn new(names: &str) -> Self {
        Self::settling(names, LONG)
    }

    fn settling(names: &str, settle: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, text(names)).unwrap();
        let builder = WatchedUsers::builder(path).check_every(Duration::ZERO).settle(settle);
        Self { directory, users: builder.open().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.users.path().unwrap().to_owned()
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Asserts that a check of the changed file loads these users.
    #[track_caller]
    fn finds(&self, names: &str) {
        let before = self.users.current();
        assert!(self.users.reload_if_changed().unwrap());
        assert!(!Arc::ptr_eq(&before, &self.users.current()));
        assert!(self.users.last_error().is_none());
        self.has(names);
        assert!(!self.users.reload_if_changed().unwrap(), "nothing has changed");
    }

    #[track_caller]
    fn has(&self, names: &str) {
        let users = self.users.current();
        assert_eq!(users.len(), names.split_whitespace().count());
        for name in names.split_whitespace() {
            assert!(users.get(name).is_some(), "{name}");
        }
    }

    /// Asserts that a check of the file fails for this reason and keeps these users.
    #[track_caller]
    fn keeps(&self, names: &str, reason: &str) -> ReloadError {
        let before = self.users.current();
        let error = self.users.reload_if_changed().unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(Some(&error), self.users.last_error().as_ref());
        assert!(Arc::ptr_eq(&before, &self.users.current()));
        self.has(names);
        error
    }
}

/// Waits until the clock that stamps files has certainly ticked.
fn wait_a_tick() {
    thread::sleep(TICK + Duration::from_millis(20));
}

#[test]
fn an_unchanged_or_touched_file_gives_no_new_users() {
    let setup = Setup::new("alice");
    let before = setup.users.current();
    assert!(!setup.users.reload_if_changed().unwrap());
    assert!(!setup.users.reload().unwrap());
    // Only the modification time changes.
    let later = SystemTime::now() + Duration::from_secs(5);
    File::options().write(true).open(setup.path()).unwrap().set_modified(later).unwrap();
    assert!(!setup.users.reload_if_changed().unwrap());
    assert!(Arc::ptr_eq(&before, &setup.users.current()));
}

#[test]
fn an_edit_by_this_library_is_seen_at_the_next_check() {
    let setup = Setup::new("alice bob");
    let store = FileStore::new(setup.path());
    let hash = PasswordHash::create(&Password::new("x").unwrap(), &Params::Sha1).unwrap();
    store.set(&Username::new("carol").unwrap(), &hash).unwrap();
    setup.finds("alice bob carol");
    store.remove("bob").unwrap();
    setup.finds("alice carol");
    assert!(setup.users.current().get("bob").is_none());
}

#[test]
fn an_edit_in_place_is_seen() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), text("alice bob")).unwrap();
    setup.finds("alice bob");
    File::options().append(true).open(setup.path()).unwrap().write_all(text("carol").as_bytes()).unwrap();
    setup.finds("alice bob carol");
    File::options().write(true).open(setup.path()).unwrap().set_len(text("alice").len() as u64).unwrap();
    setup.finds("alice");
}

#[test]
fn an_edit_right_after_a_check_is_noticed() {
    let setup = Setup::new("user0");
    let file = File::options().write(true).open(setup.path()).unwrap();
    // The edits keep the inode and the length of the file, and most of them keep the times.
    for user in 1..10 {
        sys::write_at(&file, format!("user{user}").as_bytes(), 0).unwrap();
        setup.finds(&format!("user{user}"));
    }
}

#[test]
fn an_unchanged_file_is_not_read_again_after_a_tick() {
    let setup = Setup::new("alice");
    wait_a_tick();
    assert!(!setup.users.reload_if_changed().unwrap());
    let seen = setup.users.0.file.as_ref().unwrap().watch.lock().unwrap().read;
    assert_eq!(seen, Some(Fingerprint::of(&setup.path()).unwrap()));
}

#[test]
fn a_change_of_the_length_alone_is_noticed() {
    let setup = Setup::new("alice");
    wait_a_tick();
    assert!(!setup.users.reload_if_changed().unwrap());
    let modified = fs::metadata(setup.path()).unwrap().modified().unwrap();
    fs::write(setup.path(), text("alice bob")).unwrap();
    let file = File::options().write(true).open(setup.path()).unwrap();
    file.set_times(FileTimes::new().set_modified(modified)).unwrap();
    setup.finds("alice bob");
}

/// With equal length and modification time, only the change time differs, which no program can set.
#[test]
#[cfg(unix)]
fn a_change_with_the_old_length_and_time_is_noticed() {
    let setup = Setup::new("alice");
    wait_a_tick();
    assert!(!setup.users.reload_if_changed().unwrap());
    let modified = fs::metadata(setup.path()).unwrap().modified().unwrap();
    let file = File::options().write(true).open(setup.path()).unwrap();
    sys::write_at(&file, b"carol", 0).unwrap();
    file.set_times(FileTimes::new().set_modified(modified)).unwrap();
    setup.finds("carol");
}

#[test]
fn a_renamed_file_with_an_old_time_is_seen() {
    let setup = Setup::new("alice");
    let next = setup.beside("next");
    fs::write(&next, text("carla")).unwrap();
    File::options().write(true).open(&next).unwrap().set_modified(UNIX_EPOCH).unwrap();
    fs::rename(next, setup.path()).unwrap();
    setup.finds("carla");
}

/// A directory with the links of a Kubernetes Secret volume.
#[cfg(unix)]
struct Volume(TempDir);

#[cfg(unix)]
impl Volume {
    fn new(names: &str) -> (Self, WatchedUsers) {
        let volume = Self(tempfile::tempdir().unwrap());
        volume.publish("..first", names);
        symlink("..data/htpasswd", volume.path("htpasswd")).unwrap();
        let builder = WatchedUsers::builder(volume.path("htpasswd")).check_every(Duration::ZERO);
        (volume, builder.open().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Creates a new directory, swaps the link, and removes the old directory, as the kubelet does.
    fn publish(&self, version: &str, names: &str) {
        let old = fs::read_link(self.path("..data"));
        fs::create_dir(self.path(version)).unwrap();
        fs::write(self.path(version).join("htpasswd"), text(names)).unwrap();
        symlink(version, self.path("..data_tmp")).unwrap();
        fs::rename(self.path("..data_tmp"), self.path("..data")).unwrap();
        if let Ok(old) = old {
            fs::remove_dir_all(self.0.path().join(old)).unwrap();
        }
    }
}

#[test]
#[cfg(unix)]
fn a_link_swapped_by_kubernetes_is_seen() {
    let (volume, users) = Volume::new("alice bob");
    let setup = Setup { users, directory: tempfile::tempdir().unwrap() };
    setup.has("alice bob");
    for (version, names) in [("..2026_02", "alice carol"), ("..2026_03", "bob"), ("..2026_04", "alice")] {
        volume.publish(version, names);
        setup.finds(names);
    }
}

#[test]
#[cfg(unix)]
fn a_link_replaced_during_a_read_causes_no_error() {
    let (volume, users) = Volume::new("alice");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..1000 {
                volume
                    .publish(&format!("..{round}"), if round % 2 == 0 { "alice bob" } else { "alice carol" });
            }
            is_done.store(true, Ordering::Relaxed);
        });
        while !is_done.load(Ordering::Relaxed) {
            users.reload_if_changed().unwrap();
        }
    });
}

#[test]
fn a_deleted_and_recreated_file_is_seen() {
    let setup = Setup::new("alice bob");
    fs::remove_file(setup.path()).unwrap();
    let first = setup.keeps("alice bob", "cannot open");
    assert_eq!(first, setup.keeps("alice bob", "cannot open"), "a lasting failure has one error");
    assert!(setup.users.reload().is_err(), "`reload` rejects a missing file too");
    setup.has("alice bob");
    fs::write(setup.path(), text("alice")).unwrap();
    setup.finds("alice");
}

#[test]
fn a_file_that_comes_back_clears_the_error() {
    let setup = Setup::new("alice");
    wait_a_tick();
    assert!(!setup.users.reload_if_changed().unwrap());
    fs::rename(setup.path(), setup.beside("away")).unwrap();
    setup.keeps("alice", "cannot open");
    fs::rename(setup.beside("away"), setup.path()).unwrap();
    assert!(!setup.users.reload_if_changed().unwrap());
    assert!(setup.users.last_error().is_none());
}

#[test]
fn directories_and_link_loops_are_rejected() {
    let setup = Setup::new("alice");
    fs::remove_file(setup.path()).unwrap();
    fs::create_dir(setup.path()).unwrap();
    setup.keeps("alice", "not a regular file");
    fs::remove_dir(setup.path()).unwrap();
    #[cfg(unix)]
    {
        // The system cannot open a loop of links, even for root.
        symlink(setup.path(), setup.path()).unwrap();
        setup.keeps("alice", "cannot open");
    }
    assert!(matches!(WatchedUsers::open(setup.directory.path()), Err(StoreError::NotAFile(_))));
    assert!(matches!(WatchedUsers::open(setup.beside("missing")), Err(StoreError::Io { .. })));
}

#[test]
fn the_next_check_is_an_interval_after_the_last() {
    let setup = Setup::new("alice");
    assert_eq!(setup.users.next_check(), Some(Duration::ZERO));
    let users = WatchedUsers::builder(setup.path()).check_every(LONG).open().unwrap();
    users.reload_if_changed().unwrap();
    let next = users.next_check().unwrap();
    assert!(next > LONG / 2 && next <= LONG, "{next:?}");
}

#[test]
fn the_file_is_not_accessed_between_two_checks() {
    let setup = Setup::new("alice");
    let users = WatchedUsers::builder(setup.path()).check_every(LONG).open().unwrap();
    fs::remove_file(setup.path()).unwrap();
    assert!(users.reload_if_changed().is_err(), "the first call checks the file");
    fs::write(setup.path(), text("alice bob")).unwrap();
    assert!(!users.reload_if_changed().unwrap());
    assert_eq!(users.current().len(), 1);
    assert!(users.last_error().is_some());
    assert!(users.reload().unwrap());
    assert_eq!(users.current().len(), 2);
}

#[test]
fn limits_apply_after_a_reload() {
    let setup = Setup::new("alice");
    let limits = Limits::NONE.max_sha_crypt(crate::hash::Rounds::new(5000).unwrap());
    let users = WatchedUsers::builder(setup.path()).limits(limits).open().unwrap();
    let costly = format!("bob:$5$rounds=5001$x${}\n", ".".repeat(43));
    fs::write(setup.path(), text("alice") + &costly).unwrap();
    assert!(users.reload().unwrap());
    assert!(users.current().get("bob").is_none());
    assert_eq!(users.current().issues().len(), 1);
}

#[test]
fn an_unchanged_user_is_never_missing_during_many_edits() {
    let setup = Setup::new("alice bob");
    let store = FileStore::new(setup.path());
    let hash = PasswordHash::create(&Password::new("x").unwrap(), &Params::Sha1).unwrap();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    // A check may fail as long as the users stay.
                    let _ = setup.users.reload_if_changed();
                    assert!(setup.users.current().get("alice").is_some());
                    thread::yield_now();
                }
            });
        }
        for round in 0..100 {
            let user = Username::new(format!("user{}", round % 7)).unwrap();
            store.set(&user, &hash).unwrap();
            store.remove("bob").unwrap();
            store.set(&Username::new("bob").unwrap(), &hash).unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    setup.users.reload().unwrap();
    let expected: Document = store.load().unwrap();
    assert_eq!(setup.users.current().document().as_bytes(), expected.as_bytes());
    assert_eq!(setup.users.current().len(), 9);
}

/// The fingerprint of a file without its times, as if the clock did not tick.
fn without_times(path: &Path) -> Fingerprint {
    Fingerprint { modified: [0; 2], changed: [0; 2], ..Fingerprint::of(path).unwrap() }
}

#[test]
fn fingerprints_differ_by_inode_and_length_without_times() {
    let setup = Setup::new("alice");
    let other = setup.beside("other");
    fs::write(&other, text("carol")).unwrap();
    let before = without_times(&setup.path());
    assert_eq!(before.length, without_times(&other).length);
    assert_ne!(before, without_times(&other));
    fs::write(setup.path(), text("alice bob")).unwrap();
    assert_ne!(before, without_times(&setup.path()));
}

#[test]
fn a_fingerprint_counts_only_after_the_clock_has_ticked() {
    let setup = Setup::new("alice");
    let (seconds, taken) = (1_000_000, UNIX_EPOCH + Duration::from_secs(1_000_000));
    let is_settled = |nanoseconds, later| {
        let print = Fingerprint { changed: [seconds, nanoseconds], ..without_times(&setup.path()) };
        let settled = print.if_settled(taken + Duration::from_millis(later));
        assert!(settled.is_none_or(|settled| settled == print));
        settled.is_some()
    };
    let half = 500_000_000;
    assert!(!is_settled(half, 500));
    assert!(!is_settled(half, 540));
    assert!(!is_settled(half, 500 + u64::try_from(TICK.as_millis()).unwrap()));
    assert!(is_settled(half, 560));
    // The clock of the file system is late by less than a tick, or it is the clock of another machine.
    assert!(!is_settled(half, 490));
    assert!(is_settled(half, 0));
    // These times have whole seconds only.
    assert!(!is_settled(0, 1900));
    assert!(is_settled(0, 2100));
}

#[test]
fn debug_shows_the_path_and_the_number_of_users() {
    let setup = Setup::new("alice bob");
    let shown = format!("WatchedUsers({}, Users(2, 0 issues))", setup.path().display());
    assert_eq!(format!("{:?}", setup.users), shown);
    let builder = crate::Authenticator::builder(setup.users);
    assert!(format!("{builder:?}").starts_with(&format!("AuthenticatorBuilder({shown}, ")), "{builder:?}");
    let authenticator = builder.start().unwrap();
    assert_eq!(format!("{authenticator:?}"), format!("Authenticator({shown}, queue_len 0)"));
}

#[test]
fn only_a_missing_file_is_looked_for_again() {
    fn io(kind: io::ErrorKind) -> StoreError {
        StoreError::Io { operation: StoreOperation::Open, path: "users".into(), source: kind.into() }
    }
    let mut attempts = 0;
    let missing = retry_not_found(|| {
        attempts += 1;
        if attempts < 3 { Err(io(io::ErrorKind::NotFound)) } else { Ok(attempts) }
    });
    assert!(matches!(missing, Ok(3)));
    let cases: [(fn() -> StoreError, usize); 3] = [
        (|| io(io::ErrorKind::NotFound), ATTEMPTS),
        (|| io(io::ErrorKind::PermissionDenied), 1),
        (|| StoreError::NotAFile("users".into()), 1),
    ];
    for (error, expected) in cases {
        let mut attempts = 0;
        let failed: Result<(), _> = retry_not_found(|| {
            attempts += 1;
            Err(error())
        });
        assert!(failed.is_err());
        assert_eq!(attempts, expected);
    }
}

#[test]
fn users_from_memory_change_only_by_replace() {
    let users = WatchedUsers::from(Users::from(text("alice").as_str()));
    let other_handle = users.clone();
    let before = users.current();
    assert!(!users.reload().unwrap() && !users.reload_if_changed().unwrap());
    assert!(Arc::ptr_eq(&before, &users.current()));
    assert!(users.path().is_none() && users.last_error().is_none() && users.next_check().is_none());
    assert_eq!(format!("{users:?}"), "WatchedUsers(Users(1, 0 issues))");
    users.replace(Users::from(text("bob carol").as_str()));
    assert_eq!(other_handle.current().len(), 2);
    assert!(other_handle.current().get("alice").is_none());
}

#[test]
fn handles_share_one_file_and_its_checks() {
    let setup = Setup::new("alice");
    let users = WatchedUsers::builder(setup.path()).check_every(LONG).open().unwrap();
    let other_handle = users.clone();
    fs::write(setup.path(), text("alice bob")).unwrap();
    assert!(users.reload_if_changed().unwrap());
    assert!(Arc::ptr_eq(&users.current(), &other_handle.current()));
    fs::remove_file(setup.path()).unwrap();
    assert!(!other_handle.reload_if_changed().unwrap(), "the interval counts for both handles");
    assert!(other_handle.reload().is_err());
    assert!(users.last_error().is_some());
}
