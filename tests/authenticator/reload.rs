//! The password file changes while many users log in: no verdict is wrong, and a deleted user stays rejected.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::login::{
    Fixture, Hook, LoggedEvent, bcrypt, credentials, is_accepted, password, record, wait_until,
    within_deadline,
};
use htpasswd::auth::WatchedUsers;
use htpasswd::{Authenticator, FileStore, PasswordHash, Username, Verdict};

#[test]
fn unchanged_users_get_right_verdicts_while_others_change() {
    within_deadline(|| {
        let text: String =
            ["alice", "bob", "u0", "u1", "gone"].map(|user| record(user, "secret", &bcrypt(4))).concat();
        let fixture =
            Fixture::new(&text, |builder| builder.cache(Duration::from_millis(5), 100).queue_limit(10_000));
        let stop = Arc::new(AtomicBool::new(false));
        let logins = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (authenticator, stop, logins) =
                    (fixture.authenticator.clone(), stop.clone(), logins.clone());
                thread::spawn(move || {
                    let user = ["alice", "bob"][number % 2];
                    while !stop.load(Ordering::SeqCst) {
                        assert!(is_accepted(
                            authenticator.authenticate_blocking(&credentials(user, "secret"), None)
                        ));
                        let wrong = authenticator.authenticate_blocking(&credentials(user, "wrong"), None);
                        assert_eq!(wrong, Verdict::Rejected);
                        logins.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let store = FileStore::new(fixture.path());
        for round in 0..200 {
            let user = Username::new(format!("u{}", round % 3)).unwrap();
            if round % 5 == 4 {
                store.remove(user.as_bytes()).unwrap();
            } else {
                let hash = PasswordHash::create(&password(&format!("{round}")), &bcrypt(4)).unwrap();
                store.set(&user, &hash).unwrap();
            }
            if round == 100 {
                store.remove("gone").unwrap();
                wait_until(|| fixture.authenticator.users().current().get("gone").is_none());
            }
            if round >= 100 {
                assert_eq!(fixture.verify("gone", "secret"), Verdict::Rejected);
            }
        }
        stop.store(true, Ordering::SeqCst);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(logins.load(Ordering::SeqCst) > 0);
        assert_eq!(fixture.hook.count(|event| matches!(event, LoggedEvent::NotReloaded { .. })), 0);
        assert_eq!(fixture.verify("gone", "secret"), Verdict::Rejected);
    });
}

#[test]
fn a_change_takes_effect_without_a_call_to_reload() {
    within_deadline(|| {
        let fixture = Fixture::new(&record("alice", "secret", &bcrypt(4)), |builder| builder);
        assert!(is_accepted(fixture.verify("alice", "secret")));
        fs::write(fixture.path(), record("bob", "secret", &bcrypt(4))).unwrap();
        wait_until(|| is_accepted(fixture.verify("bob", "secret")));
        assert_eq!(fixture.verify("alice", "secret"), Verdict::Rejected);
    });
}

#[test]
fn a_missing_file_is_reported_once_at_a_long_interval() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, record("alice", "secret", &bcrypt(4))).unwrap();
        // The interval is longer than the sleep of the thread that checks the file.
        let users = WatchedUsers::builder(&path).check_every(Duration::from_millis(400)).open().unwrap();
        let hook = Hook::default();
        let recorder = hook.clone();
        let authenticator =
            Authenticator::builder(users).on_event(move |event| recorder.call(event)).start().unwrap();
        let is_not_reloaded = |event: &LoggedEvent| matches!(event, LoggedEvent::NotReloaded { .. });
        fs::remove_file(&path).unwrap();
        hook.wait_for(1, is_not_reloaded);
        thread::sleep(Duration::from_millis(1_500));
        assert_eq!(hook.count(is_not_reloaded), 1);
        // The failure is reported again after a reload that succeeded.
        fs::write(&path, record("bob", "secret", &bcrypt(4))).unwrap();
        hook.wait_for(1, |event| matches!(event, LoggedEvent::Reloaded { users: 1 }));
        fs::remove_file(&path).unwrap();
        hook.wait_for(2, is_not_reloaded);
        assert!(is_accepted(authenticator.authenticate_blocking(&credentials("bob", "secret"), None)));
    });
}

#[test]
fn symbolic_links_that_kubernetes_swaps_are_followed() {
    within_deadline(|| {
        let directory = tempfile::tempdir().unwrap();
        let volume = directory.path();
        let put = |name: &str, text: &str| {
            fs::create_dir(volume.join(name)).unwrap();
            fs::write(volume.join(name).join("users"), text).unwrap();
            symlink(name, volume.join("..data.new")).unwrap();
            fs::rename(volume.join("..data.new"), volume.join("..data")).unwrap();
        };
        put("..1", &record("alice", "secret", &bcrypt(4)));
        symlink("..data/users", volume.join("users")).unwrap();
        let users =
            WatchedUsers::builder(volume.join("users")).check_every(Duration::from_millis(1)).open().unwrap();
        let authenticator =
            Authenticator::builder(users).cache(Duration::from_secs(3600), 10).start().unwrap();
        let verify = |user| authenticator.authenticate_blocking(&credentials(user, "secret"), None);
        assert!(is_accepted(verify("alice")));
        put("..2", &record("bob", "secret", &bcrypt(4)));
        fs::remove_dir_all(volume.join("..1")).unwrap();
        wait_until(|| is_accepted(verify("bob")));
        assert_eq!(verify("alice"), Verdict::Rejected);
        put("..3", &record("alice", "secret", &bcrypt(4)));
        fs::remove_dir_all(volume.join("..2")).unwrap();
        wait_until(|| is_accepted(verify("alice")));
        assert_eq!(verify("bob"), Verdict::Rejected);
    });
}
